//! The person's own settings: how the cockpit looks to them, whatever the plan.
//!
//! `$XDG_CONFIG_HOME/cutover/config.toml`, by default `~/.config/cutover/config.toml`; themes of their own are beside it
//! (XDG Base Directory Specification, version 0.8).

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::theme::{Env, nearest};

/// The settings' file, in the folder.
const FILE: &str = "config.toml";
/// The folder of the themes, in the folder.
const THEMES: &str = "themes";
/// All settings.
const KEYS: [&str; 2] = ["theme", "ascii"];

/// A person's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The theme, by name or path, and the line that says so.
    pub theme: Option<(String, u32)>,
    /// ASCII signs only.
    pub ascii: bool,
}

/// Why the settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// Something in a line.
    #[error("{}, line {line}: {message}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: u32,
        /// What is wrong and what is expected.
        message: String,
    },
    /// The file is there and cannot be read.
    #[error("the settings {} cannot be read: {why}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

/// The folder of the settings; none if the environment names no home.
#[must_use]
pub fn folder(env: Env<'_>) -> Option<PathBuf> {
    // Relative paths are to be ignored, says the specification.
    let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    base.map(|base| base.join("cutover"))
}

/// The settings' file.
#[must_use]
pub fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The folder of the person's themes.
#[must_use]
pub fn themes(folder: &Path) -> PathBuf {
    folder.join(THEMES)
}

/// Reads the settings; a file that is not there says nothing.
///
/// # Errors
///
/// It cannot be read, is no TOML, or says something that is no setting.
pub fn load(folder: &Path) -> Result<Settings, UserError> {
    let path = file(folder);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text, &path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(UserError::Unreadable { path, why: error.to_string() }),
    }
}

fn parse(text: &str, path: &Path) -> Result<Settings, UserError> {
    let line = |at: usize| {
        let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    };
    let wrong =
        |at: usize, message: String| UserError::Line { path: path.to_owned(), line: line(at), message };
    let table = DeTable::parse(text).map_err(|bad| {
        let at = bad.span().unwrap_or_default().start;
        wrong(at, format!("not TOML here: {}", bad.message().replace('\n', " ")))
    })?;
    let mut settings = Settings::default();
    for (key, value) in table.get_ref() {
        let at = value.span().start;
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("theme", DeValue::String(name)) => settings.theme = Some((name.to_string(), line(at))),
            ("ascii", DeValue::Boolean(ascii)) => settings.ascii = *ascii,
            ("theme", _) => {
                return Err(wrong(at, "`theme` is a name or a path, such as \"nord\"".to_owned()));
            }
            ("ascii", _) => return Err(wrong(at, "`ascii` is true or false".to_owned())),
            (unknown, _) => return Err(wrong(key.span().start, no_setting(unknown))),
        }
    }
    Ok(settings)
}

fn no_setting(key: &str) -> String {
    let near = nearest(key, KEYS).map(|near| format!("; did you mean `{near}`?"));
    let near = near.unwrap_or_else(|| format!("; known are {}", KEYS.join(", ")));
    format!("`{key}` is no setting{near}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        parse(text, Path::new("/c/config.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_folder_is_where_the_specification_says() {
        for (vars, expected) in [
            (&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")][..], Some("/c/cutover")),
            (&[("XDG_CONFIG_HOME", ""), ("HOME", "/h")], Some("/h/.config/cutover")),
            (&[("XDG_CONFIG_HOME", "c"), ("HOME", "/h")], Some("/h/.config/cutover")),
            (&[("HOME", "/h")], Some("/h/.config/cutover")),
            (&[], None),
        ] {
            let env = |name: &str| {
                vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(folder(&env), expected.map(PathBuf::from), "{vars:?}");
        }
    }

    #[test]
    fn what_is_said_is_taken() {
        assert_eq!(read(""), Ok(Settings::default()));
        let settings = read("# mine\ntheme = \"nord\"\nascii = true\n").unwrap();
        assert_eq!(settings, Settings { theme: Some(("nord".to_owned(), 2)), ascii: true });
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        for (text, expected) in [
            ("\nthme = \"nord\"", "/c/config.toml, line 2: `thme` is no setting; did you mean `theme`?"),
            ("xyz = 1", "/c/config.toml, line 1: `xyz` is no setting; known are theme, ascii"),
            ("theme = 7", "/c/config.toml, line 1: `theme` is a name or a path, such as \"nord\""),
            ("ascii = \"yes\"", "/c/config.toml, line 1: `ascii` is true or false"),
            ("\n\ntheme nord", "/c/config.toml, line 3: not TOML here"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path()), Ok(Settings::default()));
        std::fs::create_dir(file(folder.path())).unwrap();
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("config.toml cannot be read"), "{error}");
    }
}
