//! What the sign-off log says so far, as far as an operator needs it: what is open, who may do what.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use serde_json::Value;

/// A step of the plan.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: String,
    pub text: String,
    /// `work`, `criteria`, `rollback`, `sign-off`.
    pub kind: String,
    /// Blanks.
    pub fields: usize,
    /// The blanks that are filled.
    pub filled: BTreeSet<u64>,
    /// Roles that it asks for.
    pub roles: Vec<String>,
    /// Nothing is asked of it any more.
    pub settled: bool,
}

/// The log, read as it grows.
pub struct Record {
    path: PathBuf,
    /// Bytes read.
    at: u64,
    /// Every line.
    pub lines: Vec<Value>,
    /// The plan's steps, in order.
    pub steps: Vec<Step>,
    /// Who is declared, with their roles.
    pub people: BTreeMap<String, Vec<String>>,
}

impl Record {
    pub fn new(path: PathBuf) -> Record {
        Record { path, at: 0, lines: Vec::new(), steps: Vec::new(), people: BTreeMap::new() }
    }

    /// Takes in the whole lines that are new.
    pub fn read(&mut self) {
        let mut new = Vec::new();
        // There is none before the cockpit has begun it.
        let Ok(mut file) = std::fs::File::open(&self.path) else { return };
        file.seek(SeekFrom::Start(self.at)).and_then(|_| file.read_to_end(&mut new)).unwrap();
        let whole = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.at += whole as u64;
        for line in new[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.take(serde_json::from_slice(line).unwrap());
        }
    }

    /// The number of the last line.
    pub fn seq(&self) -> u64 {
        self.lines.last().map_or(0, |line| line["seq"].as_u64().unwrap())
    }

    /// How many lines of these events it has.
    pub fn count(&self, events: &[&str]) -> usize {
        self.lines.iter().filter(|line| events.contains(&event(line))).count()
    }

    /// Lines of this event, in order.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| event(line) == name)
    }

    /// A step's text by its id.
    pub fn text(&self, id: &Value) -> String {
        let step = self.steps.iter().find(|step| Some(step.id.as_str()) == id.as_str());
        step.map_or_else(|| id.to_string(), |step| step.text.clone())
    }

    /// Who has this role; the first by name.
    pub fn holder(&self, role: &str) -> Option<&str> {
        let mut people = self.people.iter();
        people
            .find(|(_, roles)| roles.iter().any(|it| it.eq_ignore_ascii_case(role)))
            .map(|(name, _)| name.as_str())
    }

    /// Whether somebody has all these roles.
    pub fn has(&self, name: &str, roles: &[String]) -> bool {
        let own = self.people.get(name);
        roles.iter().all(|role| own.is_some_and(|own| own.contains(role)))
    }

    /// How many tables of this name the sidecar has.
    pub fn tables(&self, name: &str) -> usize {
        let sidecar = self.lines.first().and_then(|line| line["plan"]["sidecar"].as_str()).unwrap_or("");
        sidecar.lines().filter(|line| line.trim() == format!("[[{name}]]")).count()
    }

    /// Whether a copy is under way.
    pub fn copies(&self) -> bool {
        let mut states = BTreeMap::new();
        for line in self.named("probe.changed") {
            if let Some(probe) = line["probe"].as_str().filter(|probe| probe.starts_with("copy/")) {
                states.insert(probe, line["to"].as_str().unwrap_or_default());
            }
        }
        states.values().any(|state| matches!(*state, "scanning" | "running" | "stalled"))
    }

    fn take(&mut self, line: Value) {
        let step = |steps: &mut Vec<Step>, id: &Value, change: &dyn Fn(&mut Step)| {
            if let Some(step) = steps.iter_mut().find(|step| Some(step.id.as_str()) == id.as_str()) {
                change(step);
            }
        };
        match event(&line) {
            "run.started" => {
                self.steps = line["items"].as_array().unwrap().iter().map(Step::read).collect();
                for (name, roles) in line["plan"]["people"].as_object().into_iter().flatten() {
                    self.people.insert(name.clone(), strings(roles));
                }
            }
            "item.done"
            | "item.failed"
            | "item.skipped"
            | "item.na"
            | "item.deferred"
            | "criterion.confirmed"
            | "signoff.given" => {
                step(&mut self.steps, &line["item"], &|step| step.settled = true);
            }
            "item.reopened" => step(&mut self.steps, &line["item"], &|step| step.settled = false),
            "decision.made" => {
                for id in line["closes"].as_array().into_iter().flatten() {
                    step(&mut self.steps, id, &|step| step.settled = true);
                }
            }
            "field.filled" => {
                let number = line["field"].as_u64().unwrap();
                step(&mut self.steps, &line["item"], &|step| {
                    step.filled.insert(number);
                });
            }
            _ => {}
        }
        self.lines.push(line);
    }
}

impl Step {
    fn read(row: &Value) -> Step {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        Step {
            id: text("id"),
            text: text("text"),
            kind: row["kind"].as_str().unwrap_or("work").to_owned(),
            fields: row["fields"].as_array().map_or(0, Vec::len),
            filled: BTreeSet::new(),
            roles: strings(&row["held"]["roles"]),
            settled: row["checked"] == true,
        }
    }

    /// Whether it is one that is to be worked through, unless the rollback is invoked.
    pub fn is_open(&self) -> bool {
        !self.settled && self.kind != "rollback"
    }
}

/// The name of a line's event.
pub fn event(line: &Value) -> &str {
    line["event"].as_str().unwrap_or_default()
}

fn strings(list: &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}
