//! `[[health]]`: checks with their defaults filled in.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::common::{self, MOST_READINGS, expression, expressions, interval, resolve_via, timeout, whole};
use super::target::{self, Kind};
use super::toml::{self, At, Table};
use super::vars::Vars;
use super::{Family, Findings, HealthCheck, file};
use crate::expr::Expr;
use crate::text;

/// Response bytes read: an endless body ends here.
const BODY_LIMIT: usize = 1 << 20;

/// Memory that one check may take for an answer.
const LARGEST_BODY_LIMIT: u64 = 64 << 20;

/// Redirects that a browser would follow before it calls them a loop.
const MOST_REDIRECTS: u64 = 10;

/// Retries within one measurement; more would hide an outage.
const MOST_RETRIES: u64 = 5;

/// What checks have unless they say otherwise.
pub struct Defaults {
    every: Duration,
    timeout: Duration,
    down_after: u32,
    up_after: u32,
    stale_after: u32,
}

impl Defaults {
    /// The `[defaults]` table over the built-in ones.
    pub fn resolve(table: &file::Defaults, findings: &mut Findings) -> Defaults {
        let every = interval(table.every.as_ref(), findings).unwrap_or(Duration::from_secs(5));
        let timeout = timeout(table.timeout.as_ref(), every, Duration::from_secs(3), findings);
        let mut count = |at: Option<&At<toml::Whole>>, default| {
            at.and_then(|at| whole(at, 1, MOST_READINGS, findings)).unwrap_or(default)
        };
        Defaults {
            every,
            timeout,
            down_after: count(table.down_after.as_ref(), 2),
            up_after: count(table.up_after.as_ref(), 2),
            stale_after: count(table.stale_after.as_ref(), 3),
        }
    }
}

/// One check; `None` if it has no name or no target that can be used, which is then a finding.
pub fn resolve(
    check: At<file::Health>,
    names: &mut BTreeSet<String>,
    defaults: &Defaults,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<HealthCheck> {
    let At { value: check, span, .. } = check;
    let name = match &check.name {
        // What is wrong with it has been found.
        None if check.gives("name") => None,
        at => common::name(at.as_ref(), "health", &span, names, findings),
    };
    let kind = target::kind(&check, &span, findings)?;
    let target = target::resolve(kind, &check, folder, vars, findings);
    fits(&check, kind, findings);
    let scope = kind.scope();

    let every = interval(check.every.as_ref(), findings).unwrap_or(defaults.every);
    let timeout = timeout(check.timeout.as_ref(), every, defaults.timeout, findings);
    let nagios = check.nagios.as_ref().is_some_and(|at| at.value);
    let expect = match &check.expect {
        Some(at) => expressions(&at.value, scope, vars, findings),
        // Nagios codes tell by themselves.
        None if nagios => Vec::new(),
        None => Expr::parse(kind.usual(), scope).into_iter().collect(),
    };
    let old_expect = match &check.old_expect {
        Some(at) => expressions(&at.value, scope, vars, findings),
        None => expect.clone(),
    };
    let sides = check.identity.as_ref().or(check.side.as_ref()).map(|at| &at.value);
    let mut side = |at: Option<&At<String>>, findings: &mut Findings| {
        at.and_then(|at| expression(at, scope, vars, findings))
    };
    let identity_old = side(sides.and_then(|sides| sides.old.as_ref()), findings);
    let identity_new = side(sides.and_then(|sides| sides.new.as_ref()), findings);
    let mut count = |at: Option<&At<toml::Whole>>, least, most, default| {
        at.and_then(|at| whole(at, least, most, findings)).unwrap_or(default)
    };
    let follow = count(check.follow.as_ref(), 0, MOST_REDIRECTS, 0);
    let retry = count(check.retry.as_ref(), 0, MOST_RETRIES, 1);
    let up_after = count(check.up_after.as_ref(), 1, MOST_READINGS, defaults.up_after);
    let (misses, expected_after) = down_after(check.down_after.as_ref(), findings);
    let down_after =
        misses.and_then(|at| whole(&at, 1, MOST_READINGS, findings)).unwrap_or(defaults.down_after);
    let mut pin = |at: Option<&At<String>>| at.and_then(|at| target::pin(at, vars, findings));
    let (old, new) = (pin(check.old.as_ref()), pin(check.new.as_ref()));
    let mut file = |at: Option<&At<String>>| at.and_then(|at| target::path(at, folder, vars, findings));
    let (ca, cert, key) = (file(check.ca.as_ref()), file(check.cert.as_ref()), file(check.key.as_ref()));

    Some(HealthCheck {
        name: name?,
        via: check.via.as_ref().and_then(|via| resolve_via(via, vars, findings)),
        old,
        new,
        identity_old,
        identity_new,
        public: check.public.as_ref().is_some_and(|at| at.value),
        expect,
        old_expect,
        watch: Vec::new(),
        warn: check.warn.as_ref().map_or_else(Vec::new, |at| expressions(&at.value, scope, vars, findings)),
        maintenance: check
            .maintenance
            .as_ref()
            .map_or_else(Vec::new, |at| expressions(&at.value, scope, vars, findings)),
        expected_after,
        method: check
            .method
            .as_ref()
            .and_then(|at| method(at, vars, findings))
            .unwrap_or_else(|| "GET".to_owned()),
        headers: check.headers.as_ref().map_or_else(Vec::new, |at| headers(&at.value, vars, findings)),
        body: check.body.as_ref().and_then(|at| vars.fill(at, findings)).map(|filled| filled.text),
        follow: u8::try_from(follow).unwrap_or(0),
        body_limit: check.body_limit.as_ref().and_then(|at| body_limit(at, findings)).unwrap_or(BODY_LIMIT),
        retry: u8::try_from(retry).unwrap_or(1),
        proxy: check.proxy.as_ref().and_then(|at| target::url(at, &["http", "https"], vars, findings)),
        ip: check.ip.as_ref().map_or(Family::Any, |at| at.value.0),
        ca,
        cert,
        key,
        pin_sha256: check.pin_sha256.as_ref().and_then(|at| fingerprint(at, findings)),
        verify: check.verify.as_ref().is_none_or(|at| at.value),
        nagios,
        every,
        timeout,
        down_after,
        up_after,
        stale_after: defaults.stale_after,
        target: target?,
    })
}

/// An item's words, and their line and column.
type Named = (String, (u32, u32));

/// The number of misses that is given, or the item.
fn down_after(
    at: Option<&At<file::DownAfter>>,
    findings: &Findings,
) -> (Option<At<toml::Whole>>, Option<Named>) {
    match at {
        None => (None, None),
        Some(At { value: file::DownAfter::Misses(value), span, key }) => {
            (Some(At { value: *value, span: span.clone(), key: key.clone() }), None)
        }
        Some(At { value: file::DownAfter::Item(words), span, .. }) => {
            (None, Some((words.clone(), findings.place(span.start))))
        }
    }
}

/// Keys that this kind of check has no use for, and keys that need each other.
fn fits(check: &file::Health, kind: Kind, findings: &mut Findings) {
    let http = kind == Kind::Url;
    let exec = kind == Kind::Exec;
    let tls = http || kind == Kind::Tls;
    let net = tls || kind == Kind::Tcp;
    let asks = kind.key();
    macro_rules! only {
        ($fits:expr, $where:literal: $($key:ident)*) => {
            $(if let (false, Some(at)) = ($fits, &check.$key) {
                let message = format!("`{}` is for {} checks; this one is {asks}", stringify!($key), $where);
                findings.add(at.span.clone(), &at.key, message);
            })*
        };
    }
    only!(http, "url": method headers body follow proxy);
    only!(http || exec, "url and exec": body_limit);
    only!(tls, "url and tls": ca cert key pin_sha256 verify);
    only!(net, "url, tcp and tls": old new ip identity side);
    only!(exec, "exec": via nagios);
    if let (Some(at), None) = (&check.old_expect, &check.old) {
        findings.add(
            at.span.clone(),
            &at.key,
            "`old_expect` is about the old side; give its address as `old`",
        );
    }
    if let (Some(_), Some(at)) = (&check.identity, &check.side) {
        findings.add(at.span.clone(), &at.key, "`side` is another name of `identity`; keep one of them");
    }
    match (&check.cert, &check.key) {
        _ if check.gives("cert") == check.gives("key") => {}
        (Some(at), None) => findings.add(at.span.clone(), &at.key, "`cert` needs its `key`"),
        (None, Some(at)) => findings.add(at.span.clone(), &at.key, "`key` needs its `cert`"),
        _ => {}
    }
    if let (true, Some(_), Some(at)) = (http, &check.unix, check.old.as_ref().or(check.new.as_ref())) {
        findings.add(
            at.span.clone(),
            &at.key,
            "a check over a unix socket has no addresses; leave `old` and `new` out",
        );
    }
}

/// A token (RFC 9110): what methods and header names are made of.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn method(at: &At<String>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<String> {
    let method = vars.shown(at, findings)?.to_ascii_uppercase();
    if is_token(&method) {
        return Some(method);
    }
    findings.add(
        at.span.clone(),
        &at.key,
        format!("`{}` is not an HTTP method; expected one such as GET", at.key),
    );
    None
}

/// HTTP request headers.
pub fn headers(
    table: &toml::Named<String>,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, value) in table {
        if !is_token(&name.value) {
            let message = format!("`{}` cannot be a header's name", name.value.escape_debug());
            findings.add(name.span.clone(), &name.key, message);
            continue;
        }
        let Some(filled) = vars.fill(value, findings) else { continue };
        if filled.text.chars().any(|c| c.is_control() && c != '\t') {
            let message = format!("`{}` has a line end or another control character in it", value.key);
            findings.add(value.span.clone(), &value.key, message);
            continue;
        }
        if text::looks_secret(&name.value) {
            // Literal or not, credentials are never shown; the scheme before them may be.
            let value = filled.text.trim();
            vars.keep(value.split_once(' ').map_or(value, |(_, credentials)| credentials.trim()));
        }
        headers.push((name.value.clone(), filled.text));
    }
    headers
}

fn body_limit(at: &At<toml::Size>, findings: &mut Findings) -> Option<usize> {
    let size = at.value.0;
    if (1..=LARGEST_BODY_LIMIT).contains(&size) {
        return usize::try_from(size).ok();
    }
    let most = LARGEST_BODY_LIMIT >> 20;
    findings.add(at.span.clone(), &at.key, format!("`{}` is {size} bytes; expected 1 to {most}MiB", at.key));
    None
}

fn fingerprint(at: &At<String>, findings: &mut Findings) -> Option<String> {
    let digits: String = at.value.chars().filter(|c| *c != ':').collect();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(digits.to_ascii_lowercase());
    }
    let message = format!(
        "`{}` is not the SHA-256 of a certificate: expected 64 hex digits, as `openssl x509 -noout -fingerprint \
         -sha256` prints them",
        at.key
    );
    findings.add(at.span.clone(), &at.key, message);
    None
}
