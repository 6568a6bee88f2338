//! Locks, timers, due times, the forecast and the bookmark, across restarts, steps of the clock and sleeps.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::signoff::event::OverrideKind;
use crate::state::attention::NoticeKind;
use crate::state::control::{Aside, Mood};
use crate::state::schedule::{LockState, Outlook};

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

const WATCH: &str = "# Move\n## 6 Watch\n- [ ] look\n- [ ] look again\n## 7 Decommission\n\
    ### After 24-48 hours of stable operation\n- [ ] confirm\n- [ ] stop the old app\n### After 7 days\n- [ ] delete\n";

/// The same log, opened by the next cockpit.
fn again(mut desk: Desk, markdown: &str, sidecar: &str, boot: &str) -> Desk {
    desk.sync();
    let mut start = Desk::first(markdown, sidecar, Some("dana"));
    start.record = desk.state.record;
    start.session = desk.state.desk.session + 1;
    start.boot_id = boot.to_owned();
    let mut next = Desk::start(start, desk.clock);
    next.log = desk.log;
    next.sync();
    next
}

impl Desk {
    fn id_of(&self, text: &str) -> crate::checklist::ItemId {
        self.state.record.items.iter().find(|item| item.row.text.starts_with(text)).unwrap().row.id
    }

    fn lock_of(&self, text: &str) -> LockState {
        self.state.lock(self.id_of(text), &self.clock.now()).unwrap().1
    }

    fn has_opened(&self, text: &str) -> bool {
        matches!(self.lock_of(text), LockState::Open(_))
    }

    fn aside_of(&self, text: &str) -> String {
        let all = self.state.asides(self.id_of(text), &self.clock.now());
        all.first().map(|aside| aside.words.clone()).unwrap_or_default()
    }

    fn tick_off(&mut self, text: &str) {
        self.go(text);
        self.act(Action::Tick);
    }

    fn go_on(&mut self, span: Duration) {
        self.wait(span);
        self.sync();
    }

    fn lines_of(&self, name: &str) -> usize {
        self.names().iter().filter(|it| *it == name).count()
    }

    fn called(&self, kind: NoticeKind) -> Vec<&str> {
        let of = |effect: &'_ Effect| matches!(effect, Effect::Notify(notice) if notice.kind == kind);
        let all = self.effects.iter().filter(|effect| of(effect));
        all.filter_map(|it| if let Effect::Notify(notice) = it { Some(notice.text.as_str()) } else { None })
            .collect()
    }
}

#[test]
fn a_day_is_waited_across_a_restart_and_the_lock_opens_once() {
    let mut desk = Desk::with(WATCH, "", Some("dana"));
    assert_eq!(desk.aside_of("confirm"), "locked: 24h after phase 6");
    let LockState::Shut(why) = desk.lock_of("confirm") else { panic!() };
    assert_eq!(why, "“look” is open");
    desk.tick_off("look");
    desk.go_on(MINUTE);
    desk.tick_off("look again");
    assert_eq!(desk.lock_of("confirm"), LockState::Counting(DAY));
    desk.go_on(HOUR.checked_sub(Duration::from_millis(500)).unwrap());
    assert_eq!(desk.aside_of("confirm"), "opens in 23:00:01", "no second is lost");

    // An early tick needs a reason, and the log says what it went past.
    desk.go("confirm");
    desk.press(Action::Tick);
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|it| &it.kind) else { panic!() };
    assert_eq!(prompt.lines, ["locked: 24h after phase 6, opens in 23:00:01"]);
    desk.press(Action::Back);
    assert_eq!(desk.is("confirm"), ItemState::Open);

    let desk = again(desk, WATCH, "", "boot");
    assert_eq!(desk.aside_of("stop"), "opens in 23:00:01", "the clock of the machine goes on");
    desk.clock.reboot(HOUR);
    let mut desk = again(desk, WATCH, "", "another boot");
    assert!(
        matches!(desk.lock_of("confirm"), LockState::Counting(left) if left <= 22 * HOUR + Duration::from_secs(1))
    );
    assert_eq!(desk.lines_of("lock.opened"), 0);
    desk.go_on(22 * HOUR + Duration::from_secs(1));
    assert_eq!(desk.aside_of("confirm"), "lock open");
    assert_eq!(desk.lines_of("lock.opened"), 1, "one line for all that it stands before");
    assert_eq!(desk.called(NoticeKind::Lock), ["lock open: confirm"]);
    desk.go_on(MINUTE);
    assert_eq!(desk.lines_of("lock.opened"), 1);
    let mut desk = again(desk, WATCH, "", "another boot");
    desk.go_on(MINUTE);
    assert_eq!(desk.lines_of("lock.opened"), 1, "the log knows");
    desk.tick_off("confirm");
    assert_eq!(desk.is("confirm"), ItemState::Done);
    assert!(!desk.has_opened("delete"), "a week is not over");
    desk.go_on(6 * DAY);
    assert!(desk.has_opened("delete"));
    assert_eq!(desk.lines_of("lock.opened"), 2);
}

#[test]
fn reopening_what_it_counts_from_closes_a_lock_again() {
    let mut desk = Desk::with("# M\n## One\n- [ ] first\n- [ ] Wait 10 minutes\n", "", Some("dana"));
    desk.tick_off("first");
    desk.go_on(10 * MINUTE);
    assert!(desk.has_opened("Wait"));
    desk.go("first");
    desk.press(Action::Reopen);
    desk.say("not so");
    assert_eq!(desk.aside_of("Wait"), "locked: 10m after “first”");
    desk.tick_off("first");
    assert_eq!(desk.lock_of("Wait"), LockState::Counting(10 * MINUTE));
    desk.go_on(10 * MINUTE);
    assert_eq!(desk.lines_of("lock.opened"), 2);
    // Failed is not settled; skipped is.
    desk.go("first");
    desk.press(Action::Reopen);
    desk.say("again");
    desk.go("first");
    desk.press(Action::Fail);
    desk.say("broken");
    assert!(matches!(desk.lock_of("Wait"), LockState::Shut(why) if why == "“first” is failed"));
}

#[test]
fn going_past_a_lock_is_on_record() {
    let mut desk = Desk::with("# M\n## One\n- [ ] first\n- [ ] Wait 10 minutes\n", "", Some("dana"));
    desk.tick_off("first");
    desk.go("Wait");
    desk.press(Action::Tick);
    desk.say("the vendor has said so");
    assert_eq!(desk.is("Wait"), ItemState::Done);
    let [gone] = &desk.state.record.control.overrides[..] else { panic!() };
    assert_eq!(
        (gone.kind, gone.verdict.as_str()),
        (OverrideKind::Lock, "locked: 10m after “first”, opens in 10:00")
    );
    desk.go_on(HOUR);
    assert_eq!(desk.lines_of("lock.opened"), 0, "nothing waits for it any more");
}

#[test]
fn a_step_of_the_clock_never_opens_a_lock_and_a_sleep_counts() {
    let mut desk = Desk::with(WATCH, "", Some("dana"));
    desk.tick_off("look");
    desk.tick_off("look again");
    desk.go_on(HOUR);
    desk.clock.step(TimeDelta::days(3));
    desk.take(Msg::Wake);
    desk.sync();
    assert_eq!(desk.lock_of("confirm"), LockState::Counting(23 * HOUR), "in the same session");
    let mut desk = again(desk, WATCH, "", "boot 2");
    assert!(
        matches!(desk.lock_of("confirm"), LockState::Counting(left) if left == 23 * HOUR),
        "nor after a boot"
    );
    desk.clock.step(TimeDelta::days(-3));
    desk.go_on(MINUTE);
    assert!(!desk.has_opened("confirm"));
    desk.clock.suspend(23 * HOUR);
    desk.take(Msg::Wake);
    desk.sync();
    let mut desk = again(desk, WATCH, "", "boot 2");
    desk.go_on(4 * DAY);
    assert!(desk.has_opened("confirm"), "late at most, but it opens");
}

#[test]
fn a_step_that_the_log_does_not_have_yet_opens_nothing() {
    let mut desk = Desk::with(WATCH, "", Some("dana"));
    desk.tick_off("look");
    desk.tick_off("look again");
    let mut desk = again(desk, WATCH, "", "boot 2");
    desk.clock.step(TimeDelta::days(2));
    desk.take(Msg::Wake);
    assert!(!desk.has_opened("confirm"), "the step's own line is still on its way");
    assert!(desk.sent.iter().all(|draft| !matches!(draft.event, Event::LockOpened { .. })));
}

#[test]
fn a_moment_of_the_wall_clock_is_no_earlier_for_a_step() {
    let plan = "# M\n## One\n- [ ] first\n- [ ] go\n";
    let gate = "[[gate]]\nitem = \"go\"\nafter = 2026-11-21T07:00:00Z\nwait = \"10m\"\n";
    let mut desk = Desk::with(plan, gate, Some("dana"));
    desk.go_on(HOUR);
    assert_eq!(desk.lock_of("go"), LockState::Counting(10 * MINUTE));
    desk.clock.step(TimeDelta::hours(5));
    desk.take(Msg::Wake);
    assert!(!desk.has_opened("go"));
    desk.go_on(10 * MINUTE);
    assert!(desk.has_opened("go"));
}

#[test]
fn what_the_file_has_ticked_counts_from_the_runs_beginning() {
    let mut desk = Desk::with("# M\n## One\n- [x] first\n- [ ] Wait 10 minutes\n", "", Some("dana"));
    assert_eq!(desk.lock_of("Wait"), LockState::Counting(10 * MINUTE));
    desk.go_on(10 * MINUTE);
    assert!(desk.has_opened("Wait"));
}

#[test]
fn an_old_ttl_without_answers_is_not_known() {
    let dns =
        "[[dns]]\nname = \"api\"\nrecord = \"api.example.com\"\nold = \"192.0.2.1\"\nnew = \"192.0.2.2\"\n";
    let plan = "# M\n## One\n- [ ] Old TTL has expired\n- [ ] Updated DNS CNAME record\n- [ ] Wait for TTL to expire\n";
    let desk = Desk::with(plan, dns, Some("dana"));
    assert_eq!(desk.aside_of("Old"), "locked: until the old TTL has run out");
    assert!(matches!(desk.lock_of("Old"), LockState::Shut(why) if why.contains("has said its TTL")));
    assert!(matches!(desk.lock_of("Wait"), LockState::Shut(why) if why.contains("answer new yet")));
}

#[test]
fn the_old_answer_is_gone_by_the_safe_time_on_record() {
    let dns =
        "[[dns]]\nname = \"api\"\nrecord = \"api.example.com\"\nold = \"192.0.2.1\"\nnew = \"192.0.2.2\"\n";
    let plan = "# M\n## One\n- [ ] Updated DNS CNAME record\n- [ ] Wait for TTL to expire\n";
    let mut desk = Desk::with(plan, dns, Some("dana"));
    let now = desk.clock.now();
    let record = desk.state.live.records[0].settings.id();
    let event = Event::DnsSafe {
        record: ProbeId { kind: crate::sample::Kind::Dns, name: record, side: None },
        since: "2026-11-21T06:00:00.000Z".to_owned(),
        ttl_s: 300,
        safe: (now.wall + TimeDelta::minutes(5)).to_rfc3339(),
        proof: "so".to_owned(),
    };
    let draft = desk.state.draft(event, Actor::Machine, &now);
    desk.sent.push(draft);
    desk.sync();
    let mut desk = again(desk, plan, dns, "boot");
    assert_eq!(desk.lock_of("Wait"), LockState::Counting(5 * MINUTE));
    desk.go_on(5 * MINUTE);
    assert!(desk.has_opened("Wait"));
    assert_eq!(desk.lines_of("lock.opened"), 1);
}

#[test]
fn a_timer_counts_down_across_a_restart_and_rings_once() {
    let mut desk = Desk::new();
    desk.go("first");
    desk.press(Action::SetTimer);
    desk.say("soon");
    let Some(Kind::Prompt(prompt)) = desk.state.ui.layers.last().map(|it| &it.kind) else { panic!() };
    assert!(prompt.complaint.as_ref().unwrap().contains("5m role"), "{prompt:?}");
    for _ in 0..4 {
        desk.take(Msg::Edit(InputRequest::DeletePrevChar));
    }
    desk.say("5m role assignments propagate");
    assert_eq!(desk.aside_of("first"), "timer 05:00 role assignments propagate");
    desk.clock.step(TimeDelta::hours(1));
    desk.go_on(2 * MINUTE);
    assert_eq!(desk.state.timers(&desk.clock.now())[0].1, 3 * MINUTE);
    let mut desk = again(desk, PLAN, "", "boot");
    desk.go_on(3 * MINUTE);
    assert_eq!(desk.called(NoticeKind::Lock), ["timer: role assignments propagate"]);
    desk.go_on(MINUTE);
    assert_eq!(desk.lines_of("timer.rang"), 1);
    assert!(desk.state.timers(&desk.clock.now()).is_empty());
}

#[test]
fn what_a_timer_is_set_by() {
    use crate::state::schedule::read_timer as read;
    let of = |typed: &str| read(typed).map(|(span, what)| (span.as_secs(), what));
    assert_eq!(of("5m role assignments"), Ok((300, "role assignments".to_owned())));
    assert_eq!(of("1 h 30 min backups"), Ok((5400, "backups".to_owned())));
    assert_eq!(of("1h30m x"), Ok((5400, "x".to_owned())));
    for bad in ["", "5m", "backups in 5m", "0s x", "100d x", "5 x"] {
        assert!(of(bad).is_err(), "{bad}");
    }
}

const WINDOW: &str = "window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T07:00:00Z }\n";

#[test]
fn due_times_are_those_of_the_window_and_of_the_plans_time_zone() {
    let plan = "# M\n## T-24h\n- [ ] lower\n## T+10\n- [ ] switch at 08:30\n- [ ] tell at 06:45 UTC\n- [ ] late (03:10)\n";
    let sidecar = format!("tz = \"Europe/Berlin\"\n{WINDOW}");
    let mut desk = Desk::with(plan, &sidecar, Some("dana"));
    let now = desk.clock.now();
    let at =
        |text: &str| desk.state.item_due(desk.id_of(text), &now).map(|at| at.format("%d %H:%M").to_string());
    assert_eq!(at("switch").unwrap(), "21 07:30", "Berlin is an hour ahead");
    assert_eq!(at("tell").unwrap(), "21 06:45");
    assert_eq!(at("late").unwrap(), "21 02:10");
    assert_eq!(desk.aside_of("switch"), "due 08:30, in 90m", "shown in the plan's own time");
    assert_eq!(desk.aside_of("late"), "3h late");
    assert_eq!(desk.state.phase_due(0, &now).unwrap().words, "24h late");
    assert_eq!(
        desk.state.phase_due(1, &now).unwrap(),
        Aside { mood: Mood::Plain, words: "due 06:10, in 10m".to_owned() }
    );
    desk.tick_off("lower");
    assert_eq!(desk.state.phase_due(0, &now), None, "it has begun");
    let free = Desk::with(plan, "", Some("dana"));
    assert_eq!(free.state.phase_due(0, &now), None, "nothing says when the window opens");
}

const PLANNED: &str = "# M\n## One\n\nEstimated time: 10-20 minutes\n\n- [ ] a\n- [ ] b\n\
    ## Two\n\nEstimated time: 30 minutes\n\n- [ ] c\n- [ ] d\n## Three\n- [ ] e (10 min)\n";

fn ends(desk: &Desk) -> (i64, i64, bool) {
    let Some(Outlook::Ends { least, most, until }) = desk.state.outlook() else {
        panic!("{:?}", desk.state.outlook())
    };
    let from = |at: &DateTime<Utc>| (*at - desk.clock.now().wall).num_minutes();
    (from(least), from(most), until.is_some())
}

#[test]
fn the_forecast_is_what_is_left_of_the_plan_as_this_run_goes() {
    let mut desk = Desk::with(PLANNED, WINDOW, Some("dana"));
    desk.go_on(Duration::from_secs(2));
    assert_eq!(ends(&desk), (50, 60, false));
    desk.go_on(5 * MINUTE);
    desk.tick_off("a");
    desk.go_on(5 * MINUTE);
    desk.tick_off("b");
    desk.go_on(Duration::from_secs(1));
    let (least, most, _) = ends(&desk);
    assert!((39..=40).contains(&least) && (39..=40).contains(&most), "{least} {most}");
    assert_eq!(desk.state.spent(0, &desk.clock.now()).map(|it| it.as_secs()), Some(602));
    // The second takes twice as long as planned, and so may the third.
    desk.go_on(30 * MINUTE);
    desk.tick_off("c");
    desk.go_on(30 * MINUTE);
    desk.tick_off("d");
    desk.go_on(Duration::from_secs(1));
    let (least, most, _) = ends(&desk);
    assert!(least <= 10 && most > 10, "{least} {most}");
    assert!(desk.state.behind(&desk.clock.now()).unwrap() >= TimeDelta::minutes(19));
}

#[test]
fn no_forecast_where_nothing_is_planned_and_none_behind_a_day_of_waiting() {
    let mut desk = Desk::with("# M\n## One\n- [ ] a\n## Two\n- [ ] b\n", "", Some("dana"));
    desk.go_on(Duration::from_secs(2));
    assert_eq!(desk.state.outlook(), Some(&Outlook::Unknown { phases: 2 }));
    let plan = "# M\n## One\n- [ ] a (10 min)\n- [ ] Wait 5-10 minutes\n- [ ] b (5 min)\n## Two\n- [ ] Wait 24 hours\n- [ ] c\n";
    let mut desk = Desk::with(plan, "", Some("dana"));
    desk.go_on(Duration::from_secs(2));
    let (least, most, waits) = ends(&desk);
    assert!(least >= 19 && (24..=25).contains(&most) && waits, "{least} {most}");
}

#[test]
fn the_window_is_called_for_once_each() {
    let mut desk = Desk::with(PLANNED, WINDOW, Some("dana"));
    desk.go_on(29 * MINUTE);
    let told =
        |desk: &Desk| desk.called(NoticeKind::Window).iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    assert_eq!(told(&desk).len(), 1, "{:?}", told(&desk));
    assert!(told(&desk)[0].starts_with("forecast is"), "{:?}", told(&desk));
    desk.go_on(2 * MINUTE);
    assert_eq!(told(&desk)[1..], ["the window ends in 29:00"]);
    desk.go_on(MINUTE);
    desk.go_on(20 * MINUTE);
    assert_eq!(told(&desk)[2..], ["the window ends in 08:00"]);
    let mut desk = again(desk, PLANNED, WINDOW, "boot");
    desk.go_on(Duration::from_secs(1));
    desk.go_on(Duration::from_secs(31));
    assert_eq!(told(&desk).len(), 2, "thirty minutes are long gone: {:?}", told(&desk));
}

#[test]
fn after_an_interruption_the_cursor_goes_to_where_work_was() {
    let mut desk = Desk::new();
    desk.tick_off("first");
    desk.go("last");
    desk.wait(MINUTE);
    desk.press(Action::Up);
    desk.go("last");
    desk.wait(7 * MINUTE);
    desk.press(Action::Down);
    assert!(desk.at().starts_with("second"), "{}", desk.at());
    assert_eq!(desk.notice(), "You were here, 8m ago: ticked “first”; next: “second: ____”");
    desk.go("last");
    desk.wait(7 * MINUTE);
    desk.act(Action::Tick);
    assert_eq!(desk.is("last"), ItemState::Done, "what acts is about what is under the cursor");
    desk.wait(3 * MINUTE);
    let desk = again(desk, PLAN, "", "boot");
    assert_eq!(desk.notice(), "You were here, 3m ago: ticked “last”; next: “second: ____”");
}

#[test]
fn blanks_about_time_are_offered() {
    let plan = "# M\n## One\n- [ ] a\n- [ ] b\n## End\n- [ ] Migration duration: Start: ____ End: ____ Total: ____ hours\n\
        - [ ] Total downtime: ____ minutes (goal: < 15 minutes)\n- [ ] Timestamp of DNS update: ____\n";
    let mut desk = Desk::with(plan, CHECK, Some("dana"));
    assert_eq!(desk.state.plan.outage_goal(), Some(15 * MINUTE));
    desk.tick_off("a");
    desk.go_on(90 * MINUTE);
    desk.tick_off("b");
    let offered = |desk: &mut Desk, text: &str, field: u32| {
        let id = desk.id_of(text);
        crate::state::schedule::offer(&desk.state, id, field, &desk.clock.now())
    };
    assert_eq!(offered(&mut desk, "Migration", 0).value.unwrap(), "06:00");
    assert_eq!(offered(&mut desk, "Migration", 1).value.unwrap(), "07:30");
    assert_eq!(offered(&mut desk, "Migration", 2).value.unwrap(), "1.5");
    let down = offered(&mut desk, "Total", 0);
    assert_eq!((down.value.unwrap().as_str(), down.lines.len()), ("0", 2));
    assert!(down.lines[1].contains("15:00: held"), "{:?}", down.lines);
    assert_eq!(offered(&mut desk, "Timestamp", 0).value.unwrap(), "2026-11-21 07:30:00");
    desk.go("Migration");
    desk.press(Action::Fill);
    desk.wait(Duration::from_secs(1));
    desk.take(Msg::Confirm);
    desk.sync();
    assert!(desk.state.record.items.iter().any(|it| it.fields.values().any(|value| value.value == "06:00")));
}

#[test]
fn how_long_things_took_is_told_whatever_the_clock_did() {
    let mut desk = Desk::with("# M\n## One\n- [ ] a\n- [ ] b\n## Two\n- [ ] c\n- [ ] d\n", "", Some("dana"));
    let took = |desk: &Desk, text: &str| {
        let at = desk.state.record.index[&desk.id_of(text)];
        desk.state.schedule.times.item(at).map(|took| took.as_secs())
    };
    desk.go_on(4 * MINUTE);
    desk.tick_off("a");
    desk.clock.step(TimeDelta::hours(3));
    desk.take(Msg::Wake);
    desk.sync();
    desk.go_on(6 * MINUTE);
    desk.tick_off("b");
    assert_eq!((took(&desk, "a"), took(&desk, "b")), (Some(240), Some(360)));
    desk.go_on(9 * HOUR);
    desk.tick_off("c");
    assert_eq!(took(&desk, "c"), None);
    desk.go("c");
    desk.press(Action::Reopen);
    desk.say("not yet");
    desk.clock.reboot(8 * HOUR);
    let mut desk = again(desk, "# M\n## One\n- [ ] a\n- [ ] b\n## Two\n- [ ] c\n- [ ] d\n", "", "boot 2");
    desk.go("d");
    desk.act(Action::Start);
    desk.go_on(5 * MINUTE);
    desk.tick_off("c");
    desk.go_on(5 * MINUTE);
    desk.tick_off("d");
    assert_eq!((took(&desk, "c"), took(&desk, "d")), (Some(300), Some(600)));
    let spent = |phase: usize| desk.state.spent(phase, &desk.clock.now()).map(|it| it.as_secs());
    assert_eq!((spent(0), spent(1)), (Some(600), Some(600)), "side by side counts once");
    desk.go("b");
    desk.press(Action::Reopen);
    desk.say("again");
    assert_eq!(took(&desk, "b"), Some(360), "what was spent on it stays spent");
}

/// What may happen to a lock.
#[derive(Clone, Debug)]
enum Move {
    Wait(u64),
    Sleep(u64),
    Step(i64),
    /// Another cockpit: on the same boot, or on another.
    Restart(bool),
    Tick,
    Reopen,
    /// Lines reach the disk.
    Sync,
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        3 => (1u64..7200).prop_map(Move::Wait),
        1 => (1u64..20_000).prop_map(Move::Sleep),
        2 => (-200_000i64..200_000).prop_map(Move::Step),
        2 => any::<bool>().prop_map(Move::Restart),
        2 => Just(Move::Tick),
        1 => Just(Move::Reopen),
        2 => Just(Move::Sync),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_lock_opens_early(moves in prop::collection::vec(a_move(), 1..40)) {
        let plan = "# M\n## One\n- [ ] first\n- [ ] Wait 6 hours\n";
        let mut desk = Desk::with(plan, "", Some("dana"));
        // What has truly passed, and when the anchor was truly ticked.
        let (mut truth, mut ticked, mut boots) = (0u64, None, 0);
        for one in moves {
            match one {
                Move::Wait(span) => {
                    truth += span;
                    desk.wait(Duration::from_secs(span));
                }
                Move::Sleep(span) => {
                    truth += span;
                    desk.clock.suspend(Duration::from_secs(span));
                    desk.take(Msg::Wake);
                }
                Move::Step(by) => {
                    desk.clock.step(TimeDelta::seconds(by));
                    desk.take(Msg::Wake);
                }
                Move::Restart(same) => {
                    truth += 60;
                    desk.sync();
                    if same {
                        desk.clock.advance(MINUTE);
                    } else {
                        desk.clock.reboot(MINUTE);
                        boots += 1;
                    }
                    desk = again(desk, plan, "", &format!("boot {boots}"));
                    if boots == 0 {
                        desk = again(desk, plan, "", "boot");
                    }
                }
                Move::Tick => {
                    desk.sync();
                    if desk.is("first") == ItemState::Open {
                        desk.state.ui.layers.clear();
                        desk.tick_off("first");
                        ticked = Some(truth);
                    }
                }
                Move::Reopen => {
                    desk.sync();
                    if desk.is("first") == ItemState::Done {
                        desk.state.ui.layers.clear();
                        desk.go("first");
                        desk.press(Action::Reopen);
                        if !desk.state.ui.layers.is_empty() {
                            desk.say("again");
                        }
                        desk.sync();
                        ticked = None;
                    }
                }
                Move::Sync => desk.sync(),
            }
            if desk.has_opened("Wait") {
                let since = ticked.map(|ticked| truth - ticked);
                prop_assert!(since.is_some_and(|since| since >= 6 * 3600), "open after {since:?} s");
            }
        }
    }

    #[test]
    fn a_forecast_is_sane(done in 0usize..5, pauses in prop::collection::vec(1u64..4000, 5)) {
        let mut desk = Desk::with(PLANNED, WINDOW, Some("dana"));
        for (text, pause) in ["a", "b", "c", "d", "e"].iter().zip(pauses).take(done) {
            desk.go_on(Duration::from_secs(pause));
            desk.tick_off(text);
        }
        desk.go_on(Duration::from_secs(1));
        let (least, most, _) = ends(&desk);
        prop_assert!(0 <= least && least <= most, "{least} {most}");
        prop_assert!(most <= 3 * 60 + 3, "never more than three times what is planned: {most}");
        let before = most;
        // Time alone brings nothing nearer than it was.
        desk.go_on(MINUTE);
        let (_, most, _) = ends(&desk);
        prop_assert!(most <= before, "{before} to {most}");
    }
}
