//! The JSON Schema of an experiment, for editors, and the reference page of its keys. Both come from the doc comments
//! of the types, so that neither can fall behind.

mod reference;

pub use reference::reference_markdown;

use super::spec::Spec;
use crate::plugin::{ParamInfo, ParamKind, Registry, SamplerInfo};
use serde_json::{Map, Value, json};

/// The JSON Schema of an experiment, with the samplers of the registry and their parameters.
#[must_use]
pub fn schema(registry: &Registry) -> Value {
    let mut schema = plain();
    let names = |required: &Value| -> Option<String> { Some(required.as_array()?.first()?.as_str()?.to_owned()) };
    let root = schema.clone();
    each_object(&mut schema, &mut |map| {
        let Some(choices) = map.get_mut("oneOf").and_then(Value::as_array_mut) else { return };
        // A choice whose keys all have defaults may be its bare name.
        let bare: Vec<String> = choices
            .iter()
            .filter(|choice| choice.get("properties").is_some())
            .filter_map(|choice| {
                let name = names(choice.get("required")?)?;
                let inner = resolved(&root, choice.get("properties")?.get(&name)?);
                (inner.get("type") == Some(&json!("object")) && inner.get("required").is_none()).then_some(name)
            })
            .collect();
        if !bare.is_empty() {
            choices.push(json!({ "enum": bare }));
        }
    });
    schema["$defs"]["Sampler"] = samplers(registry);
    schema
}

/// The schema as the types have it.
fn plain() -> Value {
    let mut schema = schemars::schema_for!(Spec).to_value();
    schema["title"] = "experiment of ito".into();
    schema
}

/// The schema behind a `$ref`.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            change(map);
            map.values_mut().for_each(|value| each_object(value, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

/// A sampler: its name where nothing must be given, or a one-key map.
fn samplers(registry: &Registry) -> Value {
    let bare: Vec<&str> = registry
        .samplers()
        .iter()
        .filter(|info| !info.params.iter().any(|p| p.required))
        .map(|info| info.id.as_str())
        .collect();
    let full = registry.samplers().iter().map(|info| {
        json!({
            "description": info.summary,
            "type": "object",
            "properties": { (info.id.as_str()): parameters(info) },
            "required": [info.id],
            "additionalProperties": false,
        })
    });
    let mut choices: Vec<Value> = full.collect();
    choices.insert(0, json!({ "enum": bare }));
    json!({ "description": "A sampler, by name or with parameters.", "anyOf": choices })
}

/// The parameters of a sampler; dots of their ids are levels.
fn parameters(info: &SamplerInfo) -> Value {
    let mut root = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    for param in &info.params {
        let mut keys: Vec<&str> = param.id.split('.').collect();
        let Some(last) = keys.pop() else { continue };
        let level = keys.into_iter().fold(&mut root, |level, key| {
            let below = &mut level["properties"][key];
            if below.is_null() {
                // An alternative may be its bare name.
                *below = json!({ "type": ["object", "string"], "properties": {}, "additionalProperties": false });
            }
            below
        });
        level["properties"][last] = parameter(param);
    }
    let required: Vec<&str> =
        info.params.iter().filter(|p| p.required && !p.id.contains('.')).map(|p| &*p.id).collect();
    if !required.is_empty() {
        root["required"] = json!(required);
    }
    root
}

fn parameter(param: &ParamInfo) -> Value {
    let mut schema = match &param.kind {
        ParamKind::F64 => json!({ "type": "number" }),
        ParamKind::I64 => json!({ "type": "integer" }),
        ParamKind::Bool => json!({ "type": "boolean" }),
        ParamKind::Str => json!({ "type": "string" }),
        ParamKind::Enum(names) => json!({ "enum": names }),
        ParamKind::F64List => json!({ "type": "array", "items": { "type": "number" } }),
        ParamKind::Sampler => return json!({ "description": param.doc, "$ref": "#/$defs/Sampler" }),
    };
    schema["description"] = param.doc.clone().into();
    if let Some(default) = &param.default {
        schema["default"] = json!(default);
    }
    if matches!(param.kind, ParamKind::F64 | ParamKind::I64) {
        let bounds = [
            (param.min, if param.min_exclusive { "exclusiveMinimum" } else { "minimum" }),
            (param.max, if param.max_exclusive { "exclusiveMaximum" } else { "maximum" }),
        ];
        for (bound, key) in bounds.into_iter().filter(|(bound, _)| bound.is_finite()) {
            schema[key] = bound.into();
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn samplers_come_from_the_registry_and_bare_names_where_defaults_serve() {
        let schema = schema(&testing::registry());
        let sampler = &schema["$defs"]["Sampler"]["anyOf"];
        let bare = &sampler[0]["enum"];
        assert!(bare.as_array().is_some_and(|names| names.contains(&json!("heun")) && !names.contains(&json!("ula"))));
        let properties = |id: &str| {
            let all = sampler.as_array().expect("a list of samplers");
            let one = all.iter().find_map(|s| s.get("properties")?.get(id)).expect("the sampler");
            one["properties"].clone()
        };
        assert_eq!(properties("heun")["in"]["enum"], json!(["t", "sigma"]));
        assert_eq!(properties("rk45")["rtol"]["exclusiveMinimum"], json!(0.0));
        assert_eq!(properties("annealed-langevin")["step"]["properties"]["sigma"]["default"], json!(0.16));
        let process = schema["$defs"]["ProcessSpec"]["oneOf"].as_array().expect("the processes").last().cloned();
        let bare = process.expect("a last choice")["enum"].clone();
        assert!(bare.as_array().is_some_and(|names| names.contains(&json!("vp"))), "{bare}");
    }
}
