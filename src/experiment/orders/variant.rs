//! The choices of a sampler that have rows of their own.

use super::Extent;
use crate::plugin::{ParamInfo, ParamKind, Plan, Registry, SamplerInfo, SamplerSpec};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Parameters whose choices are other formulas: the variable, the step control, the starting values, the published or
/// the exact form, what the model predicts, the rule for the variance, the type of a solver.
const CHOICES: [&str; 7] = ["in", "control", "start", "form", "predict", "variance", "type"];
/// The parameter whose whole numbers are the orders of one family.
const ORDER: &str = "order";
/// Parameters that change the formula, too, but on their own: each value with the defaults of all others. So are the orders of
/// a part, whose names end like this.
const ALONE: [&str; 6] = ["weights", "rule", "quadrature", "paths", "corrector", "extrapolate"];
const PART_ORDER: &str = "_order";
/// The parameter that lowers the order of the last steps: a switch, or a choice with this name for no.
const LOWER_ORDER_FINAL: &str = "lower_order_final";
const NEVER: &str = "never";
/// Parameters that make an SDE of a flow: measured without and with noise.
const NOISE: [&str; 3] = ["eta", "tau", "s_churn"];
/// Orders beyond this are not measured: too few errors lie between 1e-3 and 100 floors to show them.
const MOST_ORDERS: f64 = 6.0;
/// The level of a Markov chain, which every run of one must give.
pub(super) const LEVEL: &str = "level";

/// A sampler with some choices made.
pub(super) struct Variant<'a> {
    pub(super) info: Arc<SamplerInfo>,
    /// `in: sigma, control: off`
    pub(super) label: String,
    /// Whether all choices are the sampler's defaults.
    pub(super) default: bool,
    given: Map<String, Value>,
    registry: &'a Registry,
}

/// The choices of a sampler: every combination of them, where less is measured the defaults and each other value alone; then
/// the values that are measured alone.
pub(super) fn all<'a>(info: &Arc<SamplerInfo>, registry: &'a Registry, extent: Extent) -> Vec<Variant<'a>> {
    let default = |param: &ParamInfo| param.default.as_ref().map(|value| serde_json::json!(value));
    let choices: Vec<(&ParamInfo, Vec<Value>)> =
        info.params.iter().map(|param| (param, choices(param))).filter(|(_, values)| !values.is_empty()).collect();
    let defaults: Option<Map<String, Value>> =
        choices.iter().map(|(param, _)| Some((param.id.clone(), default(param)?))).collect();
    let with = |map: &Map<String, Value>, param: &ParamInfo, value: &Value| {
        let mut map = map.clone();
        map.insert(param.id.clone(), value.clone());
        map
    };
    let each_alone = |map: &Map<String, Value>, param: &ParamInfo, values: &[Value]| -> Vec<Map<String, Value>> {
        let others = values.iter().filter(|value| Some(*value) != default(param).as_ref());
        others.map(|value| with(map, param, value)).collect()
    };
    let mut given = match &defaults {
        Some(defaults) if extent != Extent::Table => vec![defaults.clone()],
        _ => choices.iter().fold(vec![Map::new()], |all, (param, values)| {
            all.iter().flat_map(|map| values.iter().map(move |value| with(map, param, value))).collect()
        }),
    };
    if let (Some(defaults), true) = (&defaults, extent == Extent::Quick) {
        given.extend(choices.iter().flat_map(|(param, values)| each_alone(defaults, param, values)));
    }
    if let (Some(defaults), true) = (&defaults, extent != Extent::Brief) {
        given.extend(info.params.iter().flat_map(|param| each_alone(defaults, param, &alone(param))));
    }
    let variant = |given: Map<String, Value>| {
        let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = |(key, v): (&String, &Value)| format!("{key}: {}", value(v));
        let label = given.iter().map(text).collect::<Vec<_>>().join(", ");
        let defaults =
            |param: &ParamInfo| given.get(&param.id).is_none_or(|value| Some(value) == default(param).as_ref());
        let default = info.params.iter().all(defaults);
        Variant { info: Arc::clone(info), label, default, given, registry }
    };
    let all: Vec<Variant<'_>> = given.into_iter().map(variant).collect();
    // Combinations that the plugin refuses are no formulas; where it refuses all, a row says why.
    let served = all.iter().any(|variant| variant.plan().is_ok());
    all.into_iter().filter(|variant| !served || variant.plan().is_ok()).collect()
}

/// The values of a parameter that are formulas of their own; none for most parameters.
fn choices(param: &ParamInfo) -> Vec<Value> {
    match &param.kind {
        ParamKind::Enum(names) if CHOICES.contains(&param.id.as_str()) => {
            names.iter().cloned().map(Value::String).collect()
        }
        ParamKind::I64 if param.id == ORDER => orders(param),
        ParamKind::F64 if NOISE.contains(&param.id.as_str()) => vec![0.0.into(), 1.0.into()],
        _ => Vec::new(),
    }
}

/// The values of a parameter that changes the formula on its own.
fn alone(param: &ParamInfo) -> Vec<Value> {
    match &param.kind {
        ParamKind::I64 if param.id.ends_with(PART_ORDER) => orders(param),
        _ if !ALONE.contains(&param.id.as_str()) => Vec::new(),
        ParamKind::Enum(names) => names.iter().cloned().map(Value::String).collect(),
        ParamKind::Bool => vec![false.into(), true.into()],
        _ => Vec::new(),
    }
}

fn orders(param: &ParamInfo) -> Vec<Value> {
    (param.min as i64..=param.max.min(MOST_ORDERS) as i64).map(Value::from).collect()
}

impl Variant<'_> {
    /// The sampler with these parameters too.
    pub(super) fn spec(&self, more: &[(&str, Value)]) -> Result<SamplerSpec, String> {
        let mut given = self.given.clone();
        given.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let value = Value::Object(Map::from_iter([(self.info.id.clone(), Value::Object(given))]));
        SamplerSpec::resolve(&value, self.registry).map_err(|e| e.to_string())
    }

    /// What the plugin says of these choices.
    pub(super) fn plan(&self) -> Result<Plan, String> {
        let level = self.param(LEVEL).map(|_| (LEVEL, Value::from(0.5)));
        self.spec(level.as_slice())?.plan(1)
    }

    /// What shows a formula of several steps alone, without the lower orders that practice puts at its end.
    pub(super) fn whole(&self) -> Vec<(&'static str, Value)> {
        let never = match self.param(LOWER_ORDER_FINAL).map(|param| &param.kind) {
            Some(ParamKind::Bool) => Some(Value::Bool(false)),
            Some(ParamKind::Enum(_)) => Some(NEVER.into()),
            _ => None,
        };
        never.map(|never| (LOWER_ORDER_FINAL, never)).into_iter().collect()
    }

    /// The order of the formula alone, which decides on what data it is measured.
    pub(super) fn formula_order(&self, plan: &Plan) -> f64 {
        if plan.flags.one_step {
            return plan.order;
        }
        self.spec(&self.whole()).and_then(|spec| spec.plan(1)).map_or(plan.order, |plan| plan.order)
    }

    /// Whether the sampler has a parameter with this choice.
    pub(super) fn can_be(&self, id: &str, name: &str) -> bool {
        self.param(id).is_some_and(|p| matches!(&p.kind, ParamKind::Enum(names) if names.iter().any(|n| n == name)))
    }

    /// A declared parameter.
    pub(super) fn param(&self, id: &str) -> Option<&ParamInfo> {
        self.info.params.iter().find(|param| param.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(id: &str, kind: ParamKind, (min, max): (f64, f64)) -> ParamInfo {
        ParamInfo {
            id: id.into(),
            unit: String::new(),
            doc: String::new(),
            kind,
            default: None,
            min,
            max,
            min_exclusive: false,
            max_exclusive: false,
            required: false,
        }
    }

    #[test]
    fn every_order_that_can_be_chosen_is_measured() {
        let values = |param: &ParamInfo| (choices(param), alone(param));
        let to = |last: i64, first: i64| (first..=last).map(Value::from).collect::<Vec<_>>();
        assert_eq!(values(&param("order", ParamKind::I64, (1.0, 4.0))), (to(4, 1), vec![]));
        assert_eq!(values(&param("order", ParamKind::I64, (2.0, 11.0))), (to(6, 2), vec![]));
        assert_eq!(values(&param("corrector_order", ParamKind::I64, (0.0, 4.0))), (vec![], to(4, 0)));
        assert_eq!(values(&param("window", ParamKind::I64, (1.0, 64.0))), (vec![], vec![]));
        assert_eq!(values(&param("corrector", ParamKind::Bool, (0.0, 0.0))), (vec![], vec![false.into(), true.into()]));
    }
}
