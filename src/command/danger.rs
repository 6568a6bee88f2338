//! Commands that destroy, and the word that is typed before they run.

use std::sync::LazyLock;

use regex::RegexSet;

/// What asks for a typed word unless the sidecar has a list of its own: regular expressions.
const BUILTIN: &[&str] = &[
    r"\brm\b[^|;&\n]*\s(-[a-zA-Z]*[rRf]|--recursive|--force)",
    r"\b(shred|wipefs|mkfs(\.\w+)?|fdisk|parted|userdel|lvremove|vgremove|pvremove)\b",
    r"\bdd\b.*\bof=",
    r">\s*/dev/(sd|nvme|vd|xvd|mapper)",
    r"(?i)\b(delete|truncate|dropdb|destroy|purge|flushall|flushdb|terminate-instances)\b",
    r"(?i)\bdrop\s+(table|database|schema|index|view|user|role|collection|keyspace)\b",
    r"\bdrop(Database|Collection|Index)?\s*\(|--drop\b|--clean\b",
    r"\baws\b.*\b(rm|rb|delete-[a-z-]+|terminate-[a-z-]+)\b",
    r"\b(gsutil|s3cmd|mc)\b.*\b(rm|rb)\b",
    r"\baz\b.*\bstop\b",
    r"\b(docker|podman)\b.*\b(rm|rmi|prune|down)\b",
    r"\bhelm\b.*\buninstall\b",
    r"\bkubectl\b.*\b(drain|replace\s+--force)\b",
    r"\bgit\b.*\bpush\b.*(\s-f\b|--force|--mirror|\s\+\w)",
    r"\bgit\b.*\b(reset\s+--hard|clean\s+-)",
    r"\b(shutdown|reboot|poweroff|halt|kill|pkill|killall)\b|\binit\s+[06]\b",
    r"\bsystemctl\b.*\b(stop|disable|mask|kill)\b|\bservice\b.*\bstop\b",
];

static DESTROYS: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(BUILTIN).ok());

/// Whether a command is one of those that usually destroy; if that cannot be told, it is.
#[must_use]
pub fn destroys(text: &str) -> bool {
    DESTROYS.as_ref().is_none_or(|list| list.is_match(text))
}

/// Longest word that a person is asked to type.
const LONGEST: usize = 40;

/// The word to type before a command runs: what the part of it that `destroys` is aimed at, else the first word of
/// `item`.
#[must_use]
pub fn target(text: &str, item: &str, destroys: &dyn Fn(&str) -> bool) -> String {
    let whole = text.replace("\\\n", " ");
    let line = whole.split(['\n', ';', '&']).find(|part| destroys(part)).unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().map(bare).collect();
    let named = words.windows(2).find(|pair| matches!(pair[0], "--name" | "-n")).map(|pair| pair[1]);
    let good = |word: &&str| {
        word.chars().count() <= LONGEST
            && word.contains(char::is_alphanumeric)
            && !word.starts_with('-')
            && !word.contains(['$', '<', '>', '"', '\'', '`', '\\', '|', ';', '&', '(', ')', '{', '}'])
    };
    let last = words.iter().skip(1).rev().find(|word| good(word)).copied();
    let first = item.split_whitespace().map(bare).find(|word| good(word));
    named.filter(|word| good(word)).or(last).or(first).unwrap_or("run").to_owned()
}

/// A word without the quotes around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', ';', ',', ':', '`'])
}
