//! Any draft that the types allow, for laws.

use std::time::Duration;

use chrono::DateTime;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::event::{
    Blob, DecisionKind, Event, Evidence, Expected, FieldRow, Held, JumpKind, OutageKind, OverrideKind,
    PhaseRow, PlanText, ReadBack, Row, RunMode,
};
use super::{ActId, Actor, Client, Draft, Via};
use crate::checklist::{ItemId, PhaseKind};
use crate::clock::Stamp;
use crate::sample::{Kind, ProbeId, ProbeState, Side};

/// Text that breaks naive writers: quotes, NUL, line ends of every kind, direction overrides, lone escapes.
pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => any::<String>(),
        2 => "[ -~]{0,40}",
        1 => Just(String::new()),
        1 => Just("\0\n\r\n\u{2028}\u{2029}\u{202e}\u{1b}[31m\"\\/\u{7f}\u{9b}😀\u{feff}".to_owned()),
        1 => Just("\",\"prev\":\"".to_owned()),
        1 => Just("x".repeat(3000)),
    ]
    .boxed()
}

pub(crate) fn item() -> BoxedStrategy<ItemId> {
    any::<[u8; 8]>().prop_map(ItemId).boxed()
}

fn probe() -> BoxedStrategy<ProbeId> {
    let side = option::of(prop_oneof![Just(Side::Old), Just(Side::New), Just(Side::Live)]);
    ("[a-z.]{1,8}", proptest::sample::select(Kind::ALL.to_vec()), side)
        .prop_map(|(name, kind, side)| ProbeId { kind, name, side: side.filter(|_| kind == Kind::Health) })
        .boxed()
}

pub(crate) fn state() -> BoxedStrategy<ProbeState> {
    proptest::sample::select(ProbeState::ALL.to_vec()).boxed()
}

fn evidence() -> BoxedStrategy<Vec<Evidence>> {
    let one = (probe(), state(), text(), any::<u64>(), option::of(text()), option::of(blob()));
    let one = one.prop_map(|(probe, state, saw, age_ms, error, text)| Evidence {
        probe,
        state,
        saw,
        age_ms,
        error,
        text,
    });
    vec(one, 0..3).boxed()
}

fn row() -> BoxedStrategy<Row> {
    let kind = prop_oneof![
        Just(PhaseKind::Work),
        Just(PhaseKind::Rollback),
        Just(PhaseKind::Criteria),
        Just(PhaseKind::SignOff)
    ];
    let field = (text(), 0..9usize, any::<bool>());
    let fields =
        vec(field.prop_map(|(label, at, secret)| FieldRow { label, span: at..at + 3, secret }), 0..3);
    (item(), text(), kind, option::of(text()), option::of(item()), any::<u8>(), text(), any::<u32>(), fields)
        .prop_map(|(id, phase, kind, section, parent, depth, text, line, fields)| Row {
            id,
            phase,
            kind,
            section,
            parent,
            depth,
            text,
            line,
            box_span: (line % 2 == 0).then_some(5..8),
            checked: line % 3 == 0,
            fields,
            planned_s: (line % 5 == 0).then_some((60, 90)),
            held: Held {
                roles: if line % 7 == 0 { vec!["dba".to_owned()] } else { Vec::new() },
                approve: line % 4,
                no_return: line % 11 == 0,
                undo: (line % 3 == 0).then_some(line % 2 == 0),
            },
        })
        .boxed()
}

fn plan() -> BoxedStrategy<PlanText> {
    (text(), text(), option::of(text()), option::of((text(), text())), text(), option::of(text()))
        .prop_map(|(file, title, ticket, window, text, sidecar)| {
            (title.clone(), file, title, ticket, window, text, sidecar)
        })
        .prop_map(|(title_of, file, title, ticket, window, text, sidecar)| PlanText {
            file,
            title,
            ticket,
            window,
            sha256: super::Hash::of(text.as_bytes()).to_string(),
            sidecar_sha256: sidecar.as_ref().map(|s| super::Hash::of(s.as_bytes()).to_string()),
            outage_goal_s: (text.len() % 2 == 0).then_some(900),
            maintenance_goal_s: (text.len() % 3 == 0).then_some(1800),
            phases: vec![PhaseRow {
                title: title_of.clone(),
                line: 3,
                planned_s: Some((60, 120)),
                rehearsed_s: (text.len() % 3 == 0).then_some(70),
            }],
            baseline: (text.len() % 3 == 0).then(|| (title_of, "head".to_owned())),
            people: sidecar.iter().map(|it| (it.clone(), vec!["approver".to_owned()])).collect(),
            text,
            sidecar,
        })
        .boxed()
}

fn blob() -> BoxedStrategy<Blob> {
    (text(), any::<[u8; 16]>()).prop_map(|(text, salt)| Blob::seal(text.as_bytes(), salt)).boxed()
}

/// Any event of the schema.
#[expect(clippy::too_many_lines, reason = "one line an event")]
pub(crate) fn event() -> BoxedStrategy<Event> {
    let acts = prop_oneof![
        (item(), text(), text()).prop_map(|(item, phase, text)| Event::ItemStarted { item, phase, text }),
        (item(), text(), text(), option::of(text()), evidence()).prop_map(
            |(item, phase, text, done_by, evidence)| Event::ItemDone { item, phase, text, done_by, evidence }
        ),
        (item(), text(), text(), text(), evidence()).prop_map(|(item, phase, text, reason, evidence)| {
            Event::ItemFailed { item, phase, text, reason, evidence }
        }),
        (item(), text(), text(), text(), evidence()).prop_map(|(item, phase, text, reason, evidence)| {
            Event::ItemSkipped { item, phase, text, reason, evidence }
        }),
        (item(), text(), text(), text()).prop_map(|(item, phase, text, reason)| Event::ItemNotApplicable {
            item,
            phase,
            text,
            reason
        }),
        (item(), text(), text(), text()).prop_map(|(item, phase, text, reason)| Event::ItemDeferred {
            item,
            phase,
            text,
            reason
        }),
        (item(), text(), text(), text(), any::<bool>()).prop_map(|(item, phase, text, reason, mistick)| {
            Event::ItemReopened { item, phase, text, reason, mistick }
        }),
        (item(), text(), text(), option::of(item()))
            .prop_map(|(item, phase, text, after)| { Event::ItemAdded { item, phase, text, after } }),
        (item(), 0..3u32, text(), text(), any::<bool>()).prop_map(|(item, field, label, value, secret)| {
            Event::FieldFilled { item, field, label, value, secret }
        }),
        (item(), text()).prop_map(|(item, time)| Event::TimeClaimed { item, time }),
        (item(), text(), text(), evidence()).prop_map(|(item, phase, text, evidence)| {
            Event::CriterionConfirmed { item, phase, text, evidence }
        }),
    ];
    let words = prop_oneof![
        (text(), option::of(item())).prop_map(|(text, item)| Event::NoteAdded { text, item }),
        (1..4u32, text(), option::of(item())).prop_map(|(issue, text, item)| Event::IssueOpened {
            issue,
            text,
            item
        }),
        (1..4u32, text()).prop_map(|(issue, text)| Event::IssueResolved { issue, text }),
        (text(), blob(), option::of(item())).prop_map(|(name, blob, item)| Event::AttachmentAdded {
            name,
            blob,
            item
        }),
        (text(), text(), text(), option::of(item()), vec(text(), 0..2), evidence()).prop_map(
            |(name, role, statement, item, open, evidence)| {
                Event::SignoffGiven { name, role, statement, item, open, evidence }
            }
        ),
        (text(), text()).prop_map(|(from, to)| Event::OperatorChanged { from, to }),
        (text(), text()).prop_map(|(head, place)| Event::HeadOffered { head, place }),
        (1..9u64, text(), text()).prop_map(|(line, name, signature)| Event::SignoffSigned {
            line,
            name,
            signature
        }),
        (text(), text()).prop_map(|(blob, reason)| Event::EvidenceRedacted { blob, reason }),
        (text(), text(), any::<u64>(), text(), text(), any::<bool>()).prop_map(
            |(file, sha256, lines, from, to, recovered)| {
                Event::ReadingsSealed { file, sha256, lines, from, to, recovered }
            }
        ),
        (any::<u64>(), text()).prop_map(|(bytes, why)| Event::ReadingsStopped { bytes, why }),
    ];
    let panes = prop_oneof![
        (probe(), text(), text(), text(), text(), text()).prop_map(
            |(record, server, from, to, since, saw)| {
                Event::DnsFlipped { record, server, from, to, since, saw }
            }
        ),
        (probe(), text(), any::<u64>(), text(), text()).prop_map(|(record, since, ttl_s, safe, proof)| {
            Event::DnsSafe { record, since, ttl_s, safe, proof }
        }),
        (
            probe(),
            text(),
            any::<u64>(),
            btree_map(text(), any::<i64>(), 0..4),
            vec((text(), option::of(text())), 0..3),
            option::of(text())
        )
            .prop_map(|(probe, asked_by, took_ms, counters, expected, failed)| {
                let expected = expected.into_iter().map(|(expect, saw)| Expected { expect, saw }).collect();
                Event::ReconcileRan { probe, asked_by, took_ms, counters, expected, failed }
            }),
        (probe(), text()).prop_map(|(probe, pattern)| Event::NoiseAllowed { probe, pattern }),
        (text(), vec(text(), 0..4), option::of(item()), option::of(text()))
            .prop_map(|(job, argv, item, text)| Event::CommandStarted { job, argv, item, text }),
        (text(), any::<i32>(), option::of(any::<u64>()), option::of(blob()), option::of(any::<u64>()))
            .prop_map(|(job, exit, took_ms, output, cut)| Event::CommandEnded {
                job,
                exit,
                took_ms,
                output,
                cut
            }),
        text().prop_map(|job| Event::CommandLost { job }),
    ];
    let machine = prop_oneof![
        (text(), text(), any::<u32>()).prop_map(|(tool, boot_id, pid)| Event::RunResumed {
            tool,
            boot_id,
            pid
        }),
        text().prop_map(|reason| Event::RunEnded { reason }),
        (probe(), state(), state(), text(), text(), any::<u32>()).prop_map(
            |(probe, from, to, since, saw, flips)| Event::ProbeChanged { probe, from, to, since, saw, flips }
        ),
        btree_map(probe(), state(), 0..4).prop_map(|states| Event::ProbeSnapshot { states }),
        (probe(), text(), text(), text(), any::<bool>())
            .prop_map(|(probe, from, to, why, users)| Event::ProbeGap { probe, from, to, why, users }),
        (text(), text(), text()).prop_map(|(what, sha256, text)| Event::ConfigAmended { what, sha256, text }),
        (any::<u64>(), text(), text()).prop_map(|(bytes, sha256, file)| Event::LogRecovered {
            bytes,
            sha256,
            file
        }),
        (any::<bool>(), any::<i64>()).prop_map(|(step, by_ms)| Event::ClockJumped {
            kind: if step { JumpKind::Step } else { JumpKind::Suspend },
            by_ms
        }),
        (text(), plan(), vec(row(), 0..4), btree_map(item(), item(), 0..3))
            .prop_map(|(what, plan, items, map)| Event::PlanAmended { what, plan, items, map }),
        started(),
    ];
    prop_oneof![
        3 => acts.boxed(),
        2 => words.boxed(),
        2 => machine.boxed(),
        2 => panes.boxed(),
        3 => control(),
    ]
    .boxed()
}

/// Any event about what stands between an item and its tick.
fn control() -> BoxedStrategy<Event> {
    let kinds = prop_oneof![
        Just(OverrideKind::Gate),
        Just(OverrideKind::Lock),
        Just(OverrideKind::Order),
        Just(OverrideKind::Role),
        Just(OverrideKind::Approval),
        Just(OverrideKind::Decision),
    ];
    let ways = prop_oneof![
        Just(DecisionKind::Choice),
        Just(DecisionKind::Branch),
        Just(DecisionKind::Go),
        Just(DecisionKind::NoGo),
    ];
    let outage = || prop_oneof![Just(OutageKind::Outage), Just(OutageKind::Maintenance)];
    let read_back = (text(), text(), option::of(text()));
    let read_back = option::of(read_back.prop_map(|(fact, said, saw)| ReadBack { fact, said, saw }));
    // Few names, so that what is opened is sometimes closed.
    let name = || prop_oneof![3 => Just("proxy".to_owned()), 1 => text()];
    prop_oneof![
        (item(), text(), any::<u64>(), text()).prop_map(|(item, gate, held_ms, saw)| Event::GateMet {
            item,
            gate,
            held_ms,
            saw
        }),
        (item(), text(), text()).prop_map(|(item, gate, saw)| Event::GateLost { item, gate, saw }),
        (item(), kinds, text(), text()).prop_map(|(item, kind, verdict, reason)| Event::GateOverridden {
            item,
            kind,
            verdict,
            reason
        }),
        (item(), 0..3u32, 0..3u32, option::of(name()), read_back, evidence()).prop_map(
            |(item, n, of, done_by, read_back, evidence)| {
                Event::ApprovalGiven { item, n, of, done_by, read_back, evidence }
            }
        ),
        (item(), text()).prop_map(|(item, why)| Event::ApprovalLapsed { item, why }),
        (name(), ways, text(), vec(item(), 0..3), option::of(text()), option::of(item()), evidence())
            .prop_map(|(decision, kind, choice, closes, reason, item, evidence)| {
                Event::DecisionMade { decision, kind, choice, closes, reason, item, evidence }
            }),
        (name(), text()).prop_map(|(decision, reason)| Event::DecisionReopened { decision, reason }),
        (item(), text(), text()).prop_map(|(item, lock, since)| Event::LockOpened { item, lock, since }),
        (text(), evidence()).prop_map(|(reason, evidence)| Event::RollbackInvoked { reason, evidence }),
        text().prop_map(|reason| Event::RollbackStoodDown { reason }),
        (probe(), outage(), text(), any::<u64>(), any::<bool>(), text()).prop_map(
            |(check, kind, since, resolution_ms, planned, saw)| {
                Event::OutageBegan { check, kind, since, resolution_ms, planned, saw }
            }
        ),
        (probe(), outage(), text(), any::<u64>(), any::<u64>()).prop_map(
            |(check, kind, until, lasted_ms, resolution_ms)| {
                Event::OutageEnded { check, kind, until, lasted_ms, resolution_ms }
            }
        ),
        (name(), item()).prop_map(|(name, item)| Event::StateOpened { name, item }),
        (name(), item()).prop_map(|(name, item)| Event::StateClosed { name, item }),
        (text(), any::<bool>()).prop_map(|(kind, muted)| Event::NotifyMuted { kind, muted }),
        (1..3u32, text(), text(), option::of(item())).prop_map(|(timer, text, due, item)| Event::TimerSet {
            timer,
            text,
            due,
            item
        }),
        (1..3u32).prop_map(|timer| Event::TimerRang { timer }),
    ]
    .boxed()
}

fn started() -> BoxedStrategy<Event> {
    (text(), any::<bool>(), text(), text(), any::<u32>(), plan(), vec(row(), 0..4))
        .prop_map(|(name, live, tool, boot_id, pid, plan, items)| Event::RunStarted {
            name,
            mode: if live { RunMode::Live } else { RunMode::Rehearsal },
            tool,
            boot_id,
            pid,
            plan,
            items,
        })
        .boxed()
}

pub(crate) fn stamp() -> BoxedStrategy<Stamp> {
    (-62_167_219_200_000i64..253_402_300_799_999, 0..1_000_000u32, -86_340..86_340, any::<u32>())
        .prop_map(|(wall, nanos, offset, up)| Stamp {
            wall: DateTime::from_timestamp_millis(wall).unwrap_or_default()
                + chrono::TimeDelta::nanoseconds(i64::from(nanos)),
            offset,
            mono: Duration::from_micros(up.into()),
            boot: Duration::from_micros(u64::from(up) * 3),
        })
        .boxed()
}

fn via() -> BoxedStrategy<Via> {
    let client = (text(), text(), any::<u32>(), any::<bool>());
    let client = client.prop_map(|(tty, user, pid, ambiguous)| Client { tty, user, pid, ambiguous });
    (text(), text(), option::of(text()), option::of(client))
        .prop_map(|(host, user, tty, client)| Via { host, user, tty, client })
        .boxed()
}

/// Any draft.
pub(crate) fn draft() -> BoxedStrategy<Draft> {
    let by = prop_oneof![
        Just(Actor::Machine),
        text().prop_filter("reserved", |name| name != Actor::RESERVED).prop_map(Actor::Person)
    ];
    let act = (any::<u64>(), any::<u64>()).prop_map(|(session, n)| ActId { session, n });
    (act, stamp(), by, via(), event())
        .prop_map(|(act, at, by, via, event)| Draft { act, at, by, via, event, blobs: Vec::new() })
        .boxed()
}

/// A small plan's table: two phases of work, one rollback, criteria, sign-offs.
pub(crate) fn small_rows() -> Vec<Row> {
    let kinds = [
        ("Prepare", PhaseKind::Work),
        ("Cut over", PhaseKind::Work),
        ("Roll back", PhaseKind::Rollback),
        ("Success criteria", PhaseKind::Criteria),
        ("Sign-off", PhaseKind::SignOff),
    ];
    (0..15u8)
        .map(|n| {
            let (phase, kind) = kinds[usize::from(n / 3)];
            Row {
                id: ItemId([0, 0, 0, 0, 0, 0, 0, n]),
                phase: phase.to_owned(),
                kind,
                section: None,
                parent: (n % 3 == 2).then(|| ItemId([0, 0, 0, 0, 0, 0, 0, n - 1])),
                depth: u8::from(n % 3 == 2),
                text: format!("Step {n}"),
                line: u32::from(n) + 3,
                box_span: None,
                checked: n % 7 == 6,
                fields: vec![
                    FieldRow { label: "Value".to_owned(), span: 0..5, secret: false },
                    FieldRow { label: "Token".to_owned(), span: 9..14, secret: true },
                ],
                planned_s: None,
                held: Held::default(),
            }
        })
        .collect()
}

/// The first event of a run on [`small_rows`].
pub(crate) fn small_start() -> Event {
    Event::RunStarted {
        name: "small.live-2026-11-21-1".to_owned(),
        mode: RunMode::Live,
        tool: "cutover 0.1.0".to_owned(),
        boot_id: "b".to_owned(),
        pid: 7,
        plan: PlanText {
            file: "small.md".to_owned(),
            title: "Small".to_owned(),
            text: "# Small\n".to_owned(),
            sha256: super::Hash::of(b"# Small\n").to_string(),
            ..PlanText::default()
        },
        items: small_rows(),
    }
}

/// A check that goes down.
pub(crate) fn probe_down(since: &str, saw: &str) -> Event {
    Event::ProbeChanged {
        probe: ProbeId { kind: Kind::Health, name: "api".to_owned(), side: None },
        from: ProbeState::Up,
        to: ProbeState::Down,
        since: since.to_owned(),
        saw: saw.to_owned(),
        flips: 1,
    }
}

/// The first draft of a run on [`small_rows`].
pub(crate) fn small_draft() -> Draft {
    Draft {
        act: ActId { session: 1, n: 1 },
        at: Stamp {
            wall: DateTime::from_timestamp_millis(1_795_242_667_000).unwrap_or_default(),
            offset: 0,
            mono: Duration::ZERO,
            boot: Duration::ZERO,
        },
        by: Actor::Person("dana".to_owned()),
        via: Via { host: "h".to_owned(), user: "u".to_owned(), ..Via::default() },
        event: small_start(),
        blobs: Vec::new(),
    }
}
