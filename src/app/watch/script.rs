//! What is played: the lines of a log and the readings beside it, as far as they have been written.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::moments::{Moments, begins};
use crate::app::{TOOL, host};
use crate::clock::Clock;
use crate::plan::{self, Plan};
use crate::readings::{Part, Place, Reader, Reading};
use crate::record::{self, Record};
use crate::signoff::event::{Event, RunMode};
use crate::signoff::verify::{self, Verification};
use crate::signoff::{Head, Line, LogError, Source, log};
use crate::state::{Access, Start};

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
    pub trouble: Option<String>,
    reader: Reader,
    /// Of the log as it was opened.
    verification: Verification,
    /// The last measurement of each stream.
    last: Vec<DateTime<Utc>>,
    plan: Option<(String, Arc<Plan>)>,
    clock: Arc<dyn Clock>,
    size: (u16, u16),
    may_take_over: bool,
    holder: String,
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
            trouble: None,
            verification: verify::verify(path),
            reader: Reader::new(&log::evidence(path)),
            last: Vec::new(),
            plan: None,
            clock,
            size,
            may_take_over,
            holder: String::new(),
        };
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
        let before = self.lines.len();
        let lines = &mut self.lines;
        let read = self.source.read(self.head, &mut |line| {
            lines.push(Arc::new(line));
            ControlFlow::Continue(())
        });
        match read {
            Ok(head) => self.head = head,
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
                self.trouble = Some(error.to_string());
            }
        }
        if self.lines.len() != before || came.cut.is_some() {
            for line in self.lines.iter().skip(before) {
                if let Event::RunStarted { pid, .. } | Event::RunResumed { pid, .. } = line.event {
                    self.holder = format!("{}, process {pid} on {}", line.by, line.via.host);
                }
            }
            let ended = self.ended();
            self.moments.note(&self.lines, ended, &self.verification);
        }
        self.measure(&mut came.measured);
        Ok(came)
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
        if let Err(error) = read {
            self.trouble = Some(error.to_string());
        }
        if let Some(bad) = &self.reader.bad {
            self.trouble.get_or_insert_with(|| bad.to_string());
        }
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
            Ok(reading) => Some(reading.measured(measured.part)),
            Err(error) => {
                self.trouble = Some(error.to_string());
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

    pub(super) fn ended(&self) -> bool {
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
        match (self.ended(), self.may_take_over) {
            (true, true) => "nobody writes this log now; W takes over".to_owned(),
            (true, false) => "nobody writes this log now".to_owned(),
            (false, _) => format!("{} writes this log", self.holder),
        }
    }

    /// The plan that a record embeds.
    pub(super) fn plan(&mut self, record: &Record) -> Result<Arc<Plan>, String> {
        let key = format!("{} {:?}", record.plan.sha256, record.plan.sidecar_sha256);
        if let Some((known, plan)) = &self.plan
            && *known == key
        {
            return Ok(Arc::clone(plan));
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let (plan, lacks) = plan::recorded(&record.plan, folder)?;
        if let Some(why) = lacks {
            self.trouble = Some(format!("the panes cannot be shown: {why}"));
        }
        let plan = Arc::new(plan);
        self.plan = Some((key, Arc::clone(&plan)));
        Ok(plan)
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
