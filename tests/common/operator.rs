//! An operator at the keys: works through whatever plan the program shows, in order, to its last sign-off.
//!
//! What is to be done next it takes from the screen and from the sign-off log alone. It fills blanks, waits for gates,
//! compares what is to be compared, takes the first of several ways, decides go, has others approve, read back and sign in
//! their roles, and goes past a wait that is longer than its own patience, with a reason. Commands are not run.

mod record;
mod screen;

use std::path::Path;
use std::time::Duration;

use super::pty::{Frame, Press, Terminal};
use record::{Record, Step};
use screen::{Dialog, Gate, Here, Kind, notice, synced};

/// How long a gate is waited for.
const GATE: Duration = Duration::from_secs(30);
/// So often it is seen whether a gate wants something done.
const LOOK: Duration = Duration::from_millis(250);
/// After so long the operator begins a step whose gate counts errors: they count from there.
const ERRORS: Duration = Duration::from_secs(2);
/// What a second person reads out before they look again.
const READS: &str = "what is meant";
/// How often the same step is tried: each question that is answered is a try.
const TRIES: usize = 12;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Steps ticked and criteria confirmed, by their texts.
    pub ticked: Vec<String>,
    /// What was gone past: the step, its kind in the log, and how it stood.
    pub overridden: Vec<Overridden>,
    /// Steps that a decision closed.
    pub closed: Vec<String>,
    /// Names and roles that signed.
    pub signed: Vec<(String, String)>,
}

/// Something in the way that was gone past with a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    pub step: String,
    pub kind: String,
    pub verdict: String,
}

/// Somebody at the keys of a cockpit.
pub struct Operator<'a> {
    terminal: &'a mut Terminal,
    record: Record,
    name: String,
    /// What a second person reads out.
    reads: String,
    /// What stands before the step was waited for long enough.
    waited: bool,
}

impl<'a> Operator<'a> {
    /// The operator of this name, who opened the cockpit in that terminal; it writes the log at that path.
    pub fn new(terminal: &'a mut Terminal, log: &Path, name: &str) -> Operator<'a> {
        let (record, reads) = (Record::new(log.to_owned()), READS.to_owned());
        Operator { terminal, record, name: name.to_owned(), reads, waited: false }
    }

    /// Works through everything that is open; what was done.
    #[track_caller]
    pub fn play(mut self) -> Played {
        self.current();
        assert!(!self.record.steps.is_empty(), "the log has no plan:\n{:?}", self.terminal.frame());
        while let Some(next) = self.record.steps.iter().position(Step::is_open) {
            self.go(next);
            self.settle(next);
        }
        let frame = self.current();
        assert!(frame.has("nothing is open"), "something is open on the screen:\n{frame:?}");
        self.played()
    }

    fn played(&self) -> Played {
        let text = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let item = |line: &serde_json::Value| self.record.text(&line["item"]);
        let done = self
            .record
            .lines
            .iter()
            .filter(|line| matches!(record::event(line), "item.done" | "criterion.confirmed"));
        let overridden = self.record.named("gate.overridden").map(|line| Overridden {
            step: item(line),
            kind: text(line, "kind"),
            verdict: text(line, "verdict"),
        });
        let decisions = self.record.named("decision.made");
        let closed = decisions.flat_map(|line| line["closes"].as_array().into_iter().flatten());
        Played {
            ticked: done.map(item).collect(),
            overridden: overridden.collect(),
            closed: closed.map(|id| self.record.text(id)).collect(),
            signed: self
                .record
                .named("signoff.given")
                .map(|line| (text(line, "name"), text(line, "role")))
                .collect(),
        }
    }

    /// A frame that shows all that the log has, no act on its way.
    #[track_caller]
    fn current(&mut self) -> Frame {
        let record = &mut self.record;
        self.terminal.wait_for("a frame that shows the whole log", |frame| {
            record.read();
            record.seq() > 0 && synced(frame) >= Some(record.seq())
        })
    }

    /// Puts the cursor on the next open step.
    #[track_caller]
    fn go(&mut self, next: usize) {
        let text = self.record.steps[next].text.clone();
        let on = |frame: &Frame| Here::of(frame).is_some_and(|here| here.open && here.is(&text));
        let mut frame = self.current();
        for _ in 0..self.record.steps.len() {
            if on(&frame) {
                return;
            }
            let before = Here::row(&frame);
            self.terminal.type_text(".");
            frame = self.terminal.wait_for(&text, |frame| on(frame) || Here::row(frame) != before);
        }
        panic!("the cursor does not come to {text:?}; the last screen:\n{frame:?}");
    }

    /// Does what a step asks until the log says that it is settled.
    #[track_caller]
    fn settle(&mut self, at: usize) {
        let step = self.record.steps[at].clone();
        let lacking = !self.record.has(&self.name, &step.roles);
        let acting = step.roles.first().filter(|_| lacking).and_then(|role| self.record.holder(role));
        let acting = acting.map_or_else(|| self.name.clone(), ToOwned::to_owned);
        self.act_as(&acting);
        if step.kind != "sign-off" && step.filled.len() < step.fields {
            self.fill(at);
        }
        READS.clone_into(&mut self.reads);
        self.waited = false;
        for _ in 0..TRIES {
            self.current();
            if self.record.steps[at].settled {
                break;
            }
            self.wait_for_gate(&step.text);
            self.tick(at);
        }
        assert!(
            self.record.steps[at].settled,
            "{:?} stays open; the last screen:\n{:?}",
            step.text,
            self.terminal.frame()
        );
        self.act_as(&self.name.clone());
    }

    /// Presses the key and answers what is asked, until nothing is asked any more.
    #[track_caller]
    fn tick(&mut self, at: usize) {
        let before = self.record.seq();
        self.terminal.type_text(" ");
        let (record, step) = (&mut self.record, &self.terminal.frame());
        let said = notice(step);
        self.terminal.wait_for("what a tick does", |frame| {
            record.read();
            let ours = || record.lines.iter().rev().take_while(|line| line["seq"].as_u64() > Some(before));
            let acted = ours().any(|line| line["by"] != "cutover") && synced(frame) >= Some(record.seq());
            acted || Dialog::of(frame).is_some() || record.steps[at].settled && notice(frame) != said
        });
        self.answer_all(at);
    }

    /// Answers what is asked about a step, until nothing is.
    #[track_caller]
    fn answer_all(&mut self, at: usize) {
        while let Some(dialog) = Dialog::of(&self.terminal.frame()) {
            match dialog.kind {
                Kind::Sheet => self.back(&dialog),
                Kind::Choice => self.choose(&dialog),
                Kind::Prompt => {
                    if let Some(seen) = dialog.misread() {
                        self.reads = seen;
                        self.back(&dialog);
                    } else if dialog.asks_reason() && !self.waited && !dialog.says("locked: ") {
                        // What was met the moment before is waited for again.
                        self.back(&dialog);
                    } else {
                        let words = self.words(&dialog, at);
                        self.enter(&dialog, &words);
                    }
                }
            }
        }
    }

    /// Takes an answer by its letter, as soon as it is taken.
    #[track_caller]
    fn choose(&mut self, dialog: &Dialog) {
        let key = match dialog.title.as_str() {
            "Point of no return: go or no-go?" => "g",
            "A second person must approve" => "s",
            "This looks like a secret" => "w",
            title if title.contains(" open under it") => "a",
            title if title.starts_with("This is a step of ") => "c",
            _ if dialog.says("The steps of the other ways will not apply") => "a",
            title => panic!("no answer to {title:?}:\n{:?}", self.terminal.frame()),
        };
        let same = |other: &Dialog| other.title == dialog.title && other.lines == dialog.lines;
        self.terminal.wait_for("the keys of a choice", |frame| {
            Dialog::of(frame).is_none_or(|it| !same(&it) || it.awake)
        });
        self.terminal.type_text(key);
        self.terminal.wait_for("what an answer does", |frame| Dialog::of(frame).is_none_or(|it| !same(&it)));
    }

    /// What is typed into a prompt.
    #[track_caller]
    fn words(&self, dialog: &Dialog, at: usize) -> String {
        let step = &self.record.steps[at];
        let signer = |role: &str| {
            let name = self.record.holder(role).unwrap_or(&self.name);
            format!("{name}, {role}")
        };
        if dialog.asks_reason() {
            "it cannot be waited for today".to_owned()
        } else if dialog.says("May be left empty; enter writes the decision") {
            "the first way is the one that was rehearsed".to_owned()
        } else if dialog.says("Who decides? A name, and a role") {
            step.roles.first().map_or_else(|| format!("{}, operator", self.name), |role| signer(role))
        } else if dialog.says("the head of the log goes to the clipboard") {
            "all is ready".to_owned()
        } else if dialog.says("Your own name: you have looked") {
            self.second(step)
        } else if dialog.says("What do you read on your own screen?") {
            if dialog.says("yes or no") { "yes".to_owned() } else { self.reads.clone() }
        } else if dialog.says("Name, comma, role") {
            let role = dialog.title.trim_start_matches("Sign off: ").to_lowercase();
            dialog
                .suggestion()
                .filter(|_| self.record.holder(&role).is_none())
                .map_or_else(|| signer(&role), ToOwned::to_owned)
        } else if dialog.says("What belongs in the blank?") || dialog.says("A secret: only that it was set") {
            dialog.suggestion().unwrap_or("12").to_owned()
        } else {
            panic!("no answer to {:?}:\n{:?}", dialog.title, self.terminal.frame());
        }
    }

    /// Who approves behind the operator.
    fn second(&self, step: &Step) -> String {
        let given = self.record.named("approval.given").filter(|line| line["item"] == step.id.as_str());
        let given: Vec<&str> = given.filter_map(|line| line["by"].as_str()).collect();
        let may = |roles: &[String]| roles.iter().any(|role| role == "approver" || step.roles.contains(role));
        let mut people = self.record.people.iter();
        let found = people.find(|(name, roles)| may(roles) && !given.contains(&name.as_str()));
        found.map_or_else(|| "kim".to_owned(), |(name, _)| name.clone())
    }

    /// Types words and enter, until another question or none is there.
    #[track_caller]
    fn enter(&mut self, dialog: &Dialog, words: &str) {
        // The act before it may still be on its way to the disk.
        self.terminal.wait_for("the act before", |frame| synced(frame).is_some());
        self.record.read();
        let filled = self.record.count(&["field.filled"]);
        self.terminal.type_text(&format!("{words}\r"));
        let record = &mut self.record;
        let frame = self.terminal.wait_for("what enter does", |frame| {
            record.read();
            let Some(now) = Dialog::of(frame) else { return true };
            let next = now.kind == Kind::Prompt && record.count(&["field.filled"]) > filled;
            now.title != dialog.title
                || now.complaint().is_some()
                || next && synced(frame) >= Some(record.seq())
        });
        if let Some(now) = Dialog::of(&frame).filter(|now| now.title == dialog.title) {
            assert_eq!(now.complaint(), None, "{words:?} is not taken:\n{frame:?}");
        }
    }

    /// Closes what lies over the panes.
    #[track_caller]
    fn back(&mut self, dialog: &Dialog) {
        self.terminal.press(Press::Escape);
        self.terminal.wait_for("what lies below", |frame| Dialog::of(frame).as_ref() != Some(dialog));
    }

    /// Fills a step's blanks: each prompt leads to the next.
    #[track_caller]
    fn fill(&mut self, at: usize) {
        self.terminal.type_text("e");
        self.terminal.wait_for("the first blank", |frame| Dialog::of(frame).is_some());
        self.answer_all(at);
        self.current();
        let step = &self.record.steps[at];
        assert_eq!(step.filled.len(), step.fields, "{:?} has empty blanks", step.text);
    }

    /// Another person takes the keys, unless they have them.
    #[track_caller]
    fn act_as(&mut self, name: &str) {
        self.record.read();
        let last = self.record.named("operator.changed").last().and_then(|line| line["to"].as_str());
        if last.unwrap_or(&self.name) == name {
            return;
        }
        self.current();
        self.terminal.type_text("@");
        let asked = self.terminal.wait_for("who operates", |frame| Dialog::of(frame).is_some());
        let before = self.record.count(&["operator.changed"]);
        self.enter(&Dialog::of(&asked).unwrap(), name);
        let record = &mut self.record;
        self.terminal.wait_for("the change of hands", |_| {
            record.read();
            record.count(&["operator.changed"]) > before
        });
        self.current();
    }

    /// Waits for the gate and the time lock before the step under the cursor, within bounds, and does what they ask of an
    /// operator.
    #[track_caller]
    fn wait_for_gate(&mut self, text: &str) {
        let step = |frame: &Frame| Here::of(frame).filter(|here| here.is(text));
        let met = |frame: &Frame| {
            step(frame).is_some_and(|here| here.gate().is_none_or(Gate::is_met) && !here.is_locked(GATE))
        };
        let mut waited = Duration::ZERO;
        while !self.waited && self.terminal.within(LOOK, met).is_none() {
            waited += LOOK;
            self.waited = waited >= GATE;
            let Some(here) = step(&self.terminal.frame()) else { continue };
            match here.gate() {
                Some(Gate::Compares) => self.compare(),
                Some(Gate::Differs) => {
                    let record = &mut self.record;
                    // What is still being copied is missing.
                    self.terminal.within(GATE, |_| {
                        record.read();
                        !record.copies()
                    });
                    self.compare();
                }
                Some(Gate::Counts) if !here.started && waited >= ERRORS => {
                    self.terminal.type_text("s");
                    self.terminal
                        .wait_for("the step's clock", |frame| step(frame).is_some_and(|here| here.started));
                }
                _ => {}
            }
        }
    }

    /// Runs every comparison of the copy pane, and waits for their ends.
    #[track_caller]
    fn compare(&mut self) {
        self.current();
        let before = self.record.count(&["reconcile.ran"]);
        let comparisons = self.record.tables("reconcile");
        let rows = self.record.tables("copy") + comparisons;
        self.terminal.type_text(&format!("4g{}", "rj".repeat(rows)));
        let record = &mut self.record;
        self.terminal.wait_for("the end of the comparison", |_| {
            record.read();
            record.count(&["reconcile.ran"]) >= before + comparisons
        });
        self.terminal.type_text("1");
        self.current();
    }
}
