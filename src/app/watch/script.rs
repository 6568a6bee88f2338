//! What is played: the lines of a log and the readings beside it, as far as they have been written.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::moments::{Moments, begins};
use crate::app::{TOOL, host};
use crate::clock::Clock;
use crate::plan::{self, Plan};
use crate::readings::{Part, Place, Reader, Reading};
use crate::record::{self, Record};
use crate::signoff::event::{Event, RunMode};
use crate::signoff::log::{self, Holder};
use crate::signoff::verify::{self, Verification};
use crate::signoff::{Head, Line, LogError, Source};
use crate::state::{Access, Start};

/// What is told of a script besides what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    lines: usize,
    /// Nothing more comes.
    pub ended: bool,
    trouble: Option<String>,
}

/// Between two glances at the lock.
const GLANCE: Duration = Duration::from_secs(1);

/// The files of a run.
pub(super) struct Script {
    path: PathBuf,
    source: Box<dyn Source>,
    head: Head,
    /// All lines so far.
    pub lines: Vec<Arc<Line>>,
    /// All measurements so far, by their time.
    pub measured: Vec<Measured>,
    /// Where one may go.
    pub moments: Moments,
    /// What cannot be read or shown.
    trouble: Trouble,
    reader: Reader,
    /// Of the log as it was opened.
    verification: Verification,
    /// The last measurement of each stream.
    last: Vec<DateTime<Utc>>,
    plan: Option<Known>,
    clock: Arc<dyn Clock>,
    size: (u16, u16),
    may_take_over: bool,
    holder: Holder,
    /// This host's name: of a log that was written elsewhere the lock is not seen.
    host: String,
    /// When the lock was looked at last, on the monotonic clock,
    glanced: Option<Duration>,
    /// and whether it was free, with no line written since.
    free: bool,
}

/// The plan of some of the lines.
struct Known {
    key: String,
    plan: Arc<Plan>,
    /// Why its panes cannot be shown.
    lacks: Option<String>,
}

/// What cannot be read or shown, in one clause each, until it can.
#[derive(Debug, Default)]
struct Trouble {
    log: Option<String>,
    readings: Option<String>,
    reading: Option<String>,
    panes: Option<String>,
}

/// A measurement, and the line that tells of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// When it was.
    pub at: DateTime<Utc>,
    place: Place,
    part: Part,
}

/// What came since the last look.
#[derive(Debug, Default)]
pub(super) struct Came {
    /// So many lines stand as they were: some behind them were taken back.
    pub cut: Option<usize>,
    /// Indices of measurements, in rising order.
    pub measured: Vec<usize>,
}

impl Script {
    pub(super) fn open(
        path: &Path,
        may_take_over: bool,
        size: (u16, u16),
        clock: Arc<dyn Clock>,
    ) -> Result<Script, String> {
        let mut script = Script {
            path: path.to_owned(),
            source: log::source(path),
            head: Head::default(),
            lines: Vec::new(),
            measured: Vec::new(),
            moments: Moments::default(),
            trouble: Trouble::default(),
            verification: verify::verify(path),
            reader: Reader::new(&log::evidence(path)),
            last: Vec::new(),
            plan: None,
            clock,
            size,
            may_take_over,
            holder: Holder::default(),
            host: host::via().host,
            glanced: None,
            free: false,
        };
        script.look().map_err(|error| error.to_string())?;
        // Once more, as the lock tells only of lines that are known.
        script.look().map_err(|error| error.to_string())?;
        if script.lines.is_empty() {
            return Err(format!(
                "{} has no line that can be shown: nothing was recorded in it yet; cutover verify tells more",
                path.display()
            ));
        }
        Ok(script)
    }

    /// Reads what has been added to the files.
    pub(super) fn look(&mut self) -> Result<Came, LogError> {
        let mut came = Came::default();
        // Before the lines: who leaves writes an end first, and then gives up the lock.
        self.glance();
        let before = self.lines.len();
        let lines = &mut self.lines;
        let read = self.source.read(self.head, &mut |line| {
            lines.push(Arc::new(line));
            ControlFlow::Continue(())
        });
        match read {
            Ok(head) => {
                self.head = head;
                self.trouble.log = None;
            }
            Err(LogError::CutBack { to, .. }) => {
                let to_line = usize::try_from(to.seq).unwrap_or(usize::MAX);
                self.lines.truncate(to_line);
                came.cut = Some(to_line);
                self.head = to;
            }
            Err(error) if self.lines.is_empty() => return Err(error),
            // What was read before stands; the rest is for `cutover verify` to name.
            Err(error) => {
                self.head = self.lines.last().map_or(self.head, |line| line.head);
                self.trouble.log = Some(error.to_string());
            }
        }
        if self.lines.len() != before || came.cut.is_some() {
            self.lines.iter().skip(before).for_each(|line| self.holder.note(line));
            // Whoever wrote them may have got the lock since.
            (self.free, self.glanced) = (false, None);
            self.moments.note(&self.lines, &self.verification);
        }
        self.measure(&mut came.measured);
        Ok(came)
    }

    /// Looks at the lock now and then: a writer that was killed writes no end.
    fn glance(&mut self) {
        let now = self.clock.now().mono;
        if self.glanced.is_some_and(|last| now.saturating_sub(last) < GLANCE) {
            return;
        }
        self.glanced = Some(now);
        // Of a log that cannot be looked at nothing is said.
        self.free = matches!(log::is_free(&self.path), Ok(Some(true)));
    }

    pub(super) fn standing(&self) -> Standing {
        Standing { lines: self.lines.len(), ended: self.ended(), trouble: self.trouble() }
    }

    /// What cannot be read or shown.
    pub(super) fn trouble(&self) -> Option<String> {
        let Trouble { log, readings, reading, panes } = &self.trouble;
        log.as_ref().or(readings.as_ref()).or(reading.as_ref()).or(panes.as_ref()).cloned()
    }

    /// A moment cannot be shown.
    pub(super) fn cannot_show(&mut self, why: String) {
        self.trouble.panes = Some(why);
    }

    /// Notes where the new readings stand.
    fn measure(&mut self, came: &mut Vec<usize>) {
        let mut new = Vec::new();
        let last = &mut self.last;
        let read = self.reader.more(&mut |place, reading| {
            let stream = place.stream as usize;
            let before = last.get(stream).copied();
            let parts = reading.parts(before).into_iter();
            new.extend(parts.map(|part| Measured { at: part.at, place, part }));
            if stream >= last.len() {
                last.resize(stream + 1, place.at);
            }
            last[stream] = place.at;
        });
        let bad = self.reader.bad.as_ref().map(ToString::to_string);
        self.trouble.readings = read.err().map(|error| error.to_string()).or(bad);
        new.sort_by_key(|it| it.at);
        for it in new {
            let at = self.measured.partition_point(|known| known.at <= it.at);
            self.measured.insert(at, it);
            came.push(at);
        }
    }

    /// What was measured.
    pub(super) fn reading(&mut self, measured: Measured) -> Option<Reading> {
        match self.reader.read(measured.place) {
            Ok(reading) => {
                self.trouble.reading = None;
                Some(reading.measured(measured.part))
            }
            Err(error) => {
                self.trouble.reading = Some(error.to_string());
                None
            }
        }
    }

    /// What so many lines say.
    pub(super) fn record(&self, lines: usize) -> Record {
        let mut record = Record::default();
        for line in &self.lines[..lines] {
            record::apply(&mut record, line);
        }
        record
    }

    /// The last of so many lines with which a cockpit began to write.
    pub(super) fn session(&self, lines: usize) -> usize {
        self.lines[..lines].iter().rposition(|line| begins(line)).unwrap_or(0)
    }

    /// How many lines were written up to that moment.
    pub(super) fn lines_until(&self, at: DateTime<Utc>) -> usize {
        // A clock that was set back leaves later lines with earlier times: the last that lies before counts.
        self.lines.iter().rposition(|line| line.at.wall <= at).map_or(1, |index| index + 1)
    }

    pub(super) fn begin(&self) -> DateTime<Utc> {
        self.lines.first().map_or_else(|| self.clock.now().wall, |line| line.at.wall)
    }

    /// Nothing more comes: whoever wrote has left, or was cut off.
    pub(super) fn ended(&self) -> bool {
        self.left() || self.cut_off()
    }

    /// Nobody writes, and the last session did not end.
    pub(super) fn cut_off(&self) -> bool {
        self.free && self.holder.host == self.host && !self.left()
    }

    /// Whoever wrote last has left.
    fn left(&self) -> bool {
        let session = |line: &&Arc<Line>| begins(line) || matches!(line.event, Event::RunEnded { .. });
        let last = self.lines.iter().rev().find(session);
        last.is_some_and(|line| matches!(line.event, Event::RunEnded { .. }))
    }

    /// The newest moment: of a run that goes on, now.
    pub(super) fn end(&self) -> DateTime<Utc> {
        let line = self.lines.last().map(|line| line.at.wall);
        let last = line.max(self.measured.last().map(|it| it.at)).unwrap_or_default();
        if self.ended() { last } else { last.max(self.clock.now().wall) }
    }

    /// Why nothing can be recorded here.
    pub(super) fn why(&self) -> String {
        let Holder { who, host, pid, .. } = &self.holder;
        let who = who.as_deref().unwrap_or("somebody who has not said a name");
        if !self.ended() {
            return format!("{who}, process {pid} on {host} writes this log");
        }
        let off = if self.cut_off() {
            format!("; it was cut off in the session of {who}, process {pid}")
        } else {
            String::new()
        };
        let over = if self.may_take_over { "; W takes over" } else { "" };
        format!("nobody writes this log now{off}{over}")
    }

    /// The plan that a record embeds.
    pub(super) fn plan(&mut self, record: &Record) -> Result<Arc<Plan>, String> {
        let key = format!("{} {:?}", record.plan.sha256, record.plan.sidecar_sha256);
        if self.plan.as_ref().is_none_or(|known| known.key != key) {
            let folder = self.path.parent().unwrap_or(Path::new(""));
            let (plan, lacks) = plan::recorded(&record.plan, folder)?;
            let lacks = lacks.map(|why| format!("the panes cannot be shown: {why}"));
            self.plan = Some(Known { key, plan: Arc::new(plan), lacks });
        }
        let known = self.plan.as_ref().ok_or("the log embeds no plan")?;
        self.trouble.panes.clone_from(&known.lacks);
        Ok(Arc::clone(&known.plan))
    }

    /// What a cockpit begins with that shows this record.
    pub(super) fn start(&mut self, record: Record) -> Result<Start, String> {
        let run = record.run.clone().ok_or("the log does not begin with the start of a run")?;
        Ok(Start {
            text: record.plan.clone(),
            plan: self.plan(&record)?,
            record,
            name: run.name,
            mode: if run.mode == RunMode::Rehearsal { RunMode::Rehearsal } else { RunMode::Live },
            access: Access::Watcher(self.why()),
            operator: None,
            login: String::new(),
            via: host::via(),
            log: self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            tool: TOOL.to_owned(),
            boot_id: String::new(),
            pid: std::process::id(),
            session: 0,
            entropy: [0; 32],
            recovered: None,
            network: None,
            size: self.size,
        })
    }
}
