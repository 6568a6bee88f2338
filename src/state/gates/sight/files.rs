//! Copies, comparisons, logs and machines as facts.

use std::time::Duration;

use super::{Blind, Sight, count, known, share, unknown, words};
use crate::clock::Stamp;
use crate::expr::{Fact, Value};
use crate::sample::host::{Disk, Host as Load};
use crate::sample::log::{Level, Source};
use crate::sample::reconcile::{End, Verdict as Found};
use crate::sample::{ProbeId, ProbeState};
use crate::state::live::log::errors;
use crate::state::live::{Copy, Live, Log, Probed, Run};
use crate::text;

/// Intervals without a reading that a gate does not look over.
const GAP: u32 = 3;
/// What a look at a copy, a log or a machine may take beyond its interval.
const PATIENCE: Duration = Duration::from_secs(10);
/// A log without news is told to be read still, so often.
const PULSE: Duration = Duration::from_secs(5);

pub(super) fn copy<'a>(live: &'a Live, probe: &ProbeId, now: &'a Stamp) -> Result<Sight<'a>, Blind> {
    let Some(copy) = live.copies.iter().find(|copy| copy.id() == probe) else {
        return Err(Blind::new("there is no such copy"));
    };
    let Some(read) = copy.read() else { return Err(Blind::new("not read yet")) };
    let state = copy.state();
    let over = matches!(state, ProbeState::Finished | ProbeState::FinishedWithErrors | ProbeState::Died);
    // What has ended stays so until something else is seen.
    let gap = (!over).then(|| copy.settings.every * GAP + PATIENCE);
    if let Some(why) = copy.broken() {
        return Err(Blind::new(format!("cannot be watched: {why}")).at(Some(read), gap));
    }
    if state == ProbeState::Stale || gap.is_some_and(|gap| now.since(&read) > gap) {
        let heard = copy.heard().unwrap_or(read);
        return Err(Blind::stale(&heard, gap, now));
    }
    if state == ProbeState::Unknown {
        return Err(Blind::new("it has not begun").at(Some(read), gap));
    }
    let value = move |fact: &Fact| copy_value(copy, fact, now);
    let saw = copy.saw();
    let short = match copy.percent() {
        Some(percent) if !over => format!("{state}, {percent:.0}%"),
        _ => state.to_string(),
    };
    Ok(Sight { read, gap, now, value: Box::new(value), good: (saw, short) })
}

fn copy_value(copy: &Copy, fact: &Fact, now: &Stamp) -> Value<'static> {
    let state = copy.state();
    let finished = state == ProbeState::Finished;
    let Some(said) = copy.copy() else { return unknown("not read yet") };
    let progress = &said.progress;
    // A tool that says that all went well has nothing else to count.
    let none =
        |told: Option<u64>| known(told.or(finished.then_some(0)), count, "the tool does not count them");
    let told = |told: Option<u64>| known(told, count, "the tool does not count them");
    let bytes = |told: Option<u64>| known(told, Value::Bytes, "the tool does not tell");
    match fact {
        Fact::Good | Fact::Finished => Value::Bool(finished),
        Fact::Ended => Value::Bool(finished || state == ProbeState::FinishedWithErrors),
        Fact::Stalled => Value::Bool(state == ProbeState::Stalled),
        Fact::State => words(state.to_string()),
        Fact::Failed => none(progress.failed),
        Fact::Skipped => none(progress.skipped),
        Fact::Done => told(progress.objects.done),
        Fact::Total if progress.total_is_final || finished => told(progress.objects.total),
        Fact::CopiedBytes => bytes(progress.bytes.done),
        Fact::TotalBytes if progress.total_is_final || finished => bytes(progress.bytes.total),
        Fact::Total | Fact::TotalBytes => unknown("the total still grows"),
        Fact::Percent => {
            let percent = copy.percent().or(finished.then_some(100.0));
            known(percent.map(|percent| percent / 100.0), share, "the tool does not tell")
        }
        Fact::Eta if finished => Duration::ZERO.into(),
        Fact::Eta => {
            let most = copy.forecasts().first().map(|forecast| forecast.left(now).1);
            known(most, Value::from, "there is no forecast")
        }
        Fact::Lag => known(progress.lag.and_then(|lag| lag.time), Value::from, "the tool does not tell"),
        Fact::LagBytes => bytes(progress.lag.and_then(|lag| lag.bytes)),
        _ => unknown("a copy does not know it"),
    }
}

pub(super) fn reconcile<'a>(live: &'a Live, probe: &ProbeId, now: &'a Stamp) -> Result<Sight<'a>, Blind> {
    let Some(job) = live.reconciles.iter().find(|job| job.id() == probe) else {
        return Err(Blind::new("there is no such comparison"));
    };
    if let Some((by, since)) = job.running() {
        let for_ = text::age(now.since(since));
        return Err(Blind::new(format!("{by} runs it again for {for_}")).at(job.read(), None));
    }
    let Some(run) = job.runs.back() else { return Err(Blind::new("not run yet")) };
    if let Some(End::Failed(_) | End::Stopped) = &run.found.end {
        return Err(Blind::new(run.misses().join("; ")).at(Some(run.at), None));
    }
    let short = match run.verdict() {
        Found::Ok => "as expected",
        Found::Off => "not as expected",
        Found::Unknown => "cannot be told",
    };
    let value = move |fact: &Fact| run_value(run, job.state(), fact, now);
    // A verdict stands until the next run.
    Ok(Sight { read: run.at, gap: None, now, value: Box::new(value), good: (job.saw(), short.to_owned()) })
}

fn run_value(run: &Run, state: ProbeState, fact: &Fact, now: &Stamp) -> Value<'static> {
    match fact {
        Fact::Good | Fact::Ok => match run.verdict() {
            Found::Ok => Value::Bool(true),
            Found::Off => Value::Bool(false),
            Found::Unknown => unknown(run.misses().join("; ")),
        },
        Fact::Ran => now.since(&run.at).into(),
        Fact::State => words(state.to_string()),
        Fact::Exit => known(run.found.exit, |code| Value::Count(code.into()), "it says no exit code"),
        Fact::Counter(name) => {
            let counted = run.found.counters.get(name).copied();
            known(counted, Value::Count, &format!("the last run did not count `{name}`"))
        }
        _ => unknown("a comparison does not know it"),
    }
}

pub(super) fn log<'a>(live: &'a Live, probe: &ProbeId, now: &'a Stamp) -> Result<Sight<'a>, Blind> {
    let Some(log) = live.logs.iter().find(|log| log.id() == probe) else {
        return Err(Blind::new("there is no such log"));
    };
    let Some(read) = log.read() else { return Err(Blind::new("not read yet")) };
    let gap = PULSE * GAP;
    match &log.source {
        Source::Unread => return Err(Blind::new("not read yet")),
        Source::Missing(why) | Source::Hanging(why) => {
            return Err(Blind::new(text::clean(why)).at(Some(read), Some(gap)));
        }
        Source::Files(_) | Source::Running if now.since(&read) > gap => {
            return Err(Blind::stale(&read, Some(gap), now));
        }
        Source::Files(_) | Source::Running => {}
    }
    let wrong = errors(&log.since_act.counts);
    let new = log.new_since_act();
    let since =
        log.since_act.since.map_or_else(String::new, |at| format!(" since {}", at.format("%H:%M:%SZ")));
    let told = new.map_or_else(|| "new lines cannot be told".to_owned(), |new| format!("{new} new"));
    let wrong = text::plural(usize::try_from(wrong).unwrap_or(usize::MAX), "error", "errors");
    let good = (format!("{wrong}, {told}{since}"), format!("{wrong}, {told}"));
    let value = move |fact: &Fact| log_value(log, fact, now);
    Ok(Sight { read, gap: Some(gap), now, value: Box::new(value), good })
}

fn log_value(log: &Log, fact: &Fact, now: &Stamp) -> Value<'static> {
    let counts = &log.since_act.counts;
    let wrong = errors(counts);
    let new = log.new_since_act().map(|new| new as u64);
    let many = "more new shapes of lines came than can be told apart";
    match fact {
        Fact::Good if wrong > 0 => Value::Bool(false),
        Fact::Good => known(new, |new| Value::Bool(new == 0 && log.state() == ProbeState::Up), many),
        Fact::Errors => count(wrong),
        Fact::Warnings => count(counts[Level::Warning as usize]),
        Fact::Lines => count(counts.iter().sum()),
        Fact::New => known(new, count, many),
        Fact::Rate => {
            let rate = log.rates.errors(now.boot);
            let told = rate.per_minute().map(|_| rate.count);
            known(told, count, &format!("counted for {} only", text::age(rate.span)))
        }
        Fact::Silent => Value::Bool(log.state() == ProbeState::Silent),
        Fact::Quiet => known(log.quiet(now), Value::from, "not read yet"),
        Fact::State => words(log.state().to_string()),
        _ => unknown("a log does not know it"),
    }
}

pub(super) fn host<'a>(live: &'a Live, probe: &ProbeId, now: &'a Stamp) -> Result<Sight<'a>, Blind> {
    let Some(host) = live.hosts.iter().find(|host| host.id() == probe) else {
        return Err(Blind::new("there is no such machine"));
    };
    let Some((read, load)) = &host.seen else {
        let why = host.broken().map(|why| format!("cannot be looked at: {why}"));
        return Err(Blind::new(why.unwrap_or_else(|| "not read yet".to_owned())));
    };
    let gap = host.settings.every * GAP + PATIENCE;
    if let Some(why) = host.broken() {
        return Err(Blind::new(format!("cannot be looked at: {why}")).at(Some(*read), Some(gap)));
    }
    if host.state() == ProbeState::Stale || now.since(read) > gap {
        return Err(Blind::stale(read, Some(gap), now));
    }
    let state = host.state();
    let value = move |fact: &Fact| match fact {
        Fact::Good if state == ProbeState::Unknown => unknown("it cannot be told whether it is well"),
        Fact::Good => Value::Bool(state == ProbeState::Up),
        Fact::State => words(state.to_string()),
        fact => load_value(load, fact),
    };
    Ok(Sight {
        read: *read,
        gap: Some(gap),
        now,
        value: Box::new(value),
        good: (host.saw(), state.to_string()),
    })
}

fn load_value(load: &Load, fact: &Fact) -> Value<'static> {
    let part = |told: Option<f64>, why: &str| known(told, Value::Share, why);
    let disk = |path: &str, to: fn(&Disk) -> Option<Value<'static>>| match load.disk_of(path) {
        None => unknown(format!("the file system of {path} is not known")),
        Some(Disk { hanging: Some(span), mount, .. }) => {
            unknown(format!("{mount} has not answered for {}", text::age(*span)))
        }
        Some(disk) => to(disk).unwrap_or_else(|| unknown(format!("{} does not count it", disk.mount))),
    };
    match fact {
        Fact::Cpu => part(load.cpu, "one look cannot tell; the next can"),
        Fact::Memory => part(load.memory.share(), "it is not known how much there is"),
        // Without swap nothing of it is taken.
        Fact::Swap => Value::Share(load.memory.swap_share().unwrap_or(0.0)),
        Fact::Up => known(load.up, Value::from, "it does not say"),
        Fact::Free(path) => disk(path, |disk| Some(Value::Bytes(disk.free))),
        Fact::FreeShare(path) => disk(path, |disk| disk.free_share().map(Value::Share)),
        Fact::FreeInodesShare(path) => disk(path, |disk| disk.free_inodes_share().map(Value::Share)),
        Fact::Process(pattern) => {
            let named = load.processes.iter().find(|process| process.pattern == *pattern);
            known(
                named,
                |it| Value::Count(it.count.into()),
                &format!("processes `{pattern}` are not counted"),
            )
        }
        _ => unknown("a machine does not know it"),
    }
}
