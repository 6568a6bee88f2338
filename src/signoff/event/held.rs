//! What a plan holds an item to, as far as a report needs it: a report never reads the plan again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::part::is_false;

/// The role that lets somebody approve what another person ticks.
pub const APPROVER: &str = "approver";

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

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.roles.is_empty() {
            parts.push(format!("role {}", self.roles.join(", ")));
        }
        if self.approve > 1 {
            parts.push(format!("{} persons", self.approve));
        }
        if self.no_return {
            parts.push("no way back".to_owned());
        }
        parts.extend(self.undo.map(|can| if can { "can be undone" } else { "cannot be undone" }.to_owned()));
        f.write_str(if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }.as_str())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
