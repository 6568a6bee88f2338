//! What a plan says in plain words: the part that a heading plays, planned durations, lists that are background.
//!
//! Every rule has an id in [`RULES`], which findings cite and `phrases_off` switches off.

use std::time::Duration;

use super::PhaseKind;

mod time;

/// The ids of the rules about plain words.
pub const RULES: &[&str] = &[
    "rollback",
    "criteria",
    "sign-off",
    "estimate",
    "template",
    "checklist",
    "legend",
    "sample",
    "wait",
    "due",
    "goal",
    "hint-status",
    "hint-json",
    "hint-ttl",
    "hint-dns",
    "hint-address",
    "hint-service",
    "hint-copy",
    "hint-log",
    "hint-comparison",
];

/// Which rules are in force.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    off: &'a [String],
}

impl<'a> Rules<'a> {
    pub fn without(off: &'a [String]) -> Rules<'a> {
        Rules { off }
    }

    pub fn on(self, id: &str) -> bool {
        debug_assert!(RULES.contains(&id));
        !self.off.iter().any(|off| off == id)
    }

    /// The part that a heading's words give it.
    pub fn kind(self, heading: &str) -> PhaseKind {
        let heading = heading.to_lowercase().replace(['-', '–', '‑'], " ");
        let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
        // Getting a rollback ready, or deciding about one, is ordinary work.
        let about = has(&[
            "prepar",
            "test",
            "rehears",
            "review",
            "verif",
            "decision",
            "criteria",
            "trigger",
            "when to",
            "ready",
            "readiness",
        ]);
        if self.on("criteria")
            && has(&["success criteria", "acceptance criteria", "exit criteria", "definition of done"])
        {
            PhaseKind::Criteria
        } else if self.on("rollback") && has(&["rollback", "roll back", "back out", "backout"]) && !about {
            PhaseKind::Rollback
        } else if self.on("sign-off") && has(&["sign off", "signoff", "approvals", "final approval"]) {
            PhaseKind::SignOff
        } else {
            PhaseKind::Work
        }
    }

    /// Whether a heading says that its lists are the work.
    pub fn names_work(self, heading: &str) -> bool {
        const NAMES: &[&str] =
            &["checklist", "check list", "steps", "tasks", "todo", "to do", "to dos", "runbook steps"];
        if !self.on("checklist") {
            return false;
        }
        let heading = heading.to_lowercase();
        let heading = heading.trim_matches(|c: char| !c.is_alphanumeric());
        NAMES.contains(&heading)
    }

    /// Whether words over a list say that it explains rather than asks.
    pub fn names_legend(self, words: &str) -> bool {
        const NAMES: &[&str] = &[
            "legend",
            "note",
            "notes",
            "key",
            "glossary",
            "references",
            "reference",
            "see also",
            "links",
            "further reading",
            "related documents",
            "contents",
            "table of contents",
            "background",
            "rollback trigger",
            "rollback triggers",
            "rollback criteria",
            "when to roll back",
            "metadata",
            "participants",
            "contacts",
            "overview",
            "changelog",
        ];
        let words = words.to_lowercase();
        self.on("legend") && NAMES.contains(&words.trim_matches(|c: char| !c.is_alphanumeric()))
    }

    /// Whether words before code say that it is output to expect rather than a command.
    pub fn introduces_sample(self, words: &str) -> bool {
        const WORDS: &[&str] = &[
            "will look like",
            "should look like",
            "looks like this",
            "look something like",
            "looks something like",
            "expected output",
            "expected result",
            "sample output",
            "example output",
            "output should",
            "output will",
            "output is",
            "you should see",
            "you will see",
            "you'll see",
            "should print",
            "should return",
            "should respond",
            "prints",
            "outputs",
            "response:",
        ];
        let words = words.to_lowercase();
        let last = words.trim_end().rsplit(['\n']).next().unwrap_or_default();
        let last = last.trim_end_matches(':').rsplit(". ").next().unwrap_or_default();
        self.on("sample")
            && (WORDS.iter().any(|word| last.contains(word))
                || matches!(last.trim(), "output" | "response" | "result"))
    }

    /// Planned duration in a line such as `Estimated Time: 10-15 minutes`, or in a heading's brackets.
    pub fn estimate(self, text: &str, is_heading: bool) -> Option<(Duration, Duration)> {
        if !self.on("estimate") {
            return None;
        }
        if is_heading {
            return bracketed(text);
        }
        text.lines().find_map(stated)
    }
}

/// What stands before the colon of a planned duration.
const LABELS: &[&str] = &[
    "estimated time",
    "estimated duration",
    "estimate",
    "estimated",
    "time estimate",
    "expected duration",
    "expected time",
    "planned duration",
    "duration",
    "time needed",
    "time required",
    "approximate time",
    "eta",
    "time",
];

fn stated(line: &str) -> Option<(Duration, Duration)> {
    let line = line.to_lowercase();
    let (label, rest) = line.split_once([':', '='])?;
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    if !LABELS.contains(&label) {
        return None;
    }
    let mut all = (Duration::ZERO, Duration::ZERO);
    for part in rest.split('+') {
        let amount = (0..part.len()).filter(|at| part.is_char_boundary(*at)).find_map(|at| {
            let starts = part.as_bytes()[at].is_ascii_digit()
                && !part[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.');
            starts.then(|| amount(&part[at..])).flatten()
        });
        if let Some((shortest, longest, _)) = amount {
            all = (all.0 + shortest, all.1 + longest);
        }
    }
    (all.1 > Duration::ZERO).then_some(all)
}

/// `(15 min)`, `[~2h]`, `– 30 min` at the end of a heading; what is in the brackets must be a duration and nothing else.
fn bracketed(heading: &str) -> Option<(Duration, Duration)> {
    let heading = heading.to_lowercase();
    let heading = heading.trim_end_matches([':', ' ']);
    let inner = match heading.chars().next_back()? {
        ')' => heading.rsplit_once('(')?.1.trim_end_matches(')'),
        ']' => heading.rsplit_once('[')?.1.trim_end_matches(']'),
        _ => {
            let at = ["~", " – ", " — ", " - "]
                .iter()
                .filter_map(|mark| heading.rfind(mark).map(|at| at + mark.len()))
                .max()?;
            &heading[at..]
        }
    };
    let inner = inner.trim_start_matches(['~', '≈', ' ']);
    let inner = ["approx.", "approximately", "approx", "about", "ca.", "max.", "max", "est.", "est", "up to"]
        .iter()
        .find_map(|word| inner.strip_prefix(word))
        .unwrap_or(inner)
        .trim_start_matches([':', '~', ' ']);
    let (shortest, longest, used) = amount(inner)?;
    // `(1-2 days before)`, `(7 days)`: days in a heading say when, not how long.
    let short = longest < Duration::from_hours(24);
    (short && inner[used..].trim_matches(['.', ' ']).is_empty()).then_some((shortest, longest))
}

/// A duration at the start of a text: `10-15 minutes`, `1h 30m`, `1.5 hours`; and the bytes it took.
fn amount(text: &str) -> Option<(Duration, Duration, usize)> {
    let (first, mut at) = number(text, 0)?;
    let after = text[at..].trim_start();
    let range = ["-", "–", "—", "to ", "or "].iter().find_map(|mark| after.strip_prefix(mark));
    if let Some(rest) = range {
        let start = text.len() - rest.trim_start().trim_start_matches('~').len();
        if let Some((second, end)) = number(text, start) {
            let (unit, end) = unit(text, end)?;
            return Some((span(first, unit)?, span(second, unit)?, end));
        }
    }
    let (scale, end) = unit(text, at)?;
    at = end;
    let rest = text[at..].trim_start();
    // `45 min - 1 hour`
    if let Some(rest) = ["-", "–", "—", "to "].iter().find_map(|mark| rest.strip_prefix(mark)) {
        let start = text.len() - rest.trim_start().len();
        if let Some((second, end)) = number(text, start)
            && let Some((other, end)) = unit(text, end)
        {
            return Some((span(first, scale)?, span(second, other)?, end));
        }
    }
    let mut all = span(first, scale)?;
    let mut scale = scale;
    // `1h 30m`
    while let Some((next, end)) =
        number(text, text.len() - text[at..].trim_start().trim_start_matches("and ").len())
        && let Some((smaller, end)) = unit(text, end)
        && smaller < scale
    {
        all = all.checked_add(span(next, smaller)?)?;
        (scale, at) = (smaller, end);
    }
    Some((all, all, at))
}

fn number(text: &str, at: usize) -> Option<(f64, usize)> {
    let rest = text.get(at..)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let digits = rest[..digits].trim_end_matches('.').len();
    Some((rest[..digits].parse().ok()?, at + digits))
}

/// Seconds in the unit that stands at a byte.
fn unit(text: &str, at: usize) -> Option<(u32, usize)> {
    let rest = text.get(at..)?.trim_start_matches([' ', '-', '\u{a0}', '+']);
    let start = text.len() - rest.len();
    let length = rest.len() - rest.trim_start_matches(char::is_alphabetic).len();
    let scale = match &rest[..length] {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return None,
    };
    Some((scale, start + length))
}

fn span(number: f64, scale: u32) -> Option<Duration> {
    Duration::try_from_secs_f64(number * f64::from(scale)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(text: &str, heading: bool) -> Option<(u64, u64)> {
        let found = Rules::without(&[]).estimate(text, heading);
        found.map(|(min, max)| (min.as_secs() / 60, max.as_secs() / 60))
    }

    #[test]
    fn planned_durations() {
        for (text, expected) in [
            ("Estimated Time: 10-15 minutes", Some((10, 15))),
            ("Estimated time: 5 minutes + propagation (5-60 minutes)", Some((10, 65))),
            ("**Duration:** ~2h", Some((120, 120))),
            ("Estimate = 1h 30m", Some((90, 90))),
            ("Time: about 1.5 hours", Some((90, 90))),
            ("Estimated duration: 45 min - 1 hour", Some((45, 60))),
            ("ETA: 10 to 20 mins", Some((10, 20))),
            ("Duration: unknown", None),
            ("Time of the change: 10:15", None),
            ("It takes 10 minutes", None),
            ("Duration: 99999999999999999999999999 weeks", None),
        ] {
            assert_eq!(minutes(text, false), expected, "{text}");
        }
        for (text, expected) in [
            ("Deploy (15 min)", Some((15, 15))),
            ("Deploy (~1-2 h)", Some((60, 120))),
            ("Deploy [approx. 30 minutes]", Some((30, 30))),
            ("Deploy – 20 min", Some((20, 20))),
            ("Deploy ~2h", Some((120, 120))),
            ("Before (1-2 days before)", None),
            ("After 7 Days (Recommended)", None),
            ("Phase 1", None),
        ] {
            assert_eq!(minutes(text, true), expected, "{text}");
        }
    }

    #[test]
    fn parts_that_headings_play() {
        for (heading, kind) in [
            ("Rollback plan (if needed)", PhaseKind::Rollback),
            ("How to roll back", PhaseKind::Rollback),
            ("Rollback rehearsed", PhaseKind::Work),
            ("Verify the rollback", PhaseKind::Work),
            ("Success Criteria", PhaseKind::Criteria),
            ("Rollback criteria", PhaseKind::Work),
            ("Sign-Off", PhaseKind::SignOff),
            ("Final approvals", PhaseKind::SignOff),
            ("Sign in", PhaseKind::Work),
        ] {
            assert_eq!(Rules::without(&[]).kind(heading), kind, "{heading}");
        }
        let off = ["rollback".to_owned()];
        assert_eq!(Rules::without(&off).kind("Rollback"), PhaseKind::Work);
    }

    #[test]
    fn words_before_output() {
        let rules = Rules::without(&[]);
        for words in
            ["Expected output:", "Run it. The output will look like this:", "You should see", "Output:"]
        {
            assert!(rules.introduces_sample(words), "{words}");
        }
        for words in ["Run this:", "The output goes to a file. Start it with"] {
            assert!(!rules.introduces_sample(words), "{words}");
        }
    }
}
