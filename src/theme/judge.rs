//! What a theme is worth to a reader: contrast, and how far the states are apart.

use super::{Depth, Eyes, Role, Theme};

/// The contrast that text of normal size needs (WCAG 2, AA).
pub const AA: f64 = 4.5;

/// The difference of colour from which on states are apart, as [`Eyes::distance`] has it.
///
/// One is about the least that can be seen of large patches side by side. A sign of the terminal is a third of a degree
/// high, and marks so small need some 7 in lightness, 10 to 14 in hue until half of all viewers tell them apart (Stone,
/// Szafir and Setlur, "An Engineering Model for Color Difference as a Function of Size", 2014).
pub const APART: f64 = 10.0;

/// The depths at which a theme's colours are its own.
const DEPTHS: [Depth; 2] = [Depth::True, Depth::Ansi256];

/// The contrast of a text on a ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// 1 to 21.
    pub ratio: f64,
    /// The text.
    pub text: Role,
    /// What it lies on.
    pub ground: Role,
}

/// Two states, and how far they are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// As [`Eyes::distance`] has it.
    pub of: f64,
    /// One.
    pub one: Role,
    /// The other.
    pub other: Role,
}

impl Role {
    /// Roles that say how something is.
    pub const STATES: [Role; 5] = [Role::Good, Role::Bad, Role::Warning, Role::Unknown, Role::Stale];
}

impl Theme {
    /// The text that is hardest to read, in 24 bits and in 256 colours.
    #[must_use]
    pub fn lowest_contrast(&self) -> Contrast {
        let mut lowest = Contrast { ratio: f64::INFINITY, text: Role::Text, ground: Role::Background };
        for depth in DEPTHS {
            for (text, ground) in Role::texts().flat_map(|text| Role::GROUNDS.map(|ground| (text, ground))) {
                let [front, behind] = [text, ground].map(|role| self.color(role).shown(depth));
                let ratio = front.contrast(behind);
                if ratio < lowest.ratio {
                    lowest = Contrast { ratio, text, ground };
                }
            }
        }
        lowest
    }

    /// The two states that are most alike to these eyes, in 24 bits and in 256 colours.
    #[must_use]
    pub fn nearest_states(&self, eyes: Eyes) -> Distance {
        let mut nearest = Distance { of: f64::INFINITY, one: Role::Good, other: Role::Bad };
        for depth in DEPTHS {
            for (at, one) in Role::STATES.into_iter().enumerate() {
                for other in Role::STATES.into_iter().skip(at + 1) {
                    let [left, right] = [one, other].map(|role| self.color(role).shown(depth));
                    let of = eyes.distance(left, right);
                    if of < nearest.of {
                        nearest = Distance { of, one, other };
                    }
                }
            }
        }
        nearest
    }

    /// Whether colour alone keeps the states apart to all eyes; by sign and word they are in any theme.
    #[must_use]
    pub fn for_all_eyes(&self) -> bool {
        Eyes::ALL.into_iter().all(|eyes| self.nearest_states(eyes).of >= APART)
    }

    /// Light text on a dark ground.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.color(Role::Background).luminance() < self.color(Role::Text).luminance()
    }

    /// Nothing but greys: states need another weight to be told apart.
    #[must_use]
    pub fn is_grey(&self) -> bool {
        self.colors.iter().all(|color| color.0 == color.1 && color.1 == color.2)
    }
}

#[cfg(test)]
mod tests {
    use super::super::builtin;
    use super::*;

    fn all() -> impl Iterator<Item = Theme> {
        builtin::names().map(|name| Theme::load(builtin::text(name).unwrap(), name).unwrap())
    }

    fn named(name: &str) -> Theme {
        all().find(|theme| theme.name() == name).unwrap()
    }

    #[test]
    fn every_text_is_readable_wherever_it_may_stand() {
        for theme in all() {
            let Contrast { ratio, text, ground } = theme.lowest_contrast();
            assert!(ratio >= AA, "{}: {text} on {ground}: {ratio:.2}", theme.name());
        }
    }

    #[test]
    fn the_lowest_contrast_is_found_among_all() {
        let theme = Theme::load("inherits = \"default\"\nlive = \"#304050\"", "dim").unwrap();
        let lowest = theme.lowest_contrast();
        assert_eq!((lowest.text, lowest.ground), (Role::Live, Role::Selection));
        assert!(lowest.ratio < 1.5, "{}", lowest.ratio);
    }

    #[test]
    fn what_is_no_text_but_tells_where_the_keys_go_has_three_to_one() {
        for theme in all() {
            for depth in DEPTHS {
                let shown = |role| theme.color(role).shown(depth);
                let focus = shown(Role::BorderFocus).contrast(shown(Role::Background));
                assert!(focus >= 3.0, "{} at {depth:?}: {focus:.2}", theme.name());
            }
        }
    }

    #[test]
    fn high_contrast_is_aaa() {
        let theme = named("high-contrast");
        for (text, ground) in Role::texts().flat_map(|text| Role::GROUNDS.map(|ground| (text, ground))) {
            let ratio = theme.color(text).contrast(theme.color(ground));
            assert!(ratio >= 7.0, "{text} on {ground}: {ratio:.2}");
        }
    }

    #[test]
    fn states_are_apart_to_usual_eyes_wherever_there_is_hue() {
        for theme in all().filter(|theme| !theme.is_grey()) {
            let Distance { of, one, other } = theme.nearest_states(Eyes::Usual);
            assert!(of >= APART, "{}: {one} and {other} are {of:.1} apart", theme.name());
        }
    }

    #[test]
    fn colour_blind_keeps_its_promise() {
        let theme = named("colour-blind");
        for eyes in Eyes::ALL {
            let Distance { of, one, other } = theme.nearest_states(eyes);
            assert!(of >= 2.0 * APART, "{eyes:?}: {one} and {other} are {of:.1} apart");
        }
        assert!(theme.for_all_eyes());
        assert!(!named("default").for_all_eyes(), "if it is, say so in its file");
    }

    #[test]
    fn mono_has_no_hue_and_is_the_only_one() {
        let grey: Vec<_> = all().filter(Theme::is_grey).map(|theme| theme.name().to_owned()).collect();
        assert_eq!(grey, ["mono"]);
        let light: Vec<_> = all().filter(|it| !it.is_dark()).map(|theme| theme.name().to_owned()).collect();
        assert_eq!(light, ["light", "catppuccin-latte"]);
    }
}
