use super::super::testing::{RIGHT, report, resolved_yaml, try_plan};
use insta::assert_snapshot;

#[test]
fn every_default_is_filled_in() {
    assert_snapshot!(resolved_yaml(RIGHT), @r"
    experiment: test
    process:
      vp:
        beta_min: 0.1
        beta_max: 20.0
    model:
      gaussian:
        mean:
        - 0.0
        - 1.0
        std: 0.5
    grid:
      uniform:
        t_begin: 1.0
        t_end: 0.001
        zero: false
    sweep:
      sampler:
      - euler: {}
      - heun:
          in: sigma
      steps:
      - 4
      - 8
      seed:
      - 3
      - 4
    samples: 100
    batch: 256
    metrics: []
    figures: []
    final: state
    init: prior
    noise: paired
    stops: false
    dtype: f64
    keep: samples
    device: cpu
    jobs: 1
    limits:
      tries: 1000000
    ");
}

#[test]
fn resolving_again_changes_nothing() {
    let swept = "
experiment: all-keys
data: { ring: { modes: 3 } }
model: { train: { steps: 5 } }
sweep:
  sampler: [rk45, annealed-langevin, { heun: { in: sigma } }]
  params: { rtol: [1.0e-3, 1], step.absolute: 0.5 }
  process: [vp, { ve: { sigma_max: 10 } }]
  grid: [uniform, { karras: { rho: 5, zero: true } }, { times: { 2: [1, 0.5, 0.25] } }]
  init: prior
  final: [mean, x0]
  batch: [16, 32]
  train_seed: 3
  nfe: [10, 20]
  seed: 4
samples: 1e3
metrics: [mmd, { trajectory: { samples: 8 } }]
keep: none
limits: { timeout: 1.5 }
";
    for text in [RIGHT, swept] {
        let once = resolved_yaml(text);
        let twice = resolved_yaml(&once);
        assert_eq!(once, twice);
        let keys = |text: &str| -> Vec<String> {
            let plan = try_plan(text, &[]).unwrap_or_else(|report| panic!("{report}"));
            plan.cells.into_iter().map(|cell| cell.key).collect()
        };
        assert_eq!(keys(text), keys(&once));
    }
}

#[test]
fn what_differs_between_cells_stays_open() {
    let mixed = resolved_yaml(&RIGHT.replace("- euler\n", "- euler\n    - euler-maruyama\n"));
    assert!(!mixed.contains("final:"), "{mixed}");
    let processes =
        RIGHT.replace("process: { vp: { beta_max: 20 } }\n", "").replace("  steps:", "  process: [vp, edm]\n  steps:");
    let mixed = resolved_yaml(&processes);
    assert!(!mixed.contains("t_begin") && mixed.contains("final: state"), "{mixed}");
    // A sampler that needs alpha starts later than euler, written or not.
    let flow = RIGHT.replace("{ vp: { beta_max: 20 } }", "flow").replace("- euler\n", "- euler\n    - ancestral\n");
    let begin = |text: &str| {
        let plan = try_plan(text, &[]).unwrap_or_else(|report| panic!("{report}"));
        [0, 4].map(|cell| plan.cells[cell].times.as_ref().map(|grid| grid.times()[0]))
    };
    assert_eq!(begin(&flow), [Some(1.0), Some(0.999)]);
    assert_eq!(begin(&resolved_yaml(&flow)), begin(&flow));
}

#[test]
fn a_heat_map_has_one_budget() {
    assert_snapshot!(report(&format!("{RIGHT}figures:\n  - {{ heat: {{ value: sliced-w2, nfe: 4, steps: 4 }} }}\n")), @r"
    x.yaml:13:41: figures[0].heat.steps: `nfe` and `steps` both name the budget: keep one of them
      13 |   - { heat: { value: sliced-w2, nfe: 4, steps: 4 } }
         |                                         ^^^^^
    ");
    assert_snapshot!(report(&format!("{RIGHT}figures:\n  - {{ heat: {{ value: sliced-w2, nfe: 4, columns: steps }} }}\n")), @r"
    x.yaml:13:33: figures[0].heat.nfe: the columns are the budgets (`columns: steps`): leave `nfe` out
      13 |   - { heat: { value: sliced-w2, nfe: 4, columns: steps } }
         |                                 ^^^
    ");
    assert_snapshot!(report(&format!("{RIGHT}figures:\n  - {{ heat: {{ values: sliced-w2 }} }}\n")), @r"
    x.yaml:13:15: figures[0].heat.values: unknown key `values`
      13 |   - { heat: { values: sliced-w2 } }
         |               ^^^^^^
      allowed: value, columns, nfe, steps, samplers, only, width
      did you mean `value`?
    ");
}
