//! Why an attempt ended without an answer, in words.

use std::io;

use crate::sample::{Miss, Outcome, Stage};
use crate::text;

/// What kept an attempt from its answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// Nothing that could be judged came back.
    NoAnswer {
        /// Where it failed.
        stage: Stage,
        /// For the cell: `refused`, `time-out`.
        word: &'static str,
        /// One plain clause.
        why: String,
        /// The transport failed, so that an immediate retry may help.
        again: bool,
    },
    /// The probe cannot run here.
    Broken(String),
    /// It answered with something that no expectation needs to judge: a redirect off the pin.
    Unacceptable(Miss),
}

impl Fault {
    /// A failure of the transport, worth an immediate retry.
    pub(super) fn transport(stage: Stage, word: &'static str, why: impl Into<String>) -> Fault {
        Fault::NoAnswer { stage, word, why: why.into(), again: true }
    }

    /// A refusal that a retry would only hear again.
    pub(super) fn refusal(stage: Stage, word: &'static str, why: impl Into<String>) -> Fault {
        Fault::NoAnswer { stage, word, why: why.into(), again: false }
    }

    /// Whether an immediate retry may help.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Fault::NoAnswer { again: true, .. })
    }

    /// A connection to `to` that did not come about.
    pub(super) fn connect(error: &io::Error, to: &str) -> Fault {
        use io::ErrorKind as Kind;
        let (word, why) = match error.kind() {
            Kind::ConnectionRefused => ("refused", format!("connection refused by {to}")),
            Kind::ConnectionReset | Kind::ConnectionAborted => ("reset", format!("connection reset by {to}")),
            Kind::TimedOut => ("time-out", format!("{to} does not answer to connections")),
            Kind::HostUnreachable => ("unreachable", format!("no way to the host {to}")),
            Kind::NetworkUnreachable | Kind::NetworkDown => {
                ("unreachable", format!("no way to the network of {to}"))
            }
            Kind::NotFound => ("absent", format!("nothing at {to}")),
            _ if is_local(error) => {
                return Fault::Broken(format!("cannot open a connection: {}", plain(error)));
            }
            _ => ("failed", format!("cannot connect to {to}: {}", plain(error))),
        };
        Fault::transport(Stage::Connect, word, why)
    }

    /// A conversation with `peer` that broke off.
    pub(super) fn broken_off(error: &io::Error, stage: Stage, peer: &str) -> Fault {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => {
                Fault::transport(stage, "reset", format!("connection reset by {peer}"))
            }
            Kind::UnexpectedEof => {
                Fault::transport(stage, "closed", format!("{peer} closed the connection without an answer"))
            }
            _ => Fault::transport(stage, "failed", format!("{peer} broke off: {}", plain(error))),
        }
    }

    /// One plain clause.
    pub(super) fn why(self) -> String {
        match self {
            Fault::NoAnswer { why, .. } | Fault::Broken(why) => why,
            Fault::Unacceptable(miss) => format!("{}, saw {}", miss.expected, miss.saw),
        }
    }

    /// What is sent of it, with the short word for the cell.
    pub(super) fn outcome(self) -> (String, Outcome) {
        match self {
            Fault::NoAnswer { stage, word, why, .. } => (word.to_owned(), Outcome::NoAnswer { stage, why }),
            Fault::Broken(why) => ("broken".to_owned(), Outcome::Broken(why)),
            Fault::Unacceptable(miss) => (miss.saw.chars().take(3).collect(), Outcome::Fail(miss)),
        }
    }
}

/// The failure lies in this process or host, not with the peer: descriptors, rights, ports used up.
pub(super) fn is_local(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::AddrNotAvailable)
        || error.raw_os_error().is_some_and(|code| {
            code == rustix::io::Errno::MFILE.raw_os_error() || code == rustix::io::Errno::NFILE.raw_os_error()
        })
}

/// The system's words without "(os error 13)" and without a capital.
pub(super) fn plain(error: &io::Error) -> String {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    text::clean(&format!("{first}{}", letters.as_str())).into_owned()
}
