use std::sync::mpsc::{Receiver, Sender, channel};

use chrono::DateTime;

use super::*;
use crate::clock::ManualClock;
use crate::signoff::arbitrary::small_start;
use crate::signoff::event::Event;
use crate::signoff::{ActId, LogError, Via};

const PATIENCE: Duration = Duration::from_mins(1);

/// A sink that waits for leave before each append, and answers as it is told.
struct Gate {
    leave: Receiver<Result<(), Refused>>,
    seen: Sender<usize>,
}

impl Sink for Gate {
    fn append(&mut self, after: Head, drafts: &[Draft]) -> Result<Vec<Line>, Refused> {
        self.seen.send(drafts.len()).unwrap();
        self.leave.recv().unwrap()?;
        let mut head = after;
        let lines = drafts.iter().map(|draft| {
            let line = Line::encode(head, "run", draft)?;
            head = line.head;
            Ok(line)
        });
        lines.collect()
    }
}

struct Desk {
    writer: Writer,
    leave: Sender<Result<(), Refused>>,
    seen: Receiver<usize>,
    outcomes: Receiver<Outcome>,
    clock: Arc<ManualClock>,
}

fn desk() -> Desk {
    let clock = Arc::new(ManualClock::new(DateTime::from_timestamp_millis(0).unwrap()));
    let (leave, gate) = channel();
    let (see, seen) = channel();
    let (send, outcomes) = channel();
    let sink = Box::new(Gate { leave: gate, seen: see });
    let deliver = move |outcome| drop(send.send(outcome));
    let writer = Writer::spawn(sink, Head::default(), Arc::<ManualClock>::clone(&clock), deliver).unwrap();
    Desk { writer, leave, seen, outcomes, clock }
}

fn draft(n: u64, by: Actor) -> Draft {
    Draft {
        act: ActId { session: 1, n },
        at: ManualClock::new(DateTime::from_timestamp_millis(0).unwrap()).now(),
        by,
        via: Via::default(),
        event: if n == 1 { small_start() } else { Event::NoteAdded { text: n.to_string(), item: None } },
        blobs: Vec::new(),
    }
}

fn person(n: u64) -> Vec<Draft> {
    vec![draft(n, Actor::Person("dana".to_owned()))]
}

fn machine(n: u64) -> Vec<Draft> {
    vec![draft(n, Actor::Machine)]
}

impl Desk {
    /// Waits until the thread holds a batch, and says how many drafts it has.
    fn held(&self) -> usize {
        self.seen.recv_timeout(PATIENCE).unwrap()
    }

    fn outcome(&self) -> Outcome {
        self.outcomes.recv_timeout(PATIENCE).unwrap()
    }

    fn appended(&self) -> u64 {
        match self.outcome() {
            Outcome::Appended(line) => line.act.n,
            Outcome::Refused(_, refused) => panic!("{refused}"),
        }
    }
}

fn full_disk() -> Refused {
    let source = io::Error::from(io::ErrorKind::StorageFull);
    Refused::Io(LogError::Disk { operation: "write to the log", path: "x".into(), source })
}

#[test]
fn what_waits_goes_into_one_append() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    assert_eq!(desk.held(), 1);
    for n in 2..6 {
        desk.writer.submit(person(n)).unwrap();
    }
    assert_eq!(desk.writer.waiting(), 4);
    desk.leave.send(Ok(())).unwrap();
    assert_eq!(desk.held(), 4);
    desk.leave.send(Ok(())).unwrap();
    assert_eq!((1..6).map(|_| desk.appended()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    desk.writer.close(PATIENCE).unwrap();
}

#[test]
fn half_the_slots_are_for_people() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    let half = (SLOTS - RESERVED) as u64;
    for n in 0..half {
        desk.writer.submit(machine(2 + n)).unwrap();
    }
    let back = desk.writer.submit(machine(99)).unwrap_err();
    assert!(matches!(&back, NotQueued::Full(drafts) if drafts[0].act.n == 99));
    for n in 0..RESERVED as u64 {
        desk.writer.submit(person(200 + n)).unwrap();
    }
    let back = desk.writer.submit(person(300)).unwrap_err();
    assert!(back.to_string().contains("try again"));
    assert_eq!(back.into_drafts()[0].act.n, 300);
    desk.leave.send(Ok(())).unwrap();
    assert_eq!(desk.held(), SLOTS);
    desk.leave.send(Ok(())).unwrap();
    desk.writer.close(PATIENCE).unwrap();
    assert_eq!(desk.outcomes.iter().count(), SLOTS + 1);
}

#[test]
fn a_refusal_hands_the_drafts_back() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    desk.leave.send(Err(full_disk())).unwrap();
    let Outcome::Refused(drafts, refused) = desk.outcome() else { panic!("appended") };
    assert_eq!(drafts[0].act.n, 1);
    assert!(refused.to_string().contains("no storage space"));
    // And the next is tried anew.
    desk.leave.send(Ok(())).unwrap();
    desk.writer.submit(person(1)).unwrap();
    assert_eq!(desk.appended(), 1);
}

#[test]
fn one_impossible_draft_does_not_take_the_others_with_it() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    desk.writer.submit(person(2)).unwrap();
    let big = Event::NoteAdded { text: "x".repeat(super::super::line::LINE_MAX), item: None };
    desk.writer.submit(vec![Draft { event: big, ..person(3).remove(0) }]).unwrap();
    desk.writer.submit(person(4)).unwrap();
    for _ in 0..5 {
        desk.leave.send(Ok(())).unwrap();
    }
    assert_eq!((desk.appended(), desk.appended()), (1, 2));
    let Outcome::Refused(drafts, Refused::TooLarge { .. }) = desk.outcome() else { panic!("not refused") };
    assert_eq!(drafts[0].act.n, 3);
    assert_eq!(desk.appended(), 4);
}

#[test]
fn a_moved_head_is_learnt() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    let to = Head { seq: 41, hash: super::super::Hash::of(b"x") };
    desk.leave.send(Err(Refused::Moved(to))).unwrap();
    assert!(matches!(desk.outcome(), Outcome::Refused(_, Refused::Moved(head)) if head == to));
    desk.leave.send(Ok(())).unwrap();
    desk.writer.submit(person(2)).unwrap();
    let Outcome::Appended(line) = desk.outcome() else { panic!("refused") };
    assert_eq!((line.head.seq, line.prev), (42, to.hash));
}

#[test]
fn the_time_of_a_slow_write_is_told() {
    let desk = desk();
    assert_eq!(desk.writer.busy(&desk.clock.now()), None);
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    desk.clock.advance(Duration::from_millis(1500));
    assert_eq!(desk.writer.busy(&desk.clock.now()), Some(Duration::from_millis(1500)));
    desk.leave.send(Ok(())).unwrap();
    desk.appended();
    let Desk { writer, clock, .. } = desk;
    let shared = Arc::clone(&writer.shared);
    writer.close(PATIENCE).unwrap();
    assert!(shared.lock().busy.is_none());
    drop(clock);
}

#[test]
fn leaving_is_bounded_and_gives_back_what_waits() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    desk.writer.submit(person(2)).unwrap();
    let unfinished = desk.writer.close(Duration::ZERO).unwrap_err();
    assert_eq!(unfinished.drafts.len(), 1);
    assert!(unfinished.to_string().contains("entries not written: 1"));
    // The thread ends behind its present write.
    desk.leave.send(Ok(())).unwrap();
    assert_eq!(desk.outcomes.iter().count(), 1);
}

#[test]
fn leaving_writes_what_waits() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    desk.writer.submit(person(2)).unwrap();
    desk.leave.send(Ok(())).unwrap();
    desk.leave.send(Ok(())).unwrap();
    desk.writer.close(PATIENCE).unwrap();
    assert_eq!(desk.outcomes.iter().count(), 2);
}

#[test]
fn a_dead_thread_takes_no_drafts() {
    let desk = desk();
    desk.writer.submit(person(1)).unwrap();
    desk.held();
    // The sink panics: its gate is gone.
    drop(desk.leave);
    assert_eq!(desk.outcomes.iter().count(), 0);
    let mut queue = desk.writer.shared.lock();
    while !queue.ended {
        queue = desk.writer.shared.done.wait(queue).unwrap();
    }
    drop(queue);
    assert!(matches!(desk.writer.submit(person(2)), Err(NotQueued::Closed(_))));
}
