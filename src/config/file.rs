//! The sidecar as it stands on disk: what may be written, nothing filled in.

use chrono::{DateTime, FixedOffset};
use toml::Spanned;
use toml::de::DeValue;

use super::Findings;
use super::toml::{At, FromToml, Named, Size, Span, Strings, Whole, table};

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
        /// `auto`, `boxes` or `lists`.
        items: String,
        /// In list mode, the headings whose lists are the work.
        sections: Vec<At<String>>,
        /// Plain-word rules switched off, by their id.
        phrases_off: Vec<At<String>>,
        /// Declared people.
        people: Named<Person>,
        /// Variables.
        vars: Named<Var>,
        /// What checks have unless they say otherwise.
        defaults: Defaults,
        /// Health checks.
        health: Vec<At<Health>>,
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
        /// Consecutive failures that make it down.
        down_after: Whole,
        /// Consecutive passes that make it up.
        up_after: Whole,
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
            DeValue::Table(table) => {
                if let Some(field) = table.keys().find(|name| name.get_ref() == "field") {
                    let why = "is filled in during the run, and checks take their values when they start: not supported \
                               by this version; use { env = … } or { file = … }";
                    findings.add(field.span(), key, format!("`{key}`: a {{ field = … }} variable {why}"));
                    return None;
                }
                Source::from_toml(value, key, findings).map(|source| Var::From(Box::new(source)))
            }
            _ => {
                let expected = "expected a string, { env = \"NAME\" } or { file = \"PATH\" }";
                findings.add(value.span(), key, format!("`{key}` is no variable; {expected}"));
                None
            }
        }
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
}
