//! The figures and tables of a run directory, from its records alone.

use super::plan::Plan;
use super::run::RunError;
use super::spec::ModelSpec;
use super::store::Store;
use super::table;
use crate::data::SampleShape;
use crate::metric::floor::exact_set;
use crate::plot::{self, FigureSpec, Image, Source, loss};
use crate::process::Point;
use crate::score::ClosedForm;
use ndarray::Array2;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Steps over which the drawn mean of the training loss is taken.
const SMOOTHED: usize = 100;
/// Exact samples behind the pictures of a closed form.
const BEHIND: u32 = 1000;

/// Draws every figure and table that the experiment names; returns the files.
///
/// # Errors
/// [`RunError`]: records or samples that cannot be read, a figure that cannot be drawn. Figures before it
/// are there.
pub fn draw(plan: &Plan, dir: &Path) -> Result<Vec<PathBuf>, RunError> {
    let spec = &plan.spec;
    if spec.figures.is_empty() {
        return Ok(Vec::new());
    }
    let records = table::read(&dir.join("records.csv")).map_err(|e| RunError::Figure(e.to_string()))?;
    let store = Store::open(dir)?;
    let samples = |record: &super::record::Record| store.samples(&record.cell).ok().flatten();
    let reference = reference(plan);
    let image = plan.data.as_ref().and_then(|data| match data.shape {
        SampleShape::Image { height, width, channels } => Some(Image { channels, height, width, low: -1.0, high: 1.0 }),
        SampleShape::Vector { .. } => None,
    });
    let curve = records.first().and_then(|record| curve(&dir.join("models").join(&record.model).join("loss.csv")).ok());
    let smoothed = curve.as_ref().map(|(_, loss)| trailing_mean(loss, SMOOTHED));
    let source = Source {
        records: &records,
        samples: &samples,
        reference: reference.as_ref().map(|x| x.view()),
        image,
        loss: curve.as_ref().zip(smoothed.as_ref()).map(|((step, loss), smoothed)| loss::Curve {
            step,
            loss,
            smoothed,
        }),
    };
    let mut files = Vec::new();
    let mut taken = HashSet::new();
    for figure in &spec.figures {
        let name = unique(&name(figure), &mut taken);
        let drawn = plot::draw(figure, &name, &source, dir);
        files.extend(drawn.map_err(|e| RunError::Figure(format!("figure `{name}`: {e}")))?);
    }
    Ok(files)
}

/// Held-out data, or exact samples of a closed form.
fn reference(plan: &Plan) -> Option<Array2<f64>> {
    let exact = |law: &dyn ClosedForm| exact_set(law, &Point::clean(None), BEHIND, 0, "figure");
    match &plan.spec.model {
        ModelSpec::Gaussian(spec) => spec.build().ok().map(|law| exact(&law)),
        ModelSpec::Mixture(spec) => spec.build(Path::new("")).ok().map(|law| exact(&law)),
        ModelSpec::Train(_) => plan.data.as_ref().map(|data| data.held_out.clone()),
    }
}

/// The file name of a figure: its kind and what stands on its axes.
fn name(figure: &FigureSpec) -> String {
    match figure {
        FigureSpec::Quality(f) => format!("quality-{}-{}", f.y, f.x.column()),
        FigureSpec::Error(f) => format!("error-{}", f.x.column()),
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
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_the_last_values() {
        assert_eq!(trailing_mean(&[2.0, 4.0, 6.0, 8.0], 2), [2.0, 3.0, 5.0, 7.0]);
    }

    #[test]
    fn names_do_not_repeat() {
        let mut taken = HashSet::new();
        let names = ["a", "a", "b", "a"].map(|n| unique(n, &mut taken));
        assert_eq!(names, ["a", "a-2", "b", "a-3"]);
    }
}
