use std::path::Path;

use super::*;
use crate::config;
use crate::plan::{self, Plan};

const SIDECAR: &str = r#"
[[health]]
name = "api"
url = "https://api.example.com/health"
old = "198.51.100.4"
new = "203.0.113.7"

[[health]]
name = "admin"
url = "https://api.example.com/admin"

[[health]]
name = "web"
exec = ["systemctl", "is-active", "nginx.service"]

[[dns]]
name = "api"
record = "api.example.com"
type = "A"
new = "203.0.113.7"

[[copy]]
name = "assets"
source = { rclone = "http://127.0.0.1:5572" }

[[log]]
name = "app"
file = "/var/log/app.log"

[[reconcile]]
name = "blobs"
exec = ["check"]
counters = { missing = 'missing (\d+)' }
expect = ["missing == 0"]
"#;

fn plan(items: &str, more: &str) -> Plan {
    let sidecar = format!("{more}\n{SIDECAR}");
    let settings = config::load(Path::new("x.toml"), &sidecar, &|_| None).unwrap();
    plan::bind(Path::new("x.md"), format!("# P\n\n## One\n\n{items}").into_bytes(), settings, None, &|_| None)
        .unwrap()
}

fn needs(items: &str) -> Vec<String> {
    let plan = plan(items, "");
    plan.hints
        .iter()
        .map(|hint| format!("{}{}", hint.expr.source(), if hint.asks { "" } else { " ?" }))
        .collect()
}

#[test]
fn words_bind_an_item_to_a_probe() {
    for (item, need) in [
        ("curl https://api.example.com/health – Response status: 200 OK", "health/api status == 200"),
        ("New backend: https://api.example.com/health returns 200", "health/api/new status == 200"),
        ("The old https://api.example.com/health returns 503", "health/api/old status == 503"),
        ("https://api.example.com/admin answers with 401", "health/admin status == 401"),
        (
            "api.example.com/health says `\"database\": \"healthy\"`",
            "health/api body.database == \"healthy\"",
        ),
        ("api.example.com/health says `\"pool.size\": 12`", "health/api body[\"pool.size\"] == 12"),
        ("TTL lowered to 300", "dns/api/A ttl <= 300s"),
        ("Lower the TTL of api.example.com to 5 minutes", "dns/api/A ttl <= 5m"),
        ("Verify that the A record of api.example.com resolves to new", "dns/api/A"),
        ("Verify that nginx is running", "health/web"),
        ("Restart nginx", "health/web ?"),
        ("Copy of assets complete", "copy/assets finished"),
        ("Sync assets: no errors", "copy/assets failed == 0"),
        ("Start to copy assets", "copy/assets ?"),
        ("No errors in the app log", "log/app errors == 0"),
        ("Follow the app log", "log/app ?"),
        ("Compare blobs on both sides", "reconcile/blobs ok"),
        ("Open https://api.example.com/admin and clear the cache", "health/admin ?"),
        ("Keep https://api.example.com/health open", "health/api ?"),
        ("Check that https://api.example.com/admin loads", "health/admin"),
    ] {
        let found = needs(&format!("- [ ] {item}\n"));
        assert!(found.iter().any(|it| it == need), "{item}: {found:?}");
    }
}

#[test]
fn other_words_bind_nothing() {
    for item in [
        "Tell the team",
        "Copy the link into the ticket",
        "Deploy app 200 times",
        "Order 503 is refunded",
        "Write down the status of the ticket",
        "myapi.example.com is not ours",
        "Buy assets",
        "Set \"mode\": off",
    ] {
        assert_eq!(needs(&format!("- [ ] {item}\n")), [""; 0], "{item}");
    }
}

#[test]
fn what_stands_above_an_item_says_what_it_is_about() {
    let items = "- [ ] Ask https://api.example.com/admin\n  - [ ] Response status: 200 OK\n";
    assert_eq!(needs(items), ["health/admin ?", "health/admin status == 200"]);
}

#[test]
fn each_rule_can_be_switched_off_by_its_id() {
    let item = "- [ ] TTL lowered to 300\n- [ ] Verify that nginx is running\n";
    let found = |more: &str| plan(item, more).hints.iter().map(|hint| hint.rule).collect::<Vec<_>>();
    assert_eq!(found(""), ["hint-ttl", "hint-service"]);
    assert_eq!(found("phrases_off = [\"hint-ttl\"]"), ["hint-service"]);
    for hint in plan("- [ ] TTL lowered to 300\n", "").hints {
        assert!(crate::checklist::RULES.contains(&hint.rule));
    }
}

#[test]
fn a_proposal_is_a_gate_that_can_be_pasted() {
    let items =
        "- [ ] api.example.com/health says `\"database\": \"healthy\"`\n- [ ] Copy of assets complete\n";
    let before = plan(items, "");
    let proposals = proposals(&before);
    let needs: Vec<&str> = proposals.iter().map(|it| it.need.as_str()).collect();
    assert_eq!(needs, ["health/api body.database == \"healthy\"", "copy/assets finished"]);
    // As an annotation.
    let lines = items.lines().zip(&proposals).map(|(line, it)| format!("{line} {}\n", it.annotation));
    let annotated = plan(&lines.collect::<String>(), "");
    // As a table of the sidecar.
    let tables: String = proposals.iter().map(|it| it.toml.as_str()).collect();
    let settings = config::load(Path::new("x.toml"), &format!("{SIDECAR}\n{tables}"), &|_| None).unwrap();
    let source = before.source.clone();
    let with_tables = plan::bind(Path::new("x.md"), source, settings, None, &|_| None).unwrap();
    for plan in [annotated, with_tables] {
        for proposal in &proposals {
            assert_eq!(plan.rules.items[proposal.item].needs[0].source(), proposal.need);
        }
        assert_eq!(super::proposals(&plan), [], "what is held already is not proposed");
    }
}

#[test]
fn a_gate_may_leave_the_records_type_out() {
    let lowered = "- [ ] TTL of api.example.com lowered to 300";
    assert_eq!(proposals(&plan(&format!("{lowered}\n"), "")).len(), 1);
    for subject in ["dns/api", "dns/api/A"] {
        let held = format!("{lowered} <!-- cutover: needs = [\"{subject} ttl <= 5m\"] -->\n");
        assert_eq!(proposals(&plan(&held, "")), [], "{subject}");
    }
}

#[test]
fn probes_watch_what_only_they_can_see() {
    let items = "- [ ] api.example.com/health says `\"database\": \"healthy\"`\n";
    let plan = plan(items, "");
    let api = &plan.settings.health[0];
    let watched: Vec<&str> = api.watch.iter().map(Expr::source).collect();
    assert_eq!(watched, ["health/api body.database == \"healthy\""]);
}
