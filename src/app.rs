//! Wiring: plan, log, probes, terminal and loop; the only room that knows everybody.

pub mod baseline;
pub mod cockpit;
mod files;
mod hands;
mod hints;
mod host;
mod jobs;
pub mod look;
mod open;
mod preflight;
pub mod recording;
mod redact;
mod share;
mod sign;
mod signals;
pub mod themes;
mod waiting;
pub mod watch;
mod work;

use std::fmt::Write;
use std::os::unix::process::CommandExt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::{Clock, SystemClock};
use crate::input::Keys;
use crate::plan;
use crate::probe::Channels;
use crate::signoff::Actor;
use crate::state::State;
use crate::state::msg::{Effect, Msg};
use crate::term::{self, Session, Tty};

use cockpit::{Cockpit, Control, Left, Wires};
use hands::Hands;
use look::{Look, Wish};
use work::Work;

pub use preflight::preflight;
pub use redact::{Redacted, redact};
pub use share::{Sharing, share};
pub use sign::{Signed, Signing, sign};
pub use waiting::Waiting;

/// Program and version, as the log has it.
pub const TOOL: &str = concat!("cutover ", env!("CUTOVER_VERSION"));

/// Messages that may wait for the loop, by where they come from.
const INPUTS: usize = 256;
const SAMPLES: usize = 256;
const LINES: usize = 256;
const BATCHES: usize = 64;
const CONTROLS: usize = 16;
const OUTPUTS: usize = 16;
/// Threads that may block on files at a time.
const BLOCKING: usize = 32;
/// How long a leaving cockpit waits for tasks that do not end.
const SHUTDOWN: Duration = Duration::from_millis(200);

/// What a cockpit is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The plan's file.
    pub plan: PathBuf,
    /// Who operates.
    pub operator: Option<String>,
    /// Practise.
    pub rehearsal: bool,
    /// Begin a new run.
    pub new: bool,
    /// The log to go on with.
    pub log: Option<PathBuf>,
    /// The log of the run that durations are planned by.
    pub baseline: Option<PathBuf>,
    /// How it is to look.
    pub wish: Wish,
    /// It is a demo: hints are shown also to who has dismissed them, and whoever plays it says what comes after.
    pub hints: bool,
}

/// Opens the cockpit and runs it until it is left: the exit code.
///
/// # Errors
/// Why it could not be opened: one sentence, with the next step.
pub fn run(options: &Options) -> Result<u8, String> {
    session(options)?.map_or_else(|| Err(anew()), Ok)
}

/// Begins again as what was typed: who takes over a log, as its writer; why that is not possible. Another program in
/// this process, as keys are read once in each.
fn anew() -> String {
    let begun = std::env::current_exe().map(|program| {
        let mut arguments = std::env::args_os();
        let name = arguments.next().unwrap_or_else(|| program.clone().into_os_string());
        Command::new(program).arg0(name).args(arguments).exec()
    });
    let (Ok(error) | Err(error)) = begun;
    format!(
        "nobody writes the log now, but cutover cannot be started again: {error}; open the plan once more"
    )
}

/// Writes the run's log, or looks at it while another cockpit does; `None` if it is to be written now.
fn session(options: &Options) -> Result<Option<u8>, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // A theme that cannot be used is told before a run begins.
    let look = Look::find(&options.wish)?;
    let waiting = Waiting::on(format!("reading {} and its log", options.plan.display()));
    let marks = files::Marks::of(&options.plan);
    let mut plan = plan::load(&options.plan, &environment).map_err(|error| error.to_string())?;
    if plan.checklist.items.is_empty() {
        return Err(format!(
            "{} has nothing to tick: give it boxes (- [ ] step) under headings; cutover check says how it was read",
            options.plan.display()
        ));
    }
    if let Some(name) = &options.operator {
        Actor::person(name).map_err(|error| format!("--operator: {error}"))?;
    }
    if let Some(log) = &options.baseline {
        plan.baseline = Some(baseline::read(log, &plan)?);
    }
    // Probes on many targets need many sockets; with the usual limit fewer run at a time.
    let _usual = crate::hold::raise_open_files();
    let tty = Tty::open().map_err(|error| error.to_string())?;
    let opened = match open::open(&plan, options, &clock)? {
        open::Run::Ours(opened) => *opened,
        open::Run::Held(log) => {
            drop(waiting);
            let options = watch::Options { log, wish: options.wish.clone(), may_take_over: true };
            return look_on(&options, look, tty, &clock);
        }
    };
    baseline::kept(&opened.record, &mut plan)?;
    drop(waiting);
    let plan = Arc::new(plan);
    let last_words = if options.hints { String::new() } else { opened.last_words(&plan.path) };
    let time = Arc::clone(&clock);
    play(tty, &clock, look, last_words, move |ends, tty| {
        let size = tty.size();
        let start = opened.start(&plan, options, (size.width, size.height));
        files::watch(plan.path.clone(), marks, ends.control.clone())?;
        let work = Work::start(
            opened,
            plan.path.clone(),
            ends.readings,
            ends.log,
            ends.control,
            Arc::clone(&time),
            ends.runtime,
        )?;
        let (mut state, first) = State::start(start, &time.now());
        state.guide(options.hints || hints::wanted(&environment));
        Ok(Begun { state, first, work, shows: Arc::clone(&time) })
    })
}

/// Opens a cockpit that only looks at a run, live or ended, until it is left: the exit code.
///
/// # Errors
/// Why it could not be opened: one sentence, with the next step.
pub fn watch(options: &watch::Options) -> Result<u8, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let look = Look::find(&options.wish)?;
    let tty = Tty::open().map_err(|error| error.to_string())?;
    look_on(options, look, tty, &clock).map(Option::unwrap_or_default)
}

fn look_on(
    options: &watch::Options,
    look: Look,
    tty: Tty,
    clock: &Arc<dyn Clock>,
) -> Result<Option<u8>, String> {
    let size = tty.size();
    let waiting = Waiting::on(format!("reading {}", options.log.display()));
    let ready = watch::ready(options, (size.width, size.height), clock)?;
    drop(waiting);
    let log = options.log.display();
    let last_words = format!("The sign-off log is {log}\n  verify:  cutover verify {log}\n");
    play(tty, clock, look, last_words, |ends, _| {
        let (mut state, replay, watch) = ready.play(ends.control.clone())?;
        let shows: Arc<dyn Clock> = watch.shown.clone();
        let wires = (ends.readings, ends.log, ends.control);
        let work = Work::watching(&options.log, watch, wires, Arc::clone(clock), ends.runtime);
        state.replays(replay);
        Ok(Begun { state, first: Vec::new(), work, shows })
    })
}

/// The ends of the loop's wires that others hold.
struct Ends {
    readings: Channels,
    log: mpsc::Sender<Msg>,
    control: mpsc::Sender<Control>,
    runtime: tokio::runtime::Handle,
}

/// What a cockpit begins with.
struct Begun {
    state: State,
    first: Vec<Effect>,
    work: Work,
    /// The time that it shows.
    shows: Arc<dyn Clock>,
}

/// The threads of a cockpit; those that do not end are left behind.
struct Threads(Option<tokio::runtime::Runtime>);

impl Threads {
    fn start() -> Result<(Threads, tokio::runtime::Handle), String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(BLOCKING)
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start threads: {error}"))?;
        let handle = runtime.handle().clone();
        Ok((Threads(Some(runtime)), handle))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(SHUTDOWN);
        }
    }
}

/// Runs a cockpit on a terminal until it is left: the exit code; `None` if a watcher is to become the writer.
fn play(
    tty: Tty,
    clock: &Arc<dyn Clock>,
    look: Look,
    last_words: String,
    begin: impl FnOnce(Ends, &Tty) -> std::io::Result<Begun>,
) -> Result<Option<u8>, String> {
    let (_threads, runtime) = Threads::start()?;
    let _within = runtime.enter();
    let keys = Keys::standard().map_err(|error| error.to_string())?;

    let (control, control_in) = mpsc::channel(CONTROLS);
    let (log, log_in) = mpsc::channel(LINES);
    let (output, output_in) = mpsc::channel(OUTPUTS);
    let (input, input_in) = mpsc::channel(INPUTS);
    let (samples, samples_in) = mpsc::channel(SAMPLES);
    let (lines, lines_in) = mpsc::channel(BATCHES);
    let failed = |error: std::io::Error| format!("cannot start the cockpit: {error}");

    signals::listen(tty.try_clone().map_err(failed)?, control.clone()).map_err(failed)?;
    let readings = Channels { samples, lines };
    let ends = Ends { readings, log, control, runtime: runtime.clone() };
    files::watch_themes(look.files().collect(), ends.control.clone()).map_err(failed)?;
    let Begun { mut state, first, work, shows } = begin(ends, &tty).map_err(failed)?;
    state.dress(look.themes());

    term::hold_panics();
    let tell = output.clone();
    let (mut session, screen) = Session::enter(tty, move |output| {
        // The loop may be gone already; then nobody needs to know.
        let _gone = tell.blocking_send(output);
    })
    .map_err(|error| error.to_string())?;
    let mut reading = term::Keys::start(session.tty(), move |read| {
        let _gone = input.blocking_send(read);
    })
    .map_err(failed)?;

    let mut cockpit = Cockpit {
        state,
        screen,
        work,
        hands: Hands::find(),
        keys,
        look,
        clock: shows,
        pace: Arc::clone(clock),
        dirty: true,
        urgent: true,
        writing: false,
        drawn: Duration::ZERO,
        leaving: None,
    };
    let mut wires = Wires {
        control: control_in,
        log: log_in,
        output: output_in,
        input: input_in,
        samples: samples_in,
        lines: lines_in,
    };
    let ended =
        std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(cockpit.run(&mut wires, first))));
    reading.stop();
    let unsaved = cockpit.work.finish(&mut wires.log);
    let (mut words, code) = match ended {
        Ok(Left::TakesOver) => {
            session.leave("");
            return Ok(None);
        }
        Ok(Left::Asked) => (last_words, u8::from(unsaved.is_some())),
        Ok(Left::Signal(number)) => (last_words, 128 + u8::try_from(number).unwrap_or(0)),
        Ok(Left::Terminal) => (last_words, 129),
        Err(_) => {
            let fault = term::panic_text().unwrap_or_default();
            let words = format!(
                "cutover: a fault in the cockpit itself: {fault}\nWhat was recorded is safe.\n{last_words}"
            );
            (words, 101)
        }
    };
    if let Some(why) = unsaved {
        let _infallible = writeln!(words, "cutover: {why}");
    }
    session.leave(&words);
    Ok(Some(code))
}

/// A variable of the environment, if it is set and is text.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
