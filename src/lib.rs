//! `cutover`: the terminal cockpit a team opens on migration day.
//!
//! One crate, a library behind a thin binary. This page is the map of its rooms and of the doors between them.
//!
//! # Rooms and doors
//!
//! What a room is, and behind the arrow the rooms it may use; `tests/architecture.rs` reads this table and fails on
//! any other door. A door to a part of a room is named with its path. Tests may use any room.
//!
//! ```text
//! main       arguments in, exit code out                        -> cli hold
//! cli        the command line: one function a command           -> app config demo plan report signoff theme text clock
//! demo       a migration on loopback, played along the log      -> app plan signoff report term clock text
//! app        wiring: settings, probes, log, terminal, the loop  -> all
//! view       draws the state, one file a pane                   -> state record plan checklist sample expr theme config::CopySource config::NoticeKind signoff::At signoff::event text clock
//! input      terminal event, mode and key table to a message   -> state::action state::layer state::msg state::pane config
//! state      what is known now, and the one update of it        -> record readings plan config checklist sample expr signoff text clock command
//! record     what the log says; apply, check                    -> checklist signoff sample text config::outline
//! report     the record as a document                           -> record readings checklist sample text signoff clock
//! signoff    the log: events, lines, append, replay, verify     -> checklist sample sha256 clock
//! probe      live checks, each with its own time                -> hold sample expr config sha256 clock text
//! plan       binds checklist and sidecar: check, init, new, probed    -> checklist config expr text signoff sample command
//! hold       holds a child: it ends with the cockpit, or not    ->
//! config     resolved settings, the sidecar's file form         -> checklist expr sample text command
//! term       raw mode, frames, the writer and input threads     ->
//! tmux       in a shared session: who typed, the paste buffer    -> signoff
//! theme      colours on disk to semantic roles                  -> text
//! user       the person's own settings, whatever the plan       -> theme
//! checklist  Markdown to phases, items, fields, findings        -> sha256 text clock command
//! command    a plan's commands: pieces, placeholders, dangers   -> text
//! readings   what the probes showed, recorded beside the log    -> sample signoff sha256 clock
//! sample     the vocabulary of readings                         -> expr text clock
//! expr       expectations and gates: parse, type, evaluate      -> text clock
//! sha256     bytes to their hash                                 ->
//! text       outside text made safe, widths, durations          ->
//! clock      wall and monotonic time, the system's and manual   ->
//! ```
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
//!  sign-off log ── replay ─ apply ─▶ Record ─▶ report ─▶ HTML, Markdown, JSON, CSV
//! ```
//!
//! 1. The log is the truth: a key never changes the checklist, it drafts a line; the item shows done when the line
//!    is on disk. Start, resume, report and the live cockpit use one interpreter, [`record::apply`].
//! 2. `update` is pure: effects are data, one message type, only the loop changes state.
//! 3. Probes own their time: each stamps its own measurements and sends plain data.
//!    Programs they start run below [`hold`], the same binary under another name, and never outlive the cockpit; a copy
//!    that is started by key does ([`hold::outlive`]), and is found again in `NAME.jobs` beside the log.
//!    A log has a thread of its own, so that a dead mount holds up nothing else; it tells levels and line shapes, and
//!    sends only lines that its pane can keep.
//! 4. The terminal can stall; nothing else may.
//! 5. Wall clock and monotonic clock come only from [`clock`].
//! 6. [`view`] is pure too: state, styles and a moment in, a frame out; what it learns while drawing it returns.
//!
//! # The log's rooms
//!
//! - [`signoff`]: what stands in the log (`event`, `line`), where (`naming`), how it gets there and stays there (`disk`,
//!   `log`, the `writer` thread), and whether it is still what was written (`verify`).
//! - [`record`]: what the log says (`apply`; `control` for gates, approvals, decisions, rollback, outages), what may happen
//!   next (`check`), how it adds up (`totals`, `phases`).
//! - [`report`]: the record for an auditor, from the log alone, one file a format.
//!
//! # How a tick goes
//!
//! A key makes a [`state::Tick`]; [`state::control`] asks every source what stands in its way (gates, locks, roles, order) and
//! one dialog shows all of it; with a reason typed, or nothing in the way, the tick, what it went past and what follows
//! from it are drafted as one append. The same sources tell the log what the machine noticed and the row what to show.
//! What a plan holds its items to is bound when it is read: [`plan::rules`].
//!
//! # How a command runs
//!
//! [`command`] splits a block, fills it in and quotes it, as text alone; [`state::command`] shows it, records it and says
//! when; `app::jobs` starts it below [`hold::outlive`], follows it, and hands its end back to be recorded.
//!
//! # Gates, hints, evidence
//!
//! A need is an [`expr::Expr`] over readings in [`state::live`]; what never leaves a probe (bodies, headers, outputs) the
//! probe judges itself, told by `HealthCheck::watch`. [`state::gates`] evaluates each need once and counts holding times;
//! [`plan::hints`] finds words that name a probe; evidence takes what both name, its texts made twice of one pure state.
//!
//! # The first sidecar
//!
//! [`plan::init`] reads a parsed plan once more, as lines of words and calls of programs; each of its files looks for one
//! kind of thing and adds to one draft, which is checked by [`config::load`] as it is and with everything switched on.
//!
//! # Time
//!
//! Words about time are read by `checklist::words::time` and bound to items as locks by [`plan::rules`];
//! [`record::times`] tells how long things took, [`state::schedule`] what is locked, due, late and forecast.
//!
//! # Attention
//!
//! What is wrong or awaited calls the operator by [`state::attention`], one notice a kind, seldom and never while warming
//! up; [`state::outage`] tells how long users were not served, by what [`state::live`] sees of the public checks.
//!
//! # Watching
//!
//! What probes measure is recorded by [`readings`], asked for by [`state`] and sealed into the log. [`mod@app::watch`] plays both,
//! log and readings, into the same [`state::update()`]: whatever moment one looks at, the panes are what they were then.
//! Its clock is the moment; nothing of what the state asks for is carried out.
//!
//! # Where log lines go
//!
//! A tailer sends [`sample::LogBatch`]es over a channel of their own; [`state::live::log`] keeps them in a bounded ring of
//! shared blocks and counts rates and shapes; [`state::logs`] is how they are looked at (filters and search run over them
//! in slices, newest first); the view builds the visible rows alone.

pub mod app;
pub mod checklist;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod expr;
pub mod hold;
pub mod input;
pub mod plan;
pub mod probe;
pub mod readings;
pub mod record;
pub mod report;
pub mod sample;
pub mod sha256;
pub mod signoff;
pub mod state;
pub mod term;
pub mod text;
pub mod theme;
pub mod tmux;
pub mod user;
pub mod view;
