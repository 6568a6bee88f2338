//! Timers on their way to the disk.

use super::*;

#[test]
fn two_timers_before_the_disk_has_answered_are_two() {
    let mut desk = Desk::with("# M\n## One\n- [ ] first\n- [ ] second\n", "", Some("dana"));
    for (item, words) in [("first", "5m one"), ("second", "10m two")] {
        desk.go(item);
        desk.press(Action::SetTimer);
        for c in words.chars() {
            desk.take(Msg::Edit(InputRequest::InsertChar(c)));
        }
        desk.take(Msg::Confirm);
    }
    desk.sync();
    let timers: Vec<u32> = desk.state.record.control.timers.iter().map(|timer| timer.number).collect();
    assert_eq!(timers, [1, 2]);
    assert!(desk.state.record.anomalies.is_empty());
}
