use super::{Mala, Sampler};
use ito_kit::testing::{EDM, Given, Run};

#[test]
fn the_descriptor_is_sound() {
    assert_eq!(Mala::INFO.faults(), Vec::<String>::new());
}

/// p = N(0, 5) at level 2 and a = 1/2: from 1 with z = 1 to y = 1 − 0.1 + 1 = 1.9. There ln p(y) − ln p(x) =
/// (1 − 1.9²)/10 = −0.261; the way back is z' = (1 − 1.9 + 0.19)/1 = −0.71, so that the logarithm of the ratio is
/// −0.261 + ½ − 0.71²/2 = −0.01305 and e^that = 0.98703.
#[test]
fn a_proposal_is_accepted_below_the_ratio_alone() {
    let params = &[("level", Given::F64(2.0)), ("step.absolute", Given::F64(0.5))];
    let run = Run { times: &[2.0, 2.0], draws: &[1.0], uniforms: &[0.98704], params, ..Run::new(&EDM, 1.0) };
    let end = run.of::<Mala>().unwrap();
    assert_eq!((end.x, end.evaluations), (1.0, 2));
    let end = Run { uniforms: &[0.98703], ..run }.of::<Mala>().unwrap();
    assert!((end.x - 1.9).abs() < 1e-12, "{}", end.x);
}

/// At temperature 2 the law is N(0, 10): from 1 with √(2 a τ) z = 1, i.e. z = 1/√2, again to 1.9; the logarithm of the
/// ratio is −0.261/2 + (½ − 0.71²/2)/2, half of the above: e^−0.006525 = 0.99350.
#[test]
fn the_temperature_is_in_the_test_too() {
    let params = &[("level", Given::F64(2.0)), ("step.absolute", Given::F64(0.5)), ("temperature", Given::F64(2.0))];
    let draws = &[0.5f64.sqrt()];
    let run = Run { times: &[2.0, 2.0], draws, uniforms: &[0.99349], params, ..Run::new(&EDM, 1.0) };
    assert!((run.of::<Mala>().unwrap().x - 1.9).abs() < 1e-12);
    assert_eq!(Run { uniforms: &[0.99351], ..run }.of::<Mala>().unwrap().x, 1.0);
}

/// Score and density of the kept state are carried over, after a rejection too: N + 1 evaluations, and the second
/// step is that of a fresh chain from where the first one left x.
#[test]
fn what_is_kept_belongs_to_the_kept_state() {
    let params = &[("level", Given::F64(2.0)), ("step.absolute", Given::F64(0.5))];
    for first in [0.99, 0.98] {
        let run = Run {
            times: &[2.0, 2.0, 2.0],
            draws: &[1.0, -0.3],
            uniforms: &[first, 0.9],
            params,
            ..Run::new(&EDM, 1.0)
        };
        let end = run.of::<Mala>().unwrap();
        assert_eq!(end.evaluations, 3);
        let again = Run { times: &[2.0, 2.0], x: end.path[1], draws: &[-0.3], uniforms: &[0.9], ..run };
        assert_eq!(again.of::<Mala>().unwrap().x, end.x);
    }
}
