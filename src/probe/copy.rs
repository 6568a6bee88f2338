//! Copies: what tools say of them, in one form.
//!
//! ```text
//!  bytes ─ records ─ a tool's file ─▶ Progress
//!          adapter: one file a tool, pure; no time, no IO
//! ```

pub mod adapter;
mod units;
