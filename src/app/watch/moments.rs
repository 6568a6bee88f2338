//! Which moments of a run are worth going to.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::record::{self, Record};
use crate::report::{Exception as Exceptional, ExceptionKind, Report};
use crate::signoff::event::Event;
use crate::signoff::verify::Verification;
use crate::signoff::{Actor, Line};
use crate::state::replay::Way;

/// The acts and exceptions of a run so far, each by the number of its line, from 1.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// What all lines say.
    record: Record,
    acts: Vec<usize>,
    exceptions: Vec<Exception>,
    /// When the exceptions were, for the ruler.
    pub marks: Arc<[DateTime<Utc>]>,
}

/// An exception, where it is shown.
#[derive(Debug)]
struct Exception {
    line: usize,
    words: String,
}

impl Moments {
    /// Takes in all lines behind those it knows; of lines that were taken back it begins anew.
    pub(super) fn note(&mut self, lines: &[Arc<Line>], ended: bool, verification: &Verification) {
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
        self.judge(lines, ended, verification);
    }

    /// The same exceptions as the report's, in the order of the log; what has no line of its own is told at the end.
    fn judge(&mut self, lines: &[Arc<Line>], ended: bool, verification: &Verification) {
        let Some(last) = lines.last() else { return };
        let told = Report::new(&self.record, verification, last.at).exceptions;
        // What is merely open is one when the run is over.
        let told = told.into_iter().filter(|it| ended || it.kind != ExceptionKind::Open);
        self.exceptions = told
            .map(|it| Exception {
                line: it
                    .act
                    .as_ref()
                    .map_or(lines.len(), |act| usize::try_from(act.seq).unwrap_or(lines.len())),
                words: words(&it),
            })
            .collect();
        self.exceptions.sort_by_key(|it| it.line);
        let marks = self.exceptions.iter().filter_map(|it| Some(lines.get(it.line.checked_sub(1)?)?.at.wall));
        self.marks = marks.collect();
    }

    /// How many acts there are, and how many of them are shown with so many lines.
    pub(super) fn acts(&self, shown: usize) -> (usize, usize) {
        (self.acts.len(), self.acts.partition_point(|line| *line <= shown))
    }

    /// How many exceptions there are, and how many of them are shown with so many lines.
    pub(super) fn exceptions(&self, shown: usize) -> (usize, usize) {
        (self.exceptions.len(), self.exceptions.partition_point(|it| it.line <= shown))
    }

    /// The act after, or before, the last line that is shown.
    pub(super) fn act(&self, shown: usize, way: Way) -> Option<usize> {
        next(&self.acts, |line| *line, shown, way).copied()
    }

    /// The exception after, or before, the last line that is shown, and what it is.
    pub(super) fn exception(&self, shown: usize, way: Way) -> Option<(usize, &str)> {
        next(&self.exceptions, |it| it.line, shown, way).map(|it| (it.line, it.words.as_str()))
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
