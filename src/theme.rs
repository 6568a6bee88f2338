//! Colours and glyphs: a palette of roles on disk, everything else derived from it.
//!
//! A theme gives each [`Role`] one colour. [`Styles`] derives what the view uses, for as many colours as the terminal
//! has ([`Depth`]); without colours roles differ by bold, dim, underline and reverse. State is never told by colour
//! alone: every state has its glyph ([`Glyphs`]) and its word.
//!
//! Themes are compiled in ([`builtin`]), the user's own ([`library`]) or made of an editor's scheme ([`base16`]). How well
//! one can be read is computed ([`Theme::lowest_contrast`], [`Theme::nearest_states`]), of every one by the tests.

use std::fmt;

pub mod base16;
pub mod builtin;
pub mod library;

mod depth;
mod glyphs;
mod judge;
mod load;
mod mend;
mod rgb;
mod styles;
mod vision;

pub use depth::Depth;
pub use glyphs::{ASCII, Glyphs, UNICODE, to_ascii};
pub use judge::{AA, APART, Contrast, Distance};
pub use library::{Library, Source};
pub use load::nearest;
pub use rgb::Rgb;
pub use styles::Styles;
pub use vision::Eyes;

/// The environment, as far as colours and glyphs depend on it.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

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

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
