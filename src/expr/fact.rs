//! The one table of facts: what can be asked, what type the answer has, of which checks it is known.

use std::fmt;

use super::Scope;
use super::display::quote;

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
    /// Share of a machine's processors that is busy.
    Cpu,
    /// Share of a machine's memory that is taken.
    Memory,
    /// Share of a machine's swap that is taken.
    Swap,
    /// How long a machine has been up.
    Up,
    /// Bytes free on the file system that a path lies on.
    Free(String),
    /// Share that is free there.
    FreeShare(String),
    /// Share of the inodes that is free there.
    FreeInodesShare(String),
    /// How many processes a pattern names.
    Process(String),
    /// What a comparison of source and target counted under this name.
    Counter(String),
    /// The last comparison found all that was expected.
    Ok,
    /// How long ago the last comparison ended.
    Ran,
    /// Share of a record's servers that answer the target side.
    Share,
    /// No cache may hold a record's old answer any more.
    Safe,
    /// For how long a record may be kept, by its authoritative servers.
    Ttl,
    /// What a record's servers answer.
    Answer,
    /// The side that answers.
    Side,
    /// Not all of a record's servers stand on one side.
    Mixed,
    /// How many servers are asked for a record.
    Servers,
    /// A copy is complete, and nothing failed.
    Finished,
    /// A copy came to its end, whatever it left out.
    Ended,
    /// A copy makes no progress.
    Stalled,
    /// Objects that a copy could not copy.
    Failed,
    /// Objects that a copy left out.
    Skipped,
    /// Objects that are copied.
    Done,
    /// Objects that are to be copied.
    Total,
    /// Bytes that are copied.
    CopiedBytes,
    /// Bytes that are to be copied.
    TotalBytes,
    /// How much of a copy is done.
    Percent,
    /// How long a copy still takes, at the longest.
    Eta,
    /// How far a replica is behind, in time.
    Lag,
    /// How far a replica is behind, in bytes.
    LagBytes,
    /// A log's lines of grave levels since the last act on an item.
    Errors,
    /// A log's warnings since then.
    Warnings,
    /// A log's lines since then.
    Lines,
    /// Shapes of lines that a log did not show before then, expected ones left out.
    New,
    /// A log's errors in the last minute.
    Rate,
    /// No line of a log came for too long.
    Silent,
    /// For how long no line of a log came.
    Quiet,
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
    /// A share of a whole.
    Percent,
    /// An amount of data.
    Bytes,
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
            Type::Percent => "a percentage",
            Type::Bytes => "a size",
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
    /// The fact; a name or an argument in it is empty here.
    pub fact: Fact,
    /// Its type.
    pub kind: Type,
    /// Where it is known.
    pub scopes: &'static [Scope],
    /// A correct use of it.
    pub example: &'static str,
}

const HTTP: &[Scope] = &[Scope::Http, Scope::Needs];
const TLS: &[Scope] = &[Scope::Http, Scope::Tls, Scope::Needs];
const NET: &[Scope] = &[Scope::Http, Scope::Connect, Scope::Tls, Scope::Needs];
const EXEC: &[Scope] = &[Scope::Exec, Scope::Needs];
const ENDS: &[Scope] = &[Scope::Exec, Scope::Reconcile, Scope::NeedsReconcile, Scope::Needs];
const RAN: &[Scope] = &[Scope::NeedsReconcile];
const DNS: &[Scope] = &[Scope::NeedsDns];
const COPY: &[Scope] = &[Scope::NeedsCopy];
const LOG: &[Scope] = &[Scope::NeedsLog];
const HOST: &[Scope] = &[Scope::Host, Scope::NeedsHost];

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
    "exit" None, Fact::Exit, Count, ENDS, "exit == 0";
    "stdout" None, Fact::Stdout, Json, EXEC, "stdout == active";
    "stderr" None, Fact::Stderr, Json, EXEC, "len(stderr) == 0";
    "cpu" None, Fact::Cpu, Percent, HOST, "cpu < 90%";
    "memory" None, Fact::Memory, Percent, HOST, "memory < 90%";
    "swap" None, Fact::Swap, Percent, HOST, "swap < 20%";
    "up" None, Fact::Up, Duration, HOST, "up > 10m";
    "free" None, Fact::Free(String::new()), Bytes, HOST, "free(\"/data\") > 200GB";
    "free_share" None, Fact::FreeShare(String::new()), Percent, HOST, "free_share(\"/data\") > 20%";
    "free_inodes_share" None, Fact::FreeInodesShare(String::new()), Percent, HOST,
        "free_inodes_share(\"/data\") > 5%";
    "process" None, Fact::Process(String::new()), Count, HOST, "process(\"nginx\") >= 1";
    "ok" None, Fact::Ok, Bool, RAN, "ok";
    "ran" None, Fact::Ran, Duration, RAN, "ran < 1h";
    "share" None, Fact::Share, Percent, DNS, "share == 100%";
    "safe" None, Fact::Safe, Bool, DNS, "safe";
    "ttl" None, Fact::Ttl, Duration, DNS, "ttl <= 5m";
    "answer" None, Fact::Answer, Text, DNS, "answer == 203.0.113.7";
    "side" None, Fact::Side, Text, &[Scope::NeedsDns, Scope::Needs], "side == new";
    "mixed" None, Fact::Mixed, Bool, DNS, "not mixed";
    "servers" None, Fact::Servers, Count, DNS, "servers >= 4";
    "finished" None, Fact::Finished, Bool, COPY, "finished";
    "ended" None, Fact::Ended, Bool, COPY, "ended";
    "stalled" None, Fact::Stalled, Bool, COPY, "not stalled";
    "failed" None, Fact::Failed, Count, COPY, "failed == 0";
    "skipped" None, Fact::Skipped, Count, COPY, "skipped == 0";
    "done" None, Fact::Done, Count, COPY, "done == total";
    "total" None, Fact::Total, Count, COPY, "total >= 1000";
    "bytes" None, Fact::CopiedBytes, Bytes, COPY, "bytes >= 200GB";
    "bytes_total" None, Fact::TotalBytes, Bytes, COPY, "bytes_total >= 200GB";
    "percent" None, Fact::Percent, Percent, COPY, "percent >= 90%";
    "eta" None, Fact::Eta, Duration, COPY, "eta < 30m";
    "lag" None, Fact::Lag, Duration, COPY, "lag < 5s";
    "lag_bytes" None, Fact::LagBytes, Bytes, COPY, "lag_bytes < 1MB";
    "errors" None, Fact::Errors, Count, LOG, "errors == 0";
    "warnings" None, Fact::Warnings, Count, LOG, "warnings < 10";
    "lines" None, Fact::Lines, Count, LOG, "lines > 0";
    "new" None, Fact::New, Count, LOG, "new == 0";
    "rate" None, Fact::Rate, Count, LOG, "rate < 5";
    "silent" None, Fact::Silent, Bool, LOG, "not silent";
    "quiet" None, Fact::Quiet, Duration, LOG, "quiet < 30s";
    "state" None, Fact::State, Text, &[
        Scope::Needs, Scope::NeedsHost, Scope::NeedsReconcile, Scope::NeedsDns, Scope::NeedsCopy, Scope::NeedsLog,
    ], "state == up";
}

/// Gatus placeholders that are refused, with what to do instead.
pub const REFUSED: &[(&str, &str)] = &[
    ("DOMAIN_EXPIRATION", "a domain's registration does not change on the day; leave the condition out"),
    ("CONTEXT", "checks do not share values here; use a `[vars]` variable"),
    ("DNS_RCODE", "health checks ask no name server; leave the condition out"),
];

impl Fact {
    /// Its row in the table; none for what a bare subject asks, and for a counter.
    #[must_use]
    pub fn row(&self) -> Option<&'static Row> {
        FACTS.iter().find(|row| std::mem::discriminant(&row.fact) == std::mem::discriminant(self))
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> Type {
        if let Fact::Counter(_) = self {
            return Type::Count;
        }
        self.row().map_or(Type::Bool, |row| row.kind)
    }

    /// What stands in brackets after its name: a path, a pattern; none for most facts.
    #[must_use]
    pub fn argument(&self) -> Option<&str> {
        match self {
            Fact::Free(text) | Fact::FreeShare(text) | Fact::FreeInodesShare(text) | Fact::Process(text) => {
                Some(text)
            }
            _ => None,
        }
    }

    /// The same, to be filled in.
    pub(super) fn argument_mut(&mut self) -> Option<&mut String> {
        match self {
            Fact::Free(text) | Fact::FreeShare(text) | Fact::FreeInodesShare(text) | Fact::Process(text) => {
                Some(text)
            }
            _ => None,
        }
    }

    /// The path it asks about, if it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        if matches!(self, Fact::Process(_)) { None } else { self.argument() }
    }

    /// What an answer holds and only its probe ever sees: it judges such comparisons itself.
    #[must_use]
    pub fn stays_in_probe(&self) -> bool {
        self.is_document() || matches!(self, Fact::Header(_) | Fact::Exit)
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
        match (self, self.argument()) {
            (Fact::Header(name), _) => write!(f, ".{name}"),
            (Fact::Counter(name), _) => f.write_str(name),
            (_, Some(argument)) => write!(f, "({})", quote(argument)),
            _ => Ok(()),
        }
    }
}

/// The facts known in `scope`, as a list for a message: `status, body, …`.
#[must_use]
pub fn known(scope: Scope) -> String {
    let names: Vec<_> = FACTS.iter().filter(|row| row.scopes.contains(&scope)).map(|row| row.name).collect();
    names.join(", ")
}
