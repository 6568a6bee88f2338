//! The report for programs: by its schema, with a validator of its own; and whether all of the log is in it.

use std::path::Path;
use std::process::Command;

use cutover::clock::Clock;
use cutover::report;
use serde_json::Value;

use super::clock;
use crate::common::tools;
use crate::signoff::GOLDEN;

const VALIDATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/validate.py");

/// The export of a log, as text.
fn export(log: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("signoff.json");
    report::write(log, &out, &clock().now()).unwrap();
    std::fs::read_to_string(out).unwrap()
}

/// What the validator says of an export; `None` where it is not there and need not be.
fn validate(export: &str) -> Option<Result<(), String>> {
    let python = tools::python("python3")?;
    let folder = tempfile::tempdir().unwrap();
    let (schema, file) = (folder.path().join("schema.json"), folder.path().join("export.json"));
    std::fs::write(&schema, serde_json::to_string(&report::schema()).unwrap()).unwrap();
    std::fs::write(&file, export).unwrap();
    let ran = Command::new(python).arg(VALIDATE).arg(schema).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    Some(if ran.status.success() { Ok(()) } else { Err(said) })
}

/// The log's export is valid, holds each item once, and adds up; and the sheet says the same.
pub fn fits_its_schema(log: &Path) {
    let text = export(log);
    if let Some(said) = validate(&text) {
        assert_eq!(said, Ok(()), "{}", log.display());
    }
    let export: Value = serde_json::from_str(&text).unwrap();
    let items = export["items"].as_array().unwrap();
    let numbers: Vec<u64> = items.iter().map(|item| item["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=items.len() as u64).collect::<Vec<_>>(), "each item once, in order");
    let totals = &export["outcome"]["totals"];
    let count = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(totals["add_up"], true);
    let all = count("planned") + count("added") + count("rollback_apart");
    assert_eq!(all, items.len() as u64, "each item counts once");
    let state = |state: &str| {
        let of = |item: &&Value| item["state"] == state && item["counts"] == true && item["removed"] == false;
        items.iter().filter(of).count() as u64
    };
    for (name, counted) in [
        ("done", count("done")),
        ("failed", count("failed")),
        ("skipped", count("skipped")),
        ("not-applicable", count("not_applicable")),
        ("deferred", count("deferred")),
    ] {
        assert_eq!(state(name), counted, "{name}");
    }
    assert_eq!(export["outcome"]["exceptions"], export["exceptions"].as_array().unwrap().len());
    super::sheet::fits_the_export(log, &export);
}

#[test]
fn the_published_schema() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&report::schema()).unwrap());
}

#[test]
fn the_golden_logs_export() {
    fits_its_schema(Path::new(GOLDEN));
    insta::assert_snapshot!(export(Path::new(GOLDEN)));
}

#[test]
fn the_validator_sees_what_it_must() {
    let good = export(Path::new(GOLDEN));
    let Some(said) = validate(&good) else { return };
    assert_eq!(said, Ok(()));
    let bad = |change: &dyn Fn(&mut Value)| {
        let mut export: Value = serde_json::from_str(&good).unwrap();
        change(&mut export);
        validate(&export.to_string()).unwrap().unwrap_err()
    };
    for (why, said) in [
        ("'more' was unexpected", bad(&|it| it["items"][0]["more"] = 1.into())),
        ("$.version", bad(&|it| it["version"] = 2.into())),
        ("'gone' is not", bad(&|it| it["items"][0]["state"] = "gone".into())),
        ("'yesterday' is not a 'date-time'", bad(&|it| it["made"]["when"]["at"] = "yesterday".into())),
        ("'integrity' is a required", bad(&|it| drop(it.as_object_mut().unwrap().remove("integrity")))),
    ] {
        assert!(said.contains(why), "{why}: {said}");
    }
}
