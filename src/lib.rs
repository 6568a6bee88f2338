//! `cutover`: the terminal cockpit a team opens on migration day.
//!
//! One crate, a library behind a thin binary. This page is the map of its rooms; `tests/architecture.rs` reads the
//! table of doors below and fails on any other.
//!
//! # How data flows
//!
//! ```text
//!  plan.md ── checklist ─┐
//!  plan.toml ─ config ───┴─ plan                                    ┌─ view ─ frame ─ writer thread ─ tty
//!                             ▼                                     │
//!  probes ── Sample ──▶ Msg ──▶ update(&mut State, Msg, Now) ───────┤      State = Record + Live + UI
//!  keys ──── Event ──▶ input ─▶   pure: no IO, no clock             └─ Vec<Effect>
//!                                      ▲                                  │ Append(Draft)…
//!                                      │ apply(&mut Record, &Line)        ▼
//!                                      └──────── Msg::Appended ◀── sign-off thread (fdatasync)
//!  sign-off log ── replay ─ apply ─▶ Record (start, resume)
//!  sign-off log ── replay ─ apply ─▶ Record ─▶ report ─▶ Markdown
//! ```
//!
//! 1. The log is the truth: a key never changes the checklist, it drafts a line; the item shows done when the line
//!    is on disk. Start, resume, report and the live cockpit use one interpreter, [`record::apply`].
//! 2. `update` is pure: effects are data, one message type, only the loop changes state.
//! 3. Probes own their time: each stamps its own measurements and sends plain data.
//!    Programs they start run below [`hold`], the same binary under another name, and never outlive the cockpit.
//! 4. The terminal can stall; nothing else may.
//! 5. Wall clock and monotonic clock come only from [`clock`].

pub mod checklist;
pub mod clock;
pub mod config;
pub mod expr;
pub mod hold;
pub mod probe;
pub mod record;
pub mod sample;
pub mod signoff;
pub mod text;
pub mod theme;
