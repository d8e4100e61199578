use super::{CIRCLE, EDM, FLOW, Given, Run};
use crate::{
    Failure, Host, Info, InnerSampler, Noise, Param, Prediction, Problem, Sampler, Step, Tensor, Values, What,
};

/// x_s = c x_t + score + g z, with c from its parameters.
struct Toy {
    c: f64,
    score: Tensor,
}

impl Sampler for Toy {
    const INFO: Info = Info {
        params: &[
            Param::f64(c"c.is", 2.0, c"c"),
            Param::f64(c"c.half", 5.0, c"twice c"),
            Param::choice(c"sign", &[c"plus", c"minus"], 0, c"sign of c"),
        ],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        let c = values.get_f64("c.is").or(values.get_f64("c.half").map(|c| c / 2.0));
        let sign = if values.choice("sign") == 0 { 1.0 } else { -1.0 };
        Ok(Self { c: sign * c.ok_or_else(|| Failure::invalid("no c"))?, score: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        host.eval(step.x, t, Prediction::Score, self.score)?;
        let noise = Noise::Path { t: t.into(), s: s.into(), scale: host.point(t)?.diffusion2.sqrt().into() };
        host.combine_noise(step.out, &[(self.c.into(), step.x), (1.0.into(), self.score)], noise)
    }
}

/// Under edm g² = 2t and the score of N(0, 1) is −x/(1 + t²): from 1 at 2 with z = 0.5 to 2 − 1/5 + 2·0.5 = 2.8.
#[test]
fn a_step_by_hand() {
    let run = Run { times: &[2.0, 1.0], draws: &[0.5], ..Run::new(&EDM, 1.0) };
    let end = run.of::<Toy>().expect("it runs");
    assert_eq!((end.x, end.path, end.evaluations), (2.8, vec![1.0, 2.8], 1));
    let minus = Run { params: &[("c.half", Given::F64(6.0)), ("sign", Given::Choice("minus"))], ..run };
    assert_eq!(minus.of::<Toy>().expect("it runs").x, -3.0 - 0.2 + 1.0);
}

#[test]
fn what_the_header_refuses_is_refused() {
    let run = Run { times: &[2.0, 1.0], draws: &[0.5, 0.1], ..Run::new(&EDM, 1.0) };
    assert_eq!(run.of::<Toy>().unwrap_err(), "1 of 2 draws were used");
    assert_eq!(Run { draws: &[], ..run }.of::<Toy>().unwrap_err(), "more than the 0 draws are asked for");
    let at_zero = Run { times: &[0.0, -1.0], ..run }.of::<Toy>().unwrap_err();
    assert_eq!(at_zero, "an evaluation at t = 0, where sigma = 0");
}

/// alpha², sigma² and their derivatives agree with f and g², and the ratio is inverted.
#[test]
fn the_processes_are_consistent() {
    for (process, t) in [(&EDM, 1.3), (&FLOW, 0.4), (&CIRCLE, 0.9)] {
        let run = Run::new(process, 0.0);
        let bench = super::Bench::new(&run);
        let get = |what: What, t| bench.at(what as u32, t).expect("known");
        let slope = |what, h: f64| (get(what, t + h) - get(what, t - h)) / (2.0 * h);
        assert!((slope(What::Alpha, 1e-5) - get(What::AlphaDot, t)).abs() < 1e-9);
        assert!((slope(What::Sigma, 1e-5) - get(What::SigmaDot, t)).abs() < 1e-9);
        // g² = −2 sigma² lambda'
        let g2 = -2.0 * get(What::Sigma, t).powi(2) * slope(What::Lambda, 1e-5);
        assert!((g2 - get(What::Diffusion2, t)).abs() < 1e-8);
        assert!((bench.time_of(What::Ratio as u32, get(What::Ratio, t)).expect("known") - t).abs() < 1e-15);
    }
}

/// Asks for everything that is an extension or another sampler: `x_s = inner(x_t) + log p(x_t) + u + eps(x_t) + eps(0)`.
struct Asks(Tensor, Tensor, Tensor, InnerSampler);

impl Sampler for Asks {
    const INFO: Info = Info { params: &[Param::sampler(c"sampler", c"another")], streams: &[c"u"], ..Info::DEFAULT };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Tensor::NONE, Tensor::NONE, Tensor::NONE, values.sampler("sampler")))
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        (self.0, self.1, self.2) = (host.make(c"zero")?, host.make(c"a")?, host.make(c"b")?);
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (mut p, mut u, t) = ([0.0], [0.0], step.times());
        host.log_density(step.x, t, &mut p)?;
        host.uniforms(0, step.index, &mut u)?;
        host.evals(
            &[(step.x, t, self.1), (self.0, t, self.2), (step.x, t, self.2)],
            Some(&[1, 1, 0]),
            Prediction::Eps,
        )?;
        host.inner_step(self.3, step.x, t, step.ends(), step.flags())?;
        let one = || 1.0.into();
        host.combine(step.out, &[(one(), step.x), (one(), self.1), (one(), self.2)])?;
        // A tensor of ones does not exist, so that the sum goes in as the scale of a draw of 1.
        let noise = Noise::Draw { stream: 0, counter: 0, scale: (p[0] + u[0]).into() };
        host.combine_noise(step.out, &[(one(), step.out)], noise)
    }
}

/// Data N(1, 3) under edm from x = 3 at t = 1 to 0.5: the variance is 4, eps(3) = 1/2, eps(0) = −1/4, the inner step gives
/// 3 − 0.5/2 = 2.75 and the log-density is −½ (1 + ln 8π).
#[test]
fn extensions_and_inner_steps_by_hand() {
    let data = (1.0, 3.0f64.sqrt());
    let run = Run { data, times: &[1.0, 0.5], draws: &[1.0], uniforms: &[0.25], ..Run::new(&EDM, 3.0) };
    let end = run.of::<Asks>().expect("it runs");
    let log_density = -0.5 * (1.0 + (8.0 * std::f64::consts::PI).ln());
    assert!((end.x - (2.75 + log_density + 0.25 + 0.5 - 0.25)).abs() < 1e-14, "{}", end.x);
    assert_eq!((end.evaluations, end.depth), (3, 2));
    assert_eq!(Run { uniforms: &[], ..run }.of::<Asks>().unwrap_err(), "more than the 0 uniforms are asked for");
    let left = Run { uniforms: &[0.1, 0.2], ..run }.of::<Asks>().unwrap_err();
    assert_eq!(left, "1 of 2 uniforms were used");
}
