//! Where the cells stand on the page, and what is below them: colour bar and legend.

use super::rows::{Cell, Row, Rows, two_digits};
use crate::experiment::record::Status;
use crate::plot::PlotError;
use crate::plot::axes::{Axis, Scale};
use crate::plot::caption::title;
use crate::plot::colormap::{color, ink_on};
use crate::plot::scene::{Anchor, Label, Pt, Scene, Shape, text_width, wrap};
use crate::plot::series::Outcome;
use crate::plot::style::{BLACK, Color, FONT_PT, GREY, PALE, THIN, WHITE, Width, draw_cross};

const EDGE: f64 = 3.0;
const GAP: f64 = 4.0;
/// Between two blocks of rows side by side.
const GUTTER: f64 = 14.0;
const LINE: f64 = 1.35 * FONT_PT;
/// Height of a cell.
const HIGH: f64 = 1.5 * FONT_PT;
/// Widest useful cell.
const WIDE: f64 = 46.0;
/// Free at either side of a number.
const PAD: f64 = 2.5;
/// Rows that a block must have before the next one begins beside it.
const BLOCK: usize = 16;
/// Of the printed width is for the labels of rows, at most.
const LABELS: f64 = 0.45;
/// Thickness of the colour bar.
const BAR: f64 = 8.0;
/// Side of a triangle.
const TRIANGLE: f64 = 3.6;

/// What stands in a cell in place of a number, or beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// Not above three floors.
    Floor,
    /// A mean that is not above 0.
    Low,
    /// Some seed is not finite.
    Nonfinite,
    /// The sampler cannot do it.
    Refused,
    /// Any other end without a result.
    Broken,
    /// No cell, or one without this metric for some seed.
    Absent,
}

impl Mark {
    fn of(cell: Option<&Cell>) -> Option<Self> {
        let Some(cell) = cell else { return Some(Self::Absent) };
        match cell.outcome {
            Outcome::Missing | Outcome::Partly { .. } => Some(Self::Absent),
            Outcome::Gap { status: Status::Nonfinite, .. } => Some(Self::Nonfinite),
            Outcome::Gap { status: Status::Refused, .. } => Some(Self::Refused),
            Outcome::Gap { .. } => Some(Self::Broken),
            Outcome::Value(_) if cell.at_floor() => Some(Self::Floor),
            Outcome::Value(e) if e.mean <= 0.0 => Some(Self::Low),
            Outcome::Value(_) => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Floor => "not above three floors",
            Self::Low => "white: mean not above 0",
            Self::Nonfinite => "some seed not finite",
            Self::Refused => "refused",
            Self::Broken => "failed or stopped",
            Self::Absent => "not measured",
        }
    }
}

/// The measures of a page.
pub(super) struct Page<'a> {
    rows: &'a Rows,
    width: f64,
    /// Values of the two ends of the colours; `None` where no value is above 0.
    pub(super) range: Option<(f64, f64)>,
    /// Whether some value is above the upper end.
    pub(super) beyond: bool,
    /// Blocks of rows side by side.
    pub(super) blocks: usize,
    labels: f64,
    cell: f64,
}

impl<'a> Page<'a> {
    /// # Errors
    /// [`PlotError::NoRoom`] where the columns are too many for the width.
    pub(super) fn of(rows: &'a Rows, width: Width) -> Result<Self, PlotError> {
        let page = width.points();
        let values = || rows.rows.iter().flat_map(|row| row.cells.iter().flatten()).filter_map(Cell::mean);
        let number = values().map(|v| text_width(&two_digits(v))).fold(text_width("8.8e−8"), f64::max);
        let labels = rows.rows.iter().map(|row| text_width(&row.label)).fold(0.0, f64::max).min(LABELS * page);
        let columns = rows.columns.len();
        let least = number + 2.0 * PAD;
        let block = |cell: f64| labels + GAP + columns as f64 * cell;
        let room = page - 2.0 * EDGE;
        if block(least) > room {
            let (needed, have) = (block(least) / 72.0, room / 72.0);
            return Err(PlotError::NoRoom { columns, needed, have });
        }
        let wanted = rows.rows.len().div_ceil(BLOCK).max(1);
        let blocks = (((room + GUTTER) / (block(least) + GUTTER)) as usize).clamp(1, wanted);
        let share = (room - (blocks - 1) as f64 * GUTTER) / blocks as f64;
        let cell = ((share - labels - GAP) / columns as f64).min(WIDE);
        let (range, beyond) = range(values().filter(|v| *v > 0.0).collect());
        Ok(Self { rows, width: page, range, beyond, blocks, labels, cell })
    }

    pub(super) fn scene(&self) -> Scene {
        let mut scene = Scene::new(self.width, 0.0);
        let per = self.rows.rows.len().div_ceil(self.blocks).max(1);
        let (block, head) = (self.block_width(), self.head());
        let mut y = EDGE;
        for (i, rows) in self.rows.rows.chunks(per).enumerate() {
            let x = EDGE + i as f64 * (block + GUTTER);
            y = y.max(self.block(&mut scene, rows, (x, EDGE + head)));
        }
        y = self.bar(&mut scene, y + 1.5 * GAP);
        scene.height = self.legend(&mut scene, y) + EDGE;
        scene
    }

    fn block_width(&self) -> f64 {
        self.labels + GAP + self.rows.columns.len() as f64 * self.cell
    }

    /// The right end of what is drawn.
    fn right(&self) -> f64 {
        EDGE + self.blocks as f64 * (self.block_width() + GUTTER) - GUTTER
    }

    /// Whether the heads of the columns must read upwards.
    fn upright(&self) -> bool {
        self.rows.columns.iter().any(|head| text_width(head) + PAD > self.cell)
    }

    /// Height of the name of the columns and their heads.
    fn head(&self) -> f64 {
        let longest = self.rows.columns.iter().map(|head| text_width(head)).fold(0.0, f64::max);
        LINE + if self.upright() { longest + GAP } else { LINE }
    }

    /// Heads, labels and cells; returns the lower end.
    fn block(&self, scene: &mut Scene, rows: &[Row], (left, top): Pt) -> f64 {
        let from = left + self.labels + GAP;
        let middle = |j: usize| from + (j as f64 + 0.5) * self.cell;
        let all = self.rows.columns.len() as f64 * self.cell;
        let title = self.fitted(&self.rows.columns_are, self.block_width());
        let centre = (from + 0.5 * all).min(self.width - EDGE - 0.5 * text_width(&title));
        scene.text((centre, top - self.head() + 0.9 * FONT_PT), Anchor::Middle, title);
        for (j, head) in self.rows.columns.iter().enumerate() {
            if self.upright() {
                scene.text_upright((middle(j) + 0.36 * FONT_PT, top - 2.0), Anchor::Start, head.clone());
            } else {
                scene.text((middle(j), top - 3.0), Anchor::Middle, head.clone());
            }
        }
        for (i, row) in rows.iter().enumerate() {
            let y = top + i as f64 * HIGH;
            let base = y + 0.5 * HIGH + 0.36 * FONT_PT;
            scene.text((from - GAP, base), Anchor::End, self.fitted(&row.label, self.labels));
            for (j, cell) in row.cells.iter().enumerate() {
                self.cell(scene, cell.as_ref(), (from + j as f64 * self.cell, y));
            }
        }
        top + rows.len() as f64 * HIGH
    }

    /// A text, cut where it is wider than its room.
    fn fitted(&self, text: &str, room: f64) -> String {
        if text_width(text) <= room {
            return text.to_owned();
        }
        let mut short: String = text.to_owned();
        while !short.is_empty() && text_width(&short) + text_width("…") > room {
            short.pop();
        }
        short + "…"
    }

    fn cell(&self, scene: &mut Scene, cell: Option<&Cell>, at: Pt) {
        let size = (self.cell, HIGH);
        let mean = cell.and_then(Cell::mean);
        let paper = mean.and_then(|mean| self.color(mean)).unwrap_or(WHITE);
        let ink = ink_on(paper);
        tile(scene, at, size, paper);
        draw_mark(scene, Mark::of(cell), at, size, ink);
        if let Some(mean) = mean {
            let at = (at.0 + 0.5 * size.0, at.1 + 0.5 * HIGH + 0.36 * FONT_PT);
            let text = two_digits(mean);
            scene.shapes.push(Shape::Text(Label { at, text, anchor: Anchor::Middle, upright: false, color: ink }));
        }
    }

    fn color(&self, value: f64) -> Option<Color> {
        let (low, high) = self.range?;
        (value > 0.0).then(|| color((value / low).ln() / (high / low).ln()))
    }

    /// The colour bar with its ticks and its name; returns the lower end.
    fn bar(&self, scene: &mut Scene, top: f64) -> f64 {
        let Some((low, high)) = self.range else { return top };
        /// Strips that the eye does not tell apart.
        const STRIPS: usize = 128;
        let (from, to) = (EDGE + 12.0, self.right() - 12.0);
        let edge = |i: usize| from + (to - from) * i as f64 / STRIPS as f64;
        for i in 0..STRIPS {
            // A little wider than its share: no seam of paper between neighbours.
            let right = (edge(i + 1) + 0.3).min(to);
            let corners = vec![(edge(i), top), (right, top), (right, top + BAR), (edge(i), top + BAR)];
            scene.fill(corners, color((i as f64 + 0.5) / STRIPS as f64), 1.0);
        }
        if self.beyond {
            scene.fill(vec![(to, top), (to + 7.0, top + 0.5 * BAR), (to, top + BAR)], color(1.0), 1.0);
        }
        scene.frame((from, top), (to - from, BAR), THIN, BLACK);
        let axis = Axis { scale: Scale::Log, low, high, from, to };
        for tick in axis.ticks(6.0, &text_width) {
            let Some(x) = axis.place(tick.value) else { continue };
            let long = if tick.label.is_some() { 3.0 } else { 1.5 };
            scene.stroke(&[(x, top + BAR), (x, top + BAR + long)], THIN, BLACK, &[]);
            if let Some(label) = tick.label {
                scene.text((x, top + BAR + 3.5 + 0.9 * FONT_PT), Anchor::Middle, label);
            }
        }
        let budget = self.rows.budget.as_ref().map(|budget| format!(", {budget}")).unwrap_or_default();
        let mut y = top + BAR + 3.5 + LINE;
        for line in wrap(&format!("{}{budget}", title(&self.rows.value)), self.right() - EDGE) {
            scene.text((0.5 * (EDGE + self.right()), y + 0.9 * FONT_PT), Anchor::Middle, line);
            y += LINE;
        }
        y
    }

    /// The marks that occur, with their words, in rows; returns the lower end.
    fn legend(&self, scene: &mut Scene, top: f64) -> f64 {
        let cells = || self.rows.rows.iter().flat_map(|row| &row.cells);
        let mut marks: Vec<Mark> = cells().filter_map(|cell| Mark::of(cell.as_ref())).collect();
        marks.sort_unstable();
        marks.dedup();
        let (mut x, mut y) = (EDGE, top + GAP);
        let size = (1.6 * FONT_PT, 0.95 * LINE);
        for mark in &marks {
            let width = size.0 + GAP + text_width(mark.words());
            if x > EDGE && x + width > self.width - EDGE {
                (x, y) = (EDGE, y + 1.2 * LINE);
            }
            tile(scene, (x, y), size, WHITE);
            scene.frame((x, y), size, THIN, GREY);
            draw_mark(scene, Some(*mark), (x, y), size, BLACK);
            scene.text((x + size.0 + GAP, y + 0.5 * size.1 + 0.36 * FONT_PT), Anchor::Start, mark.words());
            x += width + 3.0 * GAP;
        }
        if marks.is_empty() { top } else { y + size.1 }
    }
}

fn tile(scene: &mut Scene, (x, y): Pt, (w, h): Pt, color: Color) {
    // A rim of paper keeps neighbours of one colour apart.
    let rim = 0.4;
    let corners = [(x + rim, y + rim), (x + w - rim, y + rim), (x + w - rim, y + h - rim), (x + rim, y + h - rim)];
    scene.fill(corners.to_vec(), color, 1.0);
    if color == WHITE {
        scene.frame((x + rim, y + rim), (w - 2.0 * rim, h - 2.0 * rim), THIN, PALE);
    }
}

fn draw_mark(scene: &mut Scene, mark: Option<Mark>, (x, y): Pt, (w, h): Pt, ink: Color) {
    let (middle, right, low) = ((x + 0.5 * w, y + 0.5 * h), x + w - 0.8, y + h - 0.8);
    match mark {
        None | Some(Mark::Low) => {}
        Some(Mark::Floor) => scene.fill(vec![(right, low - TRIANGLE), (right, low), (right - TRIANGLE, low)], ink, 1.0),
        Some(Mark::Nonfinite) => draw_cross(scene, middle, BLACK),
        Some(Mark::Refused) => scene.stroke(&[(middle.0 - 2.5, middle.1), (middle.0 + 2.5, middle.1)], 1.1, BLACK, &[]),
        Some(Mark::Broken) => scene.text((middle.0, middle.1 + 0.36 * FONT_PT), Anchor::Middle, "!"),
        Some(Mark::Absent) => scene.shapes.push(Shape::Dot { at: middle, radius: 0.9, color: GREY }),
    }
}

/// The ends of the colours, and whether some value lies above the upper one. A few values far above all others do not
/// take the colours of the rest: the upper end is at most ten times the value that one in ten exceeds.
fn range(mut values: Vec<f64>) -> (Option<(f64, f64)>, bool) {
    values.sort_by(f64::total_cmp);
    let (Some(&low), Some(&high)) = (values.first(), values.last()) else { return (None, false) };
    let end = (10.0 * values[(values.len() - 1) * 9 / 10]).min(high);
    // One value alone still gets a range.
    let (low, end) = if end > 1.01 * low { (low, end) } else { (low / 1.5, low * 1.5) };
    (Some((low, end)), high > end)
}
