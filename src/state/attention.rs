//! What calls the operator: one notice a kind, each of which can be muted.

use super::State;
use super::msg::Effect;
use crate::clock::Stamp;

pub use crate::config::NoticeKind;

/// Something that calls the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What kind.
    pub kind: NoticeKind,
    /// In one clause, safe to show.
    pub text: String,
}

/// Calls the operator, unless that kind is silent.
pub(super) fn call(_state: &mut State, notice: Notice, _now: &Stamp) -> Option<Effect> {
    Some(Effect::Notify(notice))
}
