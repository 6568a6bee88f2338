//! What a prompt asks, by its purpose.

use tui_input::Input;

use super::super::action::Action;
use super::super::layer::{Prompt, Purpose};
use super::super::{State, acts, command, logs, milestone, people, rollback, schedule};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::text;

/// Who signs.
const SIGNER: &str = "Name, comma, role: Lee Chen, technical lead. You state that this holds.";

/// The prompt for a purpose, nothing typed yet.
#[expect(clippy::too_many_lines, reason = "one arm a purpose: a table, not a procedure")]
pub(super) fn of(state: &State, purpose: Purpose, now: &Stamp) -> Prompt {
    let of = |id: &ItemId| text::truncate(&acts::item_text(state, *id).unwrap_or_default(), 60).into_owned();
    let several = |ids: &[ItemId]| match ids {
        [id] => of(id),
        _ => format!("{} items", ids.len()),
    };
    let on = |id: &Option<ItemId>| id.as_ref().map_or_else(|| "the run".to_owned(), of);
    let mut input = Input::default();
    let mut hidden = false;
    let mut suggestion = None;
    let mut lines = Vec::new();
    let (title, hint) = match &purpose {
        Purpose::Operator => {
            // Nobody is root by name; whoever is at the keys says who they are.
            suggestion = state.desk.operator.clone().or_else(|| {
                Some(state.desk.login.clone()).filter(|login| login != "root" && !login.starts_with("uid "))
            });
            ("Who operates?".to_owned(), "The name that every act is signed with.".to_owned())
        }
        Purpose::NewHand => {
            let client = state.desk.hand.clone().unwrap_or_default();
            suggestion = Some(client.user).filter(|user| !user.is_empty() && user != "root");
            (
                format!("Another terminal types: {}", text::clean(&client.tty)),
                "Whose hands are these? Asked once for each terminal; then press the key again.".to_owned(),
            )
        }
        Purpose::Reason(action, ids) => {
            let (verb, hint) = match action {
                Action::Fail => ("Failed", "What went wrong? It opens an issue."),
                Action::Skip => ("Skip", "Why is it left out? The report lists it."),
                Action::NotApplicable => ("Does not apply", "Why does it not apply here?"),
                Action::Defer => ("Defer", "Until when, who does it, and why?"),
                _ => ("Reopen", "Why is it open again?"),
            };
            (format!("{verb}: {}", several(ids)), hint.to_owned())
        }
        Purpose::Rollback => {
            lines = rollback::before(state);
            ("Invoke the ROLLBACK".to_owned(), "Who decided it, and why? esc goes on as planned.".to_owned())
        }
        Purpose::StandDown => (
            "Stand the rollback down".to_owned(),
            "Why go on as planned? What was rolled back stays as it is.".to_owned(),
        ),
        Purpose::Override(tick, obstacles) => {
            lines.extend(obstacles.iter().map(|obstacle| match tick.items[..] {
                // The heading names it.
                [_] => obstacle.verdict.clone(),
                _ => format!("{}: {}", of(&obstacle.item), obstacle.verdict),
            }));
            (
                format!("Tick all the same: {}", several(&tick.items)),
                "Why? The reason stands in the report, beside what was in the way. esc ticks nothing."
                    .to_owned(),
            )
        }
        Purpose::Approver(tick) => {
            if let Some(id) = tick.items.first() {
                (lines, suggestion) = people::name(state, *id, now);
            }
            (
                format!("Second person: {}", several(&tick.items)),
                "Your own name: you have looked, and you approve it.".to_owned(),
            )
        }
        Purpose::ReadBack(tick) => {
            lines.push(people::asked(state, tick));
            (
                format!("Read out: {}", several(&tick.items)),
                "What do you read on your own screen? Recorded beside what the probe saw.".to_owned(),
            )
        }
        Purpose::Decider(go, tick) => {
            suggestion = people::acting(state).map(str::to_owned);
            let word = if *go { "GO" } else { "NO-GO" };
            (
                format!("{word}: {}", several(&tick.items)),
                "Who decides? A name, and a role: Lee Chen, technical lead.".to_owned(),
            )
        }
        Purpose::Decision(tick) => {
            let (word, by) = match &tick.decided {
                Some(decided) => (if decided.go { "GO" } else { "NO-GO" }, decided.by.as_str()),
                None => ("GO", ""),
            };
            let hint = "Why? The reason stands in the report; the head of the log goes to the clipboard.";
            (format!("{word}, decides {}: {}", text::clean(by), several(&tick.items)), hint.to_owned())
        }
        Purpose::Doer(ids) => (format!("Done by: {}", several(ids)), "Who did it, if not you?".to_owned()),
        Purpose::Comment(id) => (format!("Note on {}", on(id)), "What should the record say?".to_owned()),
        Purpose::Issue(id) => (format!("Issue on {}", on(id)), "What is wrong?".to_owned()),
        Purpose::Resolution(number) => {
            let issue = state.record.issues.iter().find(|issue| issue.number == *number);
            let what = issue.map(|issue| text::clean(&issue.opened.text).into_owned()).unwrap_or_default();
            (
                format!("Resolve issue {number}: {}", text::truncate(&what, 60)),
                "How was it resolved?".to_owned(),
            )
        }
        Purpose::Field(id, number) => {
            let item = acts::item(state, *id);
            let field = item.and_then(|item| item.row.fields.get(*number as usize));
            hidden = field.is_some_and(|field| field.secret);
            let known = item.and_then(|item| item.fields.get(number));
            if let Some(known) = known.filter(|_| !hidden) {
                input = Input::new(known.value.clone());
            } else {
                let offer = schedule::offer(state, *id, *number, now);
                (suggestion, lines) = (offer.value, offer.lines);
            }
            if let Some(said) = command::suggestion(state, *id).filter(|_| !hidden && known.is_none()) {
                suggestion = Some(said);
            }
            let label = field.map(|field| text::clean(&field.label).into_owned()).unwrap_or_default();
            let label = if label.is_empty() { format!("Blank {}", number + 1) } else { label };
            let hint = if hidden {
                "A secret: only that it was set, and its length, is recorded."
            } else {
                "What belongs in the blank?"
            };
            let item = of(id);
            let title =
                if milestone::without_blanks(&item) == label { label } else { format!("{label} · {item}") };
            (format!("Fill in: {title}"), hint.to_owned())
        }
        Purpose::Take(fork, way, _) => super::super::decide::question(state, fork, *way),
        Purpose::ReopenDecision(id) => {
            let made = state.record.control.decision(id);
            let choice = made.map(|made| text::clean(&made.choice).into_owned()).unwrap_or_default();
            let closed = made.map_or(0, |made| made.closes.len());
            lines.push(format!("{} apply again.", text::plural(closed, "step may", "steps may")));
            (
                format!("Reopen the decision: {}", text::truncate(&choice, 48)),
                "Why is it open again? The report lists it.".to_owned(),
            )
        }
        Purpose::Step(_, phase) => {
            (format!("Unplanned step in {}", text::clean(phase)), "What is to be done?".to_owned())
        }
        Purpose::Attachment(id) => (
            format!("Attach a file to {}", on(id)),
            "Its path; the bytes are kept beside the log.".to_owned(),
        ),
        Purpose::Time(id) => (
            format!("When was it really done: {}", of(id)),
            "A time such as 06:10, 06:10:30 or 2026-11-21 06:10; the recorded one stays beside it."
                .to_owned(),
        ),
        Purpose::Timer(id) => {
            let running = state.timers(now).into_iter();
            lines.extend(running.map(|(timer, left)| {
                format!("runs: {}, {} left", text::clean(&timer.text), text::clock(left))
            }));
            (
                format!("Timer for {}", on(id)),
                "How long, then what for: 5m role assignments propagate".to_owned(),
            )
        }
        Purpose::Signature(tick) => {
            let id = tick.items.first().copied();
            lines = milestone::before(state, id, now);
            if let Some(id) = id {
                lines.insert(0, format!("States: “{}”.", text::clean(&milestone::statement(state, id))));
            }
            suggestion = signer(state);
            (format!("Sign off: {}", milestone::without_blanks(&several(&tick.items))), SIGNER.to_owned())
        }
        Purpose::SignOff => {
            lines = milestone::before(state, None, now);
            suggestion = signer(state);
            ("Sign off the run".to_owned(), SIGNER.to_owned())
        }
        Purpose::Statement(signed) => {
            let standing = state.record.standing();
            lines.push(format!("Enter alone states: “{}”.", text::clean(&standing)));
            suggestion = Some(standing);
            (
                format!("What {} states, as {}", text::clean(&signed.name), text::clean(&signed.role)),
                "In your words, or enter alone. It stands behind all that the log holds.".to_owned(),
            )
        }
        Purpose::Stop(copy) => {
            let name = text::clean(&copy.name);
            (
                format!("Stop the copy {name}"),
                format!("It is asked to end, and then ended. Type {name} to stop it."),
            )
        }
        Purpose::RunPast(ready) => {
            lines = ready.in_spite_of(state, now);
            (
                format!("Run it all the same: {}", of(&ready.item)),
                "Why? The reason stands in the report, beside what was in the way. esc runs nothing."
                    .to_owned(),
            )
        }
        Purpose::Destroy(ready, _) => {
            let word = ready.word.clone().unwrap_or_default();
            lines.push("This destroys, or may:".to_owned());
            lines.extend(ready.argv.last().into_iter().flat_map(|text| text.lines()).map(str::to_owned));
            (
                format!("Run it for {}", of(&ready.item)),
                format!("Type {} to run it; esc runs nothing.", text::clean(&word)),
            )
        }
        Purpose::Find => ("Find in the checklist".to_owned(), "Part of an item's text.".to_owned()),
        Purpose::GoTo => (
            "Go to".to_owned(),
            "A time of the day in UTC, such as 06:41 or 06:41:30: the first after the run began.".to_owned(),
        ),
        Purpose::Log(ask) => {
            let question = logs::question(state, ask);
            input = Input::new(question.text);
            suggestion = question.suggestion;
            (question.title, question.hint)
        }
    };
    Prompt { purpose, title, lines, hint, input, suggestion, hidden, complaint: None }
}

/// Who operates, in the role that is known.
fn signer(state: &State) -> Option<String> {
    let name = people::acting(state)?;
    Some(format!("{name}, {}", state.record.role_of(name)?))
}
