use super::{Sampler, UniPcV};
use crate::UniPc;
use ito_kit::testing::{EDM, FLOW, Given, Run};

type Params<'a> = &'a [(&'a str, Given<'a>)];

/// Data N(0, 1) under edm: x0 = x/(1 + t²), eps = t x/(1 + t²). Every step has h = ln 2.
const HALVING: Run = Run { times: &[4.0, 2.0, 1.0, 0.5], ..Run::new(&EDM, 1.0) };

fn path(run: Run, params: Params) -> Vec<f64> {
    // The formula alone, unless a test says otherwise.
    let whole: Vec<_> = [("lower_order_final", Given::Bool(false))].iter().chain(params).rev().copied().collect();
    Run { params: &whole, ..run }.of::<UniPcV>().expect("it runs").path
}

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(UniPcV::INFO.faults(), Vec::<String>::new());
}

/// Order 2 from 1 at 4, exact. First step: x0_4 = 1/17, x_hat = 9/17, x0_2 = 9/85; the slope over the step is weighted
/// with h phi_2(−h) = 1 − 1/(2 ln 2) = 0.278652479555518: 9/17 + 0.278652479555518·4/85 = 0.542524822567319. The same
/// recursion with C^{−1} in 40 digits gives the two steps after it. Published differs from the second on.
#[test]
fn three_steps_by_hand() {
    let first = 0.542_524_822_567_318;
    let (eps, order) = (("predict", Given::Choice("eps")), |p| ("order", Given::I64(p)));
    let published = ("form", Given::Choice("published"));
    for (params, expected) in [
        (&[order(2)] as Params, [first, 0.341_046_571_033_978, 0.272_345_126_580_759]),
        (&[order(2), published], [first, 0.333_835_808_053_070, 0.268_739_745_090_305]),
        (&[order(3), published], [first, 0.333_835_808_053_070, 0.272_469_670_508_599]),
        (&[order(3), eps], [0.550_244_472_512_422, 0.353_859_820_601_465, 0.277_377_587_480_531]),
    ] {
        for (x, expected) in path(HALVING, params)[1..].iter().zip(expected) {
            assert!((x - expected).abs() < 1e-12, "{params:?}: {x} {expected}");
        }
    }
    let five = path(Run { times: &[4.0, 2.0, 1.0, 0.5, 0.25], ..HALVING }, &[order(4)]);
    assert!((five[4] - 0.251_979_077_879_668).abs() < 1e-12, "{five:?}");
}

/// A single a = 1/2 is all that sets `unipc` apart: with values of the past from two steps on, both take the same step.
/// On the first two steps they differ.
#[test]
fn at_order_3_the_weights_of_unipc_are_the_same() {
    let (v, bh1) = (path(HALVING, &[]), HALVING.of::<UniPc>().expect("it runs").path);
    assert!((v[1] - bh1[1]).abs() > 1e-4);
    let rule = [crate::weights::Rule::Exact, crate::weights::Rule::Halved(crate::weights::Half::Bh1)];
    for nodes in [&[0.0, -0.3, -0.9] as &[f64], &[0.4, 0.0, -0.3], &[0.4, 0.0, -0.3, -0.9]] {
        assert_eq!(rule[0].corrector(-1.0, 0.4, nodes), rule[1].corrector(-1.0, 0.4, nodes));
    }
}

/// For data at one point both predictions are constant, and the differences of both forms are 0.
#[test]
fn a_point_mass_is_solved_exactly() {
    let (m, noise) = (0.7, -1.3);
    let times = &[0.9, 0.7, 0.6, 0.3, 0.25, 0.1];
    let run = Run { data: (m, 0.0), times, ..Run::new(&FLOW, 0.1 * m + 0.9 * noise) };
    for form in ["exact", "published"] {
        for order in 1..=4 {
            let x = path(run, &[("form", Given::Choice(form)), ("order", Given::I64(order))]);
            assert!((x[5] - (0.9 * m + 0.1 * noise)).abs() < 1e-12, "{form} {order}");
        }
    }
}
