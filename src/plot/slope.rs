//! Slopes on log-log axes: fitted, and drawn as triangles where there is room.

use super::axes::ln_ratio;
use super::chart::{Curve, Frame};
use super::scene::{Anchor, Pt, Scene, text_width};
use super::style::{FONT_PT, MARKER};
use super::trace::runs;

/// The order that the last points of a line show: minus the least-squares slope of `ln y` against `ln x`
/// over the last four points. `None` for fewer than three.
#[must_use]
pub fn fitted(points: &[(f64, f64)]) -> Option<f64> {
    if points.len() < 3 || points.iter().any(|(x, y)| *x <= 0.0 || *y <= 0.0) {
        return None;
    }
    let last = &points[points.len().saturating_sub(4)..];
    let n = last.len() as f64;
    let (mx, my) = last.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x.ln() / n, b + y.ln() / n));
    let covariance: f64 = last.iter().map(|(x, y)| (x.ln() - mx) * (y.ln() - my)).sum();
    let variance: f64 = last.iter().map(|(x, _)| (x.ln() - mx).powi(2)).sum();
    (variance > 0.0).then(|| -covariance / variance)
}

/// How far a triangle stays from lines that are not its own, in points.
const APART: f64 = 3.0;

/// `[left, top, right, bottom]` in points.
type Box4 = [f64; 4];

fn overlap(a: &Box4, b: &Box4) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// One triangle a line with a slope and a colour of its own, beside its last two segments, where it touches no line, keeps
/// away from the other lines, and meets no other triangle.
pub fn triangles(scene: &mut Scene, frame: &Frame, curves: &[Curve]) {
    let inks: Vec<Vec<Box4>> = curves.iter().map(|c| ink(c, frame)).collect();
    let mut taken: Vec<Box4> = Vec::new();
    for curve in curves {
        let Some(order) = curve.slope.filter(|p| *p > 0.2) else { continue };
        // Colours repeat from the eighth line on, and a triangle has no dashes to tell whose it is.
        if curves.iter().any(|other| other.pen.color == curve.pen.color && other.pen.dash != curve.pen.dash) {
            continue;
        }
        let Some(run) = runs(curve, frame).into_iter().rfind(|run| run.len() > 1) else { continue };
        let text = format!("{order:.1}");
        let places: Vec<Pt> = run.iter().map(|(_, at)| *at).collect();
        let found = candidates(&places, order, frame, text_width(&text)).find(|c| {
            let [left, top, right, bottom] = c.room;
            let inside = left > frame.x.from && right < frame.x.to && top > frame.y.to && bottom < frame.y.from;
            let wide = [left - APART, top - APART, right + APART, bottom + APART];
            // A line of the same look is this line's median.
            let own = |other: &Curve| (other.pen.color, other.pen.dash) == (curve.pen.color, curve.pen.dash);
            let free = |(other, ink): (&Curve, &Vec<Box4>)| {
                let room = if own(other) { &c.room } else { &wide };
                ink.iter().all(|t| !overlap(t, room))
            };
            inside && taken.iter().all(|t| !overlap(t, &c.room)) && curves.iter().zip(&inks).all(free)
        });
        if let Some(c) = found {
            scene.stroke(&[c.a, c.corner, c.b, c.a], 0.6, curve.pen.color, &[]);
            scene.text(c.text, c.anchor, text);
            taken.push(c.room);
        }
    }
}

/// Boxes over the pieces of a line, small enough to follow it.
fn ink(curve: &Curve, frame: &Frame) -> Vec<Box4> {
    let mut out = Vec::new();
    for mark in &curve.marks {
        if let (Some(x), Some(y)) = (frame.x.place(mark.x), frame.y.place(mark.y)) {
            out.push([x - MARKER, y - MARKER, x + MARKER, y + MARKER]);
        }
    }
    for run in runs(curve, frame) {
        for pair in run.windows(2) {
            let (a, b) = (pair[0].1, pair[1].1);
            let pieces = ((b.0 - a.0).hypot(b.1 - a.1) / 2.0).ceil().max(1.0) as usize;
            out.extend((0..pieces).map(|i| {
                let s = (i as f64 + 0.5) / pieces as f64;
                let (x, y) = (a.0 + s * (b.0 - a.0), a.1 + s * (b.1 - a.1));
                [x - 1.2, y - 1.2, x + 1.2, y + 1.2]
            }));
        }
    }
    out
}

struct Candidate {
    a: Pt,
    corner: Pt,
    b: Pt,
    text: Pt,
    anchor: Anchor,
    room: Box4,
}

/// From the last segment backwards, below the line and above it, large and small.
fn candidates(run: &[Pt], order: f64, frame: &Frame, wide: f64) -> impl Iterator<Item = Candidate> {
    let across = (frame.x.to - frame.x.from) / ln_ratio(frame.x.high, frame.x.low);
    let up = (frame.y.from - frame.y.to) / ln_ratio(frame.y.high, frame.y.low);
    let steep = order * up / across;
    let middles: Vec<Pt> =
        run.windows(2).rev().take(2).map(|p| (0.5 * (p[0].0 + p[1].0), 0.5 * (p[0].1 + p[1].1))).collect();
    let mut out = Vec::new();
    for size in [20.0, 13.0] {
        let w = f64::min(size, 34.0 / steep);
        let h = w * steep;
        for &(x, y) in &middles {
            for gap in [5.0, 8.0, 12.0] {
                // A step away from the line, at a right angle to it.
                let (dx, dy) = (gap * steep / steep.hypot(1.0), gap / steep.hypot(1.0));
                let (cx, cy) = (x - dx, y + dy);
                let (a, b) = ((cx - 0.5 * w, cy - 0.5 * h), (cx + 0.5 * w, cy + 0.5 * h));
                let room = [a.0 - wide - 3.0, (a.1).min(cy - 0.6 * FONT_PT), b.0 - 0.3 * w, b.1 + 1.0];
                let text = (a.0 - 2.0, cy + 0.36 * FONT_PT);
                out.push(Candidate { a, corner: (a.0, b.1), b, text, anchor: Anchor::End, room });
                let (cx, cy) = (x + dx, y - dy);
                let (a, b) = ((cx - 0.5 * w, cy - 0.5 * h), (cx + 0.5 * w, cy + 0.5 * h));
                let room = [a.0 + 0.3 * w, a.1 - 1.0, b.0 + wide + 3.0, (b.1).max(cy + 0.6 * FONT_PT)];
                let text = (b.0 + 2.0, cy + 0.36 * FONT_PT);
                out.push(Candidate { a, corner: (b.0, a.1), b, text, anchor: Anchor::Start, room });
            }
        }
    }
    out.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_last_four_points() {
        let error = |n: f64| if n < 15.0 { 1.0 } else { 3.0 * n.powf(-2.5) };
        let points: Vec<(f64, f64)> = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0].map(|n| (n, error(n))).to_vec();
        assert!((fitted(&points).expect("four points") - 2.5).abs() < 1e-12);
        assert_eq!(fitted(&points[..2]), None);
    }
}
