use super::{Sampler, UniPc};
use ito_kit::testing::{EDM, FLOW, Given, Run};

type Params<'a> = &'a [(&'a str, Given<'a>)];

/// Data N(0, 1) under edm: x0 = x/(1 + t²). Every step has h = ln 2.
const HALVING: Run = Run { times: &[4.0, 2.0, 1.0, 0.5], ..Run::new(&EDM, 1.0) };

fn end(run: Run, params: Params) -> f64 {
    run_of(run, params).x
}

fn run_of(run: Run, params: Params) -> ito_kit::testing::End {
    // The formula alone, unless a test says otherwise.
    let whole: Vec<_> = [("lower_order_final", Given::Bool(false))].iter().chain(params).rev().copied().collect();
    Run { params: &whole, ..run }.of::<UniPc>().expect("it runs")
}

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(UniPc::INFO.faults(), Vec::<String>::new());
}

/// bh2, order 2, from 1 at 4. First step, order 1: x0_4 = 1/17, x_hat = 1/2 + 1/34 = 9/17, x0_2 = 9/85, and corrected
/// 9/17 + 1/2·1/2 (9/85 − 5/85) = 46/85. Second step: x_hat = 23/85 + 4.5/85 + 1/2·1/2·4/85 = 57/170,
/// x0_1 = 57/340; D_1 = 4/85 (r = −1), D_s = 57/340 − 36/340 = 21/340. a_1 + a_s = h phi_2(−h)/B and
/// a_s − a_1 = 2 h phi_3(−h)/B with h phi_2 = 1 − 1/(2h) = 0.278652479555518, h phi_3 = 1/2 − phi_2 =
/// 0.097989632773288: B a_1 = 0.041336607004471, B a_s = 0.237315872551047, so that the corrected state is
/// 27.5/85 + B a_1 4/85 + B a_s 21/340 = 0.340132406234842.
#[test]
fn two_steps_by_hand() {
    let params: Params = &[("type", Given::Choice("bh2")), ("order", Given::I64(2))];
    let done = run_of(HALVING, params);
    assert!((done.path[1] - 46.0 / 85.0).abs() < 1e-15);
    assert!((done.path[2] - 0.340_132_406_234_842).abs() < 1e-12, "{}", done.path[2]);
    assert_eq!(done.evaluations, 3);
}

/// The same recursion by the equations of the module, the a from the linear system, three steps: tests/golden.py works
/// them in 40 digits.
#[test]
fn three_steps_in_all_variants() {
    let order = |p| ("order", Given::I64(p));
    let (bh2, eps) = (("type", Given::Choice("bh2")), ("predict", Given::Choice("eps")));
    let on = |id| (id, Given::Bool(true));
    for (params, expected) in [
        (&[order(2)] as Params, 0.279_721_879_995_420),
        (&[order(2), bh2], 0.269_330_908_999_774),
        (&[order(2), eps], 0.272_084_430_779_974),
        (&[order(2), eps, bh2], 0.276_416_606_380_459),
        (&[order(3)], 0.279_594_067_152_404),
        (&[order(3), ("corrector", Given::Bool(false))], 0.270_823_019_471_764),
        (&[order(2), bh2, on("correct_last")], 0.267_790_770_151_599),
        (&[order(2), bh2, on("lower_order_final")], 0.253_889_732_529_186),
    ] {
        let x = end(HALVING, params);
        assert!((x - expected).abs() < 1e-12, "{params:?}: {x} {expected}");
    }
}

#[test]
fn every_step_costs_one_evaluation() {
    let with = |id: &'static str, on| run_of(HALVING, &[(id, Given::Bool(on))]).evaluations;
    assert_eq!([with("corrector", false), with("corrector", true), with("correct_last", true)], [3, 3, 4]);
    assert_eq!(run_of(Run { times: &[2.0, 1.0], ..HALVING }, &[]).evaluations, 1);
}

/// The predictor of order 1 is DDIM: x_s = x_t + (s − t) eps under edm.
#[test]
fn order_1_without_corrector_is_ddim() {
    let ddim =
        HALVING.times.windows(2).fold(1.0, |x, ends| x + (ends[1] - ends[0]) * ends[0] * x / (1.0 + ends[0] * ends[0]));
    for predict in ["x0", "eps"] {
        let params: Params =
            &[("order", Given::I64(1)), ("corrector", Given::Bool(false)), ("predict", Given::Choice(predict))];
        assert!((end(HALVING, params) - ddim).abs() < 1e-14);
    }
}

/// For data at one point m both predictions are constant: x_s = alpha_s m + sigma_s eps.
#[test]
fn a_point_mass_is_solved_exactly() {
    let (m, eps) = (0.7, -1.3);
    let run = Run { data: (m, 0.0), times: &[0.9, 0.7, 0.6, 0.3, 0.25, 0.1], ..Run::new(&FLOW, 0.1 * m + 0.9 * eps) };
    for kind in ["bh1", "bh2"] {
        for predict in ["x0", "eps"] {
            for order in 1..=4 {
                let params: Params =
                    &[("type", Given::Choice(kind)), ("predict", Given::Choice(predict)), ("order", Given::I64(order))];
                assert!((end(run, params) - (0.9 * m + 0.1 * eps)).abs() < 1e-12, "{kind} {predict} {order}");
            }
        }
    }
}

/// From 1 at 4 over 2 to sigma = 0 with bh2: x_hat = 9/17 at 2, and the end is the prediction made there, 9/85; from
/// eps = 18/85 and the corrected state it is x − 2 eps.
#[test]
fn the_marked_end_is_the_prediction_of_x0() {
    let run = Run { times: &[4.0, 2.0, 0.0], clean: true, ..HALVING };
    let done = run_of(run, &[("type", Given::Choice("bh2"))]);
    assert!((done.x - 9.0 / 85.0).abs() < 1e-15);
    assert_eq!(done.evaluations, 2);
    let done = run_of(run, &[("type", Given::Choice("bh2")), ("predict", Given::Choice("eps"))]);
    assert!((done.x - (done.path[1] - 2.0 * 18.0 / 85.0)).abs() < 1e-15);
}

#[test]
fn a_last_correction_without_a_corrector_is_refused() {
    let params = [("corrector", Given::Bool(false)), ("correct_last", Given::Bool(true))];
    let run = Run { times: &[4.0, 2.0], params: &params, ..Run::new(&EDM, 1.0) };
    let refused = [run.of::<UniPc>().map(|_| ()), run.of::<crate::UniPcV>().map(|_| ())];
    assert!(refused.into_iter().all(|end| end.is_err_and(|text| text.contains("correct_last"))));
}
