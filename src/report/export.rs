//! The report for programs: JSON, one type, its schema derived from it.
//!
//! Every field is always there; what is not known is `null`. Moments are RFC 3339 in UTC with the host's offset beside,
//! spans are whole numbers with the unit in their name. Outside text is as the log has it, each character that a
//! terminal might obey as a `\u` escape. A new field may come within a version; what goes, or changes its meaning,
//! raises it.

mod acts;
mod control;
mod each;
mod inert;
mod item;
mod panes;
mod run;

use std::io::{self, Write};

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde::Serialize;

use super::model::Report;
use acts::{Attachment, Said};
use control::{Approval, Decision, Gate, Lock, Outside, Override, PointOfNoReturn, Rollback, State, Timer};
use each::Each;
use inert::Inert;
use item::Item;
use panes::{
    ChangesBetween, Command, Comparison, Excerpt, Flip, Noise, NotAsked, OutageChapter, ProbeNow, SafeTime,
    StateChange,
};
use run::{
    Amendment, Anchor, Exception, Integrity, Issue, Outcome, Person, Phase, Plan, Readings, Redacted, Run,
    Session, Signoff, Terminal, Tool,
};

/// The version of the form; it is in every export and in the schema.
pub const VERSION: u32 = 1;

/// The sign-off report of one run, for programs.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "cutover report")]
pub struct Export<'a> {
    /// The version of this form: 1.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// What made the report, and when.
    made: Tool,
    /// What was run; `null` if the log's first line cannot be trusted.
    run: Option<Run<'a>>,
    /// The plan, as last amended.
    plan: Plan<'a>,
    /// How the run stands.
    outcome: Outcome,
    /// Whether the log can be believed, and what it cannot prove.
    integrity: Integrity<'a>,
    /// What an auditor reads first, the gravest kinds first.
    exceptions: Each<'a, Exception<'a>>,
    /// Who acted, and who is declared.
    people: Vec<Person<'a>>,
    /// The terminals that people acted through; acts name them by their number.
    terminals: Vec<Terminal<'a>>,
    /// The phases in the order of the plan.
    phases: Vec<Phase<'a>>,
    /// Every item exactly once, unplanned and removed ones among them, by their number.
    items: Each<'a, Item<'a>>,
    /// Decisions, those taken back among them.
    decisions: Each<'a, Decision<'a>>,
    /// Points of no return that were passed, and what going back would cost at the end of the log.
    no_return: PointOfNoReturn,
    /// Approvals by more than one person, those that lapsed among them.
    approvals: Each<'a, Approval<'a>>,
    /// What acts went past.
    overrides: Each<'a, Override<'a>>,
    /// Acts by somebody without the role that the item asks for.
    outside_roles: Each<'a, Outside<'a>>,
    /// Gates that were met or lost.
    gates: Each<'a, Gate<'a>>,
    /// Time locks that opened.
    locks: Each<'a, Lock<'a>>,
    /// Timers set by hand.
    timers: Each<'a, Timer<'a>>,
    /// Issues and how they ended.
    issues: Each<'a, Issue<'a>>,
    /// Notes on the run.
    notes: Each<'a, Said<'a>>,
    /// Files attached to the run.
    attachments: Each<'a, Attachment<'a>>,
    /// Named approvals of the whole, as they were given.
    signoffs: Each<'a, Signoff<'a>>,
    /// Rollbacks.
    rollbacks: Each<'a, Rollback<'a>>,
    /// Things that were left on for a while.
    temporary_states: Each<'a, State<'a>>,
    /// When users were not served.
    outage: OutageChapter<'a>,
    /// Name servers whose answers changed sides.
    dns_flips: Each<'a, Flip<'a>>,
    /// From when on no cache may hold an old answer.
    dns_safe_times: Each<'a, SafeTime<'a>>,
    /// Comparisons of source and target.
    comparisons: Each<'a, Comparison<'a>>,
    /// Programs that were started from the cockpit.
    commands: Each<'a, Command<'a>>,
    /// Lines of logs on record.
    log_excerpts: Each<'a, Excerpt<'a>>,
    /// Log lines that were declared as expected.
    expected_log_lines: Each<'a, Noise<'a>>,
    /// Changes of state of the checks; of each the first and the last 500.
    probe_changes: Each<'a, StateChange<'a>>,
    /// Changes of state between those, which only the log has one by one.
    probe_changes_between: Each<'a, ChangesBetween>,
    /// Time in which a check was not asked, or could not be believed.
    probe_gaps: Each<'a, NotAsked<'a>>,
    /// The last state of every check that the log tells of.
    probe_states: Vec<ProbeNow>,
    /// Changes of the plan and the sidecar during the run.
    amendments: Each<'a, Amendment<'a>>,
    /// Starts and resumes of the cockpit.
    sessions: Each<'a, Session<'a>>,
    /// Files of recorded readings.
    readings: Each<'a, Readings<'a>>,
    /// Evidence that was taken away.
    redacted: Each<'a, Redacted<'a>>,
    /// Head hashes that were given to another place.
    anchors: Each<'a, Anchor<'a>>,
    /// Which log this report is of and how far, for `cutover verify --report`.
    place: String,
}

impl<'a> Export<'a> {
    /// Nothing is copied: the lists are made while they are written.
    fn of(report: &'a Report<'a>) -> Export<'a> {
        let (record, control) = (report.record, &report.record.control);
        Export {
            version: VERSION,
            made: Tool::of(report),
            run: record.run.as_ref().map(Run::of),
            plan: Plan::of(record),
            outcome: Outcome::of(report),
            integrity: Integrity::of(report),
            exceptions: Each::new(|| report.exceptions.iter().map(|it| Exception::of(report, it))),
            people: run::people(record),
            terminals: run::terminals(report),
            phases: run::phases(report),
            items: Each::new(|| report.in_order().filter_map(|at| Item::of(report, at))),
            decisions: Each::new(|| control.decisions.iter().map(|it| Decision::of(report, it))),
            no_return: PointOfNoReturn::of(report),
            approvals: Each::new(|| control.approvals.iter().map(|it| Approval::of(report, it))),
            overrides: Each::new(|| control.overrides.iter().map(|it| Override::of(report, it))),
            outside_roles: Each::new(|| control.outside.iter().map(|it| Outside::of(report, it))),
            gates: Each::new(|| control.gates.iter().map(|it| Gate::of(report, it))),
            locks: Each::new(|| control.locks.iter().map(|it| Lock::of(report, it))),
            timers: Each::new(|| control.timers.iter().map(|it| Timer::of(report, it))),
            issues: Each::new(|| record.issues.iter().map(|it| Issue::of(report, it))),
            notes: Each::new(|| record.notes.iter().map(|it| Said::of(report, it))),
            attachments: Each::new(|| record.attachments.iter().map(|it| Attachment::of(report, it))),
            signoffs: Each::new(|| record.signoffs.iter().map(|it| Signoff::of(report, it))),
            rollbacks: Each::new(|| control.rollbacks.iter().map(|it| Rollback::of(report, it))),
            temporary_states: Each::new(|| control.states.iter().map(|it| State::of(report, it))),
            outage: OutageChapter::of(report),
            dns_flips: Each::new(|| record.flips.iter().map(|it| Flip::of(report, it))),
            dns_safe_times: Each::new(|| record.safe_times.iter().map(|it| SafeTime::of(report, it))),
            comparisons: Each::new(|| record.reconciles.iter().map(|it| Comparison::of(report, it))),
            commands: Each::new(|| record.commands.iter().map(|it| Command::of(report, it))),
            log_excerpts: Each::new(|| record.excerpts.iter().map(|it| Excerpt::of(report, it))),
            expected_log_lines: Each::new(|| record.noise.iter().map(|it| Noise::of(report, it))),
            probe_changes: Each::new(|| {
                record.probes.whole().into_iter().map(|it| StateChange::of(report, it))
            }),
            probe_changes_between: Each::new(|| {
                record.probes.between().map(|(probe, it)| ChangesBetween::of(probe, it))
            }),
            probe_gaps: Each::new(|| control.gaps.iter().map(|it| NotAsked::of(report, it))),
            probe_states: panes::states(record),
            amendments: Each::new(|| record.amendments.iter().map(|it| Amendment::of(report, it))),
            sessions: Each::new(|| record.sessions.iter().map(|it| Session::of(report, it))),
            readings: Each::new(|| record.readings.iter().map(|it| Readings::of(report, it))),
            redacted: Each::new(|| record.redacted.iter().map(|it| Redacted::of(report, it))),
            anchors: Each::new(|| record.anchors.iter().map(|it| Anchor::of(report, it))),
            place: report.place().to_string(),
        }
    }
}

/// Writes a report as JSON, piece by piece.
///
/// # Errors
/// What the file said.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut json = serde_json::Serializer::with_formatter(&mut *out, Inert::default());
    Export::of(report).serialize(&mut json)?;
    out.write_all(b"\n")
}

/// The JSON Schema of an export, draft 2020-12.
#[must_use]
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Export<'static>>()
}
