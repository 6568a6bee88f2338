//! What a health check asks: URLs, `host:port`, pins, sockets, programs.

use std::ops::Range;
use std::path::{Path, PathBuf};

use url::Url;

use super::toml::{At, Table};
use super::vars::{Filled, Vars};
use super::{Findings, Pin, Target, file};
use crate::expr::Scope;

/// The kinds of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP or HTTPS.
    Url,
    /// TCP connection.
    Tcp,
    /// TLS handshake.
    Tls,
    /// Unix socket connection.
    Unix,
    /// A program.
    Exec,
}

impl Kind {
    /// Its key.
    pub fn key(self) -> &'static str {
        match self {
            Kind::Url => "url",
            Kind::Tcp => "tcp",
            Kind::Tls => "tls",
            Kind::Unix => "unix",
            Kind::Exec => "exec",
        }
    }

    /// What expectations of such a check may speak of.
    pub fn scope(self) -> Scope {
        match self {
            Kind::Url => Scope::Http,
            Kind::Tcp | Kind::Unix => Scope::Connect,
            Kind::Tls => Scope::Tls,
            Kind::Exec => Scope::Exec,
        }
    }

    /// What makes a check up that says nothing about it.
    pub fn usual(self) -> &'static str {
        match self {
            Kind::Url => "status < 400",
            Kind::Exec => "exit == 0",
            Kind::Tcp | Kind::Tls | Kind::Unix => "connected",
        }
    }
}

/// The one kind of target that a check gives; none or several are a finding.
pub fn kind(check: &file::Health, span: &Range<usize>, findings: &mut Findings) -> Option<Kind> {
    let all = [Kind::Url, Kind::Tcp, Kind::Tls, Kind::Unix, Kind::Exec];
    // A socket beside a URL is how the URL is reached.
    let own = |kind: &Kind| check.gives(kind.key()) && !(*kind == Kind::Unix && check.gives(Kind::Url.key()));
    let given: Vec<Kind> = all.into_iter().filter(own).collect();
    match given.as_slice() {
        [] => {
            let name = check.name.as_ref().map(|name| format!(" \"{}\"", name.value)).unwrap_or_default();
            let message =
                format!("the health check{name} asks nothing; give it one of url, tcp, tls, unix and exec");
            findings.add(span.clone(), "health", message);
            None
        }
        [kind] => Some(*kind),
        [first, second, ..] => {
            let (first, second) = (first.key(), second.key());
            let message =
                format!("a check asks one thing, this one has `{first}` and `{second}`; make it two checks");
            findings.add(span.clone(), &format!("health.{second}"), message);
            None
        }
    }
}

/// The target, filled in.
pub fn resolve(
    kind: Kind,
    check: &file::Health,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<Target> {
    match kind {
        Kind::Url => {
            let unix = check.unix.as_ref().map(|unix| path(unix, folder, vars, findings));
            let url = url(check.url.as_ref()?, &["http", "https"], vars, findings)?;
            match unix {
                Some(None) => None,
                unix => Some(Target::Http { url, unix: unix.flatten() }),
            }
        }
        Kind::Tcp => host_port(check.tcp.as_ref()?, vars, findings).map(Target::Tcp),
        Kind::Tls => host_port(check.tls.as_ref()?, vars, findings).map(Target::Tls),
        Kind::Unix => path(check.unix.as_ref()?, folder, vars, findings).map(Target::Unix),
        Kind::Exec => argv(check.exec.as_ref()?, vars, findings).map(Target::Exec),
    }
}

/// A program and its arguments.
pub fn argv(at: &At<Vec<At<String>>>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let filled: Vec<_> = at.value.iter().map(|argument| vars.fill(argument, findings)).collect();
    let argv: Vec<String> =
        filled.into_iter().map(|one| one.map(|filled| filled.text)).collect::<Option<_>>()?;
    if argv.first().is_none_or(|program| program.trim().is_empty()) {
        let message = format!("`{}` names no program; expected [\"program\", \"argument\", …]", at.key);
        findings.add(at.span.clone(), &at.key, message);
        return None;
    }
    Some(argv)
}

/// A URL of one of these schemes with a host in it.
pub fn url(
    at: &At<String>,
    schemes: &[&str],
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<String> {
    let filled = vars.fill(at, findings)?;
    let example = "expected one such as https://api.example.com/health";
    let problem = match Url::parse(&filled.text) {
        // A URL with a secret in it is not repeated.
        Err(error) => Some(format!("`{}` is not a URL: {error}; {example}", at.key)),
        Ok(url) if !schemes.contains(&url.scheme()) => {
            let schemes = schemes.join(" or ");
            Some(format!("`{}` has the scheme {}; expected {schemes}", at.key, url.scheme()))
        }
        Ok(url) if url.host_str().is_none_or(str::is_empty) => {
            Some(format!("`{}` names no host; {example}", at.key))
        }
        Ok(url) => {
            if let Some(password) = url.password() {
                vars.keep(password);
            }
            None
        }
    };
    match problem {
        None => Some(filled.text),
        Some(message) => {
            findings.add(at.span.clone(), &at.key, message);
            None
        }
    }
}

/// `host:port`.
fn host_port(at: &At<String>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<String> {
    let Filled { text, secret } = vars.fill(at, findings)?;
    if split(&text).is_some_and(|pin| pin.port.is_some()) {
        return Some(text);
    }
    let shown = if secret { "it".to_owned() } else { format!("\"{text}\"") };
    let message = format!("`{}`: {shown} is not host:port; expected one such as db.example.com:5432", at.key);
    findings.add(at.span.clone(), &at.key, message);
    None
}

/// The address of a side.
pub fn pin(at: &At<String>, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<Pin> {
    let Filled { text, secret } = vars.fill(at, findings)?;
    let pin = split(&text);
    if pin.is_none() {
        let shown = if secret { "it".to_owned() } else { format!("\"{text}\"") };
        let message = format!(
            "`{}`: {shown} is not an address; expected an IP or a host name, with a port if it differs, such as \
             203.0.113.7:443",
            at.key
        );
        findings.add(at.span.clone(), &at.key, message);
    }
    pin
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`, `v6`.
fn split(text: &str) -> Option<Pin> {
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some(Pin { host: text.to_owned(), port: None });
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let port = match after {
            "" => None,
            after => Some(port(after.strip_prefix(':')?)?),
        };
        return Some(Pin { host: host.to_owned(), port });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, digits)) => (host, Some(port(digits)?)),
        None => (text, None),
    };
    is_host(host).then(|| Pin { host: host.to_owned(), port })
}

fn port(digits: &str) -> Option<u16> {
    digits.parse().ok().filter(|port| *port > 0 && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// A host name (letters, digits, `-`, `_`, dots; RFC 1123 and what is really used) or an IPv4 address.
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
    };
    let numeric = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let host = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 253
        && host.split('.').all(label)
        && (!numeric || host.parse::<std::net::Ipv4Addr>().is_ok())
}

/// A file, looked for beside the sidecar.
pub fn path(at: &At<String>, folder: &Path, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<PathBuf> {
    let filled = vars.fill(at, findings)?;
    if filled.text.trim().is_empty() {
        findings.add(at.span.clone(), &at.key, format!("`{}` is empty; expected a path", at.key));
        return None;
    }
    Some(folder.join(filled.text))
}
