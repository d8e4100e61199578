//! Colours, dashes, markers and sizes: distinct on screen, for the colour-blind, and in grey print.

use super::scene::{Pt, Scene};

/// Red, green, blue.
pub type Color = (u8, u8, u8);

/// Ink.
pub const BLACK: Color = (0, 0, 0);
/// Paper.
pub const WHITE: Color = (255, 255, 255);
/// Grid lines.
pub const GRID: Color = (226, 226, 226);
/// The floor's line, the frames' notes.
pub const GREY: Color = (110, 110, 110);
/// The floor's band and the reference set behind scatter plots.
pub const PALE: Color = (214, 214, 214);

/// All text, in points at the figure's own width.
pub const FONT_PT: f64 = 8.0;
/// Frame and ticks, in points.
pub const THIN: f64 = 0.5;
/// Interval bands let the floor and each other shine through.
pub const BAND: f64 = 0.22;
/// Radius of a marker, in points.
pub const MARKER: f64 = 2.5;
/// Radius of a marker on a bar, in points: smaller, so that it hides short bars and its neighbours less.
const ON_BAR: f64 = 1.8;

/// How wide a figure is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Width {
    /// One column of a two-column paper, 3.4 inches; the legend lies below.
    #[default]
    Column,
    /// The text width of a page, 7 inches; the legend lies to the right.
    Page,
}

impl Width {
    /// In points.
    #[must_use]
    pub fn points(self) -> f64 {
        match self {
            Self::Column => 3.4 * 72.0,
            Self::Page => 7.0 * 72.0,
        }
    }
}

/// The colours of Okabe and Ito (2008) without the yellow, which is lost on white paper.
const COLORS: [Color; 7] =
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233), (0, 0, 0)];
/// Stroke, gap, … in points. Five patterns, seven colours and eight markers repeat together after 280 lines.
const DASHES: [&[f64]; 5] = [&[], &[5.0, 2.0], &[1.4, 1.4], &[6.0, 1.6, 1.4, 1.6], &[9.0, 1.6, 1.4, 1.6, 1.4, 1.6]];

/// Shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Up,
    /// ◆
    Diamond,
    /// ▼
    Down,
    /// ★
    Star,
    /// ◀
    Left,
    /// ▶
    Right,
}

const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Square,
    Marker::Up,
    Marker::Diamond,
    Marker::Down,
    Marker::Star,
    Marker::Left,
    Marker::Right,
];

/// How the intervals of a line are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Spread {
    /// As a pale band behind the line.
    #[default]
    Band,
    /// As bars. The whole line stands this many points to the right of its numbers, so that the bars of several lines
    /// do not hide each other.
    Bars(f64),
}

impl Spread {
    /// How far to the right the line stands, in points.
    #[must_use]
    pub fn shift(self) -> f64 {
        match self {
            Self::Band => 0.0,
            Self::Bars(shift) => shift,
        }
    }

    /// Radius of the markers, in points.
    #[must_use]
    pub fn marker(self) -> f64 {
        match self {
            Self::Band => MARKER,
            Self::Bars(_) => ON_BAR,
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    /// Colour of line and markers.
    pub color: Color,
    /// Line width in points.
    pub width: f64,
    /// Stroke, gap, … in points; empty is solid.
    pub dash: &'static [f64],
    /// Marker at each point.
    pub marker: Option<Marker>,
    /// Its intervals.
    pub spread: Spread,
}

impl Pen {
    /// The pen of the i-th line of a figure.
    #[must_use]
    pub fn of(i: usize) -> Self {
        Self {
            color: COLORS[i % COLORS.len()],
            width: 1.0,
            dash: DASHES[i % DASHES.len()],
            marker: Some(MARKERS[i % MARKERS.len()]),
            spread: Spread::Band,
        }
    }
}

/// Draws a marker with a thin white rim, so that neighbours stay apart; a hollow one is white inside.
pub fn draw_marker(scene: &mut Scene, at: Pt, (marker, radius): (Marker, f64), color: Color, hollow: bool) {
    scene.fill(outline(at, marker, radius + 0.5), WHITE, 1.0);
    scene.fill(outline(at, marker, radius), color, 1.0);
    if hollow {
        scene.fill(outline(at, marker, radius - 0.9), WHITE, 1.0);
    }
}

/// Corners of a marker whose area is about that of a circle of this radius.
fn outline((x, y): Pt, marker: Marker, radius: f64) -> Vec<Pt> {
    let ring = |n: usize, from: f64, r: &dyn Fn(usize) -> f64| -> Vec<Pt> {
        (0..n)
            .map(|i| {
                let angle = (from + 360.0 * i as f64 / n as f64).to_radians();
                (x + r(i) * angle.cos(), y + r(i) * angle.sin())
            })
            .collect()
    };
    match marker {
        Marker::Circle => ring(24, 0.0, &|_| radius),
        Marker::Square => ring(4, 45.0, &|_| 1.25 * radius),
        Marker::Diamond => ring(4, 0.0, &|_| 1.3 * radius),
        Marker::Up => ring(3, -90.0, &|_| 1.4 * radius),
        Marker::Down => ring(3, 90.0, &|_| 1.4 * radius),
        Marker::Left => ring(3, 180.0, &|_| 1.4 * radius),
        Marker::Right => ring(3, 0.0, &|_| 1.4 * radius),
        Marker::Star => ring(10, -90.0, &|i| if i % 2 == 0 { 1.55 * radius } else { 0.7 * radius }),
    }
}

/// A cross: a cell that gave no number.
pub fn draw_cross(scene: &mut Scene, (x, y): Pt, color: Color) {
    let r = 2.2;
    scene.stroke(&[(x - r, y - r), (x + r, y + r)], 1.1, color, &[]);
    scene.stroke(&[(x - r, y + r), (x + r, y - r)], 1.1, color, &[]);
}

/// An arrow down with its tip at the point: a number that a log axis does not have.
pub fn draw_arrow(scene: &mut Scene, (x, y): Pt, color: Color) {
    scene.stroke(&[(x, y - 6.5), (x, y - 2.5)], 1.1, color, &[]);
    scene.fill(vec![(x - 2.3, y - 3.4), (x + 2.3, y - 3.4), (x, y)], color, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pens_differ_in_colour_dash_and_marker_together() {
        let pens: Vec<Pen> = (0..280).map(Pen::of).collect();
        for (i, a) in pens.iter().enumerate() {
            assert!(pens[..i].iter().all(|b| a != b), "pen {i} repeats");
            let next = Pen::of(i + 1);
            assert!(a.color != next.color && a.dash != next.dash && a.marker != next.marker);
        }
    }
}
