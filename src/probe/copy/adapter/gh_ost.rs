//! gh-ost: its status line.
//!
//! Source: gh-ost's `migrator.go` and its page on understanding the output, transcripts; no package to try. Rows are an
//! estimate of the optimiser: 100 % may be passed by far. Once all is copied it may wait for the cut-over. It speaks
//! every second at first, every 30 seconds later.
//!
//! | exit | meaning |
//! |---|---|
//! | 0 | finished |
//! | others | gave up |

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{Said, Tool, pattern};
use crate::probe::copy::units;
use crate::sample::copy::{Count, Lag, Progress, Stage};

/// Three of its intervals in the first minutes.
const EARLY: Duration = Duration::from_secs(15);

/// Three of its intervals later on.
const LATE: Duration = Duration::from_secs(90);

/// Until so long after its start it speaks often.
const OFTEN: Duration = Duration::from_mins(1);

static STATUS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:# )?Copy: (\d+)/(\d+) ([\d.]+)%; Applied: (\d+); Backlog: (\d+)/(\d+); Time: (\S+)\(total\), (\S+)\(copy\); streamer: ([^;]+); (?:Lag: ([\d.]+)s, )?(?:HeartbeatLag: ([\d.]+)s, )?State: ([^;]+); ETA: (.+)$",
    )
});

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct GhOst {
    total_time: Duration,
}

impl Tool for GhOst {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(found) = STATUS.captures(record) {
            let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let time = units::span(at(7)).unwrap_or_default();
            if time < self.total_time {
                said.restart();
            }
            self.total_time = time;
            said.unit = "rows";
            said.objects = Count { done: units::whole(at(1)), total: units::whole(at(2)) };
            said.percent = units::number(at(3));
            let lag = units::number(at(10)).or_else(|| units::number(at(11))).and_then(units::seconds);
            said.lag = lag.map(|time| Lag { bytes: None, time: Some(time) });
            let state = at(12);
            said.throttled = state.starts_with("throttled");
            said.left = if at(13).trim() == "due" { Some(Duration::ZERO) } else { units::span(at(13)) };
            said.at(state);
            said.stage = if state.contains("cut-over") { Stage::Verifying } else { Stage::Running };
            said.remark("its total is an estimate");
            return true;
        }
        if record.trim_start_matches("# ").starts_with("Done migrating ")
            || record.ends_with("Done migrating")
        {
            said.finish();
            return true;
        }
        if let Some(at) = record.find(" FATAL ") {
            let words = &record[at + " FATAL ".len()..];
            said.error(words);
            said.give_up(words);
            return true;
        }
        if let Some(at) = record.find(" ERROR ").filter(|_| self.total_time > Duration::ZERO) {
            said.error(&record[at + " ERROR ".len()..]);
            return true;
        }
        false
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        match code {
            0 => said.finish(),
            _ => said.give_up_or(&format!("gh-ost ended with {code}")),
        }
    }

    fn quiet(&self, _progress: &Progress) -> Duration {
        if self.total_time < OFTEN { EARLY } else { LATE }
    }
}
