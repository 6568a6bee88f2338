//! Every key of the cockpit, declared once: name, default keys, help, and where it works.

use super::guide;
use super::pane::Pane;

/// What a key, or a line of the palette, asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table below says what each does, in the words the help shows")]
pub enum Action {
    Tick,
    Start,
    Fail,
    Skip,
    NotApplicable,
    Defer,
    Reopen,
    Comment,
    OpenIssue,
    ResolveIssue,
    Fill,
    AddStep,
    Attach,
    StateTime,
    DoneBy,
    Decide,
    RunCommand,
    StopCommand,
    ShowOutput,
    SetTimer,
    SignOff,
    Copy,
    CopyStatus,
    Select,
    Open,
    Fold,
    FoldAll,
    NextOpen,
    Find,
    FindNext,
    FindPrevious,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    FocusNext,
    FocusPrevious,
    Focus(u8),
    ScrollUp,
    ScrollDown,
    LogSearch,
    LogNext,
    LogPrevious,
    LogIn,
    LogOut,
    LogFilters,
    LogLevel,
    LogNextError,
    LogPreviousError,
    LogPause,
    LogWrap,
    LogClear,
    LogChoose,
    LogMark,
    LogSelect,
    LogCopy,
    Excerpt,
    AllowNoise,
    Zoom,
    Freeze,
    Review,
    RollbackCost,
    ChangeOperator,
    TakeOver,
    Rollback,
    OfferHead,
    Mute,
    Theme,
    Play,
    PlayFaster,
    ActBefore,
    ActAfter,
    ExceptionBefore,
    ExceptionAfter,
    Exceptions,
    MinuteBack,
    MinuteOn,
    GoTo,
    Newest,
    RunReconcile,
    StartCopy,
    StopJob,
    Palette,
    Help,
    Hints,
    Repaint,
    Back,
    Quit,
}

/// Where an action's key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere outside a prompt.
    Anywhere,
    /// While the checklist has the focus.
    Checklist,
    /// In any pane that has rows.
    Pane,
    /// Everywhere, while a run is watched and not operated.
    Watching,
    /// While that pane has the focus; there its keys go before those that work everywhere.
    Only(Pane),
}

impl Place {
    /// The one pane that must have the focus.
    #[must_use]
    pub fn pane(self) -> Option<Pane> {
        match self {
            Place::Checklist => Some(Pane::Checklist),
            Place::Only(pane) => Some(pane),
            Place::Anywhere | Place::Pane | Place::Watching => None,
        }
    }
}

/// An action's declaration.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What it is.
    pub action: Action,
    /// Its name in the palette and in a key table.
    pub name: &'static str,
    /// Default keys, as typed: `space`, `F`, `ctrl-c`.
    pub keys: &'static [&'static str],
    /// One clause for the help.
    pub help: &'static str,
    /// Where its key works.
    pub place: Place,
    /// It changes the record: refused while the screen is stuck, needs an operator, never auto-repeats.
    pub act: bool,
}

impl Spec {
    /// What it does while that pane has the focus, in one clause.
    #[must_use]
    pub fn help_in(&self, focus: Pane) -> &'static str {
        if self.action == Action::Open { focus.opens() } else { self.help }
    }
}

const fn act(action: Action, name: &'static str, keys: &'static [&'static str], help: &'static str) -> Spec {
    Spec { action, name, keys, help, place: Place::Checklist, act: true }
}

const fn in_copy(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
) -> Spec {
    Spec { action, name, keys, help, place: Place::Only(Pane::Copy), act: true }
}

const fn look(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
    place: Place,
) -> Spec {
    Spec { action, name, keys, help, place, act: false }
}

const fn log(action: Action, name: &'static str, keys: &'static [&'static str], help: &'static str) -> Spec {
    look(action, name, keys, help, Place::Only(Pane::Logs))
}

const fn watch(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    help: &'static str,
) -> Spec {
    look(action, name, keys, help, Place::Watching)
}

/// All actions, in the order of the help.
pub const ACTIONS: &[Spec] = &[
    act(Action::Tick, "tick", &["space"], "tick the item, or the selected ones"),
    act(Action::Start, "start", &["s"], "start the item's clock"),
    act(Action::Fail, "fail", &["F"], "mark as failed, with a reason; opens an issue"),
    act(Action::Skip, "skip", &["-"], "skip, with a reason"),
    act(Action::NotApplicable, "not applicable", &["0"], "does not apply here (never an exception)"),
    act(Action::Defer, "defer", &["d"], "put off to a later day: who and why"),
    act(Action::Reopen, "reopen", &["u"], "make open again; within 30 s of your own tick without a reason"),
    act(Action::Comment, "comment", &["c"], "note on the item"),
    act(Action::OpenIssue, "issue", &["i"], "open an issue on the item"),
    act(Action::ResolveIssue, "resolve issue", &["I"], "resolve an open issue"),
    act(Action::Fill, "fill", &["e"], "fill the item's blanks; over a command's output: with its last line"),
    act(Action::AddStep, "add step", &["a"], "add an unplanned step behind the item"),
    act(Action::Attach, "attach", &["A"], "attach a file as evidence"),
    act(Action::StateTime, "state time", &["T"], "state when it was really done"),
    act(Action::DoneBy, "done by", &["B"], "tick, naming another doer (a vendor)"),
    act(Action::SetTimer, "timer", &["t"], "set a timer: how long, and what for"),
    act(
        Action::SignOff,
        "sign off",
        &["S"],
        "sign off the run: who, as what, on what; with the sidecar's key",
    ),
    act(Action::Decide, "decide", &["D"], "choose one of the plan's ways, or reopen the decision"),
    look(Action::Copy, "copy command", &["y"], "copy the item's command to the clipboard", Place::Checklist),
    act(Action::RunCommand, "run", &["!"], "run the item's command; shows first exactly what runs"),
    act(Action::StopCommand, "stop command", &["X"], "stop the item's command and all that it started"),
    look(
        Action::ShowOutput,
        "output",
        &["ctrl-o"],
        "show or hide what the item's command says",
        Place::Anywhere,
    ),
    look(Action::CopyStatus, "copy status", &["Y"], "copy a status line for the chat", Place::Anywhere),
    look(Action::Select, "select", &["v"], "select several items for one act", Place::Checklist),
    look(Action::Open, "open", &["enter"], "what is under the cursor, whole", Place::Pane),
    look(Action::Fold, "fold", &["o", "left", "right"], "fold or unfold the phase", Place::Checklist),
    look(Action::FoldAll, "fold all", &["O"], "fold or unfold all phases", Place::Checklist),
    look(Action::NextOpen, "next open item", &["."], "go to the next open item", Place::Checklist),
    look(Action::Find, "find", &["/"], "find text in the checklist", Place::Anywhere),
    look(Action::FindNext, "find next", &["n"], "next match", Place::Checklist),
    look(Action::FindPrevious, "find previous", &["N"], "previous match", Place::Checklist),
    look(Action::Up, "up", &["up", "k"], "one row up", Place::Pane),
    look(Action::Down, "down", &["down", "j"], "one row down", Place::Pane),
    look(Action::PageUp, "page up", &["pageup", "ctrl-b"], "one page up", Place::Pane),
    look(Action::PageDown, "page down", &["pagedown", "ctrl-f"], "one page down", Place::Pane),
    look(Action::First, "first", &["g", "home"], "first row", Place::Pane),
    look(Action::Last, "last", &["G", "end"], "last row", Place::Pane),
    look(Action::FocusNext, "next pane", &["tab"], "focus the next pane", Place::Anywhere),
    look(Action::FocusPrevious, "previous pane", &["backtab"], "focus the previous pane", Place::Anywhere),
    look(Action::Focus(1), "checklist", &["1"], "focus the checklist", Place::Anywhere),
    look(Action::Focus(2), "health", &["2"], "focus the health pane", Place::Anywhere),
    look(Action::Focus(3), "dns", &["3"], "focus the DNS pane", Place::Anywhere),
    look(Action::Focus(4), "copy", &["4"], "focus the copy pane", Place::Anywhere),
    look(Action::Focus(5), "logs", &["5"], "focus the log pane", Place::Anywhere),
    look(Action::Focus(6), "host", &["6"], "focus the host pane", Place::Anywhere),
    look(
        Action::ScrollUp,
        "scroll up beside",
        &["K"],
        "one row up in the live pane; the checklist keeps the keys",
        Place::Checklist,
    ),
    look(
        Action::ScrollDown,
        "scroll down beside",
        &["J"],
        "one row down in the live pane; the checklist keeps the keys",
        Place::Checklist,
    ),
    log(Action::LogPause, "pause", &["space"], "hold the lines still, or follow the newest again"),
    log(Action::LogSearch, "search logs", &["/"], "search all lines that are kept: a regular expression"),
    log(Action::LogNext, "next match", &["n"], "to the next newer line that matches"),
    log(Action::LogPrevious, "previous match", &["N"], "to the next older line that matches"),
    log(Action::LogIn, "filter in", &["i"], "show only lines that match; several narrow further"),
    log(Action::LogOut, "filter out", &["o"], "hide lines that match"),
    log(Action::LogFilters, "filters", &["F"], "switch filters on and off, take them away"),
    log(Action::LogLevel, "level", &["l"], "only lines so grave or graver: all, info, warning, error"),
    log(Action::LogNextError, "next error", &["e"], "to the next newer error"),
    log(Action::LogPreviousError, "previous error", &["E"], "to the next older error"),
    log(Action::LogWrap, "wrap", &["w"], "wrap long lines, or cut them"),
    log(Action::LogClear, "clear", &["c"], "clear the view; the lines are kept"),
    log(Action::LogChoose, "choose logs", &["s"], "which logs are shown"),
    log(Action::LogMark, "mark", &["m"], "what was not seen before this moment is new from now on"),
    log(Action::LogSelect, "select lines", &["v"], "select lines from here to the cursor"),
    log(Action::LogCopy, "copy line", &["y"], "copy the line, or the selected ones, to the clipboard"),
    Spec {
        action: Action::Excerpt,
        name: "excerpt",
        keys: &["x"],
        help: "put the line, or the selected ones, on record with the checklist's item",
        place: Place::Only(Pane::Logs),
        act: true,
    },
    Spec {
        action: Action::AllowNoise,
        name: "allow",
        keys: &["a"],
        help: "lines like this one are expected: no longer new; on record",
        place: Place::Only(Pane::Logs),
        act: true,
    },
    look(Action::Zoom, "zoom", &["z"], "the focused pane over the whole screen", Place::Anywhere),
    look(Action::Freeze, "freeze", &["f"], "hold the live panes still; probing goes on", Place::Anywhere),
    look(Action::Review, "review plan change", &["p"], "the last change of the plan's file", Place::Anywhere),
    look(Action::RollbackCost, "rollback cost", &[], "which done items can still be undone", Place::Anywhere),
    Spec {
        action: Action::ChangeOperator,
        name: "change operator",
        keys: &["@"],
        help: "another person acts from now on",
        place: Place::Anywhere,
        act: false,
    },
    Spec {
        action: Action::Rollback,
        name: "rollback",
        keys: &["R"],
        help: "invoke the rollback, or stand it down; with a reason",
        place: Place::Anywhere,
        act: true,
    },
    look(Action::TakeOver, "take over", &["W"], "become the writer of a log nobody holds", Place::Anywhere),
    Spec {
        action: Action::OfferHead,
        name: "offer head hash",
        keys: &["H"],
        help: "copy the log's head hash, to be kept in the ticket or chat; recorded",
        place: Place::Anywhere,
        act: true,
    },
    Spec {
        action: Action::Mute,
        name: "mute",
        keys: &["M"],
        help: "which kinds of notice call (bell, terminal, tmux) and which are silent; recorded",
        place: Place::Anywhere,
        act: true,
    },
    look(
        Action::Theme,
        "theme",
        &[],
        "other colours, shown as you move; nothing is recorded",
        Place::Anywhere,
    ),
    watch(Action::Play, "play", &["P"], "play the run from here, or stand still; space in the checklist too"),
    watch(Action::PlayFaster, "faster", &["+"], "play faster; after the fastest, at its own pace again"),
    watch(Action::ActBefore, "act before", &["["], "to the act of a person before this moment"),
    watch(Action::ActAfter, "act after", &["]"], "to the next act of a person"),
    watch(Action::ExceptionBefore, "exception before", &["{"], "to the exception before this moment"),
    watch(Action::ExceptionAfter, "exception after", &["}"], "to the next exception"),
    watch(Action::Exceptions, "exceptions", &["V"], "all exceptions so far, with their whole texts"),
    watch(Action::MinuteBack, "minute back", &["<"], "one minute back"),
    watch(Action::MinuteOn, "minute on", &[">"], "one minute on"),
    watch(Action::GoTo, "go to", &["="], "to a time of the day"),
    watch(Action::Newest, "newest", &["L"], "to the end, and follow what comes"),
    in_copy(Action::RunReconcile, "run comparison", &["r"], "run the comparison under the cursor"),
    in_copy(
        Action::StartCopy,
        "start copy",
        &["S"],
        "start the copy under the cursor; shows first what runs",
    ),
    in_copy(Action::StopJob, "stop", &["X"], "stop the copy or the comparison under the cursor"),
    look(Action::Palette, "palette", &[":"], "all commands by name", Place::Anywhere),
    look(Action::Help, "help", &["?"], "every key of the focused pane", Place::Anywhere),
    look(Action::Hints, "hints", &[guide::KEY], "show or hide the hints for newcomers", Place::Anywhere),
    look(Action::Repaint, "repaint", &["ctrl-l"], "paint the whole screen again", Place::Anywhere),
    look(Action::Back, "back", &["esc"], "close, or clear find and selection", Place::Anywhere),
    look(Action::Quit, "quit", &["q", "ctrl-c"], "leave; asks first", Place::Anywhere),
];

/// The declaration of an action.
#[must_use]
pub fn spec(action: Action) -> Option<&'static Spec> {
    ACTIONS.iter().find(|spec| spec.action == action)
}
