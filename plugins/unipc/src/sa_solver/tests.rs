use super::{SaSolver, Sampler};
use crate::{UniPc, UniPcV};
use ito_kit::testing::{EDM, Given, Run};

type Params<'a> = &'a [(&'a str, Given<'a>)];
const EPS: (&str, Given) = ("predict", Given::Choice("eps"));

/// Data N(0, 1) under edm: x0 = x/(1 + t²). Every step has h = ln 2.
const HALVING: Run = Run { times: &[4.0, 2.0, 1.0, 0.5], draws: &[0.5, -1.25, 0.75], ..Run::new(&EDM, 1.0) };

fn path(run: Run, params: Params) -> Vec<f64> {
    Run { params, ..run }.of::<SaSolver>().expect("it runs").path
}

fn orders(p: i64, c: i64) -> [(&'static str, Given<'static>); 2] {
    [("predictor_order", Given::I64(p)), ("corrector_order", Given::I64(c))]
}

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(SaSolver::INFO.faults(), Vec::<String>::new());
}

/// tau = 1 from 1 at 4 with z = 1/2. e^{−h} = 1/2, e^{−2h} = 1/4: the carry is 1/4, the noise 2 √(3/4)·1/2 = √3/2, the
/// whole weight 2·(1 − 1/4)/2 = 3/4. Order 1: x_hat = 1/4 + 3/4·1/17 + √3/2, x0_2 = x_hat/5; the corrector with two
/// values adds 2·h²/2 (x0_2 − 1/17)/h = ln 2 (x0_2 − 1/17): 1.280199664228557.
#[test]
fn a_step_by_hand() {
    let x_hat = 0.25 + 0.75 / 17.0 + 0.75_f64.sqrt();
    let expected = x_hat + std::f64::consts::LN_2 * (x_hat / 5.0 - 1.0 / 17.0);
    let x = path(HALVING, &[])[1];
    assert!((x - expected).abs() < 1e-14 && (x - 1.280_199_664_228_556).abs() < 1e-12, "{x}");
}

/// The recursion of the module by quadrature of the Lagrange polynomials in 30 digits, three steps.
#[test]
fn three_steps_in_all_variants() {
    let ([p2, c3], [_, c2], [_, c0]) = (orders(2, 3), orders(2, 2), orders(2, 0));
    let off = |id| (id, Given::Bool(false));
    let window = [("tau_from", Given::F64(1.0)), ("tau_to", Given::F64(1.5))];
    for (params, mean, expected) in [
        (&[p2, c3, off("lower_order_final")] as Params, false, -0.364_986_909_481_369),
        (&[], false, -0.041_820_557_074_569),
        (&[p2, c2, ("tau", Given::F64(0.4)), off("rescale")], false, 0.136_686_322_243_015),
        (&[p2, c2], true, -0.572_914_308_642_266),
        (&[p2, c0, window[0], window[1]], false, -0.628_611_268_498_737),
    ] {
        // The mean of the last step is a step with tau = 0, which draws nothing.
        let draws = if mean { &HALVING.draws[..2] } else { HALVING.draws };
        let x = path(Run { mean, draws, ..HALVING }, params)[3];
        assert!((x - expected).abs() < 1e-12, "{params:?}: {x} {expected}");
    }
}

/// The same step in eps, which is 4/17 at t: e^h = 2, the carry is 1, the whole weight −2·2·(2 − 1) = −4, the noise
/// 2 √3·1/2 = √3. Order 1: x_hat = 1 − 16/17 + √3, eps_2 = 2/5 x_hat; the corrector with two values adds −4 (eps_2 − 4/17) times
/// `int_0^h e^{h − u} u/h du = (1 − ln 2)/ln 2`: 0.939030592572806.
#[test]
fn a_step_in_eps_by_hand() {
    let x_hat = 1.0 / 17.0 + 3.0_f64.sqrt();
    let line = (1.0 - std::f64::consts::LN_2) / std::f64::consts::LN_2;
    let expected = x_hat - 4.0 * (0.4 * x_hat - 4.0 / 17.0) * line;
    let x = path(HALVING, &[EPS])[1];
    assert!((x - expected).abs() < 1e-14 && (x - 0.939_030_592_572_806).abs() < 1e-12, "{x}");
}

/// As [`three_steps_in_all_variants`]; no weight is replaced in eps.
#[test]
fn three_steps_in_eps() {
    let ([p2, c3], [_, c2], [_, c0]) = (orders(2, 3), orders(2, 2), orders(2, 0));
    for (params, mean, expected) in [
        (&[EPS, p2, c3, ("lower_order_final", Given::Bool(false))] as Params, false, 2.079_821_949_132_582),
        (&[EPS], false, 1.079_916_902_411_322),
        (&[EPS, p2, c2, ("tau", Given::F64(0.4))], false, 0.340_235_796_330_834),
        (&[EPS, p2, c2], true, 0.112_241_271_638_895),
        (&[EPS, p2, c0], false, -0.466_886_204_296_114),
    ] {
        let draws = if mean { &HALVING.draws[..2] } else { HALVING.draws };
        let x = path(Run { mean, draws, ..HALVING }, params)[3];
        assert!((x - expected).abs() < 1e-12, "{params:?}: {x} {expected}");
    }
}

/// The exact weights are those of `unipc-v`, in both predictions.
#[test]
fn without_noise_and_rescale_it_is_unipc_v() {
    let off = ("rescale", Given::Bool(false));
    for (predict, p) in ["x0", "eps"].into_iter().flat_map(|predict| (1..=3).map(move |p| (predict, p))) {
        let ([predictor, corrector], predict) = (orders(p, p + 1), ("predict", Given::Choice(predict)));
        let params: Params = &[predict, off, ("tau", Given::F64(0.0)), predictor, corrector];
        let still = path(Run { draws: &[], ..HALVING }, params);
        let params: Params = &[predict, ("order", Given::I64(p)), ("lower_order_final", Given::Bool(true))];
        let uni = Run { params, draws: &[], ..HALVING }.of::<UniPcV>().expect("it runs");
        assert_eq!(still, uni.path, "{predict:?}, order {p}");
    }
}

/// Without noise nothing is drawn, and a window that no step ends in gives the same bits with draws of scale 0.
#[test]
fn tau_0_is_deterministic_bit_for_bit() {
    let still = path(Run { draws: &[], ..HALVING }, &[("tau", Given::F64(0.0))]);
    let outside = path(HALVING, &[("tau_from", Given::F64(8.0))]);
    let bits = |path: &[f64]| path.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&still), bits(&outside));
    assert!((still[3] - 0.257_134_575_093_085).abs() < 1e-12);
}

#[test]
fn tau_0_is_unipc_with_bh1() {
    for p in 1..=3 {
        let [predictor, corrector] = orders(p, p + 1);
        let still = path(Run { draws: &[], ..HALVING }, &[("tau", Given::F64(0.0)), predictor, corrector]);
        let params: Params = &[("order", Given::I64(p)), ("lower_order_final", Given::Bool(true))];
        let uni = Run { params, draws: &[], ..HALVING }.of::<UniPc>().expect("it runs");
        assert_eq!(still, uni.path, "order {p}");
    }
}

/// From 1 at 4 over 2 to sigma = 0: the end is the prediction made at the predicted state at 2, x_hat/5.
#[test]
fn the_marked_end_is_the_prediction_of_x0() {
    let x_hat = 0.25 + 0.75 / 17.0 + 0.75_f64.sqrt();
    let end = path(Run { times: &[4.0, 2.0, 0.0], draws: &[0.5], clean: true, ..HALVING }, &[])[2];
    assert!((end - x_hat / 5.0).abs() < 1e-15);
}

/// In eps that end is (x − sigma eps)/alpha, eps made at the predicted state: at 2 eps = 2/5 x_hat.
#[test]
fn the_marked_end_in_eps_takes_the_prediction_made_last() {
    let (run, x_hat) =
        (Run { times: &[4.0, 2.0, 0.0], draws: &[0.5], clean: true, ..HALVING }, 1.0 / 17.0 + 3.0_f64.sqrt());
    let ends = path(run, &[EPS]);
    assert!((ends[2] - (ends[1] - 0.8 * x_hat)).abs() < 1e-14, "{ends:?}");
}
