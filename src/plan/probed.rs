//! What every probe of a plan saw in one look: for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::Plan;
use super::check::{FINDINGS, Format, READY};
use crate::sample::{ProbeId, ProbeState};
use crate::text::{self, Redactor};

/// Columns of what a probe saw, for people: the whole is for programs.
const SAW: usize = 160;

/// What one probe saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Which.
    pub probe: ProbeId,
    /// Whether that is good; `None` where it is neither, as of a copy that has not begun.
    pub good: Option<bool>,
    /// Its state; `None` for what was not asked.
    pub state: Option<ProbeState>,
    /// In one clause.
    pub saw: String,
    /// What else should be known before the day, each a clause.
    pub warnings: Vec<String>,
    /// How long it took.
    pub took: Option<Duration>,
}

/// All that was seen, as a table or as JSON, with the exit code: [`READY`] if all is good, else [`FINDINGS`].
///
/// # Json
///
/// The object's `format` is `cutover-probe/1`. Within `/1` keys are only ever added. `file`, `title`, `took_ms` (of the
/// whole); `counts`: `probes`, `good`, `bad`, `neither`, `warnings`. `probes[]`, in the sidecar's order: `probe`
/// (`health/api/new`), `kind`, `name`, `side` (null, `old`, `new` or `live`), `good` (true, false, or null where it is
/// neither), `state` (`up`, `down`, …; null if it was not asked), `saw`, `warnings[]`, `took_ms` (or null).
#[must_use]
pub fn say(plan: &Plan, probed: Vec<Probed>, took: Duration, format: Format) -> (String, u8) {
    let redactor = plan.settings.redactor();
    let report = Report::of(plan, probed, took, &redactor);
    let counts = &report.counts;
    let code = if counts.bad + counts.warnings == 0 { READY } else { FINDINGS };
    let out = match format {
        Format::Text => report.to_text(),
        // A report is made of strings and numbers, which always serialize.
        Format::Json => serde_json::to_string_pretty(&report).map(|json| json + "\n").unwrap_or_default(),
    };
    (out, code)
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    file: String,
    title: String,
    took_ms: u64,
    counts: Counts,
    probes: Vec<Row>,
}

#[derive(Default, Serialize)]
struct Counts {
    probes: usize,
    good: usize,
    bad: usize,
    neither: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct Row {
    probe: String,
    kind: &'static str,
    name: String,
    side: Option<String>,
    good: Option<bool>,
    state: Option<ProbeState>,
    saw: String,
    warnings: Vec<String>,
    took_ms: Option<u64>,
}

impl Report {
    fn of(plan: &Plan, probed: Vec<Probed>, took: Duration, redactor: &Redactor) -> Report {
        let clean = |text: &str| {
            let text = redactor.redact(text);
            // Cleaning may put a secret together that control characters kept apart.
            redactor.redact(&text::clean(&text)).into_owned()
        };
        let rows: Vec<Row> = probed
            .into_iter()
            .map(|seen| Row {
                probe: clean(&seen.probe.to_string()),
                kind: seen.probe.kind.name(),
                name: clean(&seen.probe.name),
                side: seen.probe.side.map(|side| side.to_string()),
                good: seen.good,
                state: seen.state,
                saw: clean(&seen.saw),
                warnings: seen.warnings.iter().map(|warning| clean(warning)).collect(),
                took_ms: seen.took.map(millis),
            })
            .collect();
        let count = |good| rows.iter().filter(|row| row.good == good).count();
        let counts = Counts {
            probes: rows.len(),
            good: count(Some(true)),
            bad: count(Some(false)),
            neither: count(None),
            warnings: rows.iter().map(|row| row.warnings.len()).sum(),
        };
        Report {
            format: "cutover-probe/1",
            file: plan.path.display().to_string(),
            title: clean(&plan.title()),
            took_ms: millis(took),
            counts,
            probes: rows,
        }
    }

    fn to_text(&self) -> String {
        let mut out = String::new();
        let columns = |of: fn(&Row) -> String| {
            self.probes.iter().map(|row| text::width(&of(row))).max().unwrap_or_default()
        };
        let (probe, state, took) =
            (columns(|row| row.probe.clone()), columns(Row::state), columns(Row::took));
        for row in &self.probes {
            let mark = match row.good {
                Some(true) => " ",
                Some(false) => "!",
                None => "?",
            };
            let head = format!(
                "{mark} {}  {}  {:>took$}  ",
                text::pad(&row.probe, probe),
                text::pad(&row.state(), state),
                row.took()
            );
            let line = format!("{head}{}", text::truncate(&row.saw, SAW));
            let _infallible = writeln!(out, "{}", line.trim_end());
            for warning in &row.warnings {
                let indent = text::width(&head);
                let _infallible = writeln!(out, "{:indent$}warning: {}", "", text::truncate(warning, SAW));
            }
        }
        if !self.probes.is_empty() {
            out.push('\n');
        }
        let Counts { probes, good, bad, neither, warnings } = self.counts;
        let mut counts = vec![text::plural(probes, "probe", "probes"), format!("{good} good")];
        for (count, word) in [(bad, "not good"), (neither, "not begun")] {
            if count > 0 {
                counts.push(format!("{count} {word}"));
            }
        }
        if warnings > 0 {
            counts.push(text::plural(warnings, "warning", "warnings"));
        }
        let took = text::short(Duration::from_millis(self.took_ms));
        let _infallible = writeln!(out, "{}: {}, in {took}", self.file, counts.join(", "));
        out
    }
}

impl Row {
    fn state(&self) -> String {
        self.state.map_or_else(|| "not asked".to_owned(), |state| state.to_string())
    }

    fn took(&self) -> String {
        self.took_ms.map(|ms| text::short(Duration::from_millis(ms))).unwrap_or_default()
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probed(probe: &str, good: Option<bool>, state: Option<ProbeState>, saw: &str) -> Probed {
        let probe = probe.parse().unwrap();
        let took = Some(Duration::from_millis(61));
        Probed { probe, good, state, saw: saw.to_owned(), warnings: Vec::new(), took }
    }

    fn all() -> Vec<Probed> {
        let mut late = probed("health/api/new", Some(true), Some(ProbeState::Up), "200 in 61ms");
        late.warnings.push("certificate > 14d, saw 3d".to_owned());
        let mut idle = probed("reconcile/blobs", None, None, "runs only when asked");
        idle.took = None;
        vec![
            late,
            probed(
                "host/here",
                Some(false),
                Some(ProbeState::Down),
                "\u{1b}[31mcpu\n\u{202e} token=hunter2hunter2",
            ),
            idle,
        ]
    }

    #[test]
    fn a_table_for_people() {
        let plan = Plan { path: "shop.md".into(), ..Plan::default() };
        let (out, code) = say(&plan, all(), Duration::from_millis(1250), Format::Text);
        assert_eq!(code, FINDINGS);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], "  health/api/new   up         61ms  200 in 61ms");
        assert_eq!(lines[1], "                                    warning: certificate > 14d, saw 3d");
        assert!(lines[2].starts_with("! host/here        down       61ms  cpu "), "{out}");
        assert_eq!(lines[3], "? reconcile/blobs  not asked        runs only when asked");
        assert_eq!(lines[5], "shop.md: 3 probes, 1 good, 1 not good, 1 not begun, 1 warning, in 1.2s");
        assert!(!out.contains('\u{1b}') && !out.contains("hunter2") && !out.contains('\u{202e}'), "{out:?}");
    }

    #[test]
    fn json_for_programs() {
        let plan = Plan { path: "shop.md".into(), ..Plan::default() };
        let (out, _) = say(&plan, all(), Duration::from_millis(1250), Format::Json);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&json["format"], &json["took_ms"]), (&"cutover-probe/1".into(), &1250.into()));
        assert_eq!(
            json["counts"],
            serde_json::json!({"probes": 3, "good": 1, "bad": 1, "neither": 1, "warnings": 1})
        );
        let new = &json["probes"][0];
        assert_eq!(
            *new,
            serde_json::json!({
                "probe": "health/api/new", "kind": "health", "name": "api", "side": "new", "good": true,
                "state": "up", "saw": "200 in 61ms", "warnings": ["certificate > 14d, saw 3d"], "took_ms": 61,
            })
        );
        assert_eq!(json["probes"][2]["state"], serde_json::Value::Null);
        assert!(!out.contains("hunter2"), "{out}");
    }

    #[test]
    fn good_is_ready_and_so_is_nothing_to_ask() {
        let plan = Plan { path: "shop.md".into(), ..Plan::default() };
        let good = vec![probed("health/api", Some(true), Some(ProbeState::Up), "200")];
        assert_eq!(say(&plan, good, Duration::ZERO, Format::Text).1, READY);
        let (out, code) = say(&plan, Vec::new(), Duration::ZERO, Format::Text);
        assert_eq!((out.as_str(), code), ("shop.md: 0 probes, 0 good, in 0ms\n", READY));
    }
}
