//! Panels of pictures or points on one page.

use super::{Image, Kept, Row, Samples};
use crate::experiment::record::Status;
use crate::plot::axes::trimmed;
use crate::plot::scene::{Anchor, Pt, Scene, Shape, wrap};
use crate::plot::style::{BLACK, Color, FONT_PT, GREY, PALE, Pen, THIN};
use ndarray::ArrayView2;

const EDGE: f64 = 3.0;
const GAP: f64 = 4.0;
const LINE: f64 = 1.35 * FONT_PT;

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
pub(super) struct View<'a> {
    pub(super) spec: &'a Samples,
    pub(super) image: Option<Image>,
    /// Lower left corner and side of the part of the plane that is shown.
    pub(super) window: (f64, f64, f64),
    pub(super) behind: Option<ArrayView2<'a, f64>>,
}

impl View<'_> {
    pub(super) fn page(&self, rows: &[Row<'_>], reference: Option<&ArrayView2<'_, f64>>) -> Scene {
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

    pub(super) fn caption(&self) -> String {
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
