//! What a figure consists of, in points (1/72 inch) with y downwards: the one drawing that every output gets.

use super::style::{BLACK, Color, FONT_PT};

/// A place on the page, in points.
pub type Pt = (f64, f64);

/// Where a text's reference point lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// A text; its vertical reference is the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Reference point.
    pub at: Pt,
    /// The words.
    pub text: String,
    /// Which point of the text `at` is.
    pub anchor: Anchor,
    /// Whether it reads upwards.
    pub upright: bool,
    /// Colour.
    pub color: Color,
}

/// One thing on the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through the points.
    Stroke {
        /// At least two points.
        path: Vec<Pt>,
        /// In points.
        width: f64,
        /// Colour.
        color: Color,
    },
    /// A filled polygon.
    Fill {
        /// Its corners.
        path: Vec<Pt>,
        /// Colour.
        color: Color,
        /// 1 hides what lies behind.
        opacity: f64,
    },
    /// A filled circle.
    Dot {
        /// Centre.
        at: Pt,
        /// In points.
        radius: f64,
        /// Colour.
        color: Color,
    },
    /// A text.
    Text(Label),
    /// A picture of square pixels; always above the other shapes.
    Picture {
        /// Upper left corner.
        at: Pt,
        /// Width and height in points.
        size: Pt,
        /// Columns and rows of pixels.
        pixels: (u32, u32),
        /// RGB bytes, row by row.
        rgb: Vec<u8>,
    },
}

/// A page and what is drawn on it, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// In points.
    pub width: f64,
    /// In points.
    pub height: f64,
    /// From back to front.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty page.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    /// A line with a dash pattern: lengths of stroke, gap, stroke, … in points; empty for a solid line.
    pub fn stroke(&mut self, path: &[Pt], width: f64, color: Color, dash: &[f64]) {
        if path.len() < 2 {
            return;
        }
        if dash.is_empty() {
            self.shapes.push(Shape::Stroke { path: path.to_vec(), width, color });
        } else {
            for piece in dashed(path, dash) {
                self.shapes.push(Shape::Stroke { path: piece, width, color });
            }
        }
    }

    /// A filled polygon.
    pub fn fill(&mut self, path: Vec<Pt>, color: Color, opacity: f64) {
        self.shapes.push(Shape::Fill { path, color, opacity });
    }

    /// Black text of the standard size.
    pub fn text(&mut self, at: Pt, anchor: Anchor, text: impl Into<String>) {
        self.shapes.push(Shape::Text(Label { at, text: text.into(), anchor, upright: false, color: BLACK }));
    }

    /// Black text of the standard size that reads upwards.
    pub fn text_upright(&mut self, at: Pt, anchor: Anchor, text: impl Into<String>) {
        self.shapes.push(Shape::Text(Label { at, text: text.into(), anchor, upright: true, color: BLACK }));
    }

    /// The outline of a rectangle.
    pub fn frame(&mut self, (x, y): Pt, (w, h): Pt, width: f64, color: Color) {
        self.stroke(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)], width, color, &[]);
    }
}

/// Width of a text in points at the standard size.
#[must_use]
pub fn text_width(text: &str) -> f64 {
    super::canvas::em_width(text) * FONT_PT
}

/// Splits a text at spaces into lines no wider than `width` points; a longer word stays whole.
#[must_use]
pub fn wrap(text: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(line) + text_width(word) + text_width(" ") <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The strokes of a dashed line. The pattern runs on through the corners.
fn dashed(path: &[Pt], dash: &[f64]) -> Vec<Vec<Pt>> {
    let mut pieces = Vec::new();
    let (mut phase, mut left) = (0, dash[0]);
    let mut piece = vec![path[0]];
    for pair in path.windows(2) {
        let (mut a, b) = (pair[0], pair[1]);
        let mut length = (b.0 - a.0).hypot(b.1 - a.1);
        while length > left {
            a = (a.0 + (b.0 - a.0) * left / length, a.1 + (b.1 - a.1) * left / length);
            length -= left;
            if phase % 2 == 0 {
                piece.push(a);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![a];
            }
            phase = (phase + 1) % dash.len();
            left = dash[phase];
        }
        left -= length;
        if phase % 2 == 0 {
            piece.push(b);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// Box of a text: left, top, right, bottom.
#[cfg(test)]
pub fn text_box(label: &Label) -> [f64; 4] {
    let width = text_width(&label.text);
    let (up, down) = (0.76 * FONT_PT, 0.24 * FONT_PT);
    let before = match label.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let (x, y) = label.at;
    if label.upright {
        [x - up, y - (width - before), x + down, y + before]
    } else {
        [x - before, y - up, x + (width - before), y + down]
    }
}

/// Panics where a text leaves the page or touches another text.
#[cfg(test)]
pub fn assert_texts_apart(scene: &Scene) {
    let labels: Vec<&Label> =
        scene.shapes.iter().filter_map(|s| if let Shape::Text(l) = s { Some(l) } else { None }).collect();
    for (i, a) in labels.iter().enumerate() {
        let p = text_box(a);
        assert!(
            p[0] >= 0.0 && p[1] >= 0.0 && p[2] <= scene.width && p[3] <= scene.height,
            "{:?} leaves the page of {} x {}: {p:?}",
            a.text,
            scene.width,
            scene.height
        );
        for b in &labels[i + 1..] {
            let q = text_box(b);
            let apart = p[2] <= q[0] || q[2] <= p[0] || p[3] <= q[1] || q[3] <= p[1];
            assert!(apart, "{:?} touches {:?}", a.text, b.text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_run_through_corners() {
        let pieces = dashed(&[(0.0, 0.0), (3.0, 0.0), (3.0, 4.0)], &[2.0, 2.0]);
        assert_eq!(pieces, [vec![(0.0, 0.0), (2.0, 0.0)], vec![(3.0, 1.0), (3.0, 3.0)]]);
    }

    #[test]
    fn long_texts_wrap_between_words() {
        assert_eq!(wrap("one two three", text_width("one two ") + 0.1), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 1.0), ["unbreakable"]);
    }
}
