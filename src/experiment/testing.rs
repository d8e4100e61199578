//! Samplers without libraries, and short ways to a report or a plan.

use super::error::Report;
use super::plan::{Plan, from_tree};
use super::{load, resolve};
use crate::plugin::{Flags, Kind, ParamInfo, ParamKind, ParamValue, Registry, SamplerInfo};

/// An experiment that is right; tests change it with `--set`.
pub(super) const RIGHT: &str = "\
experiment: test
process: { vp: { beta_max: 20 } }
model:
  gaussian: { mean: [0.0, 1.0], std: 0.5 }
sweep:
  sampler:
    - euler
    - { heun: { in: sigma } }
  steps: [4, 8]
  seed: { first: 3, count: 2 }
samples: 100
";

fn param(id: &str, kind: ParamKind, default: Option<ParamValue>) -> ParamInfo {
    ParamInfo {
        id: id.into(),
        unit: "1".into(),
        doc: format!("the {id}"),
        kind,
        required: default.is_none(),
        default,
        min: f64::NEG_INFINITY,
        max: f64::INFINITY,
        min_exclusive: false,
        max_exclusive: false,
    }
}

fn positive(id: &str, default: f64) -> ParamInfo {
    ParamInfo { min: 0.0, min_exclusive: true, ..param(id, ParamKind::F64, Some(ParamValue::F64(default))) }
}

/// euler, heun (2 evaluations a step), rk45 (adaptive), euler-maruyama, annealed-langevin, ula (one level),
/// batch-wide (its samples depend on their batch), ancestral (needs alpha) and ab2 (equal spacing in t).
pub(super) fn registry() -> Registry {
    let none = Flags::default();
    let variable = ParamKind::Enum(vec!["t".into(), "sigma".into()]);
    let sampler = SamplerInfo::without_library;
    let mut heun = sampler("heun", Kind::Ode, none, vec![param("in", variable, Some(ParamValue::Enum("t".into())))]);
    heun.evals_per_step = 2;
    let mut ab2 = sampler("ab2", Kind::Ode, none, Vec::new());
    ab2.uniform_in = ito_abi::UNIFORM_T;
    let langevin = vec![
        positive("step.sigma", 0.16),
        ParamInfo { required: false, ..param("step.absolute", ParamKind::F64, None) },
        ParamInfo { min: 1.0, ..param("steps_per_level", ParamKind::I64, Some(ParamValue::I64(1))) },
    ];
    Registry::from_infos(vec![
        sampler("euler", Kind::Ode, none, Vec::new()),
        heun,
        sampler(
            "rk45",
            Kind::Adaptive,
            Flags { per_row_step: true, ..none },
            vec![positive("rtol", 1e-5), positive("atol", 1e-5)],
        ),
        sampler("euler-maruyama", Kind::Sde, Flags { final_mean: true, ..none }, Vec::new()),
        sampler("annealed-langevin", Kind::Plateau, none, langevin),
        sampler("ula", Kind::Mcmc, Flags { level: true, ..none }, vec![param("level", ParamKind::F64, None)]),
        sampler("batch-wide", Kind::Ode, Flags { batch_wide: true, ..none }, Vec::new()),
        sampler("ancestral", Kind::Sde, Flags { needs_alpha: true, ..none }, Vec::new()),
        ab2,
    ])
}

/// The plan of YAML text in a file `x.yaml`.
pub(super) fn try_plan(text: &str, sets: &[&str]) -> Result<Plan, Report> {
    let mut tree = load::parse("x.yaml", text)?;
    for change in sets {
        load::set(&mut tree, change)?;
    }
    from_tree(tree, &registry())
}

/// The plan of [`RIGHT`] with changes.
pub(super) fn plan(sets: &[&str]) -> Plan {
    try_plan(RIGHT, sets).unwrap_or_else(|report| panic!("{report}"))
}

/// What is said about wrong YAML.
pub(super) fn report(text: &str) -> String {
    try_plan(text, &[]).map(|plan| plan.table()).expect_err("the YAML is wrong").to_string()
}

/// What is said about [`RIGHT`] with changes that make it wrong.
pub(super) fn report_set(sets: &[&str]) -> String {
    try_plan(RIGHT, sets).map(|plan| plan.table()).expect_err("the change is wrong").to_string()
}

/// The resolved spec of YAML text, as YAML.
pub(super) fn resolved_yaml(text: &str) -> String {
    let resolved = load::parse("x.yaml", text).and_then(|tree| resolve::resolve(tree, &registry()));
    let resolved = resolved.unwrap_or_else(|report| panic!("{report}"));
    load::to_yaml(&resolved.spec).expect("a spec has YAML")
}
