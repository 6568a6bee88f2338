//! What calls the operator: one notice a kind, each of which can be muted.
//!
//! Nothing calls while the first readings come in, and no two calls are closer than half a minute: what happens
//! meanwhile is folded into the next.

use std::time::Duration;

use super::layer::{Pick, PickPurpose, PickRow, PickValue};
use super::live::Probed;
use super::msg::Effect;
use super::{State, prompt};
use crate::clock::Stamp;
use crate::sample::{Kind, ProbeState};
use crate::signoff::Actor;
use crate::signoff::event::{Event, OutageKind};
use crate::text;

pub use crate::config::NoticeKind;

/// The shortest time between two calls.
const APART: Duration = Duration::from_secs(30);
/// Checks that have not been read so long after the start are no reason to be silent.
const WARM: Duration = Duration::from_secs(15);
/// Columns of a notice.
const LONGEST: usize = 160;

/// Something that calls the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What kind.
    pub kind: NoticeKind,
    /// In one clause, safe to show.
    pub text: String,
}

/// Calls made, and those that wait.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// When the cockpit started.
    started: Option<Stamp>,
    /// The first readings are in.
    warm: bool,
    /// When it last called.
    last: Option<Stamp>,
    /// What happened since, in order.
    waiting: Vec<Notice>,
    /// How much of each goal was used up when it was last told of: not close, close, over.
    goals: [u8; 2],
}

/// Calls the operator, unless that kind is silent; now, or with what else happens in the next half minute.
pub(super) fn call(state: &mut State, notice: Notice, now: &Stamp) -> Option<Effect> {
    let told_by_probes = !matches!(notice.kind, NoticeKind::Lock | NoticeKind::Window);
    if state.is_muted(notice.kind) || told_by_probes && !is_warm(state, now) {
        return None;
    }
    let calls = &mut state.desk.calls;
    calls.waiting.retain(|waiting| *waiting != notice);
    calls.waiting.push(notice);
    due(state, now)
}

/// Calls with what has waited for long enough.
pub(super) fn due(state: &mut State, now: &Stamp) -> Option<Effect> {
    let calls = &state.desk.calls;
    if calls.waiting.is_empty() || calls.last.is_some_and(|last| now.since(&last) < APART) {
        return None;
    }
    let mut waiting = std::mem::take(&mut state.desk.calls.waiting);
    // Muted meanwhile.
    waiting.retain(|notice| !state.is_muted(notice.kind));
    let urgency = |notice: &Notice| NoticeKind::ALL.iter().position(|kind| *kind == notice.kind);
    // Of several of a kind the newest tells how things stand.
    let first = (0..waiting.len()).rev().min_by_key(|&at| urgency(&waiting[at]))?;
    let Notice { kind, text } = waiting.swap_remove(first);
    state.desk.calls.last = Some(*now);
    let mut text = text::truncate(&text::clean(&text), LONGEST).into_owned();
    if !waiting.is_empty() {
        text = format!("{text} ({} more)", waiting.len());
    }
    if state.rehearsal() {
        text = format!("REHEARSAL {text}");
    }
    if state.ui.notice.is_none() {
        state.notice(now, text.clone());
    }
    Some(Effect::Notify(Notice { kind, text }))
}

/// What the goals of the outage and of the maintenance page have come to.
pub(super) fn goals(state: &mut State, now: &Stamp) -> Option<Effect> {
    let mut effect = None;
    for (at, kind) in [OutageKind::Outage, OutageKind::Maintenance].into_iter().enumerate() {
        let Some(standing) = state.outage(kind, now) else { continue };
        let level = u8::from(standing.is_close()) + u8::from(standing.is_over());
        let before = std::mem::replace(&mut state.desk.calls.goals[at], level);
        let (true, true, Some(goal)) = (level > before, standing.runs, standing.goal) else { continue };
        let what = if kind == OutageKind::Outage { "outage" } else { "maintenance" };
        let (sum, goal) = (text::clock(standing.sums.observed), text::clock(goal));
        let text = match level {
            1 => format!("{what} {sum}: four fifths of the {goal} allowed are used up"),
            _ => format!("{what} {sum}: over the {goal} allowed"),
        };
        effect = effect.or(call(state, Notice { kind: NoticeKind::Window, text }, now));
    }
    effect
}

/// What a change of a probe's calls for, if it rings.
pub(super) fn of_change(probe: &dyn Probed, to: ProbeState, from: ProbeState) -> Option<Notice> {
    let kind = match (probe.id().kind, to) {
        (Kind::Copy, ProbeState::Finished) if from != ProbeState::Unknown => NoticeKind::Finished,
        _ if !probe.rings() => return None,
        (Kind::Copy | Kind::Log, _) => NoticeKind::Stalled,
        _ => NoticeKind::Down,
    };
    Some(Notice { kind, text: text::clean(&format!("{} {to}", probe.id())).into_owned() })
}

/// What else of the log's lines calls.
pub(super) fn of_event(event: &Event) -> Option<Notice> {
    match event {
        Event::DnsFlipped { record, server, to, .. } => {
            let text = format!("{} flipped to {to} at {server}", record.name);
            Some(Notice { kind: NoticeKind::Flip, text: text::clean(&text).into_owned() })
        }
        _ => None,
    }
}

/// Whether the first readings are in.
fn is_warm(state: &mut State, now: &Stamp) -> bool {
    let calls = &state.desk.calls;
    if calls.warm {
        return true;
    }
    let started = calls.started.unwrap_or(*now);
    let mut cells = state.live.checks.iter().flat_map(|check| {
        let needed = u64::from(check.settings.down_after.max(check.settings.up_after));
        check.cells.iter().map(move |cell| cell.counts.0 >= needed && cell.state() != ProbeState::Unknown)
    });
    let warm = cells.all(|read| read) || now.since(&started) >= WARM;
    state.desk.calls.started = Some(started);
    state.desk.calls.warm = warm;
    warm
}

/// Asks which kinds are to be silent, or no longer.
pub(super) fn ask(state: &mut State, now: &Stamp) {
    let rows = NoticeKind::ALL.into_iter().zip(1..).map(|(kind, number)| {
        let quiet = state.plan.settings.notify.quiet.contains(&kind);
        let aside = match (state.is_muted(kind), quiet) {
            (_, true) => "quiet by the sidecar",
            (true, false) => "muted",
            (false, false) => "calls",
        };
        let text = format!("{kind} — {}", about(kind));
        PickRow { text, aside: aside.to_owned(), value: PickValue::Number(number) }
    });
    let pick = Pick::new(PickPurpose::Mute, "Calls: enter mutes and unmutes, on record", rows.collect());
    prompt::pick(state, pick, now);
}

fn about(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Down => "users are not served, or the new side is down",
        NoticeKind::Up => "users are served again",
        NoticeKind::Stalled => "a copy makes no progress, or died",
        NoticeKind::Finished => "a copy has finished",
        NoticeKind::Flip => "a name server answers from the other side",
        NoticeKind::Gate => "a gate is met, or lost",
        NoticeKind::Lock => "a time lock is open, or a timer rings",
        NoticeKind::Window => "the window or a goal runs out",
    }
}

/// Mutes the kind of that number, or calls again.
pub(super) fn picked(state: &mut State, number: u32, now: &Stamp) -> Vec<Effect> {
    let Some(kind) = number.checked_sub(1).and_then(|at| NoticeKind::ALL.get(at as usize).copied()) else {
        return Vec::new();
    };
    if state.plan.settings.notify.quiet.contains(&kind) {
        state.notice(now, format!("“{kind}” is quiet by the sidecar: take it out of [notify] quiet"));
        return Vec::new();
    }
    let muted = !state.record.control.muted.contains(kind.name());
    let by = state.desk.operator.clone().map_or(Actor::Machine, Actor::Person);
    let draft = state.draft(Event::NotifyMuted { kind: kind.name().to_owned(), muted }, by, now);
    state.notice(now, format!("“{kind}” {}", if muted { "is silent from now on" } else { "calls again" }));
    vec![Effect::Append(vec![draft])]
}

impl State {
    /// Whether a kind of notice is silent: by a key, or by the sidecar.
    #[must_use]
    pub fn is_muted(&self, kind: NoticeKind) -> bool {
        self.record.control.muted.contains(kind.name()) || self.plan.settings.notify.quiet.contains(&kind)
    }
}
