//! The preflight of the day before: every probe once, side by side, and what each saw.
//!
//! Readings go through the same [`Live`] that the cockpit shows, so that both say the same of the same answer. Nothing
//! is started that changes anything.

use std::io;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{BLOCKING, SHUTDOWN, Waiting};
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::plan::probed::{self, Probed};
use crate::plan::{Plan, check::Format};
use crate::probe::Glance;
use crate::sample::log::Source;
use crate::sample::{Kind, Outcome, ProbeId, ProbeState, Reading, Sample, copy};
use crate::state::Live;
use crate::{hold, probe, text};

/// How an interrupted preflight exits, less the signal's number.
const BY_SIGNAL: u8 = 128;

/// Asks every probe of `plan` once: what is said of it, and the exit code.
///
/// # Errors
///
/// It was interrupted, or cannot be done: one sentence and the exit code.
pub fn preflight(plan: &Plan, format: Format) -> Result<(String, u8), (String, u8)> {
    // Probes on many targets need many sockets; with the usual limit fewer run at a time.
    let _usual = hold::raise_open_files();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let cannot = |error: io::Error| (format!("cannot ask the probes: {error}"), crate::plan::check::UNUSABLE);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .map_err(cannot)?;
    let probes = Live::default().with(&plan.settings).probes().count();
    let waiting = Waiting::on(format!("asking {} once", text::plural(probes, "probe", "probes")));
    let began = clock.now();
    let seen = runtime.block_on(async {
        let signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let asked = async {
            tokio::join!(
                probe::probe_once(&plan.settings, Arc::clone(&clock)),
                probe::glance(&plan.settings, Arc::clone(&clock))
            )
        };
        Ok(tokio::select! {
            seen = asked => Ok(seen),
            number = interrupted(signals) => Err(number),
        })
    });
    // What hangs on a dead mount or a dead name server is left behind.
    runtime.shutdown_timeout(SHUTDOWN);
    drop(waiting);
    let seen = seen
        .map_err(cannot)?
        .map_err(|number| ("interrupted before every probe had answered".to_owned(), BY_SIGNAL + number))?;
    let now = clock.now();
    Ok(probed::say(plan, judge(&plan.settings, &seen, &clock), now.since(&began), format))
}

/// The number of the signal that came first.
async fn interrupted((mut interrupt, mut terminate): (Signal, Signal)) -> u8 {
    tokio::select! {
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
    }
}

fn judge(
    settings: &Settings,
    (samples, glances): &(Vec<(ProbeId, Sample)>, Vec<Glance>),
    clock: &Arc<dyn Clock>,
) -> Vec<Probed> {
    let mut live = Live::default().with(settings);
    for (id, sample) in samples {
        // Whatever it takes in, it is asked for below.
        let _known = live.take(id, sample.clone());
    }
    live.age(&clock.now());
    let of = |id: ProbeId| {
        if let Some(glance) = glances.iter().find(|glance| glance.id == id) {
            return log(glance);
        }
        let own: Vec<&Sample> =
            samples.iter().filter(|(other, _)| *other == id).map(|(_, sample)| sample).collect();
        probed(&live, id, &own)
    };
    probe::ids(settings).into_iter().map(of).collect()
}

/// A log is good when there is something to follow.
fn log(glance: &Glance) -> Probed {
    let (good, saw) = match glance.batch.as_ref().map(|batch| &batch.source) {
        Some(Source::Files(files)) => {
            (true, format!("follows {}", text::plural(files.len(), "file", "files")))
        }
        Some(Source::Running) => (true, "runs".to_owned()),
        Some(Source::Missing(why)) => (false, why.clone()),
        Some(Source::Hanging(what)) => (false, format!("hangs: {what}")),
        Some(Source::Unread) | None => (false, "said nothing of itself".to_owned()),
    };
    let state = Some(if good { ProbeState::Up } else { ProbeState::Down });
    let took = Some(glance.span.1.mono.saturating_sub(glance.span.0.mono));
    Probed { probe: glance.id.clone(), good: Some(good), state, saw, warnings: Vec::new(), took }
}

fn probed(live: &Live, probe: ProbeId, samples: &[&Sample]) -> Probed {
    let spans = samples.iter().map(|sample| sample.at.mono.saturating_sub(sample.began.mono));
    let took = spans.max();
    if samples.is_empty() && probe.kind == Kind::Reconcile {
        let saw = "runs only when asked".to_owned();
        return Probed { probe, good: None, state: None, saw, warnings: Vec::new(), took };
    }
    let (state, saw) = live
        .probe(&probe)
        .map_or_else(|| (ProbeState::Unknown, String::new()), |probed| (probed.state(), probed.saw()));
    // One look is all there is: what fails in it waits for no second.
    let state = if state == ProbeState::Pending { ProbeState::Down } else { state };
    let broken = samples.iter().find_map(|sample| match &sample.reading {
        Reading::Broken(why) => Some(why.clone()),
        _ => None,
    });
    let unreachable = samples.iter().any(|sample| match &sample.reading {
        Reading::Copy(copy) => matches!(copy.source, copy::Source::Unreachable(_)),
        _ => false,
    });
    let good = if broken.is_some() || unreachable { Some(false) } else { is_good(probe.kind, state) };
    let warnings = samples.last().map(|sample| warnings(&sample.reading)).unwrap_or_default();
    Probed { probe, good, state: Some(state), saw: broken.unwrap_or(saw), warnings, took }
}

/// Unknown is never good; a copy that has not begun on the day before is not bad either.
fn is_good(kind: Kind, state: ProbeState) -> Option<bool> {
    match state {
        ProbeState::Up
        | ProbeState::ExpectedDown
        | ProbeState::Scanning
        | ProbeState::Running
        | ProbeState::Finished => Some(true),
        ProbeState::Unknown if matches!(kind, Kind::Copy | Kind::Reconcile) => None,
        _ => Some(false),
    }
}

fn warnings(reading: &Reading) -> Vec<String> {
    match reading {
        Reading::Health(health) if !matches!(health.outcome, Outcome::Broken(_)) => {
            health.warnings.iter().map(|miss| format!("{}, saw {}", miss.expected, miss.saw)).collect()
        }
        Reading::Host(host) => {
            let hanging = host.disks.iter().filter(|disk| disk.hanging.is_some());
            let hanging = hanging.map(|disk| format!("{} does not answer", disk.mount));
            hanging.chain(host.remarks.iter().cloned()).collect()
        }
        _ => Vec::new(),
    }
}
