//! The run as a whole: what, how it stands, who, whether it can be believed.

use chrono::SecondsFormat;
use schemars::JsonSchema;
use serde::Serialize;

use super::acts::{Act, ItemRef, Moment, Said};
use super::item::Planned;
use crate::checklist::PhaseKind;
use crate::checklist::diff::LineKind;
use crate::record::role::declared;
use crate::record::{self, Record};
use crate::report::model::{ExceptionKind, Report};
use crate::signoff::Via;
use crate::signoff::event::RunMode;
use crate::signoff::verify::{self, FindingKind};

/// What made the report.
#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    /// Program and version.
    by: &'static str,
    /// When; the only thing in a report that its log does not say.
    when: Moment,
}

impl Tool {
    pub(super) fn of(report: &Report<'_>) -> Tool {
        Tool { by: concat!("cutover ", env!("CARGO_PKG_VERSION")), when: report.generated.into() }
    }
}

/// What was run.
#[derive(Serialize, JsonSchema)]
pub(super) struct Run<'a> {
    /// Its id, on every line of the log.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// Live, or a rehearsal.
    mode: RunMode,
    /// Program and version that began it.
    tool: &'a str,
    /// When it began.
    begun: Moment,
    /// Who began it.
    by: &'a str,
}

impl<'a> Run<'a> {
    pub(super) fn of(run: &'a record::Run) -> Run<'a> {
        let record::Run { id, name, mode, tool, at, by } = run;
        Run { id, name, mode: *mode, tool, begun: (*at).into(), by }
    }
}

/// The plan.
#[derive(Serialize, JsonSchema)]
pub(super) struct Plan<'a> {
    /// Its file's name.
    file: &'a str,
    title: &'a str,
    /// The change ticket.
    ticket: Option<&'a str>,
    /// The planned window.
    window: Option<Window<'a>>,
    /// SHA-256 of the file's bytes.
    sha256: &'a str,
    /// SHA-256 of the sidecar's bytes.
    sidecar_sha256: Option<&'a str>,
    /// The run whose durations are planned by.
    baseline: Option<Baseline<'a>>,
}

/// The planned window, RFC 3339.
#[derive(Serialize, JsonSchema)]
struct Window<'a> {
    start: &'a str,
    end: &'a str,
}

/// A run before.
#[derive(Serialize, JsonSchema)]
struct Baseline<'a> {
    name: &'a str,
    /// Its head hash.
    head: &'a str,
}

impl<'a> Plan<'a> {
    pub(super) fn of(record: &'a Record) -> Plan<'a> {
        let plan = &record.plan;
        Plan {
            file: &plan.file,
            title: &plan.title,
            ticket: plan.ticket.as_deref(),
            window: plan.window.as_ref().map(|(start, end)| Window { start, end }),
            sha256: &plan.sha256,
            sidecar_sha256: plan.sidecar_sha256.as_deref(),
            baseline: plan.baseline.as_ref().map(|(name, head)| Baseline { name, head }),
        }
    }
}

/// How the run stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct Outcome {
    /// No item is open.
    settled: bool,
    /// The cockpit was left in good order, and nobody has opened it again.
    ended: bool,
    /// A rollback is under way.
    rolling_back: bool,
    /// How many exceptions are listed.
    exceptions: usize,
    /// How many issues are not resolved.
    open_issues: usize,
    /// How many sign-offs were given.
    signoffs: usize,
    /// How the items add up.
    totals: Totals,
    /// The first act on an item.
    first_act: Option<Moment>,
    /// The last act on an item.
    last_act: Option<Moment>,
    /// When the log was last written to; RFC 3339, UTC.
    told_until: Option<String>,
}

impl Outcome {
    pub(super) fn of(report: &Report<'_>) -> Outcome {
        let record = report.record;
        let (first, last) = report.span().unzip();
        Outcome {
            settled: report.totals.open == 0,
            ended: record.sessions.last().is_some_and(|session| session.ended.is_some()),
            rolling_back: record.rolling_back(),
            exceptions: report.exceptions.len(),
            open_issues: record.issues.iter().filter(|issue| issue.resolved.is_none()).count(),
            signoffs: record.signoffs.len(),
            totals: Totals::from(&report.totals),
            first_act: first.map(Moment::from),
            last_act: last.map(Moment::from),
            told_until: record.told_until().map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

/// How items add up: planned + added = done + failed + skipped + `not_applicable` + deferred + open + removed.
#[derive(Serialize, JsonSchema)]
struct Totals {
    /// Whether they do.
    add_up: bool,
    planned: usize,
    added: usize,
    done: usize,
    /// Of the done, those that the plan's file had ticked.
    done_in_file: usize,
    failed: usize,
    skipped: usize,
    not_applicable: usize,
    deferred: usize,
    open: usize,
    removed: usize,
    /// Of the removed, those that were done before.
    removed_done: usize,
    /// Items of a rollback that nobody began: they are counted nowhere else.
    rollback_apart: usize,
}

impl From<&record::Totals> for Totals {
    fn from(totals: &record::Totals) -> Totals {
        Totals {
            add_up: totals.add_up(),
            planned: totals.planned,
            added: totals.added,
            done: totals.done,
            done_in_file: totals.done_in_file,
            failed: totals.failed,
            skipped: totals.skipped,
            not_applicable: totals.not_applicable,
            deferred: totals.deferred,
            open: totals.open,
            removed: totals.removed,
            removed_done: totals.removed_done,
            rollback_apart: totals.rollback,
        }
    }
}

/// Whether the log can be believed.
#[derive(Serialize, JsonSchema)]
pub(super) struct Integrity<'a> {
    /// The log's file name.
    log: String,
    /// Whether chain, numbers, schema and evidence are what was written.
    outcome: verify::Outcome,
    /// Whole lines.
    lines: u64,
    /// Lines that this report is made of: all, or those before the first that cannot be trusted.
    lines_reported: u64,
    /// Bytes of the file.
    bytes: u64,
    /// SHA-256 of the last line.
    head: &'a str,
    /// What is wrong, in order of line.
    findings: Vec<Finding<'a>>,
    /// Findings that are not listed, because there are too many.
    findings_unlisted: u64,
    /// What is worth knowing and proves nothing.
    notes: Vec<Finding<'a>>,
    /// The SSH signatures in the log, as they were checked.
    signatures: &'a [verify::Signature],
    /// Whose word stands behind it.
    proof: verify::Proof,
    /// The last line that a signature of the allowed signers proves; 0 if none does, or none were named.
    proven: u64,
    /// The last line that a good signature covers, whosever it is; 0 if none does.
    signed: u64,
    /// What all of this does not prove.
    not_proven: Vec<String>,
    /// A command for any shell that checks the chain.
    shell: String,
}

/// What was found on a line.
#[derive(Serialize, JsonSchema)]
struct Finding<'a> {
    /// Which, from 1; 0 for the file as a whole.
    line: u64,
    kind: FindingKind,
    message: &'a str,
}

impl<'a> Integrity<'a> {
    pub(super) fn of(report: &'a Report<'a>) -> Integrity<'a> {
        let found = report.verification;
        let list = |all: &'a [verify::Finding]| {
            let one =
                |it: &'a verify::Finding| Finding { line: it.line, kind: it.kind, message: &it.message };
            all.iter().map(one).collect()
        };
        let log = found.log.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Integrity {
            outcome: found.outcome,
            lines: found.lines,
            lines_reported: report.record.head.seq,
            bytes: found.bytes,
            head: &found.head,
            findings: list(&found.findings),
            findings_unlisted: found.unlisted,
            notes: list(&found.notes),
            signatures: &found.signatures,
            proof: found.proof,
            proven: found.proven,
            signed: found.signed,
            not_proven: report.not_proven(),
            shell: verify::shell_check(log.as_ref()),
            log,
        }
    }
}

/// Something that was not plain progress.
#[derive(Serialize, JsonSchema)]
pub(super) struct Exception<'a> {
    kind: ExceptionKind,
    /// The kind in words.
    title: &'static str,
    /// The number of the item it is about.
    item: Option<usize>,
    /// What happened.
    text: &'a str,
    /// Who and when, if it is an act.
    act: Option<Act<'a>>,
}

impl<'a> Exception<'a> {
    pub(super) fn of(report: &Report<'_>, exception: &'a crate::report::Exception) -> Exception<'a> {
        Exception {
            kind: exception.kind,
            title: exception.kind.title(),
            item: exception.item.as_ref().map(|(number, _)| *number),
            text: &exception.text,
            act: exception.act.as_ref().map(|act| Act::of(report, act)),
        }
    }
}

/// Somebody who acted, or is declared.
#[derive(Serialize, JsonSchema)]
pub(super) struct Person<'a> {
    /// As it was typed, of who acted; else as declared.
    name: &'a str,
    /// The roles that the sidecar declares; `null` for who is not declared.
    roles: Option<&'a [String]>,
    /// How many lines of the log are theirs.
    lines: u64,
    first: Option<Moment>,
    last: Option<Moment>,
}

pub(super) fn people(record: &Record) -> Vec<Person<'_>> {
    let known = &record.plan.people;
    let acted = record.people.iter().map(|(name, person)| Person {
        name,
        roles: declared(known, name).map(|(_, roles)| roles),
        lines: person.acts,
        first: Some(person.first.into()),
        last: Some(person.last.into()),
    });
    let idle = known.iter().filter(|(name, _)| {
        !record.people.keys().any(|acted| declared(known, acted).is_some_and(|it| it.0 == name.as_str()))
    });
    let idle =
        idle.map(|(name, roles)| Person { name, roles: Some(roles), lines: 0, first: None, last: None });
    acted.chain(idle).collect()
}

/// A terminal that people acted through.
#[derive(Serialize, JsonSchema)]
pub(super) struct Terminal<'a> {
    /// From 1.
    number: usize,
    host: &'a str,
    /// The login name that the cockpit ran as.
    user: &'a str,
    tty: Option<&'a str>,
    /// In tmux, the client that typed.
    client: Option<Client<'a>>,
}

/// A tmux client.
#[derive(Serialize, JsonSchema)]
struct Client<'a> {
    tty: &'a str,
    user: &'a str,
    pid: u32,
    /// Two clients were active within one second: which of them typed is not known.
    ambiguous: bool,
}

pub(super) fn terminals<'a>(report: &'a Report<'_>) -> Vec<Terminal<'a>> {
    let one = |(number, via): (usize, &'a Via)| Terminal {
        number,
        host: &via.host,
        user: &via.user,
        tty: via.tty.as_deref(),
        client: via.client.as_ref().map(|it| Client {
            tty: &it.tty,
            user: &it.user,
            pid: it.pid,
            ambiguous: it.ambiguous,
        }),
    };
    (1..).zip(&report.terminals).map(one).collect()
}

/// A phase in short.
#[derive(Serialize, JsonSchema)]
pub(super) struct Phase<'a> {
    title: &'a str,
    /// The part it plays.
    kind: PhaseKind,
    /// The numbers of its items.
    items: Vec<usize>,
    totals: Totals,
    /// When the state of one of its items first changed.
    began: Option<Moment>,
    /// When one of them was last settled.
    ended: Option<Moment>,
    /// Planned duration in seconds.
    planned_s: Option<Planned>,
    /// How long it took in the run whose durations are planned by, in seconds.
    rehearsed_s: Option<u64>,
    /// How long it took, in seconds: what was worked on at the same time counts once.
    took_s: Option<u64>,
}

pub(super) fn phases<'a>(report: &'a Report<'a>) -> Vec<Phase<'a>> {
    let one = |phase: &'a record::PhaseSummary| {
        let row = report.record.plan.phases.iter().find(|row| row.title == phase.title);
        Phase {
            title: &phase.title,
            kind: phase.kind,
            items: phase.items.iter().filter_map(|&at| report.numbers.get(at).copied()).collect(),
            totals: Totals::from(&phase.totals),
            began: phase.began.map(Moment::from),
            ended: phase.ended.map(Moment::from),
            planned_s: row.and_then(|row| row.planned_s).map(Planned::from),
            rehearsed_s: row.and_then(|row| row.rehearsed_s),
            took_s: report.times.together(&phase.items).map(|took| took.as_secs()),
        }
    };
    report.phases.iter().map(one).collect()
}

/// An issue.
#[derive(Serialize, JsonSchema)]
pub(super) struct Issue<'a> {
    /// From 1.
    number: u32,
    item: Option<ItemRef>,
    opened: Said<'a>,
    /// How it ended; `null` if it is not resolved.
    resolved: Option<Said<'a>>,
}

impl<'a> Issue<'a> {
    pub(super) fn of(report: &Report<'_>, issue: &'a record::Issue) -> Issue<'a> {
        Issue {
            number: issue.number,
            item: issue.item.map(|id| ItemRef::of(report, id)),
            opened: Said::of(report, &issue.opened),
            resolved: issue.resolved.as_ref().map(|it| Said::of(report, it)),
        }
    }
}

/// A named approval.
#[derive(Serialize, JsonSchema)]
pub(super) struct Signoff<'a> {
    /// The name given.
    name: &'a str,
    /// In what role.
    role: &'a str,
    /// What was signed.
    statement: &'a str,
    /// The item of the plan that asked for it.
    item: Option<ItemRef>,
    /// Temporary states that were left on.
    still_on: &'a [String],
    /// Signatures over its line.
    signatures: Vec<Signature<'a>>,
    /// Who typed it, and when.
    act: Act<'a>,
}

impl<'a> Signoff<'a> {
    pub(super) fn of(report: &Report<'_>, given: &'a record::Signoff) -> Signoff<'a> {
        Signoff {
            name: &given.name,
            role: &given.role,
            statement: &given.statement,
            item: given.item.map(|id| ItemRef::of(report, id)),
            still_on: &given.open,
            signatures: given.signatures.iter().map(|it| Signature::of(report, it)).collect(),
            act: Act::of(report, &given.act),
        }
    }
}

/// A signature over a sign-off's line, which binds all lines before it.
#[derive(Serialize, JsonSchema)]
struct Signature<'a> {
    /// Who signed, as they say.
    name: &'a str,
    /// The SSH signature, armoured.
    ssh: &'a str,
    /// When it was put on record.
    act: Act<'a>,
}

impl<'a> Signature<'a> {
    fn of(report: &Report<'_>, signed: &'a record::Signature) -> Signature<'a> {
        let record::Signature { name, signature, act } = signed;
        Signature { name, ssh: signature, act: Act::of(report, act) }
    }
}

/// A file of recorded readings in the evidence folder.
#[derive(Serialize, JsonSchema)]
pub(super) struct Readings<'a> {
    /// Its name.
    file: &'a str,
    /// SHA-256 of its bytes.
    sha256: &'a str,
    /// How many lines it has.
    lines: u64,
    /// When its first reading was taken, RFC 3339.
    from: &'a str,
    /// When its last reading was taken, RFC 3339.
    to: &'a str,
    /// A session that was cut off left it behind.
    recovered: bool,
    /// When it was sealed.
    act: Act<'a>,
}

impl<'a> Readings<'a> {
    pub(super) fn of(report: &Report<'_>, sealed: &'a record::Readings) -> Readings<'a> {
        let record::Readings { file, sha256, lines, from, to, recovered, act } = sealed;
        let (lines, recovered) = (*lines, *recovered);
        Readings { file, sha256, lines, from, to, recovered, act: Act::of(report, act) }
    }
}

/// Evidence that was taken away.
#[derive(Serialize, JsonSchema)]
pub(super) struct Redacted<'a> {
    /// The salted SHA-256 that the log names it by.
    sha256: &'a str,
    /// Who, when, why.
    said: Said<'a>,
}

impl<'a> Redacted<'a> {
    pub(super) fn of(report: &Report<'_>, (sha256, entry): (&'a String, &'a record::Entry)) -> Redacted<'a> {
        Redacted { sha256, said: Said::of(report, entry) }
    }
}

/// A change of the plan or the sidecar during the run.
#[derive(Serialize, JsonSchema)]
pub(super) struct Amendment<'a> {
    /// What changed, in one clause.
    what: &'a str,
    /// SHA-256 of the new file's bytes.
    sha256: &'a str,
    /// The lines that are gone.
    removed: Vec<&'a str>,
    /// The lines that are new.
    added: Vec<&'a str>,
    /// Who and when.
    act: Act<'a>,
}

impl<'a> Amendment<'a> {
    pub(super) fn of(report: &Report<'_>, amendment: &'a record::Amendment) -> Amendment<'a> {
        let lines = |kind: LineKind| {
            let lines = amendment.lines.iter().filter(move |line| line.kind == kind);
            lines.map(|line| line.text.as_str()).collect()
        };
        Amendment {
            what: &amendment.what,
            sha256: &amendment.sha256,
            removed: lines(LineKind::Removed),
            added: lines(LineKind::Added),
            act: Act::of(report, &amendment.act),
        }
    }
}

/// A start or resume of the cockpit.
#[derive(Serialize, JsonSchema)]
pub(super) struct Session<'a> {
    /// Program and version.
    tool: &'a str,
    /// The machine's boot.
    boot_id: &'a str,
    /// The process.
    pid: u32,
    /// Who and when.
    act: Act<'a>,
    /// Left in good order; `null` if it is open, or was cut off.
    left: Option<Said<'a>>,
}

impl<'a> Session<'a> {
    pub(super) fn of(report: &Report<'_>, session: &'a record::Session) -> Session<'a> {
        Session {
            tool: &session.tool,
            boot_id: &session.boot_id,
            pid: session.pid,
            act: Act::of(report, &session.act),
            left: session.ended.as_ref().map(|it| Said::of(report, it)),
        }
    }
}

/// A head hash that was given to another place.
#[derive(Serialize, JsonSchema)]
pub(super) struct Anchor<'a> {
    head: &'a str,
    /// Where it is kept.
    place: &'a str,
    /// Who and when.
    act: Act<'a>,
}

impl<'a> Anchor<'a> {
    pub(super) fn of(report: &Report<'_>, anchor: &'a record::Anchor) -> Anchor<'a> {
        let record::Anchor { head, place, act } = anchor;
        Anchor { head, place, act: Act::of(report, act) }
    }
}
