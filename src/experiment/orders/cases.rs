//! The processes, grids and ends on which each kind of error is measured.

use super::Extent;
use super::problem::{Case, LEVEL_SIGMA, Problem, Setting};
use crate::grid::{EndsSpec, GridSpec, KarrasSpec};
use crate::process::{AngleSpec, CosineSpec, EdmSpec, FlowSpec, LinearBetaSpec, ProcessSpec, VeSpec};
use crate::sampler::tree;
use crate::units::{Sigma, Time};

/// Data for orders of a flow.
const FLOW: [Problem; 4] = [Problem::Gaussian, Problem::WideMixture, Problem::Mixture, Problem::SharpMixture];

/// All that samplers are measured on.
pub(super) struct Cases {
    /// Ends near those of sampling, for the probability flow.
    pub(super) flow: Vec<Case>,
    /// Ends where g² is not small, for the law of an SDE. On ve a step h of Euler-Maruyama misses the variance V of p_t
    /// by `h² (g⁴/V − (g²)'/2)`, carried to the end by `(V_end/V)²`: together `h/2 V_end²` times the difference of
    /// `g²/V²` between the ends. Where g² all but vanishes there (ve, and flow alike), the first order shows only far
    /// beyond N = 1,280.
    pub(super) law: Vec<Case>,
    /// Short intervals, on which a strong error shows its order from N = 10 on. They end where the modes of the mixture
    /// begin to part: later, the few paths between two modes carry the whole error, and it is a matter of chance.
    pub(super) path: Vec<Case>,
    /// One level, for Markov chains.
    pub(super) level: Vec<Case>,
}

impl Cases {
    pub(super) fn new(extent: Extent) -> Result<Self, String> {
        let vp = &ProcessSpec::Vp(LinearBetaSpec::default());
        let sub_vp = &ProcessSpec::SubVp(LinearBetaSpec::default());
        let ve = &ProcessSpec::Ve(VeSpec::default());
        let edm = &ProcessSpec::Edm(EdmSpec::default());
        let flow = &ProcessSpec::Flow(FlowSpec {});
        let cosine = &ProcessSpec::Cosine(CosineSpec::default());
        // The default ends at sigma = 0.31, where data of width 0.05 are all but Gaussian.
        let angle = &ProcessSpec::Angle(AngleSpec { max_rate: 0.999, ..AngleSpec::default() });
        let make = |settings: &[(&ProcessSpec, Rule, (f64, f64))]| -> Result<Vec<Setting>, String> {
            let all = settings.iter().map(|(process, rule, ends)| setting(process, *rule, *ends));
            all.filter(|s| !s.as_ref().is_ok_and(|s| extent.leaves_out(s.process.name()))).collect()
        };
        let each = |settings: &[Setting], problems: &[Problem]| -> Result<Vec<Case>, String> {
            problems.iter().flat_map(|problem| settings.iter().map(|s| Case::new(s, *problem))).collect()
        };
        let long = make(&[
            (vp, Rule::Uniform, (1.0, 0.01)),
            (sub_vp, Rule::Uniform, (1.0, 0.01)),
            (ve, Rule::LogSnr, (1.0, 0.0)),
            (edm, Rule::Karras, (80.0, 0.002)),
            (flow, Rule::Uniform, (0.99, 0.01)),
            (cosine, Rule::Uniform, (0.99, 0.01)),
            (angle, Rule::Uniform, (1.0, 0.0)),
        ])?;
        let noisy = make(&[
            (vp, Rule::Uniform, (1.0, 0.1)),
            (sub_vp, Rule::Uniform, (1.0, 0.1)),
            (ve, Rule::LogSnr, (1.0, 0.4)),
            (edm, Rule::Karras, (80.0, 0.2)),
            (flow, Rule::Uniform, (0.99, 0.1)),
            (cosine, Rule::Uniform, (0.99, 0.1)),
            (angle, Rule::Uniform, (1.0, 0.1)),
        ])?;
        let short = make(&[
            (vp, Rule::Uniform, (0.5, 0.15)),
            (ve, Rule::LogSnr, (0.6, 0.45)),
            (edm, Rule::Karras, (2.0, 0.5)),
            (flow, Rule::Uniform, (0.7, 0.35)),
        ])?;
        let at_level = |s: &Setting| {
            let t = s.process.time_from_sigma(Sigma::new(LEVEL_SIGMA).map_err(|e| e.to_string())?);
            Ok(Setting { t_begin: t, t_end: t, label: format!("level {:.4}", t.get()), ..s.clone() })
        };
        let levels: Vec<Setting> = short.iter().map(at_level).collect::<Result<_, String>>()?;
        // Where little is measured, the data on which a flow is not linear, and those on which a path is cheap.
        let brief = extent == Extent::Brief;
        let flow = if brief { &FLOW[1..] } else { &FLOW };
        let path = if brief { &[Problem::Gaussian][..] } else { &[Problem::Gaussian, Problem::WideMixture] };
        Ok(Self {
            flow: each(&long, flow)?,
            law: each(&noisy, &[Problem::Gaussian])?,
            path: each(&short, path)?,
            level: each(&levels, &[Problem::LineMixture, Problem::Gaussian])?,
        })
    }
}

/// The grid of a process.
#[derive(Clone, Copy)]
enum Rule {
    Uniform,
    LogSnr,
    Karras,
}

fn setting(process: &ProcessSpec, rule: Rule, (t_begin, t_end): (f64, f64)) -> Result<Setting, String> {
    let process = process.build().map_err(|e| e.to_string())?;
    let ends = EndsSpec { t_begin: Some(t_begin), t_end: Some(t_end), zero: false };
    let grid = match rule {
        Rule::Uniform => GridSpec::Uniform(ends),
        Rule::LogSnr => GridSpec::LogSnr(ends),
        Rule::Karras => {
            GridSpec::Karras(KarrasSpec { t_begin: Some(t_begin), t_end: Some(t_end), ..KarrasSpec::default() })
        }
    };
    let time = |t| Time::new(t).map_err(|e| e.to_string());
    Ok(Setting {
        tree: tree(&process).map_err(|e| e.to_string())?,
        label: format!("{} {t_begin} to {t_end}", grid.name()),
        grid,
        process,
        t_begin: time(t_begin)?,
        t_end: time(t_end)?,
    })
}
