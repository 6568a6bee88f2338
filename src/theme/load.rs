//! A theme as text: TOML, a colour a role.

use toml::de::{DeTable, DeValue};

use super::{Rgb, Role, Theme, ThemeError, builtin};

/// The key that names the theme whose colours stand for those that are not given.
const INHERITS: &str = "inherits";

/// A theme's text, and where one is in it.
struct Source<'a> {
    text: &'a str,
    name: &'a str,
}

impl Source<'_> {
    fn error(&self, at: usize, message: String) -> ThemeError {
        let line = self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1;
        ThemeError { name: self.name.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX), message }
    }
}

impl Theme {
    /// Reads a theme: TOML with a `"#rrggbb"` for each role.
    ///
    /// With `inherits = "NAME"` roles may be missing: they are as in that theme, which must be one that is compiled in.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong: no TOML, an unknown key, no colour, a role that is missing.
    pub fn load(text: &str, name: &str) -> Result<Theme, ThemeError> {
        let source = Source { text, name };
        let table = DeTable::parse(text).map_err(|bad| {
            let message = format!("not TOML here: {}", bad.message().replace('\n', " "));
            source.error(bad.span().unwrap_or_default().start, message)
        })?;
        let mut colors = vec![None; Role::ALL.len()];
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut parent = None;
        for (key, value) in entries {
            let given = match value.get_ref() {
                DeValue::String(text) => Some(text.as_ref()),
                _ => None,
            };
            let (from, at) = (key.span().start, value.span().start);
            if key.get_ref() == INHERITS {
                let base = given.ok_or_else(|| source.error(at, no_parent("that")))?;
                parent = Some(inherited(base).ok_or_else(|| source.error(at, no_parent(base)))??);
                continue;
            }
            let Some(index) = Role::ALL.iter().position(|role| role.name() == key.get_ref()) else {
                return Err(source.error(from, unknown(key.get_ref())));
            };
            let expected =
                || format!("`{}` is not a colour; expected one such as \"#7ee08a\"", key.get_ref());
            colors[index] = Some(given.and_then(Rgb::parse).ok_or_else(|| source.error(at, expected()))?);
        }
        let missing = Role::ALL.iter().zip(&colors).find(|(_, color)| color.is_none());
        match (missing, parent) {
            (Some((role, _)), None) => {
                let message = format!(
                    "`{}` is missing; give it a colour such as \"#7ee08a\", or say `{INHERITS} = \"default\"`",
                    role.name()
                );
                Err(source.error(text.len(), message))
            }
            (_, parent) => {
                let of = |role: &Role| parent.as_ref().map(|parent| parent.color(*role)).unwrap_or_default();
                let colors = Role::ALL.iter().zip(colors).map(|(role, own)| own.unwrap_or_else(|| of(role)));
                Ok(Theme { name: name.to_owned(), colors: colors.collect() })
            }
        }
    }
}

fn inherited(name: &str) -> Option<Result<Theme, ThemeError>> {
    builtin::text(name).map(|text| Theme::load(text, name))
}

fn no_parent(named: &str) -> String {
    let known: Vec<_> = builtin::names().collect();
    let near = nearest(named, builtin::names());
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("`{INHERITS}` takes a built-in theme and `{named}` is none{near}; they are {}", known.join(", "))
}

fn unknown(key: &str) -> String {
    let keys = || Role::ALL.iter().map(|role| role.name()).chain([INHERITS]);
    if let Some(near) = nearest(key, keys()) {
        return format!("`{key}` is not a role; did you mean `{near}`?");
    }
    format!("`{key}` is not a role; known are {}", keys().collect::<Vec<_>>().join(", "))
}

/// The known word that a misspelt one was meant to be, if one is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below that the words have little in common.
    const NEAR: f64 = 0.8;
    let scored = known.into_iter().map(|known| (strsim::jaro_winkler(word, known), known));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > NEAR).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default() -> &'static str {
        builtin::text("default").unwrap()
    }

    #[test]
    fn a_bad_theme_says_what_is_wrong_and_where() {
        let with =
            |from: &str, to: &str| Theme::load(&default().replace(from, to), "mine").unwrap_err().to_string();
        let line = default().lines().position(|line| line.starts_with("good")).unwrap() + 1;
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

    #[test]
    fn what_is_not_given_is_inherited() {
        let theme = Theme::load("inherits = \"nord\"\nbad = \"#ff0000\"\n", "mine").unwrap();
        let nord = Theme::load(builtin::text("nord").unwrap(), "nord").unwrap();
        assert_eq!((theme.name(), theme.color(Role::Bad)), ("mine", Rgb(255, 0, 0)));
        for role in Role::ALL.iter().filter(|role| **role != Role::Bad) {
            assert_eq!(theme.color(*role), nord.color(*role), "{role}");
        }
        for (text, expected) in [
            (
                "\ninherits = \"nrod\"",
                "theme mine, line 2: `inherits` takes a built-in theme and `nrod` is none; did you mean `nord`?",
            ),
            ("inherits = 3", "theme mine, line 1: `inherits` takes a built-in theme"),
            ("inherit = \"nord\"", "did you mean `inherits`?"),
            ("inherits = \"nord\"\ngood = \"x\"", "line 2: `good` is not a colour"),
        ] {
            let error = Theme::load(text, "mine").unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn every_built_in_theme_says_each_role_itself() {
        for name in builtin::names() {
            let text = builtin::text(name).unwrap();
            assert!(!text.contains(INHERITS), "{name}");
            assert_eq!(Theme::load(text, name).unwrap().name(), name);
        }
    }
}
