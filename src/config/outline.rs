//! What a sidecar says in outline, as a log embeds it: for whoever has neither its secrets nor the files that it names.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use toml::de::{DeTable, DeValue};

/// What can be told of a sidecar from its text alone; what cannot be read is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The zone of clock times in the plan and on the screen.
    pub tz: Option<Tz>,
    /// The names of the health checks that users reach.
    pub public: BTreeSet<String>,
    /// Line and column of the longest outage that is allowed.
    pub outage_goal: Option<(u32, u32)>,
    /// There are copies.
    pub copies: bool,
    /// There are logs.
    pub logs: bool,
}

impl Outline {
    /// Reads a sidecar's text.
    #[must_use]
    pub fn of(text: &str) -> Outline {
        let (table, _) = DeTable::parse_recoverable(text);
        let table = table.get_ref();
        let list = |key: &str| match table.get(key).map(toml::Spanned::get_ref) {
            Some(DeValue::Array(list)) => &list[..],
            _ => &[],
        };
        let checks = list("health").iter().filter_map(|check| match check.get_ref() {
            DeValue::Table(check) => Some(check),
            _ => None,
        });
        let is_public = |check: &&DeTable<'_>| {
            matches!(check.get("public").map(toml::Spanned::get_ref), Some(DeValue::Boolean(true)))
        };
        let goal =
            table.get_key_value("outage_goal").map(|(key, _)| super::finding::place(text, key.span().start));
        Outline {
            outage_goal: goal,
            tz: word(table, "tz").and_then(|name| name.parse().ok()),
            public: checks
                .filter(is_public)
                .filter_map(|check| word(check, "name"))
                .map(str::to_owned)
                .collect(),
            copies: !list("copy").is_empty(),
            logs: !list("log").is_empty(),
        }
    }
}

fn word<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    match table.get(key)?.get_ref() {
        DeValue::String(word) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_is_read_as_far_as_it_can_be() {
        let outline = Outline::of(
            "outage_goal = \"5m\"\ntz = \"Europe/Berlin\"\n[[health]]\nname = \"web\"\npublic = true\nca = \"${file:gone}\"\n\
             [[health]]\nname = \"inner\"\npublic = false\n[[log]]\nname = \"app\"\n",
        );
        let public = BTreeSet::from(["web".to_owned()]);
        let (tz, outage_goal) = (Some(Tz::Europe__Berlin), Some((1, 1)));
        assert_eq!(outline, Outline { tz, public, outage_goal, copies: false, logs: true });
        assert_eq!(Outline::of("tz = \"Mars/Olympus\"\n"), Outline::default());
        let broken = Outline::of("[[copy]]\nname = \"a\"\n= what\n");
        assert!(broken.copies && !broken.logs, "{broken:?}");
        assert_eq!(Outline::of(""), Outline::default());
    }
}
