//! `cutover sign`: a sign-off and its SSH signature, outside the cockpit.
//!
//! The line of the sign-off is made first, signed as it will stand, and appended together with its signature: what
//! ssh-keygen refuses leaves no trace, and the two lines stand or fall as one.

use std::fmt;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{host, open};
use crate::clock::Clock;
use crate::record::{self, Record, Signoff};
use crate::signoff::event::Event;
use crate::signoff::log::{self, Access, Opened};
use crate::signoff::signature::{self, Prompts, Sealed};
use crate::signoff::{ActId, Actor, Draft, Line, Sink};
use crate::text;

/// What is asked for on the command line.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The log.
    pub log: PathBuf,
    /// The private key, or the public one of an agent.
    pub key: PathBuf,
    /// Who signs.
    pub name: Option<String>,
    /// In what role.
    pub role: Option<String>,
    /// What is stated.
    pub statement: Option<String>,
    /// The sign-off that is signed as well, by its line.
    pub cosign: Option<u64>,
}

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    log: PathBuf,
    name: String,
    role: String,
    statement: String,
    key: String,
    line: u64,
    head: String,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signed { name, role, statement, key, line, head, .. } = self;
        let log = self.log.display();
        writeln!(f, "{log}: signed by {name}, {role}, in line {line}")?;
        writeln!(f, "  “{statement}”")?;
        writeln!(f, "  key   {key}")?;
        writeln!(f, "  head  {head}")?;
        writeln!(f, "  check it: cutover verify {log} --allowed-signers FILE")
    }
}

/// A log that is ours to write.
pub(super) struct Held {
    pub(super) record: Record,
    pub(super) opened: Opened,
    sink: Box<dyn Sink>,
}

impl Held {
    /// Takes the log; `what` is what for, as an infinitive.
    pub(super) fn take(path: &Path, what: &str, clock: &dyn Clock) -> Result<Held, String> {
        let (mut source, sink, opened) = match log::open(path, clock).map_err(|error| error.to_string())? {
            Access::Writer(source, sink, opened) => (source, sink, opened),
            Access::Watcher(_, holder) => {
                return Err(format!(
                    "{} is written by {holder}: {what} in that cockpit, or when it has been left",
                    path.display()
                ));
            }
        };
        let record = open::replay(&mut *source)?;
        if record.run.is_none() {
            return Err(format!("{} is empty: nothing was ever recorded in it", path.display()));
        }
        Ok(Held { record, opened, sink })
    }

    /// Appends what a person does, in one go; a torn end that was set aside is told first.
    pub(super) fn append(&mut self, drafts: &[Draft]) -> Result<Vec<Line>, String> {
        self.sink.append(self.opened.head, drafts).map_err(|refused| refused.to_string())
    }

    /// The drafts of events of one moment, numbered behind each other.
    pub(super) fn drafts(&self, by: &Actor, events: Vec<Event>, clock: &dyn Clock) -> Vec<Draft> {
        let (session, at, via) = (self.opened.session, clock.now(), host::via());
        let recovered = self.opened.recovered.iter().map(|event| (Actor::Machine, event.clone()));
        let events = recovered.chain(events.into_iter().map(|event| (by.clone(), event)));
        (1..)
            .zip(events)
            .map(|(n, (by, event))| Draft {
                act: ActId { session, n },
                at,
                by,
                via: via.clone(),
                event,
                blobs: Vec::new(),
            })
            .collect()
    }

    /// The bytes of the last of these drafts as they will stand, and their line.
    fn bytes(&self, drafts: &[Draft]) -> Result<(u64, Box<[u8]>), String> {
        let run = self.record.run.as_ref().map(|run| run.id.clone()).unwrap_or_default();
        let mut head = self.opened.head;
        let mut raw: Box<[u8]> = Box::default();
        for draft in drafts {
            let line = Line::encode(head, &run, draft).map_err(|refused| refused.to_string())?;
            (head, raw) = (line.head, line.raw);
        }
        Ok((head.seq, raw))
    }
}

/// Signs off a run and signs that with a key.
///
/// # Errors
/// Why nothing was recorded, as a sentence.
pub fn sign(wanted: &Signing, clock: &dyn Clock) -> Result<Signed, String> {
    let mut held = Held::take(&wanted.log, "sign", clock)?;
    let terminal = std::io::stdin().is_terminal();
    let given = given(wanted, &held.record, terminal)?;
    let Event::SignoffGiven { name, role, statement, .. } = &given else { return Err(String::new()) };
    let (name, role, statement) = (name.clone(), role.clone(), statement.clone());
    let by = Actor::person(&name).map_err(|error| error.to_string())?;
    let mut drafts = held.drafts(&by, vec![given], clock);
    if let Some(draft) = drafts.last() {
        record::check(&held.record, draft).map_err(|conflict| conflict.to_string())?;
    }
    let (line, bytes) = held.bytes(&drafts)?;
    let prompts = if terminal { Prompts::Terminal } else { Prompts::Never };
    let armoured = signature::sign(&bytes, &wanted.key, prompts).map_err(|error| error.to_string())?;
    let key = Sealed::read(&armoured).map_err(|error| error.to_string())?.fingerprint;
    let signed = Event::SignoffSigned { line, name: name.clone(), signature: armoured };
    // Of the same moment, so that nothing in the signature's line is free.
    if let Some(last) = drafts.last().cloned() {
        drafts.push(Draft { act: ActId { n: last.act.n + 1, ..last.act }, event: signed, ..last });
    }
    let lines = held.append(&drafts)?;
    let head = lines.last().map(|line| line.head).unwrap_or_default();
    if !lines.iter().any(|written| written.head.seq == line && written.raw == bytes) {
        return Err(format!("line {line} is not as it was signed: `cutover verify` tells more"));
    }
    let log = wanted.log.clone();
    Ok(Signed { log, name, role, statement, key, line: head.seq, head: head.hash.to_string() })
}

/// The sign-off: as asked for, else as answered at the terminal, else as proposed.
fn given(wanted: &Signing, record: &Record, terminal: bool) -> Result<Event, String> {
    let ask = |what: &str, given: &Option<String>, proposed: String| match given {
        Some(given) => Ok(given.trim().to_owned()),
        None if terminal => answer(what, proposed),
        None => Ok(proposed),
    };
    if wanted.name.is_none() && !terminal {
        return Err(
            "who signs is not known, and there is no terminal to ask at: give --name (and --role)".to_owned()
        );
    }
    let name = ask("Name", &wanted.name, host::login())?;
    let role = record.role_of(&name).unwrap_or_else(|| "operator".to_owned());
    let role = ask("Role", &wanted.role, role)?;
    let cosigned = wanted.cosign.map(|line| cosigned(record, line, &name)).transpose()?;
    // Whatever is stated, it says which sign-off it is for.
    let own = wanted.statement.as_ref().zip(wanted.cosign);
    let own = own.map(|(words, line)| format!("Co-signs line {line}: {}", words.trim()));
    let wanted = Signing { statement: own.or_else(|| wanted.statement.clone()), ..wanted.clone() };
    let statement = ask("Statement", &wanted.statement, cosigned.unwrap_or_else(|| record.standing()))?;
    if role.is_empty() || statement.is_empty() {
        let what = if role.is_empty() { "role" } else { "statement" };
        return Err(format!("a sign-off needs a {what}: give one with --{what}"));
    }
    let open = record.control.open_states().map(|state| state.name.clone()).collect();
    Ok(Event::SignoffGiven { name, role, statement, item: None, open, evidence: Vec::new() })
}

/// What is stated by who signs the sign-off of another, or an own one that has no signature yet.
fn cosigned(record: &Record, line: u64, who: &str) -> Result<String, String> {
    let found = record.signoffs.iter().find(|signoff| signoff.act.seq == line);
    let found = found.ok_or_else(|| {
        let lines: Vec<String> =
            record.signoffs.iter().map(|signoff| format!("{} ({})", signoff.act.seq, signoff.name)).collect();
        let known = if lines.is_empty() { "there is none yet".to_owned() } else { lines.join(", ") };
        format!("line {line} is no sign-off; the sign-offs of this log are: {known}")
    })?;
    let Signoff { name, role, statement, .. } = found;
    Ok(if record::same_person(name, who) {
        format!("Confirms line {line}: {role}: {statement}")
    } else {
        format!("Co-signs line {line}: {name}, {role}: {statement}")
    })
}

/// Asks at the terminal; an empty line takes what is proposed.
fn answer(what: &str, proposed: String) -> Result<String, String> {
    let failed = |error: std::io::Error| {
        format!("the terminal cannot be asked: {error}; give --{}", what.to_lowercase())
    };
    let mut out = std::io::stderr().lock();
    write!(out, "{what} [{}]: ", text::clean(&proposed)).and_then(|()| out.flush()).map_err(failed)?;
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line).map_err(failed)? == 0 {
        return Err("not signed: nothing was recorded".to_owned());
    }
    let line = line.trim();
    Ok(if line.is_empty() { proposed } else { line.to_owned() })
}
