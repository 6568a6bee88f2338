//! What a flood may cost: bounded memory, short steps.

use super::*;

/// A sidecar of so many logs.
fn many(count: usize) -> Desk {
    let logs: Vec<String> =
        (0..count).map(|log| format!("[[log]]\nname = \"log{log}\"\nfile = \"/tmp/{log}.log\"\n")).collect();
    let checklist = checklist("Shop backend", PLAN);
    let mut desk = Desk::start("2026-11-21T06:00:00Z", RunMode::Live, checklist, settings(&logs.concat()));
    desk.press(Action::Focus(5));
    desk
}

fn full() -> Vec<String> {
    (0..4096)
        .map(|line| format!("INFO request {line} took {} ms {}", line % 97, "y".repeat(line % 80)))
        .collect()
}

#[test]
fn memory_is_flat_however_much_arrives() {
    let mut desk = many(3);
    let lines = full();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for round in 0..42 {
        read(&mut desk, &format!("log{}", round % 3), &lines);
    }
    for log in &desk.state.live.logs {
        assert!(log.buffer.bytes() <= log.settings.bytes, "{}", log.buffer.bytes());
        assert!(log.buffer.len() <= 50_000);
        assert_eq!(
            log.rates.between(std::time::Duration::ZERO, std::time::Duration::MAX).iter().sum::<u64>(),
            14 * 4096
        );
    }
}

#[test]
fn one_message_never_looks_at_more_than_a_slice() {
    let mut desk = many(4);
    let lines = full();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for round in 0..16 {
        read(&mut desk, &format!("log{}", round % 4), &lines);
    }
    desk.say(Action::LogIn, "took 9");
    desk.say(Action::LogSearch, "96 ms");
    let mut before = desk.state.log_lens().tally().sifted;
    let mut messages = 0;
    while let Some(percent) = desk.state.log_progress() {
        assert!(percent < 100);
        desk.send(Msg::Wake);
        let now = desk.state.log_lens().tally().sifted;
        // 4 MiB of text and 32 bytes a line, three times over, are fewer lines than these.
        assert!(now - before < 20_000, "{} lines in one step", now - before);
        assert!(now > before, "every step gets on");
        before = now;
        messages += 1;
    }
    assert!(messages > 1);
    let tally = desk.state.log_lens().tally();
    assert_eq!(tally.sifted, tally.lines);
    let lens = desk.state.log_lens();
    let text = lens.line(desk.state.ui.logs.cursor.unwrap()).unwrap().1.text;
    assert!(text.contains("took 96 ms"), "{text}");
}

#[test]
fn lines_wake_the_screen_soon_and_only_for_what_is_seen() {
    let mut desk = many(1);
    let wake = |desk: &Desk| desk.state.next_wake(&desk.now());
    desk.clock.advance(std::time::Duration::from_millis(1));
    assert!(wake(&desk) > std::time::Duration::from_millis(900));
    read(&mut desk, "log0", &["INFO one"]);
    assert!(wake(&desk) <= std::time::Duration::from_millis(100));
    desk.send(Msg::Wake);
    assert!(wake(&desk) > std::time::Duration::from_millis(900));
    desk.press(Action::LogPause);
    read(&mut desk, "log0", &["INFO two"]);
    assert!(wake(&desk) > std::time::Duration::from_millis(900), "a paused pane waits for the clock");
}
