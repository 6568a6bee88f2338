//! A value that a second person reads out, beside the one that the probe saw.

use crate::clock::Stamp;
use crate::config::Asked;
use crate::signoff::event::ReadBack;
use crate::state::{State, gates};
use crate::text;

/// What was read out, and what the probe saw of it at that moment.
///
/// `literal`: old and new mean what they say, as in the steps of a rollback itself.
pub(super) fn taken(state: &State, asked: &Asked, said: &str, literal: bool, now: &Stamp) -> ReadBack {
    let saw = match asked {
        Asked::Words(_) => None,
        Asked::Seen(expr) => gates::seen(state, expr, literal, now),
    };
    ReadBack { fact: asked.to_string(), said: said.trim().to_owned(), saw }
}

/// Whether what was read out is what the probe saw; where nothing was seen, nothing contradicts it.
pub(super) fn agrees(read_back: &ReadBack) -> bool {
    let Some(saw) = &read_back.saw else { return true };
    let plain = |text: &str| -> String {
        let text = text.trim().trim_matches(['"', '“', '”', '\'']).to_lowercase();
        text.chars().filter(|c| !c.is_whitespace() && *c != ',').collect()
    };
    let (said, saw) = (plain(&read_back.said), plain(saw));
    said == saw || yes(&said).is_some_and(|it| yes(&saw) == Some(it)) || same_value(&said, &saw)
}

/// Whether a word says that something holds.
fn yes(word: &str) -> Option<bool> {
    match word {
        "yes" | "y" | "true" | "up" | "ok" => Some(true),
        "no" | "n" | "false" | "notup" | "down" => Some(false),
        _ => None,
    }
}

/// Whether two spellings are one number, one span or one size: `100%` and `100.0%`, `90s` and `1m30s`. A span read out
/// without a unit is seconds, as name servers write a TTL.
fn same_value(said: &str, saw: &str) -> bool {
    let number = |text: &str| text.trim_end_matches('%').parse::<f64>().ok();
    match (number(said), number(saw)) {
        (Some(a), Some(b)) => return (a - b).abs() < f64::EPSILON,
        (Some(seconds), None) => {
            return text::parse_duration(saw)
                .is_ok_and(|span| (span.as_secs_f64() - seconds).abs() < f64::EPSILON);
        }
        (None, None) => {}
        _ => return false,
    }
    match (text::parse_duration(said), text::parse_duration(saw)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// How a difference is told.
pub(super) fn difference(name: &str, read_back: &ReadBack) -> Option<String> {
    let saw = read_back.saw.as_ref().filter(|_| !agrees(read_back))?;
    Some(format!(
        "{} read out “{}” for {}, the probe saw “{}”",
        text::clean(name),
        text::clean(&read_back.said),
        text::clean(&read_back.fact),
        text::clean(saw)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(said: &str, saw: Option<&str>) -> bool {
        let (fact, saw) = ("x".to_owned(), saw.map(str::to_owned));
        agrees(&ReadBack { fact, said: said.to_owned(), saw })
    }

    #[test]
    fn the_same_value_in_another_spelling_is_the_same() {
        for (said, saw) in [
            ("203.0.113.7", "203.0.113.7"),
            ("100%", "100.0%"),
            ("100", "100%"),
            ("412 000", "412,000"),
            ("New", "new"),
            ("yes", "true"),
            ("1m30s", "90s"),
            ("300", "5m"),
        ] {
            assert!(read(said, Some(saw)), "{said} {saw}");
        }
        for (said, saw) in
            [("203.0.113.8", "203.0.113.7"), ("99%", "100%"), ("no", "true"), ("old", "new"), ("30", "5m")]
        {
            assert!(!read(said, Some(saw)), "{said} {saw}");
        }
    }

    #[test]
    fn where_nothing_was_seen_nothing_contradicts() {
        assert!(read("412", None));
        assert_eq!(difference("lee", &ReadBack { fact: "x".into(), said: "1".into(), saw: None }), None);
    }
}
