//! The one pass over a log.

use std::fs::File;
use std::path::Path;

use super::ahead::{self, Alone, End};
use super::kept::Kept;
use super::outside::{Outside, Place};
use super::proof::Closing;
use super::signed::Signed;
use super::story::{Seen, Story};
use super::{Against, Finding, FindingKind, Outcome, Proof, RunName, Verification, proof, shell_check};
use crate::signoff::event::Event;
use crate::signoff::line::{Parsed, prev_of};
use crate::signoff::log::acts::Acts;
use crate::signoff::signature::AllowedSigners;
use crate::signoff::{At, Fault, Hash, Line};

/// Findings that are listed one by one; a shredded log has as many as lines.
const LISTED: usize = 100;

pub(super) struct Check<'a> {
    path: &'a Path,
    against: &'a Against,
    visit: Option<&'a mut (dyn FnMut(&Line) + 'a)>,
    found: Verification,
    story: Story,
    acts: Acts,
    run: Option<String>,
    last: Option<At>,
    outside: Outside,
    signers: Option<AllowedSigners>,
    signed: Signed,
    /// The last line, until the next one has shown that it is the one that was written.
    held: Option<Line>,
    /// The first line of which something is wrong, listed or not.
    first_bad: Option<u64>,
    /// The first line that does not follow the one before it.
    broken: Option<u64>,
    kept: Kept,
    closing: Closing,
}

impl<'a> Check<'a> {
    pub(super) fn new(
        path: &'a Path,
        against: &'a Against,
        visit: Option<&'a mut (dyn FnMut(&Line) + 'a)>,
    ) -> Check<'a> {
        let found = Verification {
            log: path.to_owned(),
            outcome: Outcome::Intact,
            proof: Proof::default(),
            lines: 0,
            bytes: 0,
            head: Hash::ZERO.to_string(),
            run: None,
            findings: Vec::new(),
            unlisted: 0,
            notes: Vec::new(),
            signatures: Vec::new(),
            proven: 0,
            signed: 0,
            report_belongs: None,
            not_proven: String::new(),
            shell: shell_check(path),
        };
        Check {
            path,
            against,
            visit,
            found,
            story: Story::default(),
            acts: Acts::default(),
            run: None,
            last: None,
            outside: Outside::default(),
            signers: None,
            signed: Signed::default(),
            held: None,
            first_bad: None,
            broken: None,
            kept: Kept::default(),
            closing: Closing::default(),
        }
    }

    fn find(&mut self, line: u64, kind: FindingKind, message: String) {
        self.first_bad = Some(self.first_bad.map_or(line, |first| first.min(line)));
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

    pub(super) fn unreadable(&mut self, why: &str) {
        self.find(0, FindingKind::Unreadable, why.to_owned());
        self.found.outcome = Outcome::Unreadable;
    }

    pub(super) fn read(&mut self, file: &File, bytes: u64) {
        self.found.bytes = bytes;
        let report = self.against.report.as_deref();
        let place = |path: &Path| Place::of_report(path).map(|place| (path.to_owned(), place));
        match report.map(place).transpose() {
            Ok(place) => self.outside = Outside::new(place, &self.against.heads),
            Err(why) => return self.unreadable(&why),
        }
        match self.against.allowed_signers.as_deref().map(AllowedSigners::read).transpose() {
            Ok(signers) => self.signers = signers,
            Err(why) => return self.unreadable(&why),
        }
        if self.lines(file) {
            self.end(file);
        }
    }

    /// Reads the lines; `false` if there is no sense in reading on.
    fn lines(&mut self, file: &File) -> bool {
        let mut head = Hash::ZERO;
        let end = ahead::each(file, &mut |line| {
            self.found.lines += 1;
            head = line.hash;
            self.line(line)
        });
        match end {
            None => return false,
            Some(End::Whole) => {}
            Some(End::Torn { at, bytes }) => {
                let message = format!(
                    "the file ends in {bytes} bytes without a line end, from byte {at} on: an act that was never \
                     acknowledged, or damage; `cutover run` sets it aside"
                );
                self.find(self.found.lines + 1, FindingKind::Torn, message);
            }
            Some(End::Failed(error)) => {
                self.unreadable(&format!("it cannot be read: {error}"));
                return false;
            }
        }
        if let (Some(last), Some(visit)) = (self.held.take(), &mut self.visit) {
            visit(&last);
        }
        self.found.head = head.to_string();
        if self.found.bytes == 0 {
            self.unreadable("it is empty: nothing was ever recorded in it");
            return false;
        }
        if self.found.lines == 0 {
            self.found.outcome = Outcome::Unreadable;
        }
        true
    }

    /// What can be said when all lines are known.
    fn end(&mut self, file: &File) {
        let mut findings = Vec::new();
        self.story.end(&mut findings);
        self.take(findings);
        let whole = self.first_bad.map_or(self.found.lines, |line| line.saturating_sub(1));
        let whole = whole.min(self.found.lines);
        let kept = std::mem::take(&mut self.kept).end(self.path);
        let outside = std::mem::take(&mut self.outside).end(self.run.as_deref(), self.found.lines, whole);
        let signed = std::mem::take(&mut self.signed).end(file, self.signers.as_ref(), whole);
        self.found.report_belongs = outside.belongs;
        self.found.proven = outside.proven.max(signed.proven);
        self.found.signed = signed.covered;
        self.found.signatures = signed.signatures;
        self.take(kept.findings);
        self.take(signed.findings);
        self.take(outside.findings);
        let outside = outside.notes.into_iter();
        let outside = outside.map(|message| Finding { line: 0, kind: FindingKind::Anchored, message });
        for Finding { line, kind, message } in kept.notes.into_iter().chain(signed.notes).chain(outside) {
            self.note(line, kind, message);
        }
        self.found.proof = proof::of(&self.found.signatures);
        if self.against.require_signature
            && let Some(missing) = proof::missing(&self.found, &self.closing)
        {
            self.take(vec![missing]);
        }
        self.found.not_proven = proof::limits(&self.found, &self.closing, self.broken.map(|_| whole));
    }

    fn take(&mut self, findings: Vec<Finding>) {
        for Finding { line, kind, message } in findings {
            self.find(line, kind, message);
        }
    }

    /// Takes the next line; `false` if there is no sense in reading on.
    fn line(&mut self, line: Alone<'_>) -> bool {
        let Alone { raw, at, hash, parsed } = line;
        let no = self.found.lines;
        self.outside.line(no, hash);
        let mut seen = Seen { no, hash, prev: None, seq: None, fault: None };
        let mut said = None;
        match parsed {
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
            Err(Fault::Bad(why)) => {
                seen.prev = prev_of(raw);
                if no == 1 && seen.prev.is_none() {
                    self.find(no, FindingKind::NotALog, why);
                    self.found.outcome = Outcome::Unreadable;
                    return false;
                }
                seen.fault = Some(why);
            }
        }
        let mut findings = Vec::new();
        let linked = self.story.next(seen, &mut findings);
        if !linked {
            self.broken.get_or_insert(no);
            self.first_bad = Some(self.first_bad.map_or(no, |first| first.min(no)));
        }
        self.take(findings);
        match said {
            Some(parsed) => {
                self.said(no, (at, raw.len()), &parsed, linked);
                self.hand_on(parsed, raw, hash, linked);
            }
            None => self.distrust(),
        }
        true
    }

    /// Hands on a line that can be trusted; none behind the first that cannot. An edited line is told by the one
    /// behind it, which holds another hash for it.
    fn hand_on(&mut self, parsed: Parsed, raw: &[u8], hash: Hash, linked: bool) {
        if self.visit.is_none() {
            return;
        }
        let trusted = linked && parsed.seq == self.found.lines && self.run.as_ref() == Some(&parsed.run);
        if !trusted {
            return self.distrust();
        }
        let before = self.held.replace(parsed.into_line(raw.into(), hash));
        if let (Some(before), Some(visit)) = (before, &mut self.visit) {
            visit(&before);
        }
    }

    fn distrust(&mut self) {
        self.visit = None;
        self.held = None;
    }

    /// What a line says, beyond its place in the chain.
    fn said(&mut self, no: u64, place: (u64, usize), parsed: &Parsed, linked: bool) {
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
        self.kept.line(no, parsed);
        self.closing.line(no, parsed);
        if let Some(Finding { line, kind, message }) = self.signed.line(no, place, parsed) {
            self.find(line, kind, message);
        }
        if let Event::RunStarted { name, mode, plan, .. } = &parsed.event
            && self.found.run.is_none()
        {
            let (id, name, title) = (parsed.run.clone(), name.clone(), plan.title.clone());
            self.found.run = Some(RunName { id, name, mode: *mode, title });
        }
    }

    pub(super) fn finish(mut self) -> Verification {
        self.found.findings.sort_by_key(|finding| finding.line);
        if !self.found.findings.is_empty() && self.found.outcome == Outcome::Intact {
            self.found.outcome = Outcome::Findings;
        }
        self.found
    }
}
