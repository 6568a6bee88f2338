//! What lies over the panes: one stack of values, the top one takes the keys.

use std::time::Duration;

use tui_input::Input;

use super::action::Action;
use super::command::Ready;
use super::control::Obstacle;
use super::logs::{Ask, FilterRow};
use super::msg::Unsigned;
use super::{PlanChange, Signed, Tick};
use crate::checklist::ItemId;
use crate::clock::Stamp;
use crate::sample::ProbeId;

/// Dialogs ignore keys for so long after they open, so that a key meant for the pane below cannot answer them.
pub const DEAF: Duration = Duration::from_millis(300);

/// One layer, and when it opened.
#[derive(Clone, Debug)]
pub struct Layer {
    /// When it opened.
    pub opened: Stamp,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of layer.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few layers lie over each other at most")]
pub enum Kind {
    /// One line of text to type.
    Prompt(Prompt),
    /// One of several letters to press; none is the default.
    Choice(Choice),
    /// One of several rows to pick.
    Pick(Pick),
    /// An item, whole.
    Item {
        /// Which, by its first id.
        item: ItemId,
        /// First line shown.
        scroll: usize,
    },
    /// A command that would run.
    Command {
        /// Which.
        ready: Box<Ready>,
        /// First line shown.
        scroll: usize,
        /// Its last line has been shown.
        seen: bool,
    },
    /// What a command says.
    Output {
        /// Which.
        job: String,
        /// First line shown.
        scroll: usize,
        /// The lines as they were when they were scrolled; none while the newest are followed.
        held: Option<Vec<String>>,
    },
    /// A probe, whole; of a health check all sides.
    Probe {
        /// Which.
        probe: ProbeId,
        /// First line shown.
        scroll: usize,
    },
    /// What going back would cost.
    Cost {
        /// First line shown.
        scroll: usize,
    },
    /// The exceptions of a watched run, whole.
    Exceptions {
        /// First line shown.
        scroll: usize,
    },
    /// Keys of the focused pane.
    Help {
        /// First line shown.
        scroll: usize,
    },
    /// What changed in the plan's file.
    Diff {
        /// The change.
        change: PlanChange,
        /// First line shown.
        scroll: usize,
    },
}

impl Kind {
    /// The view showed it as far as `limit`, the last line that it may begin at.
    pub(super) fn stop_at(&mut self, limit: usize) {
        match self {
            Kind::Item { scroll: at, .. }
            | Kind::Probe { scroll: at, .. }
            | Kind::Help { scroll: at }
            | Kind::Cost { scroll: at }
            | Kind::Exceptions { scroll: at }
            | Kind::Diff { scroll: at, .. } => *at = (*at).min(limit),
            Kind::Command { scroll: at, seen, .. } => {
                *at = (*at).min(limit);
                *seen |= *at == limit;
            }
            Kind::Output { scroll: at, held, .. } => {
                // Scrolled past the end: the newest lines are followed again.
                if held.is_some() && *at > limit {
                    *held = None;
                }
                *at = if held.is_none() { limit } else { (*at).min(limit) };
            }
            Kind::Prompt(_) | Kind::Choice(_) | Kind::Pick(_) => {}
        }
    }
}

/// What the keys mean now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Actions.
    Normal,
    /// Text, ended by enter.
    Prompt,
    /// Letters of a choice.
    Choice,
    /// Text that narrows rows, and arrows among them.
    Pick,
}

/// A line of text to type.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What the text is for.
    pub purpose: Purpose,
    /// Heading of the prompt.
    pub title: String,
    /// What it is about, a line each, above the line to type.
    pub lines: Vec<String>,
    /// What to type, in one sentence.
    pub hint: String,
    /// The text so far.
    pub input: Input,
    /// What enter alone means, shown while nothing is typed.
    pub suggestion: Option<String>,
    /// Show dots instead of the text.
    pub hidden: bool,
    /// Why the last try was not taken.
    pub complaint: Option<String>,
}

/// What a prompt's text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The name of the operator.
    Operator,
    /// The name of the person at a terminal not seen before.
    NewHand,
    /// The reason of an act on these items.
    Reason(Action, Vec<ItemId>),
    /// Why the rollback begins.
    Rollback,
    /// Why it is stood down.
    StandDown,
    /// Why a tick goes past what stands in its way.
    Override(Tick, Vec<Obstacle>),
    /// The name of the next person who approves.
    Approver(Tick),
    /// What the next approver reads on their own screen.
    ReadBack(Tick),
    /// Who decides at a point of no return; go, or no-go.
    Decider(bool, Tick),
    /// Why they decide so.
    Decision(Tick),
    /// The doer of these items, if not the operator.
    Doer(Vec<ItemId>),
    /// A note on the item, or on the run.
    Comment(Option<ItemId>),
    /// An issue on the item, or on the run.
    Issue(Option<ItemId>),
    /// How the issue ended.
    Resolution(u32),
    /// The value of a blank.
    Field(ItemId, u32),
    /// Why that way of that fork is taken, and what is ticked with it.
    Take(String, usize, Tick),
    /// Why a decision is taken back.
    ReopenDecision(String),
    /// The text of a new step behind the item, in the phase of the index.
    Step(Option<ItemId>, String),
    /// The path of a file to attach.
    Attachment(Option<ItemId>),
    /// The time at which the item was really done.
    Time(ItemId),
    /// How long a timer runs, and what for.
    Timer(Option<ItemId>),
    /// The name and role of who signs.
    Signature(Tick),
    /// The name and role of who signs the run, whichever item is at hand.
    SignOff,
    /// What they state.
    Statement(Signed),
    /// The name of the copy to stop.
    Stop(ProbeId),
    /// Why a command is run before its item's time.
    RunPast(Box<Ready>),
    /// The word before a command that destroys; why it is run before its item's time, if it is.
    Destroy(Box<Ready>, Option<String>),
    /// Text to find.
    Find,
    /// The time of the day to show of a watched run.
    GoTo,
    /// Something of the log pane's.
    Log(Ask),
}

/// Letters to press.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The question.
    pub title: String,
    /// What it is about, a line each.
    pub lines: Vec<String>,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// One answer of a choice.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The key.
    pub key: char,
    /// What it does.
    pub label: String,
    /// What follows.
    pub then: Then,
}

/// What follows an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Back,
    /// Leave the cockpit.
    Leave,
    /// Take that way of that fork, and tick these.
    Take(String, usize, Tick),
    /// Tick these.
    Tick(Tick),
    /// Ask for the next approver's name.
    Approve(Tick),
    /// Ask who decides at a point of no return, then why.
    Decide {
        /// To go on, or not to.
        go: bool,
        /// The tick that it is about.
        tick: Tick,
    },
    /// Write the text although it looks like a secret.
    WriteAnyway(Purpose, String),
    /// Start this copy.
    StartCopy(ProbeId),
    /// Stop this command.
    StopJob(String),
    /// Try again to sign this sign-off with its key.
    Sign(Box<Unsigned>),
    /// Take over the waiting change of the plan's file; reworded items keep their ticks or not.
    Amend {
        /// They keep them.
        keep: bool,
    },
}

/// Rows to pick from.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What is picked.
    pub purpose: PickPurpose,
    /// Heading.
    pub title: String,
    /// Narrows the rows.
    pub input: Input,
    /// All rows.
    pub all: Vec<PickRow>,
    /// The rows that match, best first.
    pub rows: Vec<PickRow>,
    /// Index into `rows`.
    pub cursor: usize,
}

/// What a pick is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickPurpose {
    /// A command by name.
    Palette,
    /// An open issue to resolve.
    Issue,
    /// A blank of the item to fill.
    Field(ItemId),
    /// A command of the item to run.
    Command(ItemId),
    /// A command of the item to copy.
    CopyCommand(ItemId),
    /// The logs that are shown.
    Logs,
    /// What hides log lines.
    LogFilters,
    /// Kinds of notice that are silent.
    Mute,
    /// A theme, worn while it is looked at.
    Theme,
}

/// One row to pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickRow {
    /// What it is.
    pub text: String,
    /// At the right: its key, its value.
    pub aside: String,
    /// What it stands for.
    pub value: PickValue,
}

/// What a picked row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickValue {
    /// A command.
    Action(Action),
    /// An issue's number, a blank's, or a log's from 1 on.
    Number(u32),
    /// A row of the list of filters.
    Filter(FilterRow),
}
