//! Finds or makes the run's sign-off log, and replays it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Options, TOOL, host};
use crate::clock::Clock;
use crate::plan::{self, Plan};
use crate::record::{self, Record};
use crate::signoff::event::{Event, RunMode};
use crate::signoff::log::{self, Access, Opened as Found};
use crate::signoff::{Head, Line, Sink, Source};
use crate::state::{self, Start};

/// A log that is open, and what it says.
pub struct Opened {
    /// Its file.
    pub path: PathBuf,
    /// What it says so far.
    pub record: Record,
    /// Live or rehearsal.
    mode: RunMode,
    /// What the writer found; `None` for a watcher.
    pub ours: Option<(Box<dyn Sink>, Found)>,
    /// Reads on, for a watcher.
    pub source: Box<dyn Source>,
    /// Who holds it, for a watcher.
    holder: Option<String>,
}

/// Opens the log that the options and the files beside the plan lead to.
///
/// # Errors
/// One sentence: why it cannot be opened and what to do.
pub fn open(plan: &Plan, options: &Options, clock: &Arc<dyn Clock>) -> Result<Opened, String> {
    let mode = if options.rehearsal { RunMode::Rehearsal } else { RunMode::Live };
    let path = match &options.log {
        Some(path) => path.clone(),
        None => plan.path.with_file_name(format!(
            "{}.live-{}-1.signoff.jsonl",
            plan.path.file_stem().unwrap_or_default().to_string_lossy(),
            clock.now().wall.format("%Y-%m-%d")
        )),
    };
    let access = if path.exists() { log::open(&path, &**clock) } else { log::create(&path, &**clock) };
    let opened = match access.map_err(|error| error.to_string())? {
        Access::Writer(mut source, sink, found) => {
            let record = replay(&mut *source, found.head)?;
            Opened { path, record, mode, ours: Some((sink, found)), source, holder: None }
        }
        Access::Watcher(mut source, holder) => {
            let record = replay(&mut *source, Head::default())?;
            Opened { path, record, mode, ours: None, source, holder: Some(holder.to_string()) }
        }
    };
    Ok(opened)
}

/// What a log says, read from its beginning.
fn replay(source: &mut dyn Source, _to: Head) -> Result<Record, String> {
    let mut record = Record::default();
    let mut visit = |line: Line| {
        record::apply(&mut record, &line);
        ControlFlow::Continue(())
    };
    source.read(Head::default(), &mut visit).map_err(|error| error.to_string())?;
    Ok(record)
}

impl Opened {
    /// What the state starts with.
    pub fn start(&self, plan: &Arc<Plan>, options: &Options, size: (u16, u16)) -> Start {
        let access = match &self.holder {
            Some(holder) => state::Access::Watcher(format!("{holder} writes this log")),
            None => state::Access::Writer,
        };
        let recovered = self.ours.as_ref().and_then(|(_, found)| match &found.recovered {
            Some(Event::LogRecovered { bytes, sha256, file }) => Some((*bytes, sha256.clone(), file.clone())),
            _ => None,
        });
        Start {
            plan: Arc::clone(plan),
            text: plan::text(plan),
            record: self.record.clone(),
            name: log::stem(&self.path),
            mode: self.mode,
            access,
            operator: options.operator.clone(),
            login: host::login(),
            via: host::via(),
            log: file_name(&self.path),
            tool: TOOL.to_owned(),
            boot_id: host::boot_id(),
            pid: std::process::id(),
            recovered,
            size,
        }
    }

    /// What is printed when the cockpit has been left.
    pub fn last_words(&self, plan: &Path) -> String {
        let log = self.path.display();
        format!(
            "The sign-off log is {log}\n  go on:   cutover {}\n  verify:  cutover verify {log}\n  report:  cutover report {log} -o {}.md\n",
            plan.display(),
            log::stem(&self.path),
        )
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
