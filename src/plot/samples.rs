//! The samples themselves: a row a sampler, a column a step count; pictures or points of the plane.

use super::axes::trimmed;
use super::facets::labels;
use super::scene::{Anchor, Pt, Scene, Shape, wrap};
use super::series::{Question, group};
use super::style::{BLACK, Color, FONT_PT, GREY, PALE, Pen, THIN, Width};
use super::{Drawing, PlotError, Source};
use crate::experiment::record::{Record, Status};
use ndarray::{Array2, ArrayView2};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The samples, a row a sampler, a column a step count.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// The step counts that become columns.
    pub steps: Vec<u64>,
    /// Pictures a panel; the first samples of the cell.
    #[serde(default = "sixteen")]
    pub pictures: usize,
    /// Points a panel; the first samples of the cell.
    #[serde(default = "thousand")]
    pub points: usize,
    /// Only these samplers; all where empty.
    #[serde(default)]
    pub samplers: Vec<String>,
    /// Printed width.
    #[serde(default)]
    pub width: Width,
}

fn sixteen() -> usize {
    16
}

fn thousand() -> usize {
    1000
}

/// How a sample is a picture: numbers in the order [channels, height, width].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Image {
    /// One (grey) or three (red, green, blue).
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// The number that is black.
    pub low: f64,
    /// The number that is white (or full colour).
    pub high: f64,
}

const EDGE: f64 = 3.0;
const GAP: f64 = 4.0;
const LINE: f64 = 1.35 * FONT_PT;

/// A cell of the figure: its record and, where they were kept, its samples.
type Kept<'a> = Option<(&'a Record, Option<Array2<f64>>)>;

/// A row of panels.
struct Row<'a> {
    index: usize,
    name: String,
    cells: Vec<Kept<'a>>,
}

/// What a panel holds.
enum Panel {
    /// A mosaic of pictures.
    Pictures { pixels: (usize, usize), rgb: Vec<u8> },
    /// Points relative to the panel, and how many lie outside it.
    Points { dots: Vec<Pt>, outside: usize },
    /// Why there is nothing.
    Empty(&'static str),
}

/// How samples become panels, the same for all of them.
struct View<'a> {
    spec: &'a Samples,
    image: Option<Image>,
    /// Lower left corner and side of the part of the plane that is shown.
    window: (f64, f64, f64),
    behind: Option<ArrayView2<'a, f64>>,
}

/// The figure of samples. Of several seeds, the smallest is shown.
///
/// # Errors
/// As [`series`](super::series::series); [`PlotError::NoSteps`], [`PlotError::Shape`].
pub fn draw(spec: &Samples, source: &Source<'_>) -> Result<Drawing, PlotError> {
    let (rows, left_out) = gather(spec, source)?;
    let kept = rows.iter().flat_map(|r| &r.cells).flatten().filter_map(|(_, x)| x.as_ref().map(|x| x.view()));
    let sets: Vec<ArrayView2<'_, f64>> = source.reference.into_iter().chain(kept).collect();
    for set in &sets {
        check(set.ncols(), source.image)?;
    }
    let behind = source.reference.filter(|_| source.image.is_none());
    let view = View { spec, image: source.image, window: window(sets.first()), behind };
    let scene = view.page(&rows, source.reference.as_ref());

    let mut caption = view.caption();
    let drawn = || rows.iter().flat_map(|r| &r.cells).flatten().map(|(r, _)| *r);
    let seeds: BTreeSet<String> = drawn().map(|r| r.seed.to_string()).collect();
    let seeds = seeds.into_iter().collect::<Vec<_>>().join(", ");
    let _ = writeln!(caption, "The samples of seed {seeds}. Network evaluations per sample:");
    for row in &rows {
        let cost = |(r, _): &(&Record, _)| Some(format!("{} at N = {}", trimmed(r.nfe_per_sample?), r.steps?));
        let costs: Vec<String> = row.cells.iter().flatten().filter_map(cost).collect();
        let _ = writeln!(caption, "  {}: {}", row.name, costs.join(", "));
    }
    if !left_out.is_empty() {
        let _ = writeln!(caption, "Not drawn, without a cell of these step counts: {}.", left_out.join(", "));
    }
    Ok(Drawing { scene, caption })
}

/// The rows, and the names of the lines without any of the step counts.
fn gather<'a>(spec: &Samples, source: &Source<'a>) -> Result<(Vec<Row<'a>>, Vec<String>), PlotError> {
    let lines = group(source.records, &Question { y: "", x: "steps", samplers: &spec.samplers })?;
    let names = labels(&lines.iter().map(|line| line.facets.clone()).collect::<Vec<_>>());
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for (line, name) in lines.iter().zip(names) {
        let load = |steps: &u64| {
            let record = *line.records.iter().filter(|r| r.steps == Some(*steps)).min_by_key(|r| r.seed)?;
            Some((record, if record.status == Status::Ok { (source.samples)(record) } else { None }))
        };
        let cells: Vec<Kept<'_>> = spec.steps.iter().map(load).collect();
        if cells.iter().any(Option::is_some) {
            rows.push(Row { index: line.index, name, cells });
        } else {
            left_out.push(name);
        }
    }
    if rows.is_empty() {
        let join = |n: &mut dyn Iterator<Item = u64>| n.map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        let have: BTreeSet<u64> = source.records.iter().filter_map(|r| r.steps).collect();
        let (wanted, have) = (join(&mut spec.steps.iter().copied()), join(&mut have.into_iter()));
        return Err(PlotError::NoSteps { wanted, have });
    }
    Ok((rows, left_out))
}

fn check(dim: usize, image: Option<Image>) -> Result<(), PlotError> {
    match image {
        Some(i) if i.channels * i.height * i.width == dim && matches!(i.channels, 1 | 3) => Ok(()),
        Some(_) => Err(PlotError::Shape { dim, allowed: "channels (1 or 3) x height x width must give the dimension" }),
        None if dim >= 2 => Ok(()),
        None => Err(PlotError::Shape { dim, allowed: "points need at least two coordinates" }),
    }
}

/// The square that holds all but the outermost hundredth of a set on each side, a tenth wider.
fn window(set: Option<&ArrayView2<'_, f64>>) -> (f64, f64, f64) {
    let ends = |axis: usize| {
        let mut values: Vec<f64> = set
            .iter()
            .filter(|x| x.ncols() > axis)
            .flat_map(|x| x.column(axis).to_vec())
            .filter(|v| v.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        match values.len() {
            0 => (-1.0, 1.0),
            n => (values[n / 100], values[n - 1 - n / 100]),
        }
    };
    let (x, y) = (ends(0), ends(1));
    let side = 1.2 * f64::max(x.1 - x.0, y.1 - y.0).max(1e-12);
    (0.5 * (x.0 + x.1 - side), 0.5 * (y.0 + y.1 - side), side)
}

impl View<'_> {
    fn page(&self, rows: &[Row<'_>], reference: Option<&ArrayView2<'_, f64>>) -> Scene {
        let mut headers: Vec<String> = self.spec.steps.iter().map(|n| format!("N = {n}")).collect();
        headers.extend(reference.map(|_| "data".to_owned()));
        let mut scene = Scene::new(self.spec.width.points(), 0.0);
        let count = headers.len() as f64;
        let side = ((scene.width - 2.0 * EDGE - (count - 1.0) * GAP) / count).min(130.0);
        let across = |i: usize| EDGE + i as f64 * (side + GAP);
        for (i, header) in headers.into_iter().enumerate() {
            scene.text((across(i) + 0.5 * side, EDGE + 0.9 * FONT_PT), Anchor::Middle, header);
        }
        let height = self.height(side);
        let mut y = EDGE + LINE;
        for row in rows {
            scene.text((EDGE, y + 0.9 * FONT_PT), Anchor::Start, row.name.clone());
            y += LINE;
            let of_cell = |cell: &Kept<'_>| match cell {
                None => Panel::Empty("no cell"),
                Some((r, _)) if r.status != Status::Ok => Panel::Empty(r.status.word()),
                Some((_, None)) => Panel::Empty("not kept"),
                Some((_, Some(x))) => self.panel(&x.view(), side),
            };
            let mut panels: Vec<Panel> = row.cells.iter().map(of_cell).collect();
            panels.extend(reference.map(|x| self.panel(x, side)));
            let counted = panels.iter().any(|p| matches!(p, Panel::Points { outside: 1.., .. }));
            for (i, panel) in panels.into_iter().enumerate() {
                let color = if i < row.cells.len() { Pen::of(row.index).color } else { GREY };
                self.put(&mut scene, panel, (across(i), y), (side, height), color);
            }
            y += height + if counted { LINE } else { 0.0 } + GAP;
        }
        scene.height = y - GAP + EDGE;
        scene
    }

    /// Pictures a row and rows of pictures.
    fn tiles(&self) -> (usize, usize) {
        let columns = (self.spec.pictures.max(1) as f64).sqrt().ceil() as usize;
        (columns, self.spec.pictures.max(1).div_ceil(columns))
    }

    /// Pixels of a panel of pictures, one white pixel between neighbours.
    fn pixels(&self, image: &Image) -> (usize, usize) {
        let (columns, rows) = self.tiles();
        (columns * (image.width + 1) - 1, rows * (image.height + 1) - 1)
    }

    fn height(&self, side: f64) -> f64 {
        self.image.as_ref().map_or(side, |image| {
            let (w, h) = self.pixels(image);
            side * h as f64 / w as f64
        })
    }

    fn panel(&self, x: &ArrayView2<'_, f64>, side: f64) -> Panel {
        if let Some(image) = &self.image {
            return self.mosaic(image, x);
        }
        let dots = self.dots(x, side);
        let outside = x.nrows().min(self.spec.points) - dots.len();
        Panel::Points { dots, outside }
    }

    /// The points inside the window, relative to the panel.
    fn dots(&self, x: &ArrayView2<'_, f64>, side: f64) -> Vec<Pt> {
        let (left, low, width) = self.window;
        let inside = |at: &Pt| [at.0, at.1].iter().all(|v| (1.0..=side - 1.0).contains(v));
        x.rows()
            .into_iter()
            .take(self.spec.points)
            .map(|row| (side * (row[0] - left) / width, side * (1.0 - (row[1] - low) / width)))
            .filter(inside)
            .collect()
    }

    fn mosaic(&self, image: &Image, x: &ArrayView2<'_, f64>) -> Panel {
        let (columns, _) = self.tiles();
        let (w, h) = self.pixels(image);
        let mut rgb = vec![255; 3 * w * h];
        let plane = image.height * image.width;
        let byte = |v: f64| (255.0 * ((v - image.low) / (image.high - image.low)).clamp(0.0, 1.0)).round() as u8;
        for (k, row) in x.rows().into_iter().take(self.spec.pictures).enumerate() {
            let (left, top) = ((k % columns) * (image.width + 1), (k / columns) * (image.height + 1));
            for pixel in 0..plane {
                let to = 3 * ((top + pixel / image.width) * w + left + pixel % image.width);
                for c in 0..3 {
                    rgb[to + c] = byte(row[pixel + plane * c.min(image.channels - 1)]);
                }
            }
        }
        Panel::Pictures { pixels: (w, h), rgb }
    }

    fn put(&self, scene: &mut Scene, panel: Panel, (x, y): Pt, (w, h): Pt, color: Color) {
        match panel {
            Panel::Empty(why) => {
                scene.frame((x, y), (w, h), THIN, PALE);
                let lines = wrap(&why.replace('-', " "), w - 2.0);
                let from = y + 0.5 * h - 0.6 * FONT_PT * (lines.len() - 1) as f64 + 0.36 * FONT_PT;
                for (i, line) in lines.into_iter().enumerate() {
                    scene.text((x + 0.5 * w, from + 1.2 * FONT_PT * i as f64), Anchor::Middle, line);
                }
            }
            Panel::Pictures { pixels, rgb } => {
                let pixels = (pixels.0 as u32, pixels.1 as u32);
                scene.shapes.push(Shape::Picture { at: (x, y), size: (w, h), pixels, rgb });
            }
            Panel::Points { dots, outside } => {
                let behind = self.behind.map_or_else(Vec::new, |set| self.dots(&set, w));
                for (dots, color) in [(behind, PALE), (dots, color)] {
                    let dot = |(dx, dy)| Shape::Dot { at: (x + dx, y + dy), radius: 0.5, color };
                    scene.shapes.extend(dots.into_iter().map(dot));
                }
                scene.frame((x, y), (w, h), THIN, BLACK);
                if outside > 0 {
                    scene.text((x + 0.5 * w, y + h + 1.05 * FONT_PT), Anchor::Middle, format!("{outside} outside"));
                }
            }
        }
    }

    fn caption(&self) -> String {
        match self.image {
            Some(image) => format!(
                "Samples, a row a sampler, a column a step count N: the first {} pictures of each cell; black is {}, \
                 white {}, numbers beyond are cut.\n",
                self.spec.pictures,
                trimmed(image.low),
                trimmed(image.high)
            ),
            None => {
                let (left, low, side) = self.window;
                let behind = if self.behind.is_some() { ", over the same number of the data (light grey)" } else { "" };
                format!(
                    "Samples, a row a sampler, a column a step count N: the first two coordinates of the first {} \
                     samples of each cell{behind}. Every panel shows [{}, {}] x [{}, {}]; points outside are counted \
                     below it.\n",
                    self.spec.points,
                    trimmed(left),
                    trimmed(left + side),
                    trimmed(low),
                    trimmed(low + side)
                )
            }
        }
    }
}
