//! How far colours are apart, to usual eyes and to those that cannot tell red from green.

use super::Rgb;

/// Whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// Usual ones.
    Usual,
    /// Without the cones for green.
    Deuteranopia,
    /// Without the cones for red.
    Protanopia,
}

/// What deuteranopes and protanopes see of linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model
/// for Simulation of Color Vision Deficiency" (IEEE TVCG 15(6), 2009), severity 1.0.
const DEUTERANOPIA: [[f64; 3]; 3] = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const PROTANOPIA: [[f64; 3]; 3] = [
    [0.152_286, 1.052_583, -0.204_868],
    [0.114_503, 0.786_281, 0.099_216],
    [-0.003_882, -0.048_116, 1.051_998],
];

/// Linear RGB of sRGB to CIE XYZ, of the light D65 (IEC 61966-2-1).
const XYZ: [[f64; 3]; 3] = [
    [0.412_456_4, 0.357_576_1, 0.180_437_5],
    [0.212_672_9, 0.715_152_2, 0.072_175_0],
    [0.019_333_9, 0.119_192_0, 0.950_304_1],
];
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// A colour as CIELAB has it: lightness, red against green, yellow against blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lab {
    pub(super) l: f64,
    pub(super) a: f64,
    pub(super) b: f64,
}

impl Eyes {
    /// All of them.
    pub const ALL: [Eyes; 3] = [Eyes::Usual, Eyes::Deuteranopia, Eyes::Protanopia];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Eyes::Usual => "usual",
            Eyes::Deuteranopia => "deuteranopia",
            Eyes::Protanopia => "protanopia",
        }
    }

    /// How far two colours are apart to these eyes: 0 equal, 1 hardly told apart side by side, 100 black and white.
    ///
    /// The difference of CIEDE2000 (CIE 142-2001; formula of Sharma, Wu and Dalal 2005).
    #[must_use]
    pub fn distance(self, one: Rgb, other: Rgb) -> f64 {
        ciede2000(self.sees(one), self.sees(other))
    }

    fn sees(self, color: Rgb) -> Lab {
        let rgb = color.linear();
        lab(match self {
            Eyes::Usual => rgb,
            Eyes::Deuteranopia => times(&DEUTERANOPIA, rgb).map(|c| c.clamp(0.0, 1.0)),
            Eyes::Protanopia => times(&PROTANOPIA, rgb).map(|c| c.clamp(0.0, 1.0)),
        })
    }
}

fn times(matrix: &[[f64; 3]; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

fn lab(linear: [f64; 3]) -> Lab {
    const EDGE: f64 = 216.0 / 24389.0;
    const SLOPE: f64 = 24389.0 / 27.0;
    let xyz = times(&XYZ, linear);
    let f = |at: usize| {
        let t = xyz[at] / WHITE[at];
        if t > EDGE { t.cbrt() } else { (SLOPE * t + 16.0) / 116.0 }
    };
    let (x, y, z) = (f(0), f(1), f(2));
    Lab { l: 116.0 * y - 16.0, a: 500.0 * (x - y), b: 200.0 * (y - z) }
}

/// Names are those of the formula.
#[expect(clippy::many_single_char_names, reason = "as in the formula")]
pub(super) fn ciede2000(one: Lab, other: Lab) -> f64 {
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(f64::midpoint(one.a.hypot(one.b), other.a.hypot(other.b))));
    let polar = |lab: Lab| {
        let a = (1.0 + g) * lab.a;
        let hue = if a == 0.0 && lab.b == 0.0 { 0.0 } else { lab.b.atan2(a).to_degrees().rem_euclid(360.0) };
        (a.hypot(lab.b), hue)
    };
    let ((c1, h1), (c2, h2)) = (polar(one), polar(other));
    let grey = c1 * c2 == 0.0;
    let turn = if grey { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let (dl, dc) = (other.l - one.l, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(one.l, other.l), f64::midpoint(c1, c2));
    let h = if grey { h1 + h2 } else { (h1 + turn / 2.0).rem_euclid(360.0) };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let bend = (l - 50.0).powi(2);
    let (dl, dc, dh) = (
        dl / (1.0 + 0.015 * bend / (20.0 + bend).sqrt()),
        dc / (1.0 + 0.045 * c),
        dh / (1.0 + 0.015 * c * t),
    );
    let angle = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let turned = -(2.0 * angle).to_radians().sin() * 2.0 * seventh(c);
    (dl * dl + dc * dc + dh * dh + turned * dc * dh).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs from the table that Sharma, Wu and Dalal published to check implementations by.
    #[test]
    fn the_difference_is_that_of_the_published_table() {
        let of = |l, a, b| Lab { l, a, b };
        for (one, other, expected) in [
            (of(50.0, 2.6772, -79.7751), of(50.0, 0.0, -82.7485), 2.0425),
            (of(50.0, 2.4900, -0.0010), of(50.0, -2.4900, 0.0009), 7.1792),
            (of(50.0, 2.4900, -0.0010), of(50.0, -2.4900, 0.0011), 7.2195),
            (of(50.0, -0.0010, 2.4900), of(50.0, 0.0009, -2.4900), 4.8045),
            (of(50.0, 2.5, 0.0), of(73.0, 25.0, -18.0), 27.1492),
            (of(50.0, 2.5, 0.0), of(58.0, 24.0, 15.0), 19.4535),
            (of(60.2574, -34.0099, 36.2677), of(60.4626, -34.1751, 39.4387), 1.2644),
            (of(90.8027, -2.0831, 1.4410), of(91.1528, -1.6435, 0.0447), 1.4441),
            (of(2.0776, 0.0795, -1.1350), of(0.9033, -0.0636, -0.5514), 0.9082),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let found = ciede2000(one, other);
                assert!((found - expected).abs() < 1e-4, "{one:?} {other:?}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn black_and_white_are_a_hundred_apart_to_all_eyes() {
        for eyes in Eyes::ALL {
            let far = eyes.distance(Rgb(0, 0, 0), Rgb(255, 255, 255));
            assert!((far - 100.0).abs() < 0.01, "{eyes:?}: {far}");
            assert!(eyes.distance(Rgb(9, 80, 200), Rgb(9, 80, 200)).abs() < 1e-9);
        }
    }

    #[test]
    fn red_and_green_of_like_lightness_are_told_apart_by_usual_eyes_alone() {
        let (red, green) = (Rgb(0xff, 0x93, 0x8b), Rgb(0x9c, 0xc0, 0x70));
        assert!(Eyes::Usual.distance(red, green) > 30.0);
        assert!(Eyes::Deuteranopia.distance(red, green) < 12.0);
        let (blue, yellow) = (Rgb(0x38, 0xaa, 0xff), Rgb(0xff, 0xe0, 0x60));
        for eyes in Eyes::ALL {
            assert!(eyes.distance(blue, yellow) > 30.0, "{eyes:?}");
        }
    }
}
