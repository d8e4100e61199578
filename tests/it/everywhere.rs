//! Every sampler runs on every process and every grid: no refusal, no value that is not finite.

use crate::support::{planned, registry, run_yaml};
use ito::experiment::execute::Ready;
use ito::experiment::models::Models;
use ito::experiment::plan::Cell;
use ito::experiment::record::Record;
use ito::plugin::{Kind, SamplerInfo};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Names of the processes, each with its defaults.
const PROCESSES: [&str; 10] =
    ["vp", "sub-vp", "ve", "edm", "flow", "cosine", "angle", "ddpm", "brownian", "log-quadratic"];
/// Grids of any N, with the clean end and without.
const GRIDS: [&str; 16] = [
    "{ uniform: {} }",
    "{ uniform: { zero: true } }",
    "{ power: { p: 3 } }",
    "{ power: { p: 3, zero: true } }",
    "{ quadratic: {} }",
    "{ quadratic: { zero: true } }",
    "{ log-snr: {} }",
    "{ log-snr: { zero: true } }",
    "{ karras: {} }",
    "{ karras: { zero: true } }",
    "{ polyexponential: { rho: 2 } }",
    "{ polyexponential: { rho: 2, zero: true } }",
    "{ shift: { shift: 3 } }",
    "{ shift: { shift: 3, zero: true } }",
    "{ ddpm: { spacing: leading, of: 1000, fixed: true } }",
    "{ ddpm: { spacing: trailing, of: 1000, fixed: true } }",
];
const MIXTURE: &str = "{ mixture: { weights: [1, 2], means: [[-1, 0.5], [2, -1]], stds: [0.3, 0.5] } }";

/// Samplers of the collection of one sort.
fn samplers(of: impl Fn(&SamplerInfo) -> bool) -> Vec<String> {
    let registry = registry();
    let all = registry.samplers().iter().filter(|info| !info.id.starts_with("org.ito.test.") && of(info));
    all.map(|info| info.id.clone()).collect()
}

/// Samples cells, all in memory, and reports each that is not ok.
fn all_ok(process: &str, grid: &str, sweep: &str, samples: usize) -> usize {
    let grid = if grid.is_empty() { String::new() } else { format!("grid: {grid}\n") };
    let yaml = format!(
        "experiment: everywhere\nprocess: {process}\nmodel: {MIXTURE}\n{grid}sweep: {{ {sweep} }}\n\
         samples: {samples}\ndtype: f64\n"
    );
    let plan = planned(&yaml, &[]);
    let models = Models::new(&plan, Path::new("no-training"), &|_, _, _| ControlFlow::Continue(()));
    let sampled = |cell: &Cell| {
        let place = format!("{} on {process}, {grid}: N = {:?}", cell.sampler.yaml(), cell.steps);
        assert_eq!(cell.refused, None, "{place}");
        let Ok(model) = models.get(cell) else { panic!("{place}: no model") };
        let ready = Ready::new(cell, &plan.spec, model).unwrap_or_else(|e| panic!("{place}: {e}"));
        let outcome = ready.run(&AtomicBool::new(false)).unwrap_or_else(|e| panic!("{place}: {}", e.text));
        assert!(outcome.x.iter().all(|x| x.is_finite()), "{place}: {:?}", outcome.nonfinite);
        assert!(outcome.nonfinite.is_none() && outcome.exhausted.is_empty(), "{place}");
        // As `ito check` says before the run; an iteration may end earlier, and a restart find no time of the grid.
        if let (Some(planned), Some(&nfe)) = (cell.evaluations, outcome.nfe.iter().max()) {
            let fewer = matches!(cell.sampler.info().kind, Kind::Iterative | Kind::Plateau);
            assert!(nfe == planned || fewer && nfe < planned, "{place}: {nfe} evaluations, planned {planned}");
        }
    };
    plan.cells.par_iter().for_each(sampled);
    plan.cells.len()
}

#[test]
fn fixed_step_samplers_on_every_process_and_grid() {
    let ids = samplers(|info| !info.flags.per_row_step && info.kind != Kind::Mcmc);
    let mut cells = 0;
    for process in PROCESSES {
        for grid in GRIDS {
            cells += all_ok(process, grid, &format!("sampler: [{}], steps: [1, 2, 3, 10]", ids.join(", ")), 4);
        }
    }
    assert_eq!(cells, ids.len() * 4 * PROCESSES.len() * GRIDS.len());
}

#[test]
fn adaptive_samplers_on_every_process() {
    for process in PROCESSES {
        let with = |id: &String, rtol: &str| format!("{{ {id}: {{ rtol: {rtol}, atol: {rtol} }} }}");
        let of = |rtol: &str, sde: bool| {
            let ids = samplers(|info| info.flags.per_row_step && (info.kind == Kind::Sde) == sde);
            ids.iter().map(|id| with(id, rtol)).collect::<Vec<String>>().join(", ")
        };
        all_ok(
            process,
            "",
            &format!("sampler: [{}, {}, {}]", of("1e-2", false), of("1e-6", false), of("1e-2", true)),
            4,
        );
        // The strong order of a path is 1: one sample takes some hundred thousand steps.
        all_ok(process, "", &format!("sampler: [{}]", of("1e-6", true)), 1);
    }
}

#[test]
fn markov_chains_at_three_levels() {
    for process in PROCESSES {
        let with = |id: &String| ["0.2", "0.5", "0.8"].map(|level| format!("{{ {id}: {{ level: {level} }} }}"));
        let ids: Vec<String> = samplers(|info| info.kind == Kind::Mcmc).iter().flat_map(with).collect();
        all_ok(process, "", &format!("sampler: [{}], steps: 10", ids.join(", ")), 4);
    }
}

/// With the marked end the limit is the prediction of x0 at the grid's t_end. One interval alone does not have that
/// time, and lists have others: neither may decide the limit of the rest of the sweep.
#[test]
fn the_limit_before_the_clean_end_does_not_depend_on_which_n_comes_first() {
    let errors = |process: &str, grid: &str, steps: &str| {
        let yaml = format!(
            "experiment: limit\nprocess: {process}\nmodel: {MIXTURE}\ngrid: {grid}\n\
             sweep: {{ sampler: heun, steps: {steps} }}\nsamples: 4\ndtype: f64\nmetrics: [{{ trajectory: {{}} }}]\n"
        );
        let of = |record: Record| (record.steps, record.metrics["trajectory"]);
        run_yaml(&yaml, &[], 1).records().into_iter().map(of).collect::<Vec<_>>()
    };
    for (process, grid) in [
        ("edm", "{ karras: { zero: true } }"),
        ("vp", "{ uniform: { zero: true } }"),
        ("flow", "{ log-snr: { zero: true } }"),
        ("edm", "{ times: { list: { 1: [80], 10: [80, 60, 40, 20, 10, 5, 2, 1, 0.1, 0.002] }, zero: true } }"),
    ] {
        let (all, alone) = (errors(process, grid, "[1, 10]"), errors(process, grid, "[10]"));
        assert_eq!(all[1], alone[0], "{process}, {grid}");
        assert!(all[0].1 > 2.0 * all[1].1, "{process}, {grid}: {all:?}");
    }
}
