//! Points of the plane as a picture.

use crate::plot::PlotError;
use crate::plot::axes::trimmed;
use crate::plot::canvas;
use crate::plot::scene::{Anchor, Pt, Scene, Shape};
use crate::plot::style::{BLACK, Color, FONT_PT, PALE, Pen, THIN, Width};
use ndarray::{Array2, ArrayView2};

/// White around the frame, in points.
const EDGE: f64 = 3.0;
/// Radius of a point, in points.
const RADIUS: f64 = 0.7;

/// A PNG of points `x` [count, 2] over `data` [any, 2], in the smallest square that holds all finite ones.
///
/// # Errors
/// [`PlotError`] where drawing fails.
pub fn png(x: &Array2<f64>, data: Option<ArrayView2<'_, f64>>) -> Result<Vec<u8>, PlotError> {
    canvas::png(&scene(x, data))
}

fn scene(x: &Array2<f64>, data: Option<ArrayView2<'_, f64>>) -> Scene {
    let (left, low, width) = window(data.into_iter().chain([x.view()]));
    let side = Width::Column.points() - 2.0 * EDGE;
    let place =
        |row: (f64, f64)| -> Pt { (EDGE + side * (row.0 - left) / width, EDGE + side * (1.0 - (row.1 - low) / width)) };
    let mut scene = Scene::new(side + 2.0 * EDGE, side + 2.0 * EDGE + 1.5 * FONT_PT);
    let mut scatter = |points: ArrayView2<'_, f64>, color: Color| {
        let finite =
            points.rows().into_iter().map(|row| (row[0], row[1])).filter(|p| p.0.is_finite() && p.1.is_finite());
        scene.shapes.extend(finite.map(|point| Shape::Dot { at: place(point), radius: RADIUS, color }));
    };
    if let Some(data) = data {
        scatter(data, PALE);
    }
    scatter(x.view(), Pen::of(0).color);
    scene.frame((EDGE, EDGE), (side, side), THIN, BLACK);
    let end = |from: f64| format!("[{}, {}]", trimmed(from), trimmed(from + width));
    let words = format!("{} × {}", end(left), end(low));
    scene.text((EDGE + 0.5 * side, EDGE + side + 1.2 * FONT_PT), Anchor::Middle, words);
    scene
}

/// Lower left corner and side of a square around all finite points, a twentieth wider on each side.
fn window<'a>(sets: impl Iterator<Item = ArrayView2<'a, f64>>) -> (f64, f64, f64) {
    let (mut least, mut most) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for set in sets {
        for row in set.rows().into_iter().filter(|row| row.iter().all(|v| v.is_finite())) {
            for axis in 0..2 {
                (least[axis], most[axis]) = (least[axis].min(row[axis]), most[axis].max(row[axis]));
            }
        }
    }
    if least[0] > most[0] {
        return (-1.0, -1.0, 2.0);
    }
    let side = 1.1 * f64::max(most[0] - least[0], most[1] - least[1]);
    let side = if side > 0.0 { side } else { 1.0 };
    (0.5 * (least[0] + most[0] - side), 0.5 * (least[1] + most[1] - side), side)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_window_holds_all_finite_points() {
        let x = array![[0.0, 0.0], [10.0, 2.0], [f64::NAN, 99.0], [f64::INFINITY, 0.0]];
        let (left, low, side) = window([x.view()].into_iter());
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(left, -0.5) && close(low, -4.5) && close(side, 11.0), "{left} {low} {side}");
        assert_eq!(window([array![[3.0, 4.0]].view()].into_iter()), (2.5, 3.5, 1.0));
        assert_eq!(window([array![[f64::NAN, 0.0]].view()].into_iter()), (-1.0, -1.0, 2.0));
        let dots = scene(&x, Some(x.view())).shapes.iter().filter(|s| matches!(s, Shape::Dot { .. })).count();
        assert_eq!(dots, 4);
    }
}
