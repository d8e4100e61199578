//! Contradictions between keys, and ranges that the parts of an experiment check themselves.

use super::super::error::{Fault, Problem};
use super::super::load::yaml_path;
use super::super::load::{Content, Node, Step, Tree};
use super::super::spec::{InitSpec, MOST_STEPS, ModelSpec, Spec};
use super::grids;
use crate::metric::MetricSpec;
use crate::metric::likelihood::Prior;
use crate::plot::FigureSpec;
use std::fmt::Display;
use std::path::Path;

/// All that is wrong beyond types.
pub(super) fn problems(tree: &Tree, spec: &Spec) -> Vec<Problem> {
    let mut checks = Checks { tree, found: Vec::new() };
    checks.lists();
    checks.choices(spec);
    checks.model(spec);
    checks.processes(spec);
    checks.found.extend(grids::problems(tree, spec));
    checks.metrics(spec);
    checks.figures(spec);
    checks.found
}

struct Checks<'a> {
    tree: &'a Tree,
    found: Vec<Problem>,
}

impl Checks<'_> {
    fn invalid(&mut self, path: &[Step], text: impl Into<String>) {
        self.found.push(self.tree.problem(path, Fault::Invalid(text.into())));
    }

    /// A sentence about a key somewhere below `path`, at that key.
    fn below(&mut self, path: &[Step], error: &dyn Display) {
        self.found.push(self.tree.problem_below(path, error.to_string()));
    }

    /// An empty list plans nothing; the same value twice plans the same cells twice.
    fn lists(&mut self) {
        let Some(Content::Map(entries)) = self.tree.root.get("sweep").map(|sweep| &sweep.content) else { return };
        let params = entries.iter().filter(|(key, _)| key.text == "params");
        let params = params.filter_map(|(_, node)| match &node.content {
            Content::Map(entries) => {
                Some(entries.iter().map(|(k, v)| (yaml_path!["sweep", "params", k.text.as_str()].to_vec(), v)))
            }
            _ => None,
        });
        let plain = entries.iter().map(|(k, v)| (yaml_path!["sweep", k.text.as_str()].to_vec(), v));
        for (mut path, node) in plain.chain(params.flatten()) {
            let Content::List(items) = &node.content else { continue };
            if items.is_empty() {
                self.invalid(&path, "an empty list plans nothing: leave the key out, or give a value");
            }
            // Samplers are compared once their defaults are known.
            let values: Vec<_> = items.iter().filter(|_| path[1] != "sampler".into()).map(Node::to_json).collect();
            if let Some(i) = (1..values.len()).find(|&i| values[..i].contains(&values[i])) {
                path.push(i.into());
                self.invalid(&path, format!("{} is there twice", values[i]));
            }
        }
    }

    fn choices(&mut self, spec: &Spec) {
        for key in super::LISTS {
            let swept = self.tree.root.get("sweep").is_some_and(|sweep| sweep.get(key).is_some());
            if swept && self.tree.root.get(key).is_some() {
                self.invalid(&yaml_path![key], format!("`{key}` is given here and in `sweep`: keep one of them"));
            }
        }
        if spec.sweep.steps.is_some() && spec.sweep.nfe.is_some() {
            self.invalid(
                &yaml_path!["sweep", "nfe"],
                "`steps` and `nfe` both say how many steps there are: keep one of them",
            );
        }
        for (key, counts) in [("steps", &spec.sweep.steps), ("nfe", &spec.sweep.nfe)] {
            for (i, n) in counts.iter().flatten().enumerate().filter(|(_, n)| n.get() > MOST_STEPS) {
                let text = format!("{} is out of range: a whole number from 1 to {MOST_STEPS} is allowed", n.get());
                self.invalid(&yaml_path!["sweep", key, i], text);
            }
        }
    }

    fn model(&mut self, spec: &Spec) {
        if let ModelSpec::Train(train) = &spec.model {
            if spec.data.is_none() {
                self.invalid(&yaml_path!["model", "train"], "a network is trained on `data`, which is not given");
            }
            if let Err(error) = train.check() {
                self.below(&yaml_path!["model", "train"], &error);
            }
            let marginal = "the exact marginal is known for closed forms only, not for a trained network: use `prior`";
            if spec.init == Some(InitSpec::Marginal) {
                self.invalid(&yaml_path!["init"], marginal);
            }
            if let Some(i) = spec.sweep.init.iter().flatten().position(|init| *init == InitSpec::Marginal) {
                self.invalid(&yaml_path!["sweep", "init", i], marginal);
            }
            return;
        }
        if spec.sweep.train_seed.is_some() {
            self.invalid(&yaml_path!["sweep", "train_seed"], "`train_seed` needs a model that is trained");
        }
        let built = match &spec.model {
            ModelSpec::Gaussian(gaussian) => gaussian.build().err().map(|error| ("gaussian", error)),
            ModelSpec::Mixture(mixture) => mixture.build(Path::new("")).err().map(|error| ("mixture", error)),
            ModelSpec::Train(_) => None,
        };
        if let Some((key, error)) = built {
            self.below(&yaml_path!["model", key], &error);
        }
    }

    fn metrics(&mut self, spec: &Spec) {
        for (i, metric) in spec.metrics.iter().enumerate() {
            if spec.metrics[..i].iter().any(|before| before.name() == metric.name()) {
                let text = format!("`{}` is there twice, but has one set of columns: keep one of them", metric.name());
                self.invalid(&yaml_path!["metrics", i], text);
            }
            let place = yaml_path!["metrics", i, metric.name()];
            if metric.is_distribution() && spec.samples.get() < 2 {
                let text =
                    format!("`{}` compares sets of 2 samples or more: raise `samples` or leave it out", metric.name());
                self.invalid(&yaml_path!["metrics", i], text);
            }
            let checked = match metric {
                MetricSpec::Trajectory { samples: 0 } => Err(("samples", "at least 1")),
                MetricSpec::Nll(nll) => nll.check(),
                MetricSpec::Bound(bound) => bound.check(),
                _ => continue,
            };
            if let Err((key, allowed)) = checked {
                self.below(&place, &format!("{key} is out of range; allowed: {allowed}"));
            }
            let MetricSpec::Nll(nll) = metric else { continue };
            if nll.prior == Prior::Exact && matches!(spec.model, ModelSpec::Train(_)) {
                let text = "prior `exact` is known for closed forms only, not for a trained network: use `standard`";
                self.below(&place, &text);
            }
        }
    }

    fn figures(&mut self, spec: &Spec) {
        for (i, figure) in spec.figures.iter().enumerate() {
            let FigureSpec::Heat(heat) = figure else { continue };
            if let Some((key, text)) = heat.contradiction() {
                self.invalid(&yaml_path!["figures", i, "heat", key], text);
            }
        }
    }

    fn processes(&mut self, spec: &Spec) {
        if let Some(Err(error)) = spec.process.as_ref().map(|process| process.build()) {
            self.below(&yaml_path!["process"], &error);
        }
        for (i, process) in spec.sweep.process.iter().flatten().enumerate() {
            if let Err(error) = process.build() {
                self.below(&yaml_path!["sweep", "process", i], &error);
            }
        }
    }
}
