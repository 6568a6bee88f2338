//! The one table of facts: what can be asked, what type the answer has, of which checks it is known.

use std::fmt;

use super::Scope;

/// Something that can be known of a check.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// The subject is in its good state; what a bare subject asks.
    Good,
    /// The state's name.
    State,
    /// A connection was made.
    Connected,
    /// HTTP status.
    Status,
    /// How long the answer took.
    Latency,
    /// HTTP response body.
    Body,
    /// HTTP response header, name in lower case.
    Header(String),
    /// Time left until the certificate expires; negative when it has.
    Certificate,
    /// SHA-256 of the certificate's DER, lower-case hex.
    CertificateSha256,
    /// Who issued the certificate.
    CertificateIssuer,
    /// The names in the certificate, separated by blanks.
    CertificateNames,
    /// The address that answered.
    Ip,
    /// The address and port that answered.
    Peer,
    /// Exit code.
    Exit,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What type a fact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A number without a unit.
    Count,
    /// A span of time.
    Duration,
    /// Text.
    Text,
    /// Text or JSON of any type.
    Json,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Bool => "either true or false",
            Type::Count => "a plain number",
            Type::Duration => "a duration",
            Type::Text => "a text",
            Type::Json => "a text or a JSON value",
        })
    }
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// How it is written.
    pub name: &'static str,
    /// How Gatus writes it, without brackets.
    pub gatus: Option<&'static str>,
    /// The fact; [`Fact::Header`] has an empty name here.
    pub fact: Fact,
    /// Its type.
    pub kind: Type,
    /// Where it is known.
    pub scopes: &'static [Scope],
    /// A correct use of it.
    pub example: &'static str,
}

const HTTP: &[Scope] = &[Scope::Http];
const TLS: &[Scope] = &[Scope::Http, Scope::Tls, Scope::Needs];
const NET: &[Scope] = &[Scope::Http, Scope::Connect, Scope::Tls, Scope::Needs];
const EXEC: &[Scope] = &[Scope::Exec];

macro_rules! facts {
    ($($name:literal $gatus:expr, $fact:expr, $kind:ident, $scopes:expr, $example:literal;)*) => {
        /// Every fact that has a name.
        pub const FACTS: &[Row] = &[$(Row {
            name: $name, gatus: $gatus, fact: $fact, kind: Type::$kind, scopes: $scopes, example: $example,
        }),*];
    };
}

facts! {
    "status" Some("STATUS"), Fact::Status, Count, &[Scope::Http, Scope::Needs], "status == 200";
    "body" Some("BODY"), Fact::Body, Json, HTTP, "body.status == healthy";
    "header" Some("HEADER"), Fact::Header(String::new()), Json, HTTP, "header.x-served-by contains new";
    "latency" Some("RESPONSE_TIME"), Fact::Latency, Duration,
        &[Scope::Http, Scope::Connect, Scope::Tls, Scope::Exec, Scope::Needs], "latency < 2s";
    "connected" Some("CONNECTED"), Fact::Connected, Bool, NET, "connected";
    "certificate" Some("CERTIFICATE_EXPIRATION"), Fact::Certificate, Duration, TLS, "certificate > 14d";
    "certificate.sha256" None, Fact::CertificateSha256, Text, TLS, "certificate.sha256 == 9f86d081…";
    "certificate.issuer" None, Fact::CertificateIssuer, Text, TLS, "certificate.issuer contains Example";
    "certificate.names" None, Fact::CertificateNames, Text, TLS, "certificate.names contains api.example.com";
    "ip" Some("IP"), Fact::Ip, Text, NET, "ip == pat(203.0.113.*)";
    "peer" None, Fact::Peer, Text, NET, "peer == 203.0.113.7:443";
    "exit" None, Fact::Exit, Count, EXEC, "exit == 0";
    "stdout" None, Fact::Stdout, Json, EXEC, "stdout == active";
    "stderr" None, Fact::Stderr, Json, EXEC, "len(stderr) == 0";
    "state" None, Fact::State, Text, &[Scope::Needs], "state == up";
}

/// Gatus placeholders that are refused, with what to do instead.
pub const REFUSED: &[(&str, &str)] = &[
    ("DOMAIN_EXPIRATION", "a domain's registration does not change on the day; leave the condition out"),
    ("CONTEXT", "checks do not share values here; use a `[vars]` variable"),
    ("DNS_RCODE", "health checks ask no name server; leave the condition out"),
];

impl Fact {
    /// Its row in the table; none for what a bare subject asks.
    #[must_use]
    pub fn row(&self) -> Option<&'static Row> {
        FACTS.iter().find(|row| std::mem::discriminant(&row.fact) == std::mem::discriminant(self))
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> Type {
        self.row().map_or(Type::Bool, |row| row.kind)
    }

    /// Text that may be JSON, into which a path leads.
    #[must_use]
    pub fn is_document(&self) -> bool {
        matches!(self, Fact::Body | Fact::Stdout | Fact::Stderr)
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().map_or("", |row| row.name))?;
        if let Fact::Header(name) = self { write!(f, ".{name}") } else { Ok(()) }
    }
}

/// The facts known in `scope`, as a list for a message: `status, body, …`.
#[must_use]
pub fn known(scope: Scope) -> String {
    let names: Vec<_> = FACTS.iter().filter(|row| row.scopes.contains(&scope)).map(|row| row.name).collect();
    names.join(", ")
}
