//! Which moments of a run are worth going to.

use std::sync::Arc;

use crate::record::{self, Record};
use crate::report::{Exception as Exceptional, ExceptionKind, Report};
use crate::signoff::event::Event;
use crate::signoff::verify::Verification;
use crate::signoff::{Actor, Line};
use crate::state::replay::{Mark, Way};

/// The acts and exceptions of a run so far, each by the number of its line, from 1.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// What all lines say.
    record: Record,
    acts: Vec<usize>,
    /// In the order of the log.
    pub exceptions: Arc<[Mark]>,
}

impl Moments {
    /// Takes in all lines behind those it knows; of lines that were taken back it begins anew.
    pub(super) fn note(&mut self, lines: &[Arc<Line>], verification: &Verification) {
        let known = usize::try_from(self.record.head.seq).unwrap_or(usize::MAX);
        let known = if known > lines.len() {
            *self = Moments::default();
            0
        } else {
            known
        };
        for (at, line) in lines.iter().enumerate().skip(known) {
            record::apply(&mut self.record, line);
            if is_act(line) {
                self.acts.push(at + 1);
            }
        }
        self.judge(lines, verification);
    }

    /// The same exceptions as the report's, in the order of the log, but those without a moment of their own: what is
    /// told of the log as a whole, and what is merely open or still running at its end.
    fn judge(&mut self, lines: &[Arc<Line>], verification: &Verification) {
        let Some(last) = lines.last() else { return };
        let told = Report::new(&self.record, verification, last.at).exceptions;
        let runs = self.record.commands.iter().filter(|command| command.ended.is_none());
        let runs: Vec<u64> = runs.map(|command| command.started.seq).collect();
        let mut marks: Vec<Mark> = told
            .iter()
            .filter(|it| it.kind != ExceptionKind::Open)
            .filter_map(|it| {
                let seq = it.act.as_ref()?.seq;
                let line = usize::try_from(seq).ok().filter(|_| !runs.contains(&seq))?;
                Some(Mark { line, at: lines.get(line.checked_sub(1)?)?.at.wall, words: words(it) })
            })
            .collect();
        marks.sort_by_key(|it| it.line);
        self.exceptions = marks.into();
    }

    /// How many acts there are, and how many of them are shown with so many lines.
    pub(super) fn acts(&self, shown: usize) -> (usize, usize) {
        (self.acts.len(), self.acts.partition_point(|line| *line <= shown))
    }

    /// How many of the exceptions are shown with so many lines.
    pub(super) fn passed(&self, shown: usize) -> usize {
        self.exceptions.partition_point(|it| it.line <= shown)
    }

    /// The act after a line, or the last one before it.
    pub(super) fn act(&self, line: usize, way: Way) -> Option<usize> {
        next(&self.acts, |line| *line, line, way).copied()
    }

    /// The exception after a line, or the last one before it.
    pub(super) fn exception(&self, line: usize, way: Way) -> Option<&Mark> {
        next(&self.exceptions, |it| it.line, line, way)
    }
}

/// `Skipped items: “Warm the caches”: not needed`, outside text not yet made safe.
fn words(it: &Exceptional) -> String {
    let item = it.item.as_ref().map_or_else(String::new, |(_, text)| format!("“{text}”: "));
    format!("{}: {item}{}", it.kind.title(), it.text)
}

fn next<T>(all: &[T], line: impl Fn(&T) -> usize, shown: usize, way: Way) -> Option<&T> {
    match way {
        Way::On => all.get(all.partition_point(|it| line(it) <= shown)),
        Way::Back => all.get(all.partition_point(|it| line(it) < shown).checked_sub(1)?),
    }
}

/// Whether a line is an act of a person.
fn is_act(line: &Line) -> bool {
    matches!(line.by, Actor::Person(_))
        && !matches!(line.event, Event::RunStarted { .. } | Event::RunResumed { .. } | Event::RunEnded { .. })
}

/// Whether a cockpit began to write with this line: what its probes had shown before is not known to it.
pub(super) fn begins(line: &Line) -> bool {
    matches!(line.event, Event::RunStarted { .. } | Event::RunResumed { .. })
}

/// Whether the plan or its sidecar is another from this line on.
pub(super) fn amends(line: &Line) -> bool {
    matches!(line.event, Event::PlanAmended { .. } | Event::ConfigAmended { .. })
}
