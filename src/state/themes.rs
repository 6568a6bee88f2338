//! Which theme the screen wears, and the list to choose one from.
//!
//! The state knows their names alone: what is under the cursor is worn while one looks for another.

use super::layer::{Kind, Pick, PickPurpose, PickRow, PickValue};
use super::{State, prompt};
use crate::clock::Stamp;

/// The themes to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Themes {
    /// All of them.
    pub rows: Vec<Row>,
    /// The one that was chosen: its place among the rows.
    pub worn: usize,
}

/// One theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What is to be known of it: whose it is, that it cannot be used.
    pub from: String,
}

/// Asks which theme is to be worn.
pub(super) fn ask(state: &mut State, now: &Stamp) {
    let themes = &state.ui.themes;
    let row = |(row, number): (&Row, u32)| PickRow {
        text: row.name.clone(),
        aside: row.from.clone(),
        value: PickValue::Number(number),
    };
    let rows = themes.rows.iter().zip(1..).map(row).collect();
    let mut pick = Pick::new(PickPurpose::Theme, "Theme, for as long as this cockpit is open", rows);
    pick.cursor = themes.worn;
    prompt::pick(state, pick, now);
}

/// Wears the theme of that number.
pub(super) fn picked(state: &mut State, number: u32, now: &Stamp) {
    let at = (number as usize).saturating_sub(1);
    let Some(row) = state.ui.themes.rows.get(at) else { return };
    let said = format!("Theme {} until you leave; to keep it, see: cutover themes", row.name);
    state.ui.themes.worn = at;
    state.notice(now, said);
}

impl State {
    /// Gives the themes to choose from.
    pub fn dress(&mut self, themes: Themes) {
        self.ui.themes = themes;
    }

    /// The theme to draw with, by its place in the list: the one under the cursor while one is chosen.
    #[must_use]
    pub fn theme(&self) -> usize {
        let looked_at = self.ui.layers.iter().rev().find_map(|layer| match &layer.kind {
            Kind::Pick(pick) if pick.purpose == PickPurpose::Theme => Some(pick.rows.get(pick.cursor)?.value),
            _ => None,
        });
        match looked_at {
            Some(PickValue::Number(number)) => (number as usize).saturating_sub(1),
            _ => self.ui.themes.worn,
        }
    }
}
