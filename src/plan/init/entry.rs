//! What a sidecar is made of: tables that are sure, and tables that are switched off with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::config;
use crate::plan::hints::quoted;

/// The tables, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A key at the top.
    Top,
    People,
    Vars,
    Health,
    Dns,
    Copy,
    Reconcile,
    Log,
    Host,
    Gate,
}

impl Kind {
    /// What stands over all of them.
    fn title(self) -> &'static str {
        match self {
            Kind::Top | Kind::People => "",
            Kind::Vars => {
                "What the plan leaves open: write the value in place of CHANGE-ME, and take the # away."
            }
            Kind::Health => "Health: addresses, ports, services.",
            Kind::Dns => "DNS: records that change.",
            Kind::Copy => "Copies; `start` begins when S is pressed, not before.",
            Kind::Reconcile => "Counts that are compared after a copy.",
            Kind::Log => "Logs.",
            Kind::Host => "Machines.",
            Kind::Gate => {
                "Gates that the plan's words ask for: switched on, each asks for a reason before a tick goes past it."
            }
        }
    }

    fn table(self) -> &'static str {
        match self {
            Kind::Top | Kind::People | Kind::Vars => "",
            Kind::Health => "health",
            Kind::Dns => "dns",
            Kind::Copy => "copy",
            Kind::Reconcile => "reconcile",
            Kind::Log => "log",
            Kind::Host => "host",
            Kind::Gate => "gate",
        }
    }
}

/// A key with its value as TOML.
#[derive(Clone, Debug)]
pub(super) struct Key {
    name: &'static str,
    value: String,
    /// Why it is switched off, though the table is not.
    doubt: Option<String>,
}

/// One table, or one line of `[people]`, `[vars]` or the top.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub kind: Kind,
    pub name: String,
    /// 1-based lines of the plan.
    pub lines: BTreeSet<u32>,
    /// Why it is switched off.
    pub doubt: Option<String>,
    keys: Vec<Key>,
}

impl Entry {
    pub fn new(kind: Kind, name: &str, line: u32) -> Entry {
        let name = name.to_owned();
        Entry { kind, name, lines: BTreeSet::from([line]), doubt: None, keys: Vec::new() }
    }

    /// The machine that the cockpit runs on.
    pub fn here() -> Entry {
        Entry { lines: BTreeSet::new(), ..Entry::new(Kind::Host, "here", 1) }
    }

    /// Adds a key with a text.
    pub fn text(self, name: &'static str, value: &str) -> Entry {
        self.raw(name, quoted(value))
    }

    /// Adds a key with a list of texts.
    pub fn list<T: AsRef<str>>(self, name: &'static str, values: &[T]) -> Entry {
        self.raw(name, list(values))
    }

    /// Adds a key whose value is TOML already.
    pub fn raw(mut self, name: &'static str, value: String) -> Entry {
        self.keys.push(Key { name, value, doubt: None });
        self
    }

    /// Adds a key that is switched off, or not.
    pub fn maybe(mut self, name: &'static str, value: String, doubt: Option<String>) -> Entry {
        self.keys.push(Key { name, value, doubt });
        self
    }

    /// Switches it off, if it is not yet.
    pub fn doubt(mut self, why: Option<impl Into<String>>) -> Entry {
        self.doubt = self.doubt.or(why.map(Into::into));
        self
    }

    /// Gives a key, unless it is given.
    pub fn set(&mut self, name: &'static str, value: String) {
        if !self.has(name) {
            self.keys.push(Key { name, value, doubt: None });
        }
    }

    /// Adds a text to a list.
    pub fn append(&mut self, name: &str, text: &str) {
        let key = self.keys.iter_mut().find(|key| key.name == name);
        if let Some((key, inner)) = key.and_then(|key| Some((key.value.strip_suffix(']')?.to_owned(), key))) {
            inner.value = format!("{key}, {}]", quoted(text));
        }
    }

    /// Whether a key is switched on in its table.
    pub fn sure(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name && key.doubt.is_none())
    }

    /// Whether a key is given.
    pub fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }

    /// A key's value as TOML.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.keys.iter().find(|key| key.name == name).map(|key| key.value.as_str())
    }

    /// All that it says, as one text.
    pub fn told(&self) -> String {
        self.keys.iter().fold(self.name.clone(), |told, key| told + " " + &key.value)
    }

    /// The same thing: what it asks, without its name.
    fn same(&self, other: &Entry) -> bool {
        let told = |entry: &Entry| -> Vec<(&'static str, String)> {
            entry.keys.iter().take(2).map(|key| (key.name, key.value.clone())).collect()
        };
        let by_name = matches!(self.kind, Kind::Top | Kind::People | Kind::Vars | Kind::Dns);
        self.kind == other.kind
            && if by_name {
                self.name == other.name && self.value("type") == other.value("type")
            } else {
                told(self) == told(other)
            }
    }

    /// Takes over what another of the same thing knows; the surer one's keys come first.
    fn merge(&mut self, other: Entry) {
        let mut other = other;
        if self.doubt.is_some() && other.doubt.is_none() {
            std::mem::swap(self, &mut other);
        }
        self.lines.append(&mut other.lines);
        let more = other.keys.into_iter().filter(|key| !self.has(key.name)).collect::<Vec<_>>();
        self.keys.extend(more);
    }

    /// As it stands in the file; `whole` switches everything on.
    fn write(&self, out: &mut String, whole: bool) {
        let _infallible = writeln!(out, "# {}", self.origin());
        let off = if self.doubt.is_some() && !whole { "#" } else { "" };
        match self.kind {
            Kind::Top => self.line(out, off, &self.name),
            Kind::People | Kind::Vars => {
                let name =
                    if super::shell::is_name(&self.name) { self.name.clone() } else { quoted(&self.name) };
                self.line(out, off, &name);
            }
            _ => {
                let _infallible = writeln!(out, "{off}[[{}]]", self.kind.table());
                if self.kind != Kind::Gate {
                    let _infallible = writeln!(out, "{off}name = {}", quoted(&self.name));
                }
                for key in &self.keys {
                    let own = match (&key.doubt, whole) {
                        (Some(why), false) if off.is_empty() => {
                            let _infallible = writeln!(out, "# {why}");
                            "#"
                        }
                        _ => off,
                    };
                    let _infallible = writeln!(out, "{own}{} = {}", key.name, key.value);
                }
                out.push('\n');
            }
        }
    }

    fn line(&self, out: &mut String, off: &str, name: &str) {
        for key in &self.keys {
            let _infallible = writeln!(out, "{off}{name} = {}", key.value);
        }
    }

    /// `line 12: …`, and why it is switched off.
    fn origin(&self) -> String {
        if self.lines.is_empty() {
            return "this machine".to_owned();
        }
        let lines: Vec<String> = self.lines.iter().take(MOST_LINES).map(u32::to_string).collect();
        let more = if self.lines.len() > MOST_LINES { ", …" } else { "" };
        let which = if self.lines.len() == 1 { "line" } else { "lines" };
        let place = format!("{which} {}{more}", lines.join(", "));
        self.doubt.as_ref().map_or(place.clone(), |why| format!("{place}: {why}"))
    }
}

/// Lines named of one thing: more are noise.
const MOST_LINES: usize = 6;

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub entries: Vec<Entry>,
}

impl Draft {
    /// Adds what was found, or more about it.
    pub fn add(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|known| known.same(&entry)) {
            Some(known) => known.merge(entry),
            None => self.entries.push(entry),
        }
    }

    /// Those of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    /// Puts all in order, gives each a name of its own, and leaves out what no sidecar may say.
    pub fn settle(&mut self, file: &Path) {
        self.entries.sort_by_key(|entry| (entry.kind, entry.lines.first().copied()));
        self.name_apart();
        let (vars, rest): (Vec<Entry>, Vec<Entry>) =
            std::mem::take(&mut self.entries).into_iter().partition(|entry| entry.kind == Kind::Vars);
        let base = Draft { entries: vars };
        let valid = |entry: &Entry| {
            let alone = Draft { entries: base.entries.iter().chain([entry]).cloned().collect() };
            entry.kind == Kind::Gate || loads(file, &alone.text(true))
        };
        let holds = |entry: &Entry| {
            let alone = Draft { entries: base.entries.iter().chain([entry]).cloned().collect() };
            config::load(file, &alone.text(false), &|_| None).is_ok()
        };
        let guarded = rest.into_iter().filter(valid).map(|entry| {
            let open = (!holds(&entry)).then_some("it speaks of what is still open, see [vars]");
            entry.doubt(open)
        });
        self.entries = guarded.chain(base.entries.iter().cloned()).collect();
        self.entries.sort_by_key(|entry| (entry.kind, entry.lines.first().copied()));
    }

    /// A name of its own for each; those that are sure keep theirs.
    fn name_apart(&mut self) {
        let mut taken: BTreeMap<(Kind, String), usize> = BTreeMap::new();
        let (sure, off): (Vec<_>, Vec<_>) = self.entries.iter_mut().partition(|entry| entry.doubt.is_none());
        let named = |entry: &&mut Entry| !matches!(entry.kind, Kind::Gate | Kind::Top);
        for entry in sure.into_iter().chain(off).filter(named) {
            let kinds = entry.value("type").unwrap_or_default();
            let times = taken.entry((entry.kind, format!("{}{kinds}", entry.name))).or_default();
            *times += 1;
            if *times > 1 {
                entry.name = format!("{}-{times}", entry.name);
            }
        }
    }

    /// The file; `whole` switches everything on.
    pub fn text(&self, whole: bool) -> String {
        let mut out = String::new();
        let mut last = Kind::Top;
        for entry in &self.entries {
            if entry.kind != last {
                self.begin(entry.kind, &mut out, whole);
                last = entry.kind;
            }
            entry.write(&mut out, whole);
        }
        while out.ends_with("\n\n") {
            out.pop();
        }
        out
    }

    /// What stands over the first of a kind.
    fn begin(&self, kind: Kind, out: &mut String, whole: bool) {
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
        if !kind.title().is_empty() {
            let _infallible = writeln!(out, "# {}", kind.title());
        }
        let table = match kind {
            Kind::People => "[people]",
            Kind::Vars => "[vars]",
            _ => return out.push_str(if kind.title().is_empty() { "" } else { "\n" }),
        };
        let off = !whole && self.of(kind).all(|entry| entry.doubt.is_some());
        let _infallible = writeln!(out, "{}{table}", if off { "#" } else { "" });
    }
}

/// Whether a sidecar's text holds, with everything set that it takes from the environment.
pub(super) fn loads(file: &Path, text: &str) -> bool {
    config::load(file, text, &anything).is_ok()
}

/// An environment in which every variable is set.
#[expect(clippy::unnecessary_wraps, reason = "it has the form of an environment")]
pub(super) fn anything(_: &str) -> Option<String> {
    Some("CHANGE-ME".to_owned())
}

/// A list of texts as TOML.
pub(super) fn list<T: AsRef<str>>(values: &[T]) -> String {
    let all: Vec<String> = values.iter().map(|value| quoted(value.as_ref())).collect();
    format!("[{}]", all.join(", "))
}

/// A name that a table may have, made of a text.
pub(super) fn named(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().take(48) {
        if c.is_alphanumeric() || "._".contains(c) {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches(['-', '.', '_']).to_owned();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}
