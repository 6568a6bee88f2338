//! The line shapes of a log: which are new since the mark, how often they came, which are expected.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use regex::Regex;

use crate::sample::log::{Entry, Shape};

/// Shapes kept with their text; of those beyond only the number is.
const MOST: usize = 4096;
/// A line's own clock may be ahead of ours by so much.
const AHEAD: TimeDelta = TimeDelta::seconds(60);
/// A line that is read as it is written may state a time so long ago; further back its clock is another zone's.
const LATE: TimeDelta = TimeDelta::minutes(5);
/// Bytes of a compiled pattern of expected lines.
const PATTERN: usize = 1 << 20;

/// A shape, and what is known of it.
#[derive(Clone, Debug)]
pub struct Known {
    /// The shape.
    pub shape: Shape,
    /// When its first line came; `None`: before the cockpit looked.
    pub first: Option<DateTime<Utc>>,
    /// How many lines have had it, of those that were kept.
    pub count: u64,
    /// Expected: by the sidecar, or by somebody who said so.
    pub noise: bool,
}

/// The shapes of a log.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    known: HashMap<u64, Known>,
    noise: Vec<Regex>,
    sources: Vec<String>,
    /// Shapes that came after the mark and were too many to keep.
    pub more: u64,
    /// No further shape is told apart.
    pub full: bool,
}

impl Shapes {
    /// Says which lines are expected; what is no pattern is left out.
    pub(super) fn expect(&mut self, sources: &[String]) {
        if self.sources == sources {
            return;
        }
        sources.clone_into(&mut self.sources);
        self.noise = sources.iter().filter_map(|source| compile(source)).collect();
        for known in self.known.values_mut() {
            known.noise = is_noise(&self.noise, &known.shape);
        }
    }

    /// Takes in shapes seen for the first time, in lines read at this moment.
    pub(super) fn add(&mut self, shapes: Vec<Shape>, backlog: bool, read: DateTime<Utc>) {
        for shape in shapes {
            if self.known.len() >= MOST {
                self.more += u64::from(!backlog);
                continue;
            }
            let stated = shape.stated.and_then(DateTime::from_timestamp_millis);
            let first = first(stated, backlog, read);
            let noise = is_noise(&self.noise, &shape);
            self.known.entry(shape.id).or_insert(Known { shape, first, count: 0, noise });
        }
    }

    /// Counts lines.
    pub(super) fn count(&mut self, lines: &[Entry]) {
        for entry in lines.iter().filter(|entry| entry.shape != 0) {
            if let Some(known) = self.known.get_mut(&entry.shape) {
                known.count += 1;
            }
        }
    }

    /// How many are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What is known of a shape.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&Known> {
        self.known.get(&id)
    }

    /// Whether a shape first came at this moment or later, and is not expected.
    #[must_use]
    pub fn is_new(&self, id: u64, since: DateTime<Utc>) -> bool {
        self.known.get(&id).is_some_and(|known| known.is_new(since))
    }

    /// The new shapes, the gravest first, then those that came first.
    #[must_use]
    pub fn new_since(&self, since: DateTime<Utc>) -> Vec<&Known> {
        let mut new: Vec<&Known> = self.known.values().filter(|known| known.is_new(since)).collect();
        new.sort_by_key(|known| (std::cmp::Reverse(known.shape.level), known.first, known.shape.id));
        new
    }

    /// How many are new.
    #[must_use]
    pub fn count_new(&self, since: DateTime<Utc>) -> usize {
        let new = self.known.values().filter(|known| known.is_new(since)).count();
        new + usize::try_from(self.more).unwrap_or(usize::MAX)
    }

    /// Which lines are expected: the patterns as written.
    #[must_use]
    pub fn expected(&self) -> &[String] {
        &self.sources
    }
}

impl Known {
    /// Whether it first came at this moment or later, and is not expected.
    #[must_use]
    pub fn is_new(&self, since: DateTime<Utc>) -> bool {
        !self.noise && self.first.is_some_and(|first| first >= since)
    }
}

/// When a shape first came. The time its line states decides, where it can be true: after a restart all lines that
/// stand in the file are read at once, and most are old.
fn first(stated: Option<DateTime<Utc>>, backlog: bool, read: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let possible = stated.filter(|stated| *stated <= read + AHEAD);
    if backlog {
        return possible;
    }
    Some(possible.filter(|stated| read - *stated <= LATE).unwrap_or(read))
}

fn is_noise(noise: &[Regex], shape: &Shape) -> bool {
    noise.iter().any(|pattern| pattern.is_match(&shape.example) || pattern.is_match(&shape.text))
}

fn compile(source: &str) -> Option<Regex> {
    regex::RegexBuilder::new(source).size_limit(PATTERN).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::log::Level;

    fn at(clock: &str) -> DateTime<Utc> {
        format!("2026-11-21T{clock}Z").parse().unwrap()
    }

    fn shape(id: u64, text: &str, stated: Option<&str>) -> Shape {
        Shape {
            id,
            text: text.replace(char::is_numeric, "#"),
            example: text.to_owned(),
            level: if text.contains("ERROR") { Level::Error } else { Level::Info },
            stated: stated.map(|stated| at(stated).timestamp_millis()),
        }
    }

    #[test]
    fn what_comes_after_the_mark_is_new_until_it_is_expected() {
        let mut shapes = Shapes::default();
        shapes.add(vec![shape(1, "GET /feed 200", None)], false, at("06:10:00"));
        shapes.add(vec![shape(2, "timeout after 30 s", None)], false, at("06:40:00"));
        shapes.add(vec![shape(3, "ERROR no such host", None)], false, at("06:41:00"));
        let new = |shapes: &Shapes| -> Vec<u64> {
            shapes.new_since(at("06:36:00")).iter().map(|known| known.shape.id).collect()
        };
        assert_eq!(new(&shapes), [3, 2], "the gravest first");
        shapes.expect(&["timeout after .+ s".to_owned()]);
        assert_eq!(new(&shapes), [3]);
        assert_eq!(shapes.count_new(at("06:36:00")), 1);
        shapes.expect(&[]);
        assert_eq!(new(&shapes), [3, 2], "no longer expected");
    }

    #[test]
    fn after_a_restart_the_stated_time_decides() {
        let mut shapes = Shapes::default();
        let read = at("07:00:00");
        shapes.add(
            vec![
                shape(1, "before the mark", Some("06:30:00")),
                shape(2, "after the mark", Some("06:50:00")),
                shape(3, "states no time", None),
                shape(4, "another zone's clock", Some("09:30:00")),
            ],
            true,
            read,
        );
        let new: Vec<u64> = shapes.new_since(at("06:36:00")).iter().map(|known| known.shape.id).collect();
        assert_eq!(new, [2]);
    }

    #[test]
    fn a_clock_in_another_zone_hides_nothing_that_comes_now() {
        let mut shapes = Shapes::default();
        shapes.add(
            vec![
                shape(1, "five hours behind", Some("01:50:00")),
                shape(2, "two hours ahead", Some("08:50:00")),
                shape(3, "written just before the mark", Some("06:35:58")),
            ],
            false,
            at("06:36:30"),
        );
        let new: Vec<u64> = shapes.new_since(at("06:36:00")).iter().map(|known| known.shape.id).collect();
        assert_eq!(new, [1, 2]);
    }

    #[test]
    fn counts_and_bounds() {
        let mut shapes = Shapes::default();
        let all = (1..=5000).map(|id| shape(id, "x", None)).collect();
        shapes.add(all, false, at("06:40:00"));
        assert_eq!((shapes.len(), shapes.more), (MOST, 5000 - MOST as u64));
        assert_eq!(shapes.count_new(at("06:00:00")), 5000);
        let entry = Entry { end: 0, level: Level::Info, shape: 7, stated: None, cut: 0, file: 0 };
        shapes.count(&[entry, entry, Entry { shape: 0, ..entry }, Entry { shape: 4999, ..entry }]);
        assert_eq!(shapes.get(7).unwrap().count, 2);
    }

    #[test]
    fn a_pattern_that_is_none_is_left_out() {
        let mut shapes = Shapes::default();
        shapes.expect(&["(".to_owned(), "^ok$".to_owned()]);
        shapes.add(vec![shape(1, "ok", None), shape(2, "not ok", None)], false, at("06:40:00"));
        assert_eq!(shapes.count_new(at("06:00:00")), 1);
        assert_eq!(shapes.expected().len(), 2);
    }
}
