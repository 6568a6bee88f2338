//! A reader of the log's bytes, which knows what each line means and nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// An item, by the log.
#[derive(Clone, Debug)]
pub struct Item {
    pub text: String,
    pub phase: String,
    pub present: bool,
    pub state: String,
    /// When it came to be in this state, by the time that truly passed.
    pub since: Duration,
    /// Somebody acted on it.
    pub touched: bool,
    /// It came in the run, and no plan has it.
    unplanned: bool,
    closed_by: Option<String>,
}

impl Item {
    pub fn is_rollback(&self) -> bool {
        self.phase == "Rollback"
    }

    pub fn is_settled(&self) -> bool {
        ["done", "skipped", "not applicable"].contains(&self.state.as_str())
    }
}

/// What the log says.
#[derive(Default)]
pub struct Ledger {
    pub items: BTreeMap<String, Item>,
    pub rolling_back: bool,
    /// When each decision that stands was made.
    decisions: BTreeMap<String, Duration>,
    /// Ids of the present plan that stand for items of other ids.
    handles: BTreeMap<String, String>,
    lines: u64,
    last: String,
}

impl Ledger {
    /// Reads the next line; it must follow the one before.
    pub fn read(&mut self, raw: &[u8], truth: Duration) {
        let line: Value = serde_json::from_slice(raw).unwrap();
        let before = if self.lines == 0 { "0".repeat(64) } else { self.last.clone() };
        assert_eq!(line["prev"], before.as_str(), "line {} is no heir of the line before", self.lines + 1);
        self.lines += 1;
        assert_eq!(line["seq"], self.lines, "lines are numbered one by one");
        self.last = cutover::sha256::of(raw).iter().map(|byte| format!("{byte:02x}")).collect();
        self.take(&line, truth);
    }

    fn take(&mut self, line: &Value, truth: Duration) {
        let event = line["event"].as_str().unwrap();
        match event {
            "run.started" | "plan.amended" => self.table(line, truth),
            "item.started" => self.set(line, "started", truth),
            "item.done" | "criterion.confirmed" => self.set(line, "done", truth),
            "item.failed" => self.set(line, "failed", truth),
            "item.skipped" => self.set(line, "skipped", truth),
            "item.na" => self.set(line, "not applicable", truth),
            "item.deferred" => self.set(line, "deferred", truth),
            "item.reopened" => self.set(line, "open", truth),
            "item.added" => self.add(line, truth),
            "decision.made" => self.close(line, truth),
            "decision.reopened" => self.reopen(line["decision"].as_str().unwrap(), truth),
            "rollback.invoked" => self.rolling_back = true,
            "rollback.stood_down" => self.rolling_back = false,
            _ => {}
        }
    }

    /// The first id of the item that a line names.
    pub fn item_of(&self, id: &str) -> String {
        self.handles.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub fn by_text(&self, text: &str) -> Option<(&String, &Item)> {
        self.items.iter().find(|(_, item)| item.present && item.text == text)
    }

    fn set(&mut self, line: &Value, state: &str, truth: Duration) {
        let id = self.item_of(line["item"].as_str().unwrap());
        let item = self.items.get_mut(&id).unwrap();
        state.clone_into(&mut item.state);
        (item.since, item.touched, item.closed_by) = (truth, true, None);
    }

    fn add(&mut self, line: &Value, truth: Duration) {
        let phase = line["phase"].as_str().unwrap().to_owned();
        let text = line["text"].as_str().unwrap().to_owned();
        let item = Item {
            text,
            phase,
            present: true,
            state: "open".to_owned(),
            since: truth,
            touched: false,
            unplanned: true,
            closed_by: None,
        };
        self.items.insert(line["item"].as_str().unwrap().to_owned(), item);
    }

    fn close(&mut self, line: &Value, truth: Duration) {
        let decision = line["decision"].as_str().unwrap().to_owned();
        // A step that comes later into a way not taken was never waited for.
        let since = *self.decisions.entry(decision.clone()).or_insert(truth);
        for id in line["closes"].as_array().into_iter().flatten() {
            let id = self.item_of(id.as_str().unwrap());
            let item = self.items.get_mut(&id).unwrap();
            if ["open", "started", "deferred"].contains(&item.state.as_str()) {
                (item.state, item.since) = ("not applicable".to_owned(), since);
                item.closed_by = Some(decision.clone());
            }
        }
    }

    fn reopen(&mut self, decision: &str, truth: Duration) {
        self.decisions.remove(decision);
        for item in self.items.values_mut().filter(|item| item.closed_by.as_deref() == Some(decision)) {
            (item.state, item.since, item.closed_by) = ("open".to_owned(), truth, None);
        }
    }

    /// The plan's items as they are from now on: what is known keeps what was done, what is gone is gone.
    fn table(&mut self, line: &Value, truth: Duration) {
        for item in self.items.values_mut() {
            item.present &= item.unplanned;
        }
        let rows = line["items"].as_array().unwrap();
        let named = |row: &Value| {
            let id = row["id"].as_str().unwrap();
            let first = line["map"][id].as_str().map(str::to_owned);
            (id.to_owned(), first.unwrap_or_else(|| self.item_of(id)))
        };
        let handles: BTreeMap<String, String> = rows.iter().map(named).collect();
        for row in rows {
            let item = self.items.entry(handles[row["id"].as_str().unwrap()].clone());
            let checked = if row["checked"] == true { "done" } else { "open" };
            let fresh = Item {
                text: String::new(),
                phase: String::new(),
                present: true,
                state: String::new(),
                since: truth,
                touched: false,
                unplanned: false,
                closed_by: None,
            };
            let item = item.or_insert(fresh);
            row["text"].as_str().unwrap().clone_into(&mut item.text);
            row["phase"].as_str().unwrap().clone_into(&mut item.phase);
            (item.present, item.unplanned) = (true, false);
            // What the file ticks counts for what nobody has touched.
            if !item.touched && item.closed_by.is_none() && item.state != checked {
                (item.state, item.since) = (checked.to_owned(), truth);
            }
        }
        self.handles = handles;
    }
}
