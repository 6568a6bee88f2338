//! A plan from disk.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::{Plan, hints, options, rules, sidecar, watch};
use crate::checklist::{Checklist, Severity, parse};
use crate::command;
use crate::config::{self, ConfigError, Settings};

/// More bytes than any checklist has: past it, the file was named by mistake.
const LARGEST: u64 = 64 << 20;

/// Why a plan cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing has that name.
    #[error("There is no plan `{}`: check the name, or write one with `cutover new`.", .0.display())]
    Missing(PathBuf),
    /// A folder has that name.
    #[error("`{}` is a folder: name the Markdown file of the plan in it.", .0.display())]
    Directory(PathBuf),
    /// It is there and cannot be read.
    #[error("Cannot read `{}` ({error}): make it readable for you, then start again.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is nothing in it.
    #[error("`{}` is empty: write the steps into it as `- [ ] …` under headings.", .0.display())]
    Empty(PathBuf),
    /// It is not a text.
    #[error("`{}` cannot be used: {reason}.", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
        /// What it is instead, and what to do.
        reason: String,
    },
    /// It is far too large.
    #[error("`{}` has {} MB, far more than a plan: name the Markdown file of the plan.", path.display(), bytes >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// The sidecar is wrong.
    #[error("{0}")]
    Sidecar(#[from] ConfigError),
}

/// Reads a plan and the sidecar next to it.
///
/// A plan in which no item was found is still a plan: its findings say so, and what to do about it is the caller's to
/// decide.
///
/// # Errors
///
/// Whatever makes the two files unusable, in one sentence with the next step.
pub fn load(path: &Path, env: config::Env<'_>) -> Result<Plan, PlanError> {
    let source = read(path)?;
    let beside = sidecar(path);
    let bytes = if beside == path { None } else { read_if_there(&beside)? };
    let settings = match &bytes {
        Some(bytes) => settings(&beside, bytes, env)?,
        None => Settings::default(),
    };
    bind(path, source, settings, bytes.map(|bytes| (beside, bytes)), env)
}

/// The same without its sidecar.
pub(super) fn alone(path: &Path) -> Result<Plan, PlanError> {
    bind(path, read(path)?, Settings::default(), None, &|_| None)
}

/// Reads a plan from its text, and binds it to what its sidecar says.
///
/// # Errors
/// Whatever makes the two unusable, in one sentence with the next step.
pub fn bind(
    path: &Path,
    source: Vec<u8>,
    settings: Settings,
    beside: Option<(PathBuf, Vec<u8>)>,
    env: config::Env<'_>,
) -> Result<Plan, PlanError> {
    let mut checklist = parse(&source, &options(&settings));
    mask(&mut checklist, &settings);
    let broken = checklist.findings.iter().find(|finding| finding.severity == Severity::Error);
    match broken.map(|finding| (finding.code, &finding.message)) {
        Some(("empty", _)) => Err(PlanError::Empty(path.to_owned())),
        Some(("binary" | "utf-16", reason)) => {
            Err(PlanError::Binary { path: path.to_owned(), reason: reason.clone() })
        }
        _ => {
            let rules = rules::bind(path, &sidecar(path), &checklist, &settings, env)?;
            let mut settings = settings;
            let hints = hints::find(&checklist, &settings);
            watch::for_gates(&mut settings, &rules, hints.iter().map(|hint| &hint.expr));
            forget_filled(&mut checklist, &settings);
            Ok(Plan { path: path.to_owned(), source, checklist, settings, rules, hints, sidecar: beside })
        }
    }
}

/// Placeholders that a variable or a blank fills are no findings.
fn forget_filled(checklist: &mut Checklist, settings: &Settings) {
    let blanks = checklist.items.iter().flat_map(|item| &item.fields).filter(|field| !field.secret);
    let names: HashSet<String> = blanks
        .map(|field| field.label.as_str())
        .chain(settings.vars.keys().map(String::as_str))
        .chain(settings.blanks.keys().map(String::as_str))
        .map(command::key)
        .collect();
    checklist.findings.retain(|finding| {
        let written = finding.message.split('`').nth(1).unwrap_or_default();
        finding.code != "placeholder" || !names.contains(&command::key(written))
    });
}

/// Takes declared secrets out of all that the screen and the log show; identities are those of the text as written, and
/// commands stay whole, to be copied.
fn mask(checklist: &mut Checklist, settings: &Settings) {
    let redactor = settings.redactor();
    let mask = |text: &mut String| {
        if redactor.declares(text) {
            *text = redactor.mask(text);
        }
    };
    checklist.title.iter_mut().for_each(mask);
    for phase in &mut checklist.phases {
        mask(&mut phase.title);
        phase.sections.iter_mut().for_each(|section| mask(&mut section.title));
        phase.notes.iter_mut().for_each(|note| mask(&mut note.text));
    }
    for item in &mut checklist.items {
        mask(&mut item.text);
        item.fields.iter_mut().for_each(|field| mask(&mut field.label));
        item.detail.iter_mut().for_each(|note| mask(&mut note.text));
    }
    checklist.findings.iter_mut().for_each(|finding| mask(&mut finding.message));
}

fn settings(file: &Path, bytes: &[u8], env: config::Env<'_>) -> Result<Settings, PlanError> {
    let text = std::str::from_utf8(bytes).map_err(|_| PlanError::Binary {
        path: file.to_owned(),
        reason: "a sidecar is TOML in UTF-8; save it so, or move it away".to_owned(),
    })?;
    Ok(config::load(file, text, env)?)
}

/// The bytes of a file that must be there.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, PlanError> {
    read_if_there(path)?.ok_or_else(|| PlanError::Missing(path.to_owned()))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, PlanError> {
    let unreadable = |error| PlanError::Unreadable { path: path.to_owned(), error };
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    if about.is_dir() {
        return Err(PlanError::Directory(path.to_owned()));
    }
    if about.len() > LARGEST {
        return Err(PlanError::TooLarge { path: path.to_owned(), bytes: about.len() });
    }
    std::fs::read(path).map(Some).map_err(unreadable)
}
