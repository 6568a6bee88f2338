//! Questions that the screen asks of the state; none of them changes anything.

use std::time::Duration;

use super::live::Check;
use super::{Pending, State, keys};
use crate::checklist::{self, ItemId};
use crate::clock::Stamp;
use crate::config::Target;
use crate::record::{Issue, ItemRecord};
use crate::sample::{ProbeState, Side};
use crate::signoff::At;
use crate::signoff::event::{Event, RunMode};

impl State {
    /// The run is practice.
    #[must_use]
    pub fn rehearsal(&self) -> bool {
        self.record.run.as_ref().is_some_and(|run| run.mode == RunMode::Rehearsal)
    }

    /// An item of the record by its first id.
    #[must_use]
    pub fn item(&self, id: ItemId) -> Option<&ItemRecord> {
        self.record.index.get(&id).and_then(|&index| self.record.items.get(index))
    }

    /// The item as the plan has it now; `None` if it was added in the run or removed from the plan.
    #[must_use]
    pub fn planned_item(&self, id: ItemId) -> Option<&checklist::Item> {
        self.planned.get(&id).and_then(|&index| self.plan.checklist.items.get(index))
    }

    /// The act about this item that is on its way to the disk.
    #[must_use]
    pub fn pending_on(&self, id: ItemId) -> Option<&Pending> {
        self.desk.pending.iter().find(|pending| pending.items.contains(&id))
    }

    /// An issue by its number.
    #[must_use]
    pub fn issue(&self, number: u32) -> Option<&Issue> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.record.issues.get(at).filter(|issue| issue.number == number)
    }

    /// The phase that work is in: where the last act was, or the next one if that is complete.
    #[must_use]
    pub fn current_phase(&self) -> Option<usize> {
        let phases = &self.outline.phases;
        let counted = || (0..phases.len()).filter(|&at| self.record.is_work(phases[at].kind));
        let acted = counted().filter_map(|at| phases[at].acted.map(|(_, last)| (last.wall, at)));
        let last = acted.max().map_or(0, |(_, at)| at);
        let mut open = counted().filter(|&at| phases[at].tally.open > 0);
        let first = open.clone().next();
        open.find(|&at| at >= last).or(first)
    }

    /// When the first act on an item was.
    #[must_use]
    pub fn first_act(&self) -> Option<At> {
        self.outline
            .phases
            .iter()
            .filter_map(|phase| phase.acted.map(|(first, _)| first))
            .min_by_key(|first| first.wall)
    }

    /// The next open item at or behind the cursor, else the first open one.
    #[must_use]
    pub fn next_open_item(&self) -> Option<&ItemRecord> {
        let from = self.index_here().unwrap_or(0);
        let open = || {
            self.outline
                .phases
                .iter()
                .filter(|phase| self.record.is_work(phase.kind) && phase.tally.open > 0)
                .flat_map(|phase| phase.items.iter().copied())
                .filter(|&index| keys::is_open(self.record.items[index].state))
        };
        let next = open().find(|&index| index >= from).or_else(|| open().next());
        next.map(|index| &self.record.items[index])
    }

    /// What a check asks, as the sidecar has it, without its secrets.
    #[must_use]
    pub fn target(&self, check: &Check) -> String {
        let whole = match &check.settings.target {
            Target::Http { url, unix: None } => url.clone(),
            Target::Http { url, unix: Some(socket) } => format!("{url} over {}", socket.display()),
            Target::Tcp(at) | Target::Tls(at) => at.clone(),
            Target::Unix(socket) => socket.display().to_string(),
            Target::Exec(argv) => match &check.settings.via {
                Some(via) => format!("{} · by {}", argv.join(" "), via.join(" ")),
                None => argv.join(" "),
            },
        };
        self.plan.settings.redactor().redact(&whole).into_owned()
    }

    /// How old the last answer of a public check is, as users reach it, that has become stale: the oldest of several.
    #[must_use]
    pub fn public_stale(&self, now: &Stamp) -> Option<Duration> {
        let checks = self.live.checks.iter().filter(|check| check.settings.public);
        checks
            .filter_map(|check| check.side(Some(Side::Live)).or_else(|| check.side(None)))
            .filter(|cell| cell.settled() == ProbeState::Stale)
            .map(|cell| cell.last.as_ref().map_or(Duration::ZERO, |last| now.since(&last.at)))
            .max()
    }
}

/// The item an event is about.
pub(super) fn item_of(event: &Event) -> Option<ItemId> {
    match event {
        Event::ItemStarted { item, .. }
        | Event::ItemDone { item, .. }
        | Event::ItemFailed { item, .. }
        | Event::ItemSkipped { item, .. }
        | Event::ItemNotApplicable { item, .. }
        | Event::ItemDeferred { item, .. }
        | Event::ItemReopened { item, .. }
        | Event::FieldFilled { item, .. }
        | Event::TimeClaimed { item, .. }
        | Event::CriterionConfirmed { item, .. }
        | Event::ApprovalGiven { item, .. }
        | Event::ApprovalLapsed { item, .. } => Some(*item),
        Event::NoteAdded { item, .. }
        | Event::IssueOpened { item, .. }
        | Event::AttachmentAdded { item, .. }
        | Event::ExcerptAdded { item, .. }
        | Event::CommandStarted { item, .. }
        | Event::SignoffGiven { item, .. }
        | Event::DecisionMade { item, .. } => *item,
        _ => None,
    }
}

/// Whether an act changes what may be done next on more than its own item.
pub(super) fn turns(event: &Event) -> bool {
    matches!(
        event,
        Event::RollbackInvoked { .. }
            | Event::RollbackStoodDown { .. }
            | Event::DecisionMade { .. }
            | Event::DecisionReopened { .. }
            | Event::OperatorChanged { .. }
            | Event::IssueResolved { .. }
    )
}
