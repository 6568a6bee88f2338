//! The one interpreter of the log.

use std::collections::HashMap;
use std::time::Duration;

use super::{
    Act, Amendment, Anchor, Attachment, CommandEnd, CommandRun, Deviation, DeviationKind, Entry, Excerpt,
    FieldValue, Flip, Issue, ItemRecord, ItemState, Noise, Person, ProbeChange, Readings, ReconcileRun,
    Record, Run, SafeTime, Session, Signature, Signoff, amend, control, role, rules, times,
};
use crate::checklist::{ItemId, diff};
use crate::config::outline::Outline;
use crate::signoff::event::{Event, Evidence, JumpKind, Row};
use crate::signoff::{Actor, Client, Line};
use crate::text;

/// Applies the next line; total: a line that makes no sense where it stands is listed as an anomaly and changes
/// nothing else.
pub fn apply(record: &mut Record, line: &Line) {
    record.head = line.head;
    record.events += 1;
    let act = Act {
        seq: line.head.seq,
        id: line.act,
        at: line.at,
        by: line.by.as_str().to_owned(),
        via: line.via.clone(),
    };
    attribute(record, line, &act);
    if let Some(run) = &record.run
        && run.id != line.run
    {
        let text = format!("a line of another run, {}", line.run);
        record.anomalies.push(Entry { act: act.clone(), text });
    }
    let over = matches!(line.event, Event::RunResumed { .. }) && record.is_over();
    record.control.pass(line, &act, over);
    times::pass(record, &act);
    match rules::allowed(record, &line.event, &line.by, line.at) {
        Ok(()) => {
            role::judge(record, line, &act);
            if !control::happen(record, line, &act) {
                happen(record, line, act);
            }
        }
        Err(conflict) => record.anomalies.push(Entry { act, text: conflict.to_string() }),
    }
}

/// Who acted, through which terminal, and whether that is certain.
fn attribute(record: &mut Record, line: &Line, act: &Act) {
    let Actor::Person(name) = &line.by else { return };
    let person =
        record.people.entry(name.clone()).or_insert(Person { acts: 0, first: line.at, last: line.at });
    person.acts += 1;
    person.last = line.at;
    let via = &line.via;
    let client = match &via.client {
        Some(client) if client.ambiguous => {
            let text = format!("two clients were active; {} typed last", client.tty);
            record.ambiguous.push(Entry { act: act.clone(), text });
            return;
        }
        Some(client) => client.clone(),
        // No terminal: nothing tells that two acted through one.
        None if via.tty.is_none() => return,
        None => Client {
            tty: via.tty.clone().unwrap_or_default(),
            user: via.user.clone(),
            pid: 0,
            ambiguous: false,
        },
    };
    record.hands.entry(client).or_default().insert(name.clone());
}

#[expect(clippy::too_many_lines, reason = "one arm an event: a table, not a procedure")]
fn happen(record: &mut Record, line: &Line, act: Act) {
    match &line.event {
        Event::RunStarted { name, mode, tool, boot_id, pid, plan, items } => {
            record.run = Some(Run {
                id: line.run.clone(),
                name: name.clone(),
                mode: *mode,
                tool: tool.clone(),
                at: line.at,
                by: act.by.clone(),
            });
            record.outline = outline(plan.sidecar.as_deref());
            record.plan = plan.clone();
            plant(record, items, &act);
            begin(record, tool, boot_id, *pid, &line.by, act);
        }
        Event::RunResumed { tool, boot_id, pid } => {
            if record.sessions.last().is_some_and(|session| session.ended.is_none()) {
                incident(
                    record,
                    &act,
                    "the session before was cut off: killed, crashed or lost power".to_owned(),
                );
            }
            begin(record, tool, boot_id, *pid, &line.by, act);
        }
        Event::RunEnded { reason } => {
            if let Some(session) = record.sessions.last_mut() {
                session.ended = Some(Entry { act, text: reason.clone() });
            }
        }
        Event::ItemStarted { item, .. } => {
            let at = line.at;
            on(record, *item, &act, "started".to_owned(), |item, act| {
                item.started = Some(at);
                turn(item, ItemState::Started, act);
            });
        }
        Event::ItemDone { item, done_by, evidence, .. } => {
            let clause = done_by.as_ref().map_or("done".to_owned(), |doer| format!("done by {doer}"));
            let done_by = done_by.clone();
            settle(record, *item, &act, ItemState::Done, None, evidence, clause);
            on_item(record, *item, |item| item.done_by = done_by);
        }
        Event::ItemFailed { item, reason, evidence, .. } => {
            deviate(record, DeviationKind::Failed, *item, &act, reason);
            let clause = format!("failed: {reason}");
            settle(record, *item, &act, ItemState::Failed, Some(reason), evidence, clause);
        }
        Event::ItemSkipped { item, reason, evidence, .. } => {
            deviate(record, DeviationKind::Skipped, *item, &act, reason);
            let clause = format!("skipped: {reason}");
            settle(record, *item, &act, ItemState::Skipped, Some(reason), evidence, clause);
        }
        Event::ItemNotApplicable { item, reason, .. } => {
            let clause = with_reason("does not apply", reason);
            settle(record, *item, &act, ItemState::NotApplicable, Some(reason), &[], clause);
        }
        Event::ItemDeferred { item, reason, .. } => {
            deviate(record, DeviationKind::Deferred, *item, &act, reason);
            let clause = format!("deferred: {reason}");
            settle(record, *item, &act, ItemState::Deferred, Some(reason), &[], clause);
        }
        Event::ItemReopened { item, reason, mistick, .. } => {
            let (kind, clause) = if *mistick {
                (DeviationKind::Mistick, with_reason("ticked by mistake, undone", reason))
            } else {
                (DeviationKind::Reopened, format!("reopened: {reason}"))
            };
            deviate(record, kind, *item, &act, reason);
            settle(record, *item, &act, ItemState::Open, None, &[], clause);
            on_item(record, *item, |item| item.started = None);
        }
        Event::ItemAdded { item, phase, text, after } => {
            amend::insert(record, *item, phase, text, *after);
            on(record, *item, &act, "added in the run".to_owned(), |item, _| item.added = true);
        }
        Event::FieldFilled { item, field, label, value, secret } => {
            let (field, value, secret, of) = (*field, value.clone(), *secret, label.clone());
            on(record, *item, &act, format!("filled {label}: {value}"), |item, act| {
                item.fields.insert(field, FieldValue { label: of, value, secret, act });
            });
        }
        Event::NoteAdded { text, item: Some(item) } => {
            on(record, *item, &act, format!("note: {text}"), |item, act| {
                item.notes.push(Entry { act, text: text.clone() });
            });
        }
        Event::NoteAdded { text, item: None } => record.notes.push(Entry { act, text: text.clone() }),
        Event::TimeClaimed { item, time } => {
            on(record, *item, &act, format!("time stated: {time}"), |item, _| {
                item.claimed = Some(time.clone());
            });
        }
        Event::IssueOpened { issue, text, item } => {
            let mut handle = None;
            if let Some(item) = item {
                on(record, *item, &act, format!("issue {issue} opened: {text}"), |item, _| {
                    item.issues.push(*issue);
                    handle = Some(item.row.id);
                });
            }
            let opened = Entry { act, text: text.clone() };
            record.issues.push(Issue { number: *issue, opened, item: handle, resolved: None });
        }
        Event::IssueResolved { issue, text } => {
            let mut of = None;
            if let Some(issue) = record.issues.iter_mut().find(|open| open.number == *issue) {
                issue.resolved = Some(Entry { act: act.clone(), text: text.clone() });
                of = issue.item;
            }
            if let Some(item) = of {
                on(record, item, &act, format!("issue {issue} resolved: {text}"), |_, _| ());
            }
        }
        Event::AttachmentAdded { name, blob, item } => {
            let attachment = Attachment { name: name.clone(), blob: blob.clone(), act: act.clone() };
            match item {
                Some(item) => on(record, *item, &act, format!("attached {name}"), |item, _| {
                    item.attachments.push(attachment);
                }),
                None => record.attachments.push(attachment),
            }
        }
        Event::CriterionConfirmed { item, evidence, .. } => {
            let clause = format!("confirmed by {}", act.by);
            settle(record, *item, &act, ItemState::Done, None, evidence, clause);
        }
        Event::SignoffGiven { name, role, statement, item, open, evidence } => {
            if let Some(item) = item {
                let clause = format!("signed off by {name}, {role}");
                settle(record, *item, &act, ItemState::Done, None, evidence, clause);
            }
            record.signoffs.push(Signoff {
                item: *item,
                open: open.clone(),
                name: name.clone(),
                role: role.clone(),
                statement: statement.clone(),
                signatures: Vec::new(),
                act,
            });
        }
        Event::OperatorChanged { from, to } => {
            // The first name given is no change of hands.
            if !from.is_empty() {
                incident(record, &act, format!("change of hands, from {from} to {to}"));
            }
            record.operator = Some(to.clone());
        }
        Event::ProbeChanged { probe, from, to, since, saw, flips } => {
            record.look(probe, *to, line.at);
            record.probe_states.insert(probe.clone(), *to);
            record.probes.push(ProbeChange {
                probe: probe.clone(),
                from: *from,
                to: *to,
                since: since.clone(),
                saw: saw.clone(),
                flips: *flips,
                act,
            });
        }
        Event::ProbeSnapshot { states } => {
            for (probe, state) in states {
                record.look(probe, *state, line.at);
            }
            record.probe_states.extend(states.iter().map(|(probe, state)| (probe.clone(), *state)));
        }
        Event::DnsFlipped { record: of, server, from, to, since, saw } => record.flips.push(Flip {
            record: of.clone(),
            server: server.clone(),
            from: from.clone(),
            to: to.clone(),
            since: since.clone(),
            saw: saw.clone(),
            act,
        }),
        Event::DnsSafe { record: of, safe, proof, .. } => record.safe_times.push(SafeTime {
            record: of.clone(),
            safe: safe.clone(),
            proof: proof.clone(),
            act,
        }),
        Event::ReconcileRan { probe, asked_by, took_ms, counters, expected, failed } => {
            record.reconciles.push(ReconcileRun {
                probe: probe.clone(),
                asked_by: asked_by.clone(),
                took_ms: *took_ms,
                counters: counters.clone(),
                expected: expected.clone(),
                failed: failed.clone(),
                act,
            });
        }
        Event::ExcerptAdded { probe, lines, blob, item } => {
            let (probe, lines, blob) = (probe.clone(), *lines, blob.clone());
            if let Some(item) = item {
                on(record, *item, &act, format!("{lines} lines of {probe} put on record"), |_, _| {});
            }
            record.excerpts.push(Excerpt { probe, lines, blob, item: *item, act });
        }
        Event::NoiseAllowed { probe, pattern } => {
            record.noise.push(Noise { probe: probe.clone(), pattern: pattern.clone(), act });
        }
        Event::CommandStarted { job, argv, item, text } => {
            if let Some(item) = item {
                on(record, *item, &act, "ran its command".to_owned(), |_, _| {});
            }
            record.commands.push(CommandRun {
                job: job.clone(),
                argv: argv.clone(),
                item: *item,
                text: text.clone(),
                started: act,
                ended: None,
            });
        }
        Event::CommandEnded { job, exit, took_ms, output, cut } => {
            let (exit, took_ms, output) = (Some(*exit), *took_ms, output.clone());
            end_command(record, job, CommandEnd { exit, took_ms, output, cut: cut.unwrap_or(0), act });
        }
        Event::CommandLost { job } => {
            end_command(record, job, CommandEnd { exit: None, took_ms: None, output: None, cut: 0, act });
        }
        Event::ProbeGap { probe, from, to, why, .. } => {
            incident(record, &act, format!("{probe} was not asked from {from} to {to}: {why}"));
        }
        Event::PlanAmended { what, plan, items, map } => {
            amend::amend(record, items, map, &act);
            let lines = diff::lines(&record.plan.text, &plan.text);
            record.amendments.push(Amendment { what: what.clone(), sha256: plan.sha256.clone(), lines, act });
            record.outline = outline(plan.sidecar.as_deref());
            record.plan = plan.clone();
        }
        Event::ConfigAmended { what, sha256, text } => {
            let lines = diff::lines(record.plan.sidecar.as_deref().unwrap_or_default(), text);
            record.plan.sidecar_sha256 = Some(sha256.clone());
            record.plan.sidecar = Some(text.clone());
            record.outline = outline(Some(text));
            record.amendments.push(Amendment { what: what.clone(), sha256: sha256.clone(), lines, act });
        }
        Event::LogRecovered { bytes, file, .. } => {
            incident(record, &act, format!("a torn end of {bytes} bytes was set aside in {file}"));
        }
        Event::ClockJumped { kind, by_ms } => {
            let text = match kind {
                JumpKind::Step => format!("the wall clock was set by {}", seconds(*by_ms)),
                JumpKind::Suspend => format!("the machine slept for {}", seconds(*by_ms)),
            };
            incident(record, &act, text);
        }
        Event::HeadOffered { head, place } => {
            record.anchors.push(Anchor { head: head.clone(), place: place.clone(), act });
        }
        Event::SignoffSigned { line, name, signature } => {
            let signed = Signature { name: name.clone(), signature: signature.clone(), act };
            if let Some(signoff) = record.signoffs.iter_mut().find(|signoff| signoff.act.seq == *line) {
                signoff.signatures.push(signed);
            }
        }
        Event::ReadingsSealed { file, sha256, lines, from, to, recovered } => {
            record.readings.push(Readings {
                file: file.clone(),
                sha256: sha256.clone(),
                lines: *lines,
                from: from.clone(),
                to: to.clone(),
                recovered: *recovered,
                act,
            });
        }
        Event::ReadingsStopped { bytes, why } => {
            incident(record, &act, format!("readings are not recorded any more, after {bytes} bytes: {why}"));
        }
        Event::EvidenceRedacted { blob, reason } => {
            let entry = Entry { act, text: reason.clone() };
            record.redacted.entry(blob.clone()).or_insert(entry);
        }
        // The control's own, applied there.
        Event::GateMet { .. }
        | Event::GateLost { .. }
        | Event::GateOverridden { .. }
        | Event::ApprovalGiven { .. }
        | Event::ApprovalLapsed { .. }
        | Event::DecisionMade { .. }
        | Event::DecisionReopened { .. }
        | Event::LockOpened { .. }
        | Event::RollbackInvoked { .. }
        | Event::RollbackStoodDown { .. }
        | Event::OutageBegan { .. }
        | Event::OutageEnded { .. }
        | Event::StateOpened { .. }
        | Event::StateClosed { .. }
        | Event::NotifyMuted { .. }
        | Event::TimerSet { .. }
        | Event::TimerRang { .. } => {}
    }
}

/// A program that was started is no more.
fn end_command(record: &mut Record, job: &str, end: CommandEnd) {
    let mut running = record.commands.iter_mut().rev();
    let Some(command) = running.find(|command| command.job == job && command.ended.is_none()) else { return };
    if let Some(item) = command.item {
        let how =
            end.exit.map_or_else(|| "its end is not known".to_owned(), |exit| format!("exit code {exit}"));
        let act = end.act.clone();
        command.ended = Some(end);
        on(record, item, &act, format!("its command ended: {how}"), |_, _| {});
    } else {
        command.ended = Some(end);
    }
}

fn outline(sidecar: Option<&str>) -> Outline {
    sidecar.map(Outline::of).unwrap_or_default()
}

/// The items of the first line.
fn plant(record: &mut Record, rows: &[Row], act: &Act) {
    record.items = Vec::with_capacity(rows.len());
    record.index = HashMap::with_capacity(rows.len());
    for row in rows {
        if record.index.contains_key(&row.id) {
            let text = format!("the plan's table has the item {} twice", row.id);
            record.anomalies.push(Entry { act: act.clone(), text });
        } else {
            record.index.insert(row.id, record.items.len());
            record.items.push(ItemRecord::new(row.clone()));
        }
    }
}

fn begin(record: &mut Record, tool: &str, boot_id: &str, pid: u32, by: &Actor, act: Act) {
    times::begin(record, boot_id, &act);
    if let Actor::Person(name) = by {
        if let Some(before) = record.operator.clone().filter(|before| before != name) {
            incident(record, &act, format!("change of hands, from {before} to {name}"));
        }
        record.operator = Some(name.clone());
    }
    record.sessions.push(Session {
        tool: tool.to_owned(),
        boot_id: boot_id.to_owned(),
        pid,
        act,
        ended: None,
    });
}

fn incident(record: &mut Record, act: &Act, text: String) {
    record.incidents.push(Entry { act: act.clone(), text });
}

fn deviate(record: &mut Record, kind: DeviationKind, item: ItemId, act: &Act, reason: &str) {
    let item = record.item(item).map_or(item, |found| found.row.id);
    record.deviations.push(Deviation {
        kind,
        item,
        entry: Entry { act: act.clone(), text: reason.to_owned() },
    });
}

fn on_item(record: &mut Record, id: ItemId, change: impl FnOnce(&mut ItemRecord)) {
    if let Some(item) = record.position(id).and_then(|at| record.items.get_mut(at)) {
        change(item);
    }
}

/// An act on an item: its clause goes into the item's history.
fn on(record: &mut Record, id: ItemId, act: &Act, clause: String, change: impl FnOnce(&mut ItemRecord, Act)) {
    on_item(record, id, |item| {
        item.history.push(Entry { act: act.clone(), text: clause });
        change(item, act.clone());
    });
}

/// Puts an item into a state; what was said with the state before goes, the history keeps it.
fn settle(
    record: &mut Record,
    id: ItemId,
    act: &Act,
    state: ItemState,
    reason: Option<&String>,
    evidence: &[Evidence],
    clause: String,
) {
    on(record, id, act, clause, |item, act| {
        turn(item, state, act);
        item.reason = reason.filter(|reason| !reason.is_empty()).cloned();
        item.claimed = None;
        item.done_by = None;
        item.closed_by = None;
        item.evidence = evidence.to_vec();
    });
}

fn turn(item: &mut ItemRecord, state: ItemState, act: Act) {
    item.state = state;
    item.first.get_or_insert_with(|| act.clone());
    item.turns.push((state, act.clone()));
    item.act = Some(act);
}

fn with_reason(what: &str, reason: &str) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") }
}

fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    if ms >= 60_000 {
        return format!("{sign}{}", text::clock(Duration::from_millis(ms)));
    }
    format!("{sign}{}.{:03} s", ms / 1000, ms % 1000)
}
