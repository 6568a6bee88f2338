//! One health check, one side: a whole measurement with its time-out and its retries.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use tokio::sync::OnceCell;

use super::dial::{self, Place};
use super::exec::{self, Turn};
use super::fault::Fault;
use super::http::{Question, server_name};
use super::judge::{Pins, judge};
use super::net::Net;
use super::seen::{Notes, Seen};
use super::ssh;
use super::supervisor::Measure;
use super::tls::Identity;
use crate::config::{HealthCheck, Pin, Target};
use crate::hold::Input;
use crate::sample::{Health, Reading, Sample, Side, Stage};
use crate::text;

/// A body above this is judged apart: reading it as JSON would hold up the other probes of its thread.
const LARGE: usize = 256 * 1024;

/// One side of a check, ready to be measured again and again.
pub(super) struct Prober {
    net: Arc<Net>,
    check: Arc<HealthCheck>,
    side: Option<Side>,
    /// From files, read at the first measurement that gets so far.
    identity: OnceCell<Identity>,
    /// For what a time-out cannot end at once: a program, a file on a file system that hangs.
    turn: Turn,
}

impl Measure for Prober {
    /// Measures once; takes no longer than the time-out.
    async fn measure(&self) -> Sample {
        let began = self.net.clock.now();
        let asked = async {
            let (seen, result) = self.within_time().await;
            (seen, result, self.net.clock.now())
        };
        // Side by side: a pin's slow name must not delay the measurement, only the telling of sides.
        let ((seen, result, at), pins) = tokio::join!(asked, self.pins());
        let (check, side, redactor) = (Arc::clone(&self.check), self.side, self.net.redactor());
        let large = seen.body.bytes.len() > LARGE;
        let judged = move || judge(&check, side, seen, result, &pins, at.wall, &redactor);
        let health = if large {
            match tokio::task::spawn_blocking(judged).await {
                Ok(health) => health,
                Err(error) => match error.try_into_panic() {
                    Ok(payload) => std::panic::resume_unwind(payload),
                    // The runtime is shutting down, and this with it.
                    Err(_) => std::future::pending().await,
                },
            }
        } else {
            judged()
        };
        Sample { began, at, reading: Reading::Health(health) }
    }

    /// The sample for a measurement that did not come back.
    fn broken(&self, why: &str) -> Sample {
        let now = self.net.clock.now();
        let result = Err(Fault::Broken(why.to_owned()));
        let redactor = self.net.redactor();
        let health: Health =
            judge(&self.check, self.side, Seen::default(), result, &Pins::default(), now.wall, &redactor);
        Sample { began: now, at: now, reading: Reading::Health(health) }
    }
}

impl Prober {
    pub(super) fn new(net: Arc<Net>, check: Arc<HealthCheck>, side: Option<Side>) -> Prober {
        Prober { net, check, side, identity: OnceCell::new(), turn: Turn::new() }
    }

    async fn within_time(&self) -> (Seen, Result<(), Fault>) {
        let notes = std::sync::Mutex::new(Notes::new(&self.net.clock));
        let current = || notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let attempts = async {
            let mut left = self.retries();
            loop {
                match self.attempt(&current()).await {
                    Err(fault) if fault.is_transient() && left > 0 => left -= 1,
                    result => break result,
                }
                *notes.lock().unwrap_or_else(PoisonError::into_inner) = Notes::new(&self.net.clock);
            }
        };
        let result = tokio::time::timeout(self.check.timeout, attempts).await;
        let seen = current().take();
        let result = result.unwrap_or_else(|_| Err(self.too_late(&seen)));
        (seen, result)
    }

    /// A program has effects; only connections are tried again.
    fn retries(&self) -> u8 {
        if matches!(self.check.target, Target::Exec(_)) { 0 } else { self.check.retry }
    }

    fn too_late(&self, seen: &Seen) -> Fault {
        let within = text::short(self.check.timeout);
        let place =
            |word: &str, place: Option<String>| place.map(|at| format!(" {word} {at}")).unwrap_or_default();
        let from = place("from", seen.peer.map(|peer| peer.to_string()).or_else(|| seen.tried.clone()));
        let why = match (&self.check.target, seen.connected, seen.status) {
            (Target::Exec(_), ..) if seen.started.is_some() => format!("not finished within {within}, ended"),
            (_, _, Some(status)) => format!("{status}, but the body did not end within {within}"),
            (_, Some(true), _) => format!("no answer{from} within {within}"),
            (_, Some(false), _) => {
                format!("no connection{} within {within}", place("to", seen.tried.clone()))
            }
            (_, None, _) => format!("{} took longer than {within}", seen.waiting),
        };
        Fault::transport(Stage::TimeOut, "time-out", why)
    }

    fn pin(&self) -> Option<&Pin> {
        match self.side {
            Some(Side::Old) => self.check.old.as_ref(),
            Some(Side::New) => self.check.new.as_ref(),
            Some(Side::Live) | None => None,
        }
    }

    async fn attempt(&self, notes: &Notes) -> Result<(), Fault> {
        let Net { resolver, tls, masters, holder, clock, .. } = &*self.net;
        let (check, turn) = (&self.check, &self.turn);
        notes.note(|seen| "reading the certificate files".clone_into(&mut seen.waiting));
        match &check.target {
            Target::Http { url, unix } => {
                let question = Question::new(check, url, unix.clone(), self.pin().cloned())?;
                let identity = if question.is_secure() { Some(self.identity().await?) } else { None };
                question.ask(resolver, tls, identity, notes).await
            }
            Target::Tcp(target) => {
                let place = parse(target)?.pinned(self.pin());
                dial::tcp(resolver, &place, check.ip, notes).await?;
                notes.finish();
                Ok(())
            }
            Target::Tls(target) => {
                let place = parse(target)?;
                let name = server_name(&place.host)?;
                let identity = self.identity().await?;
                let stream = dial::tcp(resolver, &place.pinned(self.pin()), check.ip, notes).await?;
                let peer = stream.peer_addr().map_or_else(|_| target.clone(), |peer| peer.to_string());
                let (shown, result) = tls.handshake(identity, name, &[], stream, clock, &peer).await;
                notes.note(|seen| seen.certificate = shown);
                result?;
                notes.finish();
                Ok(())
            }
            Target::Unix(path) => {
                dial::unix(path, notes).await?;
                notes.finish();
                Ok(())
            }
            Target::Exec(argv) => match &check.via {
                Some(via) => ssh::run(masters, holder, via, argv, turn, notes).await,
                None => exec::run(holder, Input::Null, argv, turn, notes).await,
            },
        }
    }

    async fn identity(&self) -> Result<&Identity, Fault> {
        let read = || async {
            let (net, check) = (Arc::clone(&self.net), Arc::clone(&self.check));
            let turn = self.turn.take().await;
            // Reads files, and the first time the host's whole CA store.
            let read = move || {
                let _turn = turn;
                net.tls.identity(&check)
            };
            tokio::task::spawn_blocking(read)
                .await
                .unwrap_or_else(|_| Err(Fault::Broken("reading the certificate files failed".to_owned())))
        };
        self.identity.get_or_try_init(read).await
    }

    /// The addresses of both pins, for a check that must tell who answered by them.
    async fn pins(&self) -> Pins {
        let check = &self.check;
        let by_address = check.identity_old.is_none() && check.identity_new.is_none();
        if self.side != Some(Side::Live) || !by_address {
            return Pins::default();
        }
        let both = async {
            let (old, new) =
                tokio::join!(self.addresses(check.old.as_ref()), self.addresses(check.new.as_ref()));
            Pins { old, new }
        };
        tokio::time::timeout(check.timeout, both).await.unwrap_or_default()
    }

    async fn addresses(&self, pin: Option<&Pin>) -> Vec<SocketAddr> {
        let Some(pin) = pin else { return Vec::new() };
        let port = pin.port.or_else(|| default_port(&self.check.target)).unwrap_or_default();
        self.net.resolver.addresses(&pin.host, port, self.check.ip).await.unwrap_or_default()
    }
}

fn parse(target: &str) -> Result<Place, Fault> {
    Place::parse(target).ok_or_else(|| Fault::Broken(format!("{target} is not a host and a port")))
}

fn default_port(target: &Target) -> Option<u16> {
    match target {
        Target::Http { url, .. } => url::Url::parse(url).ok()?.port_or_known_default(),
        Target::Tcp(target) | Target::Tls(target) => Place::parse(target).map(|place| place.port),
        Target::Unix(_) | Target::Exec(_) => None,
    }
}

#[cfg(test)]
mod tests;
