//! Commands of a plan as text: which program reads them, where one ends and the next begins, what is still to be filled
//! in, what destroys.
//!
//! Values never become part of the text that runs: a placeholder becomes a quoted reference ([`rewrite`]), and the value
//! enters the child's environment under that name. So nothing in a value can be read as code by the program that is
//! started. Where that program hands its text on to another (`ssh`, `eval`, `psql -c`), only values without special
//! characters are let through.

mod danger;
mod fill;
mod program;
mod shell;

pub use danger::{destroys, target};
pub use fill::{Lookup, Problem, Reference, Rewritten, copied, is_plain, key, placeholders, quoted, rewrite};
pub use program::{Program, program};

/// One logical command of a block of code: what a shell would run before it asks for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The comment above it, without its marks.
    pub title: Option<String>,
    /// The text, as the plan has it.
    pub text: String,
    /// Lines of the block before it.
    pub line: usize,
}

/// The logical commands of a block. Continuation lines, pipes, here-documents and compound commands belong together;
/// comments between commands are stops. What is not read by a shell is one piece.
#[must_use]
pub fn pieces(language: Option<&str>, text: &str) -> Vec<Piece> {
    match language {
        Some("console" | "shell-session" | "shellsession" | "sh-session") => typed(text),
        _ if program(language).is_ok_and(|program| program.is_posix()) => shell::pieces(text),
        _ => vec![Piece { title: None, text: text.trim_end().to_owned(), line: 0 }],
    }
}

/// What was typed in a session that is shown with its prompts; what it answered is left out.
fn typed(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut goes_on = false;
    for (line, words) in text.lines().enumerate() {
        let typed = words.trim_start().strip_prefix("$ ").or_else(|| words.trim_start().strip_prefix("# "));
        match (typed, found.last_mut()) {
            (Some(typed), _) => found.push(Piece { title: None, text: typed.to_owned(), line }),
            (None, Some(last)) if goes_on => {
                last.text.push('\n');
                last.text.push_str(words.trim_start().strip_prefix("> ").unwrap_or(words));
            }
            _ => continue,
        }
        goes_on = words.ends_with('\\');
    }
    if found.is_empty() { shell::pieces(text) } else { found }
}

#[cfg(test)]
mod tests;
