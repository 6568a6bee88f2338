//! The law of gates: none is met before its holding time was seen to be good, and none outlasts a bad reading.

use proptest::prelude::*;

use super::*;

/// What may happen to a gate.
#[derive(Clone, Debug)]
enum Happening {
    Reading {
        after: u64,
        ok: bool,
    },
    /// Nothing is heard.
    Silence(u64),
    Suspend(u64),
    /// The wall clock is set.
    Step(i64),
    Restart,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (1u64..9, prop::bool::weighted(0.93)).prop_map(|(after, ok)| Happening::Reading { after, ok }),
        2 => (1u64..40).prop_map(Happening::Silence),
        1 => (1u64..20).prop_map(Happening::Suspend),
        1 => (-7200i64..7200).prop_map(Happening::Step),
        1 => Just(Happening::Restart),
    ]
}

/// What an observer with a stopwatch would say: good seconds in a row that both ends were seen of.
#[derive(Default)]
struct Observer {
    /// The first and the last good reading of the row, by the monotonic clock, and the last by the boot clock.
    row: Option<(Duration, Duration, Duration)>,
}

const HOLD: Duration = Duration::from_secs(30);
/// Three intervals and a time-out.
const GAP: Duration = Duration::from_secs(18);

impl Observer {
    fn read(&mut self, ok: bool, now: &crate::clock::Stamp) {
        let gap = self.row.is_some_and(|(_, _, last)| now.boot.checked_sub(last).unwrap() > GAP);
        self.row = match self.row {
            _ if !ok => None,
            Some((first, ..)) if !gap => Some((first, now.mono, now.boot)),
            _ => Some((now.mono, now.mono, now.boot)),
        };
    }

    fn seen(&self) -> Duration {
        self.row.map_or(Duration::ZERO, |(first, last, _)| last.checked_sub(first).unwrap())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_gate_counts_time_that_it_did_not_see(happenings in prop::collection::vec(happening(), 1..60)) {
        let mut desk = gated(HELD);
        let mut observer = Observer::default();
        let mut session = 1;
        for happening in happenings {
            match happening {
                Happening::Reading { after, ok } => {
                    desk.clock.advance(Duration::from_secs(after));
                    desk.measure(&"health/api".parse().unwrap(), health(ok));
                    observer.read(ok, &desk.clock.now());
                    if !ok {
                        prop_assert!(!desk.met(), "a bad reading loses it");
                    }
                }
                Happening::Silence(seconds) => {
                    for _ in 0..seconds {
                        desk.wait(Duration::from_secs(1));
                    }
                }
                Happening::Suspend(seconds) => {
                    desk.clock.suspend(Duration::from_secs(seconds));
                    desk.take(Msg::Wake);
                    if seconds > 2 {
                        observer.row = None;
                        prop_assert!(!desk.met(), "nobody saw the time asleep");
                    }
                }
                Happening::Step(seconds) => {
                    desk.clock.step(chrono::TimeDelta::seconds(seconds));
                    desk.take(Msg::Wake);
                }
                Happening::Restart => {
                    desk.sync();
                    session += 1;
                    let mut start = Desk::first(GATED, HELD, Some("dana"));
                    (start.record, start.session) = (desk.state.record, session);
                    desk = Desk { log: desk.log, ..Desk::start(start, desk.clock) };
                    observer.row = None;
                }
            }
            desk.sync();
            if desk.met() {
                prop_assert!(observer.seen() >= HOLD, "met after {:?} of good time", observer.seen());
            }
        }
        // Met and lost take turns on record.
        let told = desk.gate_events();
        for (at, event) in told.iter().enumerate() {
            prop_assert_eq!(event.starts_with("met"), at % 2 == 0, "{:?}", told);
        }
    }
}
