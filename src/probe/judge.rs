//! From what was seen to an outcome: expectations, warnings, which side answered.
//!
//! Bodies and outputs end here: what leaves is one line of cleaned and redacted words.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use hyper::header::{CONTENT_ENCODING, HeaderValue};

use super::fault::Fault;
use super::seen::{Content, Seen};
use crate::config::{HealthCheck, Target};
use crate::expr::{Document, Expr, Fact, Facts, Subject, Value, Verdict};
use crate::sample::{Certificate, Health, Miss, Outcome, Side, Watched};
use crate::text::{self, Redactor};

/// Columns of a clause that leaves a probe; the rest of an output is of no use in a cell or a log line.
const CLAUSE: usize = 240;

/// Columns of an output that may stand in the cell as it is.
const WORD: usize = 16;

/// The addresses that the pins of a check stand for, where they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pins {
    pub(super) old: Vec<SocketAddr>,
    pub(super) new: Vec<SocketAddr>,
}

impl Pins {
    /// Whose address `peer` is: the only side that has it, or that has it with this port.
    pub(super) fn side(&self, peer: SocketAddr) -> Option<Side> {
        let host =
            |side: &[SocketAddr]| side.iter().any(|pin| pin.ip().to_canonical() == peer.ip().to_canonical());
        let exact = |side: &[SocketAddr]| {
            side.iter()
                .any(|pin| (pin.ip().to_canonical(), pin.port()) == (peer.ip().to_canonical(), peer.port()))
        };
        match (host(&self.old), host(&self.new)) {
            (true, false) => Some(Side::Old),
            (false, true) => Some(Side::New),
            (true, true) => match (exact(&self.old), exact(&self.new)) {
                (true, false) => Some(Side::Old),
                (false, true) => Some(Side::New),
                _ => None,
            },
            (false, false) => None,
        }
    }
}

/// Judges one measurement.
pub(super) fn judge(
    check: &HealthCheck,
    side: Option<Side>,
    seen: Seen,
    result: Result<(), Fault>,
    pins: &Pins,
    now: DateTime<Utc>,
    redactor: &Redactor,
) -> Health {
    let court = Court { known: Known::new(check, seen, now), public: OnceCell::new(), redactor };
    let expect = if side == Some(Side::Old) { &check.old_expect } else { &check.expect };
    let mut warnings = Vec::new();
    let (word, outcome) = match result {
        Ok(()) if court.maintains(check) => (court.word(check), Outcome::Maintenance),
        Ok(()) => {
            let outcome = match court.nagios(check) {
                Some(Ok(warning)) => {
                    warnings.extend(warning);
                    court.expectations(expect.iter().filter(|expr| !expr.asks(&Fact::Exit)))
                }
                Some(Err(outcome)) => outcome,
                None => court.expectations(expect),
            };
            warnings.extend(check.warn.iter().filter_map(|expr| court.miss(expr)));
            (court.word(check), outcome)
        }
        // A backend that must refuse is well when it does.
        Err(fault) if court.refuses_as_expected(expect) => (fault.outcome().0, Outcome::Pass),
        Err(fault) => fault.outcome(),
    };
    let watched = check.watch.iter().map(|expr| court.watched(expr)).collect();
    let answered_by = court.answered_by(check, side, pins);
    if let (Some(side @ (Side::Old | Side::New)), false) = (side, matches!(outcome, Outcome::NoAnswer { .. }))
    {
        let identity = if side == Side::Old { &check.identity_old } else { &check.identity_new };
        warnings.extend(identity.iter().filter_map(|expr| court.miss(expr)));
    }
    let Known { seen, .. } = court.known;
    Health {
        outcome: clean_outcome(outcome, redactor),
        warnings: warnings.iter().map(|miss| clean_miss(miss, redactor)).collect(),
        latency: seen.latency,
        word: clause(&word, redactor),
        peer: seen.peer,
        answered_by,
        certificate: seen.certificate.map(|certificate| clean_certificate(certificate, redactor)),
        watched,
    }
}

struct Court<'a> {
    known: Known,
    /// The same without secrets, made when something of it must be shown.
    public: OnceCell<Known>,
    redactor: &'a Redactor,
}

impl Court<'_> {
    /// The first expectation that does not hold.
    fn expectations<'e>(&self, expect: impl IntoIterator<Item = &'e Expr>) -> Outcome {
        expect.into_iter().find_map(|expr| self.miss(expr)).map_or(Outcome::Pass, Outcome::Fail)
    }

    fn miss(&self, expr: &Expr) -> Option<Miss> {
        let saw = match expr.evaluate(&self.known) {
            Verdict::Met => return None,
            Verdict::Unmet { saw } => self.showable(expr).unwrap_or(saw),
            Verdict::Unknown { why } => why,
        };
        Some(Miss { expected: expr.source().to_owned(), saw })
    }

    /// What becomes of a comparison that decides nothing.
    fn watched(&self, expr: &Expr) -> Watched {
        let verdict = expr.evaluate(&self.known);
        // What is shown is looked up where secrets are masked.
        let public = self.public.get_or_init(|| self.known.without_secrets(self.redactor));
        let saw = expr.judge(public).1.map(|saw| clause(&saw, self.redactor));
        let verdict = match verdict {
            Verdict::Met => Verdict::Met,
            Verdict::Unmet { .. } => Verdict::Unmet { saw: saw.clone().unwrap_or_default() },
            Verdict::Unknown { why } => Verdict::Unknown { why: clause(&why, self.redactor) },
        };
        Watched { expr: expr.source().to_owned(), verdict, saw }
    }

    /// What `expr` sees where secrets are masked: in an excerpt, cut and quoted, a secret is no longer found.
    fn showable(&self, expr: &Expr) -> Option<String> {
        let public = self.public.get_or_init(|| self.known.without_secrets(self.redactor));
        match expr.evaluate(public) {
            Verdict::Unmet { saw } => Some(saw),
            Verdict::Met | Verdict::Unknown { .. } => None,
        }
    }

    fn holds(&self, expr: &Expr) -> bool {
        expr.evaluate(&self.known) == Verdict::Met
    }

    /// The answer is the page that says that it does not serve now.
    fn maintains(&self, check: &HealthCheck) -> bool {
        !check.maintenance.is_empty() && check.maintenance.iter().all(|expr| self.holds(expr))
    }

    /// No connection came about, and that is what was wanted.
    fn refuses_as_expected(&self, expect: &[Expr]) -> bool {
        self.known.seen.connected == Some(false)
            && !expect.is_empty()
            && expect.iter().all(|expr| self.holds(expr))
    }

    /// A plugin's exit code (0 ok, 1 warning, 2 critical, anything else unknown), if it is to be read so.
    fn nagios(&self, check: &HealthCheck) -> Option<Result<Option<Miss>, Outcome>> {
        if !check.nagios {
            return None;
        }
        let line = self.known.stdout.text().lines().next().unwrap_or_default();
        // Performance data follows a bar.
        let said = line.split('|').next().unwrap_or_default().trim();
        let miss =
            |word: &str| Miss { expected: "plugin says OK".to_owned(), saw: format!("{word}: {said}") };
        Some(match self.known.seen.exit {
            Some(0) => Ok(None),
            Some(1) => Ok(Some(miss("warning"))),
            Some(2) => Err(Outcome::Fail(miss("critical"))),
            code => Err(Outcome::Broken(format!(
                "the plugin cannot tell (exit {}): {said}",
                code.map_or_else(|| "unknown".to_owned(), |code| code.to_string())
            ))),
        })
    }

    fn answered_by(&self, check: &HealthCheck, side: Option<Side>, pins: &Pins) -> Option<Side> {
        let (old, new) = (check.identity_old.as_ref(), check.identity_new.as_ref());
        if old.is_none() && new.is_none() {
            let peer = self.known.seen.peer.filter(|_| side == Some(Side::Live) && check.proxy.is_none());
            return peer.and_then(|peer| pins.side(peer));
        }
        // An identity beats the address, also where it cannot tell: an address may be a balancer's.
        let is = |expr: Option<&Expr>| expr.is_some_and(|expr| self.holds(expr));
        match (is(old), is(new)) {
            (true, false) => Some(Side::Old),
            (false, true) => Some(Side::New),
            _ => None,
        }
    }

    fn word(&self, check: &HealthCheck) -> String {
        let seen = &self.known.seen;
        match (&check.target, seen.status, seen.exit) {
            (Target::Http { .. }, Some(status), _) => status.to_string(),
            (Target::Exec(_), _, Some(code)) => {
                let said = text::clean(self.known.stdout.text());
                let is_word = code == 0 && !said.is_empty() && text::width(&said) <= WORD;
                if is_word { clause(&said, self.redactor) } else { format!("exit {code}") }
            }
            _ => "connected".to_owned(),
        }
    }
}

/// What a measurement knows, for expressions.
struct Known {
    seen: Seen,
    body: Document,
    stdout: Document,
    stderr: Document,
    now: DateTime<Utc>,
    no_peer: &'static str,
    body_limit: usize,
}

impl Known {
    fn new(check: &HealthCheck, mut seen: Seen, now: DateTime<Utc>) -> Known {
        let mut document = |content: fn(&mut Seen) -> &mut Content| {
            let content = content(&mut seen);
            let bytes = std::mem::take(&mut content.bytes);
            Document::new(
                String::from_utf8(bytes)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            )
        };
        let body = document(|seen| &mut seen.body);
        let stdout = document(|seen| &mut seen.stdout);
        let stderr = document(|seen| &mut seen.stderr);
        let on_unix = matches!(check.target, Target::Unix(_) | Target::Http { unix: Some(_), .. });
        let no_peer = if on_unix { "a unix socket has no address" } else { "there was no connection" };
        Known { seen, body, stdout, stderr, now, no_peer, body_limit: check.body_limit }
    }

    fn without_secrets(&self, redactor: &Redactor) -> Known {
        let document = |document: &Document| Document::new(redactor.redact(document.text()));
        let mut seen = self.seen.clone();
        for value in seen.headers.values_mut() {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let text = redactor.redact(&text);
            *value = HeaderValue::from_bytes(text.as_bytes()).unwrap_or(HeaderValue::from_static(""));
        }
        Known {
            seen,
            body: document(&self.body),
            stdout: document(&self.stdout),
            stderr: document(&self.stderr),
            ..*self
        }
    }

    fn body(&self) -> Value<'_> {
        let encoding = self.seen.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        match (self.seen.status, encoding) {
            (None, _) => unknown("there was no answer"),
            _ if self.seen.body.cut => {
                Value::Unknown(format!("the body is longer than the {} bytes of body_limit", self.body_limit))
            }
            // Nothing is unpacked: a small answer could become an endless one.
            (_, Some(encoding)) if !encoding.eq_ignore_ascii_case(b"identity") => {
                unknown("the body is compressed")
            }
            _ => Value::Document(&self.body),
        }
    }

    fn output<'a>(&'a self, content: &Content, document: &'a Document) -> Value<'a> {
        match self.seen.exit {
            None => unknown("the program did not end"),
            Some(_) if content.cut => unknown("the output is longer than 64 KiB"),
            Some(_) => Value::Document(document),
        }
    }

    fn header(&self, name: &str) -> Value<'_> {
        if self.seen.status.is_none() {
            return unknown("there was no answer");
        }
        let values: Vec<_> = self
            .seen
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        if values.is_empty() { Value::Absent } else { Value::Text(Cow::Owned(values.join(", "))) }
    }

    fn certificate<'a>(&'a self, read: impl FnOnce(&'a Certificate) -> Value<'a>) -> Value<'a> {
        self.seen.certificate.as_ref().map_or_else(|| unknown("no certificate was shown"), read)
    }
}

fn unknown(why: &str) -> Value<'static> {
    Value::Unknown(why.to_owned())
}

impl Facts for Known {
    fn value(&self, _: Option<&Subject>, fact: &Fact) -> Value<'_> {
        let seen = &self.seen;
        let peer = |read: fn(SocketAddr) -> String| {
            seen.peer.map_or_else(|| unknown(self.no_peer), |peer| Value::Text(Cow::Owned(read(peer))))
        };
        match fact {
            Fact::Connected => seen.connected.map_or_else(|| unknown("no connection was tried"), Value::Bool),
            Fact::Status => seen
                .status
                .map_or_else(|| unknown("there was no answer"), |status| Value::Count(status.into())),
            Fact::Latency => seen.latency.map_or_else(|| unknown("there was no answer"), Value::from),
            Fact::Body => self.body(),
            Fact::Header(name) => self.header(name),
            Fact::Certificate => self.certificate(|shown| Value::Duration(shown.not_after - self.now)),
            Fact::CertificateSha256 => self.certificate(|shown| Value::Text(Cow::Borrowed(&shown.sha256))),
            Fact::CertificateIssuer => self.certificate(|shown| Value::Text(Cow::Borrowed(&shown.issuer))),
            Fact::CertificateNames => {
                self.certificate(|shown| Value::Text(Cow::Owned(shown.names.join(" "))))
            }
            Fact::Ip => peer(|peer| peer.ip().to_canonical().to_string()),
            Fact::Peer => peer(|peer| peer.to_string()),
            Fact::Exit => {
                seen.exit.map_or_else(|| unknown("the program did not end"), |code| Value::Count(code.into()))
            }
            Fact::Stdout => self.output(&seen.stdout, &self.stdout),
            Fact::Stderr => self.output(&seen.stderr, &self.stderr),
            Fact::Good | Fact::State => unknown("a check cannot ask for its own state"),
            _ => unknown("a health check does not know it"),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

/// One line, without secrets, of bounded length.
pub(super) fn clause(words: &str, redactor: &Redactor) -> String {
    let words = redactor.redact(words);
    let words = text::clean(words.trim());
    // Cleaning may have put a secret together that control characters kept apart.
    text::truncate(&redactor.redact(&words), CLAUSE).into_owned()
}

pub(super) fn clean_miss(miss: &Miss, redactor: &Redactor) -> Miss {
    Miss { expected: clause(&miss.expected, redactor), saw: clause(&miss.saw, redactor) }
}

fn clean_outcome(outcome: Outcome, redactor: &Redactor) -> Outcome {
    match outcome {
        Outcome::Pass | Outcome::Maintenance => outcome,
        Outcome::Fail(miss) => Outcome::Fail(clean_miss(&miss, redactor)),
        Outcome::NoAnswer { stage, why } => Outcome::NoAnswer { stage, why: clause(&why, redactor) },
        Outcome::Broken(why) => Outcome::Broken(clause(&why, redactor)),
    }
}

fn clean_certificate(certificate: Certificate, redactor: &Redactor) -> Certificate {
    Certificate {
        names: certificate.names.iter().map(|name| clause(name, redactor)).collect(),
        issuer: clause(&certificate.issuer, redactor),
        ..certificate
    }
}
