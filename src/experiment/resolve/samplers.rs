//! Samplers of the sweep against the plugins, with the values of `sweep.params` filled in.

use super::super::error::{Fault, Problem};
use super::super::load::yaml_path;
use super::super::load::{Step, Tree};
use super::super::spec::{SamplerValue, Spec};
use crate::plugin::{ParamError, Registry, SamplerSpec, sampler_of};
use serde_json::{Map, Value};

/// The axis of `sweep.params` that sets both tolerances of a sampler to one value: with one of them alone, the other
/// would soon decide the error.
const BOTH: &str = "tol";
const TOLERANCES: [&str; 2] = ["rtol", "atol"];

/// The samplers in the order of the plan: as listed, each with every combination of the swept parameters
/// that it has and does not set itself, the last parameter varying fastest.
pub(super) fn expand(tree: &Tree, spec: &Spec, registry: &Registry) -> Result<Vec<SamplerSpec>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut samplers: Vec<SamplerSpec> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for (i, SamplerValue(value)) in spec.sweep.sampler.iter().enumerate() {
        let here = yaml_path!["sweep", "sampler", i];
        let info = match sampler_of(value, registry) {
            Ok(info) => info,
            Err(error) => {
                problems.push(problem(tree, &here, &error));
                continue;
            }
        };
        let params = &info.params;
        known.extend(params.iter().map(|p| p.id.clone()));
        let has = |id: &str| params.iter().any(|p| p.id == id);
        if TOLERANCES.iter().all(|id| has(id)) {
            known.push(BOTH.to_owned());
        }
        let swept: Vec<(&String, &Vec<Value>)> = (spec.sweep.params.iter())
            .filter(|(id, _)| targets(id, &has).iter().all(|id| has(id) && !is_set(value, &info.id, id)))
            .collect();
        let lengths: Vec<usize> = swept.iter().map(|(_, values)| values.len()).collect();
        for places in super::super::plan::combinations(&lengths) {
            let mut value = with_params(value, &info.id);
            for ((id, values), &at) in swept.iter().zip(&places) {
                for id in targets(id, &has) {
                    insert(&mut value, &info.id, id, values[at].clone());
                }
            }
            match SamplerSpec::resolve(&value, registry) {
                Ok(sampler) if samplers.contains(&sampler) => {
                    let text = format!("sampler `{}` with these values is there twice", sampler.info().id);
                    problems.push(tree.problem(&here, Fault::Invalid(text)));
                }
                Ok(sampler) => samplers.push(sampler),
                // The swept value that the error leads to is wrong; else the sampler is as written, or misses something.
                Err(error) => {
                    let to = error.path.get(1).map_or("", String::as_str);
                    let leads = |id: &str| targets(id, &has).iter().any(|id| id.split('.').next() == Some(to));
                    let found = match swept.iter().zip(&places).find(|((id, _), _)| leads(id)) {
                        Some(((id, _), at)) => {
                            let at = yaml_path!["sweep", "params", id.as_str(), *at];
                            tree.problem(&at, Fault::Sampler(error.text))
                        }
                        None => problem(tree, &here, &error),
                    };
                    if !problems.contains(&found) {
                        problems.push(found);
                    }
                }
            }
        }
    }
    known.sort();
    known.dedup();
    if spec.sweep.params.contains_key(BOTH) {
        let twice = TOLERANCES.into_iter().filter(|id| spec.sweep.params.contains_key(*id));
        problems.extend(twice.map(|id| {
            let text = format!("`{BOTH}` sets `{id}` already: keep one of the two");
            tree.problem(&yaml_path!["sweep", "params", id], Fault::Invalid(text))
        }));
    }
    let nobodys = spec.sweep.params.keys().filter(|id| !known.contains(id));
    let unknown: Vec<Problem> = nobodys
        .map(|id| {
            let fault = Fault::UnknownName {
                what: "parameter of these samplers".into(),
                found: id.clone(),
                allowed: known.clone(),
            };
            tree.problem(&yaml_path!["sweep", "params", id.as_str()], fault)
        })
        .collect();
    // A sampler that was not found may be the one that has the parameter.
    if problems.is_empty() {
        problems = unknown;
    }
    if problems.is_empty() { Ok(samplers) } else { Err(problems) }
}

/// The parameters that an axis of `sweep.params` sets in a sampler.
fn targets<'a>(id: &'a str, has: &impl Fn(&str) -> bool) -> Vec<&'a str> {
    if id == BOTH && !has(BOTH) { TOLERANCES.to_vec() } else { vec![id] }
}

fn problem(tree: &Tree, sampler: &[Step], error: &ParamError) -> Problem {
    let below = error.path.iter().map(|key| Step::Key(key.clone()));
    let path: Vec<Step> = sampler.iter().cloned().chain(below).collect();
    tree.problem(&path, Fault::Sampler(error.text.clone()))
}

/// Whether the sampler as written sets the parameter, or another alternative of the same choice.
fn is_set(value: &Value, sampler: &str, id: &str) -> bool {
    value.get(sampler).and_then(|params| params.get(id.split('.').next()?)).is_some()
}

/// The sampler as a one-key map.
fn with_params(value: &Value, sampler: &str) -> Value {
    match value {
        Value::Object(_) if value.get(sampler).is_some_and(Value::is_object) => value.clone(),
        _ => Value::Object(Map::from_iter([(sampler.to_owned(), Value::Object(Map::new()))])),
    }
}

/// Sets `step.sigma` as `{ step: { sigma: value } }`.
fn insert(sampler: &mut Value, name: &str, id: &str, value: Value) {
    let nested = id.split('.').rev().fold(value, |inner, key| Value::Object(Map::from_iter([(key.to_owned(), inner)])));
    if let (Some(Value::Object(params)), Value::Object(nested)) = (sampler.get_mut(name), nested) {
        params.extend(nested);
    }
}
