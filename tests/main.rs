//! All integration tests, one file a theme, linked once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by panicking")]

mod about;
mod architecture;
mod check_probe;
mod commands;
mod common;
mod copies;
mod copy_tools;
mod day;
mod demo;
mod dns;
mod exits;
mod gates;
mod harness;
mod health;
mod host;
mod init;
mod laws;
mod log_pane;
mod logs_follow;
mod outage;
mod parser;
mod plan;
mod played;
mod pty;
mod reconcile;
mod report;
mod scenario;
mod schema;
mod screens;
mod shipped;
mod sign;
mod signoff;
mod snapshots;
mod term;
mod themes;
mod tmux;
