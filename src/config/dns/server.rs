//! Name servers as people write them: `1.1.1.1`, `127.0.0.1:5353`, `tls://dns.example.net`, `https://…/dns-query`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use url::Url;

/// Where questions go over UDP and TCP.
const PORT: u16 = 53;

/// Where questions go over TLS (RFC 7858).
const TLS_PORT: u16 = 853;

/// Who is asked for a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NameServer {
    /// The resolvers of `/etc/resolv.conf`, each by itself.
    System,
    /// Every server of the record's zone, each by itself.
    Authoritative,
    /// One server, over UDP, and TCP where an answer is too long for that.
    Plain {
        /// As written.
        written: String,
        /// Its address, or a name that this host resolves.
        host: String,
        /// Its port.
        port: u16,
    },
    /// One server, over TLS.
    Tls {
        /// As written.
        written: String,
        /// Its address, or a name that this host resolves.
        host: String,
        /// Its port.
        port: u16,
        /// What its certificate must be made out to.
        name: String,
    },
    /// One server, over HTTPS (RFC 8484).
    Https {
        /// As written.
        written: String,
        /// Where questions are posted.
        url: Url,
    },
}

/// Why a text names no name server: the end of a sentence that began with the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a name server; expected system, authoritative, an address such as 1.1.1.1 or 127.0.0.1:5353, \
     tls://dns.example.net or https://dns.example.net/dns-query"
)]
pub struct NotAServer;

impl NameServer {
    /// Reads a name server.
    ///
    /// # Errors
    ///
    /// Anything else than the forms above.
    pub fn parse(text: &str) -> Result<NameServer, NotAServer> {
        let written = text.trim();
        match written {
            "system" => return Ok(NameServer::System),
            "authoritative" => return Ok(NameServer::Authoritative),
            _ => {}
        }
        let written = written.to_owned();
        if written.starts_with("https://") {
            let url = Url::parse(&written).map_err(|_| NotAServer)?;
            let plain = url.host_str().is_some_and(|host| !host.is_empty()) && url.fragment().is_none();
            return if plain { Ok(NameServer::Https { written, url }) } else { Err(NotAServer) };
        }
        if let Some(rest) = written.strip_prefix("tls://") {
            let (place, name) =
                rest.split_once('#').map_or((rest, None), |(place, name)| (place, Some(name)));
            let (host, port) = place_of(place, TLS_PORT).ok_or(NotAServer)?;
            let name = match name {
                Some(name) if is_host(name) => name.to_owned(),
                Some(_) => return Err(NotAServer),
                None => host.clone(),
            };
            return Ok(NameServer::Tls { host, port, name, written });
        }
        let (host, port) = place_of(&written, PORT).ok_or(NotAServer)?;
        Ok(NameServer::Plain { host, port, written })
    }
}

/// `host`, `host:port`, an address, or an address in brackets with a port.
fn place_of(text: &str, port: u16) -> Option<(String, u16)> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip().to_string(), address.port()));
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some((address.to_string(), port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (text, port),
    };
    is_host(host).then(|| (host.to_owned(), port))
}

/// A name with a dot in it or `localhost`: a bare word is more often a slip of the pen than a server.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    (name.contains('.') || name == "localhost") && name.split('.').all(label)
        // `1.1.1` and `1.1.1.300` are meant as addresses.
        && !name.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

impl fmt::Display for NameServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameServer::System => "system",
            NameServer::Authoritative => "authoritative",
            NameServer::Plain { written, .. }
            | NameServer::Tls { written, .. }
            | NameServer::Https { written, .. } => written,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<(String, u16)> {
        match NameServer::parse(text).ok()? {
            NameServer::Plain { host, port, .. } => Some((host, port)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn plain_servers_as_people_write_them() {
        for (text, host, port) in [
            ("1.1.1.1", "1.1.1.1", 53),
            ("127.0.0.1:5353", "127.0.0.1", 5353),
            ("[::1]:53", "::1", 53),
            ("[2001:db8::1]", "2001:db8::1", 53),
            ("2001:db8::1", "2001:db8::1", 53),
            ("ns1.example.net", "ns1.example.net", 53),
            ("ns1.example.net.:5300", "ns1.example.net.", 5300),
            (" localhost:5353 ", "localhost", 5353),
        ] {
            assert_eq!(plain(text), Some((host.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn secure_servers_carry_their_name() {
        for (text, host, port, name) in [
            ("tls://dns.example.net", "dns.example.net", 853, "dns.example.net"),
            ("tls://1.1.1.1#one.example", "1.1.1.1", 853, "one.example"),
            ("tls://127.0.0.1:8853#dns.test", "127.0.0.1", 8853, "dns.test"),
            ("tls://[::1]:8853", "::1", 8853, "::1"),
        ] {
            let Ok(NameServer::Tls { host: h, port: p, name: n, written }) = NameServer::parse(text) else {
                panic!("{text}")
            };
            assert_eq!((h.as_str(), p, n.as_str(), written.as_str()), (host, port, name, text));
        }
        let Ok(NameServer::Https { url, .. }) = NameServer::parse("https://dns.example.net/dns-query") else {
            panic!("no URL")
        };
        assert_eq!(url.path(), "/dns-query");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "cloudflare",
            "1.1.1",
            "1.1.1.300",
            "1.1.1.1:99999",
            "http://dns.example.net",
            "https://",
            "tls://",
            "tls://1.1.1.1#",
            "::1:x",
            "two words.example",
            "a..b",
        ] {
            assert_eq!(NameServer::parse(text), Err(NotAServer), "{text}");
        }
    }
}
