//! Questions to one server, by whichever way it takes them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::Message;
use rustls::pki_types::ServerName;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use url::Url;

use super::message::Question;
use super::wire;
use crate::config::{Family, NameServer};
use crate::probe::dial::{self, Place};
use crate::probe::fault::Fault;
use crate::probe::http::{self, server_name};
use crate::probe::net::Net;
use crate::probe::seen::Notes;
use crate::probe::tls::Identity;

/// What RFC 8484 calls a DNS message.
const MEDIA: &str = "application/dns-message";

/// Bytes of an answer: what a length before a message can say.
const LARGEST: usize = 65_535;

/// A server and the way to it.
pub(super) struct Asker {
    net: Arc<Net>,
    way: Way,
    within: Duration,
}

enum Way {
    /// An address over UDP and TCP.
    Plain(SocketAddr),
    /// The same, where this host has to find the address first.
    Named(Place),
    Tls {
        place: Place,
        name: String,
        trust: Trust,
    },
    Https {
        url: Url,
        trust: Trust,
    },
}

/// The certificates that are believed, read when they are needed.
struct Trust {
    ca: Option<PathBuf>,
    identity: OnceCell<Identity>,
}

impl Trust {
    fn new(ca: Option<&PathBuf>) -> Trust {
        Trust { ca: ca.cloned(), identity: OnceCell::new() }
    }

    async fn identity(&self, net: &Arc<Net>) -> Result<&Identity, String> {
        let read = || async {
            let (net, ca) = (Arc::clone(net), self.ca.clone());
            match tokio::task::spawn_blocking(move || net.tls.trusting(ca.as_ref())).await {
                Ok(identity) => identity.map_err(Fault::why),
                Err(_) => Err("reading the certificate files failed".to_owned()),
            }
        };
        self.identity.get_or_try_init(read).await
    }
}

impl Asker {
    /// A server as the settings have it; `None` for those that stand for several.
    pub(super) fn new(
        net: &Arc<Net>,
        server: &NameServer,
        ca: Option<&PathBuf>,
        within: Duration,
    ) -> Option<Asker> {
        let way = match server {
            NameServer::System | NameServer::Authoritative => return None,
            NameServer::Plain { host, port, .. } => match host.parse() {
                Ok(ip) => Way::Plain(SocketAddr::new(ip, *port)),
                Err(_) => Way::Named(Place { host: host.clone(), port: *port }),
            },
            NameServer::Tls { host, port, name, .. } => Way::Tls {
                place: Place { host: host.clone(), port: *port },
                name: name.clone(),
                trust: Trust::new(ca),
            },
            NameServer::Https { url, .. } => Way::Https { url: url.clone(), trust: Trust::new(ca) },
        };
        Some(Asker { net: Arc::clone(net), way, within })
    }

    /// A server by its address.
    pub(super) fn at(net: &Arc<Net>, address: SocketAddr, within: Duration) -> Asker {
        Asker { net: Arc::clone(net), way: Way::Plain(address), within }
    }

    /// Asks, and takes no longer than the time-out; without an answer, why, in one clause.
    pub(super) async fn ask(&self, question: &Question) -> Result<Message, String> {
        match &self.way {
            Way::Plain(address) => wire::ask(*address, question, self.within).await,
            Way::Named(place) => {
                let began = self.net.clock.now();
                let look_up = self.net.resolver.addresses(&place.host, place.port, Family::Any);
                let found = timeout(self.within, look_up)
                    .await
                    .map_err(|_| wire::silence("the look-up", self.within))?;
                let found = found.map_err(Fault::why)?;
                let address = *found.first().ok_or_else(|| format!("{} has no address", place.host))?;
                let spent = self.net.clock.now().mono.saturating_sub(began.mono);
                wire::ask(address, question, self.within.saturating_sub(spent)).await
            }
            Way::Tls { place, name, trust } => {
                self.in_time(&place.to_string(), self.over_tls(place, name, trust, question)).await
            }
            Way::Https { url, trust } => {
                self.in_time(url.host_str().unwrap_or_default(), self.over_https(url, trust, question)).await
            }
        }
    }

    async fn in_time(
        &self,
        server: &str,
        asked: impl Future<Output = Result<Message, String>>,
    ) -> Result<Message, String> {
        // A handshake's future is large, and few questions go this way.
        timeout(self.within, Box::pin(asked))
            .await
            .unwrap_or_else(|_| Err(wire::silence(server, self.within)))
    }

    async fn over_tls(
        &self,
        place: &Place,
        name: &str,
        trust: &Trust,
        question: &Question,
    ) -> Result<Message, String> {
        let why = Fault::why;
        let identity = trust.identity(&self.net).await?;
        let name: ServerName<'static> = server_name(name).map_err(why)?;
        let notes = Notes::new(&self.net.clock);
        let stream = dial::tcp(&self.net.resolver, place, Family::Any, &notes).await.map_err(why)?;
        let peer = place.to_string();
        let (_, stream) = self.net.tls.handshake(identity, name, &[], stream, &self.net.clock, &peer).await;
        wire::over(stream.map_err(why)?, question, &peer).await
    }

    async fn over_https(&self, url: &Url, trust: &Trust, question: &Question) -> Result<Message, String> {
        let identity = trust.identity(&self.net).await?;
        let mut query = question.message(true);
        // Equal questions are equal bytes (RFC 8484, section 4.1); a fresh connection can carry no other's answer.
        query.metadata.id = 0;
        let bytes = query.to_vec().map_err(|error| format!("cannot ask: {error}"))?;
        let post = http::Question::post(url.clone(), MEDIA, bytes.into(), LARGEST);
        let notes = Notes::new(&self.net.clock);
        let host = url.host_str().unwrap_or_default();
        post.ask(&self.net.resolver, &self.net.tls, Some(identity), &notes).await.map_err(Fault::why)?;
        let seen = notes.take();
        match seen.status {
            Some(200) if !seen.body.cut => wire::read(&query, &seen.body.bytes, host),
            Some(status) => Err(format!("{host} answers {status} instead of a DNS message")),
            None => Err(format!("{host} does not answer")),
        }
    }
}
