//! A first sidecar, written from what the plan says.
//!
//! What the plan says for certain is switched on; what is a guess stands behind a `#` without a blank, with the line it
//! came from and the reason. Nothing is asked of the network or of any program, and the same plan always makes the same
//! sidecar. Secrets that stand in the plan do not go into it.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::{Plan, PlanError, hints, load};
use crate::{config, text};

mod copies;
mod counts;
mod entry;
mod facts;
mod logs;
mod net;
mod read;
mod records;
mod services;
mod shell;
mod vars;

use entry::{Draft, Entry, Kind, loads, named};

/// Why no sidecar was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The plan cannot be used.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// There is one.
    #[error("`{}` is there already and is not overwritten: print a new one with --stdout, or name another file with -o.", .0.display())]
    Exists(PathBuf),
    /// The plan's name leaves none for the sidecar.
    #[error("`{}` has the name that its sidecar would have: rename the plan to end in .md, or name the sidecar with -o.", .0.display())]
    SameName(PathBuf),
    /// It cannot be written.
    #[error("Cannot write `{}` ({error}): see to the folder's rights and space, or name another file with -o.", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// A sidecar as text, and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The file's text.
    pub text: String,
    /// Tables and lines that are switched on.
    pub active: usize,
    /// Those that are switched off.
    pub off: usize,
}

/// What a plan's words make of a sidecar; one that lies beside the plan is not looked at.
///
/// # Errors
/// The plan is missing, unreadable, empty or no text.
pub fn propose(path: &Path) -> Result<Proposed, InitError> {
    Ok(of(&load::alone(path)?))
}

/// Writes the sidecar of a plan, to its place or to the file that is named; never over a file.
///
/// # Errors
/// The plan cannot be used, or the file is there already or cannot be written.
pub fn write(path: &Path, to: Option<&Path>) -> Result<(PathBuf, Proposed), InitError> {
    let proposed = propose(path)?;
    let file = to.map_or_else(|| super::sidecar(path), Path::to_owned);
    if to.is_none() && file == path {
        return Err(InitError::SameName(file));
    }
    create(&file, proposed.text.as_bytes())?;
    Ok((file, proposed))
}

/// Writes a file that is not there yet.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), InitError> {
    use std::io::Write as _;
    let options = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = options.and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => InitError::Exists(path.to_owned()),
        _ => InitError::Write { path: path.to_owned(), error },
    })
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and a test compiles them all")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).unwrap()
}

/// The sidecar of a plan.
fn of(plan: &Plan) -> Proposed {
    let source = String::from_utf8_lossy(&plan.source);
    let list = &plan.checklist;
    let lines = read::lines(list, &source);
    let calls = read::calls(list, &source, &lines);
    let mut open = vars::Open::of(&calls);
    let mut draft = Draft::default();
    net::find(&lines, &calls, &mut open, &mut draft);
    services::find(&lines, &calls, &mut open, &mut draft);
    records::find(list, &lines, &calls, &mut open, &mut draft);
    copies::find(&lines, &calls, &mut open, &mut draft);
    logs::find(&lines, &calls, &mut open, &mut draft);
    counts::find(&list.items, &lines, &mut open, &mut draft);
    net::rest(&lines, &mut open, &mut draft);
    draft.entries.sort_by_key(|entry| (entry.kind, entry.lines.first().copied()));
    sides(&mut draft);
    // Copies fill its disks; and where other machines are named, it is to be named too.
    if draft
        .entries
        .iter()
        .any(|entry| entry.doubt.is_none() && matches!(entry.kind, Kind::Copy | Kind::Host))
    {
        draft.add(Entry::here());
    }
    facts::find(list, &lines, &mut draft);
    for block in list.items.iter().flat_map(|item| &item.commands) {
        open.note(&block.text, block.line);
    }
    open.entries(&mut draft);
    let file = super::sidecar(&plan.path);
    draft.settle(&file);
    gates(plan, &file, &mut draft);
    written(plan, &draft)
}

/// Where a record changes under a web address, the check asks both sides, and it is the one that users reach.
fn sides(draft: &mut Draft) {
    let records: Vec<Entry> = draft.of(Kind::Dns).cloned().collect();
    let mut reached = false;
    for entry in draft.entries.iter_mut().filter(|entry| entry.kind == Kind::Health && entry.doubt.is_none())
    {
        let Some(url) = entry.value("url").map(|url| url.trim_matches(['"', '\'']).to_owned()) else {
            continue;
        };
        let host = net::host_of(&url).unwrap_or_default();
        let Some(record) = records.iter().find(|record| record.name == host && record.doubt.is_none()) else {
            continue;
        };
        if !matches!(record.value("type"), Some("\"A\"" | "\"AAAA\"" | "\"CNAME\"")) {
            continue;
        }
        for side in ["old", "new"] {
            if let Some(value) =
                record.value(side).filter(|value| value.starts_with('"') && record.sure(side))
            {
                entry.set(side, value.to_owned());
            }
        }
        if !reached {
            entry.set("public", "true".to_owned());
            reached = true;
        }
    }
    let first = draft
        .entries
        .iter_mut()
        .find(|entry| entry.kind == Kind::Health && entry.doubt.is_none() && entry.has("url") && !reached);
    if let Some(entry) = first {
        let why = "if users reach this one: it then tells how long they were not served";
        *entry = entry.clone().maybe("public", "true".to_owned(), Some(why.to_owned()));
    }
}

/// Most gates that are proposed.
const MOST_GATES: usize = 100;

/// The gates that the words ask for, with everything switched on.
fn gates(plan: &Plan, file: &Path, draft: &mut Draft) {
    let bound = |text: &str| {
        let settings = config::load(file, text, &entry::anything).ok()?;
        load::bind(&plan.path, plan.source.clone(), settings, None, &entry::anything).ok()
    };
    let Some(whole) = bound(&draft.text(true)) else { return };
    let mut found: Vec<(String, Entry)> = Vec::new();
    for proposal in hints::proposals(&whole) {
        let head = proposal.toml.lines().filter(|line| line.starts_with("item") || line.starts_with("phase"));
        let head: Vec<(&str, &str)> = head.filter_map(|line| line.split_once(" = ")).collect();
        let key = format!("{head:?}");
        if let Some((_, entry)) = found.iter_mut().find(|(known, _)| *known == key) {
            entry.append("needs", &proposal.need);
            continue;
        }
        let why = format!("“{}”", text::truncate(&proposal.words, 60));
        let mut entry = Entry::new(Kind::Gate, &named(&proposal.words), proposal.place.0).doubt(Some(why));
        for (key, value) in head {
            entry = entry.raw(if key == "item" { "item" } else { "phase" }, value.to_owned());
        }
        found.push((key, entry.list("needs", &[&proposal.need])));
    }
    let all: Vec<Entry> = found.into_iter().map(|(_, entry)| entry).take(MOST_GATES).collect();
    let with = |gates: &[Entry]| Draft { entries: draft.entries.iter().chain(gates).cloned().collect() };
    let fits = |gates: &[Entry]| bound(&with(gates).text(true)).is_some();
    let kept = if fits(&all) {
        all
    } else {
        all.into_iter().filter(|gate| fits(std::slice::from_ref(gate))).collect()
    };
    if loads(file, &with(&kept).text(true)) {
        draft.entries.extend(kept);
    }
}

/// The file, from its first line.
fn written(plan: &Plan, draft: &Draft) -> Proposed {
    let name = plan.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let off = draft.entries.iter().filter(|entry| entry.doubt.is_some()).count();
    let mut text = String::new();
    let _infallible = write!(
        text,
        "# What the cockpit watches while `{name}` is worked through, as `cutover init` read it in the plan.\n\
         #\n\
         # Each entry names the lines of the plan it came from. What is not certain is switched off, with the reason: a\n\
         # line that begins with # and no blank is switched on by taking the # away. `cutover check` says what is wrong,\n\
         # `cutover check --probe` asks everything once.\n\n"
    );
    let body = draft.text(false);
    if body.is_empty() {
        text.push_str("# Nothing to watch was found in the plan's words: no addresses, records, logs, copies or services.\n");
    }
    text.push_str(&body);
    Proposed { text, active: draft.entries.len() - off, off }
}
