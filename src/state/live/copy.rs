//! Copies: states, rates, forecasts; the same for every tool.
//!
//! A copy is finished by its tool's own word, never by a percentage, and dead when its process is gone without that
//! word. Between the two it moves, or has not moved for too long (stalled), or has not been heard of (stale).

mod forecast;
mod pace;
mod words;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use super::{Probed, Told};
use crate::clock::Stamp;
use crate::config::{CopyJob, CopySource};
use crate::sample::copy::{Count, End, Progress, Source, Stage};
use crate::sample::{self, Kind, ProbeId, ProbeState, Reading, Sample};
use crate::signoff::event::Event;

pub use forecast::{By, Fit, Forecast};
pub use pace::{FARTHEST, Pace};
pub use words::{lag, rate_words, tally, whole_percent};

/// Rates kept, one every [`EVERY`]: two hours.
const RATES: usize = 720;
/// Between two rates that are kept.
const EVERY: Duration = Duration::from_secs(10);
/// A source that does not say how long its tool may be quiet: so many intervals…
const QUIET: u32 = 3;
/// …and no less than this.
const QUIET_LEAST: Duration = Duration::from_secs(10);

/// A copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What the sidecar says of it.
    pub settings: CopyJob,
    id: ProbeId,
    state: ProbeState,
    since: Option<Stamp>,
    /// The newest reading.
    pub last: Option<Sample>,
    /// When it last came any further.
    moved: Option<Stamp>,
    /// How fast bytes are copied.
    pub bytes: Pace,
    /// How fast objects are.
    pub objects: Pace,
    /// How fast the percentage grows: for tools that say nothing else.
    percent: Pace,
    /// The rates of bytes, or of objects where no bytes are told, one every ten seconds, newest last.
    pub rates: VecDeque<(Stamp, f64)>,
    command: Command,
    told: Told,
}

/// The program behind a copy that the cockpit starts.
#[derive(Clone, Copy, Debug, Default)]
struct Command {
    /// The log has its start, and not its end.
    open: bool,
    /// Its end is on its way to the log.
    ending: bool,
    /// It was started in this session, after this run of it.
    after: Option<u32>,
    /// It could not even be started.
    refused: bool,
}

impl Copy {
    pub(super) fn new(settings: CopyJob) -> Copy {
        let id = ProbeId { kind: Kind::Copy, name: settings.name.clone(), side: None };
        Copy {
            settings,
            id,
            state: ProbeState::Unknown,
            since: None,
            last: None,
            moved: None,
            bytes: Pace::default(),
            objects: Pace::default(),
            percent: Pace::default(),
            rates: VecDeque::new(),
            command: Command::default(),
            told: Told::default(),
        }
    }

    /// What its source said last; `None` if nothing yet, or if it cannot be watched.
    #[must_use]
    pub fn copy(&self) -> Option<&sample::Copy> {
        self.last.as_ref().and_then(|sample| match &sample.reading {
            Reading::Copy(copy) => Some(copy.as_ref()),
            _ => None,
        })
    }

    /// Why it cannot be watched at all.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.last.as_ref().and_then(|sample| match &sample.reading {
            Reading::Broken(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// Where its progress is told, secrets included.
    #[must_use]
    pub fn told_by(&self) -> String {
        let what = match &self.settings.source {
            CopySource::Rclone(url) => format!("rclone's rc port {url}"),
            CopySource::Azcopy(path) => format!("azcopy's log {}", path.display()),
            CopySource::Postgres(at) => format!("PostgreSQL's views at {}", at.text),
            CopySource::Elasticsearch(url) => format!("the task {url}"),
            CopySource::Json(paths) => format!("JSON of {}", paths.url),
            CopySource::Pid(pid) => format!("process {pid}"),
            CopySource::Process(pattern) => format!("the process {pattern}"),
            CopySource::Trees(from, to) => format!("the folders {} and {}", from.display(), to.display()),
            CopySource::File(path) => format!("the file {}", path.display()),
            CopySource::Exec(argv) | CopySource::Start(argv) => format!("the program {}", argv.join(" ")),
        };
        let format = self.settings.format.as_ref().map(|format| format!(", as {format} writes it"));
        let via = self.settings.via.as_ref().map(|via| format!(", by {}", via.join(" ")));
        format!("{what}{}{}", format.unwrap_or_default(), via.unwrap_or_default())
    }

    /// When something was last heard of it.
    #[must_use]
    pub fn heard(&self) -> Option<Stamp> {
        self.copy().and_then(|copy| copy.updated)
    }

    /// When it last came any further.
    #[must_use]
    pub fn moved(&self) -> Option<Stamp> {
        self.moved
    }

    /// How long it may be quiet before it is stale.
    #[must_use]
    pub fn quiet(&self) -> Duration {
        let own = self.copy().map(|copy| copy.quiet).filter(|quiet| !quiet.is_zero());
        let usual = || own.unwrap_or(QUIET_LEAST).max(self.settings.every * QUIET);
        self.settings.stale.unwrap_or_else(usual)
    }

    pub(super) fn take(&mut self, sample: Sample) {
        let before = self.copy().cloned();
        if let Reading::Copy(copy) = &sample.reading {
            let at = copy.updated.unwrap_or(sample.at);
            let another = before.as_ref().is_some_and(|before| before.run != copy.run);
            if another {
                (self.bytes, self.objects, self.percent) = Default::default();
                self.rates.clear();
            }
            let progress = &copy.progress;
            let further = before.as_ref().is_none_or(|before| another || is_further(before, copy));
            // While it holds itself back, nobody waits for it.
            if further || progress.throttled {
                self.moved = Some(at);
            }
            for (pace, count) in
                [(&mut self.bytes, progress.bytes.done), (&mut self.objects, progress.objects.done)]
            {
                if let Some(done) = count {
                    pace.take(&at, float(done), progress.throttled);
                }
            }
            if let Some(percent) = progress.percent.filter(|percent| percent.is_finite()) {
                self.percent.take(&at, percent, progress.throttled);
            }
        }
        let at = sample.at;
        self.last = Some(sample);
        self.keep_rate(&at);
        self.settle(&at);
    }

    pub(super) fn age(&mut self, now: &Stamp) {
        self.settle(now);
    }

    /// Keeps the present rate for the history.
    fn keep_rate(&mut self, at: &Stamp) {
        if self.rates.back().is_some_and(|(last, _)| at.since(last) < EVERY) {
            return;
        }
        let Some(rate) = self.pace().recent() else { return };
        let moving = matches!(self.state, ProbeState::Running | ProbeState::Scanning);
        if self.rates.len() == RATES {
            self.rates.pop_front();
        }
        self.rates.push_back((*at, if moving { rate } else { 0.0 }));
    }

    /// The pace that is shown: of bytes where they are told.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        let bytes = self.copy().is_some_and(|copy| copy.progress.bytes.done.is_some());
        if bytes { &self.bytes } else { &self.objects }
    }

    /// The state at this moment, and since when.
    fn settle(&mut self, now: &Stamp) {
        let (state, since) = self.judge(now);
        if state != self.state {
            self.state = state;
            self.since = Some(since);
            self.told.flips += 1;
        }
    }

    fn judge(&self, now: &Stamp) -> (ProbeState, Stamp) {
        let Some(sample) = &self.last else { return (ProbeState::Unknown, *now) };
        let Reading::Copy(copy) = &sample.reading else { return (ProbeState::Unknown, sample.at) };
        let heard = copy.updated.unwrap_or(sample.at);
        let state = match (&copy.progress.stage, &copy.source) {
            (Stage::Ended(end), source) => ended(end, source, &copy.progress),
            (_, Source::Exited(_) | Source::Gone) => ProbeState::Died,
            (_, Source::Waiting) | (Stage::Unknown, _) => ProbeState::Unknown,
            (Stage::Scanning, _) => ProbeState::Scanning,
            (Stage::Running | Stage::Verifying, _) => ProbeState::Running,
        };
        if !matches!(state, ProbeState::Scanning | ProbeState::Running) {
            return (state, heard);
        }
        let silence = now.since(&heard);
        let rest = self.moved.map_or(Duration::ZERO, |moved| now.since(&moved));
        // Silence is no standstill as long as the tool may be silent.
        let told =
            self.moved.map_or(Duration::ZERO, |moved| heard.since(&moved)) >= self.settings.stalled_after;
        let stands = rest >= self.settings.stalled_after && (told || silence > self.quiet());
        let open = copy.source == Source::Open;
        if open && stands && !copy.progress.throttled && !is_level(&copy.progress) {
            return (ProbeState::Stalled, self.moved.unwrap_or(heard));
        }
        if silence > self.quiet() || now.since(&sample.at) > self.quiet().max(QUIET_LEAST) {
            return (ProbeState::Stale, heard);
        }
        (state, sample.at)
    }

    /// How far it is, in per cent: as the tool says it, else of the bytes, else of the objects.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        let progress = &self.copy()?.progress;
        let of = |count: Count| match (count.done, count.total) {
            (Some(done), Some(total @ 1..)) => Some(float(done) / float(total) * 100.0),
            _ => None,
        };
        let own = progress.percent.filter(|percent| percent.is_finite());
        own.or_else(|| of(progress.bytes)).or_else(|| of(progress.objects))
    }

    /// When it will be done, by bytes and by objects, the later one first; none while it stands, is not heard of, or
    /// does not know how much there is.
    #[must_use]
    pub fn forecasts(&self) -> Vec<Forecast> {
        let Some(copy) = self.copy() else { return Vec::new() };
        let (progress, heard) = (&copy.progress, copy.updated);
        let (Some(heard), ProbeState::Running) = (heard, self.state) else { return Vec::new() };
        if !progress.total_is_final || progress.stage != Stage::Running || progress.throttled {
            return Vec::new();
        }
        let by = |by: By, pace: &Pace, count: Count| {
            // What has passed its total has no end that could be told.
            let more = count.total?.checked_sub(count.done?)?;
            Some(Forecast::new(by, &heard, pace.left(float(more))?))
        };
        let bytes = by(By::Bytes, &self.bytes, progress.bytes);
        let mut all: Vec<Forecast> =
            [bytes, by(By::Objects, &self.objects, progress.objects)].into_iter().flatten().collect();
        if progress.bytes.total.is_none() && progress.objects.total.is_none() {
            let more = self.percent().map(|percent| 100.0 - percent).filter(|more| *more >= 0.0);
            let own = more.and_then(|more| self.percent.left(more));
            all.extend(own.map(|left| Forecast::new(By::Percent, &heard, left)));
        }
        if all.is_empty() {
            let left = progress.left.map(|left| left.min(FARTHEST));
            all.extend(left.map(|left| Forecast::new(By::Tool, &heard, (left, left))));
        }
        all.sort_by_key(|forecast| std::cmp::Reverse(forecast.most));
        all
    }

    /// The log's word on the program behind it: whether its start is there and its end is not.
    pub(in crate::state) fn command_is(&mut self, open: bool) {
        if self.command.open != open {
            self.command.open = open;
            self.command.ending = false;
            self.command.refused = false;
        }
    }

    /// It is ordered to start: what is said of runs so far says nothing of the next.
    pub(in crate::state) fn ordered(&mut self) {
        self.command.after = Some(self.copy().map_or(0, |copy| copy.run));
    }

    /// It could not be ordered to start.
    pub(in crate::state) fn not_started(&mut self) {
        self.command.refused = true;
    }

    pub(super) fn events(&mut self, _now: &Stamp, events: &mut Vec<Event>) {
        if !self.command.open || self.command.ending {
            return;
        }
        let job = self.settings.name.clone();
        let lost = Event::CommandLost { job: job.clone() };
        let event = match (self.copy(), self.command.after) {
            _ if self.command.refused => lost,
            // Of a run before the one that was ordered.
            (Some(copy), Some(after)) if copy.run <= after => return,
            (Some(copy), after) => match copy.source {
                Source::Exited(exit) => {
                    Event::CommandEnded { job, exit, took_ms: None, output: None, cut: None }
                }
                Source::Gone => lost,
                // Started in an earlier session, and nothing is left of it.
                Source::Waiting if after.is_none() => lost,
                _ => return,
            },
            (None, _) => return,
        };
        self.command.ending = true;
        events.push(event);
    }

    pub(super) fn refused(&mut self, _event: &Event) {
        self.command.ending = false;
    }
}

/// The state of a copy whose tool says that it ended.
fn ended(end: &End, source: &Source, progress: &Progress) -> ProbeState {
    match (end, source) {
        (End::Failed(_) | End::Cancelled, _) => ProbeState::Died,
        // Its word against its exit code: something is wrong.
        (End::WithErrors(_), _) | (End::Finished, Source::Exited(1..)) => ProbeState::FinishedWithErrors,
        (End::Finished, _) if progress.failed.is_some_and(|failed| failed > 0) => {
            ProbeState::FinishedWithErrors
        }
        (End::Finished, _) => ProbeState::Finished,
    }
}

/// Whether it has come any further between two looks.
fn is_further(before: &sample::Copy, after: &sample::Copy) -> bool {
    let (old, new) = (&before.progress, &after.progress);
    let heard = before.updated != after.updated;
    old.bytes.done != new.bytes.done
        || old.objects.done != new.objects.done
        || old.stage != new.stage
        || old.percent.map(f64::to_bits) != new.percent.map(f64::to_bits)
        // To find more is what a scan does.
        || (new.stage == Stage::Scanning && (old.bytes.total, old.objects.total) != (new.bytes.total, new.objects.total))
        // What compares need not say how far it is.
        || (new.stage == Stage::Verifying && heard)
        || (old.lag != new.lag && heard)
}

/// A replica that is not behind: there is nothing to move.
fn is_level(progress: &Progress) -> bool {
    progress.lag.is_some_and(|lag| lag.bytes.unwrap_or(0) == 0 && lag.time.unwrap_or_default().is_zero())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "shares and rates: 2^53 bytes are 9 PB, and none is told exactly"
)]
fn float(number: u64) -> f64 {
    number as f64
}

impl Probed for Copy {
    fn id(&self) -> &ProbeId {
        &self.id
    }

    fn state(&self) -> ProbeState {
        self.state
    }

    fn settled(&self) -> ProbeState {
        self.state
    }

    fn since(&self) -> Option<Stamp> {
        self.since
    }

    fn read(&self) -> Option<Stamp> {
        self.last.as_ref().map(|last| last.at)
    }

    fn saw(&self) -> String {
        words::saw(self)
    }

    fn rings(&self) -> bool {
        matches!(self.state, ProbeState::Stalled | ProbeState::Died | ProbeState::FinishedWithErrors)
    }

    fn told(&self) -> &Told {
        &self.told
    }

    fn told_mut(&mut self) -> &mut Told {
        &mut self.told
    }
}
