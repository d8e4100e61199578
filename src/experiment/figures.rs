//! The figures and tables of a run directory, from its records alone.

mod check;
mod made;

use super::plan::Plan;
use super::record::Record;
use super::run::{RunError, time};
use super::spec::ModelSpec;
use super::store::Store;
use super::table;
use crate::data::SampleShape;
use crate::metric::floor::exact_set;
use crate::plot::facets::{Along, facets, labels};
use crate::plot::{self, FigureSpec, Image, PlotError, Source, loss};
use crate::process::Point;
use crate::score::net::checkpoint::{MODEL_FILE, training_seed};
use crate::score::{ClosedForm, ModelError};
use ndarray::Array2;
use std::collections::HashSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Exact samples behind the pictures of a closed form.
const BEHIND: u32 = 1000;

pub(super) use check::check;
pub use check::problem;

/// What came of the figures and tables of an experiment.
#[derive(Debug, Default)]
pub struct Drawn {
    /// The files, figure by figure.
    pub files: Vec<PathBuf>,
    /// The figures without any.
    pub failed: Vec<Failed>,
}

/// A figure that could not be drawn.
#[derive(Debug)]
pub struct Failed {
    /// Its place under `figures`, from 0.
    pub number: usize,
    /// The name that its files would have.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why a figure could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The records do not have what it shows, or a file could not be written.
    #[error(transparent)]
    Plot(PlotError),
    /// Samples, a training curve or a model is there, but cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl From<Failed> for RunError {
    fn from(failed: Failed) -> Self {
        let text = format!("figure `{}`: {}", failed.name, failed.why);
        match failed.why {
            Why::Plot(_) => Self::Figure(text),
            Why::Unreadable(_) => Self::Unreadable(text),
        }
    }
}

/// Draws every figure and table that the experiment names and that can be drawn, and removes those that were drawn
/// before and are no longer named; `figures.txt` lists them. Nothing else is written.
///
/// # Errors
/// [`RunError::Figure`] where there is no table of records to draw from, or an old figure cannot be removed. A figure that cannot be drawn is no error
/// here, so that those after it are drawn.
pub fn draw(plan: &Plan, dir: &Path) -> Result<Drawn, RunError> {
    let spec = &plan.spec;
    let mut drawn = Drawn::default();
    if spec.figures.is_empty() && !made::before(dir) {
        return Ok(drawn);
    }
    let mut records = table::read(&dir.join("records.csv")).map_err(|e| RunError::Figure(e.to_string()))?;
    time::enter(&mut records, dir)?;
    let store = Store::reading(dir);
    let samples = |record: &Record| store.samples(&record.cell);
    let image = image(plan.data.as_deref().map(|data| &data.shape));
    let draw = |figure: &FigureSpec, name: &str| {
        let (reference, training) = match figure {
            FigureSpec::Samples(_) => (reference(plan, dir).map_err(Why::Unreadable)?, Vec::new()),
            FigureSpec::Loss(_) => (None, trainings(&records, dir).map_err(Why::Unreadable)?),
            _ => (None, Vec::new()),
        };
        let curves: Vec<loss::Curve<'_>> = training.iter().map(Training::curve).collect();
        let source = Source {
            records: &records,
            samples: &samples,
            reference: reference.as_ref().map(|x| x.view()),
            image,
            loss: &curves,
        };
        plot::draw(figure, name, &source, dir).map_err(|error| match error {
            PlotError::Samples(error) => Why::Unreadable(error.to_string()),
            error => Why::Plot(error),
        })
    };
    let mut taken = HashSet::new();
    for (number, figure) in spec.figures.iter().enumerate() {
        let name = unique(&name(figure), &mut taken);
        match draw(figure, &name) {
            Ok(files) => drawn.files.extend(files),
            Err(why) => drawn.failed.push(Failed { number, name, why }),
        }
    }
    let failed: Vec<&str> = drawn.failed.iter().map(|failed| failed.name.as_str()).collect();
    made::update(dir, &drawn.files, &failed)?;
    Ok(drawn)
}

/// How a sample of the data is a picture.
fn image(shape: Option<&SampleShape>) -> Option<Image> {
    match *shape? {
        SampleShape::Image { height, width, channels } => Some(Image { channels, height, width, low: -1.0, high: 1.0 }),
        SampleShape::Vector { .. } => None,
    }
}

/// Held-out data, or exact samples of a closed form.
fn reference(plan: &Plan, dir: &Path) -> Result<Option<Array2<f64>>, String> {
    let exact = |law: &dyn ClosedForm| exact_set(law, &Point::clean(None), BEHIND, 0, "figure");
    let wrong = |error: ModelError| {
        let file = dir.join("spec.yaml");
        format!("{}: key `model`: {error}; put back what the run found there", file.display())
    };
    Ok(match &plan.spec.model {
        ModelSpec::Gaussian(spec) => Some(exact(&spec.build().map_err(wrong)?)),
        ModelSpec::Mixture(spec) => Some(exact(&spec.build(Path::new("")).map_err(wrong)?)),
        ModelSpec::Train(_) => plan.data.as_ref().map(|data| data.held_out.clone()),
    })
}

/// The training curve of a network.
struct Training {
    network: String,
    step: Vec<u64>,
    loss: Vec<f64>,
    smoothed: Vec<f64>,
}

impl Training {
    fn curve(&self) -> loss::Curve<'_> {
        loss::Curve { network: &self.network, step: &self.step, loss: &self.loss, smoothed: &self.smoothed }
    }
}

/// The curves of all networks that were trained here, in the order of the records, each named by what tells it from
/// the others.
fn trainings(records: &[Record], dir: &Path) -> Result<Vec<Training>, String> {
    let (mut found, mut settings, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for record in records.iter().filter(|record| seen.insert(record.model.as_str())) {
        let folder = dir.join("models").join(&record.model);
        let path = folder.join("loss.csv");
        let wrong = |error: &dyn Display| {
            format!("{}: not a training curve ({error}); remove this folder and train again", path.display())
        };
        if !path.try_exists().map_err(|e| wrong(&e))? {
            continue;
        }
        let (step, loss) = curve(&path).map_err(|e| wrong(&e))?;
        let smoothed = trailing_mean(&loss, SMOOTHED);
        found.push(Training { network: String::new(), step, loss, smoothed });
        // A network is known by its process and, within an experiment, by the seed of its training.
        let mut setting = facets(record, Along::Steps);
        setting.retain(|name, _| name == "process" || name.starts_with("process."));
        let seed = training_seed(&folder.join(MODEL_FILE)).map_err(|e| format!("{e}; run the experiment again"))?;
        setting.insert("train".to_owned(), format!("seed {seed}"));
        settings.push(setting);
    }
    for (training, label) in found.iter_mut().zip(labels(&settings)) {
        training.network = label;
    }
    Ok(found)
}

/// The file name of a figure: its kind and what stands on its axes.
fn name(figure: &FigureSpec) -> String {
    match figure {
        FigureSpec::Quality(f) => format!("quality-{}-{}", f.y, f.x.column()),
        FigureSpec::Error(f) => format!("error-{}", f.x.column()),
        FigureSpec::Difference(f) => format!("difference-{}-{}-{}", f.y, f.of[0], f.of[1]),
        FigureSpec::Heat(f) => {
            let budget = |(key, n): (&str, Option<u64>)| n.map(|n| format!("-{key}-{n}"));
            let budget = [("nfe", f.nfe), ("steps", f.steps)].into_iter().find_map(budget).unwrap_or_default();
            format!("heat-{}-{}{budget}", f.value, f.columns)
        }
        FigureSpec::Samples(_) => "samples".to_owned(),
        FigureSpec::Loss(_) => "loss".to_owned(),
        FigureSpec::Lines(f) => format!("lines-{}-{}", f.y, f.x),
        FigureSpec::Table(f) => format!("table-{}", f.y),
    }
    .replace(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)), "-")
}

/// A second figure of one name gets a number.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut numbered = name.to_owned();
    for number in 2.. {
        if taken.insert(numbered.clone()) {
            break;
        }
        numbered = format!("{name}-{number}");
    }
    numbered
}

/// Steps and losses of a `loss.csv`.
///
/// # Errors
/// Where the file is not there or not such a table.
pub fn curve(path: &Path) -> Result<(Vec<u64>, Vec<f64>), csv::Error> {
    let mut reader = csv::Reader::from_path(path)?;
    // Columns step, loss, norm of the gradient, learning rate.
    let rows = reader.deserialize::<(u64, f64, f64, f64)>();
    rows.map(|row| row.map(|(step, loss, ..)| (step, loss))).collect()
}

/// Steps over which the drawn mean of the loss is taken.
pub const SMOOTHED: usize = 100;

/// The mean of each value and up to `window − 1` before it.
#[must_use]
pub fn trailing_mean(values: &[f64], window: usize) -> Vec<f64> {
    let mut sum = 0.0;
    let mean = |(i, value): (usize, &f64)| {
        sum += value;
        if i >= window {
            sum -= values[i - window];
        }
        sum / (i + 1).min(window) as f64
    };
    values.iter().enumerate().map(mean).collect()
}

#[cfg(test)]
mod tests;
