//! The plan that comes with the program.

use std::path::Path;

#[test]
fn its_sidecar_holds() {
    let file = Path::new("checklists/backend-migration.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let settings = cutover::config::load(file, &text, &|_| None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(settings.health.len(), 3);
    assert!(settings.health[0].identity_old.is_some() && settings.health[0].identity_new.is_some());
}

#[test]
fn it_is_ready_without_a_finding() {
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_cutover"))
        .args(["check", "checklists/backend-migration.md", "--format", "json"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    let check: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    // Gates that its words suggest are for whoever runs it to set.
    let proposed = |finding: &serde_json::Value| finding["code"] == "gate-proposal";
    assert!(check["findings"].as_array().unwrap().iter().all(proposed), "{check:#}");
    let phases = check["phases"].as_array().unwrap();
    let items: usize = phases.iter().map(|phase| phase["items"].as_array().unwrap().len()).sum();
    let boxes = std::fs::read_to_string("checklists/backend-migration.md").unwrap().matches("[ ] ").count();
    assert_eq!(items, boxes);
}
