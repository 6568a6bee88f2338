//! The sidecar's JSON Schema: what loads is valid by it, and what has an unknown key or a wrong type is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::common::tools;

const VALIDATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/validate.py");

/// TOML as JSON, as editors' validators see it: a date is a string.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(is) => json!(is),
        toml::Value::Datetime(at) => json!(at.to_string()),
        toml::Value::Array(all) => all.iter().map(as_json).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect(),
    }
}

/// What the validator says of sidecars; `None` where it is not there and need not be.
fn validate(sidecars: &[String]) -> Option<(bool, String)> {
    let python = tools::python("python3")?;
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    std::fs::write(&schema, cutover::config::schema().to_string()).unwrap();
    let mut command = Command::new(python);
    command.arg(VALIDATE).arg(schema);
    for (number, sidecar) in sidecars.iter().enumerate() {
        let file = folder.path().join(format!("{number}.json"));
        std::fs::write(&file, as_json(&toml::Value::Table(toml::from_str(sidecar).unwrap())).to_string())
            .unwrap();
        command.arg(file);
    }
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    Some((ran.status.success(), said))
}

/// Every sidecar that there is in the repository.
fn sidecars() -> Vec<PathBuf> {
    let in_folder = |folder: &str| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let all = ["checklists", "tests/scenarios"].into_iter().flat_map(in_folder);
    all.filter(|path| path.extension().is_some_and(|suffix| suffix == "toml")).collect()
}

#[test]
fn every_sidecar_here_is_valid_by_it() {
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    let texts: Vec<String> = sidecars().iter().map(read).collect();
    assert!(texts.len() > 1);
    if let Some(said) = validate(&texts) {
        assert_eq!(said, (true, String::new()));
    }
}

#[test]
fn what_does_not_load_for_its_keys_or_types_is_not_valid() {
    for (sidecar, said) in [
        ("tickt = \"CHG-1\"", "'tickt' was unexpected"),
        ("[[health]]\nname = 1", "1 is not of type 'string'"),
        ("[[health]]\nname = \"api\"\nurls = \"http://localhost\"", "'urls' was unexpected"),
        ("[[gate]]\nitem = \"a\"\napprove = \"two\"", "'two' is not of type 'integer'"),
        ("window = { start = \"yesterday\" }", "'yesterday' is not a 'date-time'"),
    ] {
        assert!(cutover::config::load(Path::new("plan.toml"), sidecar, &|_| None).is_err(), "{sidecar}");
        let Some((valid, why)) = validate(&[sidecar.to_owned()]) else { return };
        assert!(!valid && why.contains(said), "{sidecar}: {why}");
    }
}

#[test]
fn every_key_says_what_it_is() {
    fn look(schema: &Value, path: &str, keys: &mut usize) {
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            assert!(
                schema["description"].as_str().is_some_and(|text| text.ends_with('.')),
                "{path}: {schema}"
            );
            *keys += 1;
            look(schema, &path, keys);
            look(&schema["items"], &path, keys);
            for one in schema["anyOf"].as_array().into_iter().flatten() {
                look(one, &path, keys);
                look(&one["items"], &path, keys);
            }
        }
    }
    let mut keys = 0;
    look(&cutover::config::schema(), "", &mut keys);
    assert!(keys > 120, "{keys}");
}
