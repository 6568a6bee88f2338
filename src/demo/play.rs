//! What a demo plays: a plan, a sidecar that watches this machine, and what follows from its steps.
//!
//! The shop of `plan.md` is written for it. A plan that comes with the program is played as it is; its sidecar keeps its
//! people, variables and gates, and each of its probes gets a stand-in from `plays/NAME.toml`. That file has
//!
//! ```toml
//! ipv6 = true                          # the demo's name has an address for it too
//! begin = ["new open"]                 # deeds before the first step
//! [follow]
//! "Record changed" = ["point new"]     # deeds when the step that begins so, without its marks, is ticked
//! [health.site]                        # what is asked here; likewise dns."NAME/TYPE", copy, reconcile, log, host
//! url = "http://localhost:@PORT@/health"
//! [gate."Certificate seen"]            # what a gate asks that cannot be had here
//! needs = ["health/site/new"]
//! ```
//!
//! Holds and waits of the sidecar's gates are cut to what a demo takes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::{Table, Value};

use super::deed::Deed;
use crate::plan::new::{Template, template};
use crate::text::parse_duration;

/// The shop, with which a demo begins unless another plan is named.
const SHOP: Template =
    Template { name: "shop", plan: include_str!("plan.md"), sidecar: include_str!("plan.toml") };

/// Keys of a probe that hold wherever it looks.
const KEPT: [&str; 7] = ["name", "type", "public", "down_after", "maintenance", "noise", "silent"];

macro_rules! plays {
    ($($name:literal),* $(,)?) => {
        /// The file that says how a plan is played.
        fn file(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some(include_str!(concat!("plays/", $name, ".toml"))),)*
                _ => None,
            }
        }
    };
}

plays![
    "shop",
    "blank",
    "app-host-migration",
    "backend-migration",
    "database-switch-over",
    "dns-cutover",
    "object-store-switch",
    "production-release",
    "storage-migration",
    "subscription-move",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct File {
    ipv6: bool,
    begin: Vec<String>,
    follow: BTreeMap<String, Vec<String>>,
    health: BTreeMap<String, Table>,
    dns: BTreeMap<String, Table>,
    copy: BTreeMap<String, Table>,
    reconcile: BTreeMap<String, Table>,
    log: BTreeMap<String, Table>,
    host: BTreeMap<String, Table>,
    gate: BTreeMap<String, Table>,
}

/// A plan that is played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Play {
    template: Template,
    text: &'static str,
}

/// What happens, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// The name has an IPv6 address.
    pub(super) six: bool,
    /// Before the first step.
    pub(super) begin: Vec<Deed>,
    /// The beginning of a step's text, and what follows from its tick.
    pub(super) follow: Vec<(String, Vec<Deed>)>,
}

/// Longest times of a play.
#[derive(Clone, Copy, Debug)]
pub(super) struct Longest {
    /// How long a gate holds.
    pub(super) hold: Duration,
    /// How long a step waits.
    pub(super) wait: Duration,
}

impl Play {
    /// The play of that name; the shop's without one.
    ///
    /// # Errors
    /// No plan has that name.
    pub(super) fn named(name: Option<&str>) -> Result<Play, String> {
        let template = match name {
            None | Some("shop") => SHOP,
            Some(name) => *template(name).map_err(|error| error.to_string())?,
        };
        let text = file(template.name).ok_or_else(|| format!("The demo cannot play `{}`.", template.name))?;
        Ok(Play { template, text })
    }

    pub(super) fn name(self) -> &'static str {
        self.template.name
    }

    pub(super) fn plan(self) -> &'static str {
        self.template.plan
    }

    fn read(self, text: &str) -> Result<File, String> {
        toml::from_str(text).map_err(|error| format!("the play of {}: {error}", self.name()))
    }

    /// What happens in it.
    ///
    /// # Errors
    /// Its file is wrong, which no released program has.
    pub(super) fn script(self) -> Result<Script, String> {
        let file = self.read(self.text)?;
        let deeds =
            |texts: &[String]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Deed>, String>>();
        let follow = file.follow.iter().map(|(step, texts)| Ok((step.clone(), deeds(texts)?)));
        Ok(Script {
            six: file.ipv6,
            begin: deeds(&file.begin)?,
            follow: follow.collect::<Result<_, String>>()?,
        })
    }

    /// Its sidecar, where `fill` puts values for the `@NAMES@` of a text.
    ///
    /// # Errors
    /// A file is wrong, which no released program has.
    pub(super) fn sidecar(self, fill: &dyn Fn(&str) -> String, longest: Longest) -> Result<String, String> {
        if self.name() == SHOP.name {
            return Ok(fill(self.template.sidecar));
        }
        let file = self.read(&fill(self.text))?;
        let wrong = |what: String| format!("the play of {}: {what}", self.name());
        let mut sidecar: Table =
            self.template.sidecar.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        let general: Table =
            fill(GENERAL).parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        for (key, value) in general {
            match (sidecar.get_mut(&key), value) {
                (Some(Value::Table(there)), Value::Table(more)) => there.extend(more),
                (_, value) => {
                    sidecar.insert(key, value);
                }
            }
        }
        let kinds = [
            ("health", &file.health),
            ("dns", &file.dns),
            ("copy", &file.copy),
            ("reconcile", &file.reconcile),
            ("log", &file.log),
            ("host", &file.host),
        ];
        for (kind, stand_ins) in kinds {
            for probe in tables(&mut sidecar, kind) {
                let name = name(probe);
                let stand_in = stand_ins.get(&name);
                let stand_in =
                    stand_in.ok_or_else(|| wrong(format!("nothing stands for {kind}.\"{name}\"")))?;
                let kept = |key: &&str| KEPT.contains(key);
                probe.retain(|key, _| kept(&key));
                probe.extend(stand_in.clone());
            }
        }
        for gate in tables(&mut sidecar, "gate") {
            cut(gate, "for", longest.hold);
            cut(gate, "wait", longest.wait);
            let other = text(gate, "item").and_then(|item| file.gate.get(item));
            gate.extend(other.cloned().unwrap_or_default());
        }
        let text = toml::to_string(&sidecar).map_err(|error| wrong(error.to_string()))?;
        Ok(format!(
            "# `{}.toml` as the demo plays it: every probe looks at this machine.\n\n{text}",
            self.name()
        ))
    }
}

/// What holds in every play of a plan that comes with the program.
const GENERAL: &str = r#"
ticket = "DEMO-1"
window = { start = @START@, end = @END@ }
outage_goal = "@OUTAGE@"

[people]
"@OPERATOR@" = { roles = ["operator"] }

[defaults]
every = "@EVERY@"
timeout = "@EVERY@"
"#;

/// The tables of a kind, whether there is one or a list.
fn tables<'a>(sidecar: &'a mut Table, kind: &str) -> Vec<&'a mut Table> {
    match sidecar.get_mut(kind) {
        Some(Value::Table(table)) => vec![table],
        Some(Value::Array(list)) => list.iter_mut().filter_map(Value::as_table_mut).collect(),
        _ => Vec::new(),
    }
}

fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Value::as_str)
}

/// What a probe's stand-in is called; records have their type behind their name, a host without a name is `here`.
fn name(probe: &Table) -> String {
    let name = text(probe, "name").unwrap_or("here");
    match text(probe, "type") {
        Some(kind) => format!("{name}/{kind}"),
        None => name.to_owned(),
    }
}

/// Lets a gate's time be no longer than that.
fn cut(gate: &mut Table, key: &str, longest: Duration) {
    let longer =
        text(gate, key).and_then(|span| parse_duration(span).ok()).is_some_and(|span| span > longest);
    if longer {
        gate.insert(key.to_owned(), Value::String(format!("{}ms", longest.as_millis())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::new::TEMPLATES;

    const LONGEST: Longest = Longest { hold: Duration::from_secs(5), wait: Duration::from_secs(10) };

    fn filled(text: &str) -> String {
        let values = [
            ("@START@", "2026-12-01T06:00:00Z"),
            ("@END@", "2026-12-01T06:30:00Z"),
            ("@OPERATOR@", "you"),
            ("@OUTAGE@", "60000ms"),
            ("@EVERY@", "1000ms"),
            ("@HOLD@", "5000ms"),
            ("@STALLED@", "8000ms"),
            ("@FOLDER@", "/tmp/demo"),
            ("@PORT@", "8080"),
            ("@OLD@", "127.0.0.2"),
            ("@NEW@", "127.0.0.3"),
            ("@OLD6@", "2001:db8::2"),
            ("@NEW6@", "2001:db8::3"),
            ("@NAME@", "shop.orchard.example"),
            ("@ZONE0@", "127.0.0.1:5301"),
            ("@ZONE1@", "127.0.0.1:5302"),
            ("@CACHE0@", "127.0.0.1:5303"),
            ("@CACHE1@", "127.0.0.1:5304"),
        ];
        let text = values.iter().fold(text.to_owned(), |text, (key, value)| text.replace(key, value));
        let left =
            text.split('@').find(|word| !word.is_empty() && word.chars().all(|it| it.is_ascii_uppercase()));
        assert_eq!(left, None, "{text}");
        text
    }

    fn plays() -> Vec<Play> {
        let names = TEMPLATES.iter().map(|template| Some(template.name));
        names.chain([None]).map(|name| Play::named(name).unwrap()).collect()
    }

    #[test]
    fn every_plan_that_comes_with_the_program_is_played_on_this_machine() {
        for play in plays() {
            let sidecar = play.sidecar(&filled, LONGEST).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let plan = folder.path().join("plan.md");
            std::fs::write(&plan, play.plan()).unwrap();
            std::fs::write(plan.with_extension("toml"), &sidecar).unwrap();
            let (said, code) = crate::plan::check::run(&plan, crate::plan::check::Format::Text, &|_| None);
            assert_eq!(code, 0, "{}: {said}\n{sidecar}", play.name());
            let mut table: Table = sidecar.parse().unwrap();
            // Those are put into the plan's commands.
            table.remove("vars");
            let sidecar = table.to_string();
            for far in ["via = ", "https://", "\"az\"", "psql", "systemctl", "journalctl"] {
                assert!(!sidecar.contains(far), "{}: {far}\n{sidecar}", play.name());
            }
        }
    }

    #[test]
    fn what_follows_follows_from_steps_that_there_are() {
        for play in plays() {
            let script = play.script().unwrap();
            // The log has a step's text without its marks.
            let plan = play.plan().replace('`', "");
            for (step, deeds) in script.follow {
                assert!(plan.contains(&format!("[ ] {step}")), "{}: {step}", play.name());
                assert!(!deeds.is_empty(), "{}: {step}", play.name());
            }
        }
    }

    #[test]
    fn a_name_that_is_none_is_told_with_the_nearest_one() {
        let why = Play::named(Some("dns-cutovr")).unwrap_err();
        assert!(why.contains("Did you mean `dns-cutover`?"), "{why}");
    }
}
