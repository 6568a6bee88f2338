//! The themes there are: those compiled in, and the user's own.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Theme, builtin, nearest};

/// Themes are a page of text: what is longer is something else.
const LONGEST: u64 = 64 * 1024;
/// How a theme's file ends.
const SUFFIX: &str = "toml";

/// Where a theme is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Compiled in.
    BuiltIn,
    /// A file of the user's.
    File(PathBuf),
}

/// One theme.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name: of a file, its stem.
    pub name: String,
    /// Where it is from.
    pub source: Source,
    /// It, or why it cannot be used: the place and one sentence.
    pub theme: Result<Theme, String>,
}

/// All themes, the built-in ones first, the default first of all.
#[derive(Clone, Debug)]
pub struct Library {
    entries: Vec<Entry>,
    folder: Option<PathBuf>,
}

/// Why a theme that was asked for cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChooseError {
    /// There is none of that name.
    #[error(
        "there is no theme “{name}”{near}; known are {known}. A file is given with its path, as in ./{name}.toml"
    )]
    Unknown {
        /// The name.
        name: String,
        /// A clause with the nearest name, or nothing.
        near: String,
        /// The names there are.
        known: String,
    },
    /// It is there and cannot be used.
    #[error("{0}")]
    Unusable(String),
}

impl Library {
    /// The built-in themes and those of a folder, in which a file `NAME.toml` is the theme NAME.
    ///
    /// A theme of the user's takes the place of a built-in one of its name. A folder that is not there is empty.
    #[must_use]
    pub fn read(folder: Option<&Path>) -> Library {
        let mut library = Library {
            entries: builtin::names().filter_map(built_in).collect(),
            folder: folder.map(Path::to_owned),
        };
        let mut files: Vec<PathBuf> = folder
            .and_then(|folder| std::fs::read_dir(folder).ok())
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|suffix| suffix == SUFFIX))
            .collect();
        files.sort();
        for file in files {
            library.add(&file);
        }
        library
    }

    /// All themes.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Finds a theme by its name, or takes one in by the path of its file: its place among the entries.
    ///
    /// What has a slash or ends in `.toml` is a path.
    ///
    /// # Errors
    ///
    /// There is none of that name, or it cannot be used.
    pub fn choose(&mut self, wanted: &str) -> Result<usize, ChooseError> {
        let is_path = wanted.contains('/') || wanted.ends_with(&format!(".{SUFFIX}"));
        let at = if is_path { Some(self.add(Path::new(wanted))) } else { self.place(wanted) };
        let at = at.ok_or_else(|| self.unknown(wanted))?;
        match &self.entries[at].theme {
            Ok(_) => Ok(at),
            Err(why) => Err(ChooseError::Unusable(why.clone())),
        }
    }

    /// Takes a theme that was read again; one that cannot be used leaves the last good one.
    pub fn renew(&mut self, at: usize, theme: Result<Theme, String>) {
        if let Some(entry) = self.entries.get_mut(at)
            && (theme.is_ok() || entry.theme.is_err())
        {
            entry.theme = theme;
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == name)
    }

    fn add(&mut self, file: &Path) -> usize {
        let name = name_of(file);
        let entry = Entry { theme: open(file), source: Source::File(file.to_owned()), name };
        let at = self.place(&entry.name).unwrap_or(self.entries.len());
        self.entries.splice(at..self.entries.len().min(at + 1), [entry]);
        at
    }

    fn unknown(&self, name: &str) -> ChooseError {
        let names = || self.entries.iter().map(|entry| entry.name.as_str());
        let near = nearest(name, names()).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let own = self.folder.as_ref().map(|folder| format!("and any NAME.toml in {}", folder.display()));
        let known = names().map(str::to_owned).chain(own).collect::<Vec<_>>().join(", ");
        ChooseError::Unknown { name: name.to_owned(), near, known }
    }
}

fn built_in(name: &str) -> Option<Entry> {
    let theme = Theme::load(builtin::text(name)?, name).map_err(|error| error.to_string());
    Some(Entry { name: name.to_owned(), source: Source::BuiltIn, theme })
}

/// Reads a theme's file.
///
/// # Errors
///
/// It cannot be read or used: path, line and what is wrong, as one sentence.
pub fn open(path: &Path) -> Result<Theme, String> {
    let place = path.display();
    let mut text = String::new();
    let file =
        std::fs::File::open(path).map_err(|error| format!("the theme {place} cannot be read: {error}"))?;
    file.take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| format!("the theme {place} cannot be read: {error}"))?;
    if text.len() as u64 > LONGEST {
        return Err(format!("{place} is no theme: it is longer than {LONGEST} bytes"));
    }
    Theme::load(&text, &name_of(path))
        .map_err(|error| format!("{place}, line {}: {}", error.line, error.message))
}

fn name_of(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
