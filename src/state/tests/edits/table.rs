//! Edits of a plan in mid-run, one a row: what was done, what was written, what stays ticked, what is on record.

use super::*;
use crate::record::apply;

/// One edit. A plan is its lines, split by `/`: `#` is a phase, all else a step; `. ` nests it once.
struct Edit {
    name: &'static str,
    before: &'static str,
    /// `verb words` of a step, split by `;`; `#2` behind the words is the second of them.
    acts: &'static str,
    after: &'static str,
    /// What is answered where the cockpit asks; a blank where it must not ask.
    answer: char,
    /// Every step and its state, in the order of the record; behind the bar those that left the plan.
    states: &'static str,
    /// Words that the diff says.
    says: &'static [&'static str],
}

const EDITS: &[Edit] = &[
    Edit {
        name: "a step is added in front",
        before: "# A/one/two",
        acts: "done one",
        after: "# A/zero/one/two",
        answer: ' ',
        states: "zero: open, one: done, two: open",
        says: &["1 added", "added: “zero”"],
    },
    Edit {
        name: "a done step is removed, an open one too",
        before: "# A/one/two/three",
        acts: "done one",
        after: "# A/three",
        answer: ' ',
        states: "three: open | one: done, two: open",
        says: &["2 removed", "“one” was done, is no longer in the plan", "removed: “two”"],
    },
    Edit {
        name: "a done step moves to another phase",
        before: "# A/one/two/# B/three",
        acts: "done two",
        after: "# A/one/# B/three/two",
        answer: ' ',
        states: "one: open, three: open, two: done",
        says: &["1 moved or renamed", "moved: “two” from “A” to “B”"],
    },
    Edit {
        name: "a done step is cut, saved, and put in elsewhere",
        before: "# A/one/two/# B/three",
        acts: "done two; edit # A/one/# B/three",
        after: "# A/one/# B/three/two",
        answer: ' ',
        states: "one: open, three: open, two: done",
        says: &["1 back", "back in the plan, still done: “two”"],
    },
    Edit {
        name: "removed, then written again where it was",
        before: "# A/one/two",
        acts: "done one; edit # A/two",
        after: "# A/one/two",
        answer: ' ',
        states: "one: done, two: open",
        says: &["back in the plan, still done: “one”"],
    },
    Edit {
        name: "twins: the first goes, the second was done",
        before: "# A/check/stop/check/start",
        acts: "done check#2",
        after: "# A/stop/check/start",
        answer: ' ',
        states: "stop: open, check: done, start: open | check: open",
        says: &["removed: “check”"],
    },
    Edit {
        name: "twins: a third is written in front of them",
        before: "# A/stop/check/start/check",
        acts: "done check",
        after: "# A/check/stop/check/start/check",
        answer: ' ',
        states: "check: open, stop: open, check: done, start: open, check: open",
        says: &["added: “check”"],
    },
    Edit {
        name: "twins in two phases, one phase is removed",
        before: "# A/one/check/# B/two/check",
        acts: "done check; done one",
        after: "# B/two/check",
        answer: ' ',
        states: "two: open, check: open | one: done, check: done",
        says: &["“check” was done, is no longer in the plan"],
    },
    Edit {
        name: "a phase is renamed",
        before: "# Prepare/one/check/# B/check",
        acts: "done one; done check",
        after: "# Get ready/one/check/# B/check",
        answer: ' ',
        states: "one: done, check: done, check: open",
        says: &["renamed: Prepare is Get ready"],
    },
    Edit {
        name: "a phase is removed",
        before: "# A/one/# B/two/three/# C/four",
        acts: "done two; done four",
        after: "# A/one/# C/four",
        answer: ' ',
        states: "one: open, four: done | two: done, three: open",
        says: &["“two” was done, is no longer in the plan", "removed: “three”"],
    },
    Edit {
        name: "phases change places",
        before: "# A/one/# B/two/# C/three",
        acts: "done one; done three",
        after: "# C/three/# A/one/# B/two",
        answer: ' ',
        states: "three: done, one: done, two: open",
        says: &["1 in another order", "phase in another place: C"],
    },
    Edit {
        name: "steps change places",
        before: "# A/one/two/three",
        acts: "done one",
        after: "# A/two/three/one",
        answer: ' ',
        states: "two: open, three: open, one: done",
        says: &["1 in another order", "in another place: “one”"],
    },
    Edit {
        name: "one step is split in two",
        before: "# A/stop the api and the worker/start",
        acts: "done stop the api and the worker",
        after: "# A/stop the api/stop the worker/start",
        answer: ' ',
        states: "stop the api: open, stop the worker: open, start: open | stop the api and the worker: done",
        says: &[
            "“stop the api and the worker” was done, is open again as “stop the api”",
            "added: “stop the worker”",
        ],
    },
    Edit {
        name: "two steps are joined",
        before: "# A/stop the api/stop the worker/start",
        acts: "done stop the api; done stop the worker",
        after: "# A/stop the api, then the queue and the worker/start",
        answer: ' ',
        states: "stop the api, then the queue and the worker: open, start: open | stop the api: done, stop the worker: done",
        says: &[
            "“stop the api” was done, is open again as",
            "“stop the worker” was done, is no longer in the plan",
        ],
    },
    Edit {
        name: "case and punctuation",
        before: "# A/warn the users/two",
        acts: "done warn the users",
        after: "# A/Warn  the users./two",
        answer: ' ',
        states: "Warn the users.: done, two: open",
        says: &["text beside the items"],
    },
    Edit {
        name: "a number in the words of a done step",
        before: "# A/lower the TTL to 300/two",
        acts: "done lower the TTL to 300",
        after: "# A/lower the TTL to 60/two",
        answer: ' ',
        states: "lower the TTL to 60: open, two: open | lower the TTL to 300: done",
        says: &["“lower the TTL to 300” was done, is open again as “lower the TTL to 60”"],
    },
    Edit {
        name: "a number in the words of an open step",
        before: "# A/lower the TTL to 300/two",
        acts: "note lower the TTL to 300",
        after: "# A/lower the TTL to 60/two",
        answer: ' ',
        states: "lower the TTL to 60: open, two: open",
        says: &["1 reworded", "reworded: “lower the TTL to 300” is “lower the TTL to 60”"],
    },
    Edit {
        name: "an address in the words of a skipped step",
        before: "# A/point the proxy to 10.0.0.7/two",
        acts: "skip point the proxy to 10.0.0.7",
        after: "# A/point the proxy to 10.0.0.8/two",
        answer: ' ',
        states: "point the proxy to 10.0.0.8: open, two: open | point the proxy to 10.0.0.7: skipped",
        says: &["was skipped, is open again as"],
    },
    Edit {
        name: "a done step is reworded and is the same",
        before: "# A/restart the api service/two",
        acts: "done restart the api service",
        after: "# A/restart the api services/two",
        answer: 's',
        states: "restart the api services: done, two: open",
        says: &["1 reworded", "reworded, was done: “restart the api service” is “restart the api services”"],
    },
    Edit {
        name: "a done step is reworded and is another",
        before: "# A/switch the api to the old side/two",
        acts: "done switch the api to the old side",
        after: "# A/switch the api to the new side/two",
        answer: 'o',
        states: "switch the api to the new side: open, two: open | switch the api to the old side: done",
        says: &["was done, is open again as “switch the api to the new side”"],
    },
    Edit {
        name: "an open step is reworded",
        before: "# A/restart the api service/two",
        acts: "done two",
        after: "# A/restart the api services/two",
        answer: ' ',
        states: "restart the api services: open, two: done",
        says: &["reworded: “restart the api service” is “restart the api services”"],
    },
    Edit {
        name: "a skipped, a failed and a deferred step are reworded",
        before: "# A/tell the vendor today/restart the indexer/watch the night logs",
        acts: "skip tell the vendor today; fail restart the indexer; defer watch the night logs",
        after: "# A/tell the vendors today/restart the indexers/watch the nightly logs",
        answer: 's',
        states: "tell the vendors today: skipped, restart the indexers: failed, watch the nightly logs: deferred",
        says: &["reworded, was skipped:", "reworded, was failed:", "reworded, was deferred:"],
    },
    Edit {
        name: "the command below a done step, which holds",
        before: "# A/drop the index/ ```/ dropdb old/ ```/two",
        acts: "done drop the index",
        after: "# A/drop the index/ ```/ dropdb --if-exists old/ ```/two",
        answer: 's',
        states: "drop the index: done, two: open",
        says: &["1 with another command", "command changed, was done: “drop the index”"],
    },
    Edit {
        name: "the command below a done step, which no longer holds",
        before: "# A/drop the index/ ```/ dropdb old/ ```/two",
        acts: "done drop the index",
        after: "# A/drop the index/ ```/ dropdb older/ ```/two",
        answer: 'o',
        states: "drop the index: open, two: open",
        says: &["“drop the index” was done, is open again: its command changed"],
    },
    Edit {
        name: "the command below an open step",
        before: "# A/drop the index/ ```/ dropdb old/ ```/two",
        acts: "done two",
        after: "# A/drop the index/ ```/ dropdb older/ ```/two",
        answer: ' ',
        states: "drop the index: open, two: done",
        says: &["command changed: “drop the index”"],
    },
    Edit {
        name: "a blank is added to a done step, one is taken out of another",
        before: "# A/note the tenant: ____/rows copied: ____ and errors: ____",
        acts: "done note the tenant; done rows copied",
        after: "# A/note the tenant: ____ and by whom: ____/rows copied: ____",
        answer: 's',
        states: "note the tenant: _ and by whom: _: done, rows copied: _: done",
        says: &["2 reworded"],
    },
    Edit {
        name: "the file's box of an open step is ticked, that of a failed one too",
        before: "# A/one/two/three",
        acts: "fail two",
        after: "# A/[x] one/[x] two/three",
        answer: ' ',
        states: "one: done, two: failed, three: open",
        says: &["text beside the items"],
    },
    Edit {
        name: "the file's box of a done step is ticked and unticked",
        before: "# A/[x] one/two",
        acts: "done two; edit # A/[x] one/[x] two",
        after: "# A/one/two",
        answer: ' ',
        states: "one: open, two: done",
        says: &["text beside the items"],
    },
    Edit {
        name: "nested steps go to another parent",
        before: "# A/old side/. stop/. verify/new side/. start",
        acts: "done stop; done start",
        after: "# A/old side/. verify/new side/. stop/. start",
        answer: ' ',
        states: "old side: open, verify: open, new side: open, stop: done, start: done",
        says: &["1 moved or renamed"],
    },
    Edit {
        name: "a parent with nested twins goes to another phase",
        before: "# A/the api/. verify/the worker/. verify/# B/last",
        acts: "done verify",
        after: "# A/the worker/. verify/# B/the api/. verify/last",
        answer: ' ',
        states: "the worker: open, verify: open, the api: open, verify: done, last: open",
        says: &["moved: “the api” from “A” to “B”", "moved: “verify” from “A” to “B”"],
    },
    Edit {
        name: "a parent of nested twins is reworded",
        before: "# A/restart the api service/. verify/restart all the workers/. verify",
        acts: "done verify",
        after: "# A/restart the api services/. verify/restart all the workers/. verify",
        answer: 's',
        states: "restart the api services: open, verify: done, restart all the workers: open, verify: open",
        says: &["2 reworded"],
    },
    Edit {
        name: "an annotation is added to a done step",
        before: "# A/drop the index/two",
        acts: "done drop the index",
        after: "# A/drop the index <!-- cutover: approve = 2 -->/two",
        answer: ' ',
        states: "drop the index: done, two: open",
        says: &["1 with another annotation", "annotation changed: “drop the index”"],
    },
    Edit {
        name: "the file's lines end otherwise",
        before: "# A/one/two",
        acts: "done one",
        after: "\r# A/one/two",
        answer: ' ',
        states: "one: done, two: open",
        says: &["text beside the items"],
    },
    Edit {
        name: "an unplanned step stays behind its neighbour",
        before: "# A/one/two/# B/three",
        acts: "done one; add warn the vendor",
        after: "# A/one/one more/two/# B/three",
        answer: ' ',
        states: "one: done, one more: open, two: open, warn the vendor: open, three: open",
        says: &["added: “one more”"],
    },
];

/// A plan of its short form.
fn page(short: &str) -> String {
    let (end, short) = short.strip_prefix('\r').map_or(("\n", short), |rest| ("\r\n", rest));
    let mut out = format!("# Move{end}{end}");
    for line in short.split('/') {
        let line = if let Some(title) = line.strip_prefix("# ") {
            format!("{end}## {title}{end}{end}")
        } else if let Some(code) = line.strip_prefix(' ') {
            format!("  {code}{end}")
        } else {
            let (nest, text) = line.strip_prefix(". ").map_or(("", line), |text| ("  ", text));
            let text = text.strip_prefix("[x] ").map_or(format!("[ ] {text}"), |text| format!("[x] {text}"));
            format!("{nest}- {text}{end}")
        };
        out.push_str(&line);
    }
    out
}

impl Desk {
    fn edit(&mut self, short: &str) {
        self.take(Msg::Files(Box::new(Ok(plan_of(&page(short), "")))));
        self.sync();
    }

    fn perform(&mut self, act: &str) {
        let (verb, words) = act.split_once(' ').unwrap();
        if verb == "edit" {
            self.edit(words);
            self.press(Action::Back);
            return;
        }
        let (words, nth) =
            words.split_once('#').map_or((words, 1), |(words, nth)| (words, nth.parse().unwrap()));
        if verb != "add" {
            let mut found = self.state.record.items.iter().filter(|it| it.row.text.starts_with(words));
            let id = found.nth(nth - 1).unwrap_or_else(|| panic!("no {act}")).row.id;
            self.state.ui.cursor = Cursor::Item(id);
        }
        let action = match verb {
            "done" => return self.act(Action::Tick),
            "skip" => Action::Skip,
            "fail" => Action::Fail,
            "defer" => Action::Defer,
            "note" => Action::Comment,
            "add" => Action::AddStep,
            other => panic!("{other}"),
        };
        self.press(action);
        self.say(if verb == "add" { words } else { "because" });
    }

    /// Every step and its state, those that left the plan behind a bar.
    fn states(&self) -> String {
        let of = |removed: bool| {
            let items = self.state.record.items.iter().filter(|it| it.removed == removed);
            let text = |it: &crate::record::ItemRecord| it.row.text.replace("____", "_");
            items.map(|it| format!("{}: {}", text(it), it.state)).collect::<Vec<_>>().join(", ")
        };
        let gone = of(true);
        if gone.is_empty() { of(false) } else { format!("{} | {gone}", of(false)) }
    }
}

#[test]
fn ticks_stay_or_go_as_a_careful_person_would_decide() {
    let mut wrong = Vec::new();
    for edit in EDITS {
        let mut desk = Desk::with(&page(edit.before), "", Some("dana"));
        for act in edit.acts.split("; ") {
            desk.perform(act);
        }
        let before = desk.state.record.amendments.len();
        desk.edit(edit.after);
        let asks = desk.state.mode() == Mode::Choice;
        if asks != (edit.answer != ' ') {
            wrong.push(format!("{}: asks: {asks}", edit.name));
        }
        if asks {
            desk.choose(if edit.answer == ' ' { 's' } else { edit.answer });
        }
        if desk.states() != edit.states {
            wrong.push(format!("{}:\n  is   {}\n  want {}", edit.name, desk.states(), edit.states));
        }
        let record = &desk.state.record;
        let diff = desk.state.ui.last_diff.clone().unwrap();
        let said = format!("{}\n{}", record.amendments.last().unwrap().what, diff.items.join("\n"));
        for words in edit.says.iter().filter(|words| !said.contains(**words)) {
            wrong.push(format!("{}: no {words:?} in {said}", edit.name));
        }
        // On record: one line, the lines that changed, what was done, and no line that makes no sense.
        assert_eq!(record.amendments.len(), before + 1, "{}", edit.name);
        let only_ends = edit.after.starts_with('\r');
        assert_eq!(record.amendments.last().unwrap().lines.is_empty(), only_ends, "{}", edit.name);
        assert!(record.anomalies.is_empty(), "{}: {:?}", edit.name, record.anomalies);
        let mut again = Record::default();
        desk.log.iter().for_each(|line| apply(&mut again, line));
        assert_eq!(&again, record, "{}: the log says it all", edit.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
