//! How many colours the terminal has.

use super::Env;

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None, or none wanted: bold, dim, underline and reverse only.
    None,
    /// The 16 named ones, in the user's own shades.
    Ansi16,
    /// The 256 of xterm's palette.
    Ansi256,
    /// 24 bits.
    True,
}

/// Terminals that show 24 bits and do not always say so in `COLORTERM`, as over ssh.
const TRUE: [&str; 7] = ["kitty", "alacritty", "wezterm", "foot", "ghostty", "contour", "rio"];

impl Depth {
    /// From `NO_COLOR` (<https://no-color.org>), `COLORTERM` and `TERM`.
    #[must_use]
    pub fn detect(env: Env<'_>) -> Depth {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        if set("NO_COLOR").is_some() || term.is_empty() || term == "dumb" || term.starts_with("vt") {
            return Depth::None;
        }
        let colorterm = set("COLORTERM").unwrap_or_default().to_lowercase();
        if matches!(colorterm.as_str(), "truecolor" | "24bit")
            || term.ends_with("-direct")
            || TRUE.iter().any(|name| term.contains(name))
        {
            Depth::True
        } else if term.contains("256color") {
            Depth::Ansi256
        } else {
            Depth::Ansi16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_environment() {
        for (vars, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Ansi256),
            (&[("TERM", "tmux-256color"), ("NO_COLOR", "")], Depth::Ansi256),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-kitty")], Depth::True),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "linux")], Depth::Ansi16),
            (&[("TERM", "screen")], Depth::Ansi16),
            (&[("TERM", "dumb")], Depth::None),
            (&[("TERM", "vt220")], Depth::None),
            (&[], Depth::None),
        ] {
            let env =
                |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Depth::detect(&env), depth, "{vars:?}");
        }
    }
}
