//! Choices in plain words: `Choose one method`, `Method A`, `If yes`, `SKIP to Phase 4`.
//!
//! A decision that nobody meant would close steps that are needed, so every form here is narrow.

use super::Rules;

/// What ways are called.
const WAYS: [&str; 7] = ["method", "strategy", "option", "approach", "alternative", "variant", "route"];

/// One of several ways, by its heading's words: `Method A: …`, `Option 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checklist) struct Way {
    /// What it is called.
    pub word: &'static str,
    /// It has a letter, not a number.
    pub lettered: bool,
    /// Which of them, from 1.
    pub number: u32,
}

impl Way {
    /// Whether it stands behind the other.
    pub fn follows(self, other: Way) -> bool {
        self.word == other.word && self.lettered == other.lettered && self.number == other.number + 1
    }
}

impl Rules<'_> {
    /// The way that a heading or an item is, by its first words.
    pub(in crate::checklist) fn way(self, words: &str) -> Option<Way> {
        if !self.on("choice") {
            return None;
        }
        let plain = plain(words);
        let text = plain.trim_start_matches(|c: char| !c.is_alphabetic());
        let (word, rest) = WAYS.iter().find_map(|word| Some((*word, text.strip_prefix(word)?)))?;
        let rest = rest.strip_prefix([' ', '-', '#'])?.trim_start_matches([' ', '#']);
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (mark, behind) = rest.split_at(length);
        let ends = behind.is_empty() || behind.trim_start().starts_with([':', '(', ')', '-', '.', ',', '[']);
        let number = match mark.as_bytes() {
            [letter @ b'a'..=b'h'] => u32::from(letter - b'a') + 1,
            [digit @ b'1'..=b'9'] => u32::from(digit - b'0'),
            _ => return None,
        };
        let lettered = mark.starts_with(char::is_alphabetic);
        // `Option 1 is gone` speaks of one.
        ends.then_some(Way { word, lettered, number })
    }

    /// Whether words ask for one of several ways; and what the ways are called, if they say.
    #[expect(clippy::option_option, reason = "whether they ask, and whether they say of what")]
    pub(in crate::checklist) fn asks(self, words: &str) -> Option<Option<&'static str>> {
        const VERBS: [&str; 4] = ["choose", "select", "pick", "decide on"];
        if !self.on("choice") {
            return None;
        }
        let plain = plain(words);
        let text = plain.trim_start_matches(|c: char| !c.is_alphabetic());
        let rest = VERBS.iter().find_map(|verb| text.strip_prefix(verb)?.strip_prefix(' '))?;
        let rest = rest.trim_start();
        let of = called(rest.split(['.', ':', '\n']).next().unwrap_or_default());
        let one =
            ["one of the following", "one of these", "one of the "].iter().any(|it| rest.starts_with(it));
        let named = ["one ", "your ", "a ", "an ", "the ", "which ", "exactly one ", "between "];
        let alone = rest.trim_end_matches([':', '.', '!']) == "one";
        let meant = of.is_some() && named.iter().any(|it| rest.starts_with(it));
        (one || alone || meant).then_some(of)
    }

    /// What an item decides by its words: `Decided on migration strategy: ____` is about strategies.
    pub(in crate::checklist) fn decides(self, words: &str) -> Option<&'static str> {
        const VERBS: [&str; 8] = [
            "decided on",
            "decide on",
            "decided which",
            "decide which",
            "chosen",
            "chose",
            "selected",
            "agreed on",
        ];
        if !self.on("choice") {
            return None;
        }
        let plain = plain(words);
        let rest = VERBS.iter().find_map(|verb| plain.strip_prefix(verb)?.strip_prefix([' ', ':']))?;
        called(rest).or_else(|| self.asks(words).flatten())
    }

    /// The branch that words begin: `If yes: …`, `If no, …`.
    pub(in crate::checklist) fn branch(self, words: &str) -> Option<bool> {
        if !self.on("branch") {
            return None;
        }
        let plain = plain(words);
        let text = plain.trim_start_matches(|c: char| !c.is_alphabetic());
        let ends =
            |rest: &str| rest.trim().is_empty() || rest.trim_start().starts_with([':', ',', '-', ')', '.']);
        let yes = text.strip_prefix("if yes").filter(|rest| ends(rest)).map(|_| true);
        yes.or_else(|| text.strip_prefix("if no").filter(|rest| ends(rest)).map(|_| false))
    }

    /// The place that words skip to, in lower case: `phase 4`, `step 7`.
    pub(in crate::checklist) fn skips_to(self, words: &str) -> Option<String> {
        const PLACES: [&str; 5] = ["phase", "step", "section", "part", "stage"];
        if !self.on("skip") {
            return None;
        }
        let plain = plain(words);
        let at = plain.find("skip to ")?;
        let free = at == 0 || plain[..at].ends_with(|c: char| !c.is_alphanumeric());
        let said = plain[..at].trim_end();
        if !free || ["not", "don't", "never"].iter().any(|no| said.ends_with(no)) {
            return None;
        }
        let rest = plain[at + "skip to ".len()..].trim_start();
        let place = PLACES.iter().find(|place| rest.starts_with(**place))?;
        let number = rest[place.len()..].trim_start();
        let length = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        (length > 0).then(|| format!("{place} {}", &number[..length]))
    }
}

/// Whether a text speaks of that numbered place: `phase 4` in `migration day - phase 4: …`.
pub(in crate::checklist) fn is_place(words: &str, place: &str) -> bool {
    let plain = plain(words);
    plain.match_indices(place).any(|(at, _)| {
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        free(plain[..at].chars().next_back()) && free(plain[at + place.len()..].chars().next())
    })
}

/// The kind of way that words name.
fn called(words: &str) -> Option<&'static str> {
    let mut words = words.split(|c: char| !c.is_alphanumeric());
    words.find_map(|said| {
        WAYS.into_iter().find(|way| {
            said == *way
                || said.strip_suffix('s') == Some(way)
                || said.strip_suffix("es") == Some(way)
                || (*way == "strategy" && said == "strategies")
        })
    })
}

fn plain(words: &str) -> String {
    let same = |c: char| match c {
        '–' | '—' | '−' | '‑' | '‐' => '-',
        '\u{a0}' | '\u{202f}' | '\t' | '*' => ' ',
        '’' => '\'',
        c => c,
    };
    words.trim().to_lowercase().chars().map(same).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules<'static> {
        Rules::without(&[])
    }

    #[test]
    fn ways_by_their_marks() {
        for (words, expected) in [
            ("Method A: Actions (Recommended)", Some(("method", true, 1))),
            ("Method B", Some(("method", true, 2))),
            ("Strategy C: Continuous", Some(("strategy", true, 3))),
            ("Option 1", Some(("option", false, 1))),
            ("Option #2 – restore", Some(("option", false, 2))),
            ("**Approach 2**: rsync", Some(("approach", false, 2))),
            ("Method acting", None),
            ("Option 1 is gone", None),
            ("Options", None),
            ("Strategy", None),
            ("Method Z", None),
            ("Methodical", None),
        ] {
            let found = rules().way(words).map(|way| (way.word, way.lettered, way.number));
            assert_eq!(found, expected, "{words}");
        }
        let off = ["choice".to_owned()];
        assert_eq!(Rules::without(&off).way("Method A"), None);
    }

    #[test]
    fn words_that_ask_for_one_way() {
        for (words, expected) in [
            ("Choose one method:", Some(Some("method"))),
            ("Choose your strategy:", Some(Some("strategy"))),
            ("Select one of the following based on the data.", Some(None)),
            ("Select one:", Some(None)),
            ("Choose a deployment strategy to minimize downtime", Some(Some("strategy"))),
            ("Choose between the two approaches", Some(Some("approach"))),
            ("Choose a time that suits everybody", None),
            ("Select the resource group", None),
            ("Pick the newest backup", None),
            ("We choose one method", None),
        ] {
            assert_eq!(rules().asks(words), expected, "{words}");
        }
        assert_eq!(rules().decides("Decided on migration strategy: ____"), Some("strategy"));
        assert_eq!(rules().decides("Decided to go on"), None);
    }

    #[test]
    fn branches_and_skips() {
        for (words, expected) in [
            ("If yes: restore", Some(true)),
            ("If no, go on", Some(false)),
            ("**If yes**", Some(true)),
            ("If no errors are seen", None),
            ("If yesterday's backup is there", None),
        ] {
            assert_eq!(rules().branch(words), expected, "{words}");
        }
        for (words, expected) in [
            ("No migration needed - SKIP to Phase 4", Some("phase 4")),
            ("If empty, skip to step 7.", Some("step 7")),
            ("Do not skip to Phase 4", None),
            ("Skip to the end", None),
            ("Skip tests", None),
        ] {
            assert_eq!(rules().skips_to(words).as_deref(), expected, "{words}");
        }
        assert!(is_place("Migration Day - Phase 4: Configuration", "phase 4"));
        assert!(!is_place("Phase 41", "phase 4"));
    }
}
