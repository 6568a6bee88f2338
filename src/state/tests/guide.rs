//! What helps whoever is new here: hints, the palette, what is said where nothing is.

use super::*;
use crate::state::action::{ACTIONS, Place};
use crate::state::keys::palette_rows;
use crate::state::layer::PickValue;
use crate::state::pane::Pane;
use crate::state::replay::{Pace, Replay};

const STEPS: &str = "# Move\n\n## One\n\n- [ ] plain\n- [ ] blank: ____\n- [ ] command\n\n  ```sh\n  ls\n  ```\n\n\
                     - [ ] told\n  - the vendor waits on the phone\n- [ ] gated\n\n\
                     ## Ways\n\nChoose one method:\n\n### Method A: push\n\n- [ ] push\n\n### Method B: zip\n\n- [ ] zip\n";
const GATED: &str = "[[health]]\nname = \"api\"\ntcp = \"127.0.0.1:1\"\n\n[[gate]]\nitem = \"gated\"\nneeds = [\"health/api\"]\n\
                     for = \"30s\"\n";

fn desk() -> Desk {
    let mut desk = Desk::with(STEPS, GATED, Some("dana"));
    desk.state.guide(true);
    desk
}

#[track_caller]
fn hints(desk: &Desk, part: &str) {
    let hint = desk.state.hint().unwrap_or_default();
    assert!(hint.contains(part), "no {part:?} in {hint:?}");
}

#[track_caller]
fn at(desk: &mut Desk, item: &str, part: &str) {
    desk.go(item);
    hints(desk, part);
}

#[test]
fn a_step_says_what_its_keys_do() {
    let mut desk = desk();
    at(&mut desk, "plain", "space ticks the step");
    at(&mut desk, "blank", "e fills the blank");
    at(&mut desk, "command", "! shows this step's command");
    at(&mut desk, "told", "the vendor waits on the phone");
    desk.go("plain");
    desk.act(Action::Tick);
    at(&mut desk, "plain", "it is settled; . goes to the next open step");
    desk.go("blank");
    desk.press(Action::Fill);
    desk.say("06:10");
    at(&mut desk, "blank", "space ticks the step");
    desk.state.ui.cursor = Cursor::Phase(0);
    hints(&desk, "o folds the phase");
}

#[test]
fn a_gate_says_whether_it_is_waited_for() {
    let mut desk = desk();
    at(&mut desk, "gated", "a gate holds this step; enter shows what it waits for");
    desk.reading(true);
    desk.reading(true);
    at(&mut desk, "gated", "all that the gate asks holds");
    for _ in 0..8 {
        desk.wait(Duration::from_secs(5));
        desk.reading(true);
    }
    at(&mut desk, "gated", "space ticks the step");
}

#[test]
fn a_decision_says_that_it_is_one() {
    let mut desk = desk();
    desk.state.ui.cursor = Cursor::Decision(0);
    hints(&desk, "D chooses one of the ways");
    desk.press(Action::Decide);
    desk.choose('a');
    desk.say("simplest");
    desk.state.ui.cursor = Cursor::Decision(0);
    hints(&desk, "decided; u takes the decision back");
}

#[test]
fn the_end_names_what_comes_after_it() {
    let mut desk = Desk::with("# Move\n\n## One\n\n- [ ] only\n", "", Some("dana"));
    desk.state.guide(true);
    desk.go("only");
    desk.act(Action::Tick);
    hints(&desk, "S signs the run off");
    assert_eq!(desk.state.hints()[0], ("S", "sign off"), "the key line too");
}

#[test]
fn a_plan_without_a_sidecar_says_what_writes_one() {
    let mut desk = Desk::with("# Move\n\n## One\n\n- [ ] only\n", "", Some("dana"));
    desk.state.guide(true);
    let mut plan = (*desk.state.plan).clone();
    plan.sidecar = None;
    desk.state.plan = Arc::new(plan);
    at(&mut desk, "only", "cutover init ");
}

#[test]
fn every_live_pane_names_the_key_that_shows_more_and_the_way_back() {
    let mut desk = desk();
    for pane in Pane::ALL.into_iter().filter(|pane| *pane != Pane::Checklist) {
        desk.state.ui.focus = pane;
        hints(&desk, "1 goes back");
        assert!(!pane.opens().is_empty());
    }
}

#[test]
fn a_hint_keeps_out_of_the_way() {
    let mut desk = desk();
    desk.go("plain");
    desk.press(Action::Comment);
    assert_eq!(desk.state.hint(), None, "under a dialog");
    desk.press(Action::Back);
    assert!(desk.state.hint().is_some());
    desk.press(Action::Hints);
    assert_eq!(desk.state.hint(), None, "dismissed");
    assert!(desk.effects.contains(&Effect::Hints(false)), "and remembered");
    assert!(desk.notice().contains("ctrl-g shows them again"), "{}", desk.notice());
    desk.press(Action::Hints);
    assert!(desk.state.hint().is_some() && desk.effects.contains(&Effect::Hints(true)));
    desk.state.desk.access = Access::Watcher("lee writes this log".to_owned());
    assert_eq!(desk.state.hint(), None, "to who only watches");
}

#[test]
fn a_watched_run_has_no_hints() {
    let mut desk = desk();
    let at = desk.clock.now().wall;
    desk.state.replays(Replay {
        from: at,
        to: at,
        at,
        pace: Pace::Paused,
        ended: true,
        cut_off: false,
        acts: (0, 0),
        passed: 0,
        marks: Vec::new().into(),
        why: "the run has ended".to_owned(),
        trouble: None,
    });
    assert_eq!(desk.state.hint(), None);
}

/// All actions but the focus of a pane: one that is new does not compile until it is named here.
macro_rules! actions {
    ($($name:ident)+) => {
        const NAMED: &[Action] = &[$(Action::$name),+];
        fn is_named(action: Action) -> bool {
            match action {
                $(Action::$name)|+ => true,
                Action::Focus(number) => Pane::numbered(number).is_some(),
            }
        }
    };
}

actions! {
    Tick Start Fail Skip NotApplicable Defer Reopen Comment OpenIssue ResolveIssue Fill AddStep Attach StateTime DoneBy
    Decide RunCommand StopCommand ShowOutput SetTimer SignOff Copy CopyStatus Select Open Fold FoldAll NextOpen Find
    FindNext FindPrevious Up Down PageUp PageDown First Last FocusNext FocusPrevious ScrollUp ScrollDown LogSearch LogNext
    LogPrevious LogIn LogOut LogFilters LogLevel LogNextError LogPreviousError LogPause LogWrap LogClear LogChoose LogMark
    LogSelect LogCopy Excerpt AllowNoise Zoom Freeze Review RollbackCost ChangeOperator TakeOver Rollback OfferHead Mute
    Theme Play PlayFaster ActBefore ActAfter ExceptionBefore ExceptionAfter Exceptions MinuteBack MinuteOn GoTo Newest
    RunReconcile StartCopy StopJob Palette Help Hints Repaint Back Quit
}

#[test]
fn the_palette_has_every_action() {
    let rows = |watching| -> Vec<Action> {
        let rows = palette_rows(watching, Pane::Checklist).into_iter();
        rows.filter_map(|row| match row.value {
            PickValue::Action(action) => Some(action),
            _ => None,
        })
        .collect()
    };
    let (here, watching) = (rows(false), rows(true));
    let panes = Pane::ALL.into_iter().map(|pane| Action::Focus(pane.number()));
    for action in NAMED.iter().copied().chain(panes) {
        let spec = ACTIONS.iter().find(|spec| spec.action == action);
        let spec = spec.unwrap_or_else(|| panic!("{action:?} is not declared"));
        let times = |rows: &[Action]| rows.iter().filter(|it| **it == action).count();
        assert_eq!(times(&here), usize::from(spec.place != Place::Watching), "{action:?}");
        assert_eq!(times(&watching), usize::from(!spec.act), "{action:?} while watching");
        assert!(!spec.name.is_empty() && !spec.help.is_empty());
    }
    assert!(here.iter().chain(&watching).all(|action| is_named(*action)));
}

#[test]
fn a_pane_that_is_not_there_says_what_brings_it() {
    for (number, wants) in
        [(2, "[[health]]"), (3, "[[dns]]"), (4, "[[copy]] or [[reconcile]]"), (5, "[[log]]"), (6, "[host]")]
    {
        let mut desk = Desk::with("# Move\n\n- [ ] only\n", "", Some("dana"));
        let mut plan = (*desk.state.plan).clone();
        plan.sidecar = None;
        desk.state.plan = Arc::new(plan.clone());
        desk.press(Action::Focus(number));
        assert!(desk.notice().contains(wants), "{}", desk.notice());
        assert!(desk.notice().contains("cutover init "), "{}", desk.notice());
        plan.sidecar = Some(("move.toml".into(), Vec::new()));
        desk.state.plan = Arc::new(plan);
        desk.press(Action::Focus(number));
        assert!(desk.notice().ends_with(&format!("add {wants} to the sidecar")), "{}", desk.notice());
    }
}
