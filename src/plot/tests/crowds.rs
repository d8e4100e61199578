//! What tells many lines apart.

use super::*;

/// A triangle has a colour and no dashes: a line whose colour another line has, too, gets none.
#[test]
fn a_triangle_belongs_to_one_line() {
    let of = |samplers: usize| {
        let mut records = Vec::new();
        for s in 0..samplers {
            for steps in [10, 20, 40] {
                let mut r = record(&format!("sampler-{s}"), steps, 0, 1.0);
                let error = 10f64.powi(s as i32) / steps as f64;
                r.metrics = [("trajectory".to_owned(), error)].into();
                records.push(r);
            }
        }
        let scene = error::draw(&serde_json::from_str("{}").expect("a figure"), &records).expect("drawn").scene;
        texts(&scene).into_iter().filter(|text| *text == "1.0").count()
    };
    assert_eq!((of(2), of(8) < 7), (2, true));
    assert!(of(8) > 0);
}

/// Bands of many lines would add up to one dark patch.
#[test]
fn the_intervals_of_many_lines_are_bars() {
    let bands = |samplers: usize| {
        let mut records = Vec::new();
        for s in 0..samplers {
            for (steps, seed) in [(10, 0), (10, 1), (20, 0), (20, 1)] {
                let y = (1.0 + 0.1 * seed as f64 + s as f64) / steps as f64;
                let mut r = record(&format!("sampler-{s}"), steps, seed, y);
                r.metrics.remove("sliced-w2_floor");
                records.push(r);
            }
        }
        let spec = serde_json::from_str(r#"{"y":"sliced-w2"}"#).expect("a figure");
        let scene = quality::draw(&spec, &records).expect("drawn").scene;
        scene.shapes.iter().filter(|s| matches!(s, Shape::Fill { opacity, .. } if *opacity == style::BAND)).count()
    };
    assert_eq!((bands(4), bands(5)), (4, 0));
}

/// As with other figures: floors within a hundredth are one line, which a band of no height is not.
#[test]
fn floors_that_all_but_agree_are_drawn_as_one() {
    let with = |floors: [f64; 2]| {
        let mut records = vec![record("euler", 10, 0, 0.1), record("euler", 20, 0, 0.05)];
        for (r, floor) in records.iter_mut().zip(floors) {
            r.metrics.insert("sliced-w2_floor".into(), floor);
        }
        let lines =
            series::series(&records, &series::Question { y: "sliced-w2", x: "steps", samplers: &[] }).expect("lines");
        error::floor(&lines, "sliced-w2", 0.05, axes::Scale::Log).expect("a floor").0
    };
    let one = with([0.02, 0.020_000_1]);
    assert_eq!((one.mean, one.interval), (Some(0.020_000_1), None));
    assert_eq!(with([0.02, 0.03]).interval, Some((0.02, 0.03)));
}
