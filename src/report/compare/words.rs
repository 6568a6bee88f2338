//! A comparison for people.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::{Comparison, Item, Lone, Side, Two, longer};
use crate::report::document::Standing;
use crate::signoff::event::RunMode;
use crate::text;

/// Columns of a terminal: no line is wider.
const WIDE: usize = 80;

/// Columns of a step's or a phase's words in a table.
const WORDS: usize = 46;

/// Columns of a number or a span.
const NUMBER: usize = 10;

/// What stands for a span that nothing measured.
const NOT_MEASURED: &str = "unknown";

/// Steps whose time differs by less than this are not listed, in seconds; nor by less than a fifth.
const NOTABLE: u64 = 60;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.counts.get("open").copied().unwrap_or_default();
        side(f, 'A', &self.runs.a, open.a)?;
        side(f, 'B', &self.runs.b, open.b)?;
        let both = text::plural(self.shared, "step is", "steps are");
        if self.different_plans {
            writeln!(f, "\nThese are runs of DIFFERENT PLANS: {both} in both.")?;
        } else if self.same_plan {
            writeln!(f, "\nOne plan, byte for byte; {both} in both.")?;
        } else {
            writeln!(f, "\nThe plan was edited between the runs; {both} in both.")?;
        }
        self.figures(f)?;
        self.times(f)?;
        self.ways(f)?;
        for (run, only) in [('A', &self.only.a), ('B', &self.only.b)] {
            lone(f, run, only)?;
        }
        Ok(())
    }
}

impl Comparison {
    fn figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, "")?;
        spans(f, "first act to last", self.took_s)?;
        spans(f, "all steps, from before the first act", self.worked_s)?;
        spans_or(f, "outage, as observed", self.outage_s, NOT_MEASURED)?;
        if self.maintenance_s.a.max(self.maintenance_s.b) > Some(0) {
            spans_or(f, "maintenance page", self.maintenance_s, NOT_MEASURED)?;
        }
        for name in
            ["planned", "added", "done", "failed", "skipped", "not_applicable", "deferred", "open", "removed"]
        {
            let Some(count) = self.counts.get(name).filter(|count| **count != Two::default()) else {
                continue;
            };
            numbers(f, &format!("steps {}", name.replace('_', " ")), *count)?;
        }
        let sum = |of: fn(Two<usize>) -> usize| self.exceptions.iter().map(|it| of(it.count)).sum();
        numbers(f, "exceptions", Two { a: sum(|it| it.a), b: sum(|it| it.b) })?;
        for exceptions in &self.exceptions {
            numbers(f, &format!("  {}", exceptions.title), exceptions.count)?;
        }
        Ok(())
    }

    fn times(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(f, "Phases")?;
        for phase in &self.phases {
            spans(f, &phase.title, phase.took_s)?;
        }
        let notable: Vec<&Item> = self.items.iter().filter(|item| is_notable(item)).collect();
        if !notable.is_empty() {
            head(f, "Steps that took another time")?;
            for item in notable {
                spans(f, &item.text, item.took_s)?;
            }
        }
        Ok(())
    }

    fn ways(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other: Vec<&Item> = self.items.iter().filter(|item| item.state.differ()).collect();
        if !other.is_empty() {
            writeln!(f, "\nSteps that went another way")?;
        }
        for item in other {
            fitted(f, "  ", &item.text)?;
            fitted(f, "    A: ", &ended(item.state.a, item.reason.a.as_ref()))?;
            fitted(f, "    B: ", &ended(item.state.b, item.reason.b.as_ref()))?;
        }
        if !self.decisions.is_empty() {
            writeln!(f, "\nDecisions")?;
        }
        for decision in &self.decisions {
            let chosen = |choice: &'_ Option<String>| choice.clone().unwrap_or_else(|| "–".to_owned());
            let (a, b) = (chosen(&decision.choice.a), chosen(&decision.choice.b));
            fitted(f, "  ", decision.text.as_ref().unwrap_or(&decision.id))?;
            if decision.choice.differ() {
                fitted(f, "    A: ", &a)?;
                fitted(f, "    B: ", &b)?;
            } else {
                fitted(f, "    both: ", &a)?;
            }
        }
        let reworded: Vec<&Item> = self.items.iter().filter(|item| item.was.is_some()).collect();
        if !reworded.is_empty() {
            writeln!(f, "\nReworded steps")?;
        }
        for item in reworded {
            fitted(f, "  ", &item.text)?;
            fitted(f, "    A: ", item.was.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}

fn side(f: &mut fmt::Formatter<'_>, name: char, side: &Side, open: usize) -> fmt::Result {
    let mode = if side.mode == RunMode::Rehearsal { "REHEARSAL" } else { "LIVE" };
    fitted(f, &format!("{name}  {mode}  "), &side.title)?;
    let begun = side.begun.as_deref().unwrap_or("–");
    fitted(f, "   ", &format!("begun {begun}, {}", side.run))?;
    if !side.settled {
        writeln!(f, "   NOT FINISHED: {} open", text::plural(open, "step is", "steps are"))?;
    }
    if !side.intact {
        writeln!(f, "   NOT INTACT: see cutover verify")?;
    }
    Ok(())
}

/// A line of outside words, no wider than a terminal.
fn fitted(f: &mut fmt::Formatter<'_>, before: &str, outside: &str) -> fmt::Result {
    writeln!(f, "{before}{}", text::truncate(&text::clean(outside), WIDE.saturating_sub(text::width(before))))
}

fn head(f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
    let (title, a, b) = (text::pad(title, WORDS + 2), right("A"), right("B"));
    writeln!(f, "\n{title}{a}{b}  difference")
}

fn right(shown: &str) -> String {
    format!("{}{shown}", " ".repeat(NUMBER.saturating_sub(text::width(shown))))
}

fn spans(f: &mut fmt::Formatter<'_>, name: &str, took: Two<Option<u64>>) -> fmt::Result {
    spans_or(f, name, took, "–")
}

fn spans_or(f: &mut fmt::Formatter<'_>, name: &str, took: Two<Option<u64>>, none: &str) -> fmt::Result {
    let shown = |seconds: Option<u64>| seconds.map_or(none.to_owned(), clock);
    let difference = longer(took).filter(|by| *by != 0).map_or(String::new(), |by| {
        format!("  {}{}", if by < 0 { '-' } else { '+' }, clock(by.unsigned_abs()))
    });
    line(f, name, [&shown(took.a), &shown(took.b)], &difference)
}

fn numbers(f: &mut fmt::Formatter<'_>, name: &str, count: Two<usize>) -> fmt::Result {
    let mut difference = String::new();
    if count.differ() {
        let sign = if count.b < count.a { '-' } else { '+' };
        write!(difference, "  {sign}{}", count.b.abs_diff(count.a))?;
    }
    line(f, name, [&count.a.to_string(), &count.b.to_string()], &difference)
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, [a, b]: [&str; 2], difference: &str) -> fmt::Result {
    let name = text::pad(&text::clean(name), WORDS);
    writeln!(f, "  {name}{}{}{difference}", right(a), right(b))
}

fn clock(seconds: u64) -> String {
    text::clock(Duration::from_secs(seconds))
}

fn ended(state: Standing, reason: Option<&String>) -> String {
    reason.map_or_else(|| state.to_string(), |why| format!("{state}: {why}"))
}

fn is_notable(item: &Item) -> bool {
    let by = item.longer().map_or(0, i64::unsigned_abs);
    by >= NOTABLE && by * 5 >= item.took_s.a.unwrap_or(0)
}

fn lone(f: &mut fmt::Formatter<'_>, run: char, only: &[Lone]) -> fmt::Result {
    if !only.is_empty() {
        writeln!(f, "\nOnly in {run}")?;
    }
    for item in only {
        let tail = format!(" ({}, {})", text::truncate(&text::clean(&item.phase), WORDS / 2), item.state);
        let words = text::clean(&item.text);
        let words = text::truncate(&words, (WIDE - 2).saturating_sub(text::width(&tail)));
        writeln!(f, "  {words}{tail}")?;
    }
    Ok(())
}
