//! The legend: outside the data, below a column figure, to the right of a page figure.

use super::scene::{Anchor, Pt, Scene, text_width, wrap};
use super::style::{BLACK, FONT_PT, GREY, MARKER, Marker, PALE, Pen, draw_arrow, draw_cross, draw_marker};

/// What stands before an entry's words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// A line with its marker.
    Line(Pen),
    /// The grey floor.
    Level {
        /// Its line.
        line: bool,
        /// Its band.
        band: bool,
    },
    /// A hollow marker.
    Hollow,
    /// The cross of a gap.
    Cross,
    /// The arrow at the lower edge.
    Arrow,
}

/// A sample and its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it looks like.
    pub sample: Sample,
    /// What it is.
    pub text: String,
}

const SAMPLE: f64 = 24.0;
const SPACE: f64 = 4.0;
const GUTTER: f64 = 10.0;
const LINE: f64 = 1.35 * FONT_PT;

fn width(entry: &Entry) -> f64 {
    SAMPLE + SPACE + text_width(&entry.text)
}

/// Width of a one-column legend, `limit` at most.
#[must_use]
pub fn column_width(entries: &[Entry], limit: f64) -> f64 {
    entries.iter().map(width).fold(0.0, f64::max).min(limit)
}

/// One entry below the other; returns the lower end.
pub fn column(scene: &mut Scene, entries: &[Entry], (x, y): Pt, width: f64) -> f64 {
    entries.iter().fold(y, |y, entry| put(scene, entry, (x, y), width))
}

/// Row after row in as many equal columns as there is room for, a wide entry over all of them; returns the
/// lower end.
pub fn rows(scene: &mut Scene, entries: &[Entry], y: f64, edge: f64) -> f64 {
    let room = scene.width - 2.0 * edge;
    let short = |e: &Entry| width(e) <= 0.5 * (room - GUTTER);
    let pitch = entries.iter().filter(|e| short(e)).map(width).fold(0.0, f64::max) + GUTTER;
    let columns = (((room + GUTTER) / pitch) as usize).clamp(1, entries.len().max(1));
    let pitch = pitch.max((room + GUTTER) / columns as f64).min(1.6 * pitch);
    let (mut end, mut from, mut column) = (y, y, 0);
    for entry in entries {
        if column == columns || (column > 0 && !short(entry)) {
            (from, column) = (end, 0);
        }
        let limit = if short(entry) { pitch } else { room };
        end = end.max(put(scene, entry, (edge + column as f64 * pitch, from), limit));
        column = if short(entry) { column + 1 } else { columns };
    }
    end
}

fn put(scene: &mut Scene, entry: &Entry, (x, y): Pt, width: f64) -> f64 {
    let middle = y + 0.5 * LINE;
    let centre = (x + 0.5 * SAMPLE, middle);
    let across = [(x, middle), (x + SAMPLE, middle)];
    match entry.sample {
        Sample::Line(pen) => {
            scene.stroke(&across, pen.width, pen.color, pen.dash);
            if let Some(marker) = pen.marker {
                draw_marker(scene, centre, (marker, pen.spread.marker()), pen.color, false);
            }
        }
        Sample::Level { line, band } => {
            if band {
                let (up, down) = (middle - 3.0, middle + 3.0);
                scene.fill(vec![(x, up), (x + SAMPLE, up), (x + SAMPLE, down), (x, down)], PALE, 1.0);
            }
            if line {
                scene.stroke(&across, 0.9, GREY, &[]);
            }
        }
        Sample::Hollow => draw_marker(scene, centre, (Marker::Circle, MARKER), BLACK, true),
        Sample::Cross => draw_cross(scene, centre, BLACK),
        Sample::Arrow => draw_arrow(scene, (centre.0, middle + 3.2), BLACK),
    }
    let lines = wrap(&entry.text, width - SAMPLE - SPACE);
    for (i, line) in lines.iter().enumerate() {
        scene.text(
            (x + SAMPLE + SPACE, middle + 0.36 * FONT_PT + i as f64 * 1.15 * FONT_PT),
            Anchor::Start,
            line.clone(),
        );
    }
    y + LINE + (lines.len() - 1) as f64 * 1.15 * FONT_PT
}
