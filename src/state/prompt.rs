//! Layers that ask: lines of text, choices, picks; what their answers do.

mod question;
mod write;

use std::path::Path;
use std::sync::Arc;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::{Input, InputRequest};

use super::layer::{Answer, Choice, DEAF, Kind, Layer, Pick, PickPurpose, PickRow, PickValue, Purpose, Then};
use super::logs::{self, Ask};
use super::msg::{Effect, Msg};
use super::{State, acts, amend, attention, command, copy, keys, people, replay, themes};
use crate::clock::Stamp;
use crate::signoff::Actor;
use crate::signoff::event::{Blob, Event, LEFT};
use crate::text;

/// Longest text a prompt takes, in characters: a line of the log holds 256 KiB.
const LONGEST: usize = 16_384;

/// Asks for a line of text.
pub(super) fn ask(state: &mut State, purpose: Purpose, now: &Stamp) {
    let mut prompt = question::of(state, purpose, now);
    if let Some(typed) = state.desk.refused.take_typed(&prompt.purpose) {
        prompt.input = Input::new(typed);
    }
    // The line with the prompt's keys must not stay hidden behind the last message.
    state.ui.notice = None;
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Prompt(prompt) });
}

/// A line was recorded: what stands over a sign-off that is being typed says where the log is now.
pub(super) fn refresh(state: &mut State, now: &Stamp) {
    let asks = |kind: &Kind| match kind {
        Kind::Prompt(prompt) if matches!(prompt.purpose, Purpose::Signature(_) | Purpose::SignOff) => {
            Some(prompt.purpose.clone())
        }
        _ => None,
    };
    let found = state.ui.layers.iter().enumerate().find_map(|(at, it)| Some((at, asks(&it.kind)?)));
    let Some((at, purpose)) = found else { return };
    let lines = question::of(state, purpose, now).lines;
    if let Kind::Prompt(prompt) = &mut state.ui.layers[at].kind {
        prompt.lines = lines;
    }
}

/// Asks who operates, unless that is being asked.
pub(super) fn ask_operator(state: &mut State, now: &Stamp) {
    let asked = state
        .ui
        .layers
        .iter()
        .any(|layer| matches!(&layer.kind, Kind::Prompt(prompt) if prompt.purpose == Purpose::Operator));
    if !asked {
        ask(state, Purpose::Operator, now);
    }
}

/// Shows rows to pick from.
pub(super) fn pick(state: &mut State, pick: Pick, now: &Stamp) {
    state.ui.notice = None;
    state.ui.layers.push(Layer { opened: *now, kind: Kind::Pick(pick) });
}

impl Pick {
    /// All rows, none typed yet.
    pub(super) fn new(purpose: PickPurpose, title: &str, rows: Vec<PickRow>) -> Pick {
        Pick { purpose, title: title.to_owned(), input: Input::default(), all: rows.clone(), rows, cursor: 0 }
    }

    fn narrow(&mut self) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, &PickRow)> = self
            .all
            .iter()
            .filter_map(|row| {
                let score = pattern.score(Utf32Str::new(&row.text, &mut buffer), &mut matcher)?;
                Some((score, row))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.rows = scored.into_iter().map(|(_, row)| row.clone()).collect();
        self.cursor = 0;
    }
}

/// An editing key in a prompt or a pick.
pub(super) fn edit(state: &mut State, request: InputRequest, _now: &Stamp) {
    let Some(top) = state.ui.layers.last_mut() else { return };
    match &mut top.kind {
        Kind::Prompt(prompt) => {
            if matches!(request, InputRequest::InsertChar(_)) && prompt.input.value().len() >= LONGEST {
                prompt.complaint = Some("That is as long as a line may be".to_owned());
                return;
            }
            prompt.input.handle(request);
            prompt.complaint = None;
            if prompt.purpose == Purpose::Find {
                state.ui.find = Some(prompt.input.value().to_lowercase());
                let _none = keys::find_first(state);
            }
        }
        Kind::Pick(pick) => {
            pick.input.handle(request);
            pick.narrow();
        }
        _ => {}
    }
}

/// Pasted text: into a prompt, else nowhere.
pub(super) fn paste(state: &mut State, pasted: &str, now: &Stamp) {
    let one_line = pasted.trim().replace(['\r', '\n', '\t'], " ");
    let top = state.ui.layers.last().map(|layer| &layer.kind);
    if !matches!(top, Some(Kind::Prompt(_) | Kind::Pick(_))) {
        state.notice(now, "A paste was ignored: nothing is asked for");
        return;
    }
    let room = |input: &Input| LONGEST.saturating_sub(input.value().len());
    let put = |input: &mut Input| {
        let text: String = one_line.chars().filter(|c| !c.is_control()).take(room(input)).collect();
        let at = input.value().char_indices().nth(input.cursor()).map_or(input.value().len(), |(at, _)| at);
        let (before, after) = input.value().split_at(at);
        let cursor = input.cursor() + text.chars().count();
        *input = Input::new(format!("{before}{text}{after}")).with_cursor(cursor);
    };
    match state.ui.layers.last_mut().map(|layer| &mut layer.kind) {
        Some(Kind::Prompt(prompt)) => put(&mut prompt.input),
        Some(Kind::Pick(pick)) => put(&mut pick.input),
        _ => {}
    }
    // As if the last character had been typed: find and narrow follow.
    edit(state, InputRequest::GoToNextChar, now);
}

/// A letter at a choice.
pub(super) fn choose(state: &mut State, key: char, now: &Stamp) -> Vec<Effect> {
    let Some(top) = state.ui.layers.last() else { return Vec::new() };
    if matches!(top.kind, Kind::Command { .. }) && now.since(&top.opened) >= DEAF {
        return command::choose(state, key, now);
    }
    let Kind::Choice(choice) = &top.kind else { return Vec::new() };
    if now.since(&top.opened) < DEAF {
        return Vec::new();
    }
    let Some(then) = choice.answers.iter().find(|it| it.key == key).map(|it| it.then.clone()) else {
        return Vec::new();
    };
    state.ui.layers.pop();
    match then {
        Then::Back => Vec::new(),
        Then::Leave => state.leave(LEFT, now),
        Then::Tick(tick) => {
            if acts::may_act(state, now) {
                acts::tick::go(state, tick, now)
            } else {
                Vec::new()
            }
        }
        Then::Approve(tick) => {
            ask(state, Purpose::Approver(tick), now);
            Vec::new()
        }
        Then::Decide { go, tick } => {
            people::decider(state, go, tick, now);
            Vec::new()
        }
        Then::Take(fork, way, tick) => {
            ask(state, Purpose::Take(fork, way, tick), now);
            Vec::new()
        }
        Then::WriteAnyway(purpose, typed) => {
            if !acts::may_act(state, now) {
                return Vec::new();
            }
            write::write(state, purpose, &typed, now).unwrap_or_default()
        }
        Then::StartCopy(copy) => {
            if acts::may_act(state, now) {
                copy::start(state, &copy, now)
            } else {
                Vec::new()
            }
        }
        Then::Sign(unsigned) => vec![Effect::Sign(unsigned)],
        Then::StopJob(job) => {
            if acts::may_act(state, now) {
                command::stop(state, &job, now)
            } else {
                Vec::new()
            }
        }
        Then::Amend { keep } => {
            if acts::may_act(state, now) {
                amend::decide(state, keep, now)
            } else {
                Vec::new()
            }
        }
    }
}

/// Enter in a prompt or a pick.
pub(super) fn confirm(state: &mut State, now: &Stamp) -> Vec<Effect> {
    let Some(top) = state.ui.layers.last() else { return Vec::new() };
    match &top.kind {
        Kind::Pick(pick) => {
            let Some(row) = pick.rows.get(pick.cursor) else { return Vec::new() };
            let (purpose, value) = (pick.purpose, row.value);
            state.ui.layers.pop();
            match (purpose, value) {
                (PickPurpose::Palette, PickValue::Action(action)) => {
                    super::update::update(state, Msg::Action { action, repeat: false }, now)
                }
                (PickPurpose::Issue, PickValue::Number(number)) => {
                    ask(state, Purpose::Resolution(number), now);
                    Vec::new()
                }
                (PickPurpose::Field(item), PickValue::Number(number)) => {
                    ask(state, Purpose::Field(item, number), now);
                    Vec::new()
                }
                (PickPurpose::Mute, PickValue::Number(number)) if acts::may_act(state, now) => {
                    attention::picked(state, number, now)
                }
                (PickPurpose::Command(item), PickValue::Number(number)) => {
                    command::show_ready(state, item, (number as usize).saturating_sub(1), now);
                    Vec::new()
                }
                (PickPurpose::CopyCommand(item), PickValue::Number(number)) => {
                    command::copy_one(state, item, (number as usize).saturating_sub(1), now)
                }
                (PickPurpose::Theme, PickValue::Number(number)) => {
                    themes::picked(state, number, now);
                    Vec::new()
                }
                (PickPurpose::Logs | PickPurpose::LogFilters, value) => {
                    logs::picked(state, value, now);
                    Vec::new()
                }
                _ => Vec::new(),
            }
        }
        Kind::Prompt(prompt) => {
            let typed = prompt.input.value().trim();
            let meant = if typed.is_empty() { prompt.suggestion.as_deref().unwrap_or("") } else { typed };
            let (purpose, meant) = (prompt.purpose.clone(), meant.to_owned());
            if typed.is_empty() && !meant.is_empty() && now.since(&top.opened) < DEAF {
                // An enter meant for what was there before must not give somebody's name.
                return Vec::new();
            }
            submit(state, purpose, &meant, now)
        }
        _ => Vec::new(),
    }
}

fn submit(state: &mut State, purpose: Purpose, typed: &str, now: &Stamp) -> Vec<Effect> {
    match &purpose {
        Purpose::Find => {
            state.ui.layers.pop();
            state.ui.find = (!typed.is_empty()).then(|| typed.to_lowercase());
            if state.ui.find.is_some() && !keys::find_first(state) {
                state.ui.find = None;
                state.notice(now, format!("No item has “{}”", text::clean(typed)));
            }
            return Vec::new();
        }
        Purpose::GoTo => match replay::clock(typed) {
            Ok(time) => {
                pop_prompt(state);
                return vec![Effect::Replay(replay::Order::To(replay::Jump::Clock(time)))];
            }
            Err(problem) => {
                complain(state, problem);
                return Vec::new();
            }
        },
        Purpose::Operator | Purpose::NewHand => return named(state, &purpose, typed, now),
        Purpose::Log(ask @ (Ask::Search | Ask::In | Ask::Out)) => {
            match logs::submit(state, ask, typed, now) {
                Ok(()) => pop_prompt(state),
                Err(problem) => complain(state, problem),
            }
            return Vec::new();
        }
        _ => {}
    }
    let problem = match &purpose {
        Purpose::Take(..) if typed.is_empty() => None,
        _ if typed.is_empty() => Some("It cannot be empty; esc goes back".to_owned()),
        Purpose::Time(_) if !is_time(typed) => {
            Some("Not a time: write 06:10, 06:10:30 or 2026-11-21 06:10".to_owned())
        }
        Purpose::Stop(copy) if typed != copy.name => Some("That is not its name; esc goes back".to_owned()),
        _ => None,
    };
    if let Some(problem) = problem {
        complain(state, problem);
        return Vec::new();
    }
    if !acts::may_act(state, now) {
        return Vec::new();
    }
    let secret_field = matches!(&purpose, Purpose::Field(id, number)
        if acts::item(state, *id).and_then(|item| item.row.fields.get(*number as usize)).is_some_and(|it| it.secret));
    let is_path = matches!(purpose, Purpose::Attachment(_) | Purpose::Stop(_) | Purpose::Destroy(..));
    let secret =
        text::looks_like_secret_value(typed) || !state.plan.settings.redactor().find(typed).is_empty();
    if !secret_field && !is_path && secret {
        let answers = vec![
            Answer { key: 'n', label: "back, change it".to_owned(), then: Then::Back },
            Answer {
                key: 'w',
                label: "write it all the same".to_owned(),
                then: Then::WriteAnyway(purpose, typed.to_owned()),
            },
        ];
        let choice = Choice {
            title: "This looks like a secret".to_owned(),
            lines: vec!["The log is kept for years and read by many; what is in it stays in it.".to_owned()],
            answers,
        };
        state.ui.layers.push(Layer { opened: *now, kind: Kind::Choice(choice) });
        return Vec::new();
    }
    match write::write(state, purpose, typed, now) {
        Ok(effects) => effects,
        Err(complaint) => {
            complain(state, complaint);
            Vec::new()
        }
    }
}

pub(super) fn complain(state: &mut State, complaint: String) {
    if let Some(Kind::Prompt(prompt)) = state.ui.layers.last_mut().map(|layer| &mut layer.kind) {
        prompt.complaint = Some(complaint);
    }
}

/// A person's name was typed.
fn named(state: &mut State, purpose: &Purpose, typed: &str, now: &Stamp) -> Vec<Effect> {
    if let Err(problem) = Actor::person(typed) {
        complain(state, problem.to_string());
        return Vec::new();
    }
    state.ui.layers.pop();
    if let Some(client) = &state.desk.hand
        && !client.ambiguous
    {
        state.desk.hands.insert((client.tty.clone(), client.pid), typed.to_owned());
    }
    state.desk.hand_to = None;
    state.desk.operator = Some(typed.to_owned());
    let again = if *purpose == Purpose::NewHand { ": press the key again" } else { "" };
    state.notice(now, format!("{} acts from now on{again}", text::clean(typed)));
    let from = state.record.operator.clone().unwrap_or_default();
    if from == typed || state.record.run.is_none() {
        return Vec::new();
    }
    let event = Event::OperatorChanged { from, to: typed.to_owned() };
    let draft = state.draft(event, Actor::Person(typed.to_owned()), now);
    let what = format!("{} acts from now on{again}", text::clean(typed));
    acts::queue(state, vec![draft], what, false, now)
}

fn pop_prompt(state: &mut State) {
    if matches!(state.ui.layers.last().map(|layer| &layer.kind), Some(Kind::Prompt(_))) {
        state.ui.layers.pop();
    }
}

/// A file was read as evidence.
pub(super) fn on_file(
    state: &mut State,
    path: &Path,
    read: Result<(Blob, Arc<[u8]>), String>,
    now: &Stamp,
) -> Vec<Effect> {
    let Some(Kind::Prompt(prompt)) = state.ui.layers.last().map(|layer| &layer.kind) else {
        return Vec::new();
    };
    let Purpose::Attachment(item) = prompt.purpose else { return Vec::new() };
    let (blob, bytes) = match read {
        Ok(read) => read,
        Err(why) => {
            complain(state, why);
            return Vec::new();
        }
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let what = format!("attached {}, {} bytes", text::clean(&name), bytes.len());
    let drafted = acts::drafted(state, vec![Event::AttachmentAdded { name, blob, item }], now);
    match drafted {
        Ok(mut drafts) => {
            if let Some(last) = drafts.last_mut() {
                last.blobs.push(bytes);
            }
            pop_prompt(state);
            acts::queue(state, drafts, what, false, now)
        }
        Err(why) => {
            complain(state, why);
            Vec::new()
        }
    }
}

fn is_time(typed: &str) -> bool {
    let time = typed.rsplit([' ', 'T']).next().unwrap_or(typed).trim_end_matches('Z');
    let clock = ["%H:%M", "%H:%M:%S"].iter().any(|it| chrono::NaiveTime::parse_from_str(time, it).is_ok());
    match typed.split_once([' ', 'T']) {
        Some((date, _)) => clock && chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok(),
        None => clock,
    }
}
