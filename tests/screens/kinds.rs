//! What a screen shows, by its kind: every kind that the code has must be on one of the screens.

use cutover::sample;
use cutover::state::action::Action;
use cutover::state::layer::{Kind, PickPurpose, Purpose, Then};
use cutover::state::logs::Ask;
use cutover::state::replay::Pace;
use cutover::state::{About, Pane};

use crate::common::desk::Desk;

/// Names of all variants, and the name of each: a variant that is new in the code does not compile until it is named
/// here, and then fails until a screen shows it.
macro_rules! kinds {
    ($all:ident, $of:ident, $type:ty, { $($pattern:pat => $name:literal),+ $(,)? }) => {
        const $all: &[&str] = &[$($name),+];
        fn $of(it: &$type) -> &'static str {
            match it { $($pattern => $name),+ }
        }
    };
}

kinds!(PANES, pane, Pane, {
    Pane::Checklist => "pane checklist",
    Pane::Health => "pane health",
    Pane::Dns => "pane dns",
    Pane::Copy => "pane copy",
    Pane::Logs => "pane logs",
    Pane::Host => "pane host",
});

kinds!(LAYERS, layer, Kind, {
    Kind::Prompt(_) => "prompt",
    Kind::Choice(_) => "choice",
    Kind::Pick(_) => "pick",
    Kind::Item { .. } => "item",
    Kind::Command { .. } => "command",
    Kind::Output { .. } => "output",
    Kind::Probe { .. } => "probe",
    Kind::Cost { .. } => "cost",
    Kind::Exceptions { .. } => "exceptions",
    Kind::Help { .. } => "help",
    Kind::Diff { .. } => "diff",
});

kinds!(PROBES, probe, sample::Kind, {
    sample::Kind::Health => "sheet of health",
    sample::Kind::Dns => "sheet of dns",
    sample::Kind::Copy => "sheet of copy",
    sample::Kind::Reconcile => "sheet of reconcile",
    sample::Kind::Log => "sheet of log",
    sample::Kind::Host => "sheet of host",
});

kinds!(PURPOSES, purpose, Purpose, {
    Purpose::Operator => "ask operator",
    Purpose::NewHand => "ask new hand",
    Purpose::Reason(Action::Fail, _) => "ask why failed",
    Purpose::Reason(Action::Skip, _) => "ask why skipped",
    Purpose::Reason(Action::NotApplicable, _) => "ask why not applicable",
    Purpose::Reason(Action::Defer, _) => "ask why deferred",
    Purpose::Reason(..) => "ask why reopened",
    Purpose::Rollback => "ask rollback",
    Purpose::StandDown => "ask stand down",
    Purpose::Override(..) => "ask override",
    Purpose::Approver(_) => "ask approver",
    Purpose::ReadBack(_) => "ask read back",
    Purpose::Decider(true, _) => "ask decider of go",
    Purpose::Decider(false, _) => "ask decider of no-go",
    Purpose::Decision(_) => "ask decision",
    Purpose::Doer(_) => "ask doer",
    Purpose::Comment(Some(_)) => "ask note on item",
    Purpose::Comment(None) => "ask note on run",
    Purpose::Issue(_) => "ask issue",
    Purpose::Resolution(_) => "ask resolution",
    Purpose::Field(..) => "ask blank",
    Purpose::Take(..) => "ask take",
    Purpose::ReopenDecision(_) => "ask reopen decision",
    Purpose::Step(..) => "ask step",
    Purpose::Attachment(_) => "ask attachment",
    Purpose::Time(_) => "ask time",
    Purpose::Timer(_) => "ask timer",
    Purpose::Signature(_) => "ask signature",
    Purpose::SignOff => "ask sign-off",
    Purpose::Statement(_) => "ask statement",
    Purpose::Stop(_) => "ask stop",
    Purpose::RunPast(_) => "ask run past",
    Purpose::Destroy(..) => "ask destroy",
    Purpose::Find => "ask find",
    Purpose::GoTo => "ask go to",
    Purpose::Log(Ask::Search) => "ask search",
    Purpose::Log(Ask::In) => "ask in",
    Purpose::Log(Ask::Out) => "ask out",
    Purpose::Log(Ask::Noise(_)) => "ask noise",
    Purpose::Log(Ask::Excerpt) => "ask excerpt",
});

kinds!(THENS, then, Then, {
    Then::Back => "answer back",
    Then::Leave => "answer leave",
    Then::Take(..) => "answer take",
    Then::Tick(_) => "answer tick",
    Then::Approve(_) => "answer approve",
    Then::Decide { .. } => "answer decide",
    Then::WriteAnyway(..) => "answer write anyway",
    Then::StartCopy(_) => "answer start copy",
    Then::StopJob(_) => "answer stop job",
    Then::Sign(_) => "answer sign",
    Then::Amend { .. } => "answer amend",
});

kinds!(PICKS, pick, PickPurpose, {
    PickPurpose::Palette => "pick palette",
    PickPurpose::Issue => "pick issue",
    PickPurpose::Field(_) => "pick blank",
    PickPurpose::Command(_) => "pick command",
    PickPurpose::CopyCommand(_) => "pick copy command",
    PickPurpose::Logs => "pick logs",
    PickPurpose::LogFilters => "pick log filters",
    PickPurpose::Mute => "pick mute",
    PickPurpose::Theme => "pick theme",
});

kinds!(BANNERS, about, About, {
    About::Log => "banner log",
    About::Disk => "banner disk",
    About::Readings => "banner readings",
    About::Files => "banner files",
    About::Amendment => "banner amendment",
    About::Reopened => "banner reopened",
});

kinds!(PACES, pace, Pace, {
    Pace::Following => "watch following",
    Pace::Paused => "watch paused",
    Pace::Playing(_) => "watch playing",
});

/// All kinds that there are.
pub fn all() -> impl Iterator<Item = &'static str> {
    let lists = [PANES, LAYERS, PROBES, PURPOSES, THENS, PICKS, BANNERS, PACES];
    let helps = PANES.iter().map(|pane| help(pane));
    lists.into_iter().flatten().copied().chain(helps)
}

fn help(pane: &str) -> &'static str {
    match pane {
        "pane checklist" => "help checklist",
        "pane health" => "help health",
        "pane dns" => "help dns",
        "pane copy" => "help copy",
        "pane logs" => "help logs",
        _ => "help host",
    }
}

/// The kinds that are on a desk.
pub fn of(desk: &Desk) -> Vec<&'static str> {
    let ui = &desk.state.ui;
    let here = pane(&ui.focus);
    let mut found = vec![here];
    found.extend(ui.banners.iter().map(|banner| about(&banner.about)));
    found.extend(ui.replay.iter().map(|replay| pace(&replay.pace)));
    for kind in ui.layers.iter().map(|layer| &layer.kind) {
        found.push(layer(kind));
        match kind {
            Kind::Prompt(prompt) => found.push(purpose(&prompt.purpose)),
            Kind::Choice(choice) => found.extend(choice.answers.iter().map(|answer| then(&answer.then))),
            Kind::Pick(list) => found.push(pick(&list.purpose)),
            Kind::Probe { probe: id, .. } => found.push(probe(&id.kind)),
            Kind::Help { .. } => found.push(help(here)),
            _ => {}
        }
    }
    found
}
