//! The panes: which there are, which are seen, where their cursors stand.

use super::State;
use super::live::Probed;
use crate::config::PANES;
use crate::sample::{Kind, ProbeId};

/// The panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The checklist.
    #[default]
    Checklist,
    /// The health checks.
    Health,
    /// The DNS records.
    Dns,
    /// Copies and comparisons.
    Copy,
    /// Logs.
    Logs,
    /// Machines.
    Host,
}

impl Pane {
    /// All panes, in the order of their numbers and of the sidecar's names.
    pub const ALL: [Pane; PANES.len()] =
        [Pane::Checklist, Pane::Health, Pane::Dns, Pane::Copy, Pane::Logs, Pane::Host];

    /// The pane's title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Pane::Checklist => "Checklist",
            Pane::Health => "Health",
            Pane::Dns => "DNS",
            Pane::Copy => "Copy",
            Pane::Logs => "Logs",
            Pane::Host => "Host",
        }
    }

    /// The key that focuses it.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Pane::Checklist => 1,
            Pane::Health => 2,
            Pane::Dns => 3,
            Pane::Copy => 4,
            Pane::Logs => 5,
            Pane::Host => 6,
        }
    }

    /// The pane with that number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| pane.number() == number)
    }

    /// What `enter` shows of the row under its cursor, for the help.
    #[must_use]
    pub fn opens(self) -> &'static str {
        match self {
            Pane::Checklist => "the item's text, command, evidence and history",
            Pane::Health => "the check whole: what it asks, what it saw, its past",
            Pane::Dns => "the record whole: who answered what, and when each changed",
            Pane::Copy => "the copy or comparison whole: how far, how fast, what failed",
            Pane::Logs => "the line whole, and its log: what is read, levels, shapes",
            Pane::Host => "the machine whole: disks, processes, network, their past",
        }
    }

    /// What the sidecar lacks while the pane has nothing to show.
    #[must_use]
    pub(super) fn wants(self) -> &'static str {
        match self {
            Pane::Checklist => "items",
            Pane::Health => "[[health]]",
            Pane::Dns => "[[dns]]",
            Pane::Copy => "[[copy]] or [[reconcile]]",
            Pane::Logs => "[[log]]",
            Pane::Host => "[host]",
        }
    }

    fn index(self) -> usize {
        usize::from(self.number() - 1)
    }
}

/// The panes of the two sides, from above, without those that have nothing to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// On the left.
    pub left: Vec<Pane>,
    /// On the right.
    pub right: Vec<Pane>,
}

impl State {
    /// How many rows of its own a live pane has: checks, records, copies and comparisons, logs, machines.
    #[must_use]
    pub fn rows_of(&self, pane: Pane) -> usize {
        match pane {
            Pane::Checklist => self.rows().len(),
            Pane::Health => self.live.checks.len(),
            Pane::Dns => self.live.records.len(),
            Pane::Copy => self.live.copies.len() + self.live.reconciles.len(),
            Pane::Logs => self.live.logs.len(),
            Pane::Host => self.live.hosts.len(),
        }
    }

    /// Whether a pane has something to show; the checklist always has.
    #[must_use]
    pub fn has(&self, pane: Pane) -> bool {
        pane == Pane::Checklist || self.rows_of(pane) > 0
    }

    /// The panes that are shown, where the sidecar puts them.
    #[must_use]
    pub fn sides(&self) -> Sides {
        let layout = &self.plan.settings.layout;
        let seen = |panes: &[usize]| -> Vec<Pane> {
            let panes = panes.iter().filter_map(|at| Pane::ALL.get(*at).copied());
            panes.filter(|pane| self.has(*pane)).collect()
        };
        Sides { left: seen(&layout.left), right: seen(&layout.right) }
    }

    /// The panes that are shown, in the order that `tab` goes through them.
    #[must_use]
    pub fn panes(&self) -> Vec<Pane> {
        let Sides { mut left, right } = self.sides();
        left.extend(right);
        left
    }

    /// The live pane that is looked at: the focused one, else the one focused last, else the first.
    #[must_use]
    pub fn beside(&self) -> Option<Pane> {
        let panes = self.panes();
        let live = |pane: &Pane| *pane != Pane::Checklist && panes.contains(pane);
        Some(self.ui.focus)
            .filter(live)
            .or(Some(self.ui.beside).filter(live))
            .or_else(|| panes.iter().copied().find(|pane| live(pane)))
    }

    /// The row of a live pane's cursor.
    #[must_use]
    pub fn row_in(&self, pane: Pane) -> usize {
        self.ui.rows[pane.index()].min(self.rows_of(pane).saturating_sub(1))
    }

    /// The probe under a live pane's cursor; of a check with sides, the check.
    #[must_use]
    pub fn probe_at(&self, pane: Pane) -> Option<ProbeId> {
        let row = self.row_in(pane);
        let copies = self.live.copies.len();
        let probed: &dyn Probed = match pane {
            Pane::Checklist => return None,
            Pane::Health => {
                let name = self.live.checks.get(row)?.settings.name.clone();
                return Some(ProbeId { kind: Kind::Health, name, side: None });
            }
            Pane::Dns => self.live.records.get(row)?,
            Pane::Copy if row < copies => self.live.copies.get(row)?,
            Pane::Copy => self.live.reconciles.get(row - copies)?,
            Pane::Logs => self.live.logs.get(self.log_at_cursor()?)?,
            Pane::Host => self.live.hosts.get(row)?,
        };
        Some(probed.id().clone())
    }

    /// Moves a live pane's cursor.
    pub(super) fn step_in(&mut self, pane: Pane, by: isize) {
        let last = self.rows_of(pane).saturating_sub(1);
        self.ui.rows[pane.index()] = self.row_in(pane).saturating_add_signed(by).min(last);
    }

    /// Gives the keys to a pane, if it has something to show.
    pub(super) fn focus(&mut self, pane: Pane) -> bool {
        if !self.panes().contains(&pane) {
            return false;
        }
        self.ui.focus = pane;
        if pane != Pane::Checklist {
            self.ui.beside = pane;
        }
        true
    }

    /// Gives the keys to the pane so many further on.
    pub(super) fn focus_by(&mut self, by: isize) {
        let panes = self.panes();
        let at = panes.iter().position(|pane| *pane == self.ui.focus).unwrap_or(0);
        let all = isize::try_from(panes.len()).unwrap_or(1).max(1);
        let next = (isize::try_from(at).unwrap_or(0) + by).rem_euclid(all);
        if let Some(pane) = usize::try_from(next).ok().and_then(|next| panes.get(next)).copied() {
            self.focus(pane);
        }
    }
}
