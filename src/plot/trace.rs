//! One line of a chart: its stretches between gaps, its band, its bars and markers.

use super::chart::{Curve, Frame, Mark};
use super::scene::{Pt, Scene};
use super::style::{BAND, Color, Spread, draw_marker};

/// Room for a cross or an arrow, in points.
pub const LANE: f64 = 6.5;

/// Where a mark stands, if the axes have a place for it.
fn shown(curve: &Curve, mark: &Mark, frame: &Frame) -> Option<Pt> {
    Some((frame.x.place(mark.x)? + curve.pen.spread.shift(), frame.y.place(mark.y)?))
}

/// Rows for marks that would lie on each other.
pub fn stack(marks: &[(f64, Color)]) -> Vec<(f64, usize, Color)> {
    let mut out: Vec<(f64, usize, Color)> = Vec::new();
    for &(x, color) in marks {
        let row =
            (0..).find(|row| out.iter().all(|(other, r, _)| r != row || (other - x).abs() >= LANE)).unwrap_or_default();
        out.push((x, row, color));
    }
    out
}

/// The stretches of a line between gaps, hollow points and points without a place.
pub fn runs<'a>(curve: &'a Curve, frame: &Frame) -> Vec<Vec<(&'a Mark, Pt)>> {
    let mut out: Vec<Vec<(&Mark, Pt)>> = vec![Vec::new()];
    let mut last = f64::NEG_INFINITY;
    for mark in &curve.marks {
        let broken = curve.gaps.iter().any(|g| g.order > last && g.order <= mark.order);
        last = mark.order;
        let joined = shown(curve, mark, frame).filter(|_| !mark.hollow);
        if broken || joined.is_none() {
            out.push(Vec::new());
        }
        if let (Some(at), Some(run)) = (joined, out.last_mut()) {
            run.push((mark, at));
        }
    }
    out.retain(|run| !run.is_empty());
    out
}

fn ends(mark: &Mark, frame: &Frame) -> Option<(f64, f64)> {
    let (low, high) = mark.interval?;
    let upper = frame.y.place(high)?.clamp(frame.top, frame.bottom);
    Some((upper, frame.y.place(low).map_or(frame.bottom, |p| p.clamp(frame.top, frame.bottom))))
}

/// Of more lines than this the bands would add up to one dark patch.
const MOST_BANDS: usize = 4;
/// Between the bars of two lines, in points.
const BETWEEN: f64 = 1.4;

/// Makes bars side by side of the bands of many lines; a line without intervals stays with the one of its look.
pub fn apart(curves: &mut [Curve]) {
    let look = |curve: &Curve| (curve.pen.color, curve.pen.dash);
    let banded = |curve: &&Curve| curve.pen.spread == Spread::Band && curve.marks.iter().any(|m| m.interval.is_some());
    let looks: Vec<_> = curves.iter().filter(banded).map(look).collect();
    if looks.len() <= MOST_BANDS {
        return;
    }
    let middle = (looks.len() - 1) as f64 / 2.0;
    for curve in curves {
        if let Some(i) = looks.iter().position(|other| *other == look(curve)) {
            curve.pen.spread = Spread::Bars(BETWEEN * (i as f64 - middle));
        }
    }
}

/// The interval of a line: a pale band along each stretch of it.
pub fn band(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    if curve.pen.spread != Spread::Band {
        return;
    }
    for run in runs(curve, frame) {
        for pair in run.windows(2) {
            if let (Some(a), Some(b)) = (ends(pair[0].0, frame), ends(pair[1].0, frame)) {
                let (x0, x1) = (pair[0].1.0, pair[1].1.0);
                scene.fill(vec![(x0, a.0), (x1, b.0), (x1, b.1), (x0, a.1)], curve.pen.color, BAND);
            }
        }
    }
}

/// The line itself, and a bar where no band can show the interval.
pub fn line(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    let runs = runs(curve, frame);
    for run in &runs {
        let path: Vec<Pt> = run.iter().map(|(_, at)| *at).collect();
        scene.stroke(&path, curve.pen.width, curve.pen.color, curve.pen.dash);
    }
    // Where no band can show the interval, a bar does: points on their own and means that have no place.
    let bars = curve.pen.spread != Spread::Band;
    let joined = |m: &Mark| runs.iter().any(|run| run.len() > 1 && run.iter().any(|(other, _)| *other == m));
    for mark in curve.marks.iter().filter(|m| bars || !joined(m)) {
        if let (Some(x), Some((upper, lower))) = (frame.x.place(mark.x), ends(mark, frame)) {
            let x = x + curve.pen.spread.shift();
            scene.stroke(&[(x, upper), (x, lower)], 0.8, curve.pen.color, &[]);
            // The lower end may be the edge of a log axis, which is no end of the interval.
            for end in [Some(upper), (bars && lower < frame.bottom).then_some(lower)].into_iter().flatten() {
                scene.stroke(&[(x - 1.5, end), (x + 1.5, end)], 0.8, curve.pen.color, &[]);
            }
        }
    }
}

/// The markers, above all lines.
pub fn markers(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    let Some(marker) = curve.pen.marker else { return };
    for mark in &curve.marks {
        if let Some(at) = shown(curve, mark, frame) {
            draw_marker(scene, at, (marker, curve.pen.spread.marker()), curve.pen.color, mark.hollow);
        }
    }
}
