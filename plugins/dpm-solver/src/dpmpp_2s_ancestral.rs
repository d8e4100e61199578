//! `dpmpp-2s-ancestral`: a step of DPM-Solver++(2S) to less noise than asked for, and noise on top.
//!
//! Equation, with r = sigma/alpha: `r_up = min(r_s, eta r_s √(1 − r_s²/r_t²))`, `r_down = √(r_s² − r_up²)`;
//! `x_down = dpmpp-2s(x_t, t → d)` where alpha_d = alpha_s and sigma_d = alpha_s r_down, with r_1 = 1/2 and
//! `type: dpmsolver`; `x_s = x_down + s_noise alpha_s r_up z`, z the normalised increment of the sample's path from t
//! to s.
//! Source: k-diffusion, `sample_dpmpp_2s_ancestral` and `get_ancestral_step`, here for any alpha.
//! Kind: sde; ode with eta = 0. Order: strong 1; weak 2, because the exact flow to d and its noise lead from p_t to p_s
//! exactly, for every eta; with s_noise other than 1 the limit has another law. Evaluations a step: 2, but 1 where
//! r_down is 0. With eta > 1 the middle of the step may lie below the last sigma of the process: it is taken there.
//! Choose it for samples whose noise is drawn anew, at 20 evaluations and more; for the flow itself take `dpmpp-2s`.
//! With eta = 0 the noise has scale 0, which still takes its draw of a replayed file, and the step is that of
//! `dpmpp-2s` bit for bit. At the marked end alpha = 1, sigma = 0 it is the prediction of x0, one evaluation and no
//! draw.

use crate::exponential::{Predict, Rule};
use crate::place::Place;
use crate::singlestep::Singlestep;
use ito_kit::{Ancestral, FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Param, Plan};
use ito_kit::{Prediction, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dpmpp2sAncestral {
    ancestral: Ancestral,
    formula: Singlestep,
}

fn read(values: &Values) -> Ancestral {
    Ancestral { eta: values.f64("eta"), s_noise: values.f64("s_noise") }
}

impl Sampler for Dpmpp2sAncestral {
    const INFO: Info = Info {
        id: c"dpmpp-2s-ancestral",
        name: c"DPM-Solver++(2S), ancestral",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"A step of DPM-Solver++(2S) to less noise than asked for, and noise on top.",
        equation: c"r = sigma/alpha; r_up = min(r_s, eta r_s sqrt(1 - r_s^2/r_t^2)); r_down = sqrt(r_s^2 - r_up^2); x_s = dpmpp-2s(x_t, t -> d) + s_noise alpha_s r_up z; alpha_d = alpha_s, sigma_d = alpha_s r_down",
        source: c"k-diffusion, sample_dpmpp_2s_ancestral, for any alpha",
        choose: c"For samples whose noise is drawn anew, at 20 evaluations and more; for the flow itself take dpmpp-2s.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[
            Param::f64(c"eta", 1.0, c"share of the noise; 0 is dpmpp-2s").range(0.0, 1e3),
            Param::f64(c"s_noise", 1.0, c"factor of the noise; other than 1 the law is another one").range(0.0, 1e3),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        read(values).plan((2.0, 2), plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let formula = Singlestep::new(Predict::X0, Rule::Half, None);
        Ok(Self { ancestral: read(values), formula })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.formula.begin(host, 2)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let s = step.s()?;
        let (from, to) = (Place::at(host, vec![t])?, Place::at(host, vec![s])?);
        let alpha_s = to.alpha[0];
        let (down, up) = self.ancestral.split(&host.point(t)?, &host.point(s)?);
        let scale = if step.mean() { 0.0 } else { up };
        let noise = Noise::Path { t: t.into(), s: s.into(), scale: scale.into() };
        if down == 0.0 {
            host.eval(step.x, t, Prediction::X0, step.out)?;
            return host.combine_noise(step.out, &[(alpha_s.into(), step.out)], noise);
        }
        let below = Place { sigma: vec![alpha_s * down], lambda: vec![-down.ln()], ..to.clone() };
        let to = if self.ancestral.eta == 0.0 { to } else { below };
        let places = self.formula.stages(host, step.x, from, &to, 2)?;
        self.formula.result(host, (step.x, step.out), &places, &to)?;
        host.combine_noise(step.out, &[(1.0.into(), step.out)], noise)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dpmpp2sAncestral, Sampler};
    use crate::testing::ends_at_the_prediction_of_x0;
    use crate::{Dpmpp2s, Fixed};
    use ito_kit::abi::{FINAL_MEAN, KIND_ODE, KIND_SDE};
    use ito_kit::testing::{CIRCLE, EDM, Given, Process, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dpmpp2sAncestral::INFO.faults(), Vec::<String>::new());
        ends_at_the_prediction_of_x0::<Dpmpp2sAncestral>();
    }

    /// Data N(0, 1) under edm, from x = 1 at 4 to 2: r_up = 2 √(1 − 1/4) = √3, r_down = 1; x0_0 = 1/17, the stage at
    /// √(4·1) = 2: u = 1/2 + 1/2 · 1/17 = 9/17, x0_1 = 9/85; x_down = 1/4 + 3/4 · 9/85 = 28/85.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[4.0, 2.0], draws: &[0.5], ..Run::new(&EDM, 1.0) };
        let x = |run: Run| run.of::<Dpmpp2sAncestral>().unwrap().x;
        assert!((x(run) - (28.0 / 85.0 + 0.5 * 3.0f64.sqrt())).abs() < 1e-15);
        assert!((x(Run { mean: true, ..run }) - 28.0 / 85.0).abs() < 1e-15);
        let params = [("s_noise", Given::F64(2.0))];
        assert!((x(Run { params: &params, ..run }) - (28.0 / 85.0 + 3.0f64.sqrt())).abs() < 1e-15);
        // eta = 2: r_up = min(2, 2√3) = 2, so that x_s = x0_0 + 2 z.
        let end = Run { params: &[("eta", Given::F64(2.0))], ..run }.of::<Dpmpp2sAncestral>().unwrap();
        assert!((end.x - (1.0 / 17.0 + 1.0)).abs() < 1e-15 && end.evaluations == 1);
    }

    /// As above from 2 to 1, the last sigma there is, with eta = √(5/4): r_up² = 15/16, r_down = 1/4. The middle √(2/4)
    /// lies below 1 and is taken at 1: x0_0 = 1/5, u = 1/2 + 1/2 · 1/5 = 3/5, x0_1 = 3/10. Its share of the step in
    /// lambda is ln 2/ln 8 = 1/3, so that the weights are 1 − 3/2 and 3/2: x_down = 1/8 + 7/8 (−1/10 + 9/20) = 69/160.
    #[test]
    fn a_middle_below_the_last_sigma_is_taken_there() {
        let cut = Process { of_ratio: |r| r.max(1.0), ..EDM };
        let params = [("eta", Given::F64(1.25f64.sqrt()))];
        let run = Run { times: &[2.0, 1.0], draws: &[0.5], params: &params, ..Run::new(&cut, 1.0) };
        let x = run.of::<Dpmpp2sAncestral>().unwrap().x;
        assert!((x - (69.0 / 160.0 + 0.5 * (15.0f64 / 16.0).sqrt())).abs() < 1e-12, "{x}");
    }

    #[test]
    fn other_noise_claims_no_law() {
        let claims = |eta: f64, s_noise: f64| {
            let params = [("eta", Given::F64(eta)), ("s_noise", Given::F64(s_noise))];
            let run = Run { times: &[4.0, 2.0], params: &params, ..Run::new(&EDM, 1.0) };
            let plan = run.planned::<Dpmpp2sAncestral>().unwrap();
            (plan.kind, plan.weak_order, plan.flags & FINAL_MEAN != 0)
        };
        assert_eq!((claims(1.0, 1.0), claims(1.0, 1.5)), ((KIND_SDE, 2.0, true), (KIND_SDE, 0.0, true)));
        assert_eq!(claims(0.0, 1.5), (KIND_ODE, 0.0, false));
    }

    #[test]
    fn without_eta_it_is_dpmpp_2s_bit_for_bit() {
        let times = [1.2, 0.7, 0.1];
        let run = Run { data: (0.3, 0.6), times: &times, ..Run::new(&CIRCLE, 0.9) };
        let noise_free = Run { params: &[("eta", Given::F64(0.0))], draws: &[0.4, -1.1], ..run };
        assert_eq!(noise_free.of::<Dpmpp2sAncestral>().unwrap().path, run.of::<Fixed<Dpmpp2s>>().unwrap().path);
    }
}
