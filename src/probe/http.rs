//! One HTTP question over a fresh connection.
//!
//! hyper speaks the protocol over a stream that this room opens itself. A whole client would choose the address, and
//! the choice is what a migration check is about: a pin must hold for a URL with a port of its own, for a host that
//! is an IP address and for a unix socket, with the authority and SNI of the original kept in HTTP/1.1 and 2; an
//! override in the client holds for none of the first two. It also keeps no connection, follows nothing by itself,
//! reads no proxy from the environment and decompresses nothing: each of these would hide a flip or hang a probe.

use std::error::Error;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION,
    PROXY_AUTHORIZATION, USER_AGENT,
};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use url::Url;

use super::basic::credentials;
use super::dial::{self, Place, Wire};
use super::fault::{Fault, plain};
use super::fetch::Fetch;
use super::resolve::{Resolver, literal};
use super::seen::{Content, Notes};
use super::tls::{self, Identity, Tls};
use crate::config::{Family, HealthCheck, Pin};
use crate::sample::{Miss, Stage};

/// Everything about an HTTP check that does not change between probes.
pub(super) struct Question {
    url: Url,
    unix: Option<PathBuf>,
    pin: Option<Pin>,
    proxy: Option<(Place, Option<String>)>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    follow: u8,
    body_limit: usize,
    family: Family,
}

impl Question {
    /// Reads the check's settings; a mistake is words for a broken probe.
    pub(super) fn new(
        check: &HealthCheck,
        url: &str,
        unix: Option<PathBuf>,
        pin: Option<Pin>,
    ) -> Result<Question, Fault> {
        let question = Question::of(url, &check.method, &check.headers)?;
        Ok(Question {
            unix,
            pin,
            proxy: check.proxy.as_deref().map(proxy).transpose()?,
            body: check.body.clone().unwrap_or_default().into(),
            follow: check.follow,
            body_limit: check.body_limit,
            family: check.ip,
            ..question
        })
    }

    /// One that is asked without further ado.
    pub(super) fn plain(fetch: &Fetch<'_>) -> Result<Question, Fault> {
        let question = Question::of(fetch.url, fetch.method, fetch.headers)?;
        Ok(Question { body: fetch.body.clone().into(), body_limit: fetch.limit, ..question })
    }

    fn of(url: &str, method: &str, given: &[(String, String)]) -> Result<Question, Fault> {
        let url = Url::parse(url).map_err(|error| Fault::Broken(format!("cannot read the URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(Fault::Broken(
                "the URL must begin with http:// or https:// and name a host".to_owned(),
            ));
        }
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Fault::Broken(format!("{method} is not an HTTP method")))?;
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            // The value may be a secret: only its name is told.
            let refused = |what| Fault::Broken(format!("the header {name} {what} that HTTP does not allow"));
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("has a name"))?,
                HeaderValue::from_str(value).map_err(|_| refused("has a value"))?,
            );
        }
        if let Some(credentials) = credentials(&url).filter(|_| !headers.contains_key(AUTHORIZATION)) {
            headers.insert(AUTHORIZATION, secret(&credentials)?);
        }
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!("cutover/", env!("CARGO_PKG_VERSION"))));
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        Ok(Question {
            url,
            unix: None,
            pin: None,
            proxy: None,
            method,
            headers,
            body: Bytes::new(),
            follow: 0,
            body_limit: 0,
            family: Family::Any,
        })
    }

    /// Bytes posted as they are, and the answer taken as it is: another protocol's message.
    pub(super) fn post(url: Url, media: &'static str, body: Bytes, body_limit: usize) -> Question {
        let agent = concat!("cutover/", env!("CARGO_PKG_VERSION"));
        let headers = [(USER_AGENT, agent), (CONTENT_TYPE, media), (ACCEPT, media)];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        Question {
            url,
            unix: None,
            pin: None,
            proxy: None,
            method: Method::POST,
            headers: headers.into_iter().collect(),
            body,
            follow: 0,
            body_limit,
            family: Family::Any,
        }
    }

    /// Whether certificates will be needed.
    pub(super) fn is_secure(&self) -> bool {
        self.url.scheme() == "https" || self.follow > 0
    }

    /// Asks, follows redirects on the same host, and notes what came.
    pub(super) async fn ask(
        &self,
        resolver: &Resolver,
        tls: &Tls,
        identity: Option<&Identity>,
        notes: &Notes,
    ) -> Result<(), Fault> {
        let mut url = self.url.clone();
        let mut method = self.method.clone();
        let mut body = self.body.clone();
        for left in (0..=self.follow).rev() {
            let place = place(&url);
            notes.note(|seen| {
                seen.status = None;
                seen.headers.clear();
                seen.body = Content::default();
            });
            let (wire, h2) = self.open(&url, resolver, tls, identity, notes).await?;
            let request = self.request(&url, &method, &body, h2)?;
            let status = exchange(wire, h2, request, self.body_limit, &place, notes).await?;
            let Some(next) = self.redirect(&url, status, left, notes)? else {
                notes.finish();
                return Ok(());
            };
            url = next;
            let repeats = matches!(status.as_u16(), 307 | 308) || method == Method::HEAD;
            if !repeats {
                method = Method::GET;
                body = Bytes::new();
            }
        }
        Ok(())
    }

    /// Where a redirect leads, if it is to be followed; off the pin it is refused.
    fn redirect(
        &self,
        from: &Url,
        status: StatusCode,
        left: u8,
        notes: &Notes,
    ) -> Result<Option<Url>, Fault> {
        let mut location = None;
        notes.note(|seen| {
            location = seen
                .headers
                .get(LOCATION)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        });
        let moved = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
        let (true, true, Some(location)) = (self.follow > 0, moved, location) else {
            return Ok(None);
        };
        let refuse = |why: String| {
            notes.finish();
            Err(Fault::Unacceptable(Miss {
                expected: format!("at most {} redirects on the same host", self.follow),
                saw: format!("{} to {location}, {why}", status.as_u16()),
            }))
        };
        let Ok(to) = from.join(&location) else {
            return refuse("which is no URL".to_owned());
        };
        if left == 0 {
            return refuse("one too many".to_owned());
        }
        if !matches!(to.scheme(), "http" | "https") || to.host_str() != self.url.host_str() {
            return refuse(if self.pin.is_some() { "off the pin" } else { "another host" }.to_owned());
        }
        if from.scheme() == "https" && to.scheme() == "http" {
            return refuse("from https to http".to_owned());
        }
        // A pin with a port stands for one service: another port of the same host is not it, its own is.
        let port = to.port_or_known_default();
        let pinned = self.pin.as_ref().and_then(|pin| pin.port);
        if pinned.is_some() && port != pinned && port != self.url.port_or_known_default() {
            return refuse("off the pin".to_owned());
        }
        Ok(Some(to))
    }

    async fn open(
        &self,
        url: &Url,
        resolver: &Resolver,
        tls: &Tls,
        identity: Option<&Identity>,
        notes: &Notes,
    ) -> Result<(Box<dyn Wire>, bool), Fault> {
        let place = place(url).pinned(self.pin.as_ref());
        let secure = url.scheme() == "https";
        let (wire, peer): (Box<dyn Wire>, String) = match (&self.unix, &self.proxy) {
            (Some(path), _) => (Box::new(dial::unix(path, notes).await?), path.display().to_string()),
            (None, Some((proxy, credentials))) => {
                let stream = dial::tcp(resolver, proxy, self.family, notes).await?;
                let stream = if secure || self.pin.is_some() {
                    dial::tunnel(stream, &place, credentials.as_deref(), proxy).await?
                } else {
                    stream
                };
                (Box::new(stream), place.to_string())
            }
            (None, None) => {
                let stream = dial::tcp(resolver, &place, self.family, notes).await?;
                let peer = stream.peer_addr().map_or_else(|_| place.to_string(), |peer| peer.to_string());
                (Box::new(stream), peer)
            }
        };
        if !secure {
            return Ok((wire, false));
        }
        let Some(identity) = identity else {
            return Err(Fault::Broken("no way to judge certificates was prepared".to_owned()));
        };
        let name = server_name(url.host_str().unwrap_or_default())?;
        let (shown, stream) =
            tls.handshake(identity, name, &[b"h2", b"http/1.1"], wire, notes.clock(), &peer).await;
        notes.note(|seen| seen.certificate = shown);
        let stream = stream?;
        let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((Box::new(stream), h2))
    }

    fn request(
        &self,
        url: &Url,
        method: &Method,
        body: &Bytes,
        h2: bool,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let bad =
            |error: hyper::http::Error| Fault::Broken(format!("cannot make a request of the URL: {error}"));
        let authority = match self.headers.get(HOST).and_then(|host| host.to_str().ok()) {
            Some(host) => host.to_owned(),
            None => authority(url),
        };
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let plain_proxy =
            self.proxy.is_some() && url.scheme() == "http" && self.pin.is_none() && self.unix.is_none();
        let uri =
            if h2 || plain_proxy { format!("{}://{authority}{path}", url.scheme()) } else { path.to_owned() };
        let mut request =
            Request::builder().method(method).uri(uri).body(Full::new(body.clone())).map_err(bad)?;
        let headers = request.headers_mut();
        *headers = self.headers.clone();
        if h2 {
            headers.remove(HOST);
        } else {
            headers.insert(HOST, HeaderValue::from_str(&authority).map_err(|error| bad(error.into()))?);
        }
        if let (true, Some((_, Some(credentials)))) = (plain_proxy, &self.proxy) {
            headers.insert(PROXY_AUTHORIZATION, secret(credentials)?);
        }
        Ok(request)
    }
}

/// The host and port of a URL; only URLs with both come this far.
fn place(url: &Url) -> Place {
    Place {
        host: url.host_str().unwrap_or_default().to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What a certificate must be made out to.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, Fault> {
    match literal(host) {
        Some(ip) => Ok(ServerName::IpAddress(ip.into())),
        None => ServerName::try_from(host.trim_end_matches('.').to_owned())
            .map_err(|_| Fault::Broken(format!("{host} is not a name that a certificate could carry"))),
    }
}

fn proxy(text: &str) -> Result<(Place, Option<String>), Fault> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "http" && url.host_str().is_some());
    let url = url.ok_or_else(|| Fault::Broken("the proxy must be an http:// URL with a host".to_owned()))?;
    Ok((place(&url), credentials(&url)))
}

fn secret(value: &str) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| Fault::Broken("the URL's user and password cannot be sent".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Sends the request, reads the answer within the limit, notes both status and body.
async fn exchange(
    wire: Box<dyn Wire>,
    h2: bool,
    request: Request<Full<Bytes>>,
    limit: usize,
    place: &Place,
    notes: &Notes,
) -> Result<StatusCode, Fault> {
    let failed = |error: hyper::Error| broken_exchange(&error, place);
    let tasks = Tasks::default();
    let io = TokioIo::new(wire);
    let (asked, ended) = if h2 {
        let (mut sender, connection) =
            http2::Builder::new(tasks.spawner()).handshake(io).await.map_err(failed)?;
        let ended = tasks.drive(connection);
        (sender.send_request(request).await, ended)
    } else {
        let (mut sender, connection) = http1::handshake(io).await.map_err(failed)?;
        let ended = tasks.drive(connection);
        (sender.send_request(request).await, ended)
    };
    let response: Response<Incoming> = match asked {
        Ok(response) => response,
        // The request only hears that the connection has ended; the connection knows why.
        Err(error) if error.is_canceled() => {
            return Err(match ended.await {
                Ok(Err(cause)) => failed(cause),
                _ => failed(error),
            });
        }
        Err(error) => return Err(failed(error)),
    };
    let status = response.status();
    let (head, mut body) = response.into_parts();
    notes.note(|seen| {
        seen.status = Some(status.as_u16());
        seen.headers = head.headers;
    });
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(failed)?;
        let mut room = true;
        if let Some(data) = frame.data_ref() {
            notes.note(|seen| room = seen.body.take(data, limit));
        }
        if !room {
            break;
        }
    }
    Ok(status)
}

fn broken_exchange(error: &hyper::Error, place: &Place) -> Fault {
    let peer = place.to_string();
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            let tls = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return match (tls, server_name(&place.host)) {
                // In TLS 1.3 a server refuses a client's certificate after the handshake.
                (Some(error), Ok(name)) => Fault::refusal(Stage::Tls, "tls", tls::alert(error, &name, &peer)),
                _ => Fault::broken_off(io, Stage::Exchange, &peer),
            };
        }
        source = cause.source();
    }
    if error.is_incomplete_message() {
        let why = format!("{peer} closed the connection before its answer was complete");
        return Fault::transport(Stage::Exchange, "closed", why);
    }
    // What a peer sends before it is asked has no other mark than that nothing else caused it; a request that was
    // ready by then is canceled for it.
    let inner = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>()).unwrap_or(error);
    let uncaused = !inner.is_canceled() && !inner.is_closed() && inner.source().is_none();
    if inner.is_parse() || uncaused {
        let why = format!("{peer} does not speak HTTP as it should: {}", words(error));
        return Fault::refusal(Stage::Exchange, "not HTTP", why);
    }
    Fault::transport(Stage::Exchange, "failed", format!("{peer} broke off: {}", words(error)))
}

/// The innermost cause: what stands around it only says that there was an error.
fn words(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    plain(&std::io::Error::other(innermost.to_string()))
}

/// The tasks of one connection: they end when it is dropped, whatever the peer does.
#[derive(Default)]
struct Tasks(Arc<Mutex<JoinSet<()>>>);

/// Starts tasks of a connection, and keeps none of them alive.
#[derive(Clone)]
struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl Tasks {
    fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spawn(task);
    }

    /// Lets a connection do its work; what comes of it can be asked for.
    fn drive(
        &self,
        connection: impl Future<Output = hyper::Result<()>> + Send + 'static,
    ) -> oneshot::Receiver<hyper::Result<()>> {
        let (tell, told) = oneshot::channel();
        self.spawn(async move {
            // Asked for only when the exchange failed.
            let _ = tell.send(connection.await);
        });
        told
    }
}

impl<F> hyper::rt::Executor<F> for Spawner
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        if let Some(tasks) = self.0.upgrade() {
            Tasks(tasks).spawn(async move { drop(task.await) });
        }
    }
}
