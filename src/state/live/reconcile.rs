//! Comparisons of source and target: run by key, their verdicts.

use std::collections::{BTreeMap, VecDeque};

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::{Place, ReconcileJob, ReconcileSource};
use crate::expr::{Expr, Fact};
use crate::sample::reconcile::{End, Found, Judged, Verdict};
use crate::sample::{self, Kind, ProbeId, ProbeState, Reading, Sample};
use crate::signoff::event::{Event, Expected};
use crate::text;

/// Runs kept.
const RUNS: usize = 20;

/// A comparison of source and target.
#[derive(Clone, Debug)]
pub struct Reconcile {
    /// What the sidecar says of it.
    pub settings: ReconcileJob,
    id: ProbeId,
    /// The verdict of the last run.
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading of a run, under way or ended.
    pub last: Option<Sample>,
    /// Runs that ended, newest last.
    pub runs: VecDeque<Run>,
    /// Who asked for the run under way, and when.
    asked: Option<(String, Stamp)>,
    /// Ends that the log has not been told of.
    untold: VecDeque<Event>,
    told: Told,
}

/// A run that ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// When.
    pub at: Stamp,
    /// Who asked for it.
    pub by: String,
    /// What it found.
    pub found: Box<sample::Reconcile>,
}

impl Run {
    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.found.end.as_ref().map_or(Verdict::Unknown, End::verdict)
    }

    /// The expectation that a counter does not meet, or of which it cannot be told: "must be 0", "must equal listed".
    #[must_use]
    pub fn must(&self, job: &ReconcileJob, counter: &str) -> Option<(String, Verdict)> {
        let Some(End::Ran(judged)) = &self.found.end else { return None };
        let of = |expr: &Expr| matches!(expr.facts().next(), Some(Fact::Counter(name)) if name == counter);
        let missed = |judged: &Judged| judged.verdict() != Verdict::Ok;
        let (expr, judged) =
            job.expect.iter().zip(judged).find(|(expr, judged)| of(expr) && missed(judged))?;
        let words = match expr.source().trim_start().strip_prefix(counter).map(str::trim) {
            Some(wanted) => match wanted.strip_prefix("==").map(str::trim) {
                Some(other) if other.starts_with(char::is_alphabetic) => format!("must equal {other}"),
                Some(number) => format!("must be {number}"),
                None => format!("must be {wanted}"),
            },
            None => expr.source().to_owned(),
        };
        Some((words, judged.verdict()))
    }

    /// The expectations that did not hold or cannot be told, a clause each; of a run that failed, why.
    #[must_use]
    pub fn misses(&self) -> Vec<String> {
        match &self.found.end {
            Some(End::Ran(judged)) => judged
                .iter()
                .filter_map(|judged| match &judged.found {
                    Found::Held => None,
                    Found::Off(saw) => Some(format!("{}, saw {saw}", judged.expect)),
                    Found::Unknown(why) => Some(format!("{} cannot be told: {why}", judged.expect)),
                })
                .collect(),
            Some(End::Failed(why)) => vec![why.clone()],
            Some(End::Stopped) => vec!["stopped".to_owned()],
            None => Vec::new(),
        }
    }
}

impl Reconcile {
    pub(super) fn new(settings: ReconcileJob) -> Reconcile {
        let id = ProbeId { kind: Kind::Reconcile, name: settings.name.clone(), side: None };
        Reconcile {
            settings,
            id,
            state: ProbeState::Unknown,
            since: None,
            last: None,
            runs: VecDeque::new(),
            asked: None,
            untold: VecDeque::new(),
            told: Told::default(),
        }
    }

    /// What is asked, secrets included.
    #[must_use]
    pub fn asks(&self) -> String {
        let asks = match &self.settings.asks {
            ReconcileSource::Exec(argv) => argv.join(" "),
            ReconcileSource::Url(url) => url.clone(),
        };
        let via = self.settings.via.as_ref().map(|via| format!(", by {}", via.join(" ")));
        format!("{asks}{}", via.unwrap_or_default())
    }

    /// Where each counter stands, by its name.
    pub fn places(&self) -> impl Iterator<Item = (&str, String)> {
        self.settings.counters.iter().map(|counter| {
            let place = match &counter.place {
                Place::Last(pattern) => format!("the last match of {}", pattern.0.as_str()),
                Place::Sum(pattern) => format!("all matches, added up, of {}", pattern.0.as_str()),
                Place::Json(path) => format!("{path}"),
            };
            (counter.name.as_str(), place)
        })
    }

    /// The run under way, as far as it is known.
    #[must_use]
    pub fn running(&self) -> Option<(&str, &Stamp)> {
        self.asked.as_ref().map(|(by, at)| (by.as_str(), at))
    }

    /// What the run under way has counted so far.
    #[must_use]
    pub fn so_far(&self) -> Option<&sample::Reconcile> {
        let (_, asked) = self.asked.as_ref()?;
        self.last.as_ref().filter(|last| last.at.boot >= asked.boot).and_then(|last| match &last.reading {
            Reading::Reconcile(found) if found.end.is_none() => Some(found.as_ref()),
            _ => None,
        })
    }

    /// Somebody asks for a run.
    pub(in crate::state) fn ask(&mut self, by: &str, now: &Stamp) {
        self.asked = Some((by.to_owned(), *now));
    }

    /// The run that was asked for cannot begin.
    pub(in crate::state) fn not_started(&mut self) {
        self.asked = None;
    }

    pub(super) fn take(&mut self, sample: Sample) {
        let found = match &sample.reading {
            Reading::Reconcile(found) => found.clone(),
            Reading::Broken(why) => {
                let end = Some(End::Failed(why.clone()));
                Box::new(sample::Reconcile { end, ..sample::Reconcile::default() })
            }
            _ => return,
        };
        if let Some(end) = &found.end {
            let by = self.asked.take().map_or_else(|| "somebody".to_owned(), |(by, _)| by);
            let state = match end.verdict() {
                Verdict::Ok => ProbeState::Up,
                Verdict::Off => ProbeState::Down,
                Verdict::Unknown => ProbeState::Unknown,
            };
            if state != self.state {
                self.state = state;
                self.told.flips += 1;
            }
            self.since = Some(sample.at);
            let run = Run { at: sample.at, by, found };
            self.untold.push_back(ran(&self.id, &run));
            if self.runs.len() == RUNS {
                self.runs.pop_front();
            }
            self.runs.push_back(run);
        }
        self.last = Some(sample);
    }

    pub(super) fn events(&mut self, _now: &Stamp, events: &mut Vec<Event>) {
        events.extend(self.untold.drain(..));
    }

    pub(super) fn refused(&mut self, event: &Event) {
        // Those that came since stand behind it.
        self.untold.push_front(event.clone());
    }
}

/// The line about a run that ended.
fn ran(id: &ProbeId, run: &Run) -> Event {
    let (mut expected, mut failed) = (Vec::new(), None);
    match &run.found.end {
        Some(End::Ran(judged)) => {
            for judged in judged {
                let saw = match &judged.found {
                    Found::Held => None,
                    Found::Off(saw) => Some(saw.clone()),
                    Found::Unknown(why) => Some(format!("cannot be told: {why}")),
                };
                expected.push(Expected { expect: judged.expect.clone(), saw });
            }
            if run.verdict() == Verdict::Unknown {
                failed = Some(run.misses().join("; "));
            }
        }
        Some(End::Failed(why)) => failed = Some(why.clone()),
        Some(End::Stopped) => failed = Some("it was stopped".to_owned()),
        None => {}
    }
    Event::ReconcileRan {
        probe: id.clone(),
        asked_by: run.by.clone(),
        took_ms: u64::try_from(run.found.took.as_millis()).unwrap_or(u64::MAX),
        counters: run.found.counters.clone(),
        expected,
        failed,
    }
}

/// Counters in one clause, in the sidecar's order: "listed 490,149, copied 490,112, missing 37".
#[must_use]
pub fn counted(job: &ReconcileJob, counters: &BTreeMap<String, i64>) -> String {
    let told = job.counters.iter().map(|counter| {
        let count =
            counters.get(&counter.name).map_or_else(|| "unknown".to_owned(), |count| text::grouped(*count));
        format!("{} {count}", counter.name)
    });
    told.collect::<Vec<_>>().join(", ")
}

impl Probed for Reconcile {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        if self.asked.is_some() { ProbeState::Running } else { self.state }
    }

    fn settled(&self) -> ProbeState {
        self.state
    }

    fn since(&self) -> Option<Stamp> {
        self.asked.as_ref().map(|(_, at)| *at).or(self.since)
    }

    fn read(&self) -> Option<Stamp> {
        self.runs.back().map(|run| run.at)
    }

    fn saw(&self) -> String {
        let Some(run) = self.runs.back() else { return "not run yet".to_owned() };
        let verdict = match run.verdict() {
            Verdict::Ok => "as expected",
            Verdict::Off => "not as expected",
            Verdict::Unknown => "cannot be told",
        };
        let mut parts = vec![verdict.to_owned()];
        parts.extend(run.misses());
        let counted = counted(&self.settings, &run.found.counters);
        parts.extend((!counted.is_empty()).then_some(counted));
        parts.join("; ")
    }

    fn rings(&self) -> bool {
        self.state == ProbeState::Down
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::config;
    use crate::sample::reconcile::Judged;

    fn reconcile() -> Reconcile {
        let toml = r#"
            [[reconcile]]
            name = "blobs"
            exec = ["check"]
            counters = { listed = 'listed (\d+)', missing = 'missing (\d+)' }
            expect = ["missing == 0"]
        "#;
        let settings = config::load(Path::new("x.toml"), toml, &|_| None).unwrap();
        Reconcile::new(settings.reconciles[0].clone())
    }

    fn sample(clock: &ManualClock, missing: Option<i64>, end: Option<End>) -> Sample {
        let counters = missing.map(|count| ("missing".to_owned(), count)).into_iter().collect();
        let found = sample::Reconcile { counters, end, took: Duration::from_secs(3), ..Default::default() };
        let now = clock.now();
        Sample { began: now, at: now, reading: Reading::Reconcile(Box::new(found)) }
    }

    fn judged(found: Found) -> End {
        End::Ran(vec![Judged { expect: "missing == 0".to_owned(), found }])
    }

    #[test]
    fn a_run_is_asked_for_ends_with_a_verdict_and_is_told_once() {
        let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
        let mut it = reconcile();
        assert_eq!((it.state(), it.saw().as_str()), (ProbeState::Unknown, "not run yet"));
        it.ask("dana", &clock.now());
        assert_eq!((it.state(), it.settled()), (ProbeState::Running, ProbeState::Unknown));
        it.take(sample(&clock, Some(12), None));
        assert_eq!(it.so_far().unwrap().counters["missing"], 12);
        clock.advance(Duration::from_secs(3));
        it.take(sample(&clock, Some(37), Some(judged(Found::Off("37".to_owned())))));
        assert_eq!(it.state(), ProbeState::Down);
        assert!(it.rings());
        assert_eq!(it.saw(), "not as expected; missing == 0, saw 37; listed unknown, missing 37");
        let mut events = Vec::new();
        it.events(&clock.now(), &mut events);
        it.events(&clock.now(), &mut events);
        let [Event::ReconcileRan { asked_by, expected, failed: None, took_ms: 3000, .. }] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!((asked_by.as_str(), expected[0].saw.as_deref()), ("dana", Some("37")));
        // What could not be written is told again.
        let event = events.remove(0);
        it.refused(&event);
        it.events(&clock.now(), &mut events);
        assert_eq!(events, [event]);
        // A second run that holds.
        it.ask("lee", &clock.now());
        assert!(it.so_far().is_none(), "what the last run counted is not this one's");
        it.take(sample(&clock, Some(0), Some(judged(Found::Held))));
        assert_eq!((it.state(), it.rings()), (ProbeState::Up, false));
    }

    #[test]
    fn what_cannot_be_told_is_never_good() {
        let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
        for end in [
            judged(Found::Unknown("the output does not say `missing`".to_owned())),
            End::Failed("not finished within 10m, ended".to_owned()),
            End::Stopped,
            End::Ran(Vec::new()),
        ] {
            let mut it = reconcile();
            it.ask("dana", &clock.now());
            it.take(sample(&clock, Some(0), Some(judged(Found::Held))));
            it.ask("dana", &clock.now());
            it.take(sample(&clock, None, Some(end.clone())));
            assert_eq!(it.state(), ProbeState::Unknown, "{end:?}");
            let mut events = Vec::new();
            it.events(&clock.now(), &mut events);
            assert!(matches!(&events[1], Event::ReconcileRan { failed: Some(_), .. }), "{events:?}");
            assert!(it.saw().starts_with("cannot be told; "), "{}", it.saw());
        }
    }
}
