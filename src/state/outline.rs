//! The record's items grouped for the screen: phases, their counts, and the rows that are not folded away.

use std::collections::HashMap;
use std::time::Duration;

use super::State;
use crate::checklist::{ItemId, PhaseKind};
use crate::plan::Plan;
use crate::record::{ItemState, Record};
use crate::signoff::At;

/// The record's items by phase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// In the order of the plan.
    pub phases: Vec<Phase>,
    /// Counts of all phases that are part of progress.
    pub tally: Tally,
}

/// A phase as the screen shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Its title.
    pub title: String,
    /// Its part.
    pub kind: PhaseKind,
    /// Indices into [`Record::items`].
    pub items: Vec<usize>,
    /// Counts.
    pub tally: Tally,
    /// First and last act on its items.
    pub acted: Option<(At, At)>,
    /// Planned duration by the plan's words, shortest and longest.
    pub estimate: Option<(Duration, Duration)>,
    /// How long it took in the run that durations are planned by.
    pub rehearsed: Option<Duration>,
}

/// How many items stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the count its name says")]
pub struct Tally {
    pub done: usize,
    pub failed: usize,
    pub skipped: usize,
    pub deferred: usize,
    pub not_applicable: usize,
    pub open: usize,
}

impl Tally {
    /// All that apply.
    #[must_use]
    pub fn all(&self) -> usize {
        self.done + self.failed + self.skipped + self.deferred + self.open
    }

    /// All that need nothing more today.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.done + self.skipped + self.deferred
    }

    fn count(&mut self, state: ItemState) {
        *match state {
            ItemState::Open | ItemState::Started => &mut self.open,
            ItemState::Done => &mut self.done,
            ItemState::Failed => &mut self.failed,
            ItemState::Skipped => &mut self.skipped,
            ItemState::NotApplicable => &mut self.not_applicable,
            ItemState::Deferred => &mut self.deferred,
        } += 1;
    }
}

impl Phase {
    /// How long it is to take: as the rehearsal took, else by the plan's words.
    #[must_use]
    pub fn planned(&self) -> Option<(Duration, Duration)> {
        self.rehearsed.map(|took| (took, took)).or(self.estimate)
    }

    /// Nothing in it needs an act.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.tally.open == 0 && self.tally.failed == 0
    }
}

fn here_line(plan: &Plan, phase: Option<usize>) -> Option<u32> {
    plan.checklist.phases.get(phase?).map(|phase| phase.line)
}

/// A row of the checklist pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A phase: index into [`Outline::phases`].
    Phase(usize),
    /// The deeper heading above an item: index into [`Record::items`] of that item.
    Section(usize),
    /// An item: index into [`Record::items`].
    Item(usize),
    /// The line above the ways of a fork: index into the state's forks.
    Decision(usize),
    /// The line above a point of no return: index into [`Record::items`] of that item.
    NoReturn(usize),
}

/// Where the checklist's cursor is; by identity, so that it stays when rows move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// On a phase: index into [`Outline::phases`].
    Phase(usize),
    /// On an item.
    Item(ItemId),
    /// On the line of a decision: index into the state's forks.
    Decision(usize),
}

impl Outline {
    /// Groups the record's items.
    #[must_use]
    pub fn of(record: &Record, plan: &Plan, planned: &HashMap<ItemId, usize>) -> Outline {
        let mut outline = Outline::default();
        // Two headings of one text are two phases; a step added in the run belongs to the one it stands in.
        let mut last = None;
        for (index, item) in record.items.iter().enumerate() {
            if item.removed {
                continue;
            }
            let here =
                planned.get(&item.row.id).and_then(|&at| plan.checklist.items.get(at)).map(|it| it.phase);
            let titled = outline.phases.last().is_some_and(|phase| phase.title == item.row.phase);
            let same = titled && (here.is_none() || last.is_none() || here == last);
            last = here.or(if same { last } else { None });
            if !same {
                outline.phases.push(Phase {
                    title: item.row.phase.clone(),
                    kind: item.row.kind,
                    items: Vec::new(),
                    tally: Tally::default(),
                    acted: None,
                    estimate: here.and_then(|phase| plan.checklist.planned(phase)),
                    rehearsed: record.rehearsed(&item.row.phase, here_line(plan, here)),
                });
            }
            let Some(phase) = outline.phases.last_mut() else { continue };
            phase.items.push(index);
            phase.tally.count(item.state);
            // While rolling back, its steps are all that counts; those of the plan are not reached.
            if record.counts(item) && (record.is_work(item.row.kind) || !record.rolling_back()) {
                outline.tally.count(item.state);
            }
            if let Some(act) = &item.act {
                let began = item.started.unwrap_or(act.at);
                phase.acted = Some(match phase.acted {
                    Some((first, last)) => (
                        if began.wall < first.wall { began } else { first },
                        if act.at.wall > last.wall { act.at } else { last },
                    ),
                    None => (began, act.at),
                });
            } else if let Some(began) = item.started {
                phase.acted.get_or_insert((began, began));
            }
        }
        outline
    }

    /// The phase an item is in.
    #[must_use]
    pub fn phase_of(&self, index: usize) -> Option<usize> {
        self.phases.iter().position(|phase| phase.items.binary_search(&index).is_ok())
    }
}

impl State {
    /// Whether a phase is folded: by hand, else when nothing in it needs an act, or it is not of today.
    #[must_use]
    pub fn folded(&self, phase: usize) -> bool {
        if self.ui.find.is_some() {
            return false;
        }
        self.ui.folds.get(&phase).copied().unwrap_or_else(|| {
            self.outline
                .phases
                .get(phase)
                .is_some_and(|it| it.complete() && it.tally.all() > 0 || !self.record.is_work(it.kind))
                && !self.under_cursor(phase)
        })
    }

    fn under_cursor(&self, phase: usize) -> bool {
        if matches!(self.ui.cursor, Cursor::Phase(_)) {
            return false;
        }
        self.index_here().is_some_and(|index| {
            self.outline.phases.get(phase).is_some_and(|it| it.items.binary_search(&index).is_ok())
        })
    }

    /// The item under the cursor, or the first that it stands above: index into [`Record::items`].
    #[must_use]
    pub fn index_here(&self) -> Option<usize> {
        match self.ui.cursor {
            Cursor::Item(id) => self.record.index.get(&id).copied(),
            Cursor::Decision(fork) => self.forks.get(fork).and_then(|fork| self.below_fork(fork)),
            Cursor::Phase(phase) => self.outline.phases.get(phase)?.items.first().copied(),
        }
    }

    /// The rows that are not folded away, in order.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let forks = self.forks.iter().enumerate();
        // Where two begin at one item, the line is the first one's.
        let forks: HashMap<usize, usize> =
            forks.rev().filter_map(|(at, fork)| Some((self.below_fork(fork)?, at))).collect();
        let mut rows = Vec::new();
        for (number, phase) in self.outline.phases.iter().enumerate() {
            // Above a phase that begins with it the line is seen even while the phase is folded.
            let point = |index: &usize| self.record.items[*index].row.held.no_return;
            let first = phase.items.first().copied();
            rows.extend(first.filter(point).map(Row::NoReturn));
            rows.push(Row::Phase(number));
            if self.folded(number) {
                continue;
            }
            let mut section = None;
            for &index in &phase.items {
                if first != Some(index) && point(&index) {
                    rows.push(Row::NoReturn(index));
                }
                rows.extend(forks.get(&index).copied().map(Row::Decision));
                let here = self.record.items[index].row.section.as_ref();
                if here != section {
                    section = here;
                    rows.extend(here.map(|_| Row::Section(index)));
                }
                rows.push(Row::Item(index));
            }
        }
        rows
    }

    /// The row the cursor is on; the nearest phase if its item is folded away.
    #[must_use]
    pub fn cursor_row(&self, rows: &[Row]) -> usize {
        let found = match self.ui.cursor {
            Cursor::Phase(phase) => rows.iter().position(|row| *row == Row::Phase(phase)),
            Cursor::Item(_) => {
                let index = self.index_here();
                rows.iter().position(|row| index.is_some_and(|index| *row == Row::Item(index)))
            }
            Cursor::Decision(fork) => rows.iter().position(|row| *row == Row::Decision(fork)),
        };
        let phase = || {
            let phase = self.outline.phase_of(self.index_here()?)?;
            rows.iter().position(|row| *row == Row::Phase(phase))
        };
        found.or_else(phase).unwrap_or(0)
    }
}
