//! Waits, due times, the goal of the outage and how long an item takes, in plain words.
//!
//! A lock that nobody meant is worse than one that was missed: every form here stands at the beginning of an item or a
//! heading, or alone in its brackets, and what sounds like a condition or an upper bound is none.

use std::time::Duration;

use chrono::NaiveTime;

use super::{Rules, amount, bracketed};
use crate::checklist::Due;

#[cfg(test)]
mod tests;

/// Time to be waited, as far as the words say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::checklist) struct Said {
    /// At least so long; zero where a TTL must run out.
    pub least: Duration,
    /// At most.
    pub most: Option<Duration>,
    /// What it counts from.
    pub after: Option<String>,
}

impl Said {
    fn of((least, most): (Duration, Duration), after: Option<String>) -> Said {
        Said { least, most: Some(most), after }
    }
}

impl Rules<'_> {
    /// Time to be waited before an item, or before all that stands under a heading.
    pub(in crate::checklist) fn wait(self, words: &str, heading: bool) -> Option<Said> {
        if !self.on("wait") {
            return None;
        }
        let plain = plain(words);
        let lead = lead(&plain);
        waits(lead)
            .or_else(|| after(lead, heading))
            .or_else(|| anchored(lead, heading))
            .or_else(|| of_ttl(lead))
            .or_else(|| {
                let said = aside(&plain, heading)?;
                after(said, true).or_else(|| anchored(said, true)).or_else(|| waits(said).filter(|_| heading))
            })
    }

    /// When an item or a heading is due; with a span of time (`06:30-06:45`) how long it takes.
    pub(in crate::checklist) fn due(self, words: &str, heading: bool) -> Option<(Due, Option<Duration>)> {
        if !self.on("due") {
            return None;
        }
        let plain = plain(words);
        let lead = lead(&plain);
        let relative = |text: &str, alone: bool| countdown(text).or_else(|| before(text, alone));
        if let Some(seconds) = relative(lead, heading) {
            return Some((Due::Relative(seconds), None));
        }
        if let Some(found) = clock_span(lead) {
            return Some(found);
        }
        let inside = aside(&plain, heading);
        if let Some(seconds) = inside.and_then(|said| relative(said, true)) {
            return Some((Due::Relative(seconds), None));
        }
        inside.and_then(clock_alone).or_else(|| at_clock(&plain)).map(|due| (due, None))
    }

    /// How long an item takes, by its own words: `Restore the dump (20 min)`, `takes about 5 minutes`.
    pub(in crate::checklist) fn takes(self, words: &str) -> Option<(Duration, Duration)> {
        if !self.on("estimate") {
            return None;
        }
        let plain = plain(words);
        let said =
            ["takes ", "should take ", "may take ", "can take ", "will take "].iter().find_map(|verb| {
                let at = plain.find(verb)?;
                let starts = at == 0 || plain[..at].ends_with([' ', '(', ',', ';']);
                let rest = fillers(&plain[at + verb.len()..]);
                starts.then(|| number_of_time(rest)).flatten().map(|(span, _)| span)
            });
        let brackets =
            || plain.trim_end_matches(['.', ' ', ':']).ends_with([')', ']']).then(|| bracketed(&plain));
        said.or_else(|| brackets().flatten()).filter(|(least, _)| !least.is_zero())
    }

    /// The longest outage allowed: `downtime … (goal: < 15 minutes)`.
    pub(in crate::checklist) fn outage_goal(self, line: &str) -> Option<Duration> {
        if !self.on("goal") {
            return None;
        }
        let plain = plain(line);
        if !["downtime", "outage"].iter().any(|word| has_word(&plain, word)) {
            return None;
        }
        let stated = ["goal", "target", "budget", "maximum", "max"].iter().find_map(|key| {
            let at = word_at(&plain, key)?;
            first_amount(&plain[at + key.len()..])
        });
        let bounded = || {
            let at = plain.find("more than ")?;
            let denied = ["no ", "not "].iter().any(|no| plain[..at].contains(no));
            let (span, rest) = number_of_time(&plain[at + "more than ".len()..])?;
            let rest = rest.trim_start().strip_prefix("of ").unwrap_or(rest).trim_start();
            (denied && (rest.starts_with("downtime") || rest.starts_with("outage"))).then_some(span)
        };
        stated.or_else(bounded).map(|(_, most)| most).filter(|most| !most.is_zero())
    }
}

/// Lower case, with one kind of dash and of space.
fn plain(words: &str) -> String {
    let same = |c: char| match c {
        '–' | '—' | '−' | '‑' | '‐' => '-',
        '\u{a0}' | '\u{202f}' | '\t' | '\n' => ' ',
        '’' => '\'',
        c => c,
    };
    words.to_lowercase().chars().map(same).collect()
}

/// The text without marks, and without the number of a step, at its beginning.
fn lead(plain: &str) -> &str {
    let text = plain.trim_start_matches(|c: char| !c.is_alphanumeric());
    let numbered = ["phase ", "step ", "stage ", "part "]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .and_then(|rest| {
            rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').strip_prefix([':', ')', ' '])
        })
        .or_else(|| {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            // `4. After 7 days`, but neither `4.5 hours` nor `10 minutes`.
            (rest.len() < text.len()).then_some(rest)?.strip_prefix(['.', ')'])?.strip_prefix(' ')
        });
    numbered.map_or(text, |rest| rest.trim_start_matches(|c: char| !c.is_alphanumeric()))
}

/// What stands in the brackets at the end; of a heading also what stands behind its last dash or colon.
fn aside(plain: &str, heading: bool) -> Option<&str> {
    let text = plain.trim_end_matches(['.', ':', '!', ' ']);
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inside) = text.strip_suffix(close).and_then(|text| text.rsplit_once(open)) {
            return Some(inside.1.trim());
        }
    }
    let tail = |mark: &str| text.rfind(mark).map(|at| at + mark.len());
    let at = tail(" - ").max(tail(": ")).filter(|_| heading)?;
    Some(text[at..].trim())
}

/// Words before an amount that leave it a lower bound.
fn fillers(mut text: &str) -> &str {
    const WORDS: [&str; 12] = [
        "for ",
        "at least ",
        "a minimum of ",
        "about ",
        "around ",
        "approximately ",
        "approx. ",
        "another ",
        "an additional ",
        "roughly ",
        "ca. ",
        "some ",
    ];
    loop {
        text = text.trim_start_matches([' ', '~', '≈', '≥', '>', '=', '(', ':']);
        match WORDS.iter().find_map(|word| text.strip_prefix(word)) {
            Some(rest) => text = rest,
            None => return text,
        }
    }
}

/// An amount of time at the beginning, in digits or as a small number in letters, and what follows it.
fn number_of_time(text: &str) -> Option<((Duration, Duration), &str)> {
    const SMALL: [(&str, &str); 13] = [
        ("an ", "1 "),
        ("a ", "1 "),
        ("one ", "1 "),
        ("two ", "2 "),
        ("three ", "3 "),
        ("four ", "4 "),
        ("five ", "5 "),
        ("six ", "6 "),
        ("seven ", "7 "),
        ("ten ", "10 "),
        ("fifteen ", "15 "),
        ("thirty ", "30 "),
        ("half an ", "0.5 "),
    ];
    if let Some((least, most, used)) = amount(text) {
        return (least <= most).then(|| ((least, most), &text[used..]));
    }
    let (word, digits) = SMALL.iter().find(|(word, _)| text.starts_with(word))?;
    let spelt = format!("{digits}{}", &text[word.len()..]);
    let (least, most, used) = amount(&spelt)?;
    Some(((least, most), &text[word.len() + used - digits.len()..]))
}

/// The first amount behind a keyword, if nothing but marks and small words stands between.
fn first_amount(text: &str) -> Option<(Duration, Duration)> {
    const BETWEEN: [&str; 14] = [
        "is", "of", "less", "than", "under", "below", "at", "most", "max", "no", "more", "downtime",
        "outage", "for",
    ];
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let mut words = text[..at].split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| BETWEEN.contains(&word)).then(|| number_of_time(&text[at..]))?.map(|(span, _)| span)
}

fn word_at(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        free(text[..*at].chars().next_back()) && free(text[at + word.len()..].chars().next())
    })
}

fn has_word(text: &str, word: &str) -> bool {
    word_at(text, word).is_some()
}

/// `wait 24-48 hours`, `wait at least 10 minutes after the DNS change before …`
fn waits(text: &str) -> Option<Said> {
    let verb = ["please wait ", "wait ", "pause ", "hold off ", "let it soak ", "soak "];
    let rest = fillers(verb.iter().find_map(|verb| text.strip_prefix(verb))?);
    let (span, rest) = number_of_time(rest)?;
    let rest = rest.trim_start_matches([' ', ')', '!']);
    if conditional(rest) {
        return None;
    }
    Some(Said::of(span, named(rest)))
}

/// What follows makes of a wait something that may end earlier, or may not be.
fn conditional(rest: &str) -> bool {
    ["or until", "or till", "or when", "or for", "if ", "unless ", "max", "at most", "tops", "between "]
        .iter()
        .any(|word| rest.starts_with(word))
}

/// What a wait counts from: `after the DNS change before …`.
fn named(rest: &str) -> Option<String> {
    let rest = ["after ", "from ", "since ", "following ", "once "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))?;
    until_stop(rest)
}

fn until_stop(text: &str) -> Option<String> {
    let stops = [",", ";", ". ", ":", "(", ")", " before ", " then ", " - "];
    let end = stops.iter().filter_map(|stop| text.find(stop)).min().unwrap_or(text.len());
    let text = text[..end].trim_matches(|c: char| !c.is_alphanumeric());
    let text = text.strip_prefix("the ").unwrap_or(text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// `After 7 days (recommended)`, `After 24-48 hours of stable operation`, `After 10 minutes, check …`.
fn after(text: &str, heading: bool) -> Option<Said> {
    const VERBS: [&str; 22] = [
        "check",
        "verify",
        "confirm",
        "delete",
        "remove",
        "stop",
        "decommission",
        "run",
        "restart",
        "switch",
        "raise",
        "disable",
        "drop",
        "cancel",
        "archive",
        "start",
        "review",
        "compare",
        "close",
        "revoke",
        "test",
        "re-check",
    ];
    let (span, rest) = number_of_time(fillers(text.strip_prefix("after ")?))?;
    let rest = rest.trim_start();
    let first = rest.split(|c: char| c != '-' && !c.is_alphanumeric()).next().unwrap_or_default();
    let ends = rest.is_empty() || rest.starts_with([',', ':', '(', '-', ')', '.', '!', ';']);
    let of = ["of ", "from ", "since ", "without "].iter().any(|word| rest.starts_with(word));
    let asks = heading || ends || of || VERBS.contains(&first);
    let after = ["from ", "since "].iter().find_map(|word| rest.strip_prefix(word)).and_then(until_stop);
    asks.then(|| Said::of(span, after))
}

/// `24 hours after the DNS change`, behind it nothing, a colon or a comma.
fn anchored(text: &str, heading: bool) -> Option<Said> {
    let (span, rest) = number_of_time(fillers(text))?;
    let rest = rest.trim_start().strip_prefix("after ")?;
    let stops = heading || rest.contains([':', ',']) || rest.split_whitespace().count() <= 4;
    let after = until_stop(rest)?;
    stops.then(|| Said::of(span, Some(after)))
}

/// `Old TTL has expired`, `Wait for the TTL to expire`: how long that is a DNS record knows.
fn of_ttl(text: &str) -> Option<Said> {
    const GONE: [&str; 8] =
        ["expire", "elapse", "lapse", "has passed", "to pass", "run out", "ran out", "has run"];
    let about = has_word(text, "ttl") || has_word(text, "ttls");
    let gone = GONE.iter().any(|word| text.contains(word));
    let old = ["old", "previous", "original", "former"].iter().any(|word| {
        word_at(text, word).is_some_and(|at| {
            let rest = text[at + word.len()..].trim_start();
            rest.starts_with("ttl") || rest.starts_with("dns ttl")
        })
    });
    let waits = text.starts_with("wait") || text.starts_with("ttl");
    let other = ["lower", "set ", "reduce", "raise"].iter().any(|word| text.contains(word));
    let said = Said { least: Duration::ZERO, most: None, after: None };
    (about && gone && (old || waits) && !other).then_some(said)
}

/// `T-24h`, `T+15`, `T minus 2 hours`, `D-1`: seconds.
fn countdown(text: &str) -> Option<i64> {
    let (days, rest) = match text.strip_prefix('t') {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix('d')?),
    };
    let trimmed = rest.trim_start();
    let (sign, rest) = [("-", -1), ("+", 1), ("minus ", -1), ("plus ", 1)]
        .iter()
        .find_map(|(mark, sign)| Some((*sign, trimmed.strip_prefix(mark)?.trim_start())))?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: i64 = rest[..digits].parse().ok().filter(|number| *number < 10_000)?;
    let ends =
        |rest: &str| rest.is_empty() || rest.starts_with([' ', ':', ')', ']', ',', ';', '.', '-', '/', '|']);
    if days {
        return ends(&rest[digits..]).then_some(sign * number * 86_400);
    }
    // A range ends when it is due; an amount that runs on into a word is none.
    match amount(rest) {
        Some((least, most, used)) if least == most && ends(&rest[used..]) => {
            Some(sign * i64::try_from(least.as_secs()).ok()?)
        }
        _ => ends(&rest[digits..]).then_some(sign * number * 60),
    }
}

/// `1-2 days before the migration`: seconds, the last moment that still is so.
fn before(text: &str, alone: bool) -> Option<i64> {
    if alone && ["day before", "the day before"].iter().any(|said| text.starts_with(said)) {
        return Some(-86_400);
    }
    let ((least, _), rest) = number_of_time(fillers(text))?;
    let rest = rest.trim_start().strip_prefix("before")?;
    let whole = rest.is_empty() || rest.starts_with([' ', ':', ',', ')', '-', '.']);
    let stops = alone || rest.contains([':', ',']);
    (whole && stops).then(|| i64::try_from(least.as_secs()).map(|seconds| -seconds).ok())?
}

/// A time of day at the beginning: the time, whether it is UTC, and what follows.
fn time_of_day(text: &str) -> Option<(NaiveTime, bool, &str)> {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let hours = digits(text);
    let mut hour: u32 = text.get(..hours).filter(|_| (1..=2).contains(&hours))?.parse().ok()?;
    let mut rest = &text[hours..];
    let mut numbers = [0_u32; 2];
    let mut parts = 0;
    while let Some(after) = rest.strip_prefix(':').filter(|_| parts < 2) {
        let number = after.get(..2).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        numbers[parts] = number.parse().ok()?;
        parts += 1;
        rest = &after[2..];
    }
    let half = ["am", "a.m.", "pm", "p.m."].iter().find_map(|word| {
        let after = rest.trim_start().strip_prefix(word)?;
        (!after.starts_with(char::is_alphanumeric)).then_some((word.starts_with('p'), after))
    });
    match half {
        Some((afternoon, after)) if (1..=12).contains(&hour) => {
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            rest = after;
        }
        _ if parts == 0 => return None,
        _ => {}
    }
    if rest.starts_with(|c: char| c.is_ascii_digit() || c == ':' || c == '%') {
        return None;
    }
    let zone = ["utc", "z", "gmt", "h", "hrs", "uhr"].iter().find_map(|zone| {
        let after = rest.trim_start().strip_prefix(zone)?;
        (!after.starts_with(char::is_alphanumeric)).then_some((!zone.contains('h'), after))
    });
    let (utc, rest) = zone.unwrap_or((false, rest));
    if rest.starts_with(char::is_alphanumeric) {
        return None;
    }
    Some((NaiveTime::from_hms_opt(hour, numbers[0], numbers[1])?, utc, rest))
}

/// `06:30 switch DNS`, `06:30-06:45 switch DNS`.
fn clock_span(text: &str) -> Option<(Due, Option<Duration>)> {
    let (time, utc, rest) = time_of_day(text.strip_prefix("at ").unwrap_or(text))?;
    let end = ["-", "to ", "until "].iter().find_map(|mark| rest.trim_start().strip_prefix(mark));
    let end = end.and_then(|rest| time_of_day(rest.trim_start()));
    let Some((end, also, _)) = end else { return Some((Due::Clock { time, utc }, None)) };
    let day = chrono::TimeDelta::days(1);
    let span = if end < time { end - time + day } else { end - time };
    Some((Due::Clock { time, utc: utc || also }, span.to_std().ok()))
}

/// `(06:30)`, `(at 22:00 UTC)`, and nothing else.
fn clock_alone(text: &str) -> Option<Due> {
    let (time, utc, rest) = time_of_day(text.strip_prefix("at ").unwrap_or(text))?;
    rest.trim().is_empty().then_some(Due::Clock { time, utc })
}

/// `Switch DNS at 22:00 UTC`: at the end, and not of what happens again and again, or did.
fn at_clock(text: &str) -> Option<Due> {
    const OTHER: [&str; 12] = [
        "every",
        "daily",
        "nightly",
        "weekly",
        "cron",
        "each",
        "logged",
        "runs",
        "scheduled",
        "started",
        "done",
        "since",
    ];
    if OTHER.iter().any(|word| has_word(text, word)) {
        return None;
    }
    let at = text.rfind(" at ").map(|at| at + " at ".len())?;
    let (time, utc, rest) = time_of_day(&text[at..])?;
    rest.trim_matches(['.', '!', ' ', ')', ':']).is_empty().then_some(Due::Clock { time, utc })
}
