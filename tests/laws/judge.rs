//! The laws, each asked of the state after every step, and of what is about to be written.

use std::time::Duration;

use cutover::clock::Clock;
use cutover::signoff::Draft;
use cutover::signoff::event::{Event, OverrideKind};
use cutover::state::gates::Standing;
use cutover::state::schedule::LockState;

use super::ledger::Item;
use super::machine::Machine;
use super::steps::{From, GATES, LOCKS, seconds};

/// A line's time is kept in milliseconds.
const GRAIN: Duration = Duration::from_millis(1);

impl Machine {
    pub fn judge(&self) {
        self.progress();
        self.items();
        self.locks();
        self.gates();
    }

    /// No more is settled than there is, and what is counted is what the log says.
    fn progress(&self) {
        let tally = self.state.outline.tally;
        assert!(tally.settled() <= tally.all(), "{tally:?}");
        // A rollback is the work while it is under way; before and later, what was done of it counts.
        let counts = |item: &&Item| match (self.ledger.rolling_back, item.is_rollback()) {
            (true, rollback) => rollback,
            (false, true) => item.touched && item.state != "open",
            (false, false) => true,
        };
        let counted: Vec<&Item> =
            self.ledger.items.values().filter(|item| item.present).filter(counts).collect();
        let of =
            |states: &[&str]| counted.iter().filter(|item| states.contains(&item.state.as_str())).count();
        let settled = of(&["done", "skipped", "deferred"]);
        assert_eq!(tally.settled(), settled, "{:?}", self.ledger.items);
        assert_eq!(tally.all(), settled + of(&["failed", "open", "started"]), "{:?}", self.ledger.items);
        let totals = self.state.record.totals();
        let out = totals.done + totals.failed + totals.skipped + totals.not_applicable + totals.deferred;
        assert_eq!(totals.planned + totals.added, out + totals.open + totals.removed, "{totals:?}");
        assert!(totals.settled() <= totals.present(), "{totals:?}");
    }

    /// Every item stands where the log says.
    fn items(&self) {
        for item in &self.state.record.items {
            let told = &self.ledger.items[&item.row.id.to_string()];
            assert_eq!(item.state.to_string(), told.state, "{}", told.text);
            assert_eq!((!item.removed, &item.row.text), (told.present, &told.text));
        }
        assert_eq!(self.state.record.items.len(), self.ledger.items.len());
        assert_eq!(self.state.record.anomalies, [], "the log makes no sense");
    }

    fn locks(&self) {
        let now = self.clock.now();
        for (text, _, _) in LOCKS {
            let Some((id, _)) = self.ledger.by_text(text) else { continue };
            let id = id.parse().unwrap();
            if let Some((_, LockState::Open(since))) = self.state.lock(id, &now) {
                assert!(self.is_open(text), "“{text}” is open before its time, since {since:?}");
            }
        }
    }

    fn gates(&self) {
        for (text, _, _) in GATES {
            let Some((id, _)) = self.ledger.by_text(text) else { continue };
            if let Some(Standing::Met { .. }) = self.state.gates.standing(id.parse().unwrap()) {
                assert!(self.is_met(text), "the gate of “{text}” counts what it did not see");
            }
        }
    }

    /// What is about to be written is true, and goes past nothing in silence.
    pub(super) fn judge_drafts(&self, drafts: &[Draft]) {
        for draft in drafts {
            let text = |id: &cutover::checklist::ItemId| {
                let item = self.ledger.items.get(&self.ledger.item_of(&id.to_string()));
                item.map(|item| item.text.clone()).unwrap_or_default()
            };
            match &draft.event {
                Event::LockOpened { item, .. } => {
                    assert!(self.is_open(&text(item)), "said to be open before its time: {}", text(item));
                }
                Event::GateMet { item, held_ms, .. } => {
                    let good = self.good(&text(item));
                    assert!(self.is_met(&text(item)), "said to be met too early: {}", text(item));
                    assert!(Duration::from_millis(*held_ms) <= good, "{held_ms} ms, {good:?} were seen");
                }
                Event::ItemDone { item, .. } => {
                    let past = |kind| {
                        drafts.iter().any(|draft| {
                            matches!(&draft.event,
                            Event::GateOverridden { item: of, kind: what, .. } if of == item && *what == kind)
                        })
                    };
                    let (locked, gated) = (!self.is_open(&text(item)), !self.is_met(&text(item)));
                    assert!(!locked || past(OverrideKind::Lock), "past a lock: {}", text(item));
                    assert!(!gated || past(OverrideKind::Gate), "past a gate: {}", text(item));
                }
                _ => {}
            }
        }
    }

    /// Whether the wait before an item has truly passed; nothing is waited for before most of them.
    fn is_open(&self, text: &str) -> bool {
        let Some(lock) = LOCKS.iter().position(|(of, ..)| *of == text) else { return true };
        self.left(lock).is_some_and(|left| left <= GRAIN)
    }

    /// How long a lock has still to be waited for, once what it counts from is settled.
    pub(super) fn left(&self, lock: usize) -> Option<Duration> {
        let (_, from, span) = LOCKS[lock];
        let passed = self.truth.checked_sub(self.anchored(from)?).unwrap();
        Some(seconds(span).saturating_sub(passed))
    }

    /// When the last of what a lock counts from was settled.
    fn anchored(&self, from: From) -> Option<Duration> {
        let of = |item: &&Item| match from {
            From::Item(text) => item.text == text,
            From::Phase(title) => item.phase == title,
        };
        let later = matches!(from, From::Phase(_));
        let mut last = None;
        for item in self.ledger.items.values().filter(|item| item.present).filter(of) {
            if !(item.is_settled() || later && item.state == "deferred") {
                return None;
            }
            last = last.max(Some(item.since));
        }
        last
    }

    fn is_met(&self, text: &str) -> bool {
        let hold = GATES.iter().find(|(of, ..)| *of == text).map_or(0, |(_, _, hold)| *hold);
        self.good(text) >= seconds(hold)
    }

    /// For how long what a gate needs was seen to be good; old and new change places while rolling back.
    fn good(&self, text: &str) -> Duration {
        let Some((_, needs, _)) = GATES.iter().find(|(of, ..)| *of == text) else { return Duration::MAX };
        let swaps =
            self.ledger.rolling_back && self.ledger.by_text(text).is_some_and(|it| !it.1.is_rollback());
        let needs: Vec<&str> = needs
            .iter()
            .map(|need| match *need {
                "health/api/new" if swaps => "health/api/old",
                "health/api/old" if swaps => "health/api/new",
                need => need,
            })
            .collect();
        self.observer.good(&needs)
    }
}
