use super::{Sampler, UniPcV};
use crate::UniPc;
use crate::weights::{Half, Rule};
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
    let h = 0.4;
    for nodes in [&[0.0, -0.3, -0.9] as &[f64], &[h, 0.0, -0.3], &[h, 0.0, -0.3, -0.9]] {
        let published = [h, -(-h).exp_m1()].map(|b_h| solved(h, b_h, nodes));
        for rule in [Rule::Exact, Rule::Halved(Half::Bh1), Rule::Halved(Half::Bh2)] {
            let ours = rule.corrector(-1.0, h, nodes);
            let far = |theirs: &Vec<f64>| ours.iter().zip(theirs).any(|(a, b)| (a - b).abs() > 1e-13);
            assert!(!published.iter().any(far), "{nodes:?}: {ours:?} {published:?}");
        }
    }
}

/// The weights of unipc as its paper finds them, in x0: `sum_j a_j r_j^{k−1} = h k! phi_{k+1}(−h)/B(h)`, k = 1 … K, solved
/// by elimination, and `B(h) a_j/r_j` the weight of x0_j; that of x0_t is the rest of 1 − e^{−h}.
fn solved(h: f64, b_h: f64, nodes: &[f64]) -> Vec<f64> {
    let r: Vec<f64> = nodes.iter().filter(|u| **u != 0.0).map(|u| u / h).collect();
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    let row = |k: usize| {
        let powers = r.iter().map(move |r| r.powi(k as i32 - 1));
        powers.chain([h * factorial(k) * ito_kit::phi(k + 1, -h) / b_h]).collect::<Vec<f64>>()
    };
    let mut rows: Vec<Vec<f64>> = (1..=r.len()).map(row).collect();
    for i in 0..rows.len() {
        let pivot: Vec<f64> = rows[i].iter().map(|x| x / rows[i][i]).collect();
        for (j, row) in rows.iter_mut().enumerate() {
            let by = row[i];
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x = if i == j { *p } else { *x - by * p });
        }
    }
    let others: Vec<f64> = rows.iter().zip(&r).map(|(row, r_j)| b_h * row[r.len()] / r_j).collect();
    let rest = -(-h).exp_m1() - others.iter().sum::<f64>();
    let mut others = others.into_iter();
    nodes.iter().map(|u| if *u == 0.0 { rest } else { others.next().unwrap() }).collect()
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
