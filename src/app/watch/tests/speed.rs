//! How long it takes to go back in a day of normal size: measured by hand, in a release build.

use super::law::{Day, Deed};
use super::*;
use crate::clock::SystemClock;
use crate::state::action::Action;

#[test]
#[ignore = "measures; cargo test --release --lib watch::tests::speed -- --ignored --nocapture"]
fn going_back_in_a_day() {
    let number = |name: &str, or: u64| std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(or);
    let (seconds, events) = (number("CUTOVER_SECONDS", 8 * 3600), number("CUTOVER_EVENTS", 5000));
    let mut day = Day::begin(0);
    let every = (seconds / events).max(1);
    for second in 0..seconds {
        day.pass(1000);
        for which in 0..4 {
            day.act(&Deed::Health(which, second % 900 > 10, 40));
        }
        day.act(&Deed::Copied(9));
        day.act(&Deed::Lines(3, u8::from(second % 60 == 0), 1));
        if second % every == 0 {
            for _ in 0..(events / seconds).max(1) {
                day.act(&Deed::Key(Action::Comment));
            }
        }
        day.state.ui.layers.clear();
    }
    let (_folder, log, clock) = day.end();
    let began = SystemClock.now().mono;
    let mut screen = Screen::of(&log, clock);
    println!(
        "{} lines, opened in {:?}",
        screen.replay().acts.0,
        SystemClock.now().mono.saturating_sub(began)
    );
    let mut go = |what: &str, order: Order| {
        let began = SystemClock.now().mono;
        screen.order(order);
        println!("{what}: {:?}, now at {}", SystemClock.now().mono.saturating_sub(began), screen.at());
    };
    let span = i64::try_from(seconds).unwrap();
    for part in [2, 3, 5, 7] {
        go("a jump back", Order::To(Jump::By(TimeDelta::seconds(-span / part))));
        go("one act back", Order::To(Jump::Act(Way::Back)));
        go("one act back", Order::To(Jump::Act(Way::Back)));
        go("one act on", Order::To(Jump::Act(Way::On)));
        go("the newest", Order::To(Jump::Newest));
    }
}
