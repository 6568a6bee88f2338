//! Colours and glyphs: a palette of roles on disk, everything else derived from it.
//!
//! A theme gives each [`Role`] one colour. [`Styles`] derives what the view uses, for as many colours as the terminal
//! has ([`Depth`]); without colours roles differ by bold, dim, underline and reverse. State is never told by colour
//! alone: every state has its glyph ([`Glyphs`]) and its word.

use std::fmt;

use toml::de::{DeTable, DeValue};

mod depth;
mod glyphs;
mod rgb;
mod styles;

pub use depth::Depth;
pub use glyphs::{ASCII, Glyphs, UNICODE, to_ascii};
pub use rgb::Rgb;
pub use styles::Styles;

/// The environment, as far as colours and glyphs depend on it.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The default theme's text, compiled in.
const DEFAULT: &str = include_str!("../themes/default.toml");

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal,)*) => {
        /// What a colour means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Role {
            $($(#[$doc])* $role,)*
        }

        impl Role {
            /// All roles.
            pub const ALL: &'static [Role] = &[$(Role::$role),*];

            /// Its key in a theme's file.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Role::$role => $name),* }
            }
        }
    };
}

roles! {
    /// Behind everything.
    Background = "background",
    /// Behind the header and the key line.
    Header = "header",
    /// Behind the row under the cursor.
    Selection = "selection",
    /// Plain text.
    Text = "text",
    /// Details and hints.
    Muted = "muted",
    /// Titles.
    Emphasis = "emphasis",
    /// The progress bar.
    Accent = "accent",
    /// Keys in hints.
    Key = "key",
    /// Borders.
    Border = "border",
    /// The border of the focused pane.
    BorderFocus = "border_focus",
    /// Passing, done.
    Good = "good",
    /// Failing, failed.
    Bad = "bad",
    /// To be looked at.
    Warning = "warning",
    /// Nothing known yet.
    Unknown = "unknown",
    /// Too old to trust.
    Stale = "stale",
    /// Down, and meant to be.
    Expected = "expected",
    /// The old side.
    Old = "old",
    /// The new side.
    New = "new",
    /// Whatever the name service says.
    Live = "live",
}

impl Role {
    /// Roles that colour what lies behind text.
    pub const GROUNDS: [Role; 3] = [Role::Background, Role::Header, Role::Selection];

    /// Roles that colour text.
    pub fn texts() -> impl Iterator<Item = Role> {
        let rest = [Role::Border, Role::BorderFocus];
        Role::ALL.iter().copied().filter(move |role| !Role::GROUNDS.contains(role) && !rest.contains(role))
    }
}

/// One colour for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    /// In the order of [`Role::ALL`].
    colors: Vec<Rgb>,
}

/// Why a theme cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("theme {name}, line {line}: {message}")]
pub struct ThemeError {
    /// The theme.
    pub name: String,
    /// 1-based line.
    pub line: u32,
    /// One sentence: what is wrong and what is expected.
    pub message: String,
}

impl Theme {
    /// Reads a theme: TOML with a `"#rrggbb"` for each role.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong: no TOML, an unknown key, no colour, a role that is missing.
    pub fn load(text: &str, name: &str) -> Result<Theme, ThemeError> {
        let error = |at: usize, message: String| {
            let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
            ThemeError { name: name.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX), message }
        };
        let table = DeTable::parse(text).map_err(|bad| {
            error(bad.span().unwrap_or_default().start, format!("not TOML here: {}", bad.message()))
        })?;
        let mut colors = vec![None; Role::ALL.len()];
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let Some(index) = Role::ALL.iter().position(|role| role.name() == key.get_ref()) else {
                return Err(error(key.span().start, unknown(key.get_ref())));
            };
            let color = match value.get_ref() {
                DeValue::String(text) => Rgb::parse(text),
                _ => None,
            };
            let expected =
                || format!("`{}` is not a colour; expected one such as \"#7ee08a\"", key.get_ref());
            colors[index] = Some(color.ok_or_else(|| error(value.span().start, expected()))?);
        }
        let missing = Role::ALL.iter().zip(&colors).find(|(_, color)| color.is_none());
        if let Some((role, _)) = missing {
            return Err(error(
                text.len(),
                format!("`{}` is missing; give it a colour such as \"#7ee08a\"", role.name()),
            ));
        }
        Ok(Theme { name: name.to_owned(), colors: colors.into_iter().flatten().collect() })
    }

    /// The theme that is compiled in.
    ///
    /// # Errors
    ///
    /// None that a test would not have found.
    pub fn builtin() -> Result<Theme, ThemeError> {
        Theme::load(DEFAULT, "default")
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The colour of a role.
    #[must_use]
    pub fn color(&self, role: Role) -> Rgb {
        self.colors.get(role as usize).copied().unwrap_or_default()
    }
}

fn unknown(key: &str) -> String {
    let scored = Role::ALL.iter().map(|role| (strsim::jaro_winkler(key, role.name()), role.name()));
    if let Some((_, near)) = scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.8) {
        return format!("`{key}` is not a role; did you mean `{near}`?");
    }
    let known: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    format!("`{key}` is not a role; known are {}", known.join(", "))
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2 AA for text of normal size.
    const AA: f64 = 4.5;

    #[test]
    fn every_text_is_readable_wherever_it_may_stand() {
        let theme = Theme::builtin().unwrap();
        for ground in Role::GROUNDS {
            for role in Role::texts() {
                for depth in [Depth::True, Depth::Ansi256] {
                    let [text, behind] = [role, ground].map(|role| theme.color(role).shown(depth));
                    let contrast = text.contrast(behind);
                    assert!(contrast >= AA, "{role} on {ground} at {depth:?}: {contrast:.2}");
                }
            }
        }
        let focus = theme.color(Role::BorderFocus).contrast(theme.color(Role::Background));
        assert!(focus >= 3.0, "WCAG asks 3 to 1 of what is not text; {focus:.2}");
    }

    #[test]
    fn a_bad_theme_says_what_is_wrong_and_where() {
        let with =
            |from: &str, to: &str| Theme::load(&DEFAULT.replace(from, to), "mine").unwrap_err().to_string();
        let line = DEFAULT.lines().position(|line| line.starts_with("good")).unwrap() + 1;
        let cases = [
            (
                "good = ",
                "goood = ",
                format!("theme mine, line {line}: `goood` is not a role; did you mean `good`?"),
            ),
            (
                "good = \"#7ee08a\"",
                "good = \"green\"",
                format!("theme mine, line {line}: `good` is not a colour"),
            ),
            ("good = \"#7ee08a\"", "good = 7", format!("theme mine, line {line}: `good` is not a colour")),
            ("good = \"#7ee08a\"", "", "`good` is missing".to_owned()),
            ("good = ", "good ", format!("theme mine, line {line}: not TOML here")),
            ("good = ", "zzz = ", "known are background, header,".to_owned()),
        ];
        for (from, to, expected) in cases {
            let error = with(from, to);
            assert!(error.contains(&expected), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}
