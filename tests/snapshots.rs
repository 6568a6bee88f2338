//! The screen as text at every form it takes, reviewed as text.

mod copy;
mod gates;
mod people;
mod watch;

use std::time::Duration;

use cutover::checklist::diff::{DiffLine, LineKind};
use cutover::clock::{Clock, Stamp};
use cutover::config::{self, Settings};
use cutover::sample::{Health, Miss, Outcome, Side};
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
use cutover::state::layer::{Kind, Layer};
use cutover::state::{Msg, Pane, PlanChange};
use cutover::theme::{self, Depth, Styles, Theme};
use cutover::view::{self, Laid};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::common::desk::{Desk, by, dead, fail, pass, shows};
use crate::common::outline::checklist;

const PLAN: &str = "\
# Preparation
- Agree on the window with support
- Lower the TTL of api.shop.example to 60 s
x Book the vendor's on-call
# 1 Infrastructure
- Create the resource group
- Copy the secrets to the new vault
# 2 Application
~ 10-15
- Deploy the image
- Run the smoke test
# 3 Configuration
~ 10
## Read the health page
- Open /health on the new host
- It answers 200
  - \"database\": \"healthy\"
  - \"api\": \"healthy\"
## Log in as a customer
- Registered a new test user
- Token stored: ________
$ az login --tenant new\\naz account set --subscription shop-prod
> The token belongs to the test user, not to an operator.
- Record the start: ________, the person: ________
- Send a test push notification
- Write down what the queue depth was before the switch, so that the people on the late shift can compare it with what they see
# 4 DNS cutover
~ 20
- Change the CNAME
- Saved DNS changes
- データベースの移行を確認する
# 5 Monitoring
- Watch the error rate for an hour
# Success criteria
- Logins work
# Rollback
- Point the CNAME back
- Start the old workers
# Sign-off
- Technical lead: ________
";

const SIDECAR: &str = r#"
title = "Shop backend to the new tenant"
ticket = "CHG-1042"
window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T09:00:00Z }
outage_goal = "15m"

[[health]]
name = "api"
url = "https://api.shop.example/health"
public = true
old = "198.51.100.4:443"
new = "203.0.113.7:443"
expect = ["status == 200", "body.status == healthy"]
warn = ["latency < 2s"]

[[health]]
name = "login"
url = "https://login.shop.example/"
new = "203.0.113.8:443"

[[health]]
name = "queue"
tcp = "10.0.0.9:5672"

[[health]]
name = "worker.service"
exec = ["systemctl", "is-active", "worker"]
"#;

fn settings(text: &str) -> Settings {
    config::load("shop.toml".as_ref(), text, &|_| None).unwrap()
}

/// 06:42:10 on the day: phases done, one in work, something failed, the old side down.
fn morning() -> Desk {
    let mut desk = Desk::start(
        "2026-11-20T21:04:00Z",
        RunMode::Live,
        checklist("Shop backend", PLAN),
        settings(SIDECAR),
    );
    desk.tick("Agree on the window");
    desk.wait(130);
    desk.tick("Lower the TTL");
    desk.wait(8 * 3600 + 3200);
    desk.tick("Create the resource group");
    desk.wait(240);
    desk.go("Create the resource group");
    desk.say(Action::StateTime, "06:02");
    desk.tick("Copy the secrets");
    desk.wait(60);
    desk.tick("Deploy the image");
    desk.wait(600);
    desk.tick("Run the smoke test");
    desk.wait(300);
    desk.tick("Open /health");
    desk.wait(33);
    desk.tick("\"database\"");
    desk.wait(90);
    desk.go("Registered a new test user");
    desk.say(Action::Fail, "the form says 500");
    desk.wait(40);
    desk.go("Record the start");
    desk.say(Action::Fill, "06:31");
    desk.state.ui.layers.clear();
    desk.say(Action::Comment, "asked the vendor for the second value");
    desk.go("Send a test push");
    desk.say(Action::Skip, "not used any more");
    desk.say(Action::AddStep, "Restart the mail relay");
    desk.go("Write down what");
    desk.press(Action::Start);
    for round in 0..24u64 {
        desk.wait(5);
        let slow = 80 + round * 40;
        let old = if round < 14 { pass("200", slow) } else { fail("503", 1200, "status == 200", "503") };
        desk.measure("health/api/old", shows(old, 83));
        desk.measure("health/api/new", shows(pass("200", 55 + round * 7 % 23), 83));
        let live = if round == 9 {
            dead("refused", "connection refused by 198.51.100.4:443")
        } else {
            pass("200", 84)
        };
        desk.measure("health/api/live", by(shows(live, 83), Side::New));
        desk.measure("health/login/new", shows(pass("200", 40), 9));
        desk.measure("health/login/live", shows(pass("200", 44), 9));
        if round < 3 {
            desk.measure("health/queue", pass("connected", 3));
        }
        if round != 5 {
            desk.measure("health/worker.service", pass("active", 12));
        }
    }
    desk.clock.advance(Duration::from_secs(2));
    desk.go("\"api\": \"healthy\"");
    assert!(desk.state.ui.layers.is_empty(), "a prompt was left open: {:?}", desk.state.ui.layers);
    desk
}

fn styles() -> Styles {
    Styles::new(&Theme::builtin().unwrap(), Depth::True)
}

/// The frame as text, lines without their blanks at the end.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let (mut line, mut x) = (String::new(), 0);
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(cutover::text::width(symbol).max(1)).unwrap();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn draw(desk: &mut Desk, columns: u16, rows: u16) -> (Terminal<TestBackend>, Laid) {
    draw_with(desk, columns, rows, &theme::UNICODE)
}

fn draw_with(
    desk: &mut Desk,
    columns: u16,
    rows: u16,
    glyphs: &theme::Glyphs,
) -> (Terminal<TestBackend>, Laid) {
    draw_at(desk, columns, rows, glyphs, &desk.clock.now())
}

fn draw_at(
    desk: &Desk,
    columns: u16,
    rows: u16,
    glyphs: &theme::Glyphs,
    now: &Stamp,
) -> (Terminal<TestBackend>, Laid) {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let mut laid = Laid::default();
    terminal.draw(|frame| laid = view::render(frame, &desk.state, &styles(), glyphs, now)).unwrap();
    (terminal, laid)
}

macro_rules! shows {
    ($name:expr, $desk:expr, $columns:expr, $rows:expr) => {
        insta::assert_snapshot!($name, text(draw($desk, $columns, $rows).0.backend().buffer()))
    };
}

#[test]
fn every_form() {
    let mut desk = morning();
    for (columns, rows) in [(60, 15), (80, 24), (100, 30), (120, 40), (160, 45), (200, 50), (40, 10)] {
        shows!(format!("form_{columns}x{rows}"), &mut desk, columns, rows);
    }
}

#[test]
fn items_and_checks_whole() {
    let mut desk = morning();
    desk.go("Token stored");
    desk.say(Action::Fill, "s3cr3t-of-18-chars");
    desk.press(Action::Open);
    shows!("layer_item", &mut desk, 120, 40);
    desk.press(Action::Back);
    desk.go("Registered a new test user");
    desk.press(Action::Open);
    shows!("layer_item_failed", &mut desk, 80, 24);
    desk.press(Action::Back);
    desk.press(Action::Focus(2));
    desk.press(Action::Open);
    shows!("layer_check", &mut desk, 120, 40);
    desk.press(Action::PageDown);
    shows!("layer_check_scrolled", &mut desk, 80, 24);
}

#[test]
fn layers_that_ask() {
    let mut desk = morning();
    desk.press(Action::Skip);
    desk.type_in("the form is replaced by the vendor's own page on Monday, see the ticket of the vendor");
    shows!("layer_prompt", &mut desk, 80, 24);
    desk.state.ui.layers.clear();
    desk.press(Action::Skip);
    desk.send(Msg::Confirm);
    shows!("layer_prompt_complains", &mut desk, 60, 15);
    desk.state.ui.layers.clear();
    desk.go("Token stored");
    desk.press(Action::Fill);
    desk.type_in("hunter22");
    shows!("layer_prompt_hidden", &mut desk, 80, 24);
    desk.state.ui.layers.clear();
    desk.go("It answers 200");
    desk.press(Action::Tick);
    desk.clock.advance(Duration::from_secs(1));
    shows!("layer_choice", &mut desk, 80, 24);
    desk.state.ui.layers.clear();
    desk.press(Action::Palette);
    shows!("layer_palette", &mut desk, 100, 30);
    desk.type_in("oper");
    shows!("layer_palette_narrowed", &mut desk, 60, 15);
    desk.state.ui.layers.clear();
    desk.press(Action::Find);
    desk.type_in("test");
    shows!("layer_find", &mut desk, 80, 24);
    desk.state.ui.layers.clear();
    desk.press(Action::Help);
    shows!("layer_help", &mut desk, 120, 40);
    desk.state.ui.layers.clear();
    let line =
        |kind, old_line, new_line, text: &str| DiffLine { kind, old_line, new_line, text: text.to_owned() };
    let lines = vec![
        line(LineKind::Same, Some(11), Some(11), "## Log in as a customer"),
        line(LineKind::Removed, Some(12), None, "- [ ] Registered a new test user"),
        line(
            LineKind::Added,
            None,
            Some(12),
            "- [ ] Registered a new test user with the address of the team, so that the mails arrive where somebody reads them",
        ),
        line(LineKind::Same, Some(13), Some(13), "- [ ] Token stored: ________"),
        line(LineKind::Added, None, Some(40), "- [ ] Tell support"),
    ];
    let now = desk.now();
    let items = vec![
        "reworded, kept as done: “Registered a new test user” is “Registered a new test user with the address of the team”"
            .to_owned(),
        "added: “Tell support”".to_owned(),
    ];
    let change = PlanChange { what: "1 added, 1 reworded".to_owned(), items, lines };
    let kind = Kind::Diff { change, scroll: 0 };
    desk.state.ui.layers.push(Layer { opened: now, kind });
    shows!("layer_diff", &mut desk, 80, 24);
}

#[test]
fn what_is_wrong_is_said_in_whole_sentences() {
    let mut desk = morning();
    desk.disk_hangs = true;
    desk.tick("Change the CNAME");
    desk.clock.advance(Duration::from_secs(3));
    shows!("act_on_its_way", &mut desk, 80, 24);
    let drafts = std::mem::take(&mut desk.kept).into();
    let why = "write shop.live-2026-11-21-1.signoff.jsonl: No space left on device (os error 28): free some space, \
               then press the key again";
    desk.send(Msg::Refused { drafts, why: why.to_owned(), full: false });
    shows!("banners", &mut desk, 80, 24);
    shows!("banners_small", &mut desk, 40, 10);
    desk.press(Action::Freeze);
    desk.clock.advance(Duration::from_secs(75));
    shows!("frozen_health", &mut desk, 120, 40);
}

#[test]
fn rehearsals_public_outages_and_marks() {
    let toml = SIDECAR
        .replace("2026-11-21T06:00:00Z, end", "2026-11-21T05:00:00Z, end")
        .replace("09:00:00Z", "06:20:00Z");
    let mut desk =
        Desk::start("2026-11-21T06:05:00Z", RunMode::Rehearsal, checklist("Shop", PLAN), settings(&toml));
    for _ in 0..5 {
        desk.wait(5);
        desk.measure(
            "health/api/live",
            by(dead("refused", "connection refused by 198.51.100.4:443"), Side::Old),
        );
        desk.measure("health/api/old", pass("200", 20));
    }
    desk.measure("health/api/new", fail("200", 20, "body.status == healthy", "starting"));
    desk.wait(1300);
    desk.go("\"database\"");
    desk.press(Action::Select);
    desk.press(Action::Down);
    desk.state.ui.find = Some("he".to_owned());
    shows!("rehearsal", &mut desk, 160, 45);
    desk.state.ui.find = None;
    desk.press(Action::Focus(2));
    shows!("health_alone", &mut desk, 80, 24);
    desk.press(Action::Zoom);
    shows!("health_zoomed", &mut desk, 120, 40);
    let (terminal, _) = draw_with(&mut desk, 100, 30, &theme::ASCII);
    let text = text(terminal.backend().buffer());
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!("ascii", text);
}

#[test]
fn no_sidecar_means_no_health_pane() {
    let mut desk =
        Desk::start("2026-11-21T06:05:00Z", RunMode::Live, checklist("Shop", PLAN), Settings::default());
    shows!("no_health", &mut desk, 160, 45);
    let mut empty =
        Desk::start("2026-11-21T06:05:00Z", RunMode::Live, checklist("Shop", ""), Settings::default());
    shows!("no_items", &mut empty, 60, 15);
}

#[test]
fn every_size_is_drawn_without_panic_and_within_its_lines() {
    let mut desk = morning();
    let open: [fn(&mut Desk); 9] = [
        |_| {},
        |desk| desk.press(Action::Open),
        |desk| desk.press(Action::Skip),
        |desk| desk.press(Action::Quit),
        |desk| desk.press(Action::Palette),
        |desk| desk.press(Action::Help),
        |desk| {
            desk.press(Action::Focus(2));
            desk.press(Action::Open);
        },
        |desk| desk.press(Action::Focus(2)),
        |desk| desk.press(Action::Zoom),
    ];
    let small = (1..=12).step_by(3).flat_map(|rows| [1, 2, 7, 39, 40].map(|columns| (columns, rows)));
    let large = [40, 59, 77, 99, 100, 139, 150]
        .into_iter()
        .flat_map(|columns| [10u16, 13, 20].map(|rows| (columns, rows)));
    let sizes: Vec<(u16, u16)> = small.chain(large).chain([(300, 100), (300, 10), (40, 100)]).collect();
    for open in open {
        open(&mut desk);
        for &(columns, rows) in &sizes {
            for glyphs in [theme::UNICODE, theme::ASCII].into_iter().skip(usize::from(columns > 150)) {
                let (terminal, laid) = draw_with(&mut desk, columns, rows, &glyphs);
                assert!(laid.page >= 1, "{columns}x{rows}");
                let screen = text(terminal.backend().buffer());
                assert!(!glyphs.ascii || screen.is_ascii(), "{columns}x{rows}\n{screen}");
            }
        }
        desk.state.ui.layers.clear();
        desk.state.ui.focus = Pane::Checklist;
    }
}

#[test]
fn a_sheet_stops_at_its_last_line() {
    let mut desk = morning();
    desk.press(Action::Help);
    desk.press(Action::Last);
    let (terminal, laid) = draw(&mut desk, 80, 24);
    let limit = laid.limit.unwrap();
    assert!(limit > 0);
    let screen = text(terminal.backend().buffer());
    let last = limit + usize::from(24u16) - 9 + 2;
    assert!(screen.contains(&format!("lines {}–{last} of {last} ", limit + 1)), "{screen}");
}

#[test]
fn outside_text_reaches_no_terminal() {
    let plan = "# Ph\u{1b}]0;owned\u{7}ase\n- It\u{1b}[31mem with\u{9b}2J a bell\u{7} and \u{202e}override\n";
    let mut desk = Desk::start(
        "2026-11-21T06:05:00Z",
        RunMode::Live,
        checklist("T\u{1b}[2Jitle", plan),
        settings(SIDECAR),
    );
    desk.measure("health/queue", fail("5\u{1b}[5m03", 3, "status == 200", "a\u{8}b\r\nc"));
    desk.say(Action::Fail, "why\u{1b}[0m not");
    for size in [(40, 10), (80, 24), (160, 45)] {
        let (terminal, _) = draw(&mut desk, size.0, size.1);
        let screen = text(terminal.backend().buffer());
        assert!(!screen.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{screen:?}");
        assert!(!screen.contains("owned") && !screen.contains("[31m") && !screen.contains("2J"), "{screen}");
    }
}

#[test]
fn the_cursor_row_and_what_is_found_stand_out_without_colour() {
    let mut desk = morning();
    desk.press(Action::Find);
    desk.type_in("smoke");
    desk.send(Msg::Confirm);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let (styles, now) = (Styles::new(&Theme::builtin().unwrap(), Depth::None), desk.clock.now());
    terminal
        .draw(|frame| {
            view::render(frame, &desk.state, &styles, &theme::UNICODE, &now);
        })
        .unwrap();
    let buffer = terminal.backend().buffer();
    insta::assert_debug_snapshot!("styles_without_colour", buffer);
}

#[test]
fn styles_follow_the_theme() {
    let mut desk = morning();
    let (terminal, _) = draw(&mut desk, 120, 24);
    insta::assert_debug_snapshot!("styles", terminal.backend().buffer());
}

const STATES: &str = r#"
[[health]]
name = "pending"
tcp = "10.0.0.1:80"
[[health]]
name = "recovering"
tcp = "10.0.0.2:80"
[[health]]
name = "flapping"
tcp = "10.0.0.3:80"
[[health]]
name = "expired"
tls = "10.0.0.4:443"
[[health]]
name = "broken"
exec = ["pg_isready", "-h", "db-new"]
[[health]]
name = "slow"
url = "https://slow.shop.example/"
old = "198.51.100.4:443"
new = "203.0.113.7:443"
warn = ["latency < 2s"]
[[health]]
name = "a-name-longer-than-its-column"
tcp = "10.0.0.5:80"
"#;

#[test]
fn every_state_of_a_probe_is_a_word_and_a_sign() {
    let mut desk =
        Desk::start("2026-11-21T06:05:00Z", RunMode::Live, checklist("Shop", PLAN), settings(STATES));
    let refused = || dead("refused", "connection refused by 10.0.0.1:80");
    for round in 0..8 {
        desk.wait(5);
        let failing = round > 1 && round < 7;
        desk.measure("health/pending", if round == 7 { refused() } else { pass("connected", 4) });
        desk.measure("health/recovering", if failing { refused() } else { pass("connected", 4) });
        desk.measure("health/flapping", if round % 2 == 0 { refused() } else { pass("connected", 4) });
        desk.measure("health/expired", shows(dead("bad certificate", "the certificate has expired"), -3));
        let broken = Outcome::Broken("pg_isready: no such command".to_owned());
        desk.measure("health/broken", Health { outcome: broken, latency: None, ..pass("broken", 0) });
        let miss = Miss { expected: "latency < 2s".to_owned(), saw: "2.4s".to_owned() };
        desk.measure("health/slow/old", Health { warnings: vec![miss], ..pass("200", 2400) });
        desk.measure("health/slow/new", pass("204", 31));
        desk.measure("health/slow/live", by(pass("200", 2350), Side::Old));
    }
    desk.press(Action::Focus(2));
    shows!("health_states_two_panes", &mut desk, 100, 30);
    shows!("health_states_crowded", &mut desk, 80, 14);
    desk.press(Action::Zoom);
    shows!("health_states", &mut desk, 120, 40);
    desk.press(Action::Down);
    desk.press(Action::Open);
    shows!("layer_check_recovering", &mut desk, 100, 30);
}

#[test]
fn the_text_under_the_cursor_is_shown_whole() {
    let mut desk = morning();
    desk.go("Write down what");
    shows!("cursor_whole", &mut desk, 80, 24);
    shows!("cursor_whole_two_panes", &mut desk, 100, 30);
    desk.go("Registered a new test user");
    shows!("cursor_whole_failed", &mut desk, 100, 30);
}

#[test]
fn times_are_local_and_the_header_has_both() {
    let desk = morning();
    let now = Stamp { offset: 3600, ..desk.clock.now() };
    let screen = |columns| {
        let (terminal, _) = draw_at(&desk, columns, 45, &theme::UNICODE, &now);
        text(terminal.backend().buffer())
    };
    let wide = screen(160);
    assert!(wide.contains("07:24:15 local  06:24:15Z"), "{wide}");
    assert!(wide.contains("07:19:30 dana  Open /health"), "{wide}");
    assert!(wide.contains(" 07:23:33 health/api/old down"), "{wide}");
    let narrow = screen(80);
    assert!(narrow.contains("07:24:15 06:24:15Z"), "{narrow}");
}
