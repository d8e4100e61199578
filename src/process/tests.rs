//! What holds for every process, and closed values of each.

use super::*;
use proptest::prelude::*;
use std::sync::Arc;

/// Every process with its defaults and once with others.
fn all() -> Vec<Arc<dyn Process>> {
    let spread: Vec<f64> = (0..40).map(|k| 1e-3 + 4e-3 * f64::from(k % 7) + 1e-3 * f64::from(k)).collect();
    vec![
        Arc::new(Vp::default()),
        Arc::new(Vp::new(2.0, 2.0).unwrap()),
        Arc::new(SubVp::default()),
        Arc::new(Ve::default()),
        Arc::new(Ve::new(0.2, 3.0).unwrap()),
        Arc::new(Edm::default()),
        Arc::new(Flow),
        Arc::new(Brownian::default()),
        Arc::new(LogQuadratic::default()),
        Arc::new(LogQuadratic::new(0.1, 0.2).unwrap()),
        Arc::new(Cosine::default()),
        Arc::new(Cosine::new(0.2).unwrap()),
        Arc::new(Angle::default()),
        Arc::new(Ddpm::default()),
        Arc::new(Ddpm::new(&spread).unwrap()),
        Arc::new(Ddpm::new(&BetasSpec::Cosine(CosineBetasSpec::default()).to_vec()).unwrap()),
    ]
}

fn preserves_variance(p: &dyn Process) -> bool {
    matches!(p.name(), "vp" | "cosine" | "angle" | "ddpm")
}

/// The time at a fraction of the domain.
fn fraction(p: &dyn Process, w: f64) -> f64 {
    let (lo, hi) = p.domain();
    lo.get() + w * (hi.get() - lo.get())
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

#[test]
fn the_clean_end_is_where_the_process_says() {
    for p in all() {
        match p.clean_time() {
            Some(t) => {
                let point = p.at(t);
                assert_eq!((point.alpha, point.sigma, point.lambda), (1.0, 0.0, f64::INFINITY), "{}", p.name());
            }
            None => assert!(p.at(p.domain().0).sigma > 0.0, "{}", p.name()),
        }
    }
}

#[test]
fn default_ends_lie_in_the_domain() {
    for p in all() {
        let ((lo, hi), (t_begin, t_end)) = (p.domain(), p.ends());
        assert!(lo <= t_end && t_end < t_begin && t_begin <= hi, "{}", p.name());
    }
}

#[test]
fn infinite_and_zero_levels_clip_to_the_domain() {
    let (zero, infinite) = (Sigma::new(0.0).unwrap(), Sigma::new(f64::INFINITY).unwrap());
    for p in all() {
        let (lo, hi) = p.domain();
        for (low, high) in [
            (
                p.time_from_lambda(Lambda::new(f64::INFINITY).unwrap()),
                p.time_from_lambda(Lambda::new(f64::NEG_INFINITY).unwrap()),
            ),
            (p.time_from_ratio(zero), p.time_from_ratio(infinite)),
            (p.time_from_sigma(zero), p.time_from_sigma(infinite)),
        ] {
            assert_eq!(low, lo, "{}", p.name());
            // sub-vp, vp and ddpm end below alpha = 0: their end is met up to rounding of the inverse.
            assert!(close(high.get(), hi.get(), 1e-15), "{}: {high}", p.name());
        }
    }
}

#[test]
fn small_noise_keeps_its_digits() {
    let at = |p: &dyn Process, t: f64| p.at(Time::new(t).unwrap());
    for t in [1e-14, 1e-10, 1e-7] {
        // B = 0.1 t + 9.95 t², sigma² = B − B²/2 + ..., and B³ is below the last digit.
        let b = 0.1 * t + 9.95 * t * t;
        assert!(close(at(&Vp::default(), t).sigma, (b - 0.5 * b * b).sqrt(), 4e-16));
        assert!(close(at(&SubVp::default(), t).sigma, b - 0.5 * b * b, 4e-16));
        assert!(close(at(&SubVp::default(), t).diffusion2, (0.1 + 19.9 * t) * 2.0 * (b - b * b), 4e-16));
        // The difference of cosines in its other form: sigma² = tan theta_0 sin 2d + (1 − tan² theta_0) sin² d.
        let d = std::f64::consts::FRAC_PI_2 / 1.008 * t;
        let tan = (0.008 * std::f64::consts::FRAC_PI_2 / 1.008).tan();
        let variance = tan * (2.0 * d).sin() + (1.0 - tan * tan) * d.sin().powi(2);
        assert!(close(at(&Cosine::default(), t).sigma, variance.sqrt(), 1e-15));
        // The inverses return even these times.
        for p in [&Vp::default() as &dyn Process, &SubVp::default(), &Cosine::default(), &Flow, &Edm::default()] {
            let point = at(p, t);
            assert!(close(p.time_from_sigma(Sigma::new(point.sigma).unwrap()).get(), t, 1e-14), "{} {t}", p.name());
            assert!(close(p.time_from_ratio(Sigma::new(point.ratio()).unwrap()).get(), t, 1e-14), "{} {t}", p.name());
        }
    }
}

#[test]
fn ddpm_goes_through_its_table() {
    let betas = BetasSpec::default().to_vec();
    assert_eq!((betas.len(), betas[0], betas[999]), (1000, 1e-4, 0.02));
    let p = Ddpm::default();
    let mut alpha_bar = 1.0;
    for (k, beta) in betas.iter().enumerate() {
        alpha_bar *= 1.0 - beta;
        let point = p.at(Time::new((k + 1) as f64 / 1000.0).unwrap());
        assert!(close(point.alpha * point.alpha, alpha_bar, 1e-13), "{k}");
        // The rate at a knot is that of the interval below.
        assert!(k == 0 || close(point.drift, 500.0 * (-beta).ln_1p(), 1e-9), "{k}");
        assert!(close(p.time_from_sigma(Sigma::new(point.sigma).unwrap()).get(), point.t, 1e-11), "{k}");
    }
}

#[test]
fn published_values() {
    let at = |p: &dyn Process, t: f64| p.at(Time::new(t).unwrap());
    // Song et al., appendix C: beta runs from 0.1 to 20, so B(1) = 10.05.
    assert!(close(at(&Vp::default(), 1.0).alpha, (-5.025_f64).exp(), 1e-15));
    assert!(close(at(&SubVp::default(), 1.0).sigma, 1.0 - (-10.05_f64).exp(), 1e-15));
    assert!(close(at(&Ve::default(), 0.5).sigma, (0.01_f64 * 50.0).sqrt(), 1e-15));
    let angle = Angle::default();
    assert!(close(at(&angle, 0.0).alpha, 0.95, 1e-15) && close(at(&angle, 1.0).alpha, 0.02, 1e-15));
    // alpha-bar of Nichol and Dhariwal at t = ½, straight from eq. 17.
    let f = |t: f64| ((t + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2);
    assert!(close(at(&Cosine::default(), 0.5).alpha.powi(2), f(0.5) / f(0.0), 1e-15));
    assert_eq!(at(&Cosine::default(), 1.0).alpha, 0.0);
    assert_eq!(at(&Flow, 1.0).diffusion2, f64::INFINITY);
    // The product of the cosine betas is alpha-bar of that equation up to the last, which is cut at 0.999.
    let betas = BetasSpec::Cosine(CosineBetasSpec::default()).to_vec();
    let product: f64 = betas[..500].iter().map(|beta| 1.0 - beta).product();
    assert!(close(product, f(0.5) / f(0.0), 1e-12) && betas[999] == 0.999);
    assert_eq!((at(&Brownian::default(), 4.0).sigma, at(&Brownian::default(), 4.0).diffusion2), (2.0, 1.0));
    let end = at(&LogQuadratic::default(), 1.0);
    assert!(close(end.alpha, 1e-3, 1e-14) && close(end.sigma, 1.0, 1e-15));
}

#[test]
fn parameters_out_of_range_are_named() {
    let says = |e: ProcessError| e.to_string();
    assert_eq!(
        says(Vp::new(0.1, 0.05).unwrap_err()),
        "beta_max of vp is 0.05, but must be at least beta_min (0.1) and at most 700"
    );
    assert_eq!(says(SubVp::new(0.0, 1.0).unwrap_err()), "beta_min of sub-vp is 0, but must be above 0 and at most 700");
    assert!(Ve::new(1.0, 1.0).is_err() && Ve::new(f64::NAN, 1.0).is_err() && Ve::new(0.1, f64::INFINITY).is_err());
    assert!(Edm::new(0.002).is_err() && Edm::new(f64::NAN).is_err());
    assert!(Cosine::new(0.0).is_err() && Angle::new(0.5, 0.5).is_err() && Angle::new(0.1, 1.0).is_err());
    assert_eq!(Ddpm::new(&[0.1]).unwrap_err(), ProcessError::TooFewBetas { key: "betas", found: 1 });
    assert_eq!(Ddpm::new(&[0.1, 1.0]).unwrap_err(), ProcessError::Beta { key: "betas", index: 1, found: 1.0 });
    assert!(Ddpm::new(&[f64::NAN, 0.1]).is_err() && Ddpm::new(&[0.9999; 100]).is_err());
}

#[test]
fn specs_fill_in_defaults_and_refuse_unknown_keys() {
    let spec: ProcessSpec = serde_json::from_str(r#"{ "vp": { "beta_max": 10.0 } }"#).unwrap();
    assert_eq!(spec, ProcessSpec::Vp(LinearBetaSpec { beta_min: 0.1, beta_max: 10.0 }));
    assert_eq!(serde_json::to_string(&spec).unwrap(), r#"{"vp":{"beta_min":0.1,"beta_max":10.0}}"#);
    for name in ["vp", "sub-vp", "ve", "edm", "flow", "cosine", "angle", "ddpm"] {
        let spec: ProcessSpec = serde_json::from_str(&format!(r#"{{ "{name}": {{}} }}"#)).unwrap();
        assert_eq!(spec.build().unwrap().name(), name);
        let full = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<ProcessSpec>(&full).unwrap(), spec);
        assert!(serde_json::from_str::<ProcessSpec>(&format!(r#"{{ "{name}": {{ "beta": 1 }} }}"#)).is_err());
    }
    let short = r#"{ "ddpm": { "betas": { "list": [0.1] } } }"#;
    assert!(serde_json::from_str::<ProcessSpec>(short).unwrap().build().is_err());
}

proptest! {
    #[test]
    fn every_number_is_finite_inside(w in 1e-9..0.999_999_f64) {
        for p in all() {
            let q = p.at(Time::new(fraction(&*p, w)).unwrap());
            for x in [q.alpha, q.sigma, q.alpha_dot, q.sigma_dot, q.lambda, q.drift, q.diffusion2] {
                prop_assert!(x.is_finite(), "{} {q:?}", p.name());
            }
            prop_assert!(close(q.lambda.exp() * q.sigma, q.alpha, 1e-13), "{} {q:?}", p.name());
            if preserves_variance(&*p) {
                prop_assert!(close(q.alpha * q.alpha + q.sigma * q.sigma, 1.0, 1e-15), "{} {q:?}", p.name());
            }
        }
    }

    #[test]
    fn derivatives_are_those_of_the_marginal(m in 26..950_u32, w in 0.2..0.8_f64) {
        for p in all() {
            // Knots of both tables of betas lie at multiples of 1/1000: none between the two points.
            let hi = p.domain().1.get();
            // The error of the quotient is (h sigma'/sigma)²/2 at most, largest at the clean end: 4e-8.
            let (t, h) = (hi * (f64::from(m) + w) / 1000.0, 2e-6 * hi);
            let [before, at, after] = [t - h, t, t + h].map(|t| p.at(Time::new(t).unwrap()));
            let slope = |f: fn(&Point) -> f64| (f(&after) - f(&before)) / (after.t - before.t);
            prop_assert!(close(slope(|q| q.alpha), at.alpha_dot, 1e-6), "{} {at:?}", p.name());
            prop_assert!(close(slope(|q| q.sigma), at.sigma_dot, 1e-6), "{} {at:?}", p.name());
            prop_assert!(close(at.alpha_dot, at.drift * at.alpha, 1e-14), "{} {at:?}", p.name());
            // g² by its definition, and as −2 sigma² lambda'.
            let definition = 2.0 * at.sigma * at.sigma_dot - 2.0 * at.drift * at.sigma * at.sigma;
            prop_assert!(close(at.diffusion2, definition, 1e-12), "{} {at:?}", p.name());
            let from_lambda = -2.0 * at.sigma * at.sigma * slope(|q| q.lambda);
            prop_assert!(close(at.diffusion2, from_lambda, 1e-6), "{} {at:?}", p.name());
        }
    }

    #[test]
    fn the_signal_to_noise_ratio_falls(w in 0.0..1.0_f64, step in 1e-6..0.5_f64) {
        for p in all() {
            let [early, late] = [w, (w + step).min(1.0)].map(|w| p.at(Time::new(fraction(&*p, w)).unwrap()));
            prop_assert!(late.t == early.t || late.lambda < early.lambda, "{} {early:?} {late:?}", p.name());
        }
    }

    #[test]
    fn inverses_return_the_time(w in 0.0..1.0_f64) {
        for p in all() {
            let t = fraction(&*p, w);
            let q = p.at(Time::new(t).unwrap());
            let scale = p.domain().1.get();
            let near = |found: Time, tolerance: f64| (found.get() - t).abs() <= tolerance * scale;
            prop_assert!(near(p.time_from_lambda(Lambda::new(q.lambda).unwrap()), 1e-12), "{} {q:?}", p.name());
            prop_assert!(near(p.time_from_ratio(Sigma::new(q.ratio()).unwrap()), 1e-12), "{} {q:?}", p.name());
            // A rounding of sigma alone moves t by sigma eps / sigma', which grows as sigma flattens out.
            let sigma_tolerance = 1e-12_f64.max(2.0 * f64::EPSILON * q.sigma / (q.sigma_dot * scale));
            prop_assert!(near(p.time_from_sigma(Sigma::new(q.sigma).unwrap()), sigma_tolerance), "{} {q:?}", p.name());
        }
    }
}
