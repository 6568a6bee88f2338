//! The dialogs of people: a second person, what they read out, go or no-go; and the item's sheet.

use std::path::Path;

use cutover::plan;

use super::*;

const PLAN: &str = "\
# Shop backend to the new tenant

## 4 DNS cutover (20 min)

- [ ] Lower the TTL to 60 <!-- cutover: undo = true -->
- [ ] Change the CNAME <!-- cutover: approve = 2, read_back = \"health/api/new state\", role = \"dba\" -->
- [ ] Delete the old volume <!-- cutover: point_of_no_return = true -->
- [ ] Tell the support desk
";

const PEOPLE: &str = r#"
window = { start = 2026-11-21T06:00:00Z, end = 2026-11-21T09:00:00Z }

[people]
dana = { roles = ["operator", "dba"] }
"Lee Chen" = { roles = ["approver"] }
kim = { roles = ["approver"] }

[[health]]
name = "api"
url = "https://api.shop.example/health"
old = "198.51.100.4:443"
new = "203.0.113.7:443"
"#;

/// The screen at both sizes.
fn snap(desk: &mut Desk, name: &str) {
    for (columns, rows) in [(100, 30), (80, 24)] {
        let screen = text(draw(desk, columns, rows).0.backend().buffer());
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen);
    }
}

#[test]
fn the_dialogs_of_people() {
    let settings = config::load(Path::new("shop.toml"), PEOPLE, &|_| None).unwrap();
    let plan = plan::bind(Path::new("shop.md"), PLAN.into(), settings, None, &|_| None).unwrap();
    let mut desk = Desk::of("2026-11-21T06:00:00Z", RunMode::Live, plan);
    for _ in 0..4 {
        desk.wait(5);
        desk.measure("health/api/new", pass("200", 61));
        desk.measure("health/api/old", fail("503", 12, "status < 400", "503"));
    }
    desk.tick("Lower the TTL");
    desk.tick("Change the CNAME");
    desk.go("Change the CNAME");
    desk.press(Action::Open);
    insta::assert_snapshot!("people_sheet_100x30", text(draw(&mut desk, 100, 30).0.backend().buffer()));
    desk.press(Action::Back);
    desk.tick("Change the CNAME");
    snap(&mut desk, "people_approval");
    desk.wait(1);
    desk.send(Msg::Choose('s'));
    desk.type_in("Lee Chen");
    desk.send(Msg::Confirm);
    snap(&mut desk, "people_read_back");
    desk.type_in("up");
    desk.send(Msg::Confirm);
    desk.wait(2);
    desk.tick("Delete the old volume");
    snap(&mut desk, "people_go_no_go");
}
