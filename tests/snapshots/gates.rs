//! What stands before an item, and what its words name: beside it, and in its sheet.

use std::path::Path;

use cutover::plan;
use cutover::sample::Watched;

use super::*;

const PLAN: &str = "\
# Shop backend to the new tenant

## 4 DNS cutover

- [ ] Change the CNAME <!-- cutover: needs = [\"health/api/new\", \"health/api/new latency < 1s\"], for = \"5m\" -->
- [ ] Take the old proxy out <!-- cutover: gate = \"health/api/old\" -->
- [ ] Stop the old workers <!-- cutover: gate = \"health/api\" -->
- [ ] The new host says `\"database\": \"healthy\"`
- [ ] New backend: response status: 200 OK
";

const SIDECAR: &str = r#"
[[health]]
name = "api"
url = "https://api.shop.example/health"
old = "198.51.100.4:443"
new = "203.0.113.7:443"
expect = ["status == 200"]
"#;

#[test]
fn a_gate_in_its_row_and_in_the_sheet() {
    let settings = config::load(Path::new("shop.toml"), SIDECAR, &|_| None).unwrap();
    let plan = plan::bind(Path::new("shop.md"), PLAN.into(), settings, None, &|_| None).unwrap();
    let mut desk = Desk::of("2026-11-21T06:00:00Z", RunMode::Live, plan);
    for _ in 0..51 {
        desk.wait(5);
        let watched = Watched {
            expr: "health/api/new body.database == \"healthy\"".to_owned(),
            verdict: cutover::expr::Verdict::Unmet { saw: "\"starting\"".to_owned() },
            saw: Some("\"starting\"".to_owned()),
        };
        desk.measure("health/api/new", Health { watched: vec![watched], ..pass("200", 61) });
        desk.measure("health/api/old", fail("503", 12, "status == 200", "503"));
    }
    insta::assert_snapshot!("gates_row", text(draw(&mut desk, 100, 30).0.backend().buffer()));
    desk.go("Change the CNAME");
    desk.press(Action::Open);
    insta::assert_snapshot!("gates_sheet", text(draw(&mut desk, 100, 30).0.backend().buffer()));
    desk.press(Action::Back);
    desk.go("The new host says");
    desk.press(Action::Open);
    insta::assert_snapshot!("gates_hint_sheet", text(draw(&mut desk, 80, 24).0.backend().buffer()));
}
