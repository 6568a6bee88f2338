//! Variables and secrets: `${NAME}` and `${env:NAME}` in the sidecar's strings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::toml::{At, Named, Table};
use super::{Blank, Env, Findings, Secret, Var, file, nearest};

/// Bytes of a file that a variable may have: a key or a token, not a dump.
const FILE_LIMIT: u64 = 64 * 1024;

/// The variables of a sidecar, and every secret that was met.
pub struct Vars<'a> {
    values: BTreeMap<String, Var>,
    /// Names declared, those without a value included: their own finding is enough.
    declared: BTreeSet<String>,
    /// Blanks of the plan, filled in during the run.
    blanks: BTreeMap<String, Blank>,
    secrets: BTreeSet<Secret>,
    env: Env<'a>,
}

/// A string with its variables filled in.
pub struct Filled {
    /// The text.
    pub text: String,
    /// A secret is in it.
    pub secret: bool,
}

/// A part of a string with variables.
enum Part<'t> {
    Text(&'t str),
    Name(&'t str),
    /// `${` without its `}`.
    Open,
}

impl<'a> Vars<'a> {
    /// Takes each variable from where it says; a variable may speak of others.
    pub fn resolve(
        declared: Named<file::Var>,
        folder: &Path,
        env: Env<'a>,
        findings: &mut Findings,
    ) -> Vars<'a> {
        let names = declared.iter().map(|(name, _)| name.value.clone()).collect();
        let mut vars = Vars {
            values: BTreeMap::new(),
            declared: names,
            blanks: BTreeMap::new(),
            secrets: BTreeSet::new(),
            env,
        };
        let mut texts = Vec::new();
        for (name, var) in declared {
            if !is_name(&name.value) {
                let message =
                    format!("`{}` cannot be a variable's name; use letters, digits and _", name.value);
                findings.add(name.span, &name.key, message);
                continue;
            }
            let taken = match var.value {
                file::Var::Text(text) => {
                    texts.push((name.value, At { value: text, span: var.span, key: var.key }));
                    continue;
                }
                file::Var::From(source) => match blank(&source, &var.key, &var.span, findings) {
                    Some(blank) => {
                        vars.blanks.insert(name.value, blank);
                        continue;
                    }
                    None => vars.take(&source, &var.key, &var.span, folder, findings),
                },
            };
            if let Some(value) = taken {
                vars.insert(name.value, value, true);
            }
        }
        vars.fill_texts(texts, findings);
        vars
    }

    /// The variables of a sidecar that has been read.
    pub fn known(values: &BTreeMap<String, Var>, env: Env<'a>) -> Vars<'a> {
        let declared = values.keys().cloned().collect();
        Vars { values: values.clone(), declared, blanks: BTreeMap::new(), secrets: BTreeSet::new(), env }
    }

    /// Fills in variables that speak of others, those first whose others are known.
    fn fill_texts(&mut self, mut waiting: Vec<(String, At<String>)>, findings: &mut Findings) {
        while !waiting.is_empty() {
            let open: BTreeSet<_> = waiting.iter().map(|(name, _)| name.clone()).collect();
            let speaks_of_open = |at: &At<String>| {
                parts(&at.value).any(|part| matches!(part, Part::Name(name) if open.contains(name)))
            };
            let (later, now): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, at)| speaks_of_open(at));
            if now.is_empty() {
                for (name, at) in later {
                    findings.add(
                        at.span,
                        &at.key,
                        format!("`{name}` speaks of itself, through other variables or not"),
                    );
                }
                return;
            }
            for (name, at) in now {
                if let Some(filled) = self.fill(&at, findings) {
                    self.insert(name, filled.text, filled.secret);
                }
            }
            waiting = later;
        }
    }

    fn insert(&mut self, name: String, value: String, secret: bool) {
        if secret {
            self.keep(&value);
        }
        self.values.insert(name, Var { value, secret });
    }

    /// Keeps a value from ever being shown.
    pub fn keep(&mut self, secret: &str) {
        if !secret.trim().is_empty() {
            self.secrets.insert(Secret(secret.to_owned()));
        }
    }

    fn take(
        &self,
        source: &file::Source,
        key: &str,
        span: &std::ops::Range<usize>,
        folder: &Path,
        findings: &mut Findings,
    ) -> Option<String> {
        match (&source.env, &source.file) {
            (Some(env), None) => {
                let value = (self.env)(&env.value);
                if value.is_none() {
                    let message = format!(
                        "`{key}`: the environment variable {} is not set; export it first",
                        env.value
                    );
                    findings.add(env.span.clone(), key, message);
                }
                value
            }
            (None, Some(file)) => match read(&folder.join(&file.value)) {
                Ok(value) => Some(value),
                Err(why) => {
                    findings.add(
                        file.span.clone(),
                        key,
                        format!("`{key}`: cannot read {}: {why}", file.value),
                    );
                    None
                }
            },
            _ => {
                if source.gives("env") == source.gives("file") && !source.gives("field") {
                    findings.add(span.clone(), key, format!("`{key}` needs one of env, file and field"));
                }
                None
            }
        }
    }

    /// The string with its variables filled in; none if one of them has no value.
    pub fn fill(&mut self, at: &At<String>, findings: &mut Findings) -> Option<Filled> {
        let mut filled = Filled { text: String::with_capacity(at.value.len()), secret: false };
        let mut complete = true;
        for part in parts(&at.value) {
            match self.part(&part) {
                Ok((value, secret)) => {
                    filled.text.push_str(&value);
                    filled.secret |= secret;
                }
                Err(why) => {
                    complete = false;
                    if let Some(why) = why {
                        findings.add(at.span.clone(), &at.key, format!("`{}`: {why}", at.key));
                    }
                }
            }
        }
        complete.then_some(filled)
    }

    /// The same for what is shown as it is: a secret in it is a finding.
    pub fn shown(&mut self, at: &At<String>, findings: &mut Findings) -> Option<String> {
        let filled = self.fill(at, findings)?;
        if filled.secret {
            let message =
                format!("`{}` is shown as it is, and the variable in it is secret; take it out", at.key);
            findings.add(at.span.clone(), &at.key, message);
            return None;
        }
        Some(filled.text)
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(String, bool), Option<String>> {
        match part {
            Part::Text(text) => Ok(((*text).to_owned(), false)),
            Part::Open => {
                Err(Some("`${` is not closed; write `$${` for the characters themselves".to_owned()))
            }
            Part::Name(name) => {
                if let Some(env) = name.strip_prefix("env:") {
                    let unset =
                        || Some(format!("the environment variable {env} is not set; export it first"));
                    let value = (self.env)(env).ok_or_else(unset)?;
                    self.keep(&value);
                    return Ok((value, true));
                }
                if let Some(var) = self.values.get(*name) {
                    return Ok((var.value.clone(), var.secret));
                }
                if self.blanks.contains_key(*name) {
                    return Err(Some(format!(
                        "`${{{name}}}` is a blank that is filled in during the run: it can stand in the plan's commands alone"
                    )));
                }
                if self.declared.contains(*name) {
                    return Err(None);
                }
                let known: Vec<_> = self.declared.iter().map(String::as_str).collect();
                let hint = match nearest(name, &known) {
                    Some(near) => format!("did you mean `${{{near}}}`?"),
                    None => format!("declare it under [vars], or write `${{env:{name}}}`"),
                };
                Err(Some(format!("`${{{name}}}` is not a variable; {hint}")))
            }
        }
    }

    /// Every secret met so far.
    pub fn secrets(&self) -> BTreeSet<Secret> {
        self.secrets.clone()
    }

    /// The variables that have a value, and those that get one during the run.
    pub fn into_values(self) -> (BTreeMap<String, Var>, BTreeMap<String, Blank>) {
        (self.values, self.blanks)
    }
}

/// A blank of the plan, if the source names one and nothing else.
fn blank(
    source: &file::Source,
    key: &str,
    span: &std::ops::Range<usize>,
    findings: &mut Findings,
) -> Option<Blank> {
    let Some(item) = &source.field else {
        if source.gives("n") && !source.gives("field") {
            findings.add(span.clone(), key, format!("`{key}`: `n` counts the blanks of a `field`"));
        }
        return None;
    };
    if source.gives("env") || source.gives("file") {
        findings.add(span.clone(), key, format!("`{key}` needs one of env, file and field"));
    }
    let n = match source.n.as_ref().map(|n| n.value.0) {
        Some(0) => {
            findings.add(span.clone(), key, format!("`{key}`: `n` counts from 1"));
            1
        }
        n => n.unwrap_or(1),
    };
    let place = findings.place(span.start);
    Some(Blank { item: item.value.clone(), n: u32::try_from(n).unwrap_or(u32::MAX), place })
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix("$${") {
            rest = after;
            return Some(Part::Text("${"));
        }
        if let Some(after) = rest.strip_prefix("${") {
            let Some((name, after)) = after.split_once('}') else {
                rest = "";
                return Some(Part::Open);
            };
            rest = after;
            return Some(Part::Name(name.trim()));
        }
        let next = ["$${", "${"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
        let (now, after) = rest.split_at(next);
        rest = after;
        Some(Part::Text(now))
    })
}

/// A file's text without the line end that editors leave.
fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !size.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if size.len() > FILE_LIMIT {
        return Err(format!("it is larger than {} KiB", FILE_LIMIT / 1024));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}
