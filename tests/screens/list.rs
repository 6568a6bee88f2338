//! The list of screens: what is shown, and the keys that lead there.

mod day;
mod over;

use crate::common::desk::Desk;

pub use day::DAY;
pub use over::{ASKED, SHEETS};

/// One screen.
pub struct Screen {
    /// The file that keeps it.
    pub group: &'static str,
    /// What it shows.
    pub name: &'static str,
    /// The screen that it differs from in some rows, by its name: only these are kept.
    pub over: Option<&'static str>,
    /// How one comes to it.
    pub make: fn() -> Desk,
}

/// All screens.
pub fn screens() -> impl Iterator<Item = &'static Screen> {
    DAY.iter().chain(SHEETS).chain(ASKED)
}

/// A screen that is kept whole, or without what it lies over.
const fn screen(group: &'static str, name: &'static str, make: fn() -> Desk) -> Screen {
    Screen { group, name, over: None, make }
}

/// A screen of which only the rows are kept that differ from another.
const fn beside(group: &'static str, name: &'static str, over: &'static str, make: fn() -> Desk) -> Screen {
    Screen { group, name, over: Some(over), make }
}
