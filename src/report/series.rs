//! Recorded readings as figures over time, few enough to draw.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::model::Report;
use super::when;
use crate::readings::{Reader, ReaderError, Reading, Stream};
use crate::sample::{Kind, ProbeId, ProbeState};
use crate::signoff::log;

/// Points of one series; with twice as many, each two become one.
const POINTS: usize = 360;

/// Between two readings of a probe that is asked, never more than this: buckets of 80 s, and one a minute is written.
const LONGEST: TimeDelta = TimeDelta::minutes(4);

/// From when to when nothing was seen.
type Gap = (DateTime<Utc>, DateTime<Utc>);

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Metric {
    /// Time to an answer, in milliseconds.
    Latency,
    /// Bytes a second.
    Bytes,
    /// Something else a second.
    Rate,
    /// Errors a minute.
    Errors,
}

/// One figure of one probe over time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// Of which probe.
    pub probe: ProbeId,
    /// What figure.
    pub metric: Metric,
    /// In order of time.
    pub points: Vec<Point>,
    /// Time without readings, or without a figure in them: the longest, if there are very many.
    pub gaps: Vec<Gap>,
    /// How many such stretches there were.
    pub parts: usize,
    /// The last reading had no such figure.
    broken: bool,
}

/// A figure over some measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// When the last of them ended.
    pub at: DateTime<Utc>,
    /// How many they are.
    pub n: u64,
    /// The least.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The greatest.
    pub max: f64,
    /// The last.
    pub last: f64,
}

/// What the evidence folder holds of readings.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Readings {
    /// By probe and figure.
    pub series: Vec<Series>,
    /// Errors of each log between the marks.
    pub errors: BTreeMap<ProbeId, Vec<Stretch>>,
    /// The servers that were asked for a record.
    pub servers: BTreeMap<ProbeId, BTreeSet<String>>,
    /// Why there are none, or not all.
    pub missing: Option<String>,
    /// What must be said of the files.
    pub notes: Vec<String>,
}

/// What a log counted between two marks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stretch {
    /// How long it was watched.
    pub seconds: f64,
    /// How many errors came.
    pub errors: f64,
}

impl Stretch {
    /// Errors a minute; `None` where nobody watched.
    pub(super) fn rate(self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.errors / self.seconds * 60.0)
    }
}

impl Readings {
    /// Reads them from the log's evidence folder.
    pub(super) fn of(report: &Report<'_>) -> Readings {
        let folder = log::evidence(&report.verification.log);
        let seals = report.seals();
        let mut gathered = Gathered {
            marks: marks(report).into_iter().map(|(at, _)| at).collect(),
            sessions: report.record.sessions.iter().map(|session| session.act.at.wall).collect(),
            blind: blind(report),
            ..Gathered::default()
        };
        let mut reader = Reader::new(&folder).without(seals.lost());
        let read = reader.more(&mut |_, reading| gathered.add(&reading));
        let mut notes = seals.said();
        let bad = read.err().or(reader.bad.take()).map(|error| told(&error));
        let missing = if !seals.lost().is_empty() {
            Some("recorded readings are missing, or are not what was sealed".to_owned())
        } else if bad.is_some() {
            bad.clone()
        } else if reader.places().is_empty() {
            Some("no readings were recorded".to_owned())
        } else {
            None
        };
        notes.extend(bad.map(|bad| format!("{bad}.")));
        let series = gathered.series.into_values().collect();
        Readings { series, errors: gathered.errors, servers: gathered.servers, missing, notes }
    }

    /// The series of a figure.
    pub(super) fn of_metric(&self, metric: Metric) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(move |series| series.metric == metric && !series.points.is_empty())
    }

    /// Why there is no chart.
    pub(super) fn why(&self, else_why: &str) -> String {
        self.missing.clone().unwrap_or_else(|| else_why.to_owned())
    }
}

/// Which file cannot be read, without the folders of whoever made the report.
fn told(error: &ReaderError) -> String {
    let (ReaderError::Read { path, .. } | ReaderError::Line { path, .. }) = error;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}: a line of it, or all of it, cannot be read")
}

/// A copy that has ended has no rate: it is not slow.
fn has_ended(reading: &Reading) -> bool {
    use ProbeState::{Died, Finished, FinishedWithErrors};
    matches!(reading.state, Finished | FinishedWithErrors | Died)
}

/// Series that grow.
#[derive(Default)]
struct Gathered {
    series: BTreeMap<(ProbeId, Metric), Series>,
    /// Of counters, the value before.
    counted: BTreeMap<(ProbeId, Metric), (DateTime<Utc>, f64)>,
    /// Moments that errors are counted before and after, in order.
    marks: Vec<DateTime<Utc>>,
    /// When each session began: counters begin anew.
    sessions: Vec<DateTime<Utc>>,
    /// Time in which a probe was not asked, by the log.
    blind: BTreeMap<ProbeId, Vec<Gap>>,
    /// Of logs, errors between the marks, and the last count.
    errors: BTreeMap<ProbeId, Vec<Stretch>>,
    tallied: BTreeMap<ProbeId, (DateTime<Utc>, f64)>,
    servers: BTreeMap<ProbeId, BTreeSet<String>>,
}

fn blind(report: &Report<'_>) -> BTreeMap<ProbeId, Vec<Gap>> {
    let mut blind: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for gap in &report.record.control.gaps {
        if let Some(span) = when::parse(&gap.from).zip(when::parse(&gap.to)) {
            blind.entry(gap.probe.clone()).or_default().push(span);
        }
    }
    for gaps in blind.values_mut() {
        gaps.sort_unstable_by_key(|gap| gap.1);
    }
    blind
}

/// What divides the run: when each phase began, and its title.
pub(super) fn marks<'a>(report: &'a Report<'_>) -> Vec<(DateTime<Utc>, &'a str)> {
    let began = report.phases.iter().filter_map(|it| Some((it.began?.wall, it.title.as_str())));
    let mut marks: Vec<_> = began.collect();
    marks.sort_by_key(|(at, _)| *at);
    marks
}

impl Gathered {
    fn add(&mut self, reading: &Reading) {
        let value = |name: &str| reading.values.get(name);
        let n = u64::from(reading.n.max(1));
        match reading.probe.kind {
            Kind::Health => {
                if let Some(it) = value("latency_ms") {
                    let point =
                        Point { at: reading.at, n, min: it.min, mean: it.mean, max: it.max, last: it.last };
                    self.push(&reading.probe, Metric::Latency, point);
                } else if let Some(series) = self.series.get_mut(&(reading.probe.clone(), Metric::Latency)) {
                    series.broken = true;
                }
            }
            Kind::Copy => match (value("rate"), value("bytes")) {
                (Some(_), _) if has_ended(reading) => {}
                (Some(it), bytes) => {
                    let metric = if bytes.is_some() { Metric::Bytes } else { Metric::Rate };
                    let point =
                        Point { at: reading.at, n, min: it.min, mean: it.mean, max: it.max, last: it.last };
                    self.push(&reading.probe, metric, point);
                }
                (None, Some(bytes)) => self.count(reading, Metric::Bytes, bytes.last, 1.0),
                (None, None) => {
                    if let Some(objects) = value("objects") {
                        self.count(reading, Metric::Rate, objects.last, 1.0);
                    }
                }
            },
            Kind::Log => {
                if let Some(errors) = value("errors") {
                    self.count(reading, Metric::Errors, errors.last, 60.0);
                    self.tally(reading, errors.last);
                }
            }
            Kind::Dns => {
                if let Some(server) = Stream::of(&reading.probe, &reading.seen).server {
                    self.servers.entry(reading.probe.clone()).or_default().insert(server.to_string());
                }
            }
            Kind::Reconcile | Kind::Host => {}
        }
    }

    /// Another session began between two moments.
    fn anew(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        self.sessions.iter().any(|began| from < *began && *began <= to)
    }

    /// For most of the time between two readings the probe was not asked.
    fn unseen(&self, probe: &ProbeId, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let most = |(begin, end): &Gap| ((*end).min(to) - (*begin).max(from)) * 2 > to - from;
        let near = |gaps: &Vec<Gap>| {
            gaps[gaps.partition_point(|gap| gap.1 <= from)..].iter().take_while(|gap| gap.0 < to).any(most)
        };
        self.anew(from, to) || self.blind.get(probe).is_some_and(near)
    }

    /// Puts the errors that came since the reading before between the marks.
    fn tally(&mut self, reading: &Reading, errors: f64) {
        let (from, before) = *self.tallied.get(&reading.probe).unwrap_or(&(reading.at, 0.0));
        self.tallied.insert(reading.probe.clone(), (reading.at, errors));
        let anew = self.anew(from, reading.at) || errors < before;
        let (from, before) = if anew { (reading.at, 0.0) } else { (from, before) };
        let marks = &self.marks;
        let stretches = self.errors.entry(reading.probe.clone());
        let stretches = stretches.or_insert_with(|| vec![Stretch::default(); marks.len() + 1]);
        stretches[marks.partition_point(|mark| *mark <= reading.at)].errors += errors - before;
        if reading.at - from > LONGEST {
            return;
        }
        let ends = marks.iter().copied().map(Some).chain([None]);
        let mut start = from;
        for (stretch, end) in stretches.iter_mut().zip(ends) {
            let end = end.map_or(reading.at, |end| end.min(reading.at));
            if end > start {
                stretch.seconds += (end - start).num_milliseconds() as f64 / 1000.0;
                start = end;
            }
        }
    }

    /// How fast a counter grew, in so many seconds; counted over as many at least, so that a single one is no rush.
    fn count(&mut self, reading: &Reading, metric: Metric, value: f64, seconds: f64) {
        let key = (reading.probe.clone(), metric);
        let (at, before) = *self.counted.entry(key.clone()).or_insert((reading.at, value));
        let passed = (reading.at - at).num_milliseconds() as f64 / 1000.0;
        if has_ended(reading) && value <= before {
            self.counted.insert(key, (reading.at, value));
            return;
        }
        if (0.0..seconds).contains(&passed) && value >= before {
            return;
        }
        self.counted.insert(key, (reading.at, value));
        // It counts anew in each session.
        if passed <= 0.0 || value < before || self.anew(at, reading.at) {
            return;
        }
        let rate = (value - before) / passed * seconds;
        let point = Point { at: reading.at, n: 1, min: rate, mean: rate, max: rate, last: rate };
        self.push(&reading.probe, metric, point);
    }

    fn push(&mut self, probe: &ProbeId, metric: Metric, point: Point) {
        let known = self.series.get(&(probe.clone(), metric)).and_then(|series| series.points.last());
        let unseen = known.is_some_and(|last| self.unseen(probe, last.at, point.at));
        let series = self.series.entry((probe.clone(), metric)).or_insert_with(|| Series {
            probe: probe.clone(),
            metric,
            points: Vec::new(),
            gaps: Vec::new(),
            parts: 0,
            broken: false,
        });
        series.broken |= unseen;
        series.push(point);
    }
}

impl Series {
    fn push(&mut self, point: Point) {
        if let Some(last) = self.points.last() {
            // A wall clock that was set back: what is drawn runs on.
            if point.at < last.at {
                return;
            }
            if self.broken || point.at - last.at > LONGEST {
                self.gaps.push((last.at, point.at));
                self.parts += 1;
            }
        }
        self.broken = false;
        if self.gaps.len() > POINTS {
            self.gaps.sort_by_key(|(from, to)| *from - *to);
            self.gaps.truncate(POINTS / 2);
            self.gaps.sort_unstable();
        }
        self.points.push(point);
        if self.points.len() >= 2 * POINTS {
            self.thin();
        }
    }

    /// Makes one point of each two that no gap parts.
    fn thin(&mut self) {
        let mut thin: Vec<Point> = Vec::with_capacity(POINTS + self.gaps.len());
        let mut rest = self.points.iter().peekable();
        while let Some(&one) = rest.next() {
            let next = rest.next_if(|next| !self.parted(one.at, next.at));
            thin.push(next.map_or(one, |next| one.and(next)));
        }
        self.points = thin;
    }

    /// There are no readings somewhere between two moments.
    pub(super) fn parted(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        self.gaps.iter().any(|gap| from <= gap.0 && gap.1 <= to)
    }

    /// The mean and the greatest of all; `None` of none.
    pub(super) fn whole(&self) -> Option<Point> {
        let mut points = self.points.iter();
        let first = *points.next()?;
        Some(points.fold(first, Point::and))
    }
}

impl Point {
    fn and(self, next: &Point) -> Point {
        let n = self.n + next.n;
        Point {
            at: next.at,
            n,
            min: self.min.min(next.min),
            mean: (self.mean * self.n as f64 + next.mean * next.n as f64) / n as f64,
            max: self.max.max(next.max),
            last: next.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::readings::{Seen, Span};

    fn series() -> Series {
        let probe = "health/api/live".parse().unwrap();
        Series {
            probe,
            metric: Metric::Latency,
            points: Vec::new(),
            gaps: Vec::new(),
            parts: 0,
            broken: false,
        }
    }

    fn point(second: i64, value: f64) -> Point {
        let at = DateTime::from_timestamp(second, 0).unwrap();
        Point { at, n: 1, min: value, mean: value, max: value, last: value }
    }

    #[test]
    fn many_readings_become_few_points_that_keep_extremes_and_mean() {
        let mut long = series();
        for second in 0..100_000_i32 {
            long.push(point(second.into(), if second == 77_777 { 900.0 } else { 10.0 }));
        }
        assert!((POINTS..2 * POINTS).contains(&long.points.len()), "{}", long.points.len());
        let whole = long.whole().unwrap();
        assert_eq!((whole.min, whole.max, whole.n), (10.0, 900.0, 100_000));
        assert!((whole.mean - (10.0 + 890.0 / 100_000.0)).abs() < 1e-6, "{whole:?}");
    }

    #[test]
    fn errors_are_counted_before_and_after_a_mark_and_anew_in_each_session() {
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        let mut gathered =
            Gathered { marks: vec![at(100)], sessions: vec![at(0), at(300)], ..Gathered::default() };
        let seen = Seen::Lines(Box::default());
        for (second, errors) in [(10, 1.0), (90, 1.0), (110, 4.0), (305, 4.0), (365, 6.0)] {
            let span = Span { min: errors, mean: errors, max: errors, last: errors };
            let values = BTreeMap::from([("errors".to_owned(), span)]);
            let (probe, state) = ("log/app".parse().unwrap(), ProbeState::Up);
            let (up, seen) = (Duration::from_secs(1), seen.clone());
            gathered.add(&Reading { at: at(second), up, probe, state, n: 1, values, seen });
        }
        let found = gathered.errors.values().next().unwrap();
        let before = Stretch { seconds: 90.0, errors: 1.0 };
        assert_eq!(found[..], [before, Stretch { seconds: 10.0 + 60.0, errors: 3.0 + 4.0 + 2.0 }]);
        assert_eq!(Stretch::default().rate(), None);
        assert_eq!(Stretch { seconds: 120.0, errors: 1.0 }.rate(), Some(0.5));
    }

    #[test]
    fn a_copy_that_has_ended_is_not_slow() {
        let mut gathered = Gathered::default();
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        for second in 0..100_u32 {
            let done = f64::from(second.min(10)) * 50.0;
            let span = Span { min: done, mean: done, max: done, last: done };
            let state = if second < 10 { ProbeState::Running } else { ProbeState::Finished };
            gathered.add(&Reading {
                at: at(second.into()),
                up: Duration::from_secs(second.into()),
                probe: "copy/assets".parse().unwrap(),
                state,
                n: 1,
                values: BTreeMap::from([("objects".to_owned(), span)]),
                seen: Seen::Lines(Box::default()),
            });
        }
        let series = gathered.series.into_values().next().unwrap();
        assert_eq!((series.metric, series.points.len()), (Metric::Rate, 10));
        assert!((series.whole().unwrap().mean - 50.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_drawn_across_refused_connections_or_time_in_which_nothing_was_asked() {
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        let probe: ProbeId = "health/api/live".parse().unwrap();
        let mut gathered = Gathered {
            sessions: vec![at(0), at(61)],
            blind: BTreeMap::from([(probe.clone(), vec![(at(20), at(40))])]),
            ..Gathered::default()
        };
        for second in (0..=20).step_by(5).chain((40..100).step_by(5)) {
            let span = Span { min: 1.0, mean: 1.0, max: 1.0, last: 1.0 };
            let refused = (70..80).contains(&second);
            gathered.add(&Reading {
                at: at(second),
                up: Duration::from_secs(1),
                probe: probe.clone(),
                state: ProbeState::Up,
                n: 1,
                values: if refused {
                    BTreeMap::new()
                } else {
                    BTreeMap::from([("latency_ms".to_owned(), span)])
                },
                seen: Seen::Lines(Box::default()),
            });
        }
        let series = gathered.series.into_values().next().unwrap();
        let parts = [(at(20), at(40)), (at(60), at(65)), (at(65), at(80))];
        assert_eq!((&series.gaps[..], series.parts), (&parts[..], 3));
    }

    #[test]
    fn a_check_that_fails_every_other_second_for_a_week_is_drawn_in_few_points() {
        let mut torn = series();
        for second in 0..100_000 {
            torn.push(point(second * 2, 1.0));
            torn.broken = true;
        }
        assert!(torn.points.len() < 4 * POINTS && torn.gaps.len() <= POINTS, "{}", torn.points.len());
        assert_eq!((torn.parts, torn.whole().unwrap().n), (99_999, 100_000));
    }

    #[test]
    fn nothing_is_drawn_across_time_without_readings() {
        let mut parted = series();
        for second in (0..1000).chain(5000..6000) {
            parted.push(point(second, 1.0));
        }
        assert_eq!(parted.gaps.len(), 1);
        let across = parted.points.windows(2).filter(|pair| parted.parted(pair[0].at, pair[1].at));
        assert_eq!(across.count(), 1);
    }
}
