//! Which other machine a check asks.

use std::net::IpAddr;

use super::{HealthCheck, Target};
use crate::sample::Side;

/// The remote host that a side of a check asks over the network; `None` if it is this one, or a program.
#[must_use]
pub fn host(check: &HealthCheck, side: Option<Side>) -> Option<String> {
    let pin = match side {
        Some(Side::Old) => check.old.as_ref(),
        Some(Side::New) => check.new.as_ref(),
        _ => None,
    };
    let asked = match (&check.target, &check.proxy) {
        (Target::Exec(_) | Target::Unix(_) | Target::Http { unix: Some(_), .. }, _) => return None,
        (Target::Http { .. }, Some(proxy)) => authority(proxy),
        (Target::Http { url, .. }, None) => pin.map_or_else(|| authority(url), |pin| pin.host.clone()),
        (Target::Tcp(to) | Target::Tls(to), _) => pin.map_or_else(|| authority(to), |pin| pin.host.clone()),
    };
    is_remote(&asked).then_some(asked)
}

/// Whether a host, or an address with its port, is another than this one.
#[must_use]
pub fn is_remote(host: &str) -> bool {
    let host = authority(host);
    let local = host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback() || ip.is_unspecified());
    !host.is_empty() && !local && host != "localhost"
}

/// The host of a URL, or of `host:port`.
fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if let Some((host, _)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host.to_lowercase();
    }
    if rest.parse::<IpAddr>().is_ok() {
        return rest.to_owned();
    }
    rest.rsplit_once(':').map_or(rest, |(host, _)| host).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_in_what_is_asked() {
        for (text, host) in [
            ("https://user:pw@API.example.com:8443/x?y", "api.example.com"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("https://[::1]/", "::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("db.example.com:5432", "db.example.com"),
        ] {
            assert_eq!(authority(text), host);
        }
        for local in ["localhost:80", "127.0.0.1", "[::1]:53", "http://127.1.2.3:9/", ""] {
            assert!(!is_remote(local), "{local}");
        }
        assert!(is_remote("1.1.1.1"));
    }
}
