//! `[[gate]]`: what must hold before an item is ticked, when, by whom; also the form of an annotation.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use ::toml::de::DeTable;
use chrono::{DateTime, FixedOffset};

use super::common::expressions;
use super::file;
use super::finding::{ConfigError, Findings};
use super::toml::{At, Strings};
use super::vars::Vars;
use super::{Env, Settings};
use crate::expr::{Expr, Fact, Scope, Subject};
use crate::sample::Kind;

/// What stands between items and their tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// The item it stands before, by its words; in an annotation none.
    pub item: Option<String>,
    /// The phase that the item is in; alone, all items of that phase.
    pub phase: Option<String>,
    /// All must hold.
    pub needs: Vec<Expr>,
    /// For so long, without interruption.
    pub hold: Duration,
    /// The role that whoever ticks must have.
    pub role: Option<String>,
    /// How many persons must approve, the one who ticks among them; 1 is nobody else.
    pub approve: u32,
    /// A value that the second person reads out.
    pub read_back: Option<Asked>,
    /// To be waited.
    pub wait: Option<Duration>,
    /// What the wait counts from.
    pub after: Option<After>,
    /// Where a planned outage begins or ends.
    pub outage: Option<Edge>,
    /// Behind it there is no way back.
    pub point_of_no_return: bool,
    /// Temporary states that begin with it.
    pub opens: Vec<String>,
    /// Temporary states that end with it.
    pub closes: Vec<String>,
    /// Whether it can be undone after it is done; `None` if that was not said.
    pub undo: Option<bool>,
    /// 1-based line and column in its file.
    pub place: (u32, u32),
}

/// What a second person reads out.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Something that no probe sees, in the plan's words.
    Words(String),
    /// A fact that a probe sees too.
    Seen(Box<Expr>),
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asked::Words(words) => words,
            Asked::Seen(expr) => expr.source(),
        })
    }
}

/// Reads what is to be read out: a fact where it begins as a probe's name does, else plain words.
fn asked(at: &At<String>, findings: &mut Findings) -> Option<Asked> {
    let text = at.value.trim();
    let first = text.split(char::is_whitespace).next().unwrap_or_default();
    let kind = first.split_once('/').map(|(kind, _)| kind);
    let names = Kind::ALL.into_iter().any(|known| kind == Some(known.name()));
    if text.is_empty() {
        let message = format!("`{}` is empty: say what the second person reads out", at.key);
        findings.add(at.span.clone(), &at.key, message);
        return None;
    }
    if !names && first != Kind::Host.name() {
        return Some(Asked::Words(text.to_owned()));
    }
    match Expr::question(text) {
        Ok(expr) if expr.stays_in_probe() => {
            let message = format!(
                "`{text}` never leaves its probe, so nothing can be compared with it: ask in plain words"
            );
            findings.add(at.span.clone(), &at.key, message);
            None
        }
        Ok(expr) => Some(Asked::Seen(Box::new(expr))),
        Err(error) => {
            findings.add(at.span.clone(), &at.key, format!("`{text}`: {error}"));
            None
        }
    }
}

/// What a wait counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// An item or a phase is done, by its words.
    Named(String),
    /// A moment.
    At(DateTime<FixedOffset>),
}

/// An edge of a planned outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// It begins.
    Start,
    /// It ends.
    End,
}

/// One gate of the sidecar.
pub fn resolve(
    at: At<file::Gate>,
    annotation: bool,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<Gate> {
    let At { value: table, span, key } = at;
    if !annotation && table.item.is_none() && table.phase.is_none() {
        if !(table.gives_on()) {
            findings.add(span, &key, "a [[gate]] names the `item` or the `phase` that it stands before");
        }
        return None;
    }
    for at in [&table.item, &table.phase].into_iter().flatten().filter(|_| annotation) {
        let message = format!("`{}` is where the annotation stands: leave it out", at.key);
        findings.add(at.span.clone(), &at.key, message);
    }
    let mut needs = Vec::new();
    for at in [&table.needs, &table.gate].into_iter().flatten() {
        needs.extend(expressions(&at.value, Scope::Needs, vars, findings));
    }
    let list = |at: Option<At<Strings>>| {
        at.map(|at| at.value.0.into_iter().map(|one| one.value).collect::<Vec<_>>()).unwrap_or_default()
    };
    let approve = match &table.approve {
        Some(at) if !(1..=9).contains(&at.value.0) => {
            findings.add(at.span.clone(), &at.key, format!("`{}` is a number of persons, 1 to 9", at.key));
            1
        }
        Some(at) => u32::try_from(at.value.0).unwrap_or(1),
        None => 1,
    };
    let outage = table.outage.as_ref().and_then(|at| match at.value.as_str() {
        "start" => Some(Edge::Start),
        "end" => Some(Edge::End),
        other => {
            let message = format!("`{}` is \"{other}\"; expected \"start\" or \"end\"", at.key);
            findings.add(at.span.clone(), &at.key, message);
            None
        }
    });
    Some(Gate {
        place: findings.place(span.start),
        item: table.item.map(|at| at.value),
        phase: table.phase.map(|at| at.value),
        needs,
        hold: table.hold.map(|at| at.value.0).unwrap_or_default(),
        role: table.role.map(|at| at.value),
        approve,
        read_back: table.read_back.and_then(|at| asked(&at, findings)),
        wait: table.wait.map(|at| at.value.0),
        after: table.after.map(|at| at.value),
        outage,
        point_of_no_return: table.point_of_no_return.is_some_and(|at| at.value),
        opens: list(table.opens),
        closes: list(table.closes),
        undo: table.undo.map(|at| at.value),
    })
}

/// Reads the annotation of an item or a heading: the inside of an inline table.
///
/// # Errors
/// What is wrong with it; lines and columns are those of the annotation's own text.
pub fn annotation(file: &Path, text: &str, settings: &Settings, env: Env<'_>) -> Result<Gate, ConfigError> {
    // The entries of an inline table become a table of their own.
    let wrapped = format!("gate = {{ {} }}\n", text.replace(['\r', '\n'], " "));
    let mut findings = Findings::new(&wrapped);
    let (table, errors) = DeTable::parse_recoverable(&wrapped);
    if let Some(error) = errors.first() {
        let message = format!(
            "this annotation is not `key = value, …`: {}; such as needs = [\"health/api/new\"], for = \"5m\"",
            error.message()
        );
        findings.add(0..0, "annotation", message);
        return findings.finish(file, Gate::default());
    }
    let mut vars = Vars::known(&settings.vars, env);
    let gate =
        table.get_ref().get("gate").and_then(|value| At::read(value, "gate".to_owned(), &mut findings));
    let gate = gate.and_then(|at| resolve(at, true, &mut vars, &mut findings)).unwrap_or_default();
    known_subjects(&gate, settings, 0..0, &mut findings);
    findings.finish(file, gate)
}

/// Says which checks of a gate are not there.
pub fn known_subjects(
    gate: &Gate,
    settings: &Settings,
    span: std::ops::Range<usize>,
    findings: &mut Findings,
) {
    let asked = gate.read_back.as_ref().and_then(|asked| match asked {
        Asked::Seen(expr) => Some(expr),
        Asked::Words(_) => None,
    });
    let needs = gate.needs.iter().map(|need| ("gate.needs", need));
    for (key, need) in needs.chain(asked.map(|asked| ("gate.read_back", &**asked))) {
        let Some(subject) = need.subject() else { continue };
        if settings.knows(subject) {
            if let Err(message) = settings.can_tell(need, subject) {
                findings.add(span.clone(), "gate.needs", message);
            }
            continue;
        }
        let known = settings.subjects(&subject.kind);
        let near =
            super::nearest(&subject.to_string(), &known.iter().map(String::as_str).collect::<Vec<_>>());
        let hint = match (near, known.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, true) => format!("the sidecar has no [[{}]]", subject.kind),
            (None, false) => format!("known are {}", known.join(", ")),
        };
        let message =
            format!("`{}` speaks of `{subject}`, which the sidecar does not watch; {hint}", need.source());
        findings.add(span.clone(), key, message);
    }
}

impl Settings {
    /// Whether the sidecar watches what a gate speaks of.
    #[must_use]
    pub fn knows(&self, subject: &Subject) -> bool {
        if subject.name.is_empty() {
            return subject.kind == Kind::Host.name() && self.hosts.len() == 1;
        }
        self.subjects(&subject.kind).iter().any(|known| *known == subject.to_string())
    }

    /// Whether what it watches can tell what a gate asks of it.
    fn can_tell(&self, need: &Expr, subject: &Subject) -> Result<(), String> {
        for fact in need.facts() {
            if let Fact::Process(pattern) = fact {
                regex::Regex::new(pattern)
                    .map_err(|_| format!("`{}`: `{pattern}` is no regular expression", need.source()))?;
            }
        }
        let name = subject.name.as_str();
        let (plain, side) = name.rsplit_once('/').unwrap_or((name, ""));
        let mut checks = self.health.iter().filter(|_| subject.kind == Kind::Health.name());
        let Some(check) = checks.find(|check| check.name == name || check.name == plain) else {
            return Ok(());
        };
        let scope = check.target.scope();
        for fact in need.facts() {
            let own = !matches!(fact, Fact::Good | Fact::State | Fact::Side);
            if own && fact.row().is_some_and(|row| !row.scopes.contains(&scope)) {
                let (need, known) = (need.source(), crate::expr::known(scope));
                return Err(format!(
                    "`{need}`: {subject} has no `{fact}`; known are {known}, side and state"
                ));
            }
        }
        let pinned = matches!(side, "old" | "new");
        let sided = check.old.is_some() || check.new.is_some();
        let named = check.identity_old.is_some() || check.identity_new.is_some();
        if need.asks(&Fact::Side) && !(pinned || sided || named) {
            let need = need.source();
            return Err(format!(
                "`{need}`: {subject} cannot tell sides; give it `old` and `new`, or `identity`"
            ));
        }
        Ok(())
    }

    /// What a gate may speak of, of one kind: `health/api`, `health/api/new`, ….
    #[must_use]
    pub fn subjects(&self, kind: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        match Kind::ALL.into_iter().find(|known| known.name() == kind) {
            Some(Kind::Health) => {
                for check in &self.health {
                    names.push(check.name.clone());
                    let sides = [("old", check.old.is_some()), ("new", check.new.is_some())];
                    let any = sides.iter().any(|(_, there)| *there);
                    let sides = sides.into_iter().filter(|(_, there)| *there).map(|(side, _)| side);
                    names.extend(
                        sides.chain(any.then_some("live")).map(|side| format!("{}/{side}", check.name)),
                    );
                }
            }
            Some(Kind::Dns) => {
                for record in &self.dns {
                    let id = record.id();
                    let plain = id.rsplit_once('/').map_or(id.as_str(), |(name, _)| name).to_owned();
                    // The type may be left out where there is only one record of the name.
                    let alone = self
                        .dns
                        .iter()
                        .filter(|other| {
                            let other = other.id();
                            other.rsplit_once('/').is_some_and(|(name, _)| name == plain)
                        })
                        .count()
                        == 1;
                    names.push(id);
                    names.extend(alone.then_some(plain));
                }
            }
            Some(Kind::Copy) => names.extend(self.copies.iter().map(|it| it.name.clone())),
            Some(Kind::Reconcile) => names.extend(self.reconciles.iter().map(|it| it.name.clone())),
            Some(Kind::Log) => names.extend(self.logs.iter().map(|it| it.name.clone())),
            Some(Kind::Host) => names.extend(self.hosts.iter().map(|it| it.name.clone())),
            None => {}
        }
        names.into_iter().map(|name| format!("{kind}/{name}")).collect()
    }
}
