//! Finds or makes the run's sign-off log, and replays it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Options, TOOL, host};
use crate::clock::Clock;
use crate::plan::{self, Plan};
use crate::record::{self, Record};
use crate::signoff::event::RunMode;
use crate::signoff::log::{self, Access, Opened as Writable};
use crate::signoff::naming::{self, Choice, Found, PlanKey, Wanted};
use crate::signoff::{Head, Line, Sink, Source};
use crate::state::{self, Start};
use crate::text;

/// What came of opening the run's log.
pub enum Run {
    /// It is ours to write.
    Ours(Box<Opened>),
    /// Somebody else writes it: it can be watched.
    Held(PathBuf),
}

/// A log that is open, and what it says.
pub struct Opened {
    /// Its file.
    pub path: PathBuf,
    /// What it says so far.
    pub record: Record,
    /// Live or rehearsal.
    mode: RunMode,
    /// Writes to it.
    pub sink: Box<dyn Sink>,
    /// What the writer found.
    pub found: Writable,
    /// Random bytes of this session.
    entropy: [u8; 32],
}

/// Opens the log that the options and the files beside the plan lead to.
///
/// # Errors
/// One sentence: why it cannot be opened and what to do.
pub fn open(plan: &Plan, options: &Options, clock: &Arc<dyn Clock>) -> Result<Run, String> {
    let mode = if options.rehearsal { RunMode::Rehearsal } else { RunMode::Live };
    let items: BTreeSet<_> = plan.checklist.items.iter().map(|item| item.id).collect();
    let title = plan.title();
    let key = PlanKey { path: &plan.path, title: &title, items: &items };
    let wanted = Wanted { log: options.log.clone(), new: options.new, mode };
    let today = clock.now().local().date_naive();
    let path = match naming::choose(key, &wanted, today).map_err(|error| error.to_string())? {
        Choice::New(path) | Choice::Resume(path) => path,
        Choice::Ask(found) => return Err(which(&found)),
    };
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy)
        .map_err(|error| format!("the system gives no random bytes for evidence: {error}; start again"))?;
    let access = if path.exists() { log::open(&path, &**clock) } else { log::create(&path, &**clock) };
    match access.map_err(|error| error.to_string())? {
        Access::Writer(mut source, sink, found) => {
            let record = replay(&mut *source)?;
            Ok(Run::Ours(Box::new(Opened { path, record, mode, sink, found, entropy })))
        }
        Access::Watcher(..) => Ok(Run::Held(path)),
    }
}

/// Several runs are open.
fn which(found: &[Found]) -> String {
    let mut text =
        "more than one run of this plan is open; go on with one by --log, or begin another by --new:"
            .to_owned();
    for log in found {
        let about = match &log.summary {
            Ok(summary) => {
                let began = summary.began.map(|at| at.wall.format("%Y-%m-%d %H:%MZ").to_string());
                format!("begun {} by {}", began.unwrap_or_default(), text::clean(&summary.by))
            }
            Err(error) => error.to_string(),
        };
        let _infallible = write!(text, "\n  --log {}   {about}", log.path.display());
    }
    text
}

/// What a log says, read from its beginning.
pub(super) fn replay(source: &mut dyn Source) -> Result<Record, String> {
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
        Start {
            plan: Arc::clone(plan),
            text: plan::text(plan),
            record: self.record.clone(),
            name: log::stem(&self.path),
            mode: self.mode,
            access: state::Access::Writer,
            operator: options.operator.clone(),
            login: host::login(),
            via: host::via(),
            log: file_name(&self.path),
            tool: TOOL.to_owned(),
            boot_id: host::boot_id(),
            pid: std::process::id(),
            session: self.found.session,
            entropy: self.entropy,
            recovered: self.found.recovered.clone(),
            network: log::network(&self.path),
            size,
        }
    }

    /// What is printed when the cockpit has been left.
    pub fn last_words(&self, plan: &Path) -> String {
        let log = self.path.display();
        // Named, since a plan whose run is signed off begins another.
        let rehearsal = if self.mode == RunMode::Rehearsal { " --rehearsal" } else { "" };
        format!(
            "The sign-off log is {log}\n  go on:   cutover {}{rehearsal} --log {log}\n  verify:  cutover verify {log}\n  report:  cutover report {log} -o {}.report.html\n",
            plan.display(),
            log::stem(&self.path),
        )
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
