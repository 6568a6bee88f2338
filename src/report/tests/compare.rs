//! Two runs beside each other: which step is which, what differs, what cannot be compared.

use super::*;
use crate::signoff::event::{OutageKind, Row};

/// A run of the small plan as it is after a change.
fn run_of(mode: RunMode, change: impl Fn(&mut Vec<Row>)) -> Run {
    let mut start = small_start();
    if let Event::RunStarted { mode: of, items, plan, .. } = &mut start {
        *of = mode;
        change(items);
        let words: Vec<&str> = items.iter().map(|row| row.text.as_str()).collect();
        plan.sha256 = Hash::of(words.join("\n").as_bytes()).to_string();
    }
    Run::new(start)
}

fn compared(a: &Run, b: &Run) -> Comparison {
    for run in [a, b] {
        std::fs::write(run.log(), &run.bytes).unwrap();
    }
    compare(&a.log(), &b.log(), &b.clock.now()).unwrap()
}

/// Nothing in it is wider than a terminal is.
fn told(compared: &Comparison) -> String {
    let told = compared.to_string();
    for line in told.lines() {
        assert!(crate::text::width(line) <= 80, "{} columns: {line}", crate::text::width(line));
    }
    told
}

#[test]
fn steps_reworded_added_and_removed() {
    let a = run_of(RunMode::Rehearsal, |rows| rows[1].text = "Copy the covers to the new store".into());
    let b = run_of(RunMode::Live, |rows| {
        rows[1].id = id(77);
        rows[1].text = "Copy all covers to the new store".into();
        rows[2].id = id(78);
        rows[2].text = "Something else altogether".into();
        rows.remove(3);
    });
    let compared = compared(&a, &b);
    assert_eq!(compared.exit_code(), 0);
    let said = told(&compared);
    assert!(said.contains("The plan was edited between the runs; 13 steps are in both."), "{said}");
    let reworded =
        "Reworded steps\n  Copy all covers to the new store\n    A: Copy the covers to the new store\n";
    assert!(said.contains(reworded), "{said}");
    assert!(said.contains("Only in A\n  Step 2 ("), "{said}");
    assert!(said.contains("\n  Step 3 ("), "{said}");
    assert!(said.contains("Only in B\n  Something else altogether ("), "{said}");
    let only =
        |all: &[crate::report::compare::Lone]| all.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
    assert_eq!(only(&compared.only.a), ["Step 2", "Step 3"]);
    assert_eq!(only(&compared.only.b), ["Something else altogether"]);
}

#[test]
fn runs_of_different_plans_are_said_to_be() {
    let a = run_of(RunMode::Live, |_| {});
    let b = run_of(RunMode::Live, |rows| {
        for (at, row) in rows.iter_mut().enumerate().skip(1) {
            row.id = ItemId([9, 9, 9, 9, 9, 9, 9, u8::try_from(at).unwrap()]);
            row.text = format!("{at} quite other words for another move");
        }
    });
    let compared = compared(&a, &b);
    assert_eq!((compared.exit_code(), compared.different_plans, compared.shared), (1, true, 1));
    assert!(told(&compared).contains("These are runs of DIFFERENT PLANS: 1 step is in both"), "{compared}");
}

#[test]
fn a_run_that_is_not_over_and_what_was_called_for_in_one_alone() {
    let mut a = run_of(RunMode::Rehearsal, |_| {});
    let mut b = run_of(RunMode::Live, |_| {});
    for n in 0..12 {
        a.act(done(n));
    }
    b.act(failed(1, &"disk full, and more was wrong than one line of eighty columns holds ".repeat(4)));
    let compared = compared(&a, &b);
    assert_eq!(compared.exit_code(), 0, "they can be compared");
    let said = told(&compared);
    assert!(said.contains("A  REHEARSAL  Small\n"), "{said}");
    assert!(said.contains("B  LIVE  Small\n"), "{said}");
    let not_over = |line: &str| line.contains("NOT FINISHED: ");
    assert_eq!(said.lines().filter(|line| not_over(line)).count(), 1 + usize::from(!compared.runs.a.settled));
    assert!(said.contains("  Step 1\n    A: done\n    B: failed: disk full, and more was wrong"), "{said}");
    let json = serde_json::to_value(&compared).unwrap();
    assert_eq!(json["items"][1]["state"], serde_json::json!({"a": "done", "b": "failed"}));
}

#[test]
fn outages_and_exceptions_of_both() {
    let began = |run: &Run, kind| Event::OutageBegan {
        check: "health/api/live".parse().unwrap(),
        kind,
        since: run.clock.now().wall.to_rfc3339(),
        resolution_ms: 5000,
        saw: "503".to_owned(),
        planned: false,
    };
    let mut a = run_of(RunMode::Rehearsal, |_| {});
    a.act(failed(1, "disk full"));
    let mut b = run_of(RunMode::Live, |_| {});
    b.act(began(&b, OutageKind::Outage));
    b.act(done(0));
    let said = told(&compared(&a, &b));
    let row = |name: &str| {
        said.lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap_or_else(|| panic!("{name}: {said}"))
    };
    assert!(row("outage, as observed").ends_with("unknown     02:00"), "{said}");
    let words =
        |name: &str| row(name).split_whitespace().rev().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words("Failures"), ["-1", "0", "1"]);
    assert_eq!(words("Outage"), ["+1", "1", "0"]);
}

#[test]
fn a_log_that_is_not_intact_is_said_to_be() {
    let mut a = run_of(RunMode::Live, |_| {});
    a.act(failed(0, "reason"));
    a.act(done(1));
    let b = run_of(RunMode::Live, |_| {});
    let text = String::from_utf8(a.bytes.clone()).unwrap();
    a.bytes = text.replace("\"reason\":\"reason\"", "\"reason\":\"better\"").into_bytes();
    let compared = compared(&a, &b);
    assert_eq!(compared.exit_code(), 1);
    assert!(told(&compared).contains("   NOT INTACT: see cutover verify"), "{compared}");
}

#[test]
fn a_decision_goes_by_the_words_of_its_step() {
    let (mut a, mut b) = (run_of(RunMode::Rehearsal, |_| ()), run_of(RunMode::Live, |_| ()));
    for (run, choice) in [(&mut a, "go: lee"), (&mut b, "no-go: kim")] {
        run.act(Event::DecisionMade {
            decision: format!("point of no return {}", id(1)),
            kind: DecisionKind::Go,
            choice: choice.to_owned(),
            closes: Vec::new(),
            reason: None,
            item: Some(id(1)),
            evidence: Vec::new(),
        });
    }
    let words = a.record.items[a.record.index[&id(1)]].row.text.clone();
    let said = told(&compared(&a, &b));
    assert!(said.contains(&format!("Decisions\n  {words}\n    A: go: lee\n    B: no-go: kim\n")), "{said}");
    assert!(!said.contains("point of no return"), "{said}");
}
