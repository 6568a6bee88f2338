//! One small migration that uses every event of the schema.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use cutover::checklist::{ItemId, PhaseKind};
use cutover::clock::Stamp;
use cutover::sample::{ProbeId, ProbeState};
use cutover::signoff::event::{
    Blob, DecisionKind, Event, Evidence, Expected, FieldRow, Held, JumpKind, OutageKind, OverrideKind,
    PhaseRow, PlanText, ReadBack, Row, RunMode,
};
use cutover::signoff::{ActId, Actor, Client, Draft, Hash, Head, Line, Via};

/// The bytes of the story's one attachment.
pub const ATTACHMENT: &[u8] = b"HTTP/1.1 200 OK\n";
/// Bytes of the golden log's recorded readings.
pub const READINGS: &[u8] = concat!(
    r#"{"at":"2026-11-21T06:00:09.000Z","up":1002000,"probe":"health/catalogue/live","state":"up","n":2,"v":{"latency_ms":[11.5,12.25,13.0,13.0]},"#,
    r#""seen":{"sample":{"began":[1795240808987000,3600,1001987000,1001987000],"at":[1795240809000000,3600,1002000000,1002000000],"#,
    r#""reading":{"health":{"outcome":"pass","warnings":[],"latency":{"secs":0,"nanos":13000000},"word":"200","peer":"192.0.2.10:443","answered_by":"new","certificate":null,"watched":[]}}}}}"#,
    "\n"
)
.as_bytes();

/// The run's id, on every line.
pub const RUN: &str = "00c0ffee00c0ffee";

pub fn id(n: u8) -> ItemId {
    ItemId([0xa0, 0, 0, 0, 0, 0, 0, n])
}

pub fn blob() -> Blob {
    Blob::seal(ATTACHMENT, *b"0123456789abcdef")
}

fn plan(text: &str) -> PlanText {
    let sidecar = "[vars]\nAPI_TOKEN = { env = \"API_TOKEN\" }\n";
    PlanText {
        file: "library.md".to_owned(),
        title: "The library catalogue moves house".to_owned(),
        ticket: Some("CHG-7".to_owned()),
        window: Some(("2026-11-21T06:00:00Z".to_owned(), "2026-11-21T06:40:00Z".to_owned())),
        sha256: Hash::of(text.as_bytes()).to_string(),
        text: text.to_owned(),
        sidecar_sha256: Some(Hash::of(sidecar.as_bytes()).to_string()),
        sidecar: Some(sidecar.to_owned()),
        outage_goal_s: Some(900),
        maintenance_goal_s: None,
        phases: vec![PhaseRow {
            title: "Move".to_owned(),
            line: 7,
            planned_s: Some((600, 1200)),
            rehearsed_s: Some(900),
        }],
        baseline: Some(("library.rehearsal-2026-11-14-1".to_owned(), Hash::of(b"rehearsal").to_string())),
        people: [("dana", "operator"), ("lee", "approver")]
            .map(|(name, role)| (name.to_owned(), vec![role.to_owned()]))
            .into(),
    }
}

fn row(n: u8, phase: &str, kind: PhaseKind, text: &str) -> Row {
    Row {
        id: id(n),
        phase: phase.to_owned(),
        kind,
        section: None,
        parent: None,
        depth: 0,
        text: text.to_owned(),
        line: u32::from(n) + 4,
        box_span: None,
        checked: false,
        fields: Vec::new(),
        planned_s: None,
        held: Held::default(),
    }
}

fn rows() -> Vec<Row> {
    let field = |label: &str, at, secret| FieldRow { label: label.to_owned(), span: at..at + 8, secret };
    let mut rows = vec![
        row(1, "Prepare", PhaseKind::Work, "Announce the maintenance"),
        row(2, "Prepare", PhaseKind::Work, "Note the row count: ________ and the token: ________"),
        row(3, "Prepare", PhaseKind::Work, "Take a snapshot"),
        row(4, "Move", PhaseKind::Work, "Stop the indexer"),
        row(5, "Move", PhaseKind::Work, "Copy the covers | `rsync -a covers/ new:`"),
        row(6, "Move", PhaseKind::Work, "Switch the name to the new host"),
        row(7, "Move", PhaseKind::Work, "Warm the cache"),
        row(8, "Move", PhaseKind::Work, "Tell the branch libraries"),
        row(9, "Rollback", PhaseKind::Rollback, "Switch the name back"),
        row(10, "Success criteria", PhaseKind::Criteria, "A reader finds a book"),
        row(11, "Sign-off", PhaseKind::SignOff, "Head of systems: ________"),
    ];
    rows[0].checked = true;
    rows[1].fields = vec![field("Note the row count", 30, false), field("and the token", 54, true)];
    rows[2].section = Some("Backups".to_owned());
    rows[4].box_span = Some(120..123);
    rows[5].held.no_return = true;
    rows[6].held = Held { roles: vec!["dba".to_owned()], approve: 2, no_return: false, undo: Some(true) };
    rows[6].parent = Some(id(6));
    rows[6].depth = 1;
    rows[4].planned_s = Some((300, 600));
    rows
}

fn amended() -> Vec<Row> {
    let mut rows = rows();
    rows.remove(7);
    rows[3].id = id(44);
    rows[3].text = String::from("Stop the indexer and its timer");
    rows
}

fn item(event: impl Fn(ItemId, String, String) -> Event, n: u8, text: &str) -> Event {
    event(id(n), "Move".to_owned(), text.to_owned())
}

fn done(n: u8, done_by: Option<&str>, evidence: Vec<Evidence>) -> Event {
    Event::ItemDone {
        item: id(n),
        phase: "Move".to_owned(),
        text: "Step".to_owned(),
        done_by: done_by.map(str::to_owned),
        evidence,
    }
}

fn reopened(n: u8, reason: &str, mistick: bool) -> Event {
    let (phase, text) = ("Move".to_owned(), "Step".to_owned());
    Event::ItemReopened { item: id(n), phase, text, reason: reason.to_owned(), mistick }
}

#[expect(clippy::too_many_lines, reason = "one line an event")]
/// Who, seconds since the act before, what.
fn events() -> Vec<(&'static str, i64, Event)> {
    let s = str::to_owned;
    let api: ProbeId = "health/catalogue/new".parse().unwrap();
    let evidence = || {
        vec![Evidence {
            probe: api.clone(),
            state: ProbeState::Up,
            saw: s("200 in 61ms"),
            age_ms: 1200,
            error: None,
            text: None,
        }]
    };
    let changed = |from, to, saw: &str| Event::ProbeChanged {
        probe: api.clone(),
        from,
        to,
        since: s("2026-11-21T06:10:02Z"),
        saw: s(saw),
        flips: 1,
    };
    let started = |item, phase, text| Event::ItemStarted { item, phase, text };
    let skipped = |item, phase, text| Event::ItemSkipped {
        item,
        phase,
        text,
        reason: s("the cache fills itself"),
        evidence: evidence(),
    };
    let deferred = |item, phase, text| Event::ItemDeferred {
        item,
        phase,
        text,
        reason: s("the covers follow by night"),
    };
    let absent = |item, phase, text| Event::ItemNotApplicable { item, phase, text, reason: String::new() };
    let mut events = vec![
        (
            "dana",
            0,
            Event::RunStarted {
                name: s("library.live-2026-11-21-1"),
                mode: RunMode::Live,
                tool: s("cutover 0.1.0"),
                boot_id: s("5a1f"),
                pid: 4711,
                plan: plan("# The library catalogue moves house\n"),
                items: rows(),
            },
        ),
        ("cutover", 1, Event::ProbeSnapshot { states: [(api.clone(), ProbeState::Unknown)].into() }),
        ("cutover", 2, changed(ProbeState::Unknown, ProbeState::Up, "200 in 84ms")),
        (
            "dana",
            20,
            Event::FieldFilled {
                item: id(2),
                field: 0,
                label: s("Note the row count"),
                value: s("490112"),
                secret: false,
            },
        ),
        (
            "dana",
            9,
            Event::FieldFilled {
                item: id(2),
                field: 1,
                label: s("and the token"),
                value: s("set, 184 characters"),
                secret: true,
            },
        ),
        ("dana", 3, done(2, None, Vec::new())),
        ("dana", 4, done(3, None, Vec::new())),
        ("dana", 5, reopened(3, "", true)),
        ("dana", 60, item(started, 3, "Take a snapshot")),
        ("dana", 300, done(3, Some("the storage team"), Vec::new())),
        ("dana", 4, Event::TimeClaimed { item: id(3), time: s("about 06:05") }),
        (
            "dana",
            30,
            Event::ItemFailed {
                item: id(4),
                phase: s("Move"),
                text: s("Stop the indexer"),
                reason: s("it came back by its timer"),
                evidence: evidence(),
            },
        ),
        (
            "dana",
            1,
            Event::IssueOpened {
                issue: 1,
                text: s("the indexer's timer starts it again"),
                item: Some(id(4)),
            },
        ),
        (
            "dana",
            60,
            Event::PlanAmended {
                what: s("1 reworded, 1 removed"),
                plan: plan("# The library catalogue moves house\n\nAmended.\n"),
                items: amended(),
                map: [(id(44), id(4))].into(),
            },
        ),
        ("dana", 5, reopened(4, "timer is stopped too", false)),
        ("dana", 6, done(4, None, evidence())),
        ("dana", 2, Event::IssueResolved { issue: 1, text: s("stopped the timer | `systemctl stop`") }),
        ("cutover", 4, changed(ProbeState::Up, ProbeState::Down, "connection refused")),
        ("cutover", 40, changed(ProbeState::Down, ProbeState::Up, "200 in 61ms")),
        ("dana", 10, item(deferred, 5, "Copy the covers")),
        ("dana", 7, Event::AttachmentAdded { name: s("answer.txt"), blob: blob(), item: Some(id(6)) }),
        ("dana", 2, done(6, None, evidence())),
        ("dana", 5, item(skipped, 7, "Warm the cache")),
        (
            "dana",
            5,
            Event::ItemAdded {
                item: id(50),
                phase: s("Move"),
                text: s("Clear the proxy"),
                after: Some(id(6)),
            },
        ),
        ("dana", 5, item(absent, 50, "Clear the proxy")),
        ("dana", 5, Event::NoteAdded { text: s("proxy was off <b>already</b>"), item: Some(id(50)) }),
        ("dana", 5, Event::NoteAdded { text: s("quiet morning\nno calls"), item: None }),
        ("cutover", 1, Event::ClockJumped { kind: JumpKind::Step, by_ms: -250 }),
        (
            "cutover",
            1,
            Event::ProbeGap {
                probe: api.clone(),
                from: s("2026-11-21T06:20:00Z"),
                to: s("2026-11-21T06:21:00Z"),
                why: s("the machine slept"),
                users: false,
            },
        ),
        (
            "cutover",
            1,
            Event::ConfigAmended {
                what: s("1 check added"),
                sha256: Hash::of(b"x").to_string(),
                text: s("x"),
            },
        ),
        (
            "cutover",
            1,
            Event::DnsFlipped {
                record: "dns/catalogue.example.org/CNAME".parse().unwrap(),
                server: s("192.0.2.53"),
                from: s("old"),
                to: s("new"),
                since: s("2026-11-21T06:19:58Z"),
                saw: s("new.example.net, ttl 300 s"),
            },
        ),
        (
            "cutover",
            1,
            Event::DnsSafe {
                record: "dns/catalogue.example.org/CNAME".parse().unwrap(),
                since: s("2026-11-21T06:19:58Z"),
                ttl_s: 300,
                safe: s("2026-11-21T06:24:58Z"),
                proof: s("2 of 2 authoritative servers answer new; the longest old TTL seen was 300 s"),
            },
        ),
        (
            "dana",
            1,
            Event::CommandStarted {
                job: s("covers"),
                argv: vec![s("rclone"), s("copy"), s("old:"), s("new:")],
                item: Some(id(5)),
                text: Some(s("rclone copy old: new:")),
            },
        ),
        (
            "cutover",
            3,
            Event::CommandEnded {
                job: s("covers"),
                exit: 0,
                took_ms: Some(3100),
                output: Some(Blob::seal(ATTACHMENT, [8; 16])),
                cut: Some(40),
            },
        ),
        (
            "dana",
            1,
            Event::CommandStarted { job: s("index"), argv: vec![s("reindex")], item: None, text: None },
        ),
        ("cutover", 1, Event::CommandLost { job: s("index") }),
        (
            "cutover",
            1,
            Event::ReconcileRan {
                probe: "reconcile/covers".parse().unwrap(),
                asked_by: s("dana"),
                took_ms: 4200,
                counters: [(s("copied"), 490_112), (s("listed"), 490_149), (s("missing"), 37)].into(),
                expected: vec![
                    Expected { expect: s("copied <= listed"), saw: None },
                    Expected { expect: s("missing == 0"), saw: Some(s("37")) },
                ],
                failed: None,
            },
        ),
        (
            "dana",
            1,
            Event::NoiseAllowed { probe: "log/catalogue".parse().unwrap(), pattern: s("^cache miss") },
        ),
        (
            "dana",
            1,
            Event::ExcerptAdded {
                probe: "log/catalogue".parse().unwrap(),
                lines: 2,
                blob: Blob::seal(ATTACHMENT, [9; 16]),
                item: Some(id(6)),
            },
        ),
    ];
    events.extend(control());
    events.extend([
        ("dana", 1, Event::RunEnded { reason: s("left by q") }),
        ("dana", 600, Event::RunResumed { tool: s("cutover 0.1.0"), boot_id: s("5a1f"), pid: 4800 }),
        (
            "cutover",
            0,
            Event::LogRecovered {
                bytes: 17,
                sha256: Hash::of(b"torn").to_string(),
                file: s("library.live-2026-11-21-1.torn-20261121T063000Z"),
            },
        ),
        ("dana", 9, Event::OperatorChanged { from: s("dana"), to: s("lee") }),
        (
            "lee",
            30,
            Event::CriterionConfirmed {
                item: id(10),
                phase: s("Success criteria"),
                text: s("A reader finds a book"),
                evidence: evidence(),
            },
        ),
        ("lee", 9, Event::HeadOffered { head: Hash::of(b"head").to_string(), place: s("CHG-7") }),
        (
            "lee",
            30,
            Event::SignoffGiven {
                name: s("Lee Field"),
                role: s("head of systems"),
                statement: s("moved; covers follow"),
                item: Some(id(11)),
                open: vec![s("read-only catalogue")],
                evidence: Vec::new(),
            },
        ),
    ]);
    let line = events.len() as u64;
    events.extend([
        // Its signature comes when the line that it signs is known.
        ("lee", 1, Event::SignoffSigned { line, name: s("Lee Field"), signature: String::new() }),
        (
            "lee",
            1,
            Event::EvidenceRedacted {
                blob: Blob::seal(ATTACHMENT, [6; 16]).sha256,
                reason: s("it showed a reader's name"),
            },
        ),
        (
            "cutover",
            1,
            Event::ReadingsSealed {
                file: s("readings-000001.jsonl"),
                sha256: Hash::of(READINGS).to_string(),
                lines: 1,
                from: s("2026-11-21T06:00:09Z"),
                to: s("2026-11-21T06:00:09Z"),
                recovered: false,
            },
        ),
        ("cutover", 0, Event::ReadingsStopped { bytes: 268_435_456, why: s("the folder is full") }),
        ("lee", 2, Event::RunEnded { reason: s("left by q") }),
    ]);
    events
}

/// What stood between items and their ticks.
#[expect(clippy::too_many_lines, reason = "one line an event")]
fn control() -> Vec<(&'static str, i64, Event)> {
    let s = str::to_owned;
    let check: ProbeId = "health/catalogue/live".parse().unwrap();
    let gate = || s("health/catalogue/new for 5m");
    let seen = vec![Evidence {
        probe: check.clone(),
        state: ProbeState::Down,
        saw: s("503"),
        age_ms: 900,
        error: Some(s("status == 200, saw 503")),
        text: Some(Blob::seal(ATTACHMENT, [7; 16])),
    }];
    let kind = OutageKind::Outage;
    let due = s("2026-11-21T06:40:00Z");
    vec![
        (
            "cutover",
            1,
            Event::GateMet { item: id(6), gate: gate(), held_ms: 300_000, saw: s("up since 06:05:00Z") },
        ),
        ("cutover", 1, Event::GateLost { item: id(6), gate: gate(), saw: s("down: 503") }),
        (
            "dana",
            1,
            Event::GateOverridden {
                item: id(6),
                kind: OverrideKind::Gate,
                verdict: s("health/catalogue/new is not met: down"),
                reason: s("the check asks the wrong host"),
            },
        ),
        (
            "dana",
            1,
            Event::ApprovalGiven {
                item: id(5),
                n: 1,
                of: 2,
                done_by: None,
                read_back: Some(ReadBack {
                    fact: s("dns/catalogue share"),
                    said: s("100%"),
                    saw: Some(s("100.0%")),
                }),
                evidence: seen.clone(),
            },
        ),
        ("cutover", 1, Event::ApprovalLapsed { item: id(5), why: s("15 minutes have passed") }),
        (
            "dana",
            1,
            Event::DecisionMade {
                decision: s("way of copying"),
                kind: DecisionKind::Choice,
                choice: s("Copy by night"),
                closes: vec![id(8)],
                reason: Some(s("fewer readers")),
                item: Some(id(5)),
                evidence: Vec::new(),
            },
        ),
        (
            "dana",
            1,
            Event::DecisionReopened { decision: s("way of copying"), reason: s("the night is short") },
        ),
        (
            "cutover",
            1,
            Event::LockOpened { item: id(8), lock: s("wait 10m"), since: s("2026-11-21T06:10:00Z") },
        ),
        ("dana", 1, Event::StateOpened { name: s("read-only catalogue"), item: id(4) }),
        ("dana", 1, Event::StateClosed { name: s("read-only catalogue"), item: id(6) }),
        ("dana", 1, Event::StateOpened { name: s("read-only catalogue"), item: id(4) }),
        (
            "cutover",
            1,
            Event::OutageBegan {
                check: check.clone(),
                kind,
                since: s("2026-11-21T06:20:03Z"),
                resolution_ms: 5000,
                planned: true,
                saw: s("503"),
            },
        ),
        (
            "cutover",
            90,
            Event::OutageEnded {
                check,
                kind,
                until: s("2026-11-21T06:21:33Z"),
                lasted_ms: 90_000,
                resolution_ms: 5000,
            },
        ),
        ("dana", 1, Event::RollbackInvoked { reason: s("readers find nothing"), evidence: seen }),
        ("dana", 60, Event::RollbackStoodDown { reason: s("the index was merely late") }),
        ("dana", 1, Event::NotifyMuted { kind: s("flip"), muted: true }),
        ("dana", 1, Event::TimerSet { timer: 1, text: s("roles propagate"), due, item: Some(id(5)) }),
        ("cutover", 300, Event::TimerRang { timer: 1 }),
    ]
}

/// The story as drafts, in order.
pub fn drafts() -> Vec<Draft> {
    let mut stamp = Stamp {
        wall: DateTime::parse_from_rfc3339("2026-11-21T06:00:07.250Z").unwrap().to_utc(),
        offset: 3600,
        mono: Duration::from_secs(1000),
        boot: Duration::from_millis(1_000_250),
    };
    let mut session = 0;
    let mut n = 0;
    let mut drafts = Vec::new();
    for (by, after, event) in events() {
        stamp.wall += TimeDelta::seconds(after);
        stamp.boot += Duration::from_secs(after.unsigned_abs());
        if matches!(event, Event::RunStarted { .. } | Event::RunResumed { .. }) {
            (session, n) = (session + 1, 0);
        }
        n += 1;
        let client =
            Client { tty: "/dev/pts/3".to_owned(), user: "ops".to_owned(), pid: 812, ambiguous: n == 7 };
        drafts.push(Draft {
            act: ActId { session, n },
            at: stamp,
            by: if by == "cutover" { Actor::Machine } else { Actor::Person(by.to_owned()) },
            via: Via {
                host: "bastion".to_owned(),
                user: "ops".to_owned(),
                tty: Some("/dev/pts/9".to_owned()),
                client: (session == 1 && by != "cutover").then_some(client),
            },
            blobs: event.blobs().iter().map(|_| Arc::from(ATTACHMENT)).collect(),
            event,
        });
    }
    super::signed::signed(drafts)
}

/// The story as lines.
pub fn lines() -> Vec<Line> {
    let mut head = Head::default();
    drafts()
        .iter()
        .map(|draft| {
            let line = Line::encode(head, RUN, draft).unwrap();
            head = line.head;
            line
        })
        .collect()
}
