//! What a health check asks: URLs, `host:port`, pins, sockets, programs.

use std::path::{Path, PathBuf};

use reqwest::Url;

use super::toml::At;
use super::vars::{Filled, Vars};
use super::{Findings, Pin, Target, file};
use crate::expr::Scope;

/// The one target of a check.
pub fn resolve(
    check: &file::Health,
    name: &At<String>,
    folder: &Path,
    vars: &mut Vars<'_>,
    findings: &mut Findings,
) -> Option<Target> {
    let given: Vec<(&str, std::ops::Range<usize>)> = [
        ("url", check.url.as_ref().map(|at| at.span.clone())),
        ("tcp", check.tcp.as_ref().map(|at| at.span.clone())),
        ("tls", check.tls.as_ref().map(|at| at.span.clone())),
        ("unix", check.unix.as_ref().filter(|_| check.url.is_none()).map(|at| at.span.clone())),
        ("exec", check.exec.as_ref().map(|at| at.span.clone())),
    ]
    .into_iter()
    .filter_map(|(key, span)| Some((key, span?)))
    .collect();
    match given.as_slice() {
        [] => {
            let message = format!(
                "the check `{}` asks nothing; give it one of url, tcp, tls, unix and exec",
                name.value
            );
            findings.add(name.span.clone(), "health", message);
            None
        }
        [_] => one(check, folder, vars, findings),
        [(first, _), (second, span), ..] => {
            let message = format!(
                "the check `{}` has both `{first}` and `{second}`; a check asks one thing, make it two checks",
                name.value
            );
            findings.add(span.clone(), &format!("health.{second}"), message);
            None
        }
    }
}

fn one(check: &file::Health, folder: &Path, vars: &mut Vars<'_>, findings: &mut Findings) -> Option<Target> {
    if let Some(at) = &check.url {
        let unix = match &check.unix {
            Some(unix) => Some(path(unix, folder, vars, findings)?),
            None => None,
        };
        let url = url(at, &["http", "https"], vars, findings)?;
        return Some(Target::Http { url, unix });
    }
    if let Some(at) = &check.tcp {
        return host_port(at, vars, findings).map(Target::Tcp);
    }
    if let Some(at) = &check.tls {
        return host_port(at, vars, findings).map(Target::Tls);
    }
    if let Some(at) = &check.unix {
        return path(at, folder, vars, findings).map(Target::Unix);
    }
    let at = check.exec.as_ref()?;
    let mut argv = Vec::with_capacity(at.value.len());
    for argument in &at.value {
        argv.push(vars.fill(argument, findings)?.text);
    }
    if argv.first().is_none_or(|program| program.trim().is_empty()) {
        let message = format!("`{}` names no program; expected [\"program\", \"argument\", …]", at.key);
        findings.add(at.span.clone(), &at.key, message);
        return None;
    }
    Some(Target::Exec(argv))
}

/// What expectations of such a check may speak of.
pub fn scope(target: &Target) -> Scope {
    match target {
        Target::Http { .. } => Scope::Http,
        Target::Tcp(_) | Target::Unix(_) => Scope::Connect,
        Target::Tls(_) => Scope::Tls,
        Target::Exec(_) => Scope::Exec,
    }
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
