//! A colour made lighter or darker until it can be read.

use super::{AA, Depth, Rgb};

/// Part of the way that one step goes.
const STEP: f64 = 0.01;
/// Steps after which a colour is as light or as dark as it can be.
const STEPS: usize = 400;
/// Above this luminance black is read better than white: the ratio of both is the same.
const LIGHT: f64 = 0.179;

impl Rgb {
    /// The nearest colour of this hue that can be read (WCAG AA) on all of these grounds, in 24 bits and in 256 colours.
    ///
    /// As near as it gets where none can.
    #[must_use]
    pub(super) fn readable_on(self, grounds: &[Rgb]) -> Rgb {
        let dark =
            grounds.iter().map(|ground| ground.luminance()).sum::<f64>() < LIGHT * grounds.len() as f64;
        let mut way = self.channels();
        for _ in 0..STEPS {
            let color = Rgb::of(way);
            if color.contrast_on(grounds) >= AA {
                return color;
            }
            way = if dark { lighter(way) } else { way.map(|c| c * (1.0 - STEP)) };
        }
        Rgb::of(way)
    }

    /// This ground, brought so near to another that text can be read on both with its hue kept.
    #[must_use]
    pub(super) fn no_further_from(self, ground: Rgb, ratio: f64) -> Rgb {
        let (from, to) = (self.channels(), ground.channels());
        let steps = (0..=100u8).map(|step| f64::from(step) / 100.0);
        let mut colors = steps.map(|part| Rgb::of([0, 1, 2].map(|at| from[at] + (to[at] - from[at]) * part)));
        colors.find(|color| color.contrast(ground) <= ratio).unwrap_or(ground)
    }

    /// The lowest contrast with these grounds, in 24 bits and in 256 colours.
    pub(super) fn contrast_on(self, grounds: &[Rgb]) -> f64 {
        let both = grounds.iter().flat_map(|ground| {
            let seen = self.shown(Depth::Ansi256).contrast(ground.shown(Depth::Ansi256));
            [self.contrast(*ground), seen]
        });
        both.fold(f64::INFINITY, f64::min)
    }

    fn channels(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(f64::from)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded and within 0 to 255"
    )]
    fn of(channels: [f64; 3]) -> Rgb {
        let [r, g, b] = channels.map(|c| c.round().clamp(0.0, 255.0) as u8);
        Rgb(r, g, b)
    }
}

/// Brighter while a channel has room, which keeps hue and saturation, then towards white.
fn lighter(way: [f64; 3]) -> [f64; 3] {
    let most = way.into_iter().fold(0.0, f64::max);
    if most < 1.0 {
        return [8.0; 3];
    }
    if most < 255.0 {
        let factor = (1.0 + STEP).min(255.0 / most);
        return way.map(|c| c * factor);
    }
    way.map(|c| c + (255.0 - c) * STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(text: &str) -> Rgb {
        Rgb::parse(text).unwrap()
    }

    #[test]
    fn what_can_be_read_stays_and_what_cannot_is_moved_no_further_than_needed() {
        let dark = [rgb("#101418"), rgb("#27313b")];
        assert_eq!(rgb("#7ee08a").readable_on(&dark), rgb("#7ee08a"));
        let light = [rgb("#fafbfc"), rgb("#dde4ec")];
        for (grounds, color) in
            [(&dark, "#bf616a"), (&dark, "#000000"), (&light, "#df8e1d"), (&light, "#ffffff")]
        {
            let mended = rgb(color).readable_on(grounds);
            let ratio = mended.contrast_on(grounds);
            assert!((AA..6.0).contains(&ratio), "{color} became {mended}: {ratio:.2}");
        }
    }

    #[test]
    fn red_stays_red() {
        let Rgb(r, g, b) = rgb("#bf616a").readable_on(&[rgb("#2e3440"), rgb("#3b4252")]);
        assert!(r == 255 && g < 170 && b < 180, "{r} {g} {b}");
    }

    #[test]
    fn grounds_come_near() {
        let (far, ground) = (rgb("#585858"), rgb("#181818"));
        let near = far.no_further_from(ground, 1.5);
        let ratio = near.contrast(ground);
        assert!((1.4..=1.5).contains(&ratio), "{near}: {ratio}");
        assert_eq!(rgb("#202020").no_further_from(ground, 1.5), rgb("#202020"));
    }
}
