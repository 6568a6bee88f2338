//! A log of a million events: `sha256sum`, `cutover verify` and `cutover report` of it, side by side.
//!
//! `cargo bench --bench verify` writes the log to `target/`, runs each three times, and prints the best time, its ratio
//! to `sha256sum` and the most memory that was resident. It ends by itself.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

#[allow(dead_code, reason = "the other benches use the rest")]
mod measure;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cutover::checklist::{ItemId, PhaseKind};
use cutover::clock::Stamp;
use cutover::sample::ProbeState;
use cutover::signoff::event::{Event, Held, PlanText, Row, RunMode};
use cutover::signoff::{ActId, Actor, Draft, Head, Line, Via};
use measure::now;

const EVENTS: u64 = 1_000_000;
const ITEMS: u64 = 500;
const TURNS: usize = 3;

fn main() {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let log = target.join("bench-verify.signoff.jsonl");
    write(&log);
    let bytes = std::fs::metadata(&log).unwrap().len();
    println!("{EVENTS} events, {} MB", bytes / 1_000_000);
    let report = target.join("bench-verify.md");
    let mut hash = Command::new("sha256sum");
    hash.arg(&log);
    let mut verify = Command::new(env!("CARGO_BIN_EXE_cutover"));
    verify.arg("verify").arg(&log);
    let mut write = Command::new(env!("CARGO_BIN_EXE_cutover"));
    write.arg("report").arg(&log).arg("-o").arg(&report);
    let mut best = [Run::default(); 3];
    for _ in 0..TURNS {
        for (best, command) in best.iter_mut().zip([&mut hash, &mut verify, &mut write]) {
            *best = best.or(measured(command));
        }
    }
    let [hash, verify, report] = best;
    println!("{:<18} {:>8}  {:>8}  {:>9}", "", "elapsed", "on cpu", "resident");
    for (name, run, goal) in
        [("sha256sum", hash, None), ("verify", verify, Some(2.0)), ("report", report, Some(6.0))]
    {
        print!("{name:<18} {:>6.2} s  {:>6.2} s  {:>5} MiB", run.elapsed, run.cpu, run.resident >> 10);
        let ratio = run.elapsed / hash.elapsed;
        match goal {
            Some(goal) => {
                println!("  {ratio:.2}x, goal {goal:.0}x: {}", if ratio < goal { "kept" } else { "MISSED" });
            }
            None => println!(),
        }
    }
    for path in [log, target.join("bench-verify.md")] {
        std::fs::remove_file(path).unwrap();
    }
}

/// One run of a program: seconds, and KiB.
#[derive(Clone, Copy, Default)]
struct Run {
    elapsed: f64,
    cpu: f64,
    resident: u64,
}

impl Run {
    /// The faster of two.
    fn or(self, other: Run) -> Run {
        if self.elapsed > 0.0 && self.elapsed < other.elapsed { self } else { other }
    }
}

fn measured(command: &mut Command) -> Run {
    let begun = now();
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut run = Run::default();
    loop {
        let ended = look(&mut child, &mut run);
        if ended {
            run.elapsed = begun.elapsed().as_secs_f64();
            assert!(child.wait().unwrap().success());
            return run;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What the system says of a child, the last time while it is a zombie (proc(5)); whether it has ended.
fn look(child: &mut Child, run: &mut Run) -> bool {
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let stat = std::fs::read_to_string(proc.join("stat")).unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 1..].split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    run.cpu = ticks / 100.0;
    let status = std::fs::read_to_string(proc.join("status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    if let Some(peak) = peak {
        run.resident = run.resident.max(peak.trim().trim_end_matches(" kB").trim().parse().unwrap());
    }
    fields[0] == "Z"
}

/// A run of weeks: items settled, notes, issues, and checks that flap; most lines are the machine's.
fn write(path: &Path) {
    let mut out = BufWriter::new(std::fs::File::create(path).unwrap());
    let mut head = Head::default();
    let mut millis = 1_795_242_667_000_i64;
    for n in 1..=EVENTS {
        millis += 1379;
        let up = Duration::from_millis(n * 1379);
        let at = Stamp {
            wall: chrono::DateTime::from_timestamp_millis(millis).unwrap(),
            offset: 3600,
            mono: up,
            boot: up,
        };
        let (by, event) = event(n);
        let via = Via {
            host: "bastion".to_owned(),
            user: "ops".to_owned(),
            tty: Some("/dev/pts/3".to_owned()),
            client: None,
        };
        let draft = Draft { act: ActId { session: 1, n }, at, by, via, event, blobs: Vec::new() };
        let line = Line::encode(head, "00c0ffee00c0ffee", &draft).unwrap();
        head = line.head;
        out.write_all(&line.raw).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.flush().unwrap();
}

fn event(n: u64) -> (Actor, Event) {
    let dana = || Actor::Person("dana".to_owned());
    let item = id(n / 100 % ITEMS);
    let (phase, text) = ("Move".to_owned(), format!("Move shelf {}", n / 100 % ITEMS));
    match n {
        1 => (dana(), start()),
        n if n % 100 == 0 && n / 100 <= ITEMS => {
            (dana(), Event::ItemDone { item, phase, text, done_by: None, evidence: Vec::new() })
        }
        n if n % 100 == 50 => {
            let text = format!("shelf {n} counted again: “{}” books, as listed", n % 977);
            (dana(), Event::NoteAdded { text, item: Some(item) })
        }
        n => {
            let down = n % 2 == 0;
            let (from, to) =
                if down { (ProbeState::Up, ProbeState::Down) } else { (ProbeState::Down, ProbeState::Up) };
            let event = Event::ProbeChanged {
                probe: format!("health/shelf-{}", n % 40).parse().unwrap(),
                from,
                to,
                since: "2026-11-21T06:10:02Z".to_owned(),
                saw: if down { "connection refused".to_owned() } else { format!("200 in {} ms", n % 300) },
                flips: 1,
            };
            (Actor::Machine, event)
        }
    }
}

fn id(n: u64) -> ItemId {
    ItemId(n.to_be_bytes())
}

fn start() -> Event {
    let row = |n: u64| Row {
        id: id(n),
        phase: "Move".to_owned(),
        kind: PhaseKind::Work,
        section: None,
        parent: None,
        depth: 0,
        text: format!("Move shelf {n}"),
        line: u32::try_from(n).unwrap() + 5,
        box_span: None,
        checked: false,
        fields: Vec::new(),
        planned_s: None,
        held: Held::default(),
    };
    Event::RunStarted {
        name: "library.live-2026-11-21-1".to_owned(),
        mode: RunMode::Live,
        tool: "cutover bench".to_owned(),
        boot_id: "5a1f".to_owned(),
        pid: 1,
        plan: PlanText {
            file: "library.md".to_owned(),
            title: "The library moves".to_owned(),
            ..PlanText::default()
        },
        items: (0..ITEMS).map(row).collect(),
    }
}
