//! `y`: an item's command for the clipboard, values filled in and quoted, secrets as references.

use std::fmt::Write;

use super::values;
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::command;
use crate::state::layer::{Pick, PickPurpose, PickRow, PickValue};
use crate::state::msg::Effect;
use crate::state::{State, prompt};
use crate::text;

/// Copies the item's command; of several, asks which.
pub(in crate::state) fn copy(state: &mut State, id: ItemId, now: &Stamp) -> Vec<Effect> {
    let item = state.planned.get(&id).and_then(|&at| state.plan.checklist.items.get(at));
    let commands = item.map_or(&[][..], |item| &item.commands[..]);
    match commands {
        [] => state.notice(now, "This item has no command"),
        [_] => return copy_one(state, id, 0, now),
        several => {
            let redactor = state.plan.settings.redactor();
            let row = |(number, command): (u32, &crate::checklist::Command)| {
                let text = redactor.redact(&command.text);
                let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
                PickRow {
                    text: format!("{number}  {}", text::clean(first)),
                    aside: text::plural(command.text.lines().count(), "line", "lines"),
                    value: PickValue::Number(number),
                }
            };
            let rows = (1u32..).zip(several).map(row).collect();
            let pick = Pick::new(PickPurpose::CopyCommand(id), "Copy which command?", rows);
            prompt::pick(state, pick, now);
        }
    }
    Vec::new()
}

/// Copies one of the item's commands.
pub(in crate::state) fn copy_one(state: &mut State, id: ItemId, number: usize, now: &Stamp) -> Vec<Effect> {
    let item = state.planned.get(&id).and_then(|&at| state.plan.checklist.items.get(at));
    let Some(command) = item.and_then(|item| item.commands.get(number)) else {
        state.notice(now, "The command is gone from the plan");
        return Vec::new();
    };
    let program = command::program(command.language.as_deref()).ok();
    let lookup = |name: &str| values::lookup(state, id, name);
    let (text, secrets) = command::copied(program.as_ref(), &command.text, &lookup);
    let known = |name: &str| matches!(lookup(name), command::Lookup::Value { .. });
    let mut open: Vec<String> = Vec::new();
    for place in command::placeholders(&text, &|_| false) {
        if !known(&place.name) && !open.contains(&place.written) {
            open.push(place.written);
        }
    }
    let mut words = format!("Command copied: {}", text::plural(text.lines().count(), "line", "lines"));
    if !secrets.is_empty() {
        let _infallible = write!(words, "; secrets stay references, export {} first", secrets.join(", "));
    }
    if !open.is_empty() {
        let _infallible = write!(words, "; still to be replaced: {}", text::clean(&open.join(", ")));
    }
    state.notice(now, words);
    vec![Effect::Clipboard(text)]
}
