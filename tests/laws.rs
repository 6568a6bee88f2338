//! The laws of a run: whatever is done to it in whatever order, what it says stays true.
//!
//! A machine plays random acts, edits, readings, clocks, crashes and reboots on a state with a real sign-off log on a
//! disk; beside it stand a ledger, which reads the log's bytes, and an observer with a stopwatch. Neither uses the code
//! that they judge.

mod judge;
mod ledger;
mod machine;
mod observer;
mod steps;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_acts_restarts_and_clock_steps_breaks_a_law(steps in prop::collection::vec(steps::step(), 1..90)) {
        let mut machine = machine::Machine::start();
        for step in &steps {
            machine.play(step);
            machine.judge();
        }
        machine.end();
    }
}
