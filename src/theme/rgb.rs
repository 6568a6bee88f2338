//! Colours: reading, contrast, the nearest of 256 and of 16.

use std::fmt;

use ratatui::style::Color;

use super::Depth;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// Levels of the 6x6x6 cube of the 256-colour palette (xterm).
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Below this saturation a colour is a grey.
const GREY: f64 = 0.15;

impl Rgb {
    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Rgb> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, r, g, b] = number.to_be_bytes();
        Some(Rgb(r, g, b))
    }

    /// The channels in proportion to light, 0 to 1 (IEC 61966-2-1).
    pub(super) fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Relative luminance as WCAG 2 defines it, 0 to 1.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio as WCAG 2 defines it, 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Rgb) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The colour to send to a terminal of this depth; none if it has no colours.
    #[must_use]
    pub fn at(self, depth: Depth) -> Option<Color> {
        match depth {
            Depth::None => None,
            Depth::Ansi16 => Some(self.nearest_16()),
            Depth::Ansi256 => Some(Color::Indexed(self.nearest_256())),
            Depth::True => Some(Color::Rgb(self.0, self.1, self.2)),
        }
    }

    /// The colour that a terminal of this depth shows: the 16 are the user's own and stay as they are.
    #[must_use]
    pub fn shown(self, depth: Depth) -> Rgb {
        if depth == Depth::Ansi256 { indexed(self.nearest_256()) } else { self }
    }

    /// The nearest of colours 16 to 255, which terminals agree on.
    fn nearest_256(self) -> u8 {
        (16..=255).min_by_key(|index| self.distance(indexed(*index))).unwrap_or(16)
    }

    /// Squared distance weighted by how eyes see the channels ("redmean").
    fn distance(self, other: Rgb) -> i32 {
        let [r, g, b] = [(self.0, other.0), (self.1, other.1), (self.2, other.2)]
            .map(|(a, b)| (i32::from(a) - i32::from(b)).pow(2));
        let mean = i32::midpoint(self.0.into(), other.0.into());
        (512 + mean) * r / 256 + 4 * g + (767 - mean) * b / 256
    }

    /// The named colour of its hue: the exact shades are the user's, their names are agreed on.
    fn nearest_16(self) -> Color {
        let [r, g, b] = [self.0, self.1, self.2].map(|c| f64::from(c) / 255.0);
        let (max, min) = (r.max(g).max(b), r.min(g).min(b));
        let (range, light) = (max - min, f64::midpoint(max, min));
        let saturation = if range == 0.0 { 0.0 } else { range / (1.0 - (2.0 * light - 1.0).abs()) };
        if saturation < GREY || !(0.12..=0.97).contains(&light) {
            return match light {
                light if light < 0.2 => Color::Black,
                light if light < 0.5 => Color::DarkGray,
                light if light < 0.9 => Color::Gray,
                _ => Color::White,
            };
        }
        let hue = if max.total_cmp(&r).is_eq() {
            ((g - b) / range).rem_euclid(6.0)
        } else if max.total_cmp(&g).is_eq() {
            (b - r) / range + 2.0
        } else {
            (r - g) / range + 4.0
        };
        let (dark, bright) = match hue * 60.0 {
            hue if !(20.0..330.0).contains(&hue) => (Color::Red, Color::LightRed),
            hue if hue < 75.0 => (Color::Yellow, Color::LightYellow),
            hue if hue < 155.0 => (Color::Green, Color::LightGreen),
            hue if hue < 198.0 => (Color::Cyan, Color::LightCyan),
            hue if hue < 250.0 => (Color::Blue, Color::LightBlue),
            _ => (Color::Magenta, Color::LightMagenta),
        };
        if light < 0.5 { dark } else { bright }
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// A colour of the 256-colour palette from 16 on: the cube, then 24 greys.
fn indexed(index: u8) -> Rgb {
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return Rgb(grey, grey, grey);
    }
    let cube = index.saturating_sub(16);
    let level = |n: u8| CUBE.get(usize::from(n)).copied().unwrap_or(0);
    Rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
        // #767676 on white is the lightest grey that passes AA.
        let grey = Rgb(0x76, 0x76, 0x76).contrast(Rgb(255, 255, 255));
        assert!((4.5..4.6).contains(&grey), "{grey}");
    }

    #[test]
    fn palette_colours_are_their_own_nearest() {
        for (rgb, index) in
            [(Rgb(95, 135, 175), 67), (Rgb(255, 0, 0), 196), (Rgb(8, 8, 8), 232), (Rgb(255, 255, 255), 231)]
        {
            assert_eq!(rgb.at(Depth::Ansi256), Some(Color::Indexed(index)));
            assert_eq!(rgb.shown(Depth::Ansi256), rgb);
        }
    }

    #[test]
    fn sixteen_colours_keep_the_hue() {
        for (text, color) in [
            ("#7ee08a", Color::LightGreen),
            ("#ff938b", Color::LightRed),
            ("#ffc66d", Color::LightYellow),
            ("#79dccb", Color::LightCyan),
            ("#8fc1ff", Color::LightBlue),
            ("#cbbaff", Color::LightMagenta),
            ("#800000", Color::Red),
            ("#9fabb7", Color::Gray),
            ("#ffffff", Color::White),
            ("#101418", Color::Black),
        ] {
            assert_eq!(Rgb::parse(text).unwrap().at(Depth::Ansi16), Some(color), "{text}");
        }
    }

    #[test]
    fn only_six_hex_digits_are_a_colour() {
        for text in ["", "#fff", "7ee08a", "#7ee08g", "#+ee08a", "#7ee08a0"] {
            assert_eq!(Rgb::parse(text), None, "{text}");
        }
        assert_eq!(Rgb::parse("#07E08A").unwrap().to_string(), "#07e08a");
    }
}
