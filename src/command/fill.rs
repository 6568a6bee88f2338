//! Placeholders: where they stand, and what stands there when the command runs or is copied.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::program::{Program, Tongue};
use super::shell::{self, Class};

/// Longest value, in bytes: an argument or variable of a child holds 128 KiB.
const LONGEST: usize = 64 << 10;

/// A place in a command that is to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// As written: `<name>`.
    pub written: String,
    /// The name in it.
    pub name: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// It is a reference of the shell's own.
    dollar: bool,
}

/// What is known of a name.
#[derive(Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Its value.
    Value {
        /// The value.
        value: String,
        /// It is shown nowhere.
        secret: bool,
    },
    /// Nothing.
    Unknown,
    /// Why it has no value, in one clause.
    Without(String),
}

/// A variable that a command is given.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its name in the child's environment.
    pub name: String,
    /// Its value.
    pub value: String,
    /// It is shown nowhere.
    pub secret: bool,
}

/// Its value may be a secret.
impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reference({})", self.name)
    }
}

/// A command as it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The text, with references in the places of placeholders.
    pub text: String,
    /// What they refer to, each once.
    pub variables: Vec<Reference>,
    /// Variables that the text takes from the cockpit's own environment, as far as it seems.
    pub foreign: Vec<String>,
}

/// Why a command cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing fills these.
    #[error("not filled: {}; fill the blank of that name with e, or give it under [vars] in the sidecar", .0.join(", "))]
    Unfilled(Vec<String>),
    /// A value cannot be put there.
    #[error("{0}")]
    Refused(String),
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants, and every test here compiles them")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).unwrap()
}

static BRACES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{\{[ \t]*([A-Za-z][A-Za-z0-9 _-]*?)[ \t]*\}\}"));
static ANGLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"<(\p{Alphabetic}[\p{Alphabetic}\p{N} _.-]{0,40})>"));
static DOLLAR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))"));
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"));
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b([A-Za-z_][A-Za-z0-9_]*)\+?=|\b(?:for|read(?:\s+-\w+)*|select)\s+([A-Za-z_][A-Za-z0-9_]*)")
});
/// What reads its arguments as code.
static INNER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:^|[\s;|&({`])(?:(eval|let|trap|source|xargs|ssh|su|watch|parallel|awk|gawk|mawk|sed|declare|typeset)\b|(\[\[)|(\(\())",
        r"|(\|\s*(?:sudo\s+)?(?:sh|bash|dash|ksh|zsh)\b)",
    ))
});
/// Programs that read code from an argument, and the argument's beginning.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:^|[\s/;|&({`])(sh|bash|dash|ksh|zsh|fish|python[0-9.]*|perl|ruby|node|php|psql|mysql|mariadb|mongosh|mongo|",
        r"sqlplus|sqlite3|sqlcmd|redis-cli|pwsh|powershell|osascript)\b(?:[^|;&\n]*?\s(?:-[a-zA-Z]*[ceQ]|--eval|--command|--execute|-Command)[\s=]+)?",
    ))
});

/// The name that a placeholder, a variable and a blank's label have in common: `New app URL` is `NEW_APP_URL`.
#[must_use]
pub fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_uppercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.truncate(key.trim_end_matches('_').len());
    key
}

/// Names that mean something to shells, loaders and programs: a value never enters under them.
fn is_special(name: &str) -> bool {
    const NAMES: [&str; 34] = [
        "PATH",
        "IFS",
        "ENV",
        "HOME",
        "SHELL",
        "PWD",
        "OLDPWD",
        "CDPATH",
        "PS1",
        "PS2",
        "PS3",
        "PS4",
        "SHELLOPTS",
        "BASHOPTS",
        "UID",
        "EUID",
        "GID",
        "PPID",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "OPTIND",
        "OPTARG",
        "USER",
        "LOGNAME",
        "HOSTNAME",
        "TERM",
        "TZ",
        "LANG",
        "TMPDIR",
        "EDITOR",
        "STATUS",
        "ARGV",
        "FPATH",
    ];
    const FAMILIES: [&str; 13] = [
        "LD_", "DYLD_", "BASH_", "LC_", "PYTHON", "PERL", "RUBY", "NODE_", "GIT_", "SSH_", "ZSH", "FISH_",
        "PROMPT_",
    ];
    let name = name.to_ascii_uppercase();
    NAMES.contains(&name.as_str()) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Whether no program reads anything into a value.
#[must_use]
pub fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with(['-', '='])
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/:@%+,=-".contains(&b))
}

/// A value as one word of a POSIX shell.
#[must_use]
pub fn quoted(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

/// What is to be filled in, in order; `known` tells the names that something fills.
#[must_use]
pub fn placeholders(text: &str, known: &dyn Fn(&str) -> bool) -> Vec<Placeholder> {
    let mut found: Vec<Placeholder> = Vec::new();
    let mut add = |span: Range<usize>, name: &str, dollar: bool| {
        if found.iter().all(|other| other.span.end <= span.start || span.end <= other.span.start) {
            let written = text[span.clone()].to_owned();
            found.push(Placeholder { written, name: name.to_owned(), span, dollar });
        }
    };
    for captures in BRACES.captures_iter(text) {
        if let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) {
            add(whole.range(), name.as_str(), false);
        }
    }
    for captures in ANGLE.captures_iter(text) {
        if let (Some(whole), Some(name)) = (captures.get(0), captures.get(1)) {
            let before = &text[..whole.start()];
            if !name.as_str().ends_with(' ') && !before.ends_with('<') && !before.ends_with('\\') {
                add(whole.range(), name.as_str(), false);
            }
        }
    }
    for captures in DOLLAR.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        let name = captures.get(1).or(captures.get(2)).map_or("", |name| name.as_str());
        let escaped = text[..whole.start()].bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 1;
        if known(name) && !is_special(name) && !escaped {
            add(whole.range(), name, true);
        }
    }
    for word in WORD.find_iter(text) {
        let (before, after) = (&text[..word.start()], &text[word.end()..]);
        let name = word.as_str();
        let asks =
            ["NEW_", "OLD_", "YOUR_"].iter().any(|start| name.starts_with(start)) || name.ends_with("_HERE");
        let set = after.trim_start().strip_prefix('=').is_some_and(|rest| !rest.starts_with('='));
        if (asks || known(name)) && !is_special(name) && !before.ends_with(['$', '{', '#', '!']) && !set {
            add(word.range(), name, false);
        }
    }
    found.sort_by_key(|found| found.span.start);
    found
}

/// How each byte of a text stands, for the program that reads it.
fn classes(program: &Program, text: &str) -> Vec<Class> {
    match program.tongue {
        Tongue::Posix => shell::scan(text).0,
        Tongue::Fish | Tongue::Expression(..) | Tongue::None => strings(text),
    }
}

/// Strings of other languages, as nearly as needed: to be wrong puts a reference where it is no reference, never code.
fn strings(text: &str) -> Vec<Class> {
    let mut classes = Vec::with_capacity(text.len());
    let (mut quote, mut escaped) = (None, false);
    for byte in text.bytes() {
        let class = match quote {
            None if matches!(byte, b'"' | b'\'' | b'`') => {
                quote = Some(byte);
                if byte == b'"' { Class::Double } else { Class::Single }
            }
            None => Class::Bare,
            Some(open) => {
                if byte == open && !escaped {
                    quote = None;
                }
                if open == b'"' { Class::Double } else { Class::Single }
            }
        };
        escaped = byte == b'\\' && !escaped;
        classes.push(class);
    }
    classes
}

/// The command as it runs: every placeholder a quoted reference to a variable that holds its value.
///
/// # Errors
/// What is not filled, and what cannot be filled in where it stands.
pub fn rewrite(
    program: &Program,
    text: &str,
    lookup: &dyn Fn(&str) -> Lookup,
) -> Result<Rewritten, Vec<Problem>> {
    if text.contains('\0') {
        return Err(vec![Problem::Refused(
            "the command holds a NUL character, which no program can be given".to_owned(),
        )]);
    }
    let classes = classes(program, text);
    let known = |name: &str| !matches!(lookup(name), Lookup::Unknown);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    let (mut variables, mut unfilled, mut problems) = (Vec::<Reference>::new(), Vec::new(), Vec::new());
    let mut placed: Vec<(usize, String)> = Vec::new();
    for place in placeholders(text, &known) {
        let class = classes[place.span.start];
        if class == Class::Comment {
            continue;
        }
        let (value, secret) = match lookup(&place.name) {
            Lookup::Value { value, secret } => (value, secret),
            Lookup::Unknown => {
                if !unfilled.contains(&place.written) {
                    unfilled.push(place.written);
                }
                continue;
            }
            Lookup::Without(why) => {
                problems.push(Problem::Refused(format!("{}: {why}", place.written)));
                continue;
            }
        };
        if let Some(why) = unfit(&value) {
            problems.push(Problem::Refused(format!("{}: its value {why}", place.written)));
            continue;
        }
        let name = if place.dollar { place.name.clone() } else { safe_name(&place.name) };
        match reference(program, class, &name, &place) {
            Ok(reference) => {
                out.push_str(&text[from..place.span.start]);
                out.push_str(&reference);
                from = place.span.end;
                placed.push((place.span.start, name.clone()));
                if !variables.iter().any(|known| known.name == name) {
                    variables.push(Reference { name, value, secret });
                }
            }
            Err(why) => problems.push(Problem::Refused(why)),
        }
    }
    out.push_str(&text[from..]);
    for place in &placed {
        let Some(variable) = variables.iter().find(|it| it.name == place.1 && !is_plain(&it.value)) else {
            continue;
        };
        if let Some(inner) = inner(program, text, &classes, place.0) {
            let name = &variable.name;
            problems.push(Problem::Refused(format!(
                "{inner} reads what it is given as code, and the value of {name} has characters that it might obey: y copies the command, to be run by hand"
            )));
        }
    }
    if !unfilled.is_empty() {
        problems.insert(0, Problem::Unfilled(unfilled));
    }
    if problems.is_empty() {
        let foreign = foreign(program, text, &classes, &variables);
        Ok(Rewritten { text: out, variables, foreign })
    } else {
        problems.dedup();
        Err(problems)
    }
}

fn unfit(value: &str) -> Option<&'static str> {
    if value.contains('\0') {
        Some("holds a NUL character, which no program can be given")
    } else if value.len() > LONGEST {
        Some("is longer than 64 KiB")
    } else {
        None
    }
}

fn safe_name(name: &str) -> String {
    let name = key(name);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || is_special(&name) {
        format!("CUTOVER_{name}")
    } else {
        name
    }
}

/// What stands in a placeholder's place.
fn reference(program: &Program, class: Class, name: &str, place: &Placeholder) -> Result<String, String> {
    let written = &place.written;
    let quoted = |what: &str| {
        Err(format!(
            "{written} stands {what}, where {} fills nothing in: take it out of there in the plan",
            program.name
        ))
    };
    match (program.tongue, class) {
        (Tongue::None, _) => quoted("in a text"),
        (Tongue::Posix | Tongue::Fish, Class::Bare) => Ok(format!("\"${name}\"")),
        (Tongue::Posix, Class::Double | Class::Here) => Ok(format!("${{{name}}}")),
        (Tongue::Posix, Class::Parameter) if place.dollar => Ok(written.clone()),
        (Tongue::Fish, Class::Double) => Ok(format!("\"\"${name}\"\"")),
        (Tongue::Expression(before, after), Class::Bare) => Ok(format!("{before}{name}{after}")),
        (Tongue::Expression(..), _) => quoted("in a string"),
        (_, Class::Single) => quoted("between single quotes"),
        (_, Class::HereQuoted) => quoted("in a here-document whose end is quoted"),
        (_, Class::Backtick) => Err(format!(
            "{written} stands in a command substitution of its own quoting: write \"$(…)\" outside of it"
        )),
        (_, Class::Parameter) => quoted("in ${…}"),
        (_, Class::Arithmetic) => Err(format!(
            "{written} stands in arithmetic, which obeys what is in a value: take it out of there in the plan"
        )),
        (_, Class::Here | Class::Comment) => quoted("there"),
    }
}

/// What reads this place of the text as code, if something in the text does.
fn inner(program: &Program, text: &str, classes: &[Class], at: usize) -> Option<String> {
    if !matches!(program.tongue, Tongue::Posix | Tongue::Fish) {
        return None;
    }
    if let Some(found) = INNER.captures(text) {
        return found.iter().skip(1).flatten().next().map(|word| word.as_str().to_owned());
    }
    CODE.captures_iter(text).find_map(|found| {
        let (whole, name) = (found.get(0)?, found.get(1)?);
        let argument = whole.end() > name.end() && whole.end() <= at && {
            // The argument ends at the first blank outside quotes.
            let between = text.as_bytes()[whole.end()..at].iter().zip(&classes[whole.end()..at]);
            !between.into_iter().any(|(byte, class)| *class == Class::Bare && byte.is_ascii_whitespace())
        };
        (argument || classes[at] == Class::Here).then(|| name.as_str().to_owned())
    })
}

/// Variables that nothing in the plan or in the text sets.
fn foreign(program: &Program, text: &str, classes: &[Class], variables: &[Reference]) -> Vec<String> {
    if !program.is_posix() {
        return Vec::new();
    }
    let set: Vec<&str> = ASSIGNED
        .captures_iter(text)
        .filter_map(|found| found.get(1).or(found.get(2)).map(|name| name.as_str()))
        .collect();
    let mut foreign: Vec<String> = Vec::new();
    for found in DOLLAR.captures_iter(text) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(1).or(found.get(2))) else { continue };
        let name = name.as_str();
        let read = !matches!(classes[whole.start()], Class::Single | Class::HereQuoted | Class::Comment);
        let ours = variables.iter().any(|variable| variable.name == name) || set.contains(&name);
        if read && !ours && !foreign.iter().any(|known| known == name) {
            foreign.push(name.to_owned());
        }
    }
    foreign
}

/// The command to be pasted elsewhere: values filled in and quoted, secrets left as references; and the secrets' names.
#[must_use]
pub fn copied(
    program: Option<&Program>,
    text: &str,
    lookup: &dyn Fn(&str) -> Lookup,
) -> (String, Vec<String>) {
    let none = Program { name: "", arguments: &[], tongue: Tongue::None };
    let program = program.unwrap_or(&none);
    let classes = classes(program, text);
    let known = |name: &str| !matches!(lookup(name), Lookup::Unknown);
    let (mut out, mut from, mut secrets) = (String::with_capacity(text.len()), 0, Vec::new());
    for place in placeholders(text, &known) {
        let class = classes[place.span.start];
        let Lookup::Value { value, secret } = lookup(&place.name) else { continue };
        let name = if place.dollar { place.name.clone() } else { safe_name(&place.name) };
        let filled = if secret {
            let reference = match (program.tongue, class) {
                (Tongue::Posix, Class::Bare) => Some(format!("\"${name}\"")),
                (Tongue::Posix, Class::Double | Class::Here) => Some(format!("${{{name}}}")),
                _ => None,
            };
            if !secrets.contains(&name) {
                secrets.push(name);
            }
            reference
        } else {
            put(program, class, &value)
        };
        let Some(filled) = filled else { continue };
        out.push_str(&text[from..place.span.start]);
        out.push_str(&filled);
        from = place.span.end;
    }
    out.push_str(&text[from..]);
    (out, secrets)
}

/// A value as it may stand in a text that is pasted; none if it cannot stand there safely.
fn put(program: &Program, class: Class, value: &str) -> Option<String> {
    // A terminal's paste could be ended by what is in it.
    if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') || class == Class::Comment {
        return None;
    }
    if is_plain(value) {
        return Some(value.to_owned());
    }
    match (program.tongue, class) {
        (Tongue::Posix, Class::Bare) => Some(quoted(value)),
        // Closed and opened again: an interactive shell reads `!` between double quotes.
        (Tongue::Posix, Class::Double) => Some(format!("\"{}\"", quoted(value))),
        (Tongue::Posix, Class::Single) => Some(value.replace('\'', r"'\''")),
        (Tongue::Posix, Class::HereQuoted) => Some(value.to_owned()),
        _ => None,
    }
}
