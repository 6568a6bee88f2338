//! What stands beside an item whose own words name something that a probe sees.

use super::State;
use super::control::{Aside, Mood};
use super::gates::{self, Look};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::expr::{Fact, Verdict};
use crate::plan::hints::Hint;
use crate::sample::{ProbeId, ProbeState};
use crate::text;

/// Columns of a value beside an item.
const COLUMNS: usize = 40;

/// A hint and what its probe shows now.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The words and what they would be as a need.
    pub hint: &'a Hint,
    /// The probe they name.
    pub probe: ProbeId,
    /// What is known of it.
    pub look: Look,
    /// In a few words, safe to show.
    pub words: String,
}

/// The hints of an item, those left out that its gate asks already.
fn of(state: &State, id: ItemId) -> impl Iterator<Item = (&Hint, ProbeId)> {
    let at = state.planned.get(&id).copied();
    let hints = &state.plan.hints;
    let from = at.map_or(hints.len(), |at| hints.partition_point(|hint| hint.item < at));
    let own = hints[from..].iter().take_while(move |hint| Some(hint.item) == at);
    own.filter_map(move |hint| {
        let swapped = gates::target_side(state) == crate::sample::Side::Old;
        let probe = gates::meant(state, hint.expr.subject()?, swapped)?;
        let gated = state.gates.needs(id).any(|need| need.probe.as_ref() == Some(&probe));
        (!gated).then_some((hint, probe))
    })
}

/// The probes that an item's words name.
pub(super) fn probes(state: &State, id: ItemId) -> impl Iterator<Item = ProbeId> {
    of(state, id).map(|(_, probe)| probe)
}

impl State {
    /// What an item's own words name, and what is known of it now.
    #[must_use]
    pub fn plan_hints(&self, id: ItemId, now: &Stamp) -> Vec<Shown<'_>> {
        let shown = of(self, id).map(|(hint, probe)| {
            let look = gates::look(self, &hint.expr, &probe, now);
            let words = words(self, hint, &probe, &look);
            Shown { hint, probe, look, words }
        });
        shown.collect()
    }
}

fn words(state: &State, hint: &Hint, probe: &ProbeId, look: &Look) -> String {
    let words = match (&look.verdict, hint.expr.facts().next()) {
        (Verdict::Unknown { why }, _) => why.clone(),
        // A status says more with the time it took.
        (_, Some(Fact::Status)) => answer(state, probe).unwrap_or_else(|| look.saw.clone()),
        (Verdict::Unmet { .. }, Some(Fact::Good)) => look.short.clone(),
        (_, Some(Fact::Good | Fact::Safe | Fact::Ok | Fact::Finished) | None) => look.saw.clone(),
        (_, Some(_)) => format!("{} {}", hint.expr.left().trim_start_matches("body."), look.saw),
    };
    text::truncate(&text::clean(&words), COLUMNS).into_owned()
}

/// What a health check answered last: `200 in 61ms`.
fn answer(state: &State, probe: &ProbeId) -> Option<String> {
    let mut cells = state.live.checks.iter().flat_map(|check| &check.cells);
    let health = cells.find(|cell| cell.id == *probe)?.health()?;
    let took = health.latency.map(|latency| format!(" in {}", text::short(latency)));
    Some(format!("{}{}", health.word, took.unwrap_or_default()))
}

/// What an open item's row shows of what its words name.
pub(super) fn asides(state: &State, id: ItemId, now: &Stamp) -> Vec<Aside> {
    let shown = state.plan_hints(id, now);
    let aside = |shown: Shown<'_>| {
        let moving = state
            .live
            .probe(&shown.probe)
            .is_some_and(|probe| matches!(probe.state(), ProbeState::Running | ProbeState::Scanning));
        let (mood, mark) = match shown.look.verdict {
            Verdict::Met => (Mood::Good, "●"),
            Verdict::Unmet { .. } if moving => (Mood::Waiting, "●"),
            Verdict::Unmet { .. } => (Mood::Bad, "●"),
            Verdict::Unknown { .. } => (Mood::Unknown, "?"),
        };
        Aside { mood, words: format!("{mark} {}", shown.words) }
    };
    shown.into_iter().map(aside).collect()
}
