//! What a plan holds an item to, as far as a report needs it: a report never reads the plan again.

use serde::{Deserialize, Serialize};

use super::part::is_false;

/// Who must act on an item, and whether it can be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The roles that whoever ticks must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// How many persons must approve, the one who ticks among them; 0 is nobody else.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub approve: u32,
    /// Behind it there is no way back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_return: bool,
    /// Whether it can be undone after it is done; `None` if that was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<bool>,
}

impl Held {
    /// Nothing is asked of anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Held::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
