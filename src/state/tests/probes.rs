//! Thresholds, staleness, flapping.

use super::*;

#[test]
fn a_check_goes_down_at_its_threshold_and_up_again() {
    let mut desk = Desk::with(PLAN, CHECK, Some("dana"));
    assert_eq!(desk.probe(), ProbeState::Unknown);
    desk.reading(true);
    assert_eq!(desk.probe(), ProbeState::Up);
    desk.reading(false);
    assert_eq!(desk.probe(), ProbeState::Pending);
    desk.reading(true);
    assert_eq!((desk.probe(), desk.state.live.checks[0].cells[0].blips), (ProbeState::Up, 1));
    desk.reading(false);
    desk.reading(false);
    assert_eq!(desk.probe(), ProbeState::Down);
    desk.reading(true);
    assert_eq!(desk.probe(), ProbeState::Pending);
    desk.reading(true);
    assert_eq!(desk.probe(), ProbeState::Up);
    let told: Vec<_> = desk
        .log
        .iter()
        .filter_map(|line| match &line.event {
            Event::ProbeChanged { to, .. } => Some(*to),
            _ => None,
        })
        .collect();
    // The second is the miss that did not last.
    assert_eq!(told, [ProbeState::Up, ProbeState::Up, ProbeState::Down, ProbeState::Up]);
}

#[test]
fn silence_is_stale_and_never_good() {
    let mut desk = Desk::with(PLAN, CHECK, Some("dana"));
    desk.reading(true);
    desk.wait(Duration::from_secs(17));
    assert_eq!(desk.probe(), ProbeState::Up);
    desk.wait(Duration::from_secs(2));
    assert_eq!(desk.probe(), ProbeState::Stale);
    desk.reading(false);
    assert_eq!(desk.probe(), ProbeState::Pending, "what held before the silence proves nothing");
}

#[test]
fn how_long_a_public_check_is_stale_is_the_age_of_its_last_answer() {
    let mut desk = Desk::with(PLAN, CHECK, Some("dana"));
    desk.reading(true);
    let read = desk.clock.now();
    desk.wait(Duration::from_secs(17));
    assert_eq!(desk.state.public_stale(&desk.clock.now()), None);
    desk.wait(Duration::from_secs(8));
    let now = desk.clock.now();
    assert_eq!(desk.state.public_stale(&now), Some(now.since(&read)));
}

#[test]
fn an_answer_that_keeps_changing_flaps() {
    let mut desk = Desk::with(PLAN, CHECK, Some("dana"));
    for turn in 0..8 {
        desk.reading(turn % 2 == 0);
    }
    assert_eq!(desk.probe(), ProbeState::Flapping);
    for _ in 0..25 {
        desk.reading(true);
    }
    assert_eq!(desk.probe(), ProbeState::Up);
}
