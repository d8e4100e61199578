//! Lines with bands, gaps and marks on two axes, and a legend that never lies on them.

use super::axes::{Axis, Scale, Tick};
use super::legend::{self, Entry, Sample};
use super::scene::{Anchor, Scene, text_width};
use super::style::{BLACK, Color, FONT_PT, GREY, GRID, PALE, Pen, THIN, Width, draw_arrow, draw_cross};
use super::trace::{self, LANE, stack};
use std::collections::BTreeSet;

/// A name and how its numbers become lengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// With unit, as printed.
    pub title: String,
    /// Linear or logarithmic.
    pub scale: Scale,
}

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Rises along the line; lines join neighbours.
    pub order: f64,
    /// Number on the horizontal axis.
    pub x: f64,
    /// Mean, on the vertical axis.
    pub y: f64,
    /// Ends of the interval, where there is one.
    pub interval: Option<(f64, f64)>,
    /// Drawn hollow and not joined.
    pub hollow: bool,
}

/// A place along a line without a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// As [`Mark::order`].
    pub order: f64,
    /// Number on the horizontal axis, where it is known.
    pub x: Option<f64>,
    /// Why, in the legend.
    pub why: &'static str,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// In the legend; `None` leaves it out.
    pub label: Option<String>,
    /// How it is drawn.
    pub pen: Pen,
    /// In order.
    pub marks: Vec<Mark>,
    /// In order.
    pub gaps: Vec<Gap>,
    /// The order it shows, for a triangle beside it.
    pub slope: Option<f64>,
}

/// A level across the whole figure, grey, behind the lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// In the legend.
    pub label: String,
    /// The line; `None` for a band alone.
    pub mean: Option<f64>,
    /// Ends of the band.
    pub interval: Option<(f64, f64)>,
}

/// A figure with two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Printed width.
    pub width: Width,
    /// Horizontal axis.
    pub x: Scaled,
    /// Vertical axis.
    pub y: Scaled,
    /// From back to front.
    pub curves: Vec<Curve>,
    /// The floor.
    pub level: Option<Level>,
    /// What a hollow marker means, where there are any.
    pub hollow: &'static str,
}

/// The axes of a figure that has been laid out.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis; ends inside the lanes of crosses and arrows.
    pub y: Axis,
    /// Upper edge in points.
    pub top: f64,
    /// Lower edge in points.
    pub bottom: f64,
}

const EDGE: f64 = 3.0;

impl Chart {
    /// Lays the figure out and draws it.
    #[must_use]
    pub fn draw(mut self) -> Scene {
        trace::apart(&mut self.curves);
        let mut scene = Scene::new(self.width.points(), 0.0);
        let entries = self.entries();
        let side = (self.width == Width::Page).then(|| legend::column_width(&entries, 0.38 * scene.width));
        let right = scene.width - EDGE - side.map_or(0.0, |w| w + 10.0);
        let frame = self.lay_out(right);
        self.grid(&mut scene, &frame);
        self.draw_level(&mut scene, &frame);
        for curve in &self.curves {
            trace::band(&mut scene, &frame, curve);
        }
        for curve in &self.curves {
            trace::line(&mut scene, &frame, curve);
        }
        for curve in &self.curves {
            trace::markers(&mut scene, &frame, curve);
        }
        super::slope::triangles(&mut scene, &frame, &self.curves);
        self.lanes(&mut scene, &frame);
        scene.frame((frame.x.from, frame.top), (frame.x.to - frame.x.from, frame.bottom - frame.top), THIN, BLACK);
        let below = frame.bottom + 2.9 * FONT_PT + 7.0;
        let end = match side {
            Some(width) => legend::column(&mut scene, &entries, (right + 10.0, frame.top), width).max(below - 6.0),
            None => legend::rows(&mut scene, &entries, below, EDGE),
        };
        scene.height = end + EDGE;
        scene
    }

    fn lay_out(&self, right: f64) -> Frame {
        let plot_height = if self.width == Width::Column { 140.0 } else { 190.0 };
        let top = EDGE + 0.5 * FONT_PT;
        let bottom = top + plot_height;
        let marks = || self.curves.iter().flat_map(|c| &c.marks);
        let known_x = marks().map(|m| m.x).chain(self.curves.iter().flat_map(|c| &c.gaps).filter_map(|g| g.x));
        let xs: Vec<f64> = known_x.collect();
        let (mut left, mut right) = (45.0, right);
        let page = right + EDGE;
        let mut frame = None;
        // The margin depends on the labels of the vertical axis, its lanes on the horizontal axis.
        for _ in 0..3 {
            let x = Axis::around(self.x.scale, xs.iter().copied(), (left, right));
            let rough = Frame { x, y: Axis::around(self.y.scale, self.heights(), (bottom, top)), top, bottom };
            let lane = |marks: Vec<(f64, Color)>| {
                stack(&marks).iter().map(|(_, row, _)| row + 1).max().map_or(0.0, |rows| 3.0 + LANE * rows as f64)
            };
            let (up, down) = (lane(self.crosses(&rough)), lane(self.arrows(&rough)));
            let y = Axis::around(self.y.scale, self.heights(), (bottom - down, top + up));
            let widest = y_ticks(&y).iter().filter_map(|t| t.label.as_deref()).map(text_width).fold(0.0, f64::max);
            left = EDGE + FONT_PT + 4.0 + widest + 5.0;
            let x = Axis { from: left, ..x };
            let ends = x_ticks(&x).into_iter().filter_map(|t| Some(x.place(t.value)? + 0.5 * text_width(&t.label?)));
            right -= (ends.fold(0.0, f64::max) - page + 1.0).max(0.0);
            frame = Some(Frame { x: Axis { to: right, ..x }, y, top, bottom });
        }
        frame.expect("the loop runs")
    }

    /// Every number that the vertical axis must show.
    fn heights(&self) -> impl Iterator<Item = f64> {
        let mut out: Vec<f64> = Vec::new();
        let log = self.y.scale == Scale::Log;
        for mark in self.curves.iter().flat_map(|c| &c.marks) {
            out.push(mark.y);
            if let Some((low, high)) = mark.interval {
                out.push(high);
                // A wide interval on a log axis may reach almost to zero: it then runs into the edge.
                if !log || low > 0.2 * mark.y {
                    out.push(low);
                }
            }
        }
        let lowest = out.iter().copied().filter(|v| v.is_finite() && (!log || *v > 0.0)).fold(f64::INFINITY, f64::min);
        if let Some(level) = self.level.as_ref().filter(|l| l.near(lowest, log)) {
            out.extend(level.mean);
            out.extend(level.interval.map(|i| i.1));
        }
        out.into_iter()
    }

    fn entries(&self) -> Vec<Entry> {
        let mut out: Vec<Entry> = self
            .curves
            .iter()
            .filter_map(|c| Some(Entry { sample: Sample::Line(c.pen), text: c.label.clone()? }))
            .collect();
        if let Some(level) = &self.level {
            let sample = Sample::Level { line: level.mean.is_some(), band: level.interval.is_some() };
            out.push(Entry { sample, text: level.label.clone() });
        }
        let log = self.y.scale == Scale::Log;
        let marks = || self.curves.iter().flat_map(|c| &c.marks);
        if marks().any(|m| m.hollow && !(log && m.y <= 0.0)) {
            out.push(Entry { sample: Sample::Hollow, text: self.hollow.into() });
        }
        let gaps = self.curves.iter().flat_map(|c| &c.gaps).filter(|g| g.x.is_some());
        let reasons: BTreeSet<&str> = gaps.map(|g| g.why).collect();
        if !reasons.is_empty() {
            let text = reasons.into_iter().collect::<Vec<_>>().join(", ");
            out.push(Entry { sample: Sample::Cross, text });
        }
        if log && marks().any(|m| m.y <= 0.0) {
            out.push(Entry { sample: Sample::Arrow, text: "mean not above 0".into() });
        }
        out
    }

    fn grid(&self, scene: &mut Scene, frame: &Frame) {
        let (x, y) = (&frame.x, &frame.y);
        for tick in x_ticks(x) {
            let Some(at) = x.place(tick.value) else { continue };
            let length = if tick.label.is_some() { 3.0 } else { 1.5 };
            scene.stroke(&[(at, frame.bottom), (at, frame.bottom + length)], THIN, BLACK, &[]);
            if let Some(label) = tick.label {
                scene.stroke(&[(at, frame.top), (at, frame.bottom)], THIN, GRID, &[]);
                scene.text((at, frame.bottom + 4.0 + 0.9 * FONT_PT), Anchor::Middle, label);
            }
        }
        for tick in y_ticks(y) {
            let Some(at) = y.place(tick.value) else { continue };
            let length = if tick.label.is_some() { 3.0 } else { 1.5 };
            scene.stroke(&[(x.from, at), (x.from - length, at)], THIN, BLACK, &[]);
            if let Some(label) = tick.label {
                scene.stroke(&[(x.from, at), (x.to, at)], THIN, GRID, &[]);
                scene.text((x.from - 4.5, at + 0.36 * FONT_PT), Anchor::End, label);
            }
        }
        let middle = 0.5 * (x.from + x.to);
        let half = 0.5 * text_width(&self.x.title);
        let middle = middle.min(scene.width - EDGE - half).max(EDGE + half);
        scene.text((middle, frame.bottom + 5.0 + 2.1 * FONT_PT), Anchor::Middle, self.x.title.clone());
        let middle = 0.5 * (frame.top + frame.bottom);
        scene.text_upright((EDGE + 0.8 * FONT_PT, middle), Anchor::Middle, self.y.title.clone());
    }

    fn draw_level(&self, scene: &mut Scene, frame: &Frame) {
        let Some(level) = &self.level else { return };
        let (left, right) = (frame.x.from, frame.x.to);
        if let Some((low, high)) = level.interval {
            let clip = |v: f64| frame.y.place(v).map_or(frame.bottom, |p| p.clamp(frame.top, frame.bottom));
            let (upper, lower) = (clip(high), clip(low));
            if lower - upper > 0.05 {
                scene.fill(vec![(left, upper), (right, upper), (right, lower), (left, lower)], PALE, 1.0);
            }
        }
        if let Some(at) = level.mean.filter(|m| frame.y.shows(*m)).and_then(|m| frame.y.place(m)) {
            scene.stroke(&[(left, at), (right, at)], 0.9, GREY, &[]);
        }
    }

    fn crosses(&self, frame: &Frame) -> Vec<(f64, Color)> {
        let place = |c: &Curve, g: &Gap| Some((frame.x.place(g.x?)? + c.pen.spread.shift(), c.pen.color));
        self.curves.iter().flat_map(|c| c.gaps.iter().filter_map(move |g| place(c, g))).collect()
    }

    fn arrows(&self, frame: &Frame) -> Vec<(f64, Color)> {
        let below = |m: &&Mark| frame.y.place(m.y).is_none() && m.y.is_finite();
        let place = |c: &Curve, m: &Mark| Some((frame.x.place(m.x)? + c.pen.spread.shift(), c.pen.color));
        self.curves.iter().flat_map(|c| c.marks.iter().filter(below).filter_map(move |m| place(c, m))).collect()
    }

    fn lanes(&self, scene: &mut Scene, frame: &Frame) {
        for (x, row, color) in stack(&self.crosses(frame)) {
            draw_cross(scene, (x, frame.top + 4.5 + LANE * row as f64), color);
        }
        for (x, row, color) in stack(&self.arrows(frame)) {
            draw_arrow(scene, (x, frame.bottom - 1.5 - LANE * row as f64), color);
        }
    }
}

impl Level {
    /// Whether it is drawn: not more than two decades below the lowest number of a log axis.
    #[must_use]
    pub fn near(&self, lowest: f64, log: bool) -> bool {
        let top = self.interval.map_or(self.mean, |i| Some(i.1));
        !log || !lowest.is_finite() || top.is_some_and(|t| t > 0.01 * lowest)
    }
}

fn x_ticks(axis: &Axis) -> Vec<Tick> {
    axis.ticks(if axis.scale == Scale::Log { 5.0 } else { 14.0 }, &text_width)
}

fn y_ticks(axis: &Axis) -> Vec<Tick> {
    axis.ticks(if axis.scale == Scale::Log { 4.0 } else { 12.0 }, &|_| FONT_PT)
}
