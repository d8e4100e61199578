//! The training curve: each step's loss, pale, under its smoothed course.

use super::Drawing;
use super::axes::{Scale, trimmed};
use super::chart::{self, Chart, Mark, Scaled};
use super::style::{Pen, Width};

/// The training loss.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// Vertical axis: linear or log.
    #[serde(default = "log")]
    pub y_scale: Scale,
    /// Printed width.
    #[serde(default)]
    pub width: Width,
}

fn log() -> Scale {
    Scale::Log
}

/// A training curve; the three have the same length.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    /// Training steps, rising.
    pub step: &'a [u64],
    /// Loss of that step's batch.
    pub loss: &'a [f64],
    /// Running mean of the loss.
    pub smoothed: &'a [f64],
}

/// More points than this are thinned evenly: a printed line has no room for them.
const POINTS: usize = 600;

/// The figure of a training curve.
#[must_use]
pub fn draw(spec: &Loss, training: &Curve<'_>) -> Drawing {
    let every = training.step.len().div_ceil(POINTS).max(1);
    let pen = Pen { marker: None, width: 1.2, ..Pen::of(0) };
    let line = |label: &str, pen: Pen, values: &[f64]| {
        let (mut marks, mut gaps) = (Vec::new(), Vec::new());
        for (step, value) in training.step.iter().zip(values).step_by(every) {
            let order = *step as f64;
            if value.is_finite() {
                marks.push(Mark { order, x: order, y: *value, interval: None, hollow: false });
            } else {
                gaps.push(chart::Gap { order, x: Some(order), why: "nonfinite" });
            }
        }
        chart::Curve { label: Some(label.into()), pen, marks, gaps, slope: None }
    };
    let chart = Chart {
        width: spec.width,
        x: Scaled { title: "training step".into(), scale: Scale::Linear },
        y: Scaled { title: "training loss".into(), scale: spec.y_scale },
        curves: vec![
            line("one batch", Pen { color: (140, 190, 220), width: 0.4, ..pen }, training.loss),
            line("smoothed", pen, training.smoothed),
        ],
        level: None,
        hollow: "",
    };
    let drawn = if every == 1 { "all are".to_owned() } else { format!("one in {every} is") };
    let mut caption = format!("Training loss against training step; of {} steps {drawn} drawn.", training.step.len());
    if let Some(last) = training.smoothed.last() {
        caption.push_str(&format!(" Smoothed at the end: {}.", trimmed(*last)));
    }
    caption.push('\n');
    Drawing { scene: chart.draw(), caption }
}
