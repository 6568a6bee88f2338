//! Each checklist that comes with the program, played by keys in its demo: to its last sign-off, its report and the proof of
//! its log.

use crate::common::demo::Demo;
use crate::common::folder::events;
use crate::common::operator::Operator;

/// Plays a checklist; `passed` are the steps that do not wait for what stands in their way, by how they begin.
#[track_caller]
fn play(name: &str, passed: &[&str]) {
    let mut demo = Demo::start(&[name]);
    let log = demo.log(name);
    let played = Operator::new(&mut demo.terminal, &log, "dana").play();
    let overridden: Vec<&str> = played.overridden.iter().map(|past| past.step.as_str()).collect();
    let expected = overridden.len() == passed.len()
        && overridden.iter().zip(passed).all(|(step, begins)| step.starts_with(begins));
    assert!(expected, "{passed:?} were to be gone past, not {:#?}", played.overridden);

    demo.leave();
    demo.terminal.type_text("k");
    assert_eq!(demo.terminal.exit_code(), 0);
    let run = &events(&log)[0];
    let steps = run["items"].as_array().unwrap().iter().filter(|row| row["kind"] != "rollback").count();
    let report = std::fs::read_to_string(log.with_file_name("report.html")).unwrap();
    assert!(report.contains(&format!("Every one of the {steps} items is settled.")), "{name}");
    let past = format!("Acts that went past what stood in their way ({})", passed.len());
    assert_eq!(report.contains(&past), !passed.is_empty(), "{name}: {past}");
    for (who, role) in &played.signed {
        assert!(report.contains(who.as_str()) && report.contains(role.as_str()), "{name}: {who}, {role}");
    }
    let verified = demo.place.cutover(&["verify", log.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.stdout.contains(": intact"), "{verified:?}");
}

#[test]
fn blank() {
    play("blank", &[]);
}

#[test]
fn app_host_migration() {
    play("app-host-migration", &[]);
}

#[test]
fn backend_migration() {
    // What waits for a week and for a month.
    let long = [
        "Remaining logs of the old side exported",
        "Old app deleted",
        "Last backup of the old database archived",
        "Old resource group holds nothing",
        "Old resource group deleted",
    ];
    play("backend-migration", &long);
}

#[test]
fn database_switch_over() {
    play("database-switch-over", &[]);
}

#[test]
fn dns_cutover() {
    play("dns-cutover", &[]);
}

#[test]
fn object_store_switch() {
    play("object-store-switch", &[]);
}

#[test]
fn production_release() {
    play("production-release", &[]);
}

#[test]
fn storage_migration() {
    play("storage-migration", &["Wait 5 minutes for the role assignment"]);
}

#[test]
fn subscription_move() {
    play("subscription-move", &["Wait 5 minutes for the role assignment"]);
}
