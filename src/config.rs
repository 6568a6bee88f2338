//! Resolved settings: what the sidecar says, checked, typed, with variables filled in.
//!
//! The on-disk form is `file`'s; nothing else knows TOML. Every value here is valid: a bad sidecar is an error with
//! file, line, key and what was expected, never a silent default.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::toml::de::DeTable;
use chrono::{DateTime, FixedOffset};

use crate::checklist::Mode;
use crate::expr::{Expr, Scope};
use crate::text::Redactor;

mod choice;
mod common;
mod connection;
mod copy;
mod dns;
mod file;
mod finding;
mod gate;
mod health;
mod host;
mod layout;
mod log;
mod notify;
pub mod outline;
mod reconcile;
pub mod remote;
mod target;
mod toml;
mod vars;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use connection::Connection;
pub use copy::{CopyJob, CopySource, FORMATS, JsonPaths};
pub use dns::{DnsRecord, NameServer};
use finding::Findings;
pub use finding::{ConfigError, ConfigFinding};
pub use gate::{After, Asked, Edge, Gate, annotation};
pub use host::HostSettings;
pub use layout::{Layout, PANES};
pub use log::{Encoding, LogInput, LogSource};
pub use notify::{NoticeKind, Notify};
pub use reconcile::{Counter, Pattern, Place, ReconcileJob, ReconcileSource};
use toml::Table as _;
use vars::Vars;

/// The environment, as far as a sidecar may ask for it.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Everything the sidecar decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Overrides the plan's title.
    pub title: Option<String>,
    /// Change ticket.
    pub ticket: Option<String>,
    /// Maintenance window.
    pub window: Option<Window>,
    /// Longest outage allowed.
    pub outage_goal: Option<Duration>,
    /// Longest time allowed that the maintenance page is shown.
    pub maintenance_goal: Option<Duration>,
    /// What calls the operator, and how.
    pub notify: Notify,
    /// The time zone of clock times in the plan and on the screen; `None` is that of the host.
    pub tz: Option<chrono_tz::Tz>,
    /// Overrides how items are recognised; `None` is automatic.
    pub items: Option<Mode>,
    /// In list mode, the headings whose lists are the work.
    pub sections: Vec<String>,
    /// Plain-word rules switched off, by their id.
    pub phrases_off: Vec<String>,
    /// Declared people and their roles.
    pub people: BTreeMap<String, Vec<String>>,
    /// The SSH keys of people that sign their sign-offs: files, from the plan's folder or from home by `~/`.
    pub keys: BTreeMap<String, String>,
    /// Variables, secret ones included.
    pub vars: BTreeMap<String, Var>,
    /// Variables of commands that are blanks of the plan.
    pub blanks: BTreeMap<String, Blank>,
    /// Where the plan's commands run; its own folder if that is not said.
    pub cwd: Option<PathBuf>,
    /// Commands that are run only after a typed word; the usual ones if that is not said.
    pub destructive: Option<Vec<Pattern>>,
    /// Health checks, in order.
    pub health: Vec<HealthCheck>,
    /// DNS records, in order.
    pub dns: Vec<DnsRecord>,
    /// Copies, in order.
    pub copies: Vec<CopyJob>,
    /// Logs, in order.
    pub logs: Vec<LogSource>,
    /// Machines, in order.
    pub hosts: Vec<HostSettings>,
    /// Comparisons, in order.
    pub reconciles: Vec<ReconcileJob>,
    /// What stands before items and phases, in order.
    pub gates: Vec<Gate>,
    /// Declared choices.
    pub choices: Vec<Choice>,
    /// Where the panes stand.
    pub layout: Layout,
    /// Values that never reach the screen, the log or the report.
    pub secrets: BTreeSet<Secret>,
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// A planned span of wall-clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it opens.
    pub start: DateTime<FixedOffset>,
    /// When it closes.
    pub end: DateTime<FixedOffset>,
}

/// A variable's value.
#[derive(Clone, PartialEq, Eq)]
pub struct Var {
    /// The value.
    pub value: String,
    /// From the environment or a file: never shown, never logged.
    pub secret: bool,
}

/// A blank of the plan whose value a variable has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blank {
    /// Words of the item.
    pub item: String,
    /// Which of its blanks, from 1.
    pub n: u32,
    /// Line and column of the sidecar.
    pub place: (u32, u32),
}

/// One health check with its defaults filled in.
#[derive(Clone, PartialEq)]
pub struct HealthCheck {
    /// Unique among health checks; no slash.
    pub name: String,
    /// What is asked.
    pub target: Target,
    /// Run on another host: `ssh` and its arguments (exec only).
    pub via: Option<Vec<String>>,
    /// Address of the old side.
    pub old: Option<Pin>,
    /// Address of the new side.
    pub new: Option<Pin>,
    /// Holds when the old side answered (beats the address).
    pub identity_old: Option<Expr>,
    /// Holds when the new side answered.
    pub identity_new: Option<Expr>,
    /// Users reach this one.
    pub public: bool,
    /// All must hold for up.
    pub expect: Vec<Expr>,
    /// The same for the old side: an old backend that must refuse is up when it refuses.
    pub old_expect: Vec<Expr>,
    /// Only warn.
    pub warn: Vec<Expr>,
    /// What the page says that is shown while nothing is served: all must hold; empty if there is none.
    pub maintenance: Vec<Expr>,
    /// What gates and the plan's words ask of its answers.
    pub watch: Vec<Expr>,
    /// HTTP method.
    pub method: String,
    /// HTTP request headers; values may hold secrets.
    pub headers: Vec<(String, String)>,
    /// HTTP request body.
    pub body: Option<String>,
    /// Redirects followed at most; off the pin they are refused.
    pub follow: u8,
    /// Response bytes read at most.
    pub body_limit: usize,
    /// Immediate retries of transport errors.
    pub retry: u8,
    /// Proxy URL; never taken from the environment.
    pub proxy: Option<String>,
    /// Address family.
    pub ip: Family,
    /// CA bundle trusted instead of the system's, PEM.
    pub ca: Option<PathBuf>,
    /// Client certificate, PEM.
    pub cert: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// Accept exactly this server certificate (SHA-256 of its DER, lower-case hex).
    pub pin_sha256: Option<String>,
    /// Verify the server's certificate.
    pub verify: bool,
    /// Exec: Nagios exit codes instead of zero or not.
    pub nagios: bool,
    /// Interval.
    pub every: Duration,
    /// Time-out of one measurement, shorter than or equal to 60 s.
    pub timeout: Duration,
    /// Consecutive failures that make it down.
    pub down_after: u32,
    /// Words of the item from whose act on the old side is meant to be down, and their place in the sidecar.
    pub expected_after: Option<(String, (u32, u32))>,
    /// Consecutive passes that make it up.
    pub up_after: u32,
    /// Intervals without a reading that make it stale.
    pub stale_after: u32,
}

/// What a health check asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An HTTP or HTTPS URL, optionally over a unix socket.
    Http {
        /// The URL, variables filled in.
        url: String,
        /// The socket to connect to instead of the URL's host.
        unix: Option<PathBuf>,
    },
    /// Connect to `host:port`.
    Tcp(String),
    /// Handshake with `host:port`.
    Tls(String),
    /// Connect to a unix socket.
    Unix(PathBuf),
    /// Run a program; never a shell.
    Exec(Vec<String>),
}

impl Target {
    /// What expectations of such a check may speak of.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Target::Http { .. } => Scope::Http,
            Target::Tcp(_) | Target::Unix(_) => Scope::Connect,
            Target::Tls(_) => Scope::Tls,
            Target::Exec(_) => Scope::Exec,
        }
    }
}

/// An address that replaces name resolution: host (name or IP) and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// IP address or host name.
    pub host: String,
    /// Port; `None` keeps the target's own.
    pub port: Option<u16>,
}

/// Which addresses a check may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Either.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// Its headers, body and arguments may hold secrets.
impl std::fmt::Debug for HealthCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HealthCheck").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Var {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.secret { "Var(secret)" } else { "Var(" })?;
        if self.secret { Ok(()) } else { write!(f, "{:?})", self.value) }
    }
}

/// What a sidecar may say, as JSON Schema (draft 2020-12): made of the tables that read it, so that the two agree on
/// every key. What only the program can judge (expressions, addresses, what belongs together) it leaves to `check`.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = <file::Sidecar as toml::FromToml>::schema();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "cutover sidecar".into();
    schema
}

/// Reads a sidecar: `file` is where it lies (files it names are looked for beside it), `text` what it says.
///
/// # Errors
///
/// Everything that is wrong with it, each with line and column; nothing is ever guessed or left out.
pub fn load(file: &Path, text: &str, env: Env<'_>) -> Result<Settings, ConfigError> {
    let mut findings = Findings::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let span = error.span().unwrap_or_default();
            findings.add(span, "", format!("not TOML here: {}", error.message()));
        }
        return findings.finish(file, Settings::default());
    }
    let sidecar = file::Sidecar::read(table.get_ref(), "", &mut findings);
    let settings = resolve(sidecar, file, env, &mut findings);
    findings.finish(file, settings)
}

fn resolve(mut sidecar: file::Sidecar, file: &Path, env: Env<'_>, findings: &mut Findings) -> Settings {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut vars =
        Vars::resolve(sidecar.vars.take().map(|at| at.value).unwrap_or_default(), folder, env, findings);
    let defaults =
        health::Defaults::resolve(&sidecar.defaults.take().map(|at| at.value).unwrap_or_default(), findings);
    let mut names = BTreeSet::new();
    let checks = sidecar.health.take().map(|at| at.value).unwrap_or_default();
    let health = checks
        .into_iter()
        .filter_map(|check| health::resolve(check, &mut names, &defaults, folder, &mut vars, findings))
        .collect();
    let panes = resolve_panes(&mut sidecar, folder, &mut vars, findings);
    let cwd = sidecar.cwd.take().and_then(|cwd| vars.shown(&cwd, findings)).map(|cwd| folder.join(cwd));
    let destructive = sidecar.destructive.take().map(|list| {
        let sources = common::patterns(Some(&list), findings);
        sources.iter().filter_map(|source| regex::Regex::new(source).ok().map(Pattern)).collect()
    });
    let choices = sidecar.choice.take().map(|at| at.value).unwrap_or_default();
    let gates = sidecar.gate.take().map(|at| at.value).unwrap_or_default();
    let list = |at: Option<toml::At<Vec<toml::At<String>>>>| {
        at.map(|at| at.value.into_iter().map(|one| one.value).collect()).unwrap_or_default()
    };
    let (people, keys) = resolve_people(sidecar.people.map(|at| at.value).unwrap_or_default(), findings);
    let mut settings = Settings {
        layout: sidecar.layout.map(|at| layout::resolve(&at.value, findings)).unwrap_or_default(),
        title: sidecar.title.and_then(|title| vars.shown(&title, findings)),
        ticket: sidecar.ticket.and_then(|ticket| vars.shown(&ticket, findings)),
        window: sidecar.window.and_then(|window| resolve_window(window, findings)),
        outage_goal: sidecar.outage_goal.map(|goal| goal.value.0),
        maintenance_goal: sidecar.maintenance_goal.map(|goal| goal.value.0),
        notify: sidecar.notify.map(|at| notify::resolve(&at.value, findings)).unwrap_or_default(),
        tz: sidecar.tz.and_then(|tz| resolve_zone(&tz, findings)),
        items: sidecar.items.and_then(|items| resolve_mode(&items, findings)),
        sections: list(sidecar.sections),
        phrases_off: list(sidecar.phrases_off),
        people,
        keys,
        health,
        cwd,
        destructive,
        ..panes
    };
    settings.choices = choices.into_iter().filter_map(|at| choice::resolve(at, findings)).collect();
    settings.gates = resolve_gates(gates, &settings, &mut vars, findings);
    settings.secrets = vars.secrets();
    (settings.vars, settings.blanks) = vars.into_values();
    settings
}

/// Gates, which speak of everything else.
fn resolve_gates(
    tables: Vec<toml::At<file::Gate>>,
    settings: &Settings,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Vec<Gate> {
    let mut gates = Vec::new();
    // What is wrong with a check is told once, by the check.
    let sound = findings.is_empty();
    for at in tables {
        let span = at.span.clone();
        if let Some(gate) = gate::resolve(at, false, vars, findings) {
            if sound {
                gate::known_subjects(&gate, settings, span, findings);
            }
            gates.push(gate);
        }
    }
    gates
}

/// What the live panes watch, beside health checks.
fn resolve_panes(
    sidecar: &mut file::Sidecar,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Settings {
    /// The tables of a list.
    fn tables<T>(list: Option<toml::At<Vec<toml::At<T>>>>) -> impl Iterator<Item = toml::At<T>> {
        list.into_iter().flat_map(|at| at.value)
    }
    let mut names = BTreeSet::new();
    let dns = tables(sidecar.dns.take())
        .filter_map(|at| dns::resolve(at, &mut names, folder, vars, findings))
        .collect();
    names.clear();
    let copies: Vec<_> = tables(sidecar.copy.take())
        .filter_map(|at| copy::resolve(at, &mut names, folder, vars, findings))
        .collect();
    names.clear();
    let logs = tables(sidecar.log.take())
        .filter_map(|at| log::resolve(at, &mut names, folder, vars, findings))
        .collect();
    names.clear();
    let hosts = sidecar.host.take().map(|at| at.value.0).unwrap_or_default();
    let only = hosts.len() == 1;
    let mut hosts: Vec<_> =
        hosts.into_iter().filter_map(|at| host::resolve(at, only, &mut names, vars, findings)).collect();
    for host in &mut hosts {
        host.watch_targets(&copies);
    }
    names.clear();
    let reconciles = tables(sidecar.reconcile.take())
        .filter_map(|at| reconcile::resolve(at, &mut names, vars, findings))
        .collect();
    Settings { dns, copies, logs, hosts, reconciles, ..Settings::default() }
}

fn resolve_window(window: toml::At<file::Window>, findings: &mut Findings) -> Option<Window> {
    let (Some(start), Some(end)) = (&window.value.start, &window.value.end) else {
        if !(window.value.gives("start") && window.value.gives("end")) {
            findings.add(window.span, &window.key, "`window` needs both `start` and `end`");
        }
        return None;
    };
    if end.value <= start.value {
        findings.add(end.span.clone(), &end.key, "`window.end` is not after `window.start`");
        return None;
    }
    Some(Window { start: start.value, end: end.value })
}

fn resolve_mode(items: &toml::At<String>, findings: &mut Findings) -> Option<Mode> {
    match items.value.as_str() {
        "auto" => None,
        "boxes" => Some(Mode::Boxes),
        "lists" => Some(Mode::Lists),
        other => {
            let message = format!("`items` is \"{other}\"; expected \"auto\", \"boxes\" or \"lists\"");
            findings.add(items.span.clone(), &items.key, message);
            None
        }
    }
}

fn resolve_zone(tz: &toml::At<String>, findings: &mut Findings) -> Option<chrono_tz::Tz> {
    let found = tz.value.parse().ok();
    if found.is_none() {
        let known: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        let near = nearest(&tz.value, &known).map(|near| format!("; did you mean \"{near}\"?"));
        let message = format!(
            "`tz` is \"{}\", which is no IANA time zone such as \"Europe/Berlin\" or \"UTC\"{}",
            tz.value,
            near.unwrap_or_default()
        );
        findings.add(tz.span.clone(), &tz.key, message);
    }
    found
}

/// The name that the log itself signs its events with.
const RESERVED: &str = "cutover";

fn resolve_people(
    people: toml::Named<file::Person>,
    findings: &mut Findings,
) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, String>) {
    let (mut resolved, mut keys) = (BTreeMap::new(), BTreeMap::new());
    for (name, person) in people {
        if name.value.trim().is_empty() || name.value == RESERVED {
            let message = format!(
                "`{}` cannot be a person's name: `{RESERVED}` is what the log calls itself",
                name.value
            );
            findings.add(name.span, &name.key, message);
            continue;
        }
        if let Some(key) = person.value.key {
            keys.insert(name.value.clone(), key.value);
        }
        let roles = person.value.roles.map(|at| at.value).unwrap_or_default();
        resolved.insert(name.value, roles.into_iter().map(|role| role.value).collect());
    }
    (resolved, keys)
}

impl Settings {
    /// The offset of the plan's time zone from UTC at a moment, in seconds east; `None` if it has none of its own.
    #[must_use]
    pub fn offset(&self, at: DateTime<chrono::Utc>) -> Option<i32> {
        use chrono::{Offset as _, TimeZone as _};
        let offset = self.tz?.offset_from_utc_datetime(&at.naive_utc());
        Some(offset.fix().local_minus_utc())
    }

    /// What takes the secrets of these settings out of outside text.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        Redactor::new(self.secrets.iter().map(|secret| secret.0.as_str()))
    }

    /// Whether a command is run only after a typed word.
    #[must_use]
    pub fn destroys(&self, command: &str) -> bool {
        match &self.destructive {
            Some(list) => list.iter().any(|pattern| pattern.0.is_match(command)),
            None => crate::command::destroys(command),
        }
    }

    /// A plan's or sidecar's text with every secret in it overwritten by as many bytes of `*`, so that places in it
    /// stay where they are.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.redactor().mask(text)
    }
}

/// The known name nearest to a misspelt one, if one is near.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    /// Below this two words are merely words of one language.
    const NEAR: f64 = 0.8;
    let name = name.to_lowercase();
    let scored = known.iter().map(|known| (strsim::jaro_winkler(&name, &known.to_lowercase()), *known));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > NEAR).then_some(best.1)
}
