//! `kill -9` at any moment: nothing that the screen showed as done is missing afterwards.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{leave, logged, open, ready, tick, ticked};
use crate::common::folder::Folder;
use crate::common::pty::Start;

/// Kills unless `CUTOVER_KILLS` says how many: enough to meet every stage of an append on most runs.
const KILLS: u64 = 40;
/// Kills on one log; then a new run begins, so that starts stay short.
const ROUND: u64 = 50;
/// Ticks before a kill, at most.
const TICKS: u64 = 4;
/// The kill comes at most so long after the last key, about what an append and a frame take together.
const LATEST: Duration = Duration::from_millis(6);

#[test]
fn a_killed_cockpit_resumes_where_it_was() {
    let folder = Folder::with_steps(10);
    let mut terminal = open(Start::run(&folder));
    for step in 1..=3 {
        tick(&mut terminal, step);
    }
    terminal.kill();

    let mut terminal = open(Start::run(&folder));
    let frame = terminal.frame();
    assert_eq!(ticked(&frame), BTreeSet::from([1, 2, 3]), "{frame:?}");
    tick(&mut terminal, 4);
    leave(&mut terminal);

    let events = folder.events();
    assert_eq!(events.iter().filter(|event| event["event"] == "run.started").count(), 1);
    assert_eq!(events.iter().filter(|event| event["event"] == "run.resumed").count(), 1);
    // The second session counts its acts anew.
    let last = folder.events_named("item.done").pop().unwrap();
    assert!(last["act"].as_str().unwrap().starts_with("2-"), "{last}");
}

#[test]
fn kills_at_random_moments_lose_nothing_that_was_shown() {
    let mut kills = std::env::var("CUTOVER_KILLS").map_or(KILLS, |count| count.parse().unwrap());
    let mut dice = Dice::new();
    while kills > 0 {
        let round = kills.min(ROUND);
        kill_often(round, &mut dice);
        kills -= round;
    }
}

fn kill_often(kills: u64, dice: &mut Dice) {
    let folder = Folder::new(&one_phase(kills * (TICKS + 1)));
    // Every step that any frame of any session showed as done.
    let shown: Arc<Mutex<BTreeSet<u32>>> = Arc::default();
    for kill in 0..=kills {
        let seen = Arc::clone(&shown);
        let mut terminal =
            Start::run(&folder).watch(move |frame| seen.lock().unwrap().extend(ticked(frame))).spawn();
        ready(&terminal);
        let (log, shown) = (logged(&folder), shown.lock().unwrap().clone());
        assert!(shown.is_subset(&log), "kill {kill}, {dice:?}: lost {:?}", shown.difference(&log));
        let verified = folder.cutover(&["verify", folder.log().to_str().unwrap()]);
        assert_eq!(verified.code, Some(0), "kill {kill}, {dice:?}: {verified:?}");
        if kill == kills {
            leave(&mut terminal);
            break;
        }
        let mut done = log.len();
        for _ in 0..dice.below(TICKS) {
            terminal.type_text(" ");
            done += 1;
            terminal.wait_for_text(&format!("ticked “Step {done}”"));
        }
        terminal.type_text(" ");
        std::thread::sleep(Duration::from_micros(dice.below(u64::try_from(LATEST.as_micros()).unwrap())));
        terminal.kill();
    }
    assert!(!shown.lock().unwrap().is_empty(), "no frame ever showed a tick");
}

/// One long phase, so that the cursor never has to cross into another.
fn one_phase(steps: u64) -> String {
    let steps: Vec<String> = (1..=steps).map(|step| format!("- [ ] Step {step}\n")).collect();
    format!("# Many small steps\n\n## Part 1\n\n{}", steps.concat())
}

/// Reproducible chance; a failed test shows the seed it began with.
#[derive(Debug)]
struct Dice {
    #[expect(dead_code, reason = "shown by a failed test")]
    seed: u64,
    state: u64,
}

impl Dice {
    fn new() -> Dice {
        let seed = match std::env::var("CUTOVER_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => u64::from(std::process::id()) << 16,
        };
        Dice { seed, state: seed }
    }

    /// A number from 0 up to, not including, `end`.
    fn below(&mut self, end: u64) -> u64 {
        // splitmix64 (Steele, Lea, Flood 2014): a few lines, and every seed is a good one.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
