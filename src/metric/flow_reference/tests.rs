use super::*;
use crate::metric::rows::try_step;
use crate::noise::{Key, Stream, normals};
use crate::process::{Ddpm, Edm, Flow as Straight, SubVp, Ve, Vp};
use crate::score::ScoreError;

/// Independent coordinates; the law of coordinate d is a mixture of equal parts of N(±mean_d, std_d²).
/// With mean 0 it is Gaussian.
struct Pairs {
    mean: Vec<f64>,
    std: Vec<f64>,
}

impl Pairs {
    fn gaussian() -> Self {
        Self { mean: vec![0.0; 3], std: vec![2.0, 0.5, 0.02] }
    }

    fn mixture() -> Self {
        Self { mean: vec![1.0, 0.4], std: vec![0.2, 0.05] }
    }
}

impl Score for Pairs {
    fn dim(&self) -> usize {
        self.mean.len()
    }

    fn predict(&self, want: Prediction, at: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        let dim = self.dim();
        for (n, (x, out)) in x.iter().zip(out).enumerate() {
            let (mean, std) = (self.mean[n % dim], self.std[n % dim]);
            let Point { alpha, sigma, .. } = at[if at.len() == 1 { 0 } else { n / dim }];
            let variance = alpha * alpha * std * std + sigma * sigma;
            // The mean of the two signs, given x.
            let centre = mean * (x * alpha * mean / variance).tanh();
            let away = (x - alpha * centre) / variance;
            let (x0, eps) = (centre + alpha * std * std * away, sigma * away);
            *out = match want {
                Prediction::V => alpha * eps - sigma * x0,
                Prediction::X0 => x0,
                other => panic!("the flow does not ask for {other:?}"),
            };
        }
        Ok(())
    }

    fn cost(&self) -> u64 {
        2
    }
}

fn time(t: f64) -> Time {
    Time::new(t).expect("a finite time")
}

/// x_t at the prior's level, [n, D].
fn starts(process: &dyn Process, n: usize, dim: usize) -> Array2<f64> {
    let mut z = vec![0.0; n * dim];
    normals(Key { seed: 3, sample: 0 }, Stream::named("test"), 0, &mut z);
    Array2::from_shape_vec((n, dim), z).expect("n × dim numbers") * process.prior_std().get()
}

fn all() -> Vec<Box<dyn Process>> {
    vec![
        Box::new(Vp::default()),
        Box::new(SubVp::default()),
        Box::new(Ve::default()),
        Box::new(Edm::default()),
        Box::new(Straight),
        Box::new(Ddpm::default()),
    ]
}

/// The flow of N(0, std²) stretches by the ratio of the marginals' standard deviations.
fn gaussian_end(score: &Pairs, begin: &Point, end: &Point, x: &Array2<f64>) -> Array2<f64> {
    let at = |p: &Point, d: usize| (p.alpha * score.std[d]).hypot(p.sigma);
    let mut x = x.clone();
    for (d, mut column) in x.columns_mut().into_iter().enumerate() {
        column *= at(end, d) / at(begin, d);
    }
    x
}

#[test]
fn gaussians_end_where_they_should_in_every_process() {
    let score = Pairs::gaussian();
    for process in all() {
        let (t_begin, t_end) = process.ends();
        let x = starts(&*process, 20, 3);
        let exact = gaussian_end(&score, &process.at(t_begin), &process.at(t_end), &x);
        let found = flow_ends(&score, &*process, t_begin, FlowEnd::At(t_end), x.view(), 1e-12).expect("ends");
        let error = row_mean_squares(found.x.view(), exact.view()).into_iter().fold(0.0, f64::max).sqrt();
        assert!(error < 1e-11, "{}: {error}", process.name());
        assert!(found.rms_floor() < 1e-10, "{}: {}", process.name(), found.rms_floor());
        // Two runs of 20 samples, cost 2 an evaluation: whole evaluations, and not absurdly many.
        assert!(
            found.evaluations.is_multiple_of(2) && found.evaluations < 2 * 2 * 20 * 12 * 150,
            "{}",
            found.evaluations
        );
    }
}

#[test]
fn floors_cover_the_error_of_a_mixture() {
    let score = Pairs::mixture();
    let process = Vp::default();
    let (t_begin, t_end) = process.ends();
    let x = starts(&process, 40, 2);
    let run = |tol| flow_ends(&score, &process, t_begin, FlowEnd::At(t_end), x.view(), tol).expect("ends");
    let exact = run(1e-13).x;
    for tol in [1e-4, 1e-6, 1e-8] {
        let found = run(tol);
        let squares = row_mean_squares(found.x.view(), exact.view());
        let error = (squares.iter().sum::<f64>() / 40.0).sqrt();
        assert!(error < 3.0 * found.rms_floor() && error < 100.0 * tol, "{tol}: {error} {}", found.rms_floor());
    }
}

#[test]
fn a_sample_does_not_depend_on_its_neighbours() {
    let (score, process) = (Pairs::mixture(), Ve::default());
    let (t_begin, t_end) = process.ends();
    let x = starts(&process, 5, 2);
    let end = |x: ArrayView2<'_, f64>| flow_ends(&score, &process, t_begin, FlowEnd::At(t_end), x, 1e-8).expect("ends");
    let together = end(x.view());
    let alone = end(x.slice(ndarray::s![3..4, ..]));
    assert_eq!(together.x.row(3), alone.x.row(0));
    assert_eq!(together.floor[3], alone.floor[0]);
}

#[test]
fn the_clean_end_is_the_prediction_of_x0() {
    let (score, process) = (Pairs::gaussian(), Edm::default());
    let (t_begin, t_end) = process.ends();
    let x = starts(&process, 4, 3);
    let at = |end| flow_ends(&score, &process, t_begin, end, x.view(), 1e-10).expect("ends");
    let (state, clean) = (at(FlowEnd::At(t_end)), at(FlowEnd::X0At(t_end)));
    let mut x0 = Array2::zeros(x.dim());
    let last = [process.at(t_end)];
    let (from, to) = (state.x.as_slice().expect("standard"), x0.as_slice_mut().expect("standard"));
    score.predict(Prediction::X0, &last, from, to).expect("x0");
    assert_eq!(clean.x, x0);
    assert_eq!(clean.evaluations, state.evaluations + 2 * 4 * 2);
}

#[test]
fn single_steps_have_order_8() {
    let score = Pairs { mean: vec![0.0], std: vec![0.1] };
    let process = Straight;
    let mut flow = Flow { score: &score, process: &process, evaluations: 0 };
    let (from, to) = (1.4, 0.1);
    let at = |phi: f64| (phi.cos() * 0.1).hypot(phi.sin());
    let mut error = |steps: u32| {
        let h = (from - to) / f64::from(steps);
        let mut z = vec![1.0];
        for i in 0..steps {
            let phi = from - f64::from(i) * h;
            let first = flow.slope(&[0], &[phi], &z).expect("a slope");
            z = try_step(&mut flow, &[0], (&[phi], &[-h]), &z, first, 1.0).expect("a step").y;
        }
        (z[0] - at(to) / at(from)).abs()
    };
    let errors = [20, 40, 80].map(&mut error);
    for pair in errors.windows(2) {
        let slope = (pair[0] / pair[1]).log2();
        assert!((slope - 8.0).abs() < 0.3, "{errors:?}");
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    let (score, process) = (Pairs::gaussian(), Vp::default());
    let x = starts(&process, 2, 3);
    let run = |begin, end, x: &Array2<f64>, tol| {
        flow_ends(&score, &process, time(begin), FlowEnd::At(time(end)), x.view(), tol).expect_err("a refusal")
    };
    assert_eq!(run(1.0, 1e-3, &x, 0.0), MetricError::Tolerance(0.0));
    assert_eq!(run(0.1, 0.2, &x, 1e-8), MetricError::Ends { t_begin: 0.1, t_end: 0.2 });
    assert!(matches!(run(1.0, 1e-3, &Array2::zeros((2, 2)), 1e-8), MetricError::Shape { .. }));
    let nan = Array2::from_elem((2, 3), f64::NAN);
    assert_eq!(run(1.0, 1e-3, &nan, 1e-8), MetricError::NotFinite { which: "samples", row: 0 });
}

/// A score with the rounding noise of single precision.
struct Noisy;

impl Score for Noisy {
    fn dim(&self) -> usize {
        1
    }

    fn predict(&self, _: Prediction, _: &[Point], x: &[f64], out: &mut [f64]) -> Result<(), ScoreError> {
        for (out, x) in out.iter_mut().zip(x) {
            *out = (1e9 * x).sin();
        }
        Ok(())
    }
}

#[test]
fn a_tolerance_below_the_noise_of_the_score_is_an_error_that_says_so() {
    let process = Vp::default();
    let (t_begin, t_end) = process.ends();
    let error = flow_ends(&Noisy, &process, t_begin, FlowEnd::At(t_end), Array2::ones((1, 1)).view(), 1e-13)
        .expect_err("no step is small enough");
    assert!(matches!(error, MetricError::Stuck { sample: 0, .. }), "{error}");
    assert!(error.to_string().contains("use a larger tolerance"));
}
