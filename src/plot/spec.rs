//! What the YAML says about figures: one of a kind, and the records that it shows.

use super::only::Only;
use super::{difference, error, heat, lines, loss, quality, samples, table};

/// A figure or table of an experiment.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FigureSpec {
    /// A metric against step count, evaluations or time, with intervals and the floor.
    Quality(quality::Quality),
    /// The trajectory error against step count or evaluations, with the orders it shows.
    Error(error::Error),
    /// The difference of a metric between two samplers with the same seeds, with intervals.
    Difference(difference::Difference),
    /// A metric by sampler and grid, or another setting, at one budget: coloured cells with their numbers.
    Heat(heat::Heat),
    /// The samples themselves, a row a sampler, a column a step count.
    Samples(samples::Samples),
    /// The training loss.
    Loss(loss::Loss),
    /// Any column against any other.
    Lines(lines::Lines),
    /// A metric by sampler and step count or evaluations, as CSV, Markdown and LaTeX.
    Table(table::Table),
}

impl FigureSpec {
    /// The part of the records that it shows.
    #[must_use]
    pub fn only(&self) -> &Only {
        static ALL: Only = Only::new();
        match self {
            Self::Quality(spec) => &spec.only,
            Self::Error(spec) => &spec.only,
            Self::Difference(spec) => &spec.only,
            Self::Heat(spec) => &spec.only,
            Self::Samples(spec) => &spec.only,
            Self::Lines(spec) => &spec.only,
            Self::Table(spec) => &spec.only,
            Self::Loss(_) => &ALL,
        }
    }
}
