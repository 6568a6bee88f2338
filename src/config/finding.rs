//! What is wrong with a file, each with its place.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a sidecar cannot be used: everything that is wrong with it, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong; never empty.
    pub findings: Vec<ConfigFinding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFinding {
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// The full name of the key: `health.url`; empty if the file is not TOML there.
    pub key: String,
    /// One sentence: what is wrong and what is expected.
    pub message: String,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, finding) in self.findings.iter().enumerate() {
            let break_ = if n == 0 { "" } else { "\n" };
            write!(
                f,
                "{break_}{}:{}:{}: {}",
                self.file.display(),
                finding.line,
                finding.column,
                finding.message
            )?;
        }
        Ok(())
    }
}

impl ConfigError {
    /// The first finding in one line, and how many there are besides: for a banner.
    #[must_use]
    pub fn summary(&self) -> String {
        let all = self.to_string();
        let first = all.lines().next().unwrap_or_default();
        match self.findings.len() {
            0 | 1 => first.to_owned(),
            n => format!("{first} (and {} more)", n - 1),
        }
    }
}

/// Findings as they are collected.
pub struct Findings<'a> {
    text: &'a str,
    list: Vec<(Range<usize>, String, String)>,
}

impl<'a> Findings<'a> {
    /// None yet, in this text.
    pub fn new(text: &'a str) -> Findings<'a> {
        Findings { text, list: Vec::new() }
    }

    /// Adds what is wrong with these bytes.
    pub fn add(&mut self, span: Range<usize>, key: &str, message: impl Into<String>) {
        self.list.push((span, key.to_owned(), message.into()));
    }

    /// 1-based line and column of a byte.
    pub fn place(&self, at: usize) -> (u32, u32) {
        place(self.text, at)
    }

    /// Whether nothing was found yet.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The text of these bytes.
    pub fn source(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The settings, if nothing was found.
    pub fn finish<T>(mut self, file: &Path, settings: T) -> Result<T, ConfigError> {
        if self.list.is_empty() {
            return Ok(settings);
        }
        self.list.sort_by_key(|(span, ..)| span.start);
        self.list.dedup();
        let one = |(span, key, message): (Range<usize>, String, String)| {
            let (line, column) = place(self.text, span.start);
            ConfigFinding { line, column, key, message }
        };
        Err(ConfigError { file: file.to_owned(), findings: self.list.into_iter().map(one).collect() })
    }
}

/// 1-based line and column of a byte.
pub fn place(text: &str, at: usize) -> (u32, u32) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
