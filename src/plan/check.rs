//! What was understood of a plan, and every finding: for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::hints::{Proposal, proposals};
use super::load::alone;
use super::{Plan, PlanError, load};
use crate::checklist::{
    Checklist, Choice, Command, Decision, Item, ItemId, Mode, Phase, PhaseKind, Severity,
};
use crate::config::{self, outline::Outline};
use crate::text;

mod time;

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: `cutover-check/1`, see [`run`].
    Json,
}

/// Ready: at most things worth knowing.
pub const READY: u8 = 0;
/// Something should be mended before the day.
pub const FINDINGS: u8 = 1;
/// The plan cannot be used.
pub const UNUSABLE: u8 = 2;

/// Reads a plan and its sidecar, starts nothing, and says what they hold; with the exit code.
///
/// # Json
///
/// The object's `format` is `cutover-check/1`. Within `/1` keys are only ever added. `file`, `title`, `mode` (`boxes`,
/// `lists`); `phases[]`: `title`, `kind` (`work`, `rollback`, `criteria`, `sign-off`), `line`, `estimate` (null, or
/// `min_s` and `max_s`, the items' together where the heading has none), `due` (null, or `T-60m`, `06:30`), `sections[]`
/// (`title`, `level`, `line`, `due`) and `items[]`: `id`, `text`, `line`, `column`, `depth`,
/// `parent` (an id or null), `checked`, `estimate`, `due`, `section` (a title or null), `fields[]` (`label`, `secret`), `command` (the text
/// of the first, or null), `commands[]` (`language`, `text`, `line`), `detail[]` (texts), `annotations[]`. `outage_goal_s`
/// (or null). `waits[]`, time locks: `words`, `line`, `min_s`, `max_s` (or null), `after` (what it counts from, in words,
/// or null), `anchor` (null, or `kind` (`item`, `phase`, `moment`, `dns`) and `line` or `at` or `records`), `items` (how
/// many it stands before), `item` (the id of the first). `decisions[]`:
/// `title`, `line`, `rule`, `item` (the id of the item that says it, or null), `options[]` (`name`, `line`, `items[]`: ids).
/// `milestones[]`: the titles of the phases that are signed. `counts`:
/// `phases`, `items`, `checked`, `fields`, `commands`, `details`, `errors`, `warnings`, `infos`. `findings[]`: `file`,
/// `line`, `column`, `severity` (`info`, `warning`, `error`), `code`, `message`. A plan that cannot be read at all has
/// `title` and `mode` null, no phases, and one finding at line 0. A finding `gate-proposal` names words that a probe can
/// watch, and holds the annotation that would make a gate of them; `key-missing` is at line 0 of the sidecar.
#[must_use]
pub fn run(path: &Path, format: Format, env: config::Env<'_>) -> (String, u8) {
    let file = path.display().to_string();
    let mut findings = Vec::new();
    let plan = match load(path, env) {
        Err(PlanError::Sidecar(error)) => {
            let of = |finding: config::ConfigFinding| Finding {
                file: error.file.display().to_string(),
                line: finding.line,
                column: finding.column,
                severity: Severity::Error,
                code: "sidecar".to_owned(),
                message: finding.message,
            };
            findings.extend(error.findings.iter().cloned().map(of));
            alone(path)
        }
        other => other,
    };
    let report = match &plan {
        Ok(plan) => {
            let of = |finding: &crate::checklist::Finding| Finding {
                file: file.clone(),
                line: finding.line,
                column: finding.column,
                severity: finding.severity,
                code: finding.code.to_owned(),
                message: finding.message.clone(),
            };
            let mut own: Vec<_> = plan.checklist.findings.iter().chain(&plan.rules.findings).collect();
            own.sort_by_key(|finding| (finding.line, finding.column));
            findings.splice(0..0, own.into_iter().map(of));
            findings.extend(unmeasured(plan));
            findings.extend(proposed(plan, &file));
            findings.extend(keys(plan, env));
            Report::of(plan, file, findings)
        }
        Err(error) if format == Format::Text => return (format!("cutover: {error}\n"), UNUSABLE),
        Err(error) => {
            let message = error.to_string();
            let code = "unusable".to_owned();
            findings.push(Finding {
                file: file.clone(),
                line: 0,
                column: 0,
                severity: Severity::Error,
                code,
                message,
            });
            Report::empty(file, findings)
        }
    };
    let code = match report.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => UNUSABLE,
        Some(Severity::Warning) => FINDINGS,
        _ => READY,
    };
    let text = match format {
        Format::Text => report.to_text(),
        // A report is made of strings and numbers, which always serialize.
        Format::Json => serde_json::to_string_pretty(&report).map(|json| json + "\n").unwrap_or_default(),
    };
    (text, code)
}

/// A longest outage is set, and nothing would tell how long one was.
fn unmeasured(plan: &Plan) -> Option<Finding> {
    let (path, bytes) = plan.sidecar.as_ref()?;
    let (line, column) = Outline::of(&String::from_utf8_lossy(bytes)).outage_goal?;
    let message = "an outage goal, and nothing measures outages: give the [[health]] check that users reach `public = true`";
    (!is_measured(plan)).then(|| Finding {
        file: path.display().to_string(),
        line,
        column,
        severity: Severity::Warning,
        code: "outage-unmeasured".to_owned(),
        message: message.to_owned(),
    })
}

/// Some check looks at what users reach.
fn is_measured(plan: &Plan) -> bool {
    plan.settings.health.iter().any(|check| check.public)
}

/// Keys that are not here; they may be where the run is.
fn keys(plan: &Plan, env: config::Env<'_>) -> Vec<Finding> {
    let missing = |(name, key): (&String, &String)| {
        let path = super::key(&plan.path, key, env);
        let message = format!(
            "the key {} that signs for {name} is not on this machine: what {name} signs off there stands without a \
             signature until `cutover sign` makes one",
            path.display()
        );
        let (file, code) = (super::sidecar(&plan.path).display().to_string(), "key-missing".to_owned());
        let finding = Finding { file, line: 0, column: 0, severity: Severity::Info, code, message };
        (!path.exists()).then_some(finding)
    };
    plan.settings.keys.iter().filter_map(missing).collect()
}

/// The gates that the plan's words ask for, each with the text to paste.
fn proposed(plan: &Plan, file: &str) -> Vec<Finding> {
    let finding = |proposal: Proposal| {
        let (line, column) = proposal.place;
        let Proposal { words, annotation, rule, .. } = proposal;
        let message =
            format!("“{words}” can be watched: put {annotation} at the end of the item's line ({rule})");
        let code = "gate-proposal".to_owned();
        Finding { file: file.to_owned(), line, column, severity: Severity::Info, code, message }
    };
    proposals(plan).into_iter().map(finding).collect()
}

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    file: String,
    title: Option<String>,
    mode: Option<Mode>,
    outage_goal_s: Option<u64>,
    phases: Vec<PhaseOut<'a>>,
    waits: Vec<time::WaitOut<'a>>,
    decisions: Vec<DecisionOut<'a>>,
    milestones: Vec<&'a str>,
    counts: Counts,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct PhaseOut<'a> {
    title: &'a str,
    kind: PhaseKind,
    line: u32,
    estimate: Option<Estimate>,
    due: Option<String>,
    sections: Vec<SectionOut<'a>>,
    items: Vec<ItemOut<'a>>,
}

/// One of several ways is taken.
#[derive(Serialize)]
struct DecisionOut<'a> {
    title: &'a str,
    line: u32,
    rule: &'a str,
    item: Option<ItemId>,
    options: Vec<OptionOut<'a>>,
}

#[derive(Serialize)]
struct OptionOut<'a> {
    name: &'a str,
    line: u32,
    items: Vec<ItemId>,
}

impl<'a> DecisionOut<'a> {
    fn of(decision: &'a Decision, items: &[Item]) -> DecisionOut<'a> {
        let id = |at: &usize| items.get(*at).map(|item| item.id);
        let option = |option: &'a Choice| OptionOut {
            name: &option.name,
            line: option.line,
            items: option.items.iter().filter_map(id).collect(),
        };
        DecisionOut {
            title: &decision.title,
            line: decision.line,
            rule: decision.rule,
            item: decision.item.as_ref().and_then(id),
            options: decision.options.iter().map(option).collect(),
        }
    }
}

/// Phases that are signed, where there are several.
fn milestones(phases: &[Phase]) -> Vec<&str> {
    let signed = phases.iter().filter(|phase| phase.kind == PhaseKind::SignOff);
    signed.map(|phase| phase.title.as_str()).collect()
}

#[derive(Serialize)]
struct Estimate {
    min_s: u64,
    max_s: u64,
}

#[derive(Serialize)]
struct SectionOut<'a> {
    title: &'a str,
    level: u8,
    line: u32,
    due: Option<String>,
}

#[derive(Serialize)]
struct ItemOut<'a> {
    id: ItemId,
    text: &'a str,
    line: u32,
    column: u32,
    depth: u8,
    parent: Option<ItemId>,
    checked: bool,
    estimate: Option<Estimate>,
    due: Option<String>,
    section: Option<&'a str>,
    fields: Vec<FieldOut<'a>>,
    command: Option<&'a str>,
    commands: Vec<CommandOut<'a>>,
    detail: Vec<&'a str>,
    annotations: &'a [String],
}

#[derive(Serialize)]
struct FieldOut<'a> {
    label: &'a str,
    secret: bool,
}

#[derive(Serialize)]
struct CommandOut<'a> {
    language: Option<&'a str>,
    text: &'a str,
    line: u32,
}

#[derive(Default, Serialize)]
struct Counts {
    phases: usize,
    items: usize,
    checked: usize,
    fields: usize,
    commands: usize,
    details: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
}

#[derive(Serialize)]
struct Finding {
    file: String,
    line: u32,
    column: u32,
    severity: Severity,
    code: String,
    message: String,
}

impl<'a> Report<'a> {
    fn of(plan: &'a Plan, file: String, findings: Vec<Finding>) -> Report<'a> {
        let list = &plan.checklist;
        let sum = |count: fn(&Item) -> usize| list.items.iter().map(count).sum();
        let counts = Counts {
            phases: list.phases.len(),
            items: list.items.len(),
            checked: list.items.iter().filter(|item| item.checked).count(),
            fields: sum(|item| item.fields.len()),
            commands: sum(|item| item.commands.len()),
            details: sum(|item| item.detail.len()),
            ..Counts::of(&findings)
        };
        Report {
            format: "cutover-check/1",
            file,
            title: Some(plan.title()),
            mode: Some(list.mode),
            outage_goal_s: plan.outage_goal().map(|goal| goal.as_secs()),
            phases: (0..list.phases.len()).map(|at| PhaseOut::of(list, at)).collect(),
            waits: time::waits(plan),
            decisions: list.decisions.iter().map(|it| DecisionOut::of(it, &list.items)).collect(),
            milestones: milestones(&list.phases),
            counts,
            findings,
        }
    }

    fn empty(file: String, findings: Vec<Finding>) -> Report<'a> {
        let counts = Counts::of(&findings);
        Report {
            format: "cutover-check/1",
            file,
            title: None,
            mode: None,
            outage_goal_s: None,
            phases: Vec::new(),
            waits: Vec::new(),
            decisions: Vec::new(),
            milestones: Vec::new(),
            counts,
            findings,
        }
    }

    fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        if let Some(title) = &self.title {
            let from = if self.mode == Some(Mode::Lists) { " (from lists: there are no boxes)" } else { "" };
            writeln!(out, "{}{from}\n", text::clean(title))?;
        }
        let wide =
            self.phases.iter().map(|phase| text::width(&text::clean(phase.title))).max().unwrap_or(0).min(60);
        for phase in &self.phases {
            writeln!(out, "  {}", phase.line(wide).trim_end())?;
        }
        time::write(self, out)?;
        if !self.decisions.is_empty() {
            writeln!(out)?;
        }
        for decision in &self.decisions {
            let way = |it: &OptionOut<'_>| {
                format!("{} ({})", text::clean(it.name), text::plural(it.items.len(), "item", "items"))
            };
            let ways: Vec<String> = decision.options.iter().map(way).collect();
            let said = decision.item.map_or("", |_| ", said by an item");
            writeln!(
                out,
                "  line {}: one of {}{said} · {}",
                decision.line,
                ways.join(", "),
                text::clean(decision.title)
            )?;
        }
        if self.milestones.len() > 1 {
            let names: Vec<_> = self.milestones.iter().map(|title| text::clean(title)).collect();
            writeln!(out, "\n  {} milestones: {}", names.len(), names.join(", "))?;
        }
        if self.title.is_some() {
            let counts = &self.counts;
            let line = [
                text::plural(counts.phases, "phase", "phases"),
                text::plural(counts.items, "item", "items"),
                text::plural(counts.fields, "blank to fill", "blanks to fill"),
                text::plural(counts.commands, "command", "commands"),
                format!("{} done in the file", counts.checked),
            ]
            .join(", ");
            writeln!(out, "\n{line}.")?;
        }
        if !self.findings.is_empty() {
            writeln!(out)?;
        }
        for finding in &self.findings {
            let Finding { file, line, column, code, message, .. } = finding;
            let severity = match finding.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let place = if *line == 0 { String::new() } else { format!(":{line}:{column}") };
            writeln!(out, "{}{place} {severity} {code}: {}", text::clean(file), text::clean(message))?;
        }
        let Counts { errors, warnings, .. } = self.counts;
        let verdict = match (errors, warnings) {
            (0, 0) => "Ready.".to_owned(),
            (0, n) => format!("{} to mend before the day.", text::plural(n, "warning", "warnings")),
            (n, _) => format!("Not usable: {} to mend first.", text::plural(n, "error", "errors")),
        };
        writeln!(out, "\n{verdict}")
    }
}

impl Counts {
    fn of(findings: &[Finding]) -> Counts {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Counts {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            ..Counts::default()
        }
    }
}

impl<'a> PhaseOut<'a> {
    fn of(list: &'a Checklist, at: usize) -> PhaseOut<'a> {
        let (phase, items) = (&list.phases[at], &list.items);
        let own = items.get(phase.items.clone()).unwrap_or_default();
        PhaseOut {
            title: &phase.title,
            kind: phase.kind,
            line: phase.line,
            estimate: list.planned(at).map(Estimate::of),
            due: phase.due.map(time::due),
            sections: phase
                .sections
                .iter()
                .map(|section| SectionOut {
                    title: &section.title,
                    level: section.level,
                    line: section.line,
                    due: section.due.map(time::due),
                })
                .collect(),
            items: own.iter().map(|item| ItemOut::of(item, phase, items)).collect(),
        }
    }

    /// `Infrastructure   12 items, 2 blanks, 3 commands, 10-15m`
    fn line(&self, wide: usize) -> String {
        let mut parts = vec![text::plural(self.items.len(), "item", "items")];
        let fields: usize = self.items.iter().map(|item| item.fields.len()).sum();
        let commands: usize = self.items.iter().map(|item| item.commands.len()).sum();
        if fields > 0 {
            parts.push(text::plural(fields, "blank", "blanks"));
        }
        if commands > 0 {
            parts.push(text::plural(commands, "command", "commands"));
        }
        parts.extend(self.estimate.as_ref().map(|estimate| format!("planned {}", estimate.words())));
        parts.extend(self.due.as_ref().map(|due| format!("due {due}")));
        match self.kind {
            PhaseKind::Work => {}
            PhaseKind::Rollback => parts.push("rollback: not counted until invoked".to_owned()),
            PhaseKind::Criteria => parts.push("success criteria".to_owned()),
            PhaseKind::SignOff => parts.push("sign-off".to_owned()),
        }
        format!("{}  {}", text::pad(&text::clean(self.title), wide), parts.join(", "))
    }
}

impl<'a> ItemOut<'a> {
    fn of(item: &'a Item, phase: &'a Phase, items: &'a [Item]) -> ItemOut<'a> {
        let section = item.section.and_then(|n| phase.sections.get(n));
        ItemOut {
            id: item.id,
            text: &item.text,
            line: item.line,
            column: item.column,
            depth: item.depth,
            parent: item.parent.and_then(|n| items.get(n)).map(|parent| parent.id),
            checked: item.checked,
            estimate: item.estimate.map(Estimate::of),
            due: item.due.map(time::due),
            section: section.map(|section| section.title.as_str()),
            fields: item
                .fields
                .iter()
                .map(|field| FieldOut { label: &field.label, secret: field.secret })
                .collect(),
            command: item.commands.first().map(|command| command.text.as_str()),
            commands: item.commands.iter().map(CommandOut::of).collect(),
            detail: item.detail.iter().map(|note| note.text.as_str()).collect(),
            annotations: &item.annotations,
        }
    }
}

impl<'a> CommandOut<'a> {
    fn of(command: &'a Command) -> CommandOut<'a> {
        CommandOut { language: command.language.as_deref(), text: &command.text, line: command.line }
    }
}
