use super::{SaSolver, Sampler};
use crate::UniPc;
use ito_kit::testing::{EDM, Given, Run};

type Params<'a> = &'a [(&'a str, Given<'a>)];

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
