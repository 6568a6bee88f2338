//! Whole days played by a script: a plan, a world of readings, an operator's keys, a clock moved by hand.
//!
//! The state is driven as the loop drives it and writes a real sign-off log and its readings to a disk; at the end the
//! log is verified and the report is made from it alone. A script is a list of lines:
//!
//! ```text
//! plan FILE                       the checklist, from the top of the repository
//! sidecar FILE                    its sidecar
//! sidecar … end                   the same, as it stands between the two lines
//! begin 2026-12-05T05:30:00Z      starts the cockpit; rehearsal: begin … rehearsal; a second time it begins another run of
//!                                 the plan, planned by the run before: begin … baseline
//! health ID up WORD MS SIDE        what a check sees from now on; which side answers, if that is known
//! health ID page WORD             the maintenance page
//! health ID down EXPECTED saw SEEN
//! health ID dead WHY              no answer
//! health ID off                   says nothing any more
//! dns ID auth|resolver|host NAME DATA TTL
//! copy ID running|stuck|finished|errors DONE of TOTAL [failed N] [by N a look] [each N bytes]
//!                                 a running one ends when all is done
//! copy ID lag BYTES                a replica follows, so far behind
//! copy ID off                      says nothing any more
//! log ID LEVEL TEXT               a line now
//! reconcile ID ok|off NAME=N …    a comparison has run
//! run SPAN                        time passes, every check reads every five seconds
//! sleep SPAN                      the machine is suspended
//! clock SPAN                      the wall clock is set forward, or back with a minus
//! away SPAN, reboot SPAN          the cockpit is left, and opened again after that time, on the same boot or a new one
//! crash SPAN                      the same, but killed
//! operator NAME                   who acts from now on
//! go TEXT                         puts the cursor there
//! tick TEXT                       must tick at once
//! all HEADING                     ticks what is open below it one by one, steps of steps first
//! ask TEXT                        ticks, and something is asked first
//! act ACTION on TEXT              any action by its name in the palette
//! key ACTION                      an action wherever the cursor is
//! type TEXT                       text and enter, into the prompt that is open
//! choose LETTER                   an answer to the question that is open
//! edit OLD => NEW                 the plan's file is changed and saved; \n is a line end
//! see TEXT, unseen TEXT           what stands on a screen of 160 by 45, or does not
//! item TEXT is STATE              where an item stands
//! event NAME COUNT                how many such lines the log has
//! line NAME has TEXT              the last such line has this in it
//! progress DONE of ALL            what the bar counts
//! refused MODE TEXT               going on with the log as live or rehearsal is refused with these words
//! report TEXT                     what the report says; the log is intact
//! page TEXT                       what the report as a page says, its charts told in words with it
//! ```
//!
//! An item is named by words of its text; where two say the same, by its phase first: `Flip > Settings deployed`.

mod play;
mod script;
mod world;

/// Plays `tests/scenarios/NAME.txt` to its end.
fn play(name: &str) {
    let text = std::fs::read_to_string(format!("tests/scenarios/{name}.txt")).unwrap();
    let script = script::read(&text);
    let mut day = None;
    for step in &script.steps {
        play::step(&mut day, &script, step);
    }
    let mut day: play::Day = day.expect("the script begins a run");
    day.end();
}

#[test]
fn the_player_plays() {
    play("smoke");
}

#[test]
fn a_backend_moves_to_another_tenant() {
    play("backend-migration");
}

#[test]
fn a_backend_goes_back_to_its_tenant() {
    play("backend-rollback");
}

#[test]
fn one_unit_stops_before_the_other_starts() {
    play("app-host-migration");
}

#[test]
fn blobs_move_to_another_store() {
    play("object-store-switch");
}

#[test]
fn a_studio_moves_its_pictures() {
    play("storage-migration");
}

#[test]
fn a_studio_moves_to_its_own_subscription() {
    play("subscription-move");
}

#[test]
fn a_name_moves_to_new_addresses() {
    play("dns-cutover");
}

#[test]
fn a_name_goes_back_to_its_addresses() {
    play("dns-rollback");
}

#[test]
fn a_database_is_switched_over() {
    play("database-switch-over");
}

#[test]
fn a_database_goes_back_before_anybody_writes() {
    play("database-rollback");
}

#[test]
fn a_service_is_released_after_a_rehearsal() {
    play("production-release");
}
