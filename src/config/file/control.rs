//! Tables about what stands between items and their tick.

use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::choice::Ways;
use crate::config::finding::Findings;
use crate::config::gate::After;
use crate::config::toml::{FromToml, Span, Strings, Table as _, Whole, table};

table! {
    /// What stands before an item or a phase; in an annotation without the two.
    Gate {
        /// The item, by its words.
        item: String,
        /// The phase, by its heading.
        phase: String,
        /// What must hold.
        needs: Strings,
        /// The same, by its other name.
        gate: Strings,
        /// For how long.
        hold "for": Span,
        /// The role of whoever ticks.
        role: String,
        /// How many persons.
        approve: Whole,
        /// What the second person reads out.
        read_back: String,
        /// How long to wait.
        wait: Span,
        /// What the wait counts from: an item, a phase, a moment.
        after: After,
        /// `start` or `end` of a planned outage.
        outage: String,
        /// There is no way back behind it.
        point_of_no_return: bool,
        /// Temporary states that begin.
        opens: Strings,
        /// Temporary states that end.
        closes: Strings,
        /// Whether it can be undone.
        undo: bool,
    }
}

table! {
    /// Ways of which one is taken.
    Choice {
        /// What is decided.
        name: String,
        /// The item that says which way was taken, by its words.
        item: String,
        /// The ways: headings, or names with lists of headings and items.
        options: Ways,
    }
}

impl Gate {
    /// Whether it says where it stands, well or badly.
    pub fn gives_on(&self) -> bool {
        self.gives("item") || self.gives("phase")
    }
}

impl FromToml for After {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Datetime(_) => FromToml::from_toml(value, key, findings).map(After::At),
            _ => String::from_toml(value, key, findings).map(After::Named),
        }
    }

    fn schema() -> Value {
        String::schema()
    }
}
