//! Commands of items: what is asked, what is recorded before anything runs, what becomes of it.

use super::*;
use crate::command::Reference;
use crate::state::layer::{PickPurpose, Purpose};
use crate::state::msg::{JobEnd, JobNews, Launch};

const PLAN: &str = "# Move\n\n## One\n\n\
- [ ] look: ____\n\n  ```sh\n  ls <new app> \"$SAS\"\n  ```\n\n\
- [ ] New App: ____\n\
- [ ] wipe\n\n  ```bash\n  rm -rf /srv/old\n  ```\n\n\
- [ ] several\n\n  ```sh\n  # first\n  one\n  # second\n  two \\\n    three\n  ```\n\n\
- [ ] unknown\n\n  ```cobol\n  MOVE A TO B\n  ```\n\
- [ ] nothing\n";

const SIDECAR: &str = "[vars]\nSAS = { env = \"SAS\" }\n";

fn desk() -> Desk {
    Desk::with(PLAN, SIDECAR, Some("dana"))
}

/// The view has drawn all of it.
fn drawn(desk: &mut Desk) {
    desk.state.laid(20, 0, 0);
}

fn fill(desk: &mut Desk, value: &str) {
    desk.go("New App");
    desk.press(Action::Fill);
    desk.say(value);
}

fn ready(desk: &Desk) -> &crate::state::command::Ready {
    match desk.state.ui.layers.last().map(|layer| &layer.kind) {
        Some(Kind::Command { ready, .. }) => ready,
        other => panic!("no command is shown but {other:?}; {}", desk.notice()),
    }
}

fn launched(desk: &mut Desk) -> Vec<Launch> {
    let effects = std::mem::take(&mut desk.effects);
    let launches = effects.into_iter().filter_map(|effect| match effect {
        Effect::StartJob(launch) => Some(*launch),
        _ => None,
    });
    launches.collect()
}

/// Starts the command of this item, whatever it asks.
fn started(desk: &mut Desk, item: &str) -> Launch {
    desk.go(item);
    desk.press(Action::RunCommand);
    drawn(desk);
    desk.choose('r');
    launched(desk).pop().expect("a command starts")
}

fn news(desk: &mut Desk, job: &str, news: JobNews) {
    desk.take(Msg::Job(job.to_owned(), news));
    desk.sync();
}

fn ended(desk: &mut Desk, job: &str, exit: Option<i32>, said: &str) {
    let bytes: Arc<[u8]> = said.as_bytes().into();
    let lines = said.lines().map(str::to_owned).collect();
    news(desk, job, JobNews::Lines { lines, cut: 0 });
    let output = exit.map(|_| (Blob::seal(&bytes, [7; 16]), bytes));
    let end = JobEnd { exit, took: Some(Duration::from_secs(12)), output, cut: 0 };
    news(desk, job, JobNews::Ended(Box::new(end)));
}

fn aside(desk: &Desk, item: &str) -> String {
    let id = desk.state.record.items.iter().find(|it| it.row.text.starts_with(item)).unwrap().row.id;
    let asides = desk.state.asides(id, &desk.clock.now());
    asides.into_iter().map(|aside| aside.words).collect::<Vec<_>>().join(" | ")
}

#[test]
fn what_will_run_is_shown_and_on_disk_before_it_runs() {
    let mut desk = desk();
    desk.go("look");
    desk.press(Action::RunCommand);
    let Some(Kind::Choice(choice)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert!(
        choice.lines[0].contains("<new app>") && choice.lines[0].contains("not filled yet"),
        "{choice:?}"
    );
    desk.press(Action::Back);
    fill(&mut desk, "orders; ls $(id)");
    desk.go("look");
    desk.press(Action::RunCommand);
    let shown = ready(&desk);
    assert_eq!(shown.argv, ["sh", "-c", "ls \"$NEW_APP\" \"${SAS}\""]);
    assert_eq!(shown.folder, PathBuf::from("."));
    let variables: Vec<(&str, bool)> =
        shown.variables.iter().map(|it| (it.name.as_str(), it.secret)).collect();
    assert_eq!(variables, [("NEW_APP", false), ("SAS", true)]);
    // Not before all of it was seen, nor by a key meant for the list.
    desk.take(Msg::Choose('r'));
    desk.choose('r');
    assert!(desk.notice().contains("all of it"), "{}", desk.notice());
    drawn(&mut desk);
    desk.take(Msg::Choose('r'));
    assert!(desk.state.ui.layers.is_empty() && launched(&mut desk).is_empty(), "not before it is on disk");
    desk.sync();
    let [launch] = &launched(&mut desk)[..] else { panic!() };
    assert_eq!((launch.job.as_str(), launch.variables[1].value.as_str()), ("run-1", "sv=1&sig=s3cret"));
    let Event::CommandStarted { argv, text, item, .. } = &desk.log.last().unwrap().event else { panic!() };
    assert_eq!(argv[..2], ["NEW_APP=orders; ls $(id)", "SAS=${SAS}"]);
    assert_eq!(text.as_deref(), Some("ls <new app> \"$SAS\""));
    assert!(item.is_some());
    assert!(desk.log.iter().all(|line| !String::from_utf8_lossy(&line.raw).contains("s3cret")));
}

#[test]
fn a_command_that_destroys_asks_for_its_word() {
    let mut desk = desk();
    desk.go("wipe");
    desk.press(Action::RunCommand);
    assert_eq!(ready(&desk).word.as_deref(), Some("/srv/old"));
    drawn(&mut desk);
    desk.choose('r');
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert!(
        matches!(prompt.purpose, Purpose::Destroy(..)) && prompt.lines.iter().any(|it| it.contains("rm -rf"))
    );
    desk.say("yes");
    assert!(launched(&mut desk).is_empty());
    for _ in 0..3 {
        desk.take(Msg::Edit(InputRequest::DeletePrevChar));
    }
    desk.say("/srv/old");
    assert_eq!(launched(&mut desk).len(), 1);
    // The sidecar's own list is the only one.
    let mut desk = Desk::with(PLAN, "destructive = ['^ls']\n", Some("dana"));
    desk.go("wipe");
    desk.press(Action::RunCommand);
    assert_eq!(ready(&desk).word, None);
}

#[test]
fn a_word_typed_as_a_safeguard_is_typed_again() {
    let mut desk = desk();
    desk.go("wipe");
    for typed in ["", "/srv/old"] {
        desk.press(Action::RunCommand);
        drawn(&mut desk);
        desk.choose('r');
        let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else {
            panic!()
        };
        assert!(matches!(prompt.purpose, Purpose::Destroy(..)) && prompt.input.value().is_empty());
        for c in typed.chars() {
            desk.take(Msg::Edit(InputRequest::InsertChar(c)));
        }
        desk.take(Msg::Confirm);
        desk.refuse("no space left");
        desk.state.ui.layers.clear();
    }
    desk.press(Action::RunCommand);
    drawn(&mut desk);
    desk.choose('r');
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert!(matches!(prompt.purpose, Purpose::Destroy(..)) && prompt.input.value().is_empty());
}

#[test]
fn one_logical_command_at_a_time_and_then_the_next() {
    let mut desk = desk();
    desk.go("several");
    desk.press(Action::RunCommand);
    let pick = |desk: &Desk| match desk.state.ui.layers.last().map(|layer| &layer.kind) {
        Some(Kind::Pick(pick)) if matches!(pick.purpose, PickPurpose::Command(_)) => pick.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pick(&desk).rows.len(), 2);
    desk.take(Msg::Confirm);
    assert_eq!((ready(&desk).argv[2].as_str(), ready(&desk).title.as_deref()), ("one", Some("first")));
    drawn(&mut desk);
    desk.choose('r');
    // One of an item at a time.
    desk.press(Action::RunCommand);
    assert!(desk.notice().contains("run-1 runs since"), "{}", desk.notice());
    ended(&mut desk, "run-1", Some(0), "ok\n");
    desk.press(Action::RunCommand);
    let next = pick(&desk);
    assert_eq!((next.cursor, next.rows[0].aside.as_str()), (1, "exit 0 in 12s"));
    desk.take(Msg::Confirm);
    assert_eq!(ready(&desk).argv[2], "two \\\n  three");
    for (item, why) in [("unknown", "cobol"), ("nothing", "no command")] {
        desk.state.ui.layers.clear();
        desk.go(item);
        desk.press(Action::RunCommand);
        let layer = desk.state.ui.layers.last().map(|layer| &layer.kind);
        let said = match layer {
            Some(Kind::Choice(choice)) => choice.lines.join(" "),
            _ => desk.notice().to_owned(),
        };
        assert!(said.contains(why), "{item}: {said}");
    }
}

#[test]
fn its_end_is_recorded_with_its_output_and_the_row_tells() {
    let mut desk = desk();
    fill(&mut desk, "orders");
    started(&mut desk, "look");
    desk.wait(Duration::from_secs(42));
    assert_eq!(aside(&desk, "look"), "! running 00:42");
    desk.effects.clear();
    ended(&mut desk, "run-1", Some(3), "a\nb\n");
    assert_eq!(aside(&desk, "look"), "! exit 3 in 12s");
    let Event::CommandEnded { exit: 3, took_ms: Some(12_000), output: Some(blob), cut: None, .. } =
        &desk.log.last().unwrap().event
    else {
        panic!("{:?}", desk.log.last())
    };
    assert!(blob.fits(b"a\nb\n"));
    let told =
        |effect: &Effect| matches!(effect, Effect::Notify(notice) if notice.text.contains("run-1: exit 3"));
    assert!(desk.effects.iter().any(told), "{:?}", desk.effects);
    assert!(desk.effects.contains(&Effect::ForgetJob("run-1".to_owned())));
    // Told once.
    let lines = desk.log.len();
    desk.wait(Duration::from_secs(30));
    desk.sync();
    assert_eq!(desk.names()[lines..].iter().filter(|name| name.starts_with("command")).count(), 0);
    // A name is never given twice.
    assert_eq!(started(&mut desk, "look").job, "run-2");
    ended(&mut desk, "run-2", None, "");
    assert!(matches!(desk.log.last().unwrap().event, Event::CommandLost { .. }));
    assert_eq!(aside(&desk, "look"), "! lost");
    assert!(desk.state.record.anomalies.is_empty(), "{:?}", desk.state.record.anomalies);
}

#[test]
fn an_end_that_could_not_be_written_is_written_later() {
    let mut desk = desk();
    fill(&mut desk, "orders");
    started(&mut desk, "look");
    let bytes: Arc<[u8]> = b"x".as_slice().into();
    let output = Some((Blob::seal(&bytes, [7; 16]), bytes));
    let end = JobEnd { exit: Some(0), took: None, output, cut: 5 };
    desk.take(Msg::Job("run-1".to_owned(), JobNews::Ended(Box::new(end))));
    desk.refuse("No space left on device");
    desk.wait(Duration::from_secs(1));
    assert!(desk.sent.is_empty(), "not in a hurry");
    desk.wait(Duration::from_secs(6));
    desk.sync();
    assert!(matches!(desk.log.last().unwrap().event, Event::CommandEnded { exit: 0, cut: Some(5), .. }));
}

#[test]
fn what_is_refused_by_the_disk_does_not_run() {
    let mut desk = desk();
    fill(&mut desk, "orders");
    desk.go("look");
    desk.press(Action::RunCommand);
    drawn(&mut desk);
    desk.wait(Duration::from_secs(1));
    desk.take(Msg::Choose('r'));
    desk.refuse("No space left on device");
    desk.sync();
    assert!(launched(&mut desk).is_empty() && desk.state.desk.after.is_empty());
}

#[test]
fn a_changed_command_is_not_run_as_it_was_shown() {
    let mut desk = desk();
    fill(&mut desk, "orders");
    desk.go("look");
    desk.press(Action::RunCommand);
    drawn(&mut desk);
    let layer = desk.state.ui.layers.pop().unwrap();
    fill(&mut desk, "payments");
    desk.state.ui.layers.clear();
    desk.state.ui.layers.push(layer);
    desk.choose('r');
    assert!(
        desk.notice().contains("changed meanwhile") && launched(&mut desk).is_empty(),
        "{}",
        desk.notice()
    );
}

#[test]
fn it_is_stopped_after_a_question_and_a_line() {
    let mut desk = desk();
    fill(&mut desk, "orders");
    desk.go("look");
    desk.press(Action::StopCommand);
    assert!(desk.notice().contains("No command"), "{}", desk.notice());
    started(&mut desk, "look");
    desk.press(Action::StopCommand);
    desk.wait(Duration::from_secs(1));
    desk.take(Msg::Choose('s'));
    let stop = Effect::StopJob("run-1".to_owned());
    assert!(!desk.effects.contains(&stop), "not before it is on disk");
    desk.sync();
    assert!(desk.effects.contains(&stop));
    news(&mut desk, "run-1", JobNews::Stopping);
    assert!(aside(&desk, "look").starts_with("! stopping"), "{}", aside(&desk, "look"));
    // Leaving names what stays behind.
    desk.press(Action::Quit);
    let Some(Kind::Choice(choice)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert!(choice.lines.iter().any(|line| line.contains("run-1") && line.contains("goes on")), "{choice:?}");
}

#[test]
fn a_restart_looks_for_what_runs() {
    let mut desk = desk();
    fill(&mut desk, "orders");
    started(&mut desk, "look");
    let mut start = Desk::first(PLAN, SIDECAR, Some("dana"));
    start.record = desk.state.record.clone();
    start.session = 2;
    let desk = Desk::start(start, desk.clock);
    assert!(desk.effects.contains(&Effect::FollowJob("run-1".to_owned())), "{:?}", desk.effects);
    let mut start = Desk::first(PLAN, SIDECAR, Some("dana"));
    start.record = desk.state.record.clone();
    start.access = Access::Watcher("lee writes this log".to_owned());
    let mut desk = Desk::start(start, desk.clock);
    assert!(!desk.effects.contains(&Effect::FollowJob("run-1".to_owned())));
    desk.go("look");
    desk.press(Action::RunCommand);
    assert!(desk.notice().contains("Read-only"), "{}", desk.notice());
    // What it hears of an end it does not write.
    ended(&mut desk, "run-1", None, "");
    assert!(desk.sent.is_empty());
}

#[test]
fn output_is_followed_held_and_taken_into_a_blank() {
    let mut desk = desk();
    desk.go("look");
    desk.press(Action::ShowOutput);
    assert!(desk.notice().contains("No command has been run"), "{}", desk.notice());
    fill(&mut desk, "orders");
    started(&mut desk, "look");
    desk.press(Action::ShowOutput);
    let lines = (0..3000).map(|n| format!("line {n}")).collect();
    news(&mut desk, "run-1", JobNews::Lines { lines, cut: 0 });
    let output = &desk.state.jobs["run-1"];
    assert_eq!((output.lines.len(), output.dropped, output.lines[0].as_str()), (2000, 1000, "line 1000"));
    let held = |desk: &Desk| match &desk.state.ui.layers.last().unwrap().kind {
        Kind::Output { held, .. } => held.clone(),
        _ => panic!("no output"),
    };
    desk.state.laid(20, 0, 1980);
    assert!(held(&desk).is_none());
    desk.press(Action::Up);
    assert_eq!(held(&desk).unwrap().len(), 2000);
    desk.press(Action::Last);
    desk.state.laid(20, 0, 1980);
    assert!(held(&desk).is_none());
    desk.press(Action::Fill);
    assert!(desk.notice().contains("still runs"), "{}", desk.notice());
    ended(&mut desk, "run-1", Some(0), "noise\n  42.example \n\n");
    desk.press(Action::Fill);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|layer| &layer.kind) else { panic!() };
    assert_eq!(prompt.suggestion.as_deref(), Some("42.example"));
    desk.wait(Duration::from_secs(1));
    desk.take(Msg::Confirm);
    desk.sync();
    assert!(
        matches!(&desk.log.last().unwrap().event, Event::FieldFilled { value, .. } if value == "42.example")
    );
    desk.press(Action::ShowOutput);
    assert!(desk.state.ui.layers.is_empty());
}

#[test]
fn a_copy_has_its_values_and_no_secret() {
    let mut desk = desk();
    let copied = |desk: &mut Desk| {
        let effects = std::mem::take(&mut desk.effects);
        effects.into_iter().find_map(|effect| match effect {
            Effect::Clipboard(text) => Some(text),
            _ => None,
        })
    };
    desk.go("look");
    desk.press(Action::Copy);
    assert_eq!(copied(&mut desk).unwrap(), "ls <new app> \"${SAS}\"");
    assert!(desk.notice().contains("export SAS") && desk.notice().contains("<new app>"), "{}", desk.notice());
    fill(&mut desk, "it's");
    desk.go("look");
    desk.press(Action::Copy);
    assert_eq!(copied(&mut desk).unwrap(), "ls 'it'\\''s' \"${SAS}\"");
}

#[test]
fn a_variable_may_be_a_blank_of_the_plan() {
    let sidecar = "[vars]\nSAS = { field = \"New App\" }\n";
    let mut desk = Desk::with(PLAN, sidecar, Some("dana"));
    fill(&mut desk, "orders");
    desk.go("look");
    desk.press(Action::RunCommand);
    let [Reference { name, value, secret: false }, sas] = &ready(&desk).variables[..] else { panic!() };
    assert_eq!((name.as_str(), value.as_str(), sas.value.as_str()), ("NEW_APP", "orders", "orders"));
}

#[test]
fn a_command_before_its_items_time_asks_why() {
    let sidecar = "[people]\ndana = { roles = [\"operator\"] }\nlee = { roles = [\"lead\"] }\n\
                   [[gate]]\nitem = \"wipe\"\nwait = \"24h\"\nafter = \"nothing\"\nrole = \"lead\"\n";
    let plan = PLAN.replace("- [ ] wipe", "- [ ] nothing else\n- [ ] wipe");
    let mut desk = Desk::with(&plan, &sidecar.replace("\"nothing\"", "\"nothing else\""), Some("dana"));
    desk.go("wipe");
    desk.press(Action::RunCommand);
    let told = ready(&desk).in_spite_of(&desk.state, &desk.clock.now());
    assert!(told.len() == 2 && told[0].starts_with("locked") && told[1].contains("role lead"), "{told:?}");
    drawn(&mut desk);
    desk.choose('r');
    desk.say("agreed with the owner");
    desk.say("/srv/old");
    assert_eq!(launched(&mut desk).len(), 1);
    let names = desk.names();
    assert_eq!(names[names.len() - 3..], ["gate.overridden", "gate.overridden", "command.started"]);
    let past = &desk.state.record.control.overrides;
    assert!(past.iter().all(|it| it.entry.text == "agreed with the owner"), "{past:?}");
    // A gate holds up the tick alone.
    let mut desk = Desk::with(
        PLAN,
        "[[health]]\nname = \"a\"\nurl = \"http://127.0.0.1:1/\"\n[[gate]]\nitem = \"wipe\"\nneeds = [\"health/a\"]\n",
        Some("dana"),
    );
    desk.go("wipe");
    desk.press(Action::RunCommand);
    assert!(ready(&desk).in_spite_of(&desk.state, &desk.clock.now()).is_empty());
}
