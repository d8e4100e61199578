//! The training curves: each step's loss, pale, under its smoothed course.

use super::Drawing;
use super::axes::{Scale, trimmed};
use super::chart::{self, Chart, Mark, Scaled};
use super::style::{Color, Pen, Width};

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

/// The training of one network; the three lists have the same length.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    /// What tells the network from the others; not read where it is alone.
    pub network: &'a str,
    /// Training steps, rising.
    pub step: &'a [u64],
    /// Loss of that step's batch.
    pub loss: &'a [f64],
    /// Running mean of the loss.
    pub smoothed: &'a [f64],
}

/// More points than this are thinned evenly: a printed line has no room for them.
const POINTS: usize = 600;

impl Curve<'_> {
    /// One in so many steps is drawn.
    fn every(&self) -> usize {
        self.step.len().div_ceil(POINTS).max(1)
    }

    fn line(&self, label: Option<&str>, pen: Pen, values: &[f64]) -> chart::Curve {
        let (mut marks, mut gaps) = (Vec::new(), Vec::new());
        for (step, value) in self.step.iter().zip(values).step_by(self.every()) {
            let order = *step as f64;
            if value.is_finite() {
                marks.push(Mark { order, x: order, y: *value, interval: None, hollow: false });
            } else {
                gaps.push(chart::Gap { order, x: Some(order), why: "nonfinite" });
            }
        }
        chart::Curve { label: label.map(str::to_owned), pen, marks, gaps, slope: None }
    }

    /// How much of it is drawn, and where it ends.
    fn words(&self) -> String {
        let every = self.every();
        let drawn = if every == 1 { "all are".to_owned() } else { format!("one in {every} is") };
        let end = self.smoothed.last().map(|last| format!(" Smoothed at the end: {}.", trimmed(*last)));
        format!("of {} steps {drawn} drawn.{}", self.step.len(), end.unwrap_or_default())
    }
}

/// The figure of the trainings of an experiment's networks, one colour each.
#[must_use]
pub fn draw(spec: &Loss, trainings: &[Curve<'_>]) -> Drawing {
    let pen = |i: usize| Pen { marker: None, width: 1.2, ..Pen::of(i) };
    let thin = |i: usize| Pen { color: pale(pen(i).color), width: 0.4, dash: &[], ..pen(i) };
    let what = "Training loss against training step";
    let (curves, caption) = if let [one] = trainings {
        let curves = vec![
            one.line(Some("one batch"), Pen { color: (140, 190, 220), ..thin(0) }, one.loss),
            one.line(Some("smoothed"), pen(0), one.smoothed),
        ];
        (curves, format!("{what}; {}\n", one.words()))
    } else {
        // All batches lie behind all smoothed lines.
        let all = || trainings.iter().enumerate();
        let batches = all().map(|(i, one)| one.line(None, thin(i), one.loss));
        let smoothed = all().map(|(i, one)| one.line(Some(one.network), pen(i), one.smoothed));
        let words = trainings.iter().map(|one| format!("  {}: {}\n", one.network, one.words()));
        let words: String = words.collect();
        let text = format!("{what}, one colour a network: each batch pale, smoothed in the full colour.\n{words}");
        (batches.chain(smoothed).collect(), text)
    };
    let chart = Chart {
        width: spec.width,
        x: Scaled { title: "training step".into(), scale: Scale::Linear },
        y: Scaled { title: "training loss".into(), scale: spec.y_scale },
        curves,
        level: None,
        hollow: "",
    };
    Drawing { scene: chart.draw(), caption }
}

/// Two thirds of the way to white.
fn pale((red, green, blue): Color) -> Color {
    let channel = |c: u8| 255 - (255 - c) / 3;
    (channel(red), channel(green), channel(blue))
}
