use std::fs;
use std::io::Write;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;
use crate::config::{LogInput, LogSource};
use crate::sample::LogBatch;

/// A source over a folder of its own, polled by hand.
struct Desk {
    folder: TempDir,
    files: Files,
    intake: Intake,
    clock: Arc<ManualClock>,
    sent: Arc<Mutex<Vec<LogBatch>>>,
    lines: Vec<String>,
    turns: Vec<Turn>,
    source: Source,
}

impl Desk {
    fn new(pattern: &str, prepare: impl FnOnce(&Path)) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let wall = DateTime::parse_from_rfc3339("2026-11-21T07:00:00Z").unwrap().with_timezone(&Utc);
        let clock = Arc::new(ManualClock::new(wall));
        let pattern = folder.path().join(pattern);
        let source = LogSource {
            name: "app".to_owned(),
            input: LogInput::Files(vec![pattern.clone()]),
            via: None,
            errors: None,
            level: None,
            silent: None,
            noise: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            lines: 1000,
            bytes: 1 << 20,
            encoding: Encoding::Auto,
        };
        let sent = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&sent);
        let out = Box::new(move |batch: Box<LogBatch>| {
            into.lock().unwrap().push(*batch);
            Ok(())
        });
        let intake = Intake::new(&source, Arc::clone(&clock) as Arc<dyn Clock>, out);
        let beat = Arc::new(Beat::new(Arc::clone(&clock) as Arc<dyn Clock>, None));
        let backlog = (source.lines, source.bytes as u64);
        let files =
            Files::new(&[pattern], source.encoding, backlog, beat, Arc::clone(&clock) as Arc<dyn Clock>);
        let (lines, turns) = (Vec::new(), Vec::new());
        Desk { folder, files, intake, clock, sent, lines, turns, source: Source::Unread }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_ref()).unwrap();
    }

    /// Polls, a while after the last time.
    fn after(&mut self, span: Duration) -> &mut Desk {
        self.clock.advance(span);
        while self.files.poll(&mut self.intake) {}
        self.intake.flush(true);
        for batch in self.sent.lock().unwrap().drain(..) {
            self.lines
                .extend((0..batch.lines.lines.len()).map(|at| batch.lines.line(at).unwrap().to_owned()));
            self.turns.extend(batch.turns);
            self.source = batch.source;
        }
        self
    }

    fn poll(&mut self) -> &mut Desk {
        self.after(Duration::from_millis(100))
    }

    fn told(&self) -> Vec<String> {
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.turns
            .iter()
            .map(|turn| match turn {
                Turn::Rotated(path) => format!("rotated {}", name(path)),
                Turn::Truncated(path) => format!("truncated {}", name(path)),
                Turn::Replaced(path) => format!("replaced {}", name(path)),
                Turn::Appeared(path) => format!("appeared {}", name(path)),
                Turn::Vanished(path) => format!("vanished {}", name(path)),
                Turn::Unreadable(_) => "unreadable".to_owned(),
                Turn::Restarted(_) => "restarted".to_owned(),
            })
            .collect()
    }
}

#[test]
fn a_file_that_grows() {
    let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), "old\n").unwrap());
    desk.poll();
    desk.write("a.log", "one\ntw");
    desk.poll();
    desk.write("a.log", "o\n");
    desk.poll();
    assert_eq!(desk.lines, ["old", "one", "two"]);
    assert!(desk.turns.is_empty());
    assert!(matches!(&desk.source, Source::Files(files) if files.len() == 1));
}

#[test]
fn the_backlog_is_the_end_of_the_file() {
    for ending in ["\n", ""] {
        let mut desk = Desk::new("a.log", |folder| {
            let lines: Vec<String> = (0..50_000).map(|number| format!("line {number}")).collect();
            fs::write(folder.join("a.log"), lines.join("\n") + ending).unwrap();
        });
        desk.files.backlog = (1000, 1 << 20);
        desk.poll();
        desk.after(OPEN_LINE);
        assert_eq!((desk.lines.len(), desk.lines[0].as_str()), (1000, "line 49000"), "{ending:?}");
        let mut desk = Desk::new("a.log", |folder| {
            fs::write(folder.join("a.log"), "x".repeat(99) + "\nlast\n").unwrap();
        });
        desk.files.backlog = (1000, 20);
        desk.poll();
        assert_eq!(desk.lines, ["last"], "a line of which only a part is in reach is left out");
    }
}

/// Longer than a line without an end is kept back.
const OPEN_LINE: Duration = Duration::from_secs(2);

#[test]
fn a_backlog_in_utf_16_begins_with_a_line() {
    let text = (0..200).map(|number| format!("line {number} Ċ 上\n")).collect::<Vec<_>>().concat();
    let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), &bytes).unwrap());
    desk.files.backlog = (3, 1 << 20);
    desk.poll();
    desk.write("a.log", "new\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    desk.poll();
    assert_eq!(desk.lines, ["line 197 Ċ 上", "line 198 Ċ 上", "line 199 Ċ 上", "new"]);
}

#[test]
fn a_line_without_an_end_is_told_after_a_while() {
    let mut desk = Desk::new("a.log", |_| ());
    desk.write("a.log", "");
    desk.poll();
    desk.write("a.log", "password: ");
    desk.poll();
    assert!(desk.lines.is_empty());
    desk.after(OPEN_LINE);
    assert_eq!(desk.lines, ["password: "]);
}

#[test]
fn renamed_and_written_to_afterwards() {
    let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), "").unwrap());
    desk.poll();
    desk.write("a.log", "before\n");
    let mut writer = fs::OpenOptions::new().append(true).open(desk.path("a.log")).unwrap();
    fs::rename(desk.path("a.log"), desk.path("a.log.1")).unwrap();
    desk.write("a.log", "new\n");
    desk.poll();
    assert_eq!(desk.lines, ["before", "new"]);
    writer.write_all(b"late\n").unwrap();
    desk.after(DRAIN / 2);
    assert_eq!(
        (desk.lines.last().unwrap().as_str(), desk.told()),
        ("late", vec!["rotated a.log".to_owned()])
    );
    desk.after(DRAIN);
    assert!(desk.files.leaving.is_empty(), "let go when its writer has noticed");
}

#[test]
fn cut_back_and_written_anew() {
    let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), "").unwrap());
    desk.poll();
    desk.write("a.log", "one\ntwo\nthree\n");
    desk.poll();
    fs::write(desk.path("a.log"), "x\n").unwrap();
    desk.poll();
    assert_eq!(desk.told(), ["truncated a.log"]);
    // Longer than it was, in one go: its size tells nothing.
    let rewritten = (0..40).map(|number| format!("W{number:03}\n")).collect::<Vec<_>>().concat();
    fs::write(desk.path("a.log"), &rewritten).unwrap();
    desk.poll();
    assert_eq!(desk.told(), ["truncated a.log", "replaced a.log"]);
    assert_eq!((desk.lines.len(), desk.lines[4].as_str(), desk.lines[43].as_str()), (44, "W000", "W039"));
    // The same length.
    fs::write(desk.path("a.log"), rewritten.replace('W', "V")).unwrap();
    desk.poll();
    assert_eq!((desk.told().len(), desk.lines.len()), (3, 84));
}

#[test]
fn copied_and_cut_back_under_a_writer_that_does_not_append() {
    let mut desk = Desk::new("a.log", |_| ());
    let mut writer = fs::File::create(desk.path("a.log")).unwrap();
    desk.poll();
    writer.write_all(b"a line of some length\nand another one\n").unwrap();
    desk.poll();
    fs::copy(desk.path("a.log"), desk.path("copy")).unwrap();
    fs::OpenOptions::new().write(true).open(desk.path("a.log")).unwrap().set_len(0).unwrap();
    writer.write_all(b"after the hole\n").unwrap();
    desk.poll();
    assert_eq!(desk.lines[2..], ["after the hole"]);
    assert_eq!(desk.told(), ["replaced a.log"]);
}

#[test]
fn deleted_and_made_again() {
    let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), "").unwrap());
    desk.poll();
    desk.write("a.log", "one\n");
    fs::remove_file(desk.path("a.log")).unwrap();
    desk.poll();
    assert_eq!(desk.lines, ["one"], "read though it has no name any more");
    desk.after(GONE);
    assert_eq!(desk.told(), ["vanished a.log"]);
    desk.after(DRAIN).after(SCAN);
    assert!(desk.files.tails.is_empty(), "its room on the disk is given back");
    assert!(
        matches!(&desk.source, Source::Missing(why) if why.contains("a.log is not there")),
        "{:?}",
        desk.source
    );
    desk.write("a.log", "two\n");
    desk.poll();
    assert_eq!(
        (desk.lines.last().unwrap().as_str(), desk.told().last().unwrap().as_str()),
        ("two", "appeared a.log")
    );
}

#[test]
fn a_link_that_leads_elsewhere() {
    let mut desk = Desk::new("current", |folder| {
        fs::write(folder.join("one"), "").unwrap();
        std::os::unix::fs::symlink("one", folder.join("current")).unwrap();
    });
    desk.poll();
    desk.write("one", "a\n");
    desk.write("two", "b\n");
    std::os::unix::fs::symlink("two", desk.path("next")).unwrap();
    fs::rename(desk.path("next"), desk.path("current")).unwrap();
    desk.poll();
    assert_eq!(
        (desk.lines.clone(), desk.told()),
        (vec!["a".to_owned(), "b".to_owned()], vec!["rotated current".to_owned()])
    );
}

#[test]
fn a_pattern_finds_new_files_and_knows_renamed_ones() {
    let mut desk = Desk::new("*.log*", |folder| fs::write(folder.join("a.log"), "").unwrap());
    desk.poll();
    desk.write("a.log", "a1\n");
    desk.write("b.log", "b1\n");
    desk.write("old.log.gz", "\x1f\n");
    desk.after(SCAN);
    assert_eq!(
        (desk.lines.clone(), desk.told()),
        (vec!["a1".to_owned(), "b1".to_owned()], vec!["appeared b.log".to_owned()])
    );
    fs::rename(desk.path("a.log"), desk.path("a.log.1")).unwrap();
    desk.write("a.log", "a2\n");
    desk.write("a.log.1", "late\n");
    for _ in 0..12 {
        desk.after(SCAN);
    }
    desk.write("a.log.1", "later\n");
    desk.after(SCAN);
    let mut lines = desk.lines.clone();
    lines.sort();
    assert_eq!(lines, ["a1", "a2", "b1", "late", "later"], "nothing twice");
}

#[test]
fn numbered_files_that_move_up_are_not_read_twice() {
    let mut desk = Desk::new("*.log*", |folder| {
        fs::write(folder.join("a.log"), "a\n").unwrap();
        fs::write(folder.join("a.log.1"), "b\n").unwrap();
        fs::write(folder.join("a.log.2"), "c\n").unwrap();
    });
    desk.poll();
    for round in 0..3 {
        desk.write("a.log", format!("last {round}\n"));
        let _ = fs::remove_file(desk.path("a.log.3"));
        for (from, to) in [("a.log.2", "a.log.3"), ("a.log.1", "a.log.2"), ("a.log", "a.log.1")] {
            fs::rename(desk.path(from), desk.path(to)).unwrap();
        }
        desk.write("a.log", format!("new {round}\n"));
        for _ in 0..20 {
            desk.after(Duration::from_secs(1));
        }
    }
    desk.lines.sort();
    let expected = ["a", "b", "c", "last 0", "last 1", "last 2", "new 0", "new 1", "new 2"];
    assert_eq!(desk.lines, expected, "{:?}", desk.told());
}

#[test]
fn a_number_used_again_is_another_file() {
    let mut desk = Desk::new("*.log", |folder| fs::write(folder.join("a.log"), "").unwrap());
    desk.poll();
    desk.write("a.log", "first\n");
    desk.poll();
    fs::rename(desk.path("a.log"), desk.path("gone")).unwrap();
    desk.write("a.log", "second\n");
    desk.poll().after(DRAIN).after(DRAIN);
    assert!(!desk.files.remembered.is_empty());
    // What is remembered under its number was another file's.
    fs::write(desk.path("gone"), "third, which is longer\n").unwrap();
    fs::rename(desk.path("gone"), desk.path("b.log")).unwrap();
    desk.after(SCAN);
    assert_eq!(desk.lines, ["first", "second", "third, which is longer"]);
}

#[test]
fn what_is_no_file_says_what_to_do() {
    let mut desk = Desk::new("dir", |folder| fs::create_dir(folder.join("dir")).unwrap());
    desk.poll();
    assert!(
        matches!(&desk.source, Source::Missing(why) if why.contains("is a folder; name its files")),
        "{:?}",
        desk.source
    );
    let mut desk = Desk::new("pipe", |folder| {
        let made = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
        assert!(made.success());
    });
    desk.poll();
    assert!(
        matches!(&desk.source, Source::Missing(why) if why.contains("exec = [\"cat\"")),
        "{:?}",
        desk.source
    );
    let mut desk = Desk::new("*.log", |_| ());
    desk.poll();
    assert!(
        matches!(&desk.source, Source::Missing(why) if why.contains("no file matches")),
        "{:?}",
        desk.source
    );
    let mut desk = Desk::new("a[1].log", |folder| fs::write(folder.join("a[1].log"), "x\n").unwrap());
    desk.poll();
    assert_eq!(desk.lines, ["x"], "a file that is really called so");
}

#[test]
fn what_may_not_be_read_is_said_once_with_the_next_step_and_read_when_it_may() {
    let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), "old\n").unwrap());
    // As the system says it to those who are not root.
    let path = desk.path("a.log").display().to_string();
    for _ in 0..2 {
        desk.files.refuse(&mut desk.intake, &path, &io::Error::from(io::ErrorKind::PermissionDenied));
    }
    desk.files.started = true;
    assert!(
        matches!(desk.files.source(), Source::Missing(why) if why.contains("permission denied; run cutover as"))
    );
    desk.poll();
    assert_eq!(
        (desk.lines.clone(), desk.told()),
        (vec!["old".to_owned()], vec!["unreadable".to_owned(), "appeared a.log".to_owned()])
    );
    let mut desk = Desk::new("file/a.log", |folder| fs::write(folder.join("file"), "").unwrap());
    desk.poll();
    assert!(
        matches!(&desk.source, Source::Missing(why) if why.contains("cannot be read: not a directory")),
        "{:?}",
        desk.source
    );
}

#[derive(Clone, Debug)]
enum Act {
    Lines(u8),
    Half,
    Rotate,
    Truncate,
    Rewrite(u8),
    CopyTruncate,
    Recreate,
    Poll,
    Wait,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (1..60_u8).prop_map(Act::Lines),
        1 => Just(Act::Half),
        1 => Just(Act::Rotate),
        1 => Just(Act::Truncate),
        2 => (1..60_u8).prop_map(Act::Rewrite),
        1 => Just(Act::CopyTruncate),
        1 => Just(Act::Recreate),
        5 => Just(Act::Poll),
        1 => Just(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is done to a file between two polls: no line is told twice, none is made up, and one is lost only
    /// where a turn says so.
    #[test]
    fn no_line_is_lost_in_silence(acts in proptest::collection::vec(act(), 1..40)) {
        let mut desk = Desk::new("a.log", |folder| fs::write(folder.join("a.log"), "").unwrap());
        desk.poll();
        let mut number = 0;
        let mut written: Vec<String> = Vec::new();
        // Lines that may be lost: not read when what held them was cut off, or given another name twice.
        let mut unread: Vec<String> = Vec::new();
        let mut losable: Vec<String> = Vec::new();
        let mut moved = false;
        let mut cuts = 0;
        for act in acts {
            let mut line = || {
                number += 1;
                let line = format!("line {number:05} of the log");
                written.push(line.clone());
                unread.push(line.clone());
                line + "\n"
            };
            match act {
                Act::Lines(count) => {
                    let text: String = (0..count).map(|_| line()).collect();
                    desk.write("a.log", text);
                }
                Act::Half => {
                    let text = line();
                    desk.write("a.log", &text[..7]);
                    desk.poll();
                    desk.write("a.log", &text[7..]);
                }
                Act::Rotate | Act::Recreate => {
                    if moved {
                        losable.append(&mut unread);
                    }
                    moved = true;
                    if matches!(act, Act::Rotate) {
                        fs::rename(desk.path("a.log"), desk.path("a.log.1")).unwrap();
                    } else {
                        fs::remove_file(desk.path("a.log")).unwrap();
                    }
                    desk.write("a.log", "");
                }
                Act::Truncate | Act::CopyTruncate => {
                    cuts += 1;
                    losable.append(&mut unread);
                    if matches!(act, Act::CopyTruncate) {
                        fs::copy(desk.path("a.log"), desk.path("copy")).unwrap();
                    }
                    fs::OpenOptions::new().write(true).open(desk.path("a.log")).unwrap().set_len(0).unwrap();
                }
                Act::Rewrite(count) => {
                    cuts += 1;
                    let mut before = std::mem::take(&mut losable);
                    before.extend(written.iter().filter(|line| !desk.lines.contains(*line)).cloned());
                    losable = before;
                    let text = (1..=count).map(|ahead| format!("line {:05} of the log\n", number + u32::from(ahead)));
                    let text = text.collect::<Vec<_>>().concat();
                    number += u32::from(count);
                    written.extend(text.lines().map(str::to_owned));
                    unread = text.lines().map(str::to_owned).collect();
                    fs::write(desk.path("a.log"), text).unwrap();
                }
                Act::Poll => {
                    desk.poll();
                    unread.clear();
                    moved = false;
                }
                Act::Wait => {
                    desk.after(Duration::from_secs(2));
                    unread.clear();
                    moved = false;
                }
            }
        }
        for _ in 0..4 {
            desk.after(DRAIN / 2);
        }
        let mut seen = HashSet::new();
        for line in &desk.lines {
            prop_assert!(written.contains(line) || line.len() < "line 00000 of the log".len(), "made up: {line}");
            prop_assert!(line.len() < "line 00000 of the log".len() || seen.insert(line.clone()), "twice: {line}");
        }
        for line in &written {
            prop_assert!(seen.contains(line) || losable.contains(line), "lost: {line}, {:?}", desk.told());
        }
        let said = desk.turns.iter().filter(|turn| matches!(turn, Turn::Truncated(_) | Turn::Replaced(_))).count();
        prop_assert!(said <= cuts + 2, "{:?}", desk.told());
    }
}
