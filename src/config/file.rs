//! The sidecar as it stands on disk: what may be written, nothing filled in.

mod control;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::Findings;
use super::toml::{At, FromToml, Named, OneOrMore, Size, Span, Strings, Whole, either, table};
pub use control::{Choice, Gate};

table! {
    /// The whole file.
    Sidecar {
        /// Overrides the plan's title.
        title: String,
        /// Change ticket.
        ticket: String,
        /// Maintenance window.
        window: Window,
        /// Longest outage allowed.
        outage_goal: Span,
        /// Longest time allowed that the maintenance page is shown.
        maintenance_goal: Span,
        /// The time zone of clock times in the plan, by its IANA name.
        tz: String,
        /// `auto`, `boxes` or `lists`.
        items: String,
        /// In list mode, the headings whose lists are the work.
        sections: Vec<At<String>>,
        /// Plain-word rules switched off, by their id.
        phrases_off: Vec<At<String>>,
        /// Where the plan's commands run.
        cwd: String,
        /// Commands that are run only after a typed word.
        destructive: Strings,
        /// Declared people.
        people: Named<Person>,
        /// Variables.
        vars: Named<Var>,
        /// What checks have unless they say otherwise.
        defaults: Defaults,
        /// Health checks.
        health: Vec<At<Health>>,
        /// DNS records.
        dns: Vec<At<Dns>>,
        /// Copies.
        copy: Vec<At<Copy>>,
        /// Logs.
        log: Vec<At<Log>>,
        /// Machines: this one, or several by name.
        host: OneOrMore<Host>,
        /// Comparisons of source and target.
        reconcile: Vec<At<Reconcile>>,
        /// What stands before items and phases.
        gate: Vec<At<Gate>>,
        /// Ways of which one is taken.
        choice: Vec<At<Choice>>,
        /// Where the panes stand.
        layout: Layout,
        /// What calls the operator, and how.
        notify: Notify,
    }
}

table! {
    /// What calls the operator: kinds of notice, by the way they go.
    Notify {
        /// The terminal's bell.
        bell: Strings,
        /// The terminal's own notifications (OSC 9).
        osc9: Strings,
        /// A message to all clients of the tmux session.
        tmux: Strings,
        /// Kinds that are silent whatever their way.
        quiet: Strings,
    }
}

table! {
    /// A maintenance window.
    Window {
        /// When it opens.
        start: DateTime<FixedOffset>,
        /// When it closes.
        end: DateTime<FixedOffset>,
    }
}

table! {
    /// A declared person.
    Person {
        /// What they may do.
        roles: Vec<At<String>>,
        /// The SSH key that signs their sign-offs.
        key: String,
    }
}

table! {
    /// What checks have unless they say otherwise.
    Defaults {
        /// Interval.
        every: Span,
        /// Time-out.
        timeout: Span,
        /// Consecutive failures that make it down.
        down_after: Whole,
        /// Consecutive passes that make it up.
        up_after: Whole,
        /// Intervals without a reading that make it stale.
        stale_after: Whole,
    }
}

table! {
    /// One health check.
    Health {
        /// Unique name.
        name: String,
        /// HTTP or HTTPS.
        url: String,
        /// TCP connection to `host:port`.
        tcp: String,
        /// TLS handshake with `host:port`.
        tls: String,
        /// Unix socket; beside `url`, the socket that answers it.
        unix: String,
        /// A program and its arguments.
        exec: Vec<At<String>>,
        /// The other host that `exec` runs on.
        via: Strings,
        /// Address of the old side.
        old: String,
        /// Address of the new side.
        new: String,
        /// How to tell which side answered.
        identity: Sides,
        /// The same, by its other name.
        side: Sides,
        /// Users reach this one.
        public: bool,
        /// What makes it up.
        expect: Strings,
        /// The same for the old side.
        old_expect: Strings,
        /// What only warns.
        warn: Strings,
        /// What the page says that is shown while nothing is served.
        maintenance: Strings,
        /// HTTP method.
        method: String,
        /// HTTP request headers.
        headers: Named<String>,
        /// HTTP request body.
        body: String,
        /// Redirects followed.
        follow: Whole,
        /// Bytes read at most.
        body_limit: Size,
        /// Immediate retries.
        retry: Whole,
        /// Proxy URL.
        proxy: String,
        /// `any`, `4` or `6`.
        ip: Address,
        /// CA bundle.
        ca: String,
        /// Client certificate.
        cert: String,
        /// Its key.
        key: String,
        /// The one certificate accepted.
        pin_sha256: String,
        /// Verify the server's certificate.
        verify: bool,
        /// Nagios exit codes.
        nagios: bool,
        /// Interval.
        every: Span,
        /// Time-out.
        timeout: Span,
        /// Consecutive failures that make it down; or the item from whose act on the old side is meant to be.
        down_after: DownAfter,
        /// Consecutive passes that make it up.
        up_after: Whole,
    }
}

table! {
    /// A DNS record.
    Dns {
        /// Unique name; also the record's, unless that is given.
        name: String,
        /// The record's name.
        record: String,
        /// The record's type.
        kind "type": String,
        /// What it says before.
        old: Strings,
        /// What it shall say.
        new: Strings,
        /// Who is asked.
        resolvers: Strings,
        /// The authoritative servers, where they are not to be found by asking.
        authoritative: Strings,
        /// Who is asked for the zone's servers.
        bootstrap: String,
        /// CA bundle for servers over TLS and HTTPS.
        ca: String,
        /// Interval.
        every: Span,
        /// Time-out.
        timeout: Span,
        /// The TTL that it shall have before the change.
        ttl_goal: Span,
    }
}

table! {
    /// A copy.
    Copy {
        /// Unique name.
        name: String,
        /// Where its progress is told.
        source: CopySource,
        /// The tool whose words a file or a program has; `auto` finds it out.
        format: String,
        /// Groups `done total pct rate eta failed`, instead of a tool's format.
        regex: String,
        /// How much there is, where the tool does not say: a count, or a size with a unit.
        total: Amount,
        /// Interval.
        every: Span,
        /// Quiet for so long, it is stale.
        stale: Span,
        /// Without progress for so long, it is stalled.
        stalled_after: Span,
        /// Where it writes to, for the forecast of the disk.
        target: String,
        /// The other host.
        via: Strings,
    }
}

table! {
    /// Where a copy's progress is told: one of these.
    CopySource {
        /// An rc port: `http://127.0.0.1:5572`.
        rclone: String,
        /// A job's log, or the folder of the logs.
        azcopy: String,
        /// A connection string; what `psql` takes.
        postgres: String,
        /// A task's URL.
        elasticsearch: String,
        /// A URL whose JSON tells, by the paths beside it.
        json: JsonSource,
        /// A process, by number or by name.
        pid: Pid,
        /// Source and target folders.
        trees: Vec<At<String>>,
        /// A file that the tool writes.
        file: String,
        /// A program that tells, run while the cockpit does.
        exec: Vec<At<String>>,
        /// The copy itself, started by key; it outlives the cockpit.
        start: Vec<At<String>>,
    }
}

table! {
    /// A URL whose JSON tells, and where in it.
    JsonSource {
        /// The URL.
        url: String,
        /// How many so far.
        done: String,
        /// Of how many.
        total: String,
        /// Failed.
        failed: String,
        /// What the numbers are: `bytes`, or the things' name in the plural.
        unit: String,
        /// The word that says how it is.
        state: String,
        /// Words of `state` that mean the end.
        finished: Strings,
        /// Words of `state` that mean failure.
        failed_states: Strings,
        /// HTTP request headers.
        headers: Named<String>,
    }
}

table! {
    /// A log.
    Log {
        /// Unique name.
        name: String,
        /// Files, with `*`, `?` and `[…]`.
        file: Strings,
        /// A program whose output it is.
        exec: Vec<At<String>>,
        /// The other host.
        via: Strings,
        /// What makes a line an error.
        errors: String,
        /// Where a JSON line has its level.
        level: String,
        /// Quiet for so long, it is silent.
        silent: Span,
        /// Lines that are expected.
        noise: Strings,
        /// Only these lines.
        include: Strings,
        /// Not these lines.
        exclude: Strings,
        /// Lines kept.
        lines: Whole,
        /// Bytes kept.
        bytes: Size,
        /// `auto`, `utf-8`, `utf-16le`, `utf-16be` or `latin-1`.
        encoding: String,
    }
}

table! {
    /// A machine.
    Host {
        /// Its name; this machine's own if there is one table only.
        name: String,
        /// `local`, or the mounts that are looked at.
        disks: Strings,
        /// Mounts besides.
        mounts: Strings,
        /// Processes, by name and arguments.
        processes: Strings,
        /// Network interfaces, or `all`.
        net: Strings,
        /// Interval.
        every: Span,
        /// What makes it up.
        expect: Strings,
        /// The other host.
        via: Strings,
    }
}

table! {
    /// A comparison of source and target.
    Reconcile {
        /// Unique name.
        name: String,
        /// A program that counts.
        exec: Vec<At<String>>,
        /// A URL that tells.
        url: String,
        /// The other host that `exec` runs on.
        via: Strings,
        /// Where each counter stands: a regular expression with one group, or a path into JSON.
        counters: Named<Counter>,
        /// What must hold: `missing == 0`, `copied == listed`.
        expect: Strings,
        /// Counters that mean no harm.
        harmless: Strings,
        /// How far it is: a regular expression with one group (per cent) or two (of how many).
        progress: String,
        /// Time-out.
        timeout: Span,
    }
}

table! {
    /// Where the panes stand.
    Layout {
        /// Panes on the left, from above.
        left: Strings,
        /// Panes on the right, from above.
        right: Strings,
        /// The left side's share of the columns: `45%`.
        split: String,
        /// Panes that are not shown.
        hide: Strings,
    }
}

table! {
    /// A counter whose matches are added up.
    Summed {
        /// A regular expression with one group.
        sum: String,
    }
}

/// Where a counter stands.
#[derive(Clone, Debug)]
pub enum Counter {
    /// A regular expression, whose last match counts, or a path into JSON.
    Last(String),
    /// A regular expression whose matches are added up.
    Sum(Box<Summed>),
}

impl FromToml for Counter {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => {
                Summed::from_toml(value, key, findings).map(|sum| Counter::Sum(Box::new(sum)))
            }
            _ => String::from_toml(value, key, findings).map(Counter::Last),
        }
    }

    fn schema() -> Value {
        either(&[String::schema(), Summed::schema()])
    }
}

/// How much there is: a count, or a size with a unit.
#[derive(Clone, Copy, Debug)]
pub enum Amount {
    /// Objects.
    Objects(u64),
    /// Bytes.
    Bytes(u64),
}

impl FromToml for Amount {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Integer(_) => {
                Whole::from_toml(value, key, findings).map(|whole| Amount::Objects(whole.0))
            }
            _ => Size::from_toml(value, key, findings).map(|size| Amount::Bytes(size.0)),
        }
    }

    fn schema() -> Value {
        Size::schema()
    }
}

/// A process: its number, or a pattern of its name and arguments.
#[derive(Clone, Debug)]
pub enum Pid {
    /// Its number.
    Number(u64),
    /// A regular expression.
    Name(String),
}

impl FromToml for Pid {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Integer(_) => Whole::from_toml(value, key, findings).map(|whole| Pid::Number(whole.0)),
            _ => String::from_toml(value, key, findings).map(Pid::Name),
        }
    }

    fn schema() -> Value {
        either(&[Whole::schema(), String::schema()])
    }
}

table! {
    /// How to tell which side answered.
    Sides {
        /// Holds for the old one.
        old: String,
        /// Holds for the new one.
        new: String,
    }
}

table! {
    /// A variable that is taken from elsewhere.
    Source {
        /// An environment variable's name.
        env: String,
        /// A file whose content it is.
        file: String,
        /// The words of the item whose blank it is.
        field: String,
        /// Which of the item's blanks, from 1.
        n: Whole,
    }
}

/// A variable: a text, or where it is taken from.
#[derive(Clone, Debug)]
pub enum Var {
    /// As written.
    Text(String),
    /// From elsewhere.
    From(Box<Source>),
}

impl FromToml for Var {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(text) => Some(Var::Text(text.to_string())),
            DeValue::Table(_) => {
                Source::from_toml(value, key, findings).map(|source| Var::From(Box::new(source)))
            }
            _ => {
                let expected =
                    "expected a string, { env = \"NAME\" }, { file = \"PATH\" } or { field = \"ITEM\" }";
                findings.add(value.span(), key, format!("`{key}` is no variable; {expected}"));
                None
            }
        }
    }

    fn schema() -> Value {
        either(&[String::schema(), Source::schema()])
    }
}

/// An address family: `"any"`, `4` or `6`.
#[derive(Clone, Copy, Debug)]
pub struct Address(pub super::Family);

impl FromToml for Address {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => String::new(),
        };
        let family = match text.as_str() {
            "any" => super::Family::Any,
            "4" => super::Family::V4,
            "6" => super::Family::V6,
            _ => {
                findings.add(
                    value.span(),
                    key,
                    format!("`{key}` is an address family; expected \"any\", 4 or 6"),
                );
                return None;
            }
        };
        Some(Address(family))
    }

    fn schema() -> Value {
        json!({ "enum": ["any", "4", "6", 4, 6] })
    }
}

/// What makes a check down.
#[derive(Clone, Debug)]
pub enum DownAfter {
    /// So many failures in a row.
    Misses(Whole),
    /// An act on the item of these words: from then on it is meant to be.
    Item(String),
}

impl FromToml for DownAfter {
    fn from_toml(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(words) if words.trim().parse::<u64>().is_ok() => {
                let why = "is a number in quotes; expected a whole number, or the words of an item";
                findings.add(value.span(), key, format!("`{key}` {why}"));
                None
            }
            DeValue::String(_) => FromToml::from_toml(value, key, findings).map(DownAfter::Item),
            _ => FromToml::from_toml(value, key, findings).map(DownAfter::Misses),
        }
    }

    fn schema() -> Value {
        either(&[Whole::schema(), String::schema()])
    }
}
