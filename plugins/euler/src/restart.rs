//! `restart`: another sampler, and at chosen levels noise up to a higher level and the way down again, K times.
//!
//! Equation, with r = sigma/alpha, for each interval from r_min (the time of the grid that is nearest to `min`) to r_max
//! = `max`, when the sampler has come down to r_min, K = `repeats` times:
//! `x_max = alpha_max (x_min/alpha_min + √(r_max² − r_min²) s_noise z)`, then the sampler in n = `steps` steps over
//! `r_j = (r_max^{1/rho} + j/n (r_min^{1/rho} − r_max^{1/rho}))^rho`, j = 0 … n; z fresh normals.
//! Source: Xu et al. 2023 (Restart), section 4.1, equations 3 and 4, and appendix B.2, algorithm 2; the paper counts
//! the n + 1 levels (its N_restart) where `steps` counts steps, and takes s_noise = 1.003 on ImageNet-64 only (appendix
//! C.2).
//! Kind: plateau: noise and the way down keep the marginals, but N does not make the steps inside an interval finer.
//! Evaluations a step: those of the sampler; in all N + sum K n of its steps.
//! Choose it with `heun` in sigma on a Karras grid where a network's errors outweigh those of the steps: each
//! repetition forgets a part of them. Around a sampler of kind ode only.
//! Divides by alpha. Levels beyond the process's last time are cut to it. An interval whose `max` is not above the
//! time of the grid nearest to `min` is left out, and the log says so; the marked end alpha = 1, sigma = 0 is never r_min.

use crate::inner::of_the_flow;
use ito_kit::abi::{STEP_CLEAN, STEP_LAST, STEP_MEAN};
use ito_kit::{Failure, Host, Info, InnerSampler, Kind, NEEDS_ALPHA, Noise, Param, Plan, Problem, Sampler};
use ito_kit::{Step, Values, What};

/// See the module.
#[derive(Debug)]
pub struct Restart {
    inner: InnerSampler,
    intervals: Vec<Interval>,
    rho: f64,
    s_noise: f64,
    /// Number of the next draw.
    drawn: u64,
    /// Times of one way down.
    way: Vec<f64>,
}

/// One interval.
#[derive(Clone, Copy, Debug)]
struct Interval {
    min: f64,
    max: f64,
    repeats: u64,
    steps: u64,
    /// The time of the grid nearest to min, once the grid is known.
    at: Option<f64>,
}

/// The intervals, if the four lists fit.
fn intervals(values: &Values) -> Result<Vec<Interval>, String> {
    let of = |id| values.f64_list(id).unwrap_or_default();
    let (min, max, repeats, steps) = (of("min"), of("max"), of("repeats"), of("steps"));
    if [max.len(), repeats.len(), steps.len()] != [min.len(); 3] {
        return Err("`min`, `max`, `repeats` and `steps` have one entry an interval each".into());
    }
    (0..min.len())
        .map(|i| {
            let whole = |name: &str, x: f64| {
                if x.fract() == 0.0 {
                    Ok(x as u64)
                } else {
                    Err(format!("`{name}` has {x}, which is not a whole number"))
                }
            };
            if max[i] <= min[i] {
                return Err(format!("an interval goes up from `min` to `max`, but one has {} and {}", min[i], max[i]));
            }
            let (repeats, steps) = (whole("repeats", repeats[i])?, whole("steps", steps[i])?);
            Ok(Interval { min: min[i], max: max[i], repeats, steps, at: None })
        })
        .collect()
}

/// Which of these ratios is nearest to `min`.
fn nearest(ratios: &[f64], min: f64) -> Option<usize> {
    (0..ratios.len()).min_by(|&i, &j| (ratios[i] - min).abs().total_cmp(&(ratios[j] - min).abs()))
}

/// The ratio after j of n steps down.
fn level(r_max: f64, r_min: f64, rho: f64, (j, n): (u64, u64)) -> f64 {
    let (high, low) = (r_max.powf(1.0 / rho), r_min.powf(1.0 / rho));
    (high + j as f64 / n as f64 * (low - high)).powf(rho)
}

impl Restart {
    /// Up from s and down again, once.
    fn once(&mut self, host: &Host, step: &Step, s: f64, interval: &Interval, last: u32) -> Result<(), Failure> {
        let at_s = host.point(s)?;
        let at_max = host.point(host.time_of(What::Ratio, interval.max)?)?;
        let spread = ((at_max.ratio - at_s.ratio) * (at_max.ratio + at_s.ratio)).max(0.0).sqrt();
        let scale = at_max.alpha * spread * self.s_noise;
        let noise = Noise::Draw { stream: 0, counter: self.drawn, scale: scale.into() };
        host.combine_noise(step.x, &[((at_max.alpha / at_s.alpha).into(), step.x)], noise)?;
        self.drawn += 1;
        self.way.clear();
        self.way.push(at_max.t);
        for j in 1..interval.steps {
            let r = level(at_max.ratio, at_s.ratio, self.rho, (j, interval.steps));
            self.way.push(host.time_of(What::Ratio, r)?);
        }
        self.way.push(s);
        for (j, ends) in self.way.windows(2).enumerate() {
            let flags = if j as u64 + 1 == interval.steps { last } else { 0 };
            host.inner_step(self.inner, step.x, ends[0].into(), ends[1].into(), flags)?;
        }
        Ok(())
    }
}

impl Sampler for Restart {
    const INFO: Info = Info {
        id: c"restart",
        name: c"Restart",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Another sampler, with noise up to a higher level and the way down again at chosen levels.",
        equation: c"at r_min, K times: x_max = alpha_max (x_min/alpha_min + sqrt(r_max^2 - r_min^2) s_noise z), then the sampler over r_j = (r_max^(1/rho) + j/n (r_min^(1/rho) - r_max^(1/rho)))^rho; r = sigma/alpha",
        source: c"Xu et al. 2023 (Restart), section 4.1, equations 3 and 4; appendix B.2, algorithm 2",
        choose: c"With heun in sigma on a Karras grid where a network's errors outweigh those of the steps. Only around a sampler of the probability flow.",
        kind: Kind::Plateau,
        evals_per_step: 0,
        flags: NEEDS_ALPHA,
        params: &[
            Param::sampler_or(c"sampler", c"heun", c"the sampler that takes the steps, one of the probability flow"),
            Param::f64_list(c"min", Some(&[0.06]), c"lower end of each interval, as sigma/alpha: the nearest time of the grid is taken")
                .range(0.0, f64::INFINITY)
                .above_min(),
            Param::f64_list(c"max", Some(&[0.3]), c"upper end of each interval, as sigma/alpha").range(0.0, f64::INFINITY).above_min(),
            Param::f64_list(c"repeats", Some(&[2.0]), c"how often each interval is gone through again, K").range(0.0, 1e9),
            Param::f64_list(c"steps", Some(&[2.0]), c"steps of the sampler from max to min").range(1.0, 1e9),
            Param::f64(c"rho", 7.0, c"spacing of the levels inside an interval, as in the grid karras")
                .range(0.0, f64::INFINITY)
                .above_min(),
            Param::f64(c"s_noise", 1.0, c"factor of the noise; other values than 1 sample another law")
                .range(0.0, f64::INFINITY),
        ],
        streams: &[c"restart"],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let again = intervals(values)?.iter().map(|i| i.repeats.saturating_mul(i.steps)).fold(0, u64::saturating_add);
        (plan.evaluations, plan.inner_steps) = (0, plan.steps.saturating_add(again));
        of_the_flow(plan)
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let intervals = intervals(values).map_err(Failure::invalid)?;
        let (rho, s_noise) = (values.f64("rho"), values.f64("s_noise"));
        Ok(Self { inner: values.sampler("sampler"), intervals, rho, s_noise, drawn: 0, way: Vec::new() })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        let (mut times, mut ratios) = (Vec::new(), Vec::new());
        for &t in problem.times.iter().skip(1).filter(|t| t.is_finite()) {
            let ratio = host.point(t)?.ratio;
            if ratio > 0.0 {
                times.push(t);
                ratios.push(ratio);
            }
        }
        for interval in &mut self.intervals {
            let found = nearest(&ratios, interval.min).filter(|&i| ratios[i] < interval.max);
            interval.at = found.map(|i| times[i]);
            if found.is_none() {
                let (min, max) = (interval.min, interval.max);
                host.warn(&format!("no time of this grid for the restart from {min} to {max}: it is left out"));
            }
        }
        self.drawn = 0;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        let flags = step.flags() & (STEP_LAST | STEP_MEAN | STEP_CLEAN);
        let here: Vec<Interval> = self.intervals.iter().filter(|i| i.at == Some(s)).copied().collect();
        let mut left: u64 = here.iter().map(|interval| interval.repeats).sum();
        // Only the last of all steps to s is the last one.
        let last = |left: u64| if left == 0 { flags } else { 0 };
        host.inner_step(self.inner, step.x, t.into(), s.into(), last(left))?;
        for interval in &here {
            for _ in 0..interval.repeats {
                left -= 1;
                self.once(host, step, s, interval, last(left))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Restart, Sampler, level, nearest};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Restart::INFO.faults(), Vec::<String>::new());
    }

    /// edm, data N(0, 1), the bench's Euler in sigma inside, from x = 1 at 2 to 1: eps = 2/5, x = 3/5. The restart to 3 with
    /// z = 1/√2 and s_noise = 1/2: 3/5 + √(9 − 1)/(2√2) = 8/5; down with rho = 1 over 3, 2, 1: eps = 3/10 · 8/5 = 12/25,
    /// x = 28/25; eps = 2/5 · 28/25 = 56/125, x = 84/125.
    #[test]
    fn a_restart_by_hand() {
        let params = [
            ("min", Given::List(&[1.0])),
            ("max", Given::List(&[3.0])),
            ("repeats", Given::List(&[1.0])),
            ("rho", Given::F64(1.0)),
            ("s_noise", Given::F64(0.5)),
        ];
        let draws = [0.5_f64.sqrt()];
        let run = Run { times: &[2.0, 1.0], draws: &draws, params: &params, ..Run::new(&EDM, 1.0) };
        let end = run.of::<Restart>().unwrap();
        assert!((end.x - 84.0 / 125.0).abs() < 1e-12 && end.evaluations == 3, "{end:?}");
    }

    /// rho = 2 from 4 to 1 in two steps: (2 + (1 − 2)/2)² = 2.25.
    #[test]
    fn levels_by_hand() {
        for (j, hand) in [(0, 4.0), (1, 2.25), (2, 1.0)] {
            assert!((level(4.0, 1.0, 2.0, (j, 2)) - hand).abs() < 1e-12);
        }
    }

    #[test]
    fn the_nearest_level_may_lie_above_or_below() {
        assert_eq!(nearest(&[0.5, 0.09, 0.02], 0.06), Some(1));
        assert_eq!(nearest(&[0.5, 0.09, 0.05], 0.06), Some(2));
        assert_eq!(nearest(&[], 0.06), None);
    }
}
