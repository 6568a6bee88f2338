//! The themes that are compiled in.

use super::{Theme, ThemeError};

/// Names and texts, the default first.
const BUILTIN: [(&str, &str); 9] = [
    ("default", include_str!("../../themes/default.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    ("catppuccin", include_str!("../../themes/catppuccin.toml")),
    ("catppuccin-latte", include_str!("../../themes/catppuccin-latte.toml")),
    ("gruvbox", include_str!("../../themes/gruvbox.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
];

/// Their names, the default first.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// The text of one.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Theme {
    /// The default theme, which is compiled in.
    ///
    /// # Errors
    ///
    /// None that a test would not have found.
    pub fn builtin() -> Result<Theme, ThemeError> {
        Theme::load(BUILTIN[0].1, BUILTIN[0].0)
    }
}
