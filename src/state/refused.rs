//! What the log refused: said as long as it stands, and what was typed for it kept.

use super::layer::Purpose;
use super::{About, State, amend, command};
use crate::clock::Stamp;
use crate::signoff::event::Event;
use crate::signoff::{Actor, Draft, Line};

/// The machine's own lines that were refused are tried again so much later.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// What could not be written, and why.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// Why, in sentences; empty if nothing was refused.
    why: String,
    /// The log cannot be written now, as far as is known.
    stands: bool,
    /// When it refused last.
    at: Option<Stamp>,
    /// Acts of people that are not recorded, a clause each.
    acts: Vec<String>,
    /// What was typed for them.
    typed: Vec<(Purpose, String)>,
}

impl Refused {
    /// Whether the log cannot be written now.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.stands
    }

    /// Whether something was refused a moment ago.
    pub(super) fn lately(&self, now: &Stamp) -> bool {
        self.at.is_some_and(|at| now.since(&at) < AGAIN)
    }

    /// What was typed for an act that was refused: given back once.
    pub(super) fn take_typed(&mut self, purpose: &Purpose) -> Option<String> {
        let at = self.typed.iter().position(|(asked, _)| asked == purpose)?;
        Some(self.typed.remove(at).1)
    }

    /// What is told to somebody who leaves.
    pub(super) fn left_behind(&self) -> Vec<String> {
        let acts = (!self.acts.is_empty()).then(|| format!("NOT RECORDED: {}.", self.acts.join("; ")));
        acts.into_iter()
            .chain(self.stands.then(|| format!("The log cannot be written. {}", self.why)))
            .collect()
    }

    fn banner(&self) -> Option<String> {
        match (self.acts.is_empty(), self.stands) {
            (true, false) => None,
            (true, true) => Some(format!("The log cannot be written: {}", self.why)),
            (false, true) => Some(format!("NOT RECORDED: {}. {}", self.acts.join("; "), self.why)),
            (false, false) => {
                let kept = if self.typed.is_empty() { "" } else { "; what you typed is kept" };
                Some(format!("NOT RECORDED: {}. Press the key again{kept}.", self.acts.join("; ")))
            }
        }
    }
}

/// The log did not take these; `full` if only for the moment, since too much waits for it.
pub(super) fn on_refused(state: &mut State, drafts: &[Draft], why: &str, full: bool, now: &Stamp) {
    let mut people = Vec::new();
    state.desk.after.retain(|(act, _)| drafts.iter().all(|draft| draft.act != *act));
    // The last first: what goes back to the head of a queue keeps its order.
    for draft in drafts.iter().rev() {
        state.desk.telling.remove(&draft.act);
        match &draft.event {
            Event::ProbeChanged { probe, .. } => {
                if let Some(probe) = state.live.probe_mut(probe) {
                    probe.told_mut().telling = false;
                }
            }
            Event::PlanAmended { .. } | Event::ConfigAmended { .. } => amend::on_refused(state),
            Event::ProbeSnapshot { .. } => state.desk.snapshot = None,
            Event::OperatorChanged { .. } => state.desk.operator.clone_from(&state.record.operator),
            Event::RunStarted { .. } | Event::RunResumed { .. } => {
                state.desk.opening = drafts.to_vec();
                state.desk.tried = Some(*now);
            }
            Event::ReadingsSealed { .. } | Event::ReadingsStopped { .. } => {
                state.desk.recorded.push_front(draft.event.clone());
            }
            event => {
                command::on_refused(state, event);
                state.live.refused(event);
            }
        }
        if let Some(at) = state.desk.pending.iter().position(|pending| pending.acts.contains(&draft.act)) {
            people.push(state.desk.pending.remove(at));
        }
    }
    // What the notice says of the act before is not to be read as an answer to this one.
    if !people.is_empty() {
        state.ui.notice = None;
    }
    let refused = &mut state.desk.refused;
    refused.at = Some(*now);
    // A machine's draft that found the queue full is drafted again later.
    refused.stands |= !full;
    if !full || !people.is_empty() {
        why.clone_into(&mut refused.why);
    }
    for pending in people.into_iter().rev() {
        refused.acts.push(pending.what);
        if let Some(asked) = pending.asked {
            refused.typed.retain(|(purpose, _)| *purpose != asked.0);
            refused.typed.push(asked);
        }
    }
    show(state);
}

/// A line was written.
pub(super) fn on_line(state: &mut State, line: &Line) {
    let refused = &mut state.desk.refused;
    refused.stands = false;
    if matches!(line.by, Actor::Person(_)) {
        // Somebody could write again: the warning has been seen and answered.
        refused.acts.clear();
    }
    show(state);
}

/// The operator has read it; as long as the log cannot be written it stands.
pub(super) fn dismissed(state: &mut State) {
    if !state.desk.refused.stands {
        state.desk.refused.acts.clear();
    }
    show(state);
}

fn show(state: &mut State) {
    match state.desk.refused.banner() {
        Some(text) => state.banner(About::Log, text),
        None => state.ui.banners.retain(|banner| banner.about != About::Log),
    }
}
