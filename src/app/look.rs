//! How the cockpit looks: which theme, from where, with which signs.

use std::path::PathBuf;

use super::environment;
use crate::state::themes::{Row, Themes};
use crate::theme::library::Entry;
use crate::theme::{Depth, Env, Glyphs, Library, Source, Styles, Theme};
use crate::user;

/// The variable that names a theme.
pub const VARIABLE: &str = "CUTOVER_THEME";

/// How to look, as far as it was asked for on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The theme, by name or path.
    pub theme: Option<String>,
    /// ASCII signs only.
    pub ascii: bool,
}

/// What is drawn with.
#[derive(Clone, Debug)]
pub struct Look {
    library: Library,
    /// The theme that was asked for last.
    worn: usize,
    depth: Depth,
    /// Of the last theme that could be used.
    pub styles: Styles,
    /// The signs.
    pub glyphs: Glyphs,
}

impl Look {
    /// The look that is wished for: by the command line, else the environment, else the person's settings.
    ///
    /// # Errors
    /// The settings or the theme cannot be used: who asked for it, and one sentence.
    pub fn find(wish: &Wish) -> Result<Look, String> {
        Look::of(wish, &environment)
    }

    pub(super) fn of(wish: &Wish, env: Env<'_>) -> Result<Look, String> {
        let folder = user::folder(env);
        let settings = match &folder {
            Some(folder) => user::load(folder).map_err(|error| error.to_string())?,
            None => user::Settings::default(),
        };
        let mut library = Library::read(folder.as_deref().map(user::themes).as_deref());
        let wanted = wanted(wish, env, &settings, folder.map(|folder| user::file(&folder)));
        let worn = match wanted {
            None => 0,
            Some((name, by)) => library.choose(&name).map_err(|error| format!("{by}: {error}"))?,
        };
        let theme = theme_of(&library, worn)?;
        let depth = Depth::detect(env);
        Ok(Look {
            styles: Styles::new(theme, depth),
            glyphs: Glyphs::choose(wish.ascii || settings.ascii, env),
            library,
            worn,
            depth,
        })
    }

    /// The themes to choose from.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The same for the state.
    #[must_use]
    pub fn themes(&self) -> Themes {
        let row = |entry: &Entry| Row {
            name: entry.name.clone(),
            from: match (&entry.theme, &entry.source) {
                (Err(_), _) => "cannot be used".to_owned(),
                (Ok(_), Source::BuiltIn) => String::new(),
                (Ok(_), Source::File(_)) => "yours".to_owned(),
            },
        };
        Themes { rows: self.library.entries().iter().map(row).collect(), worn: self.worn }
    }

    /// The files of themes, by their place in the library.
    pub fn files(&self) -> impl Iterator<Item = (usize, PathBuf)> {
        self.library.entries().iter().enumerate().filter_map(|(at, entry)| match &entry.source {
            Source::BuiltIn => None,
            Source::File(path) => Some((at, path.clone())),
        })
    }

    /// Draws with another theme from now on.
    ///
    /// # Errors
    /// It cannot be used: said once, and the last one stays.
    pub fn wear(&mut self, at: usize) -> Result<(), String> {
        if at == self.worn {
            return Ok(());
        }
        self.worn = at;
        self.styles = Styles::new(theme_of(&self.library, at)?, self.depth);
        Ok(())
    }

    /// Takes a theme whose file was read again: what to say if that is the one on the screen, and it has changed.
    pub fn renew(&mut self, at: usize, read: Result<Theme, String>) -> Option<String> {
        let known = self.library.entries().get(at)?.theme.clone();
        if read == known {
            return None;
        }
        let said = match &read {
            Ok(_) => {
                format!("Theme {} was changed: this is how it looks now", self.library.entries()[at].name)
            }
            Err(why) => format!("{why}; the old colours stay"),
        };
        self.library.renew(at, read);
        if at != self.worn {
            return None;
        }
        if let Ok(theme) = theme_of(&self.library, at) {
            self.styles = Styles::new(theme, self.depth);
        }
        Some(said)
    }
}

/// The theme that is wanted, and who wants it.
fn wanted(
    wish: &Wish,
    env: Env<'_>,
    settings: &user::Settings,
    file: Option<PathBuf>,
) -> Option<(String, String)> {
    if let Some(name) = &wish.theme {
        return Some((name.clone(), "--theme".to_owned()));
    }
    if let Some(name) = env(VARIABLE).filter(|name| !name.is_empty()) {
        return Some((name, VARIABLE.to_owned()));
    }
    let (name, line) = settings.theme.clone()?;
    Some((name, format!("{}, line {line}", file?.display())))
}

fn theme_of(library: &Library, at: usize) -> Result<&Theme, String> {
    match library.entries().get(at) {
        Some(entry) => entry.theme.as_ref().map_err(Clone::clone),
        None => Err("there is no such theme".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::theme::Role;

    const MINE: &str = "inherits = \"nord\"\nbad = \"#ff0000\"\n";

    /// A home with these settings and a theme `mine`.
    fn home(settings: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("cutover");
        std::fs::create_dir_all(folder.join("themes")).unwrap();
        std::fs::write(folder.join("config.toml"), settings).unwrap();
        std::fs::write(folder.join("themes/mine.toml"), MINE).unwrap();
        home
    }

    fn look(home: &Path, flag: Option<&str>, variable: &str) -> Result<Look, String> {
        let env = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some(home.display().to_string()),
            "CUTOVER_THEME" => Some(variable.to_owned()),
            "TERM" => Some("xterm-direct".to_owned()),
            "LANG" => Some("C.UTF-8".to_owned()),
            _ => None,
        };
        Look::of(&Wish { theme: flag.map(str::to_owned), ascii: false }, &env)
    }

    fn name(look: Result<Look, String>) -> String {
        let look = look.unwrap();
        look.library.entries()[look.worn].name.clone()
    }

    #[test]
    fn flag_then_environment_then_settings_then_default() {
        let home_with = home("theme = \"gruvbox\"\nascii = true\n");
        let with = home_with.path();
        assert_eq!(name(look(with, Some("light"), "nord")), "light");
        assert_eq!(name(look(with, None, "nord")), "nord");
        assert_eq!(name(look(with, None, "")), "gruvbox");
        assert!(look(with, None, "").unwrap().glyphs.ascii);
        assert_eq!(name(look(home("").path(), None, "")), "default");
        assert!(!look(home("").path(), None, "").unwrap().glyphs.ascii);
    }

    #[test]
    fn a_file_is_a_theme_by_its_name_or_its_path() {
        let home = home("");
        let by_name = look(home.path(), Some("mine"), "").unwrap();
        let path = home.path().join("other.toml");
        std::fs::write(&path, MINE).unwrap();
        let by_path = look(home.path(), path.to_str(), "").unwrap();
        assert_eq!(by_name.styles, by_path.styles);
        let red = Theme::load(MINE, "x").unwrap().color(Role::Bad).at(Depth::True);
        assert_eq!(by_path.styles.bad.fg, red);
        assert_eq!(by_path.files().count(), 2, "the one in the folder too");
    }

    #[test]
    fn a_theme_of_ones_own_takes_the_place_of_a_built_in_one() {
        let home = home("theme = \"nord\"");
        std::fs::write(home.path().join("cutover/themes/nord.toml"), MINE).unwrap();
        let look = look(home.path(), None, "").unwrap();
        assert_eq!(look.styles.bad.fg, Some(ratatui::style::Color::Rgb(255, 0, 0)));
        assert_eq!(look.themes().rows.iter().filter(|row| row.name == "nord").count(), 1);
    }

    #[test]
    fn what_is_wrong_names_who_asked_and_what_there_is() {
        let wrong = |settings: &str, flag: Option<&str>, variable: &str| {
            let home = home(settings);
            std::fs::write(home.path().join("cutover/themes/bad.toml"), "inherits = \"nord\"\ngodo = 1")
                .unwrap();
            look(home.path(), flag, variable).unwrap_err()
        };
        let error = wrong("", Some("nrod"), "");
        assert!(
            error.starts_with("--theme: there is no theme “nrod”; did you mean nord?; known are"),
            "{error}"
        );
        assert!(
            error.contains("colour-blind") && error.contains("mine") && error.contains("cutover/themes"),
            "{error}"
        );
        let error = wrong("", None, "nrod");
        assert!(error.starts_with("CUTOVER_THEME: there is no theme"), "{error}");
        let error = wrong("\ntheme = \"nrod\"", None, "");
        assert!(error.contains("cutover/config.toml, line 2: there is no theme"), "{error}");
        let error = wrong("", Some("bad"), "");
        assert!(
            error.contains("themes/bad.toml, line 2: `godo` is not a role; did you mean `good`?"),
            "{error}"
        );
        let error = wrong("", Some("./none.toml"), "");
        assert!(error.contains("--theme: the theme ./none.toml cannot be read: No such file"), "{error}");
        let error = wrong("them = \"nord\"", None, "");
        assert!(
            error.contains("config.toml, line 1: `them` is no setting; did you mean `theme`?"),
            "{error}"
        );
    }

    #[test]
    fn a_changed_file_is_worn_and_a_bad_one_leaves_the_old_colours() {
        let home = home("theme = \"mine\"");
        let mut look = look(home.path(), None, "").unwrap();
        let at = look.worn;
        let before = look.styles.clone();
        assert_eq!(look.renew(at, Theme::load(MINE, "mine").map_err(|error| error.to_string())), None);
        let said = look.renew(at, Err("mine.toml, line 2: no".to_owned())).unwrap();
        assert_eq!(said, "mine.toml, line 2: no; the old colours stay");
        assert_eq!(look.styles, before);
        look.wear(0).unwrap();
        look.wear(at).unwrap();
        assert_eq!(look.styles, before, "the last good one is still there");
        let green = Theme::load("inherits = \"nord\"\nbad = \"#00ff00\"", "mine").unwrap();
        assert!(look.renew(at, Ok(green.clone())).unwrap().contains("Theme mine was changed"));
        assert_eq!(look.styles, Styles::new(&green, Depth::True));
        assert_eq!(look.renew(0, Ok(green)), None, "another one than what is on the screen");
    }
}
