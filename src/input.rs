//! Terminal events into messages: what a key means depends on what takes the keys.

use std::collections::HashMap;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::InputRequest;

use crate::state::action::{ACTIONS, Action, Place};
use crate::state::layer::Mode;
use crate::state::msg::Msg;
use crate::state::pane::Pane;

/// Which key means which action, in one pane or everywhere.
#[derive(Clone, Debug)]
pub struct Keys(HashMap<(Option<Pane>, Key), Action>);

/// A key with its modifiers; shift is part of the character.
type Key = (KeyCode, KeyModifiers);

/// A key's name that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "“{0}” is no key: write a character, or space, enter, esc, tab, backtab, up, down, left, right, home, end, pageup, pagedown, ctrl-x"
)]
pub struct BadKey(String);

impl Keys {
    /// The keys of the action table.
    ///
    /// # Errors
    /// A name in the table is no key.
    pub fn standard() -> Result<Keys, BadKey> {
        let mut keys = HashMap::new();
        for spec in ACTIONS {
            for name in spec.keys {
                let only = match spec.place {
                    Place::Only(pane) => Some(pane),
                    _ => None,
                };
                keys.insert((only, parse(name)?), spec.action);
            }
        }
        Ok(Keys(keys))
    }

    /// What an event means while `focus` has the keys; `None` for what means nothing.
    #[must_use]
    pub fn read(&self, event: &Event, mode: Mode, focus: Pane) -> Option<Msg> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key, mode, focus),
            Event::Paste(text) => Some(Msg::Paste(text.clone())),
            Event::Resize(width, height) => Some(Msg::Resize { width: *width, height: *height }),
            _ => None,
        }
    }

    fn key(&self, key: &KeyEvent, mode: Mode, focus: Pane) -> Option<Msg> {
        let repeat = key.kind == KeyEventKind::Repeat;
        let action = |action| Some(Msg::Action { action, repeat });
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('l') {
            return action(Action::Repaint);
        }
        match (mode, key.code) {
            (Mode::Normal, _) => {
                let key = normal(key);
                let found = self.0.get(&(Some(focus), key)).or_else(|| self.0.get(&(None, key)));
                found.and_then(|found| action(*found))
            }
            (_, KeyCode::Esc) => action(Action::Back),
            (_, KeyCode::Char('c')) if control => action(Action::Back),
            (Mode::Prompt | Mode::Pick, KeyCode::Enter) => Some(Msg::Confirm),
            (Mode::Pick, KeyCode::BackTab) | (Mode::Pick | Mode::Choice, KeyCode::Up) => action(Action::Up),
            (Mode::Pick, KeyCode::Tab) | (Mode::Pick | Mode::Choice, KeyCode::Down) => action(Action::Down),
            (Mode::Pick | Mode::Choice, KeyCode::PageUp) => action(Action::PageUp),
            (Mode::Pick | Mode::Choice, KeyCode::PageDown) => action(Action::PageDown),
            (Mode::Prompt | Mode::Pick, _) => edit(key).map(Msg::Edit),
            (Mode::Choice, KeyCode::Char(c)) if !control && !repeat => Some(Msg::Choose(c)),
            (Mode::Choice, _) => None,
        }
    }
}

/// The editing keys of a line, as in a shell.
fn edit(key: &KeyEvent) -> Option<InputRequest> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char(c) if control => match c {
            'a' => InputRequest::GoToStart,
            'e' => InputRequest::GoToEnd,
            'b' => InputRequest::GoToPrevChar,
            'f' => InputRequest::GoToNextChar,
            'h' => InputRequest::DeletePrevChar,
            'd' => InputRequest::DeleteNextChar,
            'w' => InputRequest::DeletePrevWord,
            'u' => InputRequest::DeleteFromStart,
            'k' => InputRequest::DeleteTillEnd,
            'y' => InputRequest::Yank,
            _ => return None,
        },
        KeyCode::Char('b') if alt => InputRequest::GoToPrevWord,
        KeyCode::Char('f') if alt => InputRequest::GoToNextWord,
        KeyCode::Char('d') if alt => InputRequest::DeleteNextWord,
        KeyCode::Char(c) if !alt => InputRequest::InsertChar(c),
        KeyCode::Backspace if control || alt => InputRequest::DeletePrevWord,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left if control || alt => InputRequest::GoToPrevWord,
        KeyCode::Right if control || alt => InputRequest::GoToNextWord,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return None,
    })
}

/// Shift is in the character already; terminals disagree on saying it again.
fn normal(key: &KeyEvent) -> Key {
    let modifiers = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    (key.code, modifiers)
}

fn parse(name: &str) -> Result<Key, BadKey> {
    let (name_left, modifiers) = match name.strip_prefix("ctrl-") {
        Some(rest) => (rest, KeyModifiers::CONTROL),
        None => (name, KeyModifiers::NONE),
    };
    let code = match name_left {
        "space" => KeyCode::Char(' '),
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        one => {
            let mut chars = one.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => KeyCode::Char(c),
                _ => return Err(BadKey(name.to_owned())),
            }
        }
    };
    Ok((code, modifiers))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const HERE: Pane = Pane::Checklist;

    #[test]
    fn every_default_key_parses_and_means_one_thing() {
        let keys = Keys::standard().unwrap();
        let names: Vec<(Option<Pane>, &str)> = ACTIONS
            .iter()
            .flat_map(|spec| {
                spec.keys
                    .iter()
                    .map(|key| (spec.place.pane().filter(|_| spec.place != Place::Checklist), *key))
            })
            .collect();
        assert_eq!(keys.0.len(), names.len(), "a key is declared twice");
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn letters_are_text_in_a_prompt_and_actions_outside() {
        let keys = Keys::standard().unwrap();
        let event = Event::Key(KeyEvent::new(KeyCode::Char('F'), KeyModifiers::SHIFT));
        assert!(matches!(
            keys.read(&event, Mode::Normal, HERE),
            Some(Msg::Action { action: Action::Fail, .. })
        ));
        assert!(matches!(
            keys.read(&event, Mode::Prompt, HERE),
            Some(Msg::Edit(InputRequest::InsertChar('F')))
        ));
        assert!(matches!(keys.read(&event, Mode::Choice, HERE), Some(Msg::Choose('F'))));
    }

    #[test]
    fn a_release_means_nothing() {
        let keys = Keys::standard().unwrap();
        let mut key = KeyEvent::new(KeyCode::Char(' '), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert!(keys.read(&Event::Key(key), Mode::Normal, HERE).is_none());
    }
}
