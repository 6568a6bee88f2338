//! Keys of the copy pane: run a comparison, start a copy, stop either.
//!
//! A copy is started in three steps: a dialog shows exactly what will run, the line `command.started` is written, and
//! only when it is on disk does the order go out.

use super::action::Action;
use super::layer::{Answer, Choice, Kind, Layer, Purpose, Then};
use super::live::Probed as _;
use super::msg::Effect;
use super::{Pane, State, acts, prompt};
use crate::clock::Stamp;
use crate::config::CopySource;
use crate::sample::copy::Source;
use crate::sample::{self, Order, ProbeId};
use crate::signoff::ActId;
use crate::signoff::event::Event;
use crate::text;

/// Handles a key of the copy pane.
pub(super) fn act(state: &mut State, action: Action, now: &Stamp) -> Vec<Effect> {
    let Some(id) = state.probe_at(Pane::Copy) else {
        state.notice(now, "Nothing in the Copy pane yet: add [[copy]] or [[reconcile]] to the sidecar");
        return Vec::new();
    };
    match (action, id.kind) {
        (Action::RunReconcile, _) => run(state, &id, now),
        (Action::StartCopy, sample::Kind::Copy) => ask_start(state, id, now),
        (Action::StartCopy, _) => {
            state.notice(now, "This is a comparison: r runs it");
            Vec::new()
        }
        (_, sample::Kind::Copy) => ask_stop(state, id, now),
        _ => stop_comparison(state, &id, now),
    }
}

/// Runs the comparison under the cursor; on a copy's row, the comparison of the same name.
fn run(state: &mut State, id: &ProbeId, now: &Stamp) -> Vec<Effect> {
    let Some(by) = state.desk.hand_to.clone().or_else(|| state.desk.operator.clone()) else {
        return Vec::new();
    };
    let name = text::clean(&id.name).into_owned();
    let Some(it) = state.live.reconciles.iter_mut().find(|it| it.settings.name == id.name) else {
        state.notice(now, format!("No [[reconcile]] is called {name}: go to a comparison first"));
        return Vec::new();
    };
    if let Some((by, at)) = it.running() {
        let (by, age) = (text::clean(by), text::age(now.since(at)));
        let notice = format!("{name} runs already, asked by {by} {age} ago; X stops it");
        state.notice(now, notice);
        return Vec::new();
    }
    it.ask(&by, now);
    let id = it.id().clone();
    state.notice(now, format!("{name} runs; X stops it"));
    vec![Effect::Order(id, Order::Run)]
}

fn stop_comparison(state: &mut State, id: &ProbeId, now: &Stamp) -> Vec<Effect> {
    let running = state.live.reconciles.iter().any(|it| it.id() == id && it.running().is_some());
    if !running {
        state.notice(now, format!("{} does not run", text::clean(&id.name)));
        return Vec::new();
    }
    vec![Effect::Order(id.clone(), Order::Stop)]
}

impl State {
    /// What a copy runs, if it is one that the cockpit starts, with secrets as references: program and arguments.
    #[must_use]
    pub fn program(&self, id: &ProbeId) -> Option<Vec<String>> {
        let settings = &self.plan.settings;
        let job = settings.copies.iter().find(|job| job.name == id.name)?;
        let CopySource::Start(argv) = &job.source else { return None };
        let redactor = settings.redactor();
        let shown = |word: &String| {
            let secrets = settings.vars.iter().filter(|(_, var)| var.secret && !var.value.is_empty());
            let named = secrets
                .fold(word.clone(), |word, (name, var)| word.replace(&var.value, &format!("${{{name}}}")));
            redactor.redact(&named).into_owned()
        };
        let via = job.via.iter().flatten();
        Some(via.chain(argv).map(shown).collect())
    }
}

/// Whether the copy's process is there, as far as is known.
fn runs(state: &State, id: &ProbeId) -> bool {
    let copy = state.live.copies.iter().find(|copy| copy.id() == id).and_then(|copy| copy.copy());
    copy.is_some_and(|copy| copy.run > 0 && matches!(copy.source, Source::Open | Source::Unreachable(_)))
        || state.desk.after.iter().any(|(_, effect)| *effect == Effect::Order(id.clone(), Order::Run))
}

fn ask_start(state: &mut State, id: ProbeId, now: &Stamp) -> Vec<Effect> {
    let name = text::clean(&id.name).into_owned();
    let Some(argv) = state.program(&id) else {
        let notice =
            format!("{name} is only watched: source = {{ start = [\"program\", …] }} makes it one to start");
        state.notice(now, notice);
        return Vec::new();
    };
    if runs(state, &id) {
        state.notice(now, format!("{name} runs already; X stops it"));
        return Vec::new();
    }
    let mut lines = vec!["This runs, without a shell:".to_owned()];
    lines.extend(argv.iter().enumerate().map(|(at, word)| {
        let word = text::clean(word);
        let quoted = if word.is_empty() || word.contains(char::is_whitespace) {
            format!("'{word}'")
        } else {
            word.into_owned()
        };
        format!("{}{quoted}", if at == 0 { "  " } else { "    " })
    }));
    lines.push("It goes on when the cockpit is left, and is found again.".to_owned());
    let answers = vec![
        Answer { key: 's', label: "start it".to_owned(), then: Then::StartCopy(id) },
        Answer { key: 'n', label: "back, start nothing".to_owned(), then: Then::Back },
    ];
    state.ui.notice = None;
    let kind = Kind::Choice(Choice { title: format!("Start the copy {name}?"), lines, answers });
    state.ui.layers.push(Layer { opened: *now, kind });
    Vec::new()
}

/// Writes that the copy is started; the order goes out when that is on disk.
pub(super) fn start(state: &mut State, id: &ProbeId, now: &Stamp) -> Vec<Effect> {
    let name = text::clean(&id.name).into_owned();
    // The sidecar may have changed under the dialog.
    let Some(argv) = state.program(id).filter(|_| !runs(state, id)) else {
        state.notice(now, format!("{name} cannot be started any more: look at it again"));
        return Vec::new();
    };
    let event = Event::CommandStarted { job: id.name.clone(), argv, item: None, text: None };
    send(state, id, event, Order::Run, format!("started {name}"), now)
}

fn ask_stop(state: &mut State, id: ProbeId, now: &Stamp) -> Vec<Effect> {
    let name = text::clean(&id.name).into_owned();
    if state.program(&id).is_none() {
        state.notice(now, format!("{name} was not started here: stop it where it runs"));
    } else if runs(state, &id) {
        prompt::ask(state, Purpose::Stop(id), now);
    } else {
        state.notice(now, format!("{name} does not run"));
    }
    Vec::new()
}

/// Writes that the copy is stopped; the order goes out when that is on disk.
pub(super) fn stop(state: &mut State, id: &ProbeId, now: &Stamp) -> Vec<Effect> {
    let name = text::clean(&id.name).into_owned();
    let event = Event::NoteAdded { text: format!("stops the copy {}", id.name), item: None };
    send(state, id, event, Order::Stop, format!("stopped {name}"), now)
}

/// Drafts one act, and remembers the order that waits for it.
fn send(
    state: &mut State,
    id: &ProbeId,
    event: Event,
    order: Order,
    what: String,
    now: &Stamp,
) -> Vec<Effect> {
    let drafts = match acts::drafted(state, vec![event], now) {
        Ok(drafts) => drafts,
        Err(conflict) => {
            state.notice(now, conflict);
            return Vec::new();
        }
    };
    if let Some(last) = drafts.last() {
        state.desk.after.push((last.act, Effect::Order(id.clone(), order)));
    }
    acts::queue(state, drafts, what, false, now)
}

/// A line is on disk: what waited for it is carried out.
pub(super) fn on_disk(state: &mut State, act: ActId) -> Vec<Effect> {
    let due = state.desk.after.extract_if(.., |(of, _)| *of == act);
    let effects: Vec<Effect> = due.map(|(_, effect)| effect).collect();
    for effect in &effects {
        ordered(state, effect);
    }
    effects
}

/// A copy's order goes out.
fn ordered(state: &mut State, effect: &Effect) {
    if let Effect::Order(id, Order::Run) = effect
        && let Some(copy) = state.live.copies.iter_mut().find(|copy| copy.id() == id)
    {
        copy.ordered();
    }
}

/// A probe could not be asked.
pub(super) fn not_taken(state: &mut State, id: &ProbeId, order: Order, now: &Stamp) {
    if order == Order::Run {
        if let Some(copy) = state.live.copies.iter_mut().find(|copy| copy.id() == id) {
            copy.not_started();
        }
        if let Some(it) = state.live.reconciles.iter_mut().find(|it| it.id() == id) {
            it.not_started();
        }
    }
    let what = match order {
        Order::Run => "cannot be run now",
        Order::Stop => "cannot be stopped from here",
        Order::Now => "cannot be asked now",
    };
    state.notice(now, format!("{} {what}: try again, or look at the sidecar", text::clean(&id.name)));
}

/// Tells every copy what the log says of the program behind it.
pub(super) fn commands(state: &mut State) {
    for copy in &mut state.live.copies {
        if matches!(copy.settings.source, CopySource::Start(_)) {
            let mut commands = state.record.commands.iter().rev();
            let last = commands.find(|command| command.job == copy.settings.name);
            copy.command_is(last.is_some_and(|command| command.ended.is_none()));
        }
    }
}
