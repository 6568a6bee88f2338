//! All integration tests, one file a theme, linked once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod architecture;
mod common;
mod harness;
mod health;
mod log_pane;
mod parser;
mod plan;
mod pty;
mod report;
mod shipped;
mod signoff;
mod snapshots;
mod term;
mod tmux;
