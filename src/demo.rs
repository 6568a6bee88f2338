//! A small migration that happens on this machine while one works through it: the demo's own, or any plan that comes with
//! the program.
//!
//! Everything a pane shows is real: two shops that answer over HTTP, a zone on two name servers, resolvers with caches, a
//! copy of real files, a log, an outage. What a day would bring is brought by ticks: `script` reads the sign-off log as
//! any watcher does, and what follows from a step follows when its tick is on disk. All of it lies in one folder, which is
//! removed at the end.

mod copy;
mod deed;
mod ending;
mod folder;
mod pace;
mod play;
mod script;
mod stage;
mod web;
mod world;
mod zone;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use chrono::{SecondsFormat, TimeDelta};

use crate::app;
use crate::clock::{Clock, SystemClock};
use folder::Folder;
use pace::Pace;
use play::{Longest, Play};
use stage::{Addresses, Stage};

const COMPARE: &str = include_str!("demo/compare.sh");

/// How long the maintenance window is.
const WINDOW: TimeDelta = TimeDelta::minutes(30);
/// How long nobody may be served, how often checks look, how long gates hold, when a copy is called stalled.
const OUTAGE: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_secs(1);
const HOLD: Duration = Duration::from_secs(5);
/// How long a step waits that waits for days otherwise.
const WAIT: Duration = Duration::from_secs(10);
const STALLED: Duration = Duration::from_secs(8);
/// Checks look no more often, however fast the demo.
const LEAST: Duration = Duration::from_millis(250);

/// What a demo is started with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which plan of those that come with the program is played; the demo's own without one.
    pub plan: Option<String>,
    /// Everything that it waits for takes a tenth.
    pub fast: bool,
    /// What the drawn numbers are made of; the same seed gives the same files and customers.
    pub seed: u64,
    /// Who operates.
    pub operator: Option<String>,
    /// How it is to look.
    pub wish: app::look::Wish,
}

/// Plays a demo until the cockpit is left, and says what came of it: the exit code.
///
/// # Errors
/// Why it could not be played: one sentence, with the next step.
pub fn run(options: &Options, out: &mut dyn Write) -> Result<u8, String> {
    let play = Play::named(options.plan.as_deref())?;
    let script = play.script()?;
    let mut folder = Folder::make().map_err(|error| {
        let place = std::env::temp_dir();
        format!(
            "cannot make a folder for the demo in {}: {error}; TMPDIR names another place",
            place.display()
        )
    })?;
    let pace = if options.fast { Pace::FAST } else { Pace::default() };
    let log = folder.path().join(format!("{}.live.signoff.jsonl", play.name()));
    let stage = Stage::raise(folder.path(), &log, script, pace, options.seed)
        .map_err(|error| format!("cannot raise the demo's servers on loopback: {error}"))?;
    let operator = options.operator.clone().unwrap_or_else(|| "you".to_owned());
    let plan = folder.path().join(format!("{}.md", play.name()));
    let longest = Longest { hold: pace.of(HOLD), wait: pace.of(WAIT) };
    let sidecar =
        play.sidecar(&|text| filled(text, folder.path(), &stage.addresses, pace, &operator), longest)?;
    std::fs::write(&plan, play.plan())
        .and_then(|()| std::fs::write(plan.with_extension("toml"), sidecar))
        .and_then(|()| std::fs::write(plan.with_file_name("compare.sh"), COMPARE))
        .map_err(|error| format!("write the demo's plan {}: {error}", plan.display()))?;
    let cockpit = app::Options {
        plan,
        operator: Some(operator),
        rehearsal: false,
        new: false,
        log: Some(log.clone()),
        baseline: None,
        wish: options.wish.clone(),
        hints: true,
    };
    let code = app::run(&cockpit)?;
    drop(stage);
    if ending::tell(&log, out) {
        folder.keep();
    }
    Ok(code)
}

/// A text for where the servers are now.
fn filled(text: &str, folder: &Path, at: &Addresses, pace: Pace, operator: &str) -> String {
    let now = SystemClock.now().wall;
    let moment = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let span = |span: Duration| format!("{}ms", pace.of(span).as_millis());
    let server = |at_: usize| at.servers.get(at_).map(ToString::to_string).unwrap_or_default();
    let mut text = text.to_owned();
    for (key, value) in [
        ("@START@", moment(now)),
        ("@END@", moment(now + WINDOW)),
        ("@OUTAGE@", span(OUTAGE)),
        ("@EVERY@", format!("{}ms", pace.of(EVERY).max(LEAST).as_millis())),
        ("@HOLD@", span(HOLD)),
        ("@STALLED@", span(STALLED)),
        ("@OPERATOR@", operator.to_owned()),
        ("@FOLDER@", folder.display().to_string()),
        ("@PORT@", at.port.to_string()),
        ("@OLD@", world::OLD.to_string()),
        ("@NEW@", world::NEW.to_string()),
        ("@OLD6@", world::OLD6.to_string()),
        ("@NEW6@", world::NEW6.to_string()),
        ("@NAME@", zone::NAME.to_owned()),
        ("@ZONE0@", server(0)),
        ("@ZONE1@", server(1)),
        ("@CACHE0@", server(2)),
        ("@CACHE1@", server(3)),
    ] {
        text = text.replace(key, &value);
    }
    text
}
