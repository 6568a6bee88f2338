//! The screen as text at every form it takes, reviewed as text.

use cutover::clock::Clock;
use cutover::config::{self, Settings};
use cutover::sample::Side;
use cutover::signoff::event::RunMode;
use cutover::state::action::Action;
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
    desk.clock.advance(std::time::Duration::from_secs(2));
    desk.go("\"api\": \"healthy\"");
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
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let (styles, now) = (styles(), desk.clock.now());
    let mut laid = Laid::default();
    terminal.draw(|frame| laid = view::render(frame, &desk.state, &styles, glyphs, &now)).unwrap();
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
