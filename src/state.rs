//! The cockpit's state: what the log says, what the probes show, what the screen looks at.
//!
//! `State = Record + Live + Ui`. The record changes only by [`apply`](crate::record::apply()), the live part only by samples and
//! time, the rest by keys. [`update()`] is pure: no IO, no clock, effects are data.

pub mod action;
pub mod layer;
pub mod live;
pub mod logs;
pub mod msg;
pub mod outline;
pub mod pane;
pub mod story;
pub mod themes;

pub mod attention;
pub mod command;
pub mod control;
pub mod gates;
pub mod guide;
pub mod outage;
pub mod schedule;

mod acts;
mod amend;
mod ask;
mod copy;
pub mod decide;
mod evidence;
pub mod hints;
mod keys;
mod milestone;
pub mod people;
mod prompt;
mod recording;
pub mod refused;
pub mod replay;
mod rollback;
mod session;
mod signing;
mod temporary;
mod update;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::checklist::ItemId;
use crate::checklist::diff::{DiffLine, Matched};
use crate::clock::Stamp;
use crate::plan::Plan;
use crate::record::Record;
use crate::signoff::event::{Event, PlanText, RunMode};
use crate::signoff::{ActId, At, Client, Draft, Via};

pub use acts::tick::{Signed, Tick};
pub use layer::Layer;
pub use live::Live;
pub use msg::{Access, Effect, Msg};
pub use outline::{Cursor, Outline, Row};
pub use pane::{Pane, Sides};
pub use update::update;

/// How long a notice stays.
pub const NOTICE: Duration = Duration::from_secs(6);
/// Lines kept for the event line.
const RECENT: usize = 50;

/// Everything the cockpit knows.
#[derive(Clone, Debug)]
pub struct State {
    /// What the log says.
    pub record: Record,
    /// The record's items grouped for the screen; follows the record.
    pub outline: Outline,
    /// The plan as it is on disk now.
    pub plan: Arc<Plan>,
    /// Where an item of the record stands in the plan's checklist, by its first id.
    pub planned: HashMap<ItemId, usize>,
    /// Where the plan's ways part.
    pub forks: Vec<decide::Fork>,
    /// What the probes show.
    pub live: Live,
    /// What the probes say of the plan's gates.
    pub gates: gates::Gates,
    /// What commands say that were started.
    pub jobs: command::Jobs,
    /// What the screen looks at.
    pub ui: Ui,
    /// Who acts, and what is on its way to the disk.
    pub desk: Desk,
    /// What is known of time beside the record.
    pub schedule: schedule::Schedule,
}

/// What the screen looks at.
#[derive(Clone, Debug)]
pub struct Ui {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Rows of the checklist that the last frame had room for.
    pub page: usize,
    /// First row of the checklist that the last frame showed, so that the next one moves no more than it must.
    pub top: usize,
    /// The pane that takes the keys.
    pub focus: Pane,
    /// The focused pane has the whole screen.
    pub zoom: bool,
    /// The live panes stand still since then.
    pub frozen: Option<(Stamp, Box<Live>)>,
    /// Where the checklist's cursor is.
    pub cursor: Cursor,
    /// The live pane that was focused last.
    pub beside: Pane,
    /// Rows of the panes' cursors, by their number; the checklist has its own.
    pub rows: [usize; Pane::ALL.len()],
    /// How the logs are looked at.
    pub logs: logs::LogLook,
    /// Phases folded by hand, or unfolded although complete: index in the outline to folded or not.
    pub folds: BTreeMap<usize, bool>,
    /// Items selected for one act.
    pub selected: BTreeSet<ItemId>,
    /// Moving the cursor selects.
    pub selecting: bool,
    /// Text to find, lower case.
    pub find: Option<String>,
    /// What lies over the panes; the last takes the keys.
    pub layers: Vec<Layer>,
    /// The run is watched, not operated.
    pub replay: Option<replay::Replay>,
    /// Hints for who is new here are shown.
    pub guided: bool,
    /// Shown for a while on the key line.
    pub notice: Option<(Stamp, String)>,
    /// Shown until it is mended, most urgent first.
    pub banners: Vec<Banner>,
    /// The themes to choose from.
    pub themes: themes::Themes,
    /// What the last plan change was, to be looked at again.
    pub last_diff: Option<PlanChange>,
    /// Newest lines of the log, newest first.
    pub recent: VecDeque<(At, String)>,
}

/// A change of the plan, to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanChange {
    /// In one clause.
    pub what: String,
    /// What became of each item that it touched, what was done on them first.
    pub items: Vec<String>,
    /// Its lines.
    pub lines: Vec<DiffLine>,
}

/// A line across the screen about something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// What it is about; one banner each.
    pub about: About,
    /// One sentence: what is wrong and what to do.
    pub text: String,
}

/// What a banner is about, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// An act could not be recorded.
    Log,
    /// The disk does not answer.
    Disk,
    /// Readings are not recorded.
    Readings,
    /// The plan or the sidecar cannot be read.
    Files,
    /// A change of the plan waits for a decision.
    Amendment,
    /// What was done is open again, since the plan was changed.
    Reopened,
}

/// Who acts, and what is on its way to the disk.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Whether this cockpit may write.
    pub access: Access,
    /// Who operates; acts ask first while it is unknown.
    pub operator: Option<String>,
    /// Suggested when the name is asked.
    pub login: String,
    /// The terminal, without its tmux client.
    pub via: Via,
    /// In tmux, the client that typed last.
    pub hand: Option<Client>,
    /// The known name of that client, who acts from the next act on.
    pub hand_to: Option<String>,
    /// Names given by the terminals they typed on.
    pub hands: BTreeMap<(String, u32), String>,
    /// Two typed at once before any terminal had a name: the operator may be either.
    pub hands_in_doubt: bool,
    /// What called the operator, and what waits to.
    pub calls: attention::Calls,
    /// Which start on this log.
    pub session: u64,
    /// What a session of this cockpit begins with on a log that has begun.
    pub resumed: Event,
    /// First lines of the session that could not be written yet.
    pub opening: Vec<Draft>,
    /// When they were last tried.
    pub tried: Option<Stamp>,
    /// A change of plan or sidecar that could not be written: tried again.
    pub unrecorded: Option<Arc<Plan>>,
    /// What the salts of evidence are made of: random, and never written down.
    pub entropy: [u8; 32],
    /// The next act's number.
    pub next: u64,
    /// Acts of people that are not on disk yet.
    pub pending: Vec<Pending>,
    /// What is carried out when its line is on disk.
    pub after: Vec<(ActId, Effect)>,
    /// The log file's name, for the screen.
    pub log: String,
    /// The command that leaves everything as it is and verifies the log.
    pub verify: String,
    /// What is on the screen is not what is the case: acts are refused.
    pub stuck: bool,
    /// A change of the plan that waits for a decision.
    pub waiting: Option<Box<Waiting>>,
    /// The changed plan whose line is on its way.
    pub amending: Option<Arc<Plan>>,
    /// The time of the last message, to notice jumps of the clock.
    pub last: Option<Stamp>,
    /// When all probes' states were last written.
    pub snapshot: Option<Stamp>,
    /// What the machine's lines that are on their way are about.
    pub telling: BTreeMap<ActId, control::Topic>,
    /// What the log refused.
    pub refused: refused::Refused,
    /// What the recorder of readings said and the log has not yet.
    pub(super) recorded: VecDeque<Event>,
    /// The prompt whose text is becoming an act.
    pub(super) answering: Option<(layer::Purpose, String)>,
}

/// An act on its way to the disk.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its lines.
    pub acts: Vec<ActId>,
    /// How many there were at first.
    pub of: usize,
    /// The items they are about.
    pub items: Vec<ItemId>,
    /// How many issues it opens.
    pub issues: usize,
    /// How many timers it sets.
    pub timers: usize,
    /// What may be done next depends on it: nothing else is acted until it is on disk.
    pub turns: bool,
    /// What it is, in one clause: `tick "Saved DNS changes"`.
    pub what: String,
    /// Since when.
    pub since: Stamp,
    /// After it the cursor goes on to the next open item.
    pub advance: bool,
    /// What was typed for it, and where.
    pub asked: Option<(layer::Purpose, String)>,
}

/// A change of the plan that waits for a decision.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The plan as it is now.
    pub plan: Arc<Plan>,
    /// The change in one clause.
    pub what: String,
    /// Which items are which: ticks of moved ones are kept in any case, of reworded ones if the operator says so.
    pub matched: Matched,
}

/// What a cockpit starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The plan's text for the log, secrets masked.
    pub text: PlanText,
    /// What the log says so far; empty for a new run.
    pub record: Record,
    /// Name of a new run.
    pub name: String,
    /// Live or rehearsal, for a new run.
    pub mode: RunMode,
    /// Whether this cockpit may write.
    pub access: Access,
    /// Who operates, if that was said.
    pub operator: Option<String>,
    /// Suggested when the name is asked.
    pub login: String,
    /// The terminal.
    pub via: Via,
    /// The log file's name.
    pub log: String,
    /// Program and version.
    pub tool: String,
    /// The machine's boot.
    pub boot_id: String,
    /// This process.
    pub pid: u32,
    /// Which start on this log this is, from 1; 0 for a watcher.
    pub session: u64,
    /// Random bytes of this session, for the salts of evidence.
    pub entropy: [u8; 32],
    /// A torn tail that was set aside, to be recorded.
    pub recovered: Option<Event>,
    /// The kind of network file system that the log is on, if it is.
    pub network: Option<&'static str>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

impl Ui {
    /// A screen of this size that looks at the checklist.
    pub(in crate::state) fn new(size: (u16, u16)) -> Ui {
        Ui {
            size,
            page: usize::from(size.1.saturating_sub(6)),
            top: 0,
            focus: Pane::Checklist,
            zoom: false,
            frozen: None,
            cursor: Cursor::Phase(0),
            beside: Pane::default(),
            rows: [0; Pane::ALL.len()],
            logs: logs::LogLook::default(),
            folds: BTreeMap::new(),
            selected: BTreeSet::new(),
            selecting: false,
            find: None,
            layers: Vec::new(),
            replay: None,
            guided: false,
            notice: None,
            banners: Vec::new(),
            themes: themes::Themes::default(),
            last_diff: None,
            recent: VecDeque::new(),
        }
    }
}
