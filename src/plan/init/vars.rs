//! What the plan leaves open, and what must not be written down.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Draft, Entry, Kind};
use super::pattern;
use super::read::Call;
use crate::command;
use crate::text::{Redactor, looks_like_secret_value, looks_secret};

/// `STORAGE_ACCOUNT`, a whole word of a command or a part of an address.
static CAPITALS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$"));
/// A blank to be filled in by hand.
static BLANK: LazyLock<Regex> = LazyLock::new(|| pattern(r"_{3,}"));
static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"));
static DOLLAR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))"));

/// What stands for a value that is not known.
pub(super) const OPEN: &str = "CHANGE-ME";

/// A text as the sidecar may have it.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub text: String,
    /// What is still open in it.
    pub doubt: Option<String>,
}

/// Variables that were met.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Those that the plan itself sets.
    set: BTreeMap<String, (u32, String)>,
    /// Those that are used: line, and whether they are secret.
    used: BTreeMap<String, (u32, bool)>,
}

impl Open {
    /// Values that the plan's own commands give: `export NEW_DB=db2.example.com`.
    pub fn of(calls: &[Call]) -> Open {
        let mut open = Open::default();
        for call in calls {
            let words = call.words();
            let words = words.strip_prefix(&["export"]).unwrap_or(&words);
            for word in words.iter().take(1) {
                let Some((name, value)) = word.split_once('=') else { continue };
                let plain = command::is_plain(value) && !value.contains("...") && !CAPITALS.is_match(value);
                let secret = looks_secret(name) || looks_like_secret_value(value);
                if super::shell::is_name(name) && plain && !secret && !call.simple.needs_shell {
                    open.set.entry(name.to_owned()).or_insert((call.line, value.to_owned()));
                }
            }
        }
        open
    }

    /// Placeholders and references become variables, secrets go.
    pub fn fill(&mut self, text: &str, line: u32) -> Filled {
        let mut missing: Vec<String> = Vec::new();
        let mut spans: Vec<(std::ops::Range<usize>, String, bool)> = Vec::new();
        let secrets = Redactor::default().find(text);
        for (n, span) in secrets.into_iter().enumerate() {
            spans.push((span, format!("SECRET_{line}{}", if n == 0 { "" } else { "_B" }), true));
        }
        let mut add = |span: std::ops::Range<usize>, name: &str| {
            if spans.iter().all(|(other, ..)| other.end <= span.start || span.end <= other.start) {
                let key = command::key(name);
                let key = if super::shell::is_name(&key) { key } else { format!("N_{key}") };
                spans.push((span, key, looks_secret(name)));
            }
        };
        for found in command::placeholders(text, &|_| false) {
            add(found.span.clone(), &found.name);
        }
        for found in DOLLAR.captures_iter(text) {
            let name = found.get(1).or(found.get(2)).map_or("", |name| name.as_str());
            add(found.get(0).map_or(0..0, |all| all.range()), name);
        }
        let is_address = text.contains("://") || text.contains('.');
        for found in LABEL.find_iter(text) {
            let path = text[..found.start()].contains('?');
            if CAPITALS.is_match(text) || is_address && !path {
                add(found.range(), found.as_str());
            }
        }
        spans.sort_by_key(|(span, ..)| span.start);
        let mut out = String::new();
        let mut from = 0;
        for (span, name, secret) in spans {
            out.push_str(&escaped(&text[from..span.start]));
            out.push_str("${");
            out.push_str(&name);
            out.push('}');
            from = span.end;
            if !self.set.contains_key(&name) || secret {
                missing.push(name.clone());
            }
            let known = self.used.entry(name).or_insert((line, secret));
            known.1 |= secret;
        }
        out.push_str(&escaped(&text[from..]));
        let out = BLANK.replace_all(&out, OPEN).into_owned();
        let doubt = (!missing.is_empty()).then(|| {
            missing.dedup();
            let are = if missing.len() == 1 { "is" } else { "are" };
            format!("{} {are} still open, see [vars]", missing.join(", "))
        });
        let cut = text.contains("...") || text.contains('…') || text.contains("___");
        Filled { text: out, doubt: doubt.or(cut.then(|| "the plan leaves out a part of it".to_owned())) }
    }

    /// The same for each word of a command.
    pub fn fill_all<T: AsRef<str>>(&mut self, words: &[T], line: u32) -> (Vec<String>, Option<String>) {
        let mut doubt = None;
        let filled = words.iter().enumerate().map(|(n, word)| {
            let word = word.as_ref();
            let before = n.checked_sub(1).map(|n| words[n].as_ref()).unwrap_or_default();
            let told = before.starts_with('-') && looks_secret(before.trim_start_matches('-'));
            if told && !word.starts_with(['-', '$', '<', '{']) && !CAPITALS.is_match(word) {
                let name = command::key(before);
                self.used.insert(name.clone(), (line, true));
                doubt.get_or_insert(format!("{name} is secret, see [vars]"));
                return format!("${{{name}}}");
            }
            let filled = self.fill(word, line);
            doubt = doubt.take().or(filled.doubt);
            filled.text
        });
        let filled = filled.collect();
        (filled, doubt)
    }

    /// The machine that a call runs on.
    pub fn via(&mut self, entry: Entry, call: &Call) -> Entry {
        let Some(via) = &call.via else { return entry };
        let filled = self.fill(via, call.line);
        entry.text("via", &filled.text).doubt(filled.doubt)
    }

    /// The variables that are used, as lines of `[vars]`.
    pub fn entries(&self, draft: &mut Draft) {
        for (name, (line, secret)) in &self.used {
            let entry = match self.set.get(name) {
                Some((at, value)) if !secret => Entry::new(Kind::Vars, name, *at).text("", value),
                _ if *secret => Entry::new(Kind::Vars, name, *line)
                    .raw("", format!("{{ env = \"{name}\" }}"))
                    .doubt(Some(format!("export {name} first; its value is never written down"))),
                _ => {
                    let value = if name.contains("PORT") { "1" } else { OPEN };
                    Entry::new(Kind::Vars, name, *line)
                        .text("", value)
                        .doubt(Some("the plan does not say its value"))
                }
            };
            draft.add(entry);
        }
    }

    /// A variable that the plan's commands use.
    pub fn note(&mut self, text: &str, line: u32) {
        for found in command::placeholders(text, &|_| false) {
            let name = command::key(&found.name);
            if super::shell::is_name(&name) {
                self.used.entry(name).or_insert((line, looks_secret(&found.name)));
            }
        }
    }
}

/// `${` of a program's own is no variable of the sidecar.
fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}
