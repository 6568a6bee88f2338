//! The plans that come with the program: each is ready as it stands, and shows what the README says it shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cutover::checklist::PhaseKind;
use cutover::command::{self, Lookup};
use cutover::config::{CopySource, Edge, Target};
use cutover::expr::Fact;
use cutover::plan::{self, Plan};

/// Whether a plan shows what it is there for.
type Shows = fn(&Plan) -> bool;

/// The plans, and what to look for in each.
const PLANS: [(&str, Shows); 9] = [
    ("app-host-migration", shows_two_units_and_a_socket),
    ("backend-migration", shows_a_whole_move),
    ("blank", shows_a_start),
    ("database-switch-over", shows_a_lag_gate),
    ("dns-cutover", shows_a_safe_time),
    ("object-store-switch", shows_states_and_a_legend),
    ("production-release", shows_four_strategies),
    ("storage-migration", shows_a_long_copy),
    ("subscription-move", shows_what_must_not_run),
];

fn path(name: &str) -> PathBuf {
    PathBuf::from(format!("checklists/{name}.md"))
}

fn loaded(name: &str) -> Plan {
    plan::load(&path(name), &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_plan_has_a_sidecar_and_every_sidecar_a_plan() {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("checklists").unwrap() {
        let path = entry.unwrap().path();
        assert!(
            path.with_extension("md").is_file() && path.with_extension("toml").is_file(),
            "{path:?} is alone"
        );
        found.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(found, PLANS.iter().map(|(name, _)| (*name).to_owned()).collect());
    let titles: BTreeSet<String> = PLANS.iter().map(|(name, _)| loaded(name).title()).collect();
    assert_eq!(titles.len(), PLANS.len(), "two plans share a name: {titles:?}");
}

#[test]
fn they_are_ready_without_a_finding() {
    for (name, _) in PLANS {
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_cutover"))
            .args(["check", path(name).to_str().unwrap(), "--format", "json"])
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        let check: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(check["findings"], serde_json::json!([]), "{name}");
        assert_eq!(check["mode"], "boxes", "{name}");
    }
}

/// A text without its HTML comments.
fn shown(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("-->").map_or("", |(_, rest)| rest))
}

#[test]
fn every_box_is_an_item() {
    for (name, _) in PLANS {
        let boxes = shown(&std::fs::read_to_string(path(name)).unwrap()).matches("[ ] ").count();
        assert_eq!(loaded(name).checklist.items.len(), boxes, "{name}");
    }
}

#[test]
fn they_end_as_a_day_ends() {
    for (name, _) in PLANS {
        let plan = loaded(name);
        for kind in [PhaseKind::Rollback, PhaseKind::Criteria, PhaseKind::SignOff] {
            let there =
                plan.checklist.phases.iter().any(|phase| phase.kind == kind && !phase.items.is_empty());
            assert!(there, "{name} has no {kind:?}");
        }
        let public = plan.settings.health.iter().filter(|check| check.public).count();
        assert!(public > 0 && plan.settings.outage_goal.is_some(), "{name} does not measure its outage");
        let approver = |roles: &Vec<String>| roles.iter().any(|role| role == "approver");
        assert!(plan.settings.people.values().any(approver), "{name} has nobody who approves");
        let irreversible = |it: &plan::rules::ItemRules| it.point_of_no_return || it.undo == Some(false);
        assert!(plan.rules.items.iter().any(irreversible), "{name} does not say what cannot be undone");
    }
}

/// Everything a command asks for is given, and nothing in it is refused.
#[test]
fn their_commands_can_be_run_as_they_stand() {
    for (name, _) in PLANS {
        let plan = loaded(name);
        let settings = &plan.settings;
        let lookup = |wanted: &str| {
            let same = |name: &&String| command::key(name) == command::key(wanted);
            let value = settings.vars.iter().find(|(name, _)| same(name)).map(|(_, var)| var.value.clone());
            let blank = || settings.blanks.keys().any(|name| same(&name)).then(|| "1.8.0".to_owned());
            let value = value.or_else(blank);
            value.map_or(Lookup::Unknown, |value| Lookup::Value { value, secret: false })
        };
        for command in plan.checklist.items.iter().flat_map(|item| &item.commands) {
            let program = command::program(command.language.as_deref()).unwrap();
            for piece in command::pieces(command.language.as_deref(), &command.text) {
                let ready = command::rewrite(&program, &piece.text, &lookup);
                assert!(ready.is_ok(), "{name}, line {}: {:?}", command.line, ready.err());
            }
        }
    }
}

#[test]
fn every_variable_is_used() {
    for (name, _) in PLANS {
        let texts =
            ["md", "toml"].map(|suffix| std::fs::read_to_string(path(name).with_extension(suffix)).unwrap());
        let settings = loaded(name).settings;
        for name in settings.vars.keys().chain(settings.blanks.keys()) {
            let used = texts.iter().any(|text| text.contains(&format!("${{{name}}}")));
            assert!(used, "{name} is declared and nothing asks for it");
        }
    }
}

#[test]
fn each_shows_what_the_readme_lists_it_for() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    for (name, shows) in PLANS {
        let plan = loaded(name);
        assert!(shows(&plan), "{name} does not show what it is there for");
        assert!(
            readme.contains(&format!("\n| [{name}](checklists/{name}.md) | ")),
            "{name} is not in the README"
        );
    }
}

fn decision(plan: &Plan, ways: usize) -> bool {
    plan.checklist.decisions.iter().any(|decision| decision.options.len() == ways)
}

fn asks(plan: &Plan, fact: &Fact) -> bool {
    plan.rules.items.iter().flat_map(|item| &item.needs).any(|need| need.asks(fact))
}

fn locks(plan: &Plan, hours: u64) -> bool {
    let least = std::time::Duration::from_hours(hours);
    plan.rules.items.iter().flat_map(|item| &item.lock).any(|lock| lock.least == least)
}

fn outage(plan: &Plan) -> bool {
    [Edge::Start, Edge::End].iter().all(|edge| plan.rules.items.iter().any(|item| item.outage == Some(*edge)))
}

/// States that are left on, each of them switched off again.
fn temporary(plan: &Plan) -> usize {
    let opened: BTreeSet<&String> = plan.rules.items.iter().flat_map(|item| &item.opens).collect();
    let closed: BTreeSet<&String> = plan.rules.items.iter().flat_map(|item| &item.closes).collect();
    if opened == closed { opened.len() } else { 0 }
}

fn no_return(plan: &Plan) -> bool {
    plan.rules.items.iter().any(|item| item.point_of_no_return)
}

fn shows_two_units_and_a_socket(plan: &Plan) -> bool {
    let checks = &plan.settings.health;
    let socket = checks.iter().any(|it| matches!(it.target, Target::Http { unix: Some(_), .. }));
    let units = checks.iter().filter(|it| matches!(&it.target, Target::Exec(argv) if argv[0] == "systemctl"));
    socket && units.count() == 2 && !plan.rules.expected_down.is_empty() && outage(plan)
}

fn shows_a_whole_move(plan: &Plan) -> bool {
    let sided = plan.settings.health.iter().any(|it| it.old.is_some() && it.new.is_some());
    let waits = locks(plan, 24) && locks(plan, 7 * 24) && locks(plan, 30 * 24);
    sided && waits && decision(plan, 2) && decision(plan, 3) && no_return(plan)
}

fn shows_a_start(plan: &Plan) -> bool {
    decision(plan, 2) && no_return(plan) && outage(plan) && temporary(plan) == 1 && locks(plan, 7 * 24)
}

fn shows_a_lag_gate(plan: &Plan) -> bool {
    let postgres = plan.settings.copies.iter().any(|it| matches!(it.source, CopySource::Postgres(_)));
    let held =
        plan.rules.items.iter().any(|item| {
            item.needs.iter().any(|need| need.asks(&Fact::LagBytes)) && item.hold.as_secs() == 10
        });
    postgres && held && no_return(plan) && decision(plan, 3) && temporary(plan) == 2
}

fn shows_a_safe_time(plan: &Plan) -> bool {
    let kinds: BTreeSet<&str> = plan.settings.dns.iter().map(|it| it.kind.as_str()).collect();
    let ttl = plan.rules.items.iter().flat_map(|item| &item.lock);
    let ttl = ttl.filter(|lock| matches!(lock.anchor, Some(plan::rules::Anchor::Ttl { .. }))).count();
    kinds == BTreeSet::from(["A", "AAAA"]) && asks(plan, &Fact::Safe) && asks(plan, &Fact::Ttl) && ttl == 1
}

fn shows_states_and_a_legend(plan: &Plan) -> bool {
    let harmless = plan.settings.reconciles.iter().any(|it| it.harmless.len() == 2);
    harmless && temporary(plan) == 2 && !plan.settings.copies.is_empty()
}

fn shows_four_strategies(plan: &Plan) -> bool {
    let tasks = plan.settings.copies.iter().any(|it| matches!(it.source, CopySource::Elasticsearch(_)));
    let page = plan.settings.health.iter().any(|it| !it.maintenance.is_empty());
    decision(plan, 4) && tasks && page && plan.settings.logs.len() >= 3 && temporary(plan) == 3
}

fn shows_a_long_copy(plan: &Plan) -> bool {
    let azcopy = plan.settings.copies.iter().any(|it| matches!(it.source, CopySource::Azcopy(_)));
    let harmless = plan.settings.reconciles.iter().any(|it| !it.harmless.is_empty());
    azcopy && harmless && locks(plan, 14 * 24) && temporary(plan) == 2
}

fn shows_what_must_not_run(plan: &Plan) -> bool {
    let counts = plan.settings.reconciles.iter().any(|it| it.counters.len() == 4);
    counts && outage(plan) && no_return(plan) && locks(plan, 14 * 24)
}

/// Nothing of a plan's names or addresses is anybody's.
#[test]
fn addresses_are_those_kept_for_documentation() {
    let address = regex::Regex::new(r"\b\d{1,3}(?:\.\d{1,3}){3}\b").unwrap();
    let known = ["127.0.0.1", "1.1.1.1", "8.8.8.8", "9.9.9.9"];
    for (name, _) in PLANS {
        for suffix in ["md", "toml"] {
            let file = path(name).with_extension(suffix);
            let text = std::fs::read_to_string(Path::new(&file)).unwrap();
            for found in address.find_iter(&text).map(|found| found.as_str()) {
                let kept = ["192.0.2.", "198.51.100.", "203.0.113."].iter().any(|net| found.starts_with(net));
                assert!(kept || known.contains(&found), "{file:?}: {found}");
            }
        }
    }
}
