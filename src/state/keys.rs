//! Keys that only look: moving, folding, finding, focus, panes.

use super::action::{self, ACTIONS, Action, Place, Spec};
use super::layer::{Answer, Choice, Kind, Layer, Mode, Pick, PickPurpose, PickRow, PickValue, Purpose, Then};
use super::msg::{Access, Effect};
use super::outline::{Cursor, Row};
use super::{About, Pane, State, command, logs, prompt, refused, signing, themes};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::record::ItemState;
use crate::record::status::Status;
use crate::sample::ProbeState;
use crate::text;

/// Whether an item still asks for an act.
#[must_use]
pub(super) fn is_open(state: ItemState) -> bool {
    matches!(state, ItemState::Open | ItemState::Started)
}

/// Handles a key that changes nothing on disk.
pub(super) fn look(state: &mut State, action: Action, now: &Stamp) -> Vec<Effect> {
    if state.ui.layers.last().is_some() && scroll(state, action) {
        return Vec::new();
    }
    let over = match state.ui.layers.last().map(|layer| &layer.kind) {
        None => true,
        Some(Kind::Item { .. }) => {
            matches!(action, Action::Copy | Action::CopyStatus | Action::ShowOutput) || look_over(action)
        }
        Some(Kind::Output { .. }) => action == Action::ShowOutput || look_over(action),
        Some(_) => look_over(action),
    };
    if !over {
        // What lies below is not what the operator looks at.
        return Vec::new();
    }
    if let Some(effects) = logs::look(state, action, now) {
        return effects;
    }
    match action {
        Action::Up => step(state, -1),
        Action::Down => step(state, 1),
        Action::PageUp => step(state, -page(state)),
        Action::PageDown => step(state, page(state)),
        Action::First => step(state, isize::MIN / 2),
        Action::Last => step(state, isize::MAX / 2),
        Action::Fold => fold(state),
        Action::FoldAll => fold_all(state),
        Action::NextOpen => next_open(state, now),
        Action::Find => prompt::ask(state, Purpose::Find, now),
        Action::FindNext => find_step(state, 1, now),
        Action::FindPrevious => find_step(state, -1, now),
        Action::Select => select(state),
        Action::Open => open(state, now),
        Action::FocusNext => state.focus_by(1),
        Action::FocusPrevious => state.focus_by(-1),
        Action::Focus(number) => focus(state, number, now),
        Action::ScrollUp => scroll_beside(state, -1, now),
        Action::ScrollDown => scroll_beside(state, 1, now),
        Action::Zoom => state.ui.zoom = !state.ui.zoom,
        Action::Freeze => {
            state.ui.frozen = match state.ui.frozen.take() {
                Some(_) => None,
                None => Some((*now, Box::new(state.live.clone()))),
            };
        }
        Action::Theme => themes::ask(state, now),
        Action::Review => review(state, now),
        Action::RollbackCost => {
            state.ui.layers.push(Layer { opened: *now, kind: Kind::Cost { scroll: 0 } });
        }
        Action::ChangeOperator if state.desk.access != Access::Writer => {
            state.notice(now, "You only watch: nobody acts from here");
        }
        Action::ChangeOperator => prompt::ask_operator(state, now),
        Action::Copy => return copy(state, now),
        Action::ShowOutput => return command::show(state, now),
        Action::CopyStatus => {
            let line = status_line(state, now);
            state.notice(now, "Status line copied");
            return vec![Effect::Clipboard(line)];
        }
        Action::TakeOver => {
            if state.desk.access == Access::Writer {
                state.notice(now, "You write this log already");
            } else {
                return vec![Effect::TakeOver];
            }
        }
        Action::Palette => palette(state, now),
        Action::Help
            if matches!(state.ui.layers.last().map(|layer| &layer.kind), Some(Kind::Help { .. })) =>
        {
            back(state);
        }
        Action::Help => {
            state.ui.layers.push(Layer { opened: *now, kind: Kind::Help { scroll: 0 } });
        }
        Action::Hints => {
            state.ui.guided = !state.ui.guided;
            if !state.ui.guided {
                state.notice(now, "Hints are hidden from now on; ctrl-g shows them again");
            }
            return vec![Effect::Hints(state.ui.guided)];
        }
        Action::Repaint => return vec![Effect::Repaint],
        Action::Back => back(state),
        Action::Quit => quit(state, now),
        _ => {}
    }
    Vec::new()
}

/// Keys that work over an open sheet.
fn look_over(action: Action) -> bool {
    matches!(
        action,
        Action::Back | Action::Quit | Action::Help | Action::Palette | Action::Hints | Action::Repaint
    )
}

/// The item a cockpit starts at: the first open one.
pub(super) fn first_open(state: &State) -> Cursor {
    let phases = state.outline.phases.iter().filter(|phase| state.record.is_work(phase.kind));
    phases
        .flat_map(|phase| &phase.items)
        .map(|&index| &state.record.items[index])
        .find(|item| is_open(item.state))
        .map_or(Cursor::Phase(0), |item| Cursor::Item(item.row.id))
}

/// After a tick: on to the next open item, but never out of the phase.
pub(super) fn advance(state: &mut State) {
    let Cursor::Item(id) = state.ui.cursor else { return };
    let Some(&index) = state.record.index.get(&id) else { return };
    if is_open(state.record.items[index].state) {
        return;
    }
    let Some(phase) = state.outline.phase_of(index) else { return };
    let items = &state.outline.phases[phase].items;
    let next = items.iter().find(|&&at| at > index && is_open(state.record.items[at].state));
    if let Some(&next) = next {
        state.ui.cursor = Cursor::Item(state.record.items[next].row.id);
    }
}

fn next_open(state: &mut State, now: &Stamp) {
    let behind = usize::from(matches!(state.ui.cursor, Cursor::Item(_)));
    let from = state.index_here().map_or(0, |index| index + behind);
    let order: Vec<usize> = state
        .outline
        .phases
        .iter()
        .filter(|phase| state.record.is_work(phase.kind))
        .flat_map(|phase| phase.items.iter().copied())
        .filter(|&index| is_open(state.record.items[index].state))
        .collect();
    let next = order.iter().find(|&&index| index >= from).or_else(|| order.first());
    match next {
        Some(&index) => go(state, index),
        None => state.notice(now, "Nothing is open"),
    }
}

pub(super) fn go(state: &mut State, index: usize) {
    if let Some(phase) = state.outline.phase_of(index)
        && state.folded(phase)
    {
        state.ui.folds.insert(phase, false);
    }
    state.ui.cursor = Cursor::Item(state.record.items[index].row.id);
}

fn page(state: &State) -> isize {
    isize::try_from(state.ui.page.max(2) - 1).unwrap_or(1)
}

fn step(state: &mut State, by: isize) {
    if state.ui.focus != Pane::Checklist {
        return step_in(state, state.ui.focus, by);
    }
    let rows = state.rows();
    let mut at = state.cursor_row(&rows).saturating_add_signed(by).min(rows.len().saturating_sub(1));
    // A deeper heading is no place to stop at, nor is a line between items.
    let stop = |at: usize| matches!(rows.get(at), Some(Row::Phase(_) | Row::Item(_) | Row::Decision(_)));
    while !stop(at) && at > 0 && by < 0 {
        at -= 1;
    }
    while !stop(at) && at < rows.len() {
        at += 1;
    }
    let Some(row) = rows.get(at).copied() else { return };
    state.ui.cursor = match row {
        Row::Phase(phase) => Cursor::Phase(phase),
        Row::Item(index) | Row::Section(index) | Row::NoReturn(index) => {
            Cursor::Item(state.record.items[index].row.id)
        }
        Row::Decision(fork) => Cursor::Decision(fork),
    };
    if state.ui.selecting
        && let Cursor::Item(id) = state.ui.cursor
    {
        state.ui.selected.insert(id);
    }
}

/// Moves in the top layer; says whether the key was one of moving.
fn scroll(state: &mut State, action: Action) -> bool {
    let page = page(state);
    let by = match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::First => isize::MIN / 2,
        Action::Last => isize::MAX / 2,
        _ => return false,
    };
    let Some(top) = state.ui.layers.last_mut() else { return false };
    match &mut top.kind {
        Kind::Item { scroll, .. }
        | Kind::Probe { scroll, .. }
        | Kind::Help { scroll }
        | Kind::Cost { scroll }
        | Kind::Exceptions { scroll }
        | Kind::Diff { scroll, .. } => {
            // The view stops at the last line; it says how far it went.
            *scroll = scroll.saturating_add_signed(by).min(100_000);
        }
        Kind::Command { scroll, .. } => *scroll = scroll.saturating_add_signed(by).min(100_000),
        Kind::Output { job, scroll, held } => {
            if by < 0 && held.is_none() {
                let lines = state.jobs.get(job).map(|output| output.lines.iter().cloned().collect());
                *held = Some(lines.unwrap_or_default());
            }
            *scroll = scroll.saturating_add_signed(by).min(100_000);
        }
        Kind::Pick(pick) => {
            let last = pick.rows.len().saturating_sub(1);
            pick.cursor = pick.cursor.saturating_add_signed(by).min(last);
        }
        Kind::Prompt(_) | Kind::Choice(_) => {}
    }
    true
}

fn fold(state: &mut State) {
    let phase = match state.ui.cursor {
        Cursor::Phase(phase) => Some(phase),
        _ => state.index_here().and_then(|index| state.outline.phase_of(index)),
    };
    let Some(phase) = phase else { return };
    let folded = state.folded(phase);
    state.ui.folds.insert(phase, !folded);
    state.ui.cursor = Cursor::Phase(phase);
}

fn fold_all(state: &mut State) {
    let any_open = (0..state.outline.phases.len()).any(|phase| !state.folded(phase));
    if any_open && !matches!(state.ui.cursor, Cursor::Phase(_)) {
        let phase = state.index_here().and_then(|index| state.outline.phase_of(index));
        state.ui.cursor = Cursor::Phase(phase.unwrap_or(0));
    }
    state.ui.folds = (0..state.outline.phases.len()).map(|phase| (phase, any_open)).collect();
}

fn find_step(state: &mut State, by: isize, now: &Stamp) {
    let Some(wanted) = state.ui.find.clone() else {
        state.notice(now, "Nothing to find yet: press /");
        return;
    };
    let matches: Vec<usize> = state
        .outline
        .phases
        .iter()
        .flat_map(|phase| phase.items.iter().copied())
        .filter(|&index| state.record.items[index].row.text.to_lowercase().contains(&wanted))
        .collect();
    let at = state.index_here().unwrap_or(0);
    let next = if by > 0 {
        matches.iter().find(|&&index| index > at).or_else(|| matches.first())
    } else {
        matches.iter().rev().find(|&&index| index < at).or_else(|| matches.last())
    };
    match next.copied() {
        Some(index) => {
            go(state, index);
            let number = matches.iter().position(|&it| it == index).map_or(0, |at| at + 1);
            state.notice(now, format!("“{wanted}”: match {number} of {}", matches.len()));
        }
        None => state.notice(now, format!("No item has “{wanted}”")),
    }
}

/// Goes to the first match, while the text is typed; says whether there is one.
pub(super) fn find_first(state: &mut State) -> bool {
    let Some(wanted) = state.ui.find.clone() else { return false };
    if wanted.is_empty() {
        return false;
    }
    let found = state
        .outline
        .phases
        .iter()
        .flat_map(|phase| phase.items.iter().copied())
        .find(|&index| state.record.items[index].row.text.to_lowercase().contains(&wanted));
    if let Some(index) = found {
        go(state, index);
    }
    found.is_some()
}

fn select(state: &mut State) {
    let Cursor::Item(id) = state.ui.cursor else { return };
    if !state.ui.selected.remove(&id) {
        state.ui.selected.insert(id);
        state.ui.selecting = true;
    } else if state.ui.selected.is_empty() {
        state.ui.selecting = false;
    }
}

fn open(state: &mut State, now: &Stamp) {
    let kind = match (state.ui.focus, state.ui.cursor) {
        (Pane::Checklist, Cursor::Item(item)) => Kind::Item { item, scroll: 0 },
        (Pane::Checklist, Cursor::Phase(_)) => return fold(state),
        (Pane::Checklist, Cursor::Decision(_)) => {
            // It asks, and writes nothing itself.
            super::decide::key(state, now);
            return;
        }
        (pane, _) => {
            let Some(probe) = state.probe_at(pane) else { return };
            Kind::Probe { probe, scroll: 0 }
        }
    };
    state.ui.layers.push(Layer { opened: *now, kind });
}

fn focus(state: &mut State, number: u8, now: &Stamp) {
    let Some(pane) = Pane::numbered(number) else { return };
    if state.focus(pane) {
        return;
    }
    let (title, wants) = (pane.title(), pane.wants());
    let why = if state.has(pane) {
        format!("The {title} pane is hidden by [layout] in the sidecar")
    } else if state.plan.sidecar.is_some() {
        format!("Nothing in the {title} pane yet: add {wants} to the sidecar")
    } else {
        let plan = text::clean(&state.plan.path.display().to_string()).into_owned();
        format!(
            "Nothing in the {title} pane yet: {wants} belongs in a sidecar, which cutover init {plan} writes"
        )
    };
    state.notice(now, why);
}

/// Moves in the live pane that is looked at; the checklist keeps the keys.
fn scroll_beside(state: &mut State, by: isize, now: &Stamp) {
    match state.beside() {
        Some(Pane::Logs) => logs::step(state, by, now),
        Some(pane) => step_in(state, pane, by),
        None => {}
    }
}

/// Moves the cursor of a live pane.
fn step_in(state: &mut State, pane: Pane, by: isize) {
    state.step_in(pane, by);
}

fn review(state: &mut State, now: &Stamp) {
    if state.desk.waiting.is_some() {
        super::amend::ask(state, now);
        return;
    }
    match state.ui.last_diff.clone() {
        Some(change) => {
            state.ui.banners.retain(|banner| banner.about != About::Reopened);
            let kind = Kind::Diff { change, scroll: 0 };
            state.ui.layers.push(Layer { opened: *now, kind });
        }
        None => state.notice(now, "The plan has not changed in this session"),
    }
}

fn copy(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let sheet = state.ui.layers.last().and_then(|layer| match layer.kind {
        Kind::Item { item, .. } => Some(item),
        _ => None,
    });
    let ((Some(id), _) | (None, Cursor::Item(id))) = (sheet, state.ui.cursor) else {
        state.notice(now, "The cursor is on a heading: go to an item first");
        return Vec::new();
    };
    command::copy(state, id, now)
}

/// The run in one line, for a chat.
fn status_line(state: &State, now: &Stamp) -> String {
    let mut status = Status::of(&state.record, now.wall);
    let down = state
        .live
        .probes()
        .filter(|probe| matches!(probe.settled(), ProbeState::Down | ProbeState::Died | ProbeState::Stalled));
    status.see(down.map(|probe| probe.id().to_string()).collect());
    status.to_string()
}

fn palette(state: &mut State, now: &Stamp) {
    let rows = palette_rows(state.ui.replay.is_some(), state.ui.focus);
    let pick = Pick::new(PickPurpose::Palette, "Command", rows);
    prompt::pick(state, pick, now);
}

/// Every action that there is here as a row of the palette.
pub(super) fn palette_rows(watching: bool, focus: Pane) -> Vec<PickRow> {
    let here = |spec: &&Spec| if watching { !spec.act } else { spec.place != Place::Watching };
    ACTIONS
        .iter()
        .filter(here)
        .map(|spec| PickRow {
            text: format!("{} — {}", spec.name, spec.help_in(focus)),
            aside: spec.keys.first().copied().unwrap_or_default().to_owned(),
            value: PickValue::Action(spec.action),
        })
        .collect()
}

fn back(state: &mut State) {
    if let Some(layer) = state.ui.layers.pop() {
        if matches!(&layer.kind, Kind::Prompt(prompt) if prompt.purpose == Purpose::Find) {
            state.ui.find = None;
        }
        return;
    }
    if state.ui.selecting || !state.ui.selected.is_empty() {
        state.ui.selecting = false;
        state.ui.selected.clear();
    } else if state.ui.find.is_some() {
        state.ui.find = None;
    } else if state.ui.zoom {
        state.ui.zoom = false;
    } else if state.ui.frozen.is_some() {
        state.ui.frozen = None;
    } else {
        refused::dismissed(state);
        state.ui.banners.retain(|banner| !matches!(banner.about, About::Readings | About::Reopened));
    }
    state.ui.notice = None;
}

fn quit(state: &mut State, now: &Stamp) {
    if state.ui.layers.iter().any(|layer| asks_to_leave(&layer.kind)) {
        return;
    }
    let mut lines = Vec::new();
    let open = state.outline.tally.open;
    lines.extend(state.desk.refused.left_behind());
    let kept = if lines.is_empty() { "the log keeps everything." } else { "the log keeps all else." };
    lines.push(format!("{} open; {kept}", text::plural(open, "item is", "items are")));
    if !state.desk.pending.is_empty() {
        lines.push("An act is still on its way to the disk: it is waited for.".to_owned());
    }
    lines.extend(command::left_behind(state));
    lines.extend(signing::left_behind(state));
    lines.push(if state.record.is_signed_off() {
        format!(
            "The run is signed off: the same plan opened again begins another; --log {} adds to this one.",
            state.desk.log
        )
    } else {
        "Open the same plan again to continue where you are.".to_owned()
    });
    let answers = vec![
        Answer { key: 'y', label: "leave".to_owned(), then: Then::Leave },
        Answer { key: 'n', label: "stay".to_owned(), then: Then::Back },
    ];
    let title = "Leave the cockpit?".to_owned();
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(Choice { title, lines, answers }) });
}

fn asks_to_leave(kind: &Kind) -> bool {
    matches!(kind, Kind::Choice(choice) if choice.answers.iter().any(|answer| answer.then == Then::Leave))
}

impl State {
    /// What the keys mean now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.ui.layers.last().map(|layer| &layer.kind) {
            Some(Kind::Prompt(_)) => Mode::Prompt,
            Some(Kind::Choice(_) | Kind::Command { .. }) => Mode::Choice,
            Some(Kind::Pick(_)) => Mode::Pick,
            _ => Mode::Normal,
        }
    }

    /// The keys shown on the key line: what is most wanted where the focus is.
    #[must_use]
    pub fn hints(&self) -> Vec<(&'static str, &'static str)> {
        let wanted: &[Action] = match self.ui.focus {
            _ if self.ui.replay.is_some() => &[
                Action::Play,
                Action::PlayFaster,
                Action::ActBefore,
                Action::ActAfter,
                Action::ExceptionAfter,
                Action::Exceptions,
                Action::MinuteBack,
                Action::MinuteOn,
                Action::GoTo,
                Action::Newest,
                Action::Open,
                Action::FocusNext,
                Action::Zoom,
                Action::Quit,
                Action::Help,
            ],
            Pane::Checklist if self.outline.tally.all() > 0 && self.outline.tally.open == 0 => &[
                Action::SignOff,
                Action::Comment,
                Action::OpenIssue,
                Action::ResolveIssue,
                Action::Reopen,
                Action::Attach,
                Action::CopyStatus,
                Action::OfferHead,
                Action::FocusNext,
                Action::Quit,
                Action::Help,
            ],
            Pane::Checklist => &[
                Action::Tick,
                Action::Comment,
                Action::OpenIssue,
                Action::Fill,
                Action::Skip,
                Action::Fail,
                Action::Reopen,
                Action::Copy,
                Action::Find,
                Action::FocusNext,
                Action::Zoom,
                Action::Help,
            ],
            Pane::Copy => &[
                Action::Open,
                Action::RunReconcile,
                Action::StartCopy,
                Action::StopJob,
                Action::Freeze,
                Action::Zoom,
                Action::Focus(1),
                Action::Help,
            ],
            Pane::Logs => &[
                Action::LogPause,
                Action::LogSearch,
                Action::LogIn,
                Action::LogOut,
                Action::LogFilters,
                Action::LogLevel,
                Action::LogPreviousError,
                Action::Open,
                Action::LogSelect,
                Action::Excerpt,
                Action::AllowNoise,
                Action::LogMark,
                Action::Zoom,
                Action::Help,
            ],
            _ => {
                &[Action::Open, Action::Freeze, Action::Zoom, Action::Focus(1), Action::Palette, Action::Help]
            }
        };
        wanted
            .iter()
            .filter_map(|action| action::spec(*action))
            .map(|spec| (spec.keys[0], spec.name))
            .collect()
    }

    /// Whether the text to find is in an item.
    #[must_use]
    pub fn found(&self, id: ItemId) -> bool {
        let Some(wanted) = &self.ui.find else { return false };
        let text = self.record.index.get(&id).map(|&index| &self.record.items[index].row.text);
        !wanted.is_empty() && text.is_some_and(|text| text.to_lowercase().contains(wanted))
    }
}
