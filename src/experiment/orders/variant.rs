//! The choices of a sampler that have rows of their own.

use crate::plugin::{ParamInfo, ParamKind, Plan, Registry, SamplerInfo, SamplerSpec};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Parameters whose choices are other formulas: the variable, the step control, the starting values.
const CHOICES: [&str; 3] = ["in", "control", "start"];
/// The level of a Markov chain, which every run of one must give.
pub(super) const LEVEL: &str = "level";

/// A sampler with some choices made.
pub(super) struct Variant<'a> {
    pub(super) info: Arc<SamplerInfo>,
    /// `in: sigma, control: off`
    pub(super) label: String,
    given: Map<String, Value>,
    registry: &'a Registry,
}

/// Every combination of the choices of a sampler.
pub(super) fn all<'a>(info: &Arc<SamplerInfo>, registry: &'a Registry) -> Vec<Variant<'a>> {
    let mut given = vec![Map::new()];
    for param in info.params.iter().filter(|param| CHOICES.contains(&param.id.as_str())) {
        let ParamKind::Enum(names) = &param.kind else { continue };
        let with = |map: &Map<String, Value>, name: &String| {
            let mut map = map.clone();
            map.insert(param.id.clone(), Value::String(name.clone()));
            map
        };
        given = given.iter().flat_map(|map| names.iter().map(move |name| with(map, name))).collect();
    }
    let variant = |given: Map<String, Value>| {
        let text = |(key, value): (&String, &Value)| format!("{key}: {}", value.as_str().unwrap_or_default());
        let label = given.iter().map(text).collect::<Vec<_>>().join(", ");
        Variant { info: Arc::clone(info), label, given, registry }
    };
    given.into_iter().map(variant).collect()
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

    /// Whether the sampler has a parameter with this choice.
    pub(super) fn can_be(&self, id: &str, name: &str) -> bool {
        self.param(id).is_some_and(|p| matches!(&p.kind, ParamKind::Enum(names) if names.iter().any(|n| n == name)))
    }

    /// A declared parameter.
    pub(super) fn param(&self, id: &str) -> Option<&ParamInfo> {
        self.info.params.iter().find(|param| param.id == id)
    }
}
