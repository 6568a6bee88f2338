//! Probes: they measure, judge their expectations, and send plain [`Sample`](crate::sample::Sample)s.
//!
//! One task a probe, on a schedule of its own, never overlapping itself, with a time-out on the whole; nothing one
//! probe does can hold up another, and a panic in one is a broken pane. Hysteresis is not theirs: each says what it
//! saw, once.
//!
//! ```text
//!  supervisor ─ schedule ─ health ──┬─ http ─┬─ tls ─ certificate
//!     apply       tick      time-out│        └─ dial ─ resolve (8 threads for getaddrinfo)
//!                           retries ├─ exec ─ crate::hold (a process that ends all below it)
//!                                   ├─ ssh ── exec
//!                                   └─ seen ─ judge ─▶ Sample (cleaned, redacted)
//!  order ─ reconcile ─ exec, ssh, fetch ─ lines ─ counters ─ verdict ─▶ Sample
//!              attend ───── copy ───── files, programs, ports, servers, processes, trees: see there
//!                         ─ host ── this machine, or another over ssh, by the same texts of /proc
//!              attend ───── dns ────── a row a server, over UDP, TCP, tls and http
//!  glance ─ a log, looked at once (readings are taken once by `probe_once`)
//! ```

mod basic;
mod certificate;
pub mod copy;
mod dial;
mod dns;
mod exec;
mod fault;
mod fetch;
mod glance;
mod health;
mod host;
mod http;
mod judge;
mod log;
mod net;
mod reconcile;
mod resolve;
mod schedule;
mod seen;
mod ssh;
mod supervisor;
mod tls;

pub use glance::{Glance, glance};
pub use log::ingest as ingest_log;
pub use supervisor::{Channels, Supervisor, ids, probe_once, probe_once_with};
