//! Whether a log is intact: chain, numbers, schema, evidence; and what is wrong with the first bad line.
//!
//! One pass in bounded memory. A chain shows every change but one: the last line has no successor that holds its
//! hash, so it and a cut behind a whole line are proven only by a signature or a head kept elsewhere.

mod story;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::event::{Blob, Event, RunMode};
use super::line::{Parsed, prev_of};
use super::log::acts::Acts;
use super::log::lines::{Lines, Next};
use super::{At, Fault, Hash, log};
use story::{Seen, Story};

/// Findings that are listed one by one; a shredded log has as many as lines.
const LISTED: usize = 100;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verification {
    /// The log.
    pub log: PathBuf,
    /// In one word.
    pub outcome: Outcome,
    /// Whole lines.
    pub lines: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Hash of the last whole line; 64 zeros if there is none.
    pub head: String,
    /// What the log is of, as far as its first line can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunName>,
    /// What is wrong, in order of line.
    pub findings: Vec<Finding>,
    /// Findings that are not listed, because there are too many.
    pub unlisted: u64,
    /// What is worth knowing and proves nothing.
    pub notes: Vec<Finding>,
    /// What a check of the chain cannot show.
    pub not_proven: &'static str,
    /// A command for any shell that checks the chain with `sha256sum` alone.
    pub shell: String,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Live or rehearsal.
    pub mode: RunMode,
    /// The plan's title.
    pub title: String,
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Verdict")]
pub enum Outcome {
    /// Nothing is wrong.
    Intact,
    /// Something is.
    Findings,
    /// It cannot be told: no file, no log, or a newer one.
    Unreadable,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What kind.
    pub kind: FindingKind,
    /// One sentence.
    pub message: String,
}

/// The kinds of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The file cannot be opened or read.
    Unreadable,
    /// It is no sign-off log.
    NotALog,
    /// Written by a newer program.
    Newer,
    /// The line's bytes are not those that were written.
    Edited,
    /// Lines are missing before it.
    Removed,
    /// It stands at another place than it was written at.
    Reordered,
    /// It stands there twice.
    Repeated,
    /// The file ends in half a line.
    Torn,
    /// It fits the chain, and still may not stand there.
    Schema,
    /// Evidence that it names is missing or other bytes.
    Evidence,
    /// The wall clock went back.
    Clock,
}

/// The tail's fate, in the words that every report uses.
const TAIL: &str = "the last line, and that none was cut off behind it, cannot be proven without a signature or a \
                    head kept elsewhere: tail not proven";

impl Verification {
    /// 0 intact, 1 findings, 2 unreadable.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.outcome {
            Outcome::Intact => 0,
            Outcome::Findings => 1,
            Outcome::Unreadable => 2,
        }
    }

    /// The first bad line.
    #[must_use]
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }
}

/// The verdict for a terminal: cleaned by whoever prints it, as all outside text.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = self.log.display();
        match self.outcome {
            Outcome::Intact => writeln!(f, "{log}: intact, {} lines", self.lines)?,
            Outcome::Findings => writeln!(f, "{log}: NOT INTACT")?,
            Outcome::Unreadable => writeln!(f, "{log}: cannot be verified")?,
        }
        if let Some(run) = &self.run {
            let mode = if run.mode == RunMode::Live { "live" } else { "REHEARSAL" };
            writeln!(f, "  {} ({mode}), run {}", run.title, run.id)?;
        }
        for finding in self.findings.iter().chain(&self.notes) {
            match finding.line {
                0 => writeln!(f, "  {}", finding.message)?,
                line => writeln!(f, "  line {line}: {}", finding.message)?,
            }
        }
        if self.unlisted > 0 {
            writeln!(f, "  and {} more", self.unlisted)?;
        }
        if self.outcome == Outcome::Unreadable {
            return Ok(());
        }
        writeln!(f, "  head {}", self.head)?;
        writeln!(f, "  {}", self.not_proven)?;
        writeln!(f, "  check the chain without cutover:")?;
        write!(f, "{}", self.shell)
    }
}

/// Checks a log whole.
#[must_use]
pub fn verify(path: &Path) -> Verification {
    let mut check = Check::new(path);
    match File::open(path).and_then(|file| Ok((file.metadata()?, file))) {
        Ok((metadata, file)) if metadata.is_file() => {
            check.found.bytes = metadata.len();
            check.read(file);
        }
        Ok(_) => check.unreadable("it is not a file"),
        Err(error) => check.unreadable(&format!("it cannot be opened: {error}")),
    }
    check.finish()
}

/// A command for any shell that checks the chain of that log with `sha256sum` alone.
#[must_use]
pub fn shell_check(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\'', "'\\''");
    // A name that begins with a dash is still a file to the shell's `<`.
    format!(
        "p=$(printf %064d 0); n=0; bad=; while IFS= read -r l; do n=$((n+1))\n\
         case $l in *\",\\\"prev\\\":\\\"$p\\\"}}\") ;; *) bad=$n; break ;; esac\n\
         p=$(printf %s \"$l\" | sha256sum | cut -c 1-64); done <'{name}'\n\
         if [ -n \"$bad\" ]; then echo \"line $bad does not follow the line before it\"\n\
         else echo \"$n lines, head $p\"; fi\n"
    )
}

struct Check<'a> {
    path: &'a Path,
    found: Verification,
    story: Story,
    acts: Acts,
    run: Option<String>,
    last: Option<At>,
    /// Evidence by name, with the first line that names it.
    blobs: BTreeMap<String, (u64, Blob)>,
}

impl Check<'_> {
    fn new(path: &Path) -> Check<'_> {
        let found = Verification {
            log: path.to_owned(),
            outcome: Outcome::Intact,
            lines: 0,
            bytes: 0,
            head: Hash::ZERO.to_string(),
            run: None,
            findings: Vec::new(),
            unlisted: 0,
            notes: Vec::new(),
            not_proven: TAIL,
            shell: shell_check(path),
        };
        Check {
            path,
            found,
            story: Story::default(),
            acts: Acts::default(),
            run: None,
            last: None,
            blobs: BTreeMap::new(),
        }
    }

    fn find(&mut self, line: u64, kind: FindingKind, message: String) {
        if self.found.findings.len() < LISTED {
            self.found.findings.push(Finding { line, kind, message });
        } else {
            self.found.unlisted += 1;
        }
    }

    fn note(&mut self, line: u64, kind: FindingKind, message: String) {
        if self.found.notes.len() < LISTED {
            self.found.notes.push(Finding { line, kind, message });
        } else {
            self.found.unlisted += 1;
        }
    }

    fn unreadable(&mut self, why: &str) {
        self.find(0, FindingKind::Unreadable, why.to_owned());
        self.found.outcome = Outcome::Unreadable;
    }

    fn read(&mut self, file: File) {
        let mut lines = Lines::new(file, 0);
        let mut scratch = Vec::new();
        let mut head = Hash::ZERO;
        loop {
            let begun = lines.at;
            match lines.next() {
                Err(error) => return self.unreadable(&format!("it cannot be read: {error}")),
                Ok(Next::End) => break,
                Ok(Next::Tail(bytes)) => {
                    let message = format!(
                        "the file ends in {bytes} bytes without a line end, from byte {begun} on: an act that was \
                         never acknowledged, or damage; `cutover run` sets it aside"
                    );
                    self.find(self.found.lines + 1, FindingKind::Torn, message);
                    break;
                }
                Ok(Next::Line(raw)) => {
                    self.found.lines += 1;
                    head = Hash::of(raw);
                    if !self.line(raw, head, &mut scratch) {
                        return;
                    }
                }
            }
        }
        self.found.head = head.to_string();
        if self.found.bytes == 0 {
            return self.unreadable("it is empty: nothing was ever recorded in it");
        }
        if self.found.lines == 0 {
            self.found.outcome = Outcome::Unreadable;
        }
        let mut findings = Vec::new();
        self.story.end(&mut findings);
        self.take(findings);
        self.evidence();
    }

    fn take(&mut self, findings: Vec<Finding>) {
        for Finding { line, kind, message } in findings {
            self.find(line, kind, message);
        }
    }

    /// Takes the next line; `false` if there is no sense in reading on.
    fn line(&mut self, raw: &[u8], hash: Hash, scratch: &mut Vec<u8>) -> bool {
        let no = self.found.lines;
        let mut seen = Seen { no, hash, prev: prev_of(raw), seq: None, fault: None };
        let mut said = None;
        match Parsed::read(raw, scratch) {
            Ok(parsed) => {
                seen.seq = Some(parsed.seq);
                seen.prev = Some(parsed.prev);
                said = Some(parsed);
            }
            Err(Fault::Newer { v }) => {
                self.find(no, FindingKind::Newer, Fault::Newer { v }.to_string());
                self.found.outcome = Outcome::Unreadable;
                return false;
            }
            Err(Fault::Bad(why)) if no == 1 && seen.prev.is_none() => {
                self.find(no, FindingKind::NotALog, why);
                self.found.outcome = Outcome::Unreadable;
                return false;
            }
            Err(Fault::Bad(why)) => seen.fault = Some(why),
        }
        let mut findings = Vec::new();
        let linked = self.story.next(seen, &mut findings);
        self.take(findings);
        if let Some(parsed) = said {
            self.said(no, parsed, linked);
        }
        true
    }

    /// What a line says, beyond its place in the chain.
    fn said(&mut self, no: u64, parsed: Parsed, linked: bool) {
        let starts = matches!(parsed.event, Event::RunStarted { .. });
        if starts != (parsed.seq == 1) {
            let message =
                if starts { "a log holds one run.started" } else { "a log begins with run.started" };
            self.find(no, FindingKind::Schema, message.to_owned());
        }
        // A line out of its place is found by that already.
        if !self.acts.insert(parsed.act) && linked {
            self.find(no, FindingKind::Schema, format!("its act {} stands in an earlier line", parsed.act));
        }
        match &self.run {
            Some(run) if *run != parsed.run => {
                let message = format!("it belongs to another run, {}", parsed.run);
                self.find(no, FindingKind::Schema, message);
            }
            Some(_) => {}
            None => self.run = Some(parsed.run.clone()),
        }
        if let Some(last) = self.last
            && parsed.at.wall < last.wall
        {
            let back = (last.wall - parsed.at.wall).num_milliseconds();
            let message = format!("its wall clock is {back} ms before that of the line before it");
            self.note(no, FindingKind::Clock, message);
        }
        self.last = Some(parsed.at);
        for blob in parsed.event.blobs() {
            self.blobs.entry(blob.sha256.clone()).or_insert_with(|| (no, blob.clone()));
        }
        if let Event::RunStarted { name, mode, plan, .. } = parsed.event
            && self.found.run.is_none()
        {
            self.found.run = Some(RunName { id: parsed.run, name, mode, title: plan.title });
        }
    }

    fn evidence(&mut self) {
        let folder = log::evidence(self.path);
        for (name, (line, blob)) in std::mem::take(&mut self.blobs) {
            // A name that is no hash could lead out of the folder.
            let why = if name.parse::<Hash>().is_err() {
                Some("is not named by a SHA-256".to_owned())
            } else {
                match fits(&folder.join(&name), &blob) {
                    Ok(true) => None,
                    Ok(false) => Some("holds other bytes than the log names".to_owned()),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        Some("is missing".to_owned())
                    }
                    Err(error) => Some(format!("cannot be read: {error}")),
                }
            };
            if let Some(why) = why {
                let message = format!("its evidence {name} {why}");
                self.find(line, FindingKind::Evidence, message);
            }
        }
    }

    fn finish(mut self) -> Verification {
        self.found.findings.sort_by_key(|finding| finding.line);
        if !self.found.findings.is_empty() && self.found.outcome == Outcome::Intact {
            self.found.outcome = Outcome::Findings;
        }
        self.found
    }
}

/// Whether a file holds a blob's bytes; read in pieces.
fn fits(path: &Path, blob: &Blob) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new().chain_update(&blob.salt);
    let mut piece = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                bytes += count as u64;
                digest.update(&piece[..count]);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes == blob.bytes && Hash(digest.finalize().into()).to_string() == blob.sha256)
}

#[cfg(test)]
mod tests;
