//! Where an item's own words name something that a probe sees: the live value stands beside the item, and `check`
//! proposes the gate that would hold it. A hint never stands in the way of anything.
//!
//! Each rule has an id among the rules about plain words (`checklist::RULES`), by which `phrases_off` switches it off.

mod find;
mod propose;

#[cfg(test)]
mod tests;

use crate::expr::Expr;

pub(super) use find::asks;
pub use find::find;
pub(super) use propose::quoted;
pub use propose::{Proposal, proposals};

/// Words of an item that name something a probe sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// Index into the checklist's items.
    pub item: usize,
    /// The rule that found it.
    pub rule: &'static str,
    /// The words.
    pub words: String,
    /// What they would be as a gate's need; the bare probe where they merely name it.
    pub expr: Expr,
    /// The words ask for it, so that it may be proposed as a gate.
    pub asks: bool,
}
