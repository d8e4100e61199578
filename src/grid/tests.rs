//! What holds for every grid on every process, the rules at the ends, and what is refused.

mod refusals;

use super::*;
use crate::process::{Angle, Brownian, Cosine, Ddpm, Edm, Flow, LogQuadratic, SubVp, Ve, Vp};
use proptest::prelude::*;
use std::path::Path;

fn processes() -> Vec<Box<dyn Process>> {
    vec![
        Box::new(Vp::default()),
        Box::new(SubVp::default()),
        Box::new(Ve::default()),
        Box::new(Edm::default()),
        Box::new(Flow),
        Box::new(Cosine::default()),
        Box::new(Angle::default()),
        Box::new(Ddpm::default()),
        Box::new(Brownian::default()),
        Box::new(LogQuadratic::default()),
    ]
}

fn spec(json: &str) -> GridSpec {
    serde_json::from_str(json).unwrap()
}

fn steps(n: u32) -> Option<Steps> {
    Some(Steps::new(n).unwrap())
}

/// Every kind that takes any N, with or without the marked end.
fn kinds(zero: bool) -> [GridSpec; 7] {
    let ends = EndsSpec { zero, ..EndsSpec::default() };
    [
        GridSpec::Uniform(ends),
        GridSpec::Quadratic(ends),
        GridSpec::LogSnr(ends),
        GridSpec::Karras(KarrasSpec { zero, ..KarrasSpec::default() }),
        GridSpec::Power(PowerSpec { p: 3.5, t_begin: None, t_end: None, zero }),
        GridSpec::Polyexponential(PolyexponentialSpec { rho: 2.0, zero, ..PolyexponentialSpec::default() }),
        GridSpec::Shift(ShiftSpec { shift: 3.0, t_begin: None, t_end: None, zero }),
    ]
}

fn message(grid: &str, process: &dyn Process, n: Option<Steps>, needs_alpha: bool) -> String {
    spec(grid).build(process, n, needs_alpha).unwrap_err().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn times_fall_from_end_to_end(n in 1..400_u32, zero: bool, needs_alpha: bool) {
        for process in processes() {
            for spec in kinds(zero) {
                let grid = spec.build(&*process, steps(n), needs_alpha).unwrap();
                prop_assert_eq!((grid.steps(), grid.times().len(), grid.clean()), (n as usize, n as usize + 1, zero));
                let (mut t_begin, t_end) = process.ends();
                let in_lambda = matches!(spec, GridSpec::LogSnr(_) | GridSpec::Karras(_) | GridSpec::Polyexponential(_));
                if process.name() == "flow" && (needs_alpha || in_lambda) {
                    t_begin = Time::new(0.999).unwrap();
                }
                let noisy = &grid.times()[..grid.times().len() - usize::from(zero)];
                prop_assert_eq!(noisy[0], t_begin.get());
                prop_assert!(noisy.len() == 1 || noisy[noisy.len() - 1] == t_end.get());
                prop_assert!(noisy.windows(2).all(|pair| pair[1] < pair[0]));
                if zero {
                    let last = grid.times()[n as usize];
                    prop_assert!(process.clean_time().map_or(last.is_nan(), |t| last == t.get()));
                    let point = grid.points(&*process)[n as usize];
                    prop_assert_eq!((point.alpha, point.sigma), (1.0, 0.0));
                }
            }
        }
    }

    #[test]
    fn each_kind_is_uniform_in_its_variable(n in 2..200_u32) {
        for process in processes() {
            let grid = |json: &str| spec(json).build(&*process, steps(n), true).unwrap().points(&*process);
            let even = |points: &[Point], u: &dyn Fn(&Point) -> f64, tolerance: f64| {
                let (first, last) = (u(&points[0]), u(&points[n as usize]));
                points.iter().enumerate().all(|(i, q)| {
                    let expected = first + f64::from(i as u32) / f64::from(n) * (last - first);
                    (u(q) - expected).abs() <= tolerance * (last - first).abs()
                })
            };
            let name = process.name();
            prop_assert!(even(&grid(r#"{ "uniform": {} }"#), &|q| q.t, 1e-15), "{name}");
            prop_assert!(even(&grid(r#"{ "quadratic": {} }"#), &|q| q.t.sqrt(), 1e-14), "{name}");
            prop_assert!(even(&grid(r#"{ "power": { "p": 3 } }"#), &|q| q.t.cbrt(), 1e-14), "{name}");
            prop_assert!(even(&grid(r#"{ "log-snr": {} }"#), &|q| q.lambda, 1e-11), "{name}");
            prop_assert!(even(&grid(r#"{ "karras": {} }"#), &|q| q.ratio().powf(1.0 / 7.0), 1e-11), "{name}");
        }
    }
}

#[test]
fn zero_with_one_step_goes_from_t_begin_to_the_clean_end() {
    let grid = spec(r#"{ "karras": { "zero": true } }"#).build(&Edm::default(), steps(1), true).unwrap();
    assert_eq!((grid.times(), grid.clean()), (&[80.0, 0.0][..], true));
    let grid = spec(r#"{ "uniform": { "zero": true } }"#).build(&Ve::default(), steps(1), true).unwrap();
    assert!(grid.times()[1].is_nan() && grid.clean());
}

#[test]
fn karras_on_edm_is_equation_5() {
    // N = 18, i = 9 of 17 intervals above sigma_min: (80^(1/7) + 9/17 (0.002^(1/7) − 80^(1/7)))^7.
    let grid = spec(r#"{ "karras": { "zero": true } }"#).build(&Edm::default(), steps(18), false).unwrap();
    let (a, b) = (80_f64.powf(1.0 / 7.0), 0.002_f64.powf(1.0 / 7.0));
    assert!((grid.times()[9] / (a + 9.0 / 17.0 * (b - a)).powi(7) - 1.0).abs() < 1e-13);
    assert_eq!((grid.times()[17], grid.times()[18]), (0.002, 0.0));
}

#[test]
fn a_shift_on_flow_is_the_published_rule() {
    // u = 1, 0.5, 0: t = 3u/(1 + 2u).
    let grid = r#"{ "shift": { "shift": 3, "t_end": 0.25 } }"#;
    let grid = spec(grid).build(&Flow, steps(2), false).unwrap();
    // t = 1/4 is u = 1/10, and the middle u = 0.55 is t = 1.65/2.1.
    assert!(grid.times().iter().zip([1.0, 1.65 / 2.1, 0.25]).all(|(t, exact)| (t - exact).abs() < 1e-15), "{grid:?}");
}

#[test]
fn polyexponential_is_a_power_in_the_logarithm() {
    let grid = r#"{ "polyexponential": { "rho": 2 } }"#;
    let grid = spec(grid).build(&Edm::default(), steps(2), false).unwrap();
    // ln r = ln 0.002 + (1/2)² ln(80/0.002)
    let middle = (0.002_f64.ln() + 0.25 * (80.0_f64 / 0.002).ln()).exp();
    assert!((grid.times()[1] / middle - 1.0).abs() < 1e-13, "{grid:?}");
}

#[test]
fn ends_come_from_the_grid_where_it_has_them() {
    let ends = r#"{ "uniform": { "t_begin": 0.9, "t_end": 0.1 } }"#;
    let grid = spec(ends).build(&Vp::default(), steps(3), false).unwrap();
    assert_eq!((grid.times()[0], grid.times()[3], grid.clean()), (0.9, 0.1, false));
    // A t_end at the clean end is the clean end.
    let grid = spec(r#"{ "karras": { "t_end": 0 } }"#).build(&Vp::default(), steps(4), true).unwrap();
    assert_eq!((grid.times()[4], grid.clean()), (0.0, true));
    // alpha = 0 is left only where it must be, and the record shows it.
    for (needs_alpha, t_begin) in [(false, 1.0), (true, 0.999)] {
        let filled = GridSpec::default().with_ends(&Flow, needs_alpha).unwrap();
        assert_eq!(filled, GridSpec::Uniform(EndsSpec { t_begin: Some(t_begin), t_end: Some(1e-3), zero: false }));
    }
}

#[test]
fn adaptive_samplers_get_the_two_ends() {
    let ends = |json: &str, process: &dyn Process| spec(json).ends_only(process, true);
    assert_eq!(ends(r#"{ "karras": {} }"#, &Edm::default()).unwrap().times(), [80.0, 0.002]);
    assert_eq!(ends(r#"{ "karras": { "zero": true } }"#, &Edm::default()).unwrap().times(), [80.0, 0.002, 0.0]);
    assert_eq!(ends(r#"{ "times": [9, 5, 3, 0] }"#, &Edm::default()).unwrap().times(), [9.0, 3.0, 0.0]);
    assert_eq!(ends(r#"{ "times": [9, 5, 3] }"#, &Edm::default()).unwrap().times(), [9.0, 3.0]);
    assert_eq!(ends(r#"{ "times": [9, 0] }"#, &Edm::default()).unwrap().times(), [9.0, 0.0]);
    assert!(matches!(ends(r#"{ "uniform": { "t_end": 0 } }"#, &Vp::default()), Err(GridError::NoNoise { .. })));
    let table = r#"{ "ddpm": { "spacing": "leading" } }"#;
    assert!(matches!(ends(table, &Ddpm::default()), Err(GridError::NoEnds)));
}

#[test]
fn a_level_is_one_time_many_times() {
    let t = Time::new(0.25).unwrap();
    let grid = Grid::level(&Vp::default(), t, Steps::new(3).unwrap()).unwrap();
    assert_eq!((grid.times(), grid.clean(), grid.moving_ends()), (&[0.25; 4][..], false, false));
    let level = |t: f64| Grid::level(&Vp::default(), Time::new(t).unwrap(), Steps::new(3).unwrap());
    assert!(matches!(level(0.0), Err(GridError::NoNoise { what: "level", .. })));
    assert!(matches!(level(2.0), Err(GridError::Outside { .. })));
}

#[test]
fn ddpm_tables_are_the_published_ones() {
    // Lin et al., table 2: T = 1000 and 10 steps, indices from 1 there.
    let table = |json: &str, n: u32| {
        let grid = spec(json).build(&Ddpm::default(), steps(n), true).unwrap();
        assert!(grid.moving_ends() && grid.clean());
        grid.times()[..n as usize].iter().map(|t| (t * 1000.0).round() as i64).collect::<Vec<_>>()
    };
    let leading = table(r#"{ "ddpm": { "spacing": "leading", "zero": true } }"#, 10);
    assert_eq!(leading, [901, 801, 701, 601, 501, 401, 301, 201, 101, 1]);
    let linspace = table(r#"{ "ddpm": { "spacing": "linspace", "zero": true } }"#, 10);
    assert_eq!(linspace, [1000, 889, 778, 667, 556, 445, 334, 223, 112, 1]);
    let trailing = table(r#"{ "ddpm": { "spacing": "trailing", "zero": true } }"#, 10);
    assert_eq!(trailing, [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100]);
    let offset = table(r#"{ "ddpm": { "spacing": "leading", "offset": 1, "zero": true } }"#, 3);
    assert_eq!(offset, [668, 335, 2]);
}

#[test]
fn fixed_tables_reach_the_ends() {
    for spacing in ["leading", "trailing", "linspace"] {
        for n in 1..60 {
            let json = format!(r#"{{ "ddpm": {{ "spacing": "{spacing}", "fixed": true }} }}"#);
            let grid = spec(&json).build(&Ddpm::default(), steps(n), true).unwrap();
            assert_eq!((grid.times()[0], grid.times()[n as usize]), (1.0, 0.001));
            assert!(!grid.moving_ends() && grid.times().windows(2).all(|pair| pair[1] < pair[0]));
        }
    }
}

#[test]
fn written_times_are_taken_as_they_are() {
    let edm = Edm::default();
    let list = spec(r#"{ "times": [80, 3, 0.5] }"#);
    assert_eq!(list.listed_steps().unwrap(), Some(vec![Steps::new(2).unwrap()]));
    assert_eq!(list.build(&edm, None, true).unwrap().times(), [80.0, 3.0, 0.5]);
    assert_eq!(list.build(&edm, steps(2), true).unwrap().times(), [80.0, 3.0, 0.5]);
    assert!(spec(r#"{ "times": [80, 3, 0] }"#).build(&edm, None, true).unwrap().clean());
    let zero = spec(r#"{ "times": { "list": [1.0, 0.5], "zero": true } }"#).build(&Ve::default(), None, true).unwrap();
    assert!(zero.clean() && zero.steps() == 2 && zero.times()[2].is_nan());
    // In YAML the keys of a map are numbers, in JSON strings.
    let json = spec(r#"{ "times": { "1": [80, 1], "2": [80, 3, 1] } }"#);
    let yaml: TimesSpec = serde_yaml::from_str("{ 1: [80, 1], 2: [80, 3, 1] }").unwrap();
    assert_eq!(json, GridSpec::Times(yaml));
    assert_eq!(json.build(&edm, steps(2), true).unwrap().times(), [80.0, 3.0, 1.0]);
    assert_eq!(json.listed_steps().unwrap().unwrap().len(), 2);
    assert_eq!(serde_json::from_str::<GridSpec>(&serde_json::to_string(&json).unwrap()).unwrap(), json);
}

#[test]
fn files_hold_one_axis_of_f64() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("t.npy"), &ndarray::arr1(&[1.0, 0.5, 0.25])).unwrap();
    ndarray_npy::write_npy(folder.path().join("square.npy"), &ndarray::arr2(&[[1.0], [0.5]])).unwrap();
    let file = spec(r#"{ "times": { "file": "t.npy" } }"#);
    assert!(matches!(file.build(&Vp::default(), None, true), Err(GridError::NotLoaded { .. })));
    let loaded = file.load(folder.path()).unwrap();
    assert_eq!(loaded.build(&Vp::default(), None, true).unwrap().times(), [1.0, 0.5, 0.25]);
    for other in ["square.npy", "none.npy"] {
        let file = spec(&format!(r#"{{ "times": {{ "file": "{other}" }} }}"#));
        assert!(matches!(file.load(folder.path()), Err(GridError::File { .. })));
    }
    assert_eq!(GridSpec::default().load(Path::new("")).unwrap(), GridSpec::default());
}

#[test]
fn log_snr_reaches_small_noise() {
    // A long grid that ends near the clean end keeps falling: the inverse holds its digits there.
    let grid = spec(r#"{ "log-snr": { "t_end": 1e-12 } }"#).build(&Vp::default(), steps(5000), true).unwrap();
    let [begin, middle, end] = [0, 2500, 5000].map(|i| grid.points(&Vp::default())[i].lambda);
    assert!((middle - 0.5 * (begin + end)).abs() < 1e-11);
}
