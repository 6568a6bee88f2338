//! The program `progress`, which watches the open files of other programs.
//!
//! Source: its manual; tried with 0.16. Two lines a file: the program and the path, then how far it is. The writing side
//! of a copy always shows 100 %: the largest file that is not complete is followed.
//!
//! Its exit code is its own, not that of what it watches.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::{LIVELY, Said, Tool, pattern};
use crate::probe::copy::units::{self, Kilo};
use crate::sample::copy::{self, Count, Stage};

static FILE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[ *\d+\] \S+ (/.+?)\$?$"));

static FAR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\t|\^I|\s)*([\d.]+)% \(([\d.]+ [KMGTPE]?i?B) / ([\d.]+ [KMGTPE]?i?B)\)(?: ([\d.]+ [KMGTPE]?i?B/s))?(?: remaining (\d+:\d\d:\d\d))?\$?$",
    )
});

/// The adapter.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// The path of which the next line speaks.
    path: String,
    /// The path that is followed.
    chosen: String,
}

impl Tool for Progress {
    fn record(&mut self, record: &str, said: &mut Said) -> bool {
        if let Some(path) = FILE.captures(record).and_then(|found| found.get(1)) {
            path.as_str().clone_into(&mut self.path);
            return true;
        }
        let Some(found) = FAR.captures(record) else { return false };
        let at = |n: usize| found.get(n).map_or("", |m| m.as_str());
        let bytes =
            Count { done: units::bytes(at(2), Kilo::Decimal), total: units::bytes(at(3), Kilo::Decimal) };
        let complete = bytes.done == bytes.total;
        let better = self.chosen.is_empty() || (!complete && bytes.total > said.bytes.total);
        if self.path != self.chosen && !better {
            return true;
        }
        self.chosen.clone_from(&self.path);
        said.bytes = bytes;
        said.percent = units::number(at(1));
        said.rate = units::rate(at(4), Kilo::Decimal);
        said.left = units::span(at(5));
        said.total_is_final = true;
        said.stage = Stage::Running;
        let path = self.path.clone();
        said.at(&path);
        true
    }

    fn ended(&mut self, code: i32, said: &mut Said) {
        if code != 0 {
            said.error(&format!("progress ended with {code}"));
        }
    }

    fn quiet(&self, _progress: &copy::Progress) -> Duration {
        LIVELY
    }
}
