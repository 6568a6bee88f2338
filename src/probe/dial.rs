//! Connections: to the right address, never a used one.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;

use super::fault::{Fault, is_local};
use super::resolve::Resolver;
use super::seen::Notes;
use crate::config::{Family, Pin};
use crate::sample::Stage;

/// How long an address has for itself before the next is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Bytes of a proxy's answer to CONNECT.
const PROXY_ANSWER: usize = 16 * 1024;

/// A path longer than this does not fit a unix socket's address (`sun_path` with its final zero).
const SOCKET_PATH: usize = 107;

/// Anything one can talk over.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A host and a port, as written or as pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Place {
    /// `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`.
    pub(super) fn parse(text: &str) -> Option<Place> {
        let (host, port) = text.rsplit_once(':')?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if bare.is_empty() || (bare.contains(':') && bare.len() == host.len()) {
            return None;
        }
        Some(Place { host: bare.to_owned(), port: port.parse().ok()? })
    }

    /// Where a pin leads: its own address, its own port or this one's.
    pub(super) fn pinned(self, pin: Option<&Pin>) -> Place {
        match pin {
            Some(pin) => Place { host: pin.host.clone(), port: pin.port.unwrap_or(self.port) },
            None => self,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { host, port } = self;
        if host.contains(':') && !host.starts_with('[') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// Connects to the first address of `place` that answers.
pub(super) async fn tcp(
    resolver: &Resolver,
    place: &Place,
    family: Family,
    notes: &Notes,
) -> Result<TcpStream, Fault> {
    notes.note(|seen| seen.waiting = format!("the look-up of {}", place.host));
    let addresses = resolver.addresses(&place.host, place.port, family).await?;
    notes.note(|seen| {
        seen.connected = Some(false);
        seen.tried = Some(match addresses.as_slice() {
            [only] => only.to_string(),
            _ => place.to_string(),
        });
    });
    notes.start();
    match race(&addresses).await {
        Ok((peer, stream)) => {
            // A request is one small write; waiting to fill a packet would be measured as latency.
            let _ = stream.set_nodelay(true);
            notes.note(|seen| {
                seen.connected = Some(true);
                seen.peer = Some(peer);
            });
            Ok(stream)
        }
        Err((peer, error)) => Err(Fault::connect(&error, &peer.to_string())),
    }
}

/// Tries addresses in order, each with a head start; on failure the preferred address's error.
async fn race(addresses: &[SocketAddr]) -> Result<(SocketAddr, TcpStream), (SocketAddr, io::Error)> {
    let mut rest = addresses.iter().copied();
    let mut tries = JoinSet::new();
    let mut first_error: Option<(SocketAddr, io::Error)> = None;
    let mut more = true;
    loop {
        if let Some(address) = rest.next() {
            tries.spawn(async move { (address, TcpStream::connect(address).await) });
        } else {
            more = false;
        }
        tokio::select! {
            ended = tries.join_next() => match ended {
                Some(Ok((address, Ok(stream)))) => return Ok((address, stream)),
                Some(Ok((address, Err(error)))) => {
                    // A host without IPv6 cannot try the first of two; what the other said is the answer.
                    let rank = |of: SocketAddr, error: &io::Error| {
                        (is_local(error), addresses.iter().position(|one| *one == of))
                    };
                    let is_better = |(of, other): &(SocketAddr, io::Error)| rank(address, &error) < rank(*of, other);
                    if first_error.as_ref().is_none_or(is_better) {
                        first_error = Some((address, error));
                    }
                }
                Some(Err(_)) => {}
                None if more => {}
                None => {
                    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
                    return Err(first_error.unwrap_or_else(|| (nowhere, io::ErrorKind::NotFound.into())));
                }
            },
            () = tokio::time::sleep(HEAD_START), if more => {}
        }
    }
}

/// Connects to a unix socket.
pub(super) async fn unix(path: &Path, notes: &Notes) -> Result<UnixStream, Fault> {
    let shown = path.display().to_string();
    if path.as_os_str().len() > SOCKET_PATH {
        return Err(Fault::Broken(format!(
            "the socket path {shown} is longer than the {SOCKET_PATH} bytes the system takes"
        )));
    }
    notes.note(|seen| {
        seen.connected = Some(false);
        seen.tried = Some(shown.clone());
    });
    notes.start();
    match UnixStream::connect(path).await {
        Ok(stream) => {
            notes.note(|seen| seen.connected = Some(true));
            Ok(stream)
        }
        Err(error) => {
            if error.kind() == io::ErrorKind::PermissionDenied {
                // That says nothing about the service, only about who asks.
                notes.note(|seen| seen.connected = None);
                return Err(Fault::Broken(format!("no permission to connect to {shown}")));
            }
            Err(Fault::connect(&error, &shown))
        }
    }
}

/// Asks an HTTP proxy for a tunnel to `place`.
pub(super) async fn tunnel(
    mut stream: TcpStream,
    place: &Place,
    credentials: Option<&str>,
    proxy: &Place,
) -> Result<TcpStream, Fault> {
    let broken = |error: io::Error| Fault::broken_off(&error, Stage::Connect, &format!("the proxy {proxy}"));
    let mut ask = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if let Some(credentials) = credentials {
        ask.push_str("Proxy-Authorization: ");
        ask.push_str(credentials);
        ask.push_str("\r\n");
    }
    ask.push_str("\r\n");
    stream.write_all(ask.as_bytes()).await.map_err(broken)?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the answer belongs to the peer behind the tunnel.
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < PROXY_ANSWER {
        answer.push(stream.read_u8().await.map_err(broken)?);
    }
    let line =
        String::from_utf8_lossy(answer.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
    let status = line.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
    if status.is_some_and(|status| (200..300).contains(&status)) {
        return Ok(stream);
    }
    let said = line.split_once(' ').map_or(line.as_str(), |(_, said)| said);
    Err(Fault::refusal(
        Stage::Connect,
        "proxy",
        format!("the proxy {proxy} refused a tunnel to {place}: {said}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_people_write_them() {
        for (text, place) in [
            ("app.test:443", Some(("app.test", 443))),
            ("192.0.2.1:80", Some(("192.0.2.1", 80))),
            ("[2001:db8::1]:8443", Some(("2001:db8::1", 8443))),
            ("2001:db8::1", None),
            ("app.test", None),
            (":80", None),
            ("app.test:99999", None),
        ] {
            let place = place.map(|(host, port): (&str, u16)| Place { host: host.to_owned(), port });
            assert_eq!(Place::parse(text), place, "{text}");
        }
    }

    #[test]
    fn a_pin_without_a_port_keeps_the_targets() {
        let place = Place { host: "app.test".to_owned(), port: 8443 };
        let pin = Pin { host: "192.0.2.9".to_owned(), port: None };
        assert_eq!(place.clone().pinned(Some(&pin)).to_string(), "192.0.2.9:8443");
        assert_eq!(place.pinned(None).to_string(), "app.test:8443");
    }

    #[tokio::test]
    async fn a_refused_first_address_gives_way_to_the_next() {
        // Bound and not listened on: refused, and nobody else can get it.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed = taken.local_addr().unwrap();
        let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (peer, _) = race(&[closed, open.local_addr().unwrap()]).await.unwrap();
        assert_eq!(peer, open.local_addr().unwrap());
        let (blamed, error) = race(&[closed]).await.unwrap_err();
        assert_eq!((blamed, error.kind()), (closed, io::ErrorKind::ConnectionRefused));
    }
}
