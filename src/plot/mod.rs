//! Figures and tables from records alone. The only folder that knows plotters; it never runs a solver.
//!
//! `records → series (means, intervals, gaps) → chart → scene (one drawing) → PNG, SVG and PDF`, and beside each
//! figure a text that says what it shows. The same records give the same bytes.

pub mod axes;
pub mod canvas;
mod caption;
pub mod chart;
mod colormap;
pub mod difference;
pub mod error;
pub mod facets;
pub mod heat;
pub mod interval;
mod legend;
pub mod lines;
pub mod loss;
mod names;
pub mod only;
pub mod pdf;
pub mod quality;
pub mod samples;
pub mod scene;
pub mod series;
mod slope;
mod spec;
pub mod style;
pub mod table;
mod trace;

use crate::experiment::record::Record;
use crate::experiment::store::StoreError;
use ndarray::{Array2, ArrayView2};
use std::fs;
use std::path::{Path, PathBuf};

pub use names::Names;
pub use samples::Image;
pub use spec::FigureSpec;

/// The samples of a cell, [samples, dim]; `None` where they were not kept.
pub type SamplesOf<'a> = dyn Fn(&Record) -> Result<Option<Array2<f64>>, StoreError> + 'a;

/// All that figures are drawn from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The cells of the present plan, in plan order.
    pub records: &'a [Record],
    /// Only the samples figure asks.
    pub samples: &'a SamplesOf<'a>,
    /// Samples of the data or the exact law, [any, dim], for the samples figure.
    pub reference: Option<ArrayView2<'a, f64>>,
    /// How a sample is a picture; `None` for points.
    pub image: Option<Image>,
    /// The training curves of the experiment's networks; none where nothing was trained.
    pub loss: &'a [loss::Curve<'a>],
}

/// Why a figure could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// Nothing to draw.
    #[error("there are no records to draw from; run the experiment first")]
    NoRecords,
    /// Nobody measured it.
    #[error("no record has a number in column {column:?}; the metrics recorded are: {have}")]
    NoColumn {
        /// The column asked for.
        column: String,
        /// The metric columns there are.
        have: Names,
    },
    /// No times of cells alone.
    #[error("a figure of {0} needs times of cells alone, and none were taken: `ito run FILE --time` takes them")]
    NoTimes(String),
    /// A filter names a sampler that the records do not have.
    #[error("the figure asks for sampler {found:?}, but the records have: {have}")]
    UnknownSampler {
        /// The name asked for.
        found: String,
        /// The names there are.
        have: Names,
    },
    /// Both names of a difference mean one sampler.
    #[error("both names of the difference mean {0:?}, but `of` takes two different samplers")]
    SameSampler(String),
    /// Nothing that could tell the series of a difference apart.
    #[error("the figure cannot be split by {found:?}; the settings of the records are: {have}")]
    NoSetting {
        /// The column asked for.
        found: String,
        /// The columns there are.
        have: Names,
    },
    /// A value that no record has.
    #[error("no record has {name} {found:?}; the records have: {have}")]
    NoValue {
        /// The setting.
        name: String,
        /// The value asked for.
        found: String,
        /// The values there are.
        have: Names,
    },
    /// Two samplers without a pair of cells.
    #[error("{first:?} and {second:?} have no two cells of the same {x}, seed and settings; found {found}")]
    NoPairs {
        /// The first sampler.
        first: String,
        /// The second.
        second: String,
        /// What must be the same beside seed and settings.
        x: &'static str,
        /// What each of the two has.
        found: String,
    },
    /// A difference without replicates.
    #[error("{first:?} and {second:?} have only {seeds} in common, but the interval of a difference needs two seeds")]
    OneSeed {
        /// The first sampler.
        first: String,
        /// The second.
        second: String,
        /// What they share.
        seeds: String,
    },
    /// No cell of the wanted step counts.
    #[error("no cell has {wanted} steps; the cells have: {have}")]
    NoSteps {
        /// The step counts asked for.
        wanted: String,
        /// The step counts there are.
        have: String,
    },
    /// No cell of the wanted budget.
    #[error("no cell was planned with {wanted} {key}; the cells have {key}: {have}")]
    NoBudget {
        /// `nfe` or `steps`.
        key: &'static str,
        /// The budget asked for.
        wanted: String,
        /// The budgets there are.
        have: String,
    },
    /// Several budgets where one is drawn.
    #[error("the cells have several budgets, {key}: {have}; name one of them by the key `{key}` of the figure")]
    WhichBudget {
        /// `nfe` or `steps`.
        key: &'static str,
        /// The budgets there are.
        have: String,
    },
    /// More columns than fit.
    #[error(
        "{columns} columns need {needed:.1} inches, but {have:.1} are free; choose `width: page`, or fewer columns"
    )]
    NoRoom {
        /// How many there are.
        columns: usize,
        /// Inches.
        needed: f64,
        /// Inches.
        have: f64,
    },
    /// The samples are neither pictures nor points of a plane.
    #[error("samples of dimension {dim} cannot be drawn: {allowed}")]
    Shape {
        /// Numbers a sample.
        dim: usize,
        /// What can be.
        allowed: &'static str,
    },
    /// Kept samples that cannot be read.
    #[error(transparent)]
    Samples(#[from] StoreError),
    /// A loss figure of an experiment without training.
    #[error("there is no training curve: the model of this experiment was not trained here")]
    NoLoss,
    /// plotters failed.
    #[error("drawing failed: {0}")]
    Backend(String),
    /// The PNG encoder failed.
    #[error("writing a PNG failed: {0}")]
    Png(#[from] image::ImageError),
    /// The disk failed.
    #[error("cannot write {path}: {cause}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// A drawn figure and the text that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// What is drawn.
    pub scene: scene::Scene,
    /// What is drawn in words: seeds, samples, intervals, floor, gaps.
    pub caption: String,
}

/// Draws one figure: `<run>/figures/<name>.png`, `.svg`, `.txt` and `.pdf`, or for a table
/// `<run>/tables/<name>.csv`, `.md`, `.tex`. Returns the files in that order.
///
/// # Errors
/// [`PlotError`].
pub fn draw(spec: &FigureSpec, name: &str, source: &Source<'_>, run: &Path) -> Result<Vec<PathBuf>, PlotError> {
    match make(spec, source)? {
        Made::Drawing(drawing) => Ok(vec![
            write(run, "figures", name, "png", &canvas::png(&drawing.scene)?)?,
            write(run, "figures", name, "svg", canvas::svg(&drawing.scene)?.as_bytes())?,
            write(run, "figures", name, "txt", drawing.caption.as_bytes())?,
            write(run, "figures", name, "pdf", &pdf::pdf(&drawing.scene))?,
        ]),
        Made::Table(table) => {
            let files = [("csv", table.csv()), ("md", table.markdown()), ("tex", table.latex())];
            files.into_iter().map(|(ext, text)| write(run, "tables", name, ext, text.as_bytes())).collect()
        }
    }
}

/// Whether a figure can be made from such records, and its height in points where it is no table; nothing is written.
///
/// # Errors
/// [`PlotError`], as [`draw`] would give.
pub fn check(spec: &FigureSpec, source: &Source<'_>) -> Result<Option<f64>, PlotError> {
    Ok(match make(spec, source)? {
        Made::Drawing(drawing) => Some(drawing.scene.height),
        Made::Table(_) => None,
    })
}

/// What a figure is before it is a file.
enum Made {
    Drawing(Drawing),
    Table(table::Cells),
}

fn make(spec: &FigureSpec, source: &Source<'_>) -> Result<Made, PlotError> {
    let records = &only::kept(source.records, spec.only())?;
    Ok(Made::Drawing(match spec {
        FigureSpec::Quality(spec) => quality::draw(spec, records)?,
        FigureSpec::Error(spec) => error::draw(spec, records)?,
        FigureSpec::Difference(spec) => difference::draw(spec, records)?,
        FigureSpec::Heat(spec) => heat::draw(spec, records)?,
        FigureSpec::Samples(spec) => samples::draw(spec, &Source { records, ..*source })?,
        FigureSpec::Loss(_) if source.loss.is_empty() => return Err(PlotError::NoLoss),
        FigureSpec::Loss(spec) => loss::draw(spec, source.loss),
        FigureSpec::Lines(spec) => lines::draw(spec, records)?,
        FigureSpec::Table(spec) => return Ok(Made::Table(table::Cells::of(spec, records)?)),
    }))
}

fn write(run: &Path, folder: &str, name: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf, PlotError> {
    let folder = run.join(folder);
    let path = folder.join(format!("{name}.{extension}"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, bytes))
        .map_err(|cause| PlotError::Write { path: path.clone(), cause })?;
    Ok(path)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
