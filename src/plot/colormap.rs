//! Colours for numbers: dark blue to light yellow, even steps to the eye.
//!
//! A straight line in the space Oklab (Ottosson 2020), where equal distances look equally different. Its lightness
//! rises all the way, so the order survives grey print, and its hue runs from blue to yellow alone, which the common
//! colour blindnesses (red and green) leave apart.

use super::style::{BLACK, Color, WHITE};

/// Lightness, green to red, blue to yellow: the dark and the light end, both inside sRGB.
const ENDS: [[f64; 3]; 2] = [[0.30, -0.02, -0.12], [0.92, -0.02, 0.14]];

/// The colour of a share from 0 (dark) to 1 (light).
#[must_use]
pub fn color(share: f64) -> Color {
    let share = share.clamp(0.0, 1.0);
    let [dark, light] = ENDS;
    let [red, green, blue] = linear(std::array::from_fn(|i| dark[i] + share * (light[i] - dark[i])));
    (byte(red), byte(green), byte(blue))
}

/// Black or white, whichever stands out more.
#[must_use]
pub fn ink_on(color: Color) -> Color {
    if contrast(WHITE, color) > contrast(BLACK, color) { WHITE } else { BLACK }
}

/// Oklab to linear red, green and blue.
fn linear([l, a, b]: [f64; 3]) -> [f64; 3] {
    let long = (l + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (l - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (l - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701 * short,
    ]
}

/// IEC 61966-2-1, from a linear share to a byte.
fn byte(v: f64) -> u8 {
    let v = v.clamp(0.0, 1.0);
    let coded = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    (255.0 * coded).round() as u8
}

/// Relative luminance, 0 to 1 (WCAG 2.1).
fn luminance((r, g, b): Color) -> f64 {
    let linear = |v: u8| {
        let v = f64::from(v) / 255.0;
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Contrast ratio, 1 to 21 (WCAG 2.1).
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares() -> impl Iterator<Item = f64> {
        (0..=100).map(|i| f64::from(i) / 100.0)
    }

    #[test]
    fn the_whole_line_lies_inside_srgb() {
        let [dark, light] = ENDS;
        for share in shares() {
            let rgb = linear(std::array::from_fn(|i| dark[i] + share * (light[i] - dark[i])));
            assert!(rgb.iter().all(|v| (0.0..=1.0).contains(v)), "{share}: {rgb:?}");
        }
    }

    #[test]
    fn oklab_has_the_values_of_its_publication() {
        // White is (1, 0, 0); pure red is (0.628, 0.225, 0.126) to three digits.
        let close = |a: [f64; 3], b: [f64; 3], by: f64| a.iter().zip(b).all(|(a, b)| (a - b).abs() < by);
        assert!(close(linear([1.0, 0.0, 0.0]), [1.0; 3], 1e-6));
        assert!(close(linear([0.627_955, 0.224_863, 0.125_846]), [1.0, 0.0, 0.0], 1e-4));
    }

    #[test]
    fn grey_print_keeps_the_order_and_every_text_can_be_read() {
        let grey: Vec<f64> = shares().map(|s| luminance(color(s))).collect();
        assert!(grey.windows(2).all(|pair| pair[1] > pair[0]), "{grey:?}");
        for share in shares() {
            let color = color(share);
            assert!(contrast(ink_on(color), color) >= 4.5, "{share}");
        }
        assert_eq!((ink_on(color(0.0)), ink_on(color(1.0))), (WHITE, BLACK));
    }

    #[test]
    fn the_red_and_green_blind_see_the_same_steps() {
        // Both blindnesses lose the axis from green to red; on this line it never changes.
        assert_eq!(ENDS[0][1].to_bits(), ENDS[1][1].to_bits());
    }
}
