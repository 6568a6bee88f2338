//! People in the report: roles, second persons, points of no return, changes of the plan.

use super::*;
use crate::sample::{Kind, ProbeId, ProbeState};
use crate::signoff::Client;
use crate::signoff::event::{DecisionKind, Evidence, Held, OverrideKind, PlanText, ReadBack, Row};

/// Item 1 asks for two persons of whom one is a dba, item 2 for a dba, item 3 is the point of no return.
fn start() -> Event {
    let mut start = small_start();
    if let Event::RunStarted { plan, items, .. } = &mut start {
        plan.people = [
            ("dana".to_owned(), vec!["operator".to_owned()]),
            ("Lee Chen".to_owned(), vec!["dba".to_owned(), "approver".to_owned()]),
            ("kim".to_owned(), Vec::new()),
        ]
        .into();
        items[1].held.approve = 2;
        items[2].held.roles = vec!["dba".to_owned()];
        items[3].held = Held { no_return: true, ..Held::default() };
        items[0].held.undo = Some(true);
    }
    start
}

fn client(tty: &str) -> Via {
    let client = Client { tty: tty.to_owned(), user: "ops".to_owned(), pid: 7, ambiguous: false };
    Via { host: "bastion".to_owned(), user: "ops".to_owned(), client: Some(client), ..Via::default() }
}

fn seen() -> Vec<Evidence> {
    vec![Evidence {
        probe: ProbeId { kind: Kind::Health, name: "api".to_owned(), side: None },
        state: ProbeState::Up,
        saw: "200".to_owned(),
        age_ms: 400,
        error: None,
        text: None,
    }]
}

fn approval(n: u32, read_back: Option<ReadBack>) -> Event {
    Event::ApprovalGiven { item: id(1), n, of: 2, done_by: None, read_back, evidence: seen() }
}

fn past(n: u8, kind: OverrideKind, verdict: &str, reason: &str) -> Event {
    Event::GateOverridden { item: id(n), kind, verdict: verdict.to_owned(), reason: reason.to_owned() }
}

fn decision(kind: DecisionKind, choice: &str, reason: &str) -> Event {
    Event::DecisionMade {
        decision: "point of no return".to_owned(),
        kind,
        choice: choice.to_owned(),
        closes: Vec::new(),
        reason: Some(reason.to_owned()),
        item: Some(id(3)),
        evidence: seen(),
    }
}

#[test]
fn both_approvals_stand_there_with_what_was_read_out_and_seen() {
    let mut run = Run::new(start());
    run.act_as("dana", client("/dev/pts/1"), approval(1, None));
    let read = ReadBack { fact: "dns/api ttl".into(), said: "300".into(), saw: Some("60s".into()) };
    run.act_as("Lee Chen", client("/dev/pts/2"), approval(2, Some(read)));
    run.act_as("Lee Chen", client("/dev/pts/2"), done(1));
    let report = run.text();
    let said = part(&report, "Approvals by more than one person");
    for line in [
        "- item 2, Step 1: asks for 2 persons; **done**",
        "  - 1 of 2: dana (T2), 2026-11-21T06:33:07.000Z, line 2",
        "  - evidence: health/api up, saw 200, 400ms before",
        "  - 2 of 2: Lee Chen (T3), 2026-11-21T06:34:07.000Z, line 3",
        "  - read back: dns/api ttl: said 300, observed 60s",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
    assert!(!report.contains("conflict"), "two terminals, two persons: {said}");
    assert!(!report.contains("Acts outside a role"), "{report}");
    let people = part(&report, "People");
    assert!(
        people.contains("| dana | operator |") && people.contains("| Lee Chen | dba, approver |"),
        "{people}"
    );
    assert!(people.contains("| kim | – | 0 | – | – |"), "who is declared and did nothing: {people}");
}

#[test]
fn one_terminal_for_both_is_an_exception() {
    let mut run = Run::new(start());
    run.act_as("dana", client("/dev/pts/1"), approval(1, None));
    run.act_as("Lee Chen", client("/dev/pts/1"), approval(2, None));
    run.act_as("Lee Chen", client("/dev/pts/1"), done(1));
    let report = run.text();
    let told = "### One terminal or one person for two (1)\n\n- item 2, Step 1: dana and Lee Chen approved through one terminal";
    assert!(report.contains(told), "{report}");
    assert!(report.contains("  - conflict: **the terminal that dana approved on**"), "{report}");
}

#[test]
fn a_round_that_lapsed_is_no_conflict_with_the_next() {
    let mut run = Run::new(start());
    run.act_as("dana", client("/dev/pts/1"), approval(1, None));
    run.act(Event::ApprovalLapsed { item: id(1), why: "15m have passed since the first".to_owned() });
    run.act_as("Lee Chen", client("/dev/pts/2"), approval(1, None));
    run.act_as("dana", client("/dev/pts/1"), approval(2, None));
    run.act_as("dana", client("/dev/pts/1"), done(1));
    let report = run.text();
    assert!(!report.contains("One terminal or one person"), "{report}");
    assert!(report.contains("  - lapsed: 15m have passed since the first – dana"), "{report}");
    let outside = "### Acts outside a role (1)\n\n- item 2, Step 1: approved by dana, who has operator; it asks for the role approver";
    assert!(report.contains(outside), "{report}");
}

#[test]
fn acts_outside_a_role_say_who_what_is_asked_and_what_they_have() {
    let mut run = Run::new(start());
    let lacks = "asks for the role dba; kim has none; Lee Chen has it";
    let now = run.clock.now();
    run.act_as("kim", client("/dev/pts/3"), past(2, OverrideKind::Role, lacks, "Lee is on the phone"));
    run.act_as("kim", client("/dev/pts/3"), done(2));
    run.act_as("visitor", client("/dev/pts/4"), reopened(2, "not well"));
    run.act_as("Lee Chen", client("/dev/pts/2"), done(2));
    assert!(run.clock.now().wall > now.wall);
    let report = run.text();
    let said = part(&report, "Acts outside a role");
    assert!(said.contains("| item 3, Step 2 | ticked | kim (T2), "), "{said}");
    assert!(
        said.contains("| reopened | visitor (T3), ")
            && said.contains("| dba | **not declared** | not well |"),
        "{said}"
    );
    assert_eq!(said.lines().filter(|line| line.starts_with("| item")).count(), 2, "Lee has the role: {said}");
    assert!(report.contains("### Acts outside a role (2)"), "{report}");
}

#[test]
fn what_acts_went_past_comes_first_with_the_reason() {
    let mut run = Run::new(start());
    run.act(past(0, OverrideKind::Gate, "health/api saw 503", "it is the old side"));
    run.act(done(0));
    let report = run.text();
    let told = "### Acts that went past what stood in their way (1)\n\n- item 1, Step 0: went past a gate: health/api saw 503; why: it is the old side – dana";
    assert!(report.contains(told), "{report}");
}

#[test]
fn a_no_go_and_a_go_with_their_evidence_and_what_going_back_would_cost() {
    let mut run = Run::new(start());
    run.act(done(0));
    run.act(decision(DecisionKind::NoGo, "no-go: Lee Chen", "the window is short"));
    run.act(Event::DecisionReopened { decision: "point of no return".into(), reason: "longer".into() });
    run.act(decision(DecisionKind::Go, "go: Lee Chen", "the window was extended"));
    run.act(done(3));
    run.act(done(4));
    let report = run.text();
    let no_go = "### No-go decisions (1)\n\n- item 4, Step 3: no-go: Lee Chen: the window is short – dana";
    assert!(report.contains(no_go), "{report}");
    let said = part(&report, "Points of no return");
    for line in [
        "- **no-go: Lee Chen** before item 4, Step 3, **taken back later** – typed by dana (T1), ",
        "- **go: Lee Chen** before item 4, Step 3 – typed by dana (T1), ",
        "  - why: the window was extended",
        "  - going back would have cost: 1 step is done; can be undone: item 1; cannot: none; the plan does not say: none",
        "  - evidence: health/api up, saw 200, 400ms before",
        "- at the end of the log, 1 point is passed",
        "  - going back would cost: 3 steps are done; can be undone: item 1; cannot: item 4; the plan does not say: item 5",
        "  - done from the first of them on: item 4, 5",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
}

/// The plan's text with its steps, and its table.
fn plan(rows: &[Row]) -> (PlanText, Vec<Row>) {
    let text = rows.iter().map(|row| format!("- [ ] {}\n", row.text)).collect();
    (PlanText { text, ..PlanText::default() }, rows.to_vec())
}

#[test]
fn a_change_of_the_plan_says_of_each_item_what_became_of_its_tick() {
    let mut rows = arbitrary::small_rows();
    let mut begin = start();
    if let Event::RunStarted { plan: text, .. } = &mut begin {
        text.text = plan(&rows).0.text;
    }
    let mut run = Run::new(begin);
    for n in 0..3 {
        run.act(done(n));
    }
    rows[0].text = "Step 0, with care".to_owned();
    let mut moved = rows.remove(1);
    moved.phase = "Cut over".to_owned();
    rows.insert(4, moved);
    rows.remove(1);
    let mut new = rows[3].clone();
    (new.id, new.text) = (id(77), "Brand | new".to_owned());
    rows.insert(5, new);
    let (plan, items) = plan(&rows);
    run.act(Event::PlanAmended { what: "three changed".to_owned(), plan, items, map: [].into() });
    let report = run.text();
    let said = part(&report, "Changes of the plan");
    for line in [
        "- change 1: three changed – dana",
        ": reworded, was: Step 0; stays done\n",
        "Step 1: moved, was in: Prepare; stays done\n",
        "Step 2: removed from the plan, was done\n",
        "Brand \\| new: added to the plan in the run\n",
        "\n```diff\n@@ line 1 @@\n-- [ ] Step 0\n-- [ ] Step 1\n-- [ ] Step 2\n+- [ ] Step 0, with care\n",
        "+- [ ] Brand | new\n",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
}
