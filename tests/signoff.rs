//! The sign-off log from outside: golden logs, real disks, the thread, the shell.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests")]

mod signed;
pub mod story;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use cutover::clock::{Clock, ManualClock, SystemClock};
use cutover::readings::{self, News, Reader, Recorder, Seen, Taken};
use cutover::record::{self, ItemState, Record};
use cutover::sample::{Health, ProbeState, Reading, Sample};
use cutover::signoff::event::Event;
use cutover::signoff::log::{Access, Opened, create, open};
use cutover::signoff::verify::{Against, Standing, shell_check, verify, verify_against};
use cutover::signoff::writer::{Outcome, Writer};
use cutover::signoff::{ActId, Draft, Head, Line, Refused, Sink, Source};

use crate::common::program::until;

/// The log of schema 1, as the first release wrote it; every later one must read it.
pub const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logs/v1.signoff.jsonl");

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub fn writer(access: Access) -> (Box<dyn Source>, Box<dyn Sink>, Opened) {
    match access {
        Access::Writer(source, sink, opened) => (source, sink, opened),
        Access::Watcher(_, holder) => panic!("held by {holder}"),
    }
}

fn read(path: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut visit = |line| {
        lines.push(line);
        ControlFlow::Continue(())
    };
    cutover::signoff::log::source(path).read(Head::default(), &mut visit).unwrap();
    lines
}

pub fn replay(lines: &[Line]) -> Record {
    let mut record = Record::default();
    for line in lines {
        record::apply(&mut record, line);
    }
    record
}

/// Writes the golden log anew, for a new schema: `cargo test -- --ignored golden`.
#[test]
#[ignore = "writes the golden log"]
fn write_the_golden_log() {
    let bytes: Vec<u8> = story::lines().iter().flat_map(|line| [&line.raw[..], b"\n"].concat()).collect();
    std::fs::write(GOLDEN, bytes).unwrap();
    let folder = Path::new(GOLDEN).with_file_name("v1.evidence");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("readings-000001.jsonl"), story::READINGS).unwrap();
    for event in story::lines().iter().map(|line| &line.event) {
        for blob in event.blobs() {
            std::fs::write(folder.join(&blob.sha256), story::ATTACHMENT).unwrap();
        }
    }
}

#[test]
fn the_golden_log_is_read_and_written_byte_for_byte() {
    let found = read(Path::new(GOLDEN));
    assert_eq!(found, story::lines());
    let bytes: Vec<u8> = found.iter().flat_map(|line| [&line.raw[..], b"\n"].concat()).collect();
    assert_eq!(bytes, std::fs::read(GOLDEN).unwrap());
    let allowed_signers = Some(Path::new(GOLDEN).with_file_name("v1.allowed_signers"));
    let found = verify_against(Path::new(GOLDEN), &Against { allowed_signers, ..Against::default() });
    assert_eq!(found.exit_code(), 0, "{found}");
    assert_eq!(found.signatures[0].standing, Standing::Good, "{found}");
}

#[test]
fn the_golden_log_has_every_event() {
    let names: BTreeSet<String> = story::lines()
        .iter()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_slice(&line.raw).unwrap();
            value["event"].as_str().unwrap().to_owned()
        })
        .collect();
    // From the derived reader itself: its complaint lists all names.
    let none = serde_json::from_str::<Event>("{\"none\":{}}").unwrap_err().to_string();
    let all: BTreeSet<String> =
        none.split('`').skip(1).step_by(2).filter(|word| *word != "none").map(str::to_owned).collect();
    assert!(all.len() > 20, "{none}");
    assert_eq!(names, all);
}

#[test]
fn the_golden_log_tells_its_story() {
    use ItemState::{Deferred, Done, Skipped};
    let record = replay(&story::lines());
    assert_eq!(record.anomalies, []);
    let state = |n| record.item(story::id(n)).unwrap().state;
    let states: Vec<ItemState> = (1..=7).map(state).collect();
    assert_eq!(states, [Done, Done, Done, Done, Deferred, Done, Skipped]);
    assert_eq!(record.item(story::id(44)).unwrap().row.id, story::id(4));
    assert!(record.item(story::id(8)).unwrap().removed);
    let totals = record.totals();
    assert!(totals.add_up());
    assert_eq!((totals.planned, totals.added, totals.open, totals.rollback), (10, 1, 0, 1));
    assert_eq!(record.issues.len(), 1);
    assert_eq!(record.operator.as_deref(), Some("lee"));
}

#[test]
fn a_run_is_written_left_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.live-2026-11-21-1.signoff.jsonl");
    let mut drafts = story::drafts();
    // A signature is of one run's bytes, and this is another run.
    drafts.retain(|draft| !matches!(draft.event, Event::SignoffSigned { .. }));
    let resumed = drafts.iter().position(|draft| draft.act.session == 2).unwrap();
    let mut live = Record::default();
    let mut access = create(&path, &SystemClock).unwrap();
    for part in [&drafts[..resumed], &drafts[resumed..]] {
        let (_, sink, opened) = writer(access);
        assert_eq!(opened.head, live.head);
        assert_eq!(opened.session, part[0].act.session);
        let (send, outcomes) = channel();
        let thread =
            Writer::spawn(sink, opened.head, Arc::new(SystemClock), move |outcome| drop(send.send(outcome)))
                .unwrap();
        for draft in part {
            record::check(&live, draft).unwrap();
            thread.submit(vec![draft.clone()]).unwrap();
            match outcomes.recv_timeout(PATIENCE).unwrap() {
                Outcome::Appended(written) => {
                    // On disk before it is told.
                    assert!(std::fs::read(&path).unwrap().ends_with(&[&written.raw[..], b"\n"].concat()));
                    record::apply(&mut live, &written);
                }
                Outcome::Refused(_, refused) => panic!("{refused}"),
            }
        }
        thread.close(PATIENCE).unwrap();
        access = until("the log is free", || match open(&path, &SystemClock).unwrap() {
            Access::Watcher(..) => None,
            access @ Access::Writer(..) => Some(access),
        });
    }
    assert_eq!(replay(&read(&path)), live);
    let readings = cutover::signoff::log::evidence(&path).join("readings-000001.jsonl");
    std::fs::write(readings, story::READINGS).unwrap();
    let found = verify(&path);
    assert_eq!(found.exit_code(), 0, "{found}");
}

#[test]
fn a_held_log_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.signoff.jsonl");
    let (_, mut sink, _) = writer(create(&path, &SystemClock).unwrap());
    let drafts = story::drafts();
    let head = sink.append(Head::default(), &drafts[..1]).unwrap()[0].head;
    let Access::Watcher(mut source, holder) = open(&path, &SystemClock).unwrap() else { panic!("not held") };
    assert_eq!(holder.who.as_deref(), Some("dana"));
    assert_eq!((holder.host.as_str(), holder.pid), ("bastion", 4711));
    sink.append(head, &drafts[1..3]).unwrap();
    assert!(source.wait(head, PATIENCE).unwrap());
    let mut seen = 0;
    source
        .read(head, &mut |_| {
            seen += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 2);
    drop(sink);
    // A child that another test is just starting holds a copy of our files until it runs its program.
    until("the log is free again", || match open(&path, &SystemClock).unwrap() {
        Access::Writer(..) => Some(()),
        Access::Watcher(..) => None,
    });
}

/// Another process holds the lock: the system's own tool.
#[test]
fn a_lock_of_another_process_is_respected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.signoff.jsonl");
    drop(create(&path, &SystemClock).unwrap());
    let mut child = match Command::new("flock")
        .args(["--exclusive", "--no-fork"])
        .arg(&path)
        .args(["sh", "-c", "echo held; read -r _"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => return println!("skipped: flock cannot be run: {error}"),
    };
    let mut word = [0; 5];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut word).unwrap();
    assert!(matches!(open(&path, &SystemClock).unwrap(), Access::Watcher(..)));
    drop(child.stdin.take());
    child.wait().unwrap();
    until("the log is free", || match open(&path, &SystemClock).unwrap() {
        Access::Writer(..) => Some(()),
        Access::Watcher(..) => None,
    });
}

/// A small file system of its own, if this user may mount one.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(folder: &Path, options: &str) -> Option<Tmpfs> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Tmpfs(folder.to_owned())),
            Ok(output) => {
                println!("skipped: no tmpfs: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: mount cannot be run: {error}");
                None
            }
        }
    }

    fn remount(&self, options: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn note(n: u64, text: &str) -> Draft {
    let event = Event::NoteAdded { text: text.to_owned(), item: None };
    Draft { act: ActId { session: 1, n }, event, blobs: Vec::new(), ..story::drafts()[0].clone() }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tmpfs) = Tmpfs::mount(folder.path(), "size=64k") else { return };
    let path = folder.path().join("x.signoff.jsonl");
    let (_, mut sink, _) = writer(create(&path, &SystemClock).unwrap());
    let mut head = sink.append(Head::default(), &story::drafts()[..1]).unwrap()[0].head;
    let mut acknowledged = 1;
    let refused = (100..1000).find_map(|n| match sink.append(head, &[note(n, &"x".repeat(3000))]) {
        Ok(lines) => {
            head = lines[0].head;
            acknowledged += 1;
            None
        }
        Err(refused) => Some((n, refused)),
    });
    let (n, refused) = refused.unwrap();
    assert!(refused.to_string().contains("No space left"), "{refused}");
    assert_eq!(verify(&path).lines, acknowledged);

    assert_eq!(verify(&path).exit_code(), 0);
    // A shorter one may still fit; after room is made, the same act goes through.
    tmpfs.remount("size=1m");
    let line = sink.append(head, &[note(n, &"x".repeat(3000))]).unwrap().remove(0);
    assert_eq!(line.act.n, n);
    assert_eq!(verify(&path).lines, acknowledged + 1);
}

#[test]
fn readings_go_on_when_a_full_disk_has_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tmpfs) = Tmpfs::mount(folder.path(), "size=64k") else { return };
    let clock = Arc::new(ManualClock::new("2026-11-21T06:00:00Z".parse().unwrap()));
    let evidence = folder.path().join("x.evidence");
    let (tell, news) = channel();
    let time: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
    let recorder =
        Recorder::start(evidence.clone(), Vec::new(), time, move |it| tell.send(it).unwrap()).unwrap();
    let mut taken = 0;
    let mut take = || {
        let at = clock.now();
        // Never twice the same, so that every line is a whole one.
        let word = format!("{taken} {}", "x".repeat(3000));
        let health = Health::passed(&word, Duration::from_millis(taken));
        let sample = Sample { began: at, at, reading: Reading::Health(health) };
        let seen = Seen::Sample(Box::new(sample));
        let probe = "health/api".parse().unwrap();
        assert!(recorder.take(Taken { probe, state: ProbeState::Up, silent: false, seen }));
        clock.advance(Duration::from_secs(11));
        taken += 1;
    };
    let stopped = until("the disk is full", || {
        take();
        news.try_recv().ok()
    });
    assert!(matches!(&stopped, News::Stopped { why, .. } if why.contains("No space left")), "{stopped:?}");
    tmpfs.remount("size=1m");
    let again = until("it is recorded again", || {
        take();
        news.try_recv().ok()
    });
    assert_eq!(again, News::Again);
    take();
    let sealed = recorder.close(PATIENCE).unwrap();
    assert_eq!(readings::names(&evidence).unwrap(), [sealed.file.as_str()], "one file, and no empty ones");
    assert!(readings::holds(&evidence, &sealed.file, &sealed.sha256).unwrap());
    let mut reader = Reader::new(&evidence);
    let mut times = BTreeSet::new();
    reader.more(&mut |_, reading| times.extend(Some(reading.at))).unwrap();
    assert!(reader.bad.is_none(), "{:?}", reader.bad);
    assert_eq!(times.len() as u64, sealed.lines);
    assert!(*times.last().unwrap() > *times.first().unwrap());
}

#[test]
fn a_disk_that_turns_read_only_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(tmpfs) = Tmpfs::mount(folder.path(), "size=1m") else { return };
    let path = folder.path().join("x.signoff.jsonl");
    let (_, mut sink, _) = writer(create(&path, &SystemClock).unwrap());
    let head = sink.append(Head::default(), &story::drafts()[..1]).unwrap()[0].head;
    drop(sink);
    tmpfs.remount("ro");
    let refused = |access: Result<Access, cutover::signoff::LogError>| match access {
        Err(error) => error.to_string(),
        Ok(_) => panic!("opened"),
    };
    assert!(refused(open(&path, &SystemClock)).contains("Read-only file system"));
    assert!(refused(create(&folder.path().join("new"), &SystemClock)).contains("Read-only file system"));
    assert_eq!(read(&path).len(), 1, "it can still be read");
    tmpfs.remount("rw");
    let (_, mut sink, opened) = writer(open(&path, &SystemClock).unwrap());
    assert_eq!(opened.head, head);
    sink.append(head, &[note(9, "again")]).unwrap();
}

#[test]
fn a_log_that_is_cut_in_mid_run_refuses_acts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.signoff.jsonl");
    let (_, mut sink, _) = writer(create(&path, &SystemClock).unwrap());
    let head = sink.append(Head::default(), &story::drafts()[..1]).unwrap()[0].head;
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..100]).unwrap();
    let refused = sink.append(head, &[note(9, "x")]).unwrap_err();
    assert!(matches!(refused, Refused::Io(_)));
    assert!(refused.to_string().contains("it has 100 bytes where"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), &bytes[..100]);
}

#[test]
fn the_shell_agrees_with_verify_on_the_golden_log() {
    let shell = |path: &Path| {
        let output = Command::new("bash").arg("-c").arg(shell_check(path)).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let found = verify(Path::new(GOLDEN));
    assert_eq!(shell(Path::new(GOLDEN)), format!("{} lines, head {}\n", found.lines, found.head));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.signoff.jsonl");
    let text = std::fs::read_to_string(GOLDEN).unwrap();
    std::fs::write(&path, text.replacen("490112", "490113", 1)).unwrap();
    assert_eq!(verify(&path).first().unwrap().line, 4);
    assert_eq!(shell(&path), "line 5 does not follow the line before it\n");
}
