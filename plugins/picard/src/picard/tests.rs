use super::{Picard, Sampler};
use ito_kit::testing::{CIRCLE, EDM, FLOW, Given, Run};

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(Picard::INFO.faults(), Vec::<String>::new());
}

/// Data N(0, 1) under edm in sigma: x_{j+1} = x_j + (t_{j+1} − t_j) k_j, k = x t/(1 + t²), times 2, 1, 0.5 from x = 1.
/// The start: k = 2/5 and the guess 1 → 0.6 → 0.4. A sweep: k = 2/5 and 0.6/2 = 0.3, hence 0.6 → 0.45. The first state did
/// not change, so that both are solved: 3 evaluations in a chain of 2.
#[test]
fn a_sweep_by_hand() {
    let params = &[("in", Given::Choice("sigma")), ("window", Given::I64(2)), ("tolerance", Given::F64(0.0))];
    let end = Run { times: &[2.0, 1.0, 0.5], params, ..Run::new(&EDM, 1.0) }.of::<Picard>().unwrap();
    assert!((end.path[1] - 0.6).abs() < 1e-12 && (end.x - 0.45).abs() < 1e-12, "{:?}", end.path);
    assert_eq!((end.evaluations, end.depth), (3, 2));
}

/// The change of a state is compared with the noise of the interval after it. Times 2, 1, 0.5, 0.25, 0.125 from x = 1: the
/// guesses along k = 2/5 are 0.6, 0.4, …, the sweep gives 0.6, 0.45, …: the second state changed by 0.05, and the noise from
/// 0.5 to 0.25 is ½ √(0.25 − 0.0625) = 0.21651. So from a tolerance of 0.05/0.21651 = 0.23094 on the first sweep of 4
/// evaluations solves three states or four, below it two, and 2 more evaluations solve the rest.
#[test]
fn the_tolerance_is_in_units_of_the_noise() {
    let run = |tolerance| {
        let params = &[("in", Given::Choice("sigma")), ("window", Given::I64(4)), ("tolerance", Given::F64(tolerance))];
        let run = Run { times: &[2.0, 1.0, 0.5, 0.25, 0.125], params, ..Run::new(&EDM, 1.0) };
        run.of::<Picard>().unwrap().evaluations
    };
    assert_eq!(run(0.2309), 1 + 4 + 2);
    assert!(run(0.2310) < 7);
}

/// Without a tolerance the window does not touch the bits, also to the clean end, with a time and without, and N sweeps
/// are the most. That a window of 1 is `euler` is a test of the whole program's, which has both plugins.
#[test]
fn without_a_tolerance_the_window_does_not_matter() {
    let times: Vec<f64> = (0..=20).map(|i| 1.4 - 0.065 * f64::from(i)).collect();
    for (flow, process) in [("sigma", &CIRCLE), ("t", &CIRCLE), ("t", &FLOW)] {
        let times: Vec<f64> = times.iter().map(|t| t / if std::ptr::eq(process, &FLOW) { 1.4 } else { 1.0 }).collect();
        let run = |window, tolerance| {
            let params =
                &[("in", Given::Choice(flow)), ("window", Given::I64(window)), ("tolerance", Given::F64(tolerance))];
            Run { data: (0.4, 0.3), times: &times, params, ..Run::new(process, 0.8) }.of::<Picard>().unwrap()
        };
        let euler = run(1, 0.0);
        assert_eq!((euler.evaluations, euler.depth), (20, 20));
        for window in [2, 5, 19, 64] {
            let end = run(window, 0.0);
            assert_eq!(end.path, euler.path, "window {window}");
            assert!(end.depth <= 21 && end.evaluations > 20);
        }
        for last in [0.0, f64::NAN] {
            let clean = |window| {
                let params =
                    &[("in", Given::Choice(flow)), ("window", Given::I64(window)), ("tolerance", Given::F64(0.0))];
                let times = [&times[..20], &[last]].concat();
                let run = Run { data: (0.4, 0.3), times: &times, clean: true, params, ..Run::new(process, 0.8) };
                run.of::<Picard>().unwrap().path
            };
            let one = clean(1);
            assert!([2, 5, 64].iter().all(|window| clean(*window) == one) && one[..20] == euler.path[..20], "{last}");
        }
        let loose = run(64, 0.01);
        assert!(loose.depth < 10 && (loose.x - euler.x).abs() < 1e-3, "{} {}", loose.depth, loose.x - euler.x);
    }
}

/// To the marked end without a time it is the prediction of x0 from the last state, in both variables.
#[test]
fn the_clean_end_without_a_time_is_the_prediction_of_the_data() {
    for flow in ["sigma", "t"] {
        let params = &[("in", Given::Choice(flow)), ("window", Given::I64(3))];
        let run = Run { times: &[1.0, 0.6, f64::NAN], clean: true, params, ..Run::new(&CIRCLE, 0.3) };
        let end = run.of::<Picard>().unwrap();
        assert!((end.x - end.path[1] * 0.6f64.cos()).abs() < 1e-12, "{:?}", end.path);
    }
}
