//! What makes an item the same item after the file was edited elsewhere.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::block::squeeze;
use super::{Item, ItemId};

/// Text as identity sees it: NFC, lower case, single spaces, blanks as one `_`, no final `:` or `.`.
pub(crate) fn normal(text: &str) -> String {
    // ASCII is in normal form already.
    let text = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfc().collect::<String>().to_lowercase()
    };
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in squeeze(&text).chars() {
        if c == '_' {
            run += 1;
            continue;
        }
        underscores(&mut out, run);
        run = 0;
        out.push(c);
    }
    underscores(&mut out, run);
    out.trim_end_matches([':', '.', ' ']).to_owned()
}

fn underscores(out: &mut String, run: usize) {
    out.extend(std::iter::repeat_n('_', if run >= 3 { 1 } else { run }));
}

/// A heading as identity sees it: without its number, so that phases may be renumbered.
pub(crate) fn heading(text: &str) -> String {
    let text = normal(text);
    unnumbered(&text).unwrap_or(&text).to_owned()
}

/// What follows `phase 4:`, `4.`, `step 3 –`; `None` if nothing would be left.
fn unnumbered(text: &str) -> Option<&str> {
    const WORDS: &[&str] = &["phase", "step", "part", "stage", "section", "task"];
    let word = WORDS.iter().find_map(|word| text.strip_prefix(word)?.strip_prefix([' ', '-']));
    let rest = word.unwrap_or(text).trim_start();
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() == rest.len() {
        return None;
    }
    let (_, after) = digits
        .split_at(digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len());
    let after = after.trim_start();
    let marked = after.trim_start_matches([':', ')', '-', '–', '—', '.']);
    let separated = marked.len() < after.len() || digits.starts_with('.') || word.is_some();
    let name = marked.trim_start();
    (separated && !name.is_empty()).then_some(name)
}

/// The numbers in a text and what is written together with them: `300`, `10.0.0.7`, `v2`; not the number before it.
pub(crate) fn values(text: &str) -> Vec<String> {
    let text = normal(text);
    let text = unnumbered(&text).unwrap_or(&text);
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|word| word.contains(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}

/// Gives every item its identity: its headings, the items above it, its text, and its place among equals.
pub(super) fn assign(items: &mut [Item], headings: &[Vec<String>]) {
    let mut seen: HashMap<[u8; 32], u32> = HashMap::new();
    let texts: Vec<String> = items.iter().map(|item| normal(&item.text)).collect();
    for n in 0..items.len() {
        let mut parents = Vec::new();
        let mut above = items[n].parent;
        while let Some(parent) = above {
            parents.push(texts[parent].as_str());
            above = items[parent].parent;
        }
        let mut hash = crate::sha256::Pieces::default();
        hash.take("v1");
        let headings = headings.get(n).into_iter().flatten().map(String::as_str);
        for part in headings.chain(parents.into_iter().rev()).chain([texts[n].as_str()]) {
            hash.take([0x1f]);
            hash.take(part);
        }
        let key = hash.clone().end();
        let occurrence = seen.entry(key).and_modify(|n| *n += 1).or_insert(1);
        hash.take([0x1f]);
        hash.take(occurrence.to_string());
        let digest = hash.end();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        items[n].id = ItemId(id);
    }
}

#[cfg(test)]
mod tests {
    use super::{heading, normal, values};

    #[test]
    fn normal_form() {
        assert_eq!(normal("  Tenant   ID: ______ "), "tenant id: _");
        assert_eq!(normal("Snake__case_name."), "snake__case_name");
        assert_eq!(normal("Cafe\u{301}:"), "caf\u{e9}");
    }

    #[test]
    fn numbers_are_values_but_for_the_one_in_front() {
        assert_eq!(values("Lower the TTL to 300"), ["300"]);
        assert_eq!(values("3. Point 10.0.0.7 to `v2`, then wait"), ["10.0.0.7", "v2"]);
        assert_eq!(values("4.2 Wait"), Vec::<String>::new());
    }

    #[test]
    fn headings_lose_their_numbers() {
        for (text, expected) in [
            ("Phase 4: Checks", "checks"),
            ("4. Checks", "checks"),
            ("4.2 Checks", "checks"),
            ("Step 3 – Checks", "checks"),
            ("3) Checks", "checks"),
            ("Phase 4", "phase 4"),
            ("2 days before", "2 days before"),
            ("Checks", "checks"),
        ] {
            assert_eq!(heading(text), expected, "{text}");
        }
    }
}
