//! Score-based SDE solvers as plugins, and step-count sweeps whose numbers can be trusted.
//!
//! `ito` answers one question: how good are the samples of a score-based diffusion model, for how many
//! network evaluations, with which solver? The data flow in one line:
//!
//! ```text
//! experiments/x.yaml → Spec → Plan (Vec<Cell>) → run [ grid → driver ⇄ plugin.step ⇄ host ops + score ]
//!                    → metrics → one record per cell → records.csv → figures, tables
//! ```
//!
//! Each arrow is a type and a module of its own. `units` ← `process` ← `grid`, `score`; `noise` and `state`
//! know none of these; `sampler` joins them; `plugin` is the only module with `unsafe`; `experiment` is the
//! only one that knows YAML; `plot` knows records only. A test keeps these rules.
//!
//! The command line is the binary `ito`; the long texts are in the repository's `docs/`.

pub mod cli;
pub mod data;
pub mod experiment;
pub mod grid;
pub mod metric;
pub mod noise;
pub mod plot;
pub mod plugin;
pub mod process;
pub mod sampler;
pub mod score;
pub mod state;
pub mod units;
