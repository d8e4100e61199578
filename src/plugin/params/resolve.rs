//! From a name and its map of parameters to values: defaults, alternatives, types, ranges.

use super::{ParamValue, SamplerSpec};
use crate::plugin::error::nearest;
use crate::plugin::table::EXTENSIONS;
use crate::plugin::{ParamError, ParamInfo, ParamKind, Registry, SamplerInfo};
use serde_json::{Map, Value};
use std::sync::Arc;

impl SamplerSpec {
    /// Resolves a bare name or a one-key map `{ name: { parameter: value, … } }`.
    ///
    /// # Errors
    /// [`ParamError`] with the keys that lead to the mistake.
    pub fn resolve(value: &Value, registry: &Registry) -> Result<Self, ParamError> {
        let (info, given) = found(value, registry)?;
        let id = info.id.as_str();
        let values = fill(&info, given, registry).map_err(|e| e.inside(&[id]))?;
        if let Some(missing) = info.required.iter().find(|id| !EXTENSIONS.contains(&id.as_str())) {
            let text =
                format!("sampler `{id}` needs the extension `{missing}`, which this version of ito does not have");
            return Err(ParamError::new(&[id], text));
        }
        Ok(Self { info, values })
    }
}

/// The description of the sampler that a bare name or a one-key map is about, whatever its parameters.
///
/// # Errors
/// [`ParamError`] where it is no sampler.
pub fn sampler_of(value: &Value, registry: &Registry) -> Result<Arc<SamplerInfo>, ParamError> {
    found(value, registry).map(|(info, _)| info)
}

fn found<'a>(value: &'a Value, registry: &Registry) -> Result<(Arc<SamplerInfo>, &'a Map<String, Value>), ParamError> {
    let (id, given) = name_and_map(value).map_err(|text| ParamError::new(&[], text))?;
    let info = registry.find(id).ok_or_else(|| ParamError::new(&[], registry.unknown(id)))?;
    Ok((info, given))
}

static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

fn name_and_map(value: &Value) -> Result<(&str, &Map<String, Value>), String> {
    match value {
        Value::String(id) => Ok((id, &EMPTY)),
        Value::Object(map) if map.len() == 1 => match map.iter().next() {
            Some((id, Value::Object(given))) => Ok((id, given)),
            Some((id, Value::Null)) => Ok((id, &EMPTY)),
            Some((id, other)) => Err(format!("the parameters of `{id}` are {}; allowed: a map", words(other))),
            None => Err("an empty map is no sampler".to_owned()),
        },
        Value::Object(map) => Err(format!(
            "a map with {} keys is no sampler; allowed: a name, or one key with a map of parameters",
            map.len()
        )),
        other => Err(format!("{} is no sampler; allowed: a name, or one key with a map of parameters", words(other))),
    }
}

/// A JSON value in words.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(b) => format!("`{b}`"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) => format!("the text \"{s}\""),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

fn fill(
    info: &SamplerInfo,
    given: &Map<String, Value>,
    registry: &Registry,
) -> Result<Vec<Option<ParamValue>>, ParamError> {
    let params = &info.params;
    let mut values: Vec<Option<ParamValue>> = vec![None; params.len()];
    let head = |p: &ParamInfo| p.id.split('.').next().unwrap_or_default().to_owned();
    for (key, value) in given {
        // Written flat, two alternatives could hold.
        if key.contains('.') && params.iter().any(|p| p.id == *key) {
            let text = format!("parameter `{key}` of sampler `{}` is written `{}`", info.id, nested(key));
            return Err(ParamError::new(&[key], text));
        }
        if let Some(at) = params.iter().position(|p| p.id == *key) {
            values[at] = Some(convert(&params[at], value, registry).map_err(|e| e.inside(&[key]))?);
        } else if params.iter().any(|p| head(p) == *key) {
            alternative(params, key, value, registry, &mut values).map_err(|e| e.inside(&[key]))?;
        } else {
            let mut names: Vec<String> = params.iter().map(head).collect();
            names.dedup();
            let allowed = if names.is_empty() { "none, it has no parameters".to_owned() } else { names.join(", ") };
            let near = nearest(key, names.iter().map(String::as_str));
            let text = format!("unknown parameter `{key}` of sampler `{}`; allowed: {allowed}{near}", info.id);
            return Err(ParamError::new(&[key], text));
        }
    }
    for at in 0..params.len() {
        let p = &params[at];
        let choice = p.id.split_once('.').map(|(choice, rest)| (choice, rest.split('.').next().unwrap_or(rest)));
        match choice {
            None if values[at].is_none() => match &p.default {
                Some(ParamValue::Str(id)) if p.kind == ParamKind::Sampler => {
                    let value = convert(p, &Value::String(id.clone()), registry);
                    values[at] = Some(value.map_err(|e| e.inside(&[&p.id]))?);
                }
                Some(default) => values[at] = Some(default.clone()),
                None if p.required => {
                    let text = format!("parameter `{}` of sampler `{}` must be given: {}", p.id, info.id, p.doc);
                    return Err(ParamError::new(&[], text));
                }
                None => {}
            },
            Some((choice, name)) if !chosen(params, choice, &values) && p.default.is_some() => {
                let prefix = format!("{choice}.{name}");
                let of_it = |q: &ParamInfo| q.id == prefix || q.id.starts_with(&format!("{prefix}."));
                for (q, value) in params.iter().zip(&mut values).filter(|(q, _)| of_it(q)) {
                    value.clone_from(&q.default);
                }
            }
            _ => {}
        }
    }
    Ok(values)
}

/// `step: { score-norm: { snr: … } }` for `step.score-norm.snr`.
fn nested(id: &str) -> String {
    let mut keys = id.rsplit('.');
    let last = keys.next().unwrap_or_default();
    keys.fold(format!("{last}: …"), |inner, key| format!("{key}: {{ {inner} }}"))
}

/// Whether some alternative of a choice has a value.
fn chosen(params: &[ParamInfo], choice: &str, values: &[Option<ParamValue>]) -> bool {
    let of_it = |p: &ParamInfo| p.id.split_once('.').is_some_and(|(c, _)| c == choice);
    params.iter().zip(values).any(|(p, v)| of_it(p) && v.is_some())
}

/// `step: { sigma: 0.16 }` or `step: { score-norm: { snr: 0.16 } }` or `step: score-norm`.
fn alternative(
    params: &[ParamInfo],
    choice: &str,
    value: &Value,
    registry: &Registry,
    values: &mut [Option<ParamValue>],
) -> Result<(), ParamError> {
    let mut names: Vec<&str> = Vec::new();
    for p in params {
        if let Some((c, rest)) = p.id.split_once('.') {
            let name = rest.split('.').next().unwrap_or(rest);
            if c == choice && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let allowed = names.iter().map(|n| format!("{{ {n}: … }}")).collect::<Vec<_>>().join(" or ");
    let (name, inner) = match value {
        Value::String(name) => (name.as_str(), &Value::Null),
        Value::Object(map) if map.len() == 1 => match map.iter().next() {
            Some((name, inner)) => (name.as_str(), inner),
            None => return Err(ParamError::new(&[], format!("nothing is given; allowed: {allowed}"))),
        },
        other => return Err(ParamError::new(&[], format!("found {}; allowed: {allowed}", words(other)))),
    };
    if !names.contains(&name) {
        let near = nearest(name, names.iter().copied());
        return Err(ParamError::new(&[name], format!("unknown alternative `{name}`; allowed: {allowed}{near}")));
    }
    let id = format!("{choice}.{name}");
    if let Some(at) = params.iter().position(|p| p.id == id) {
        if inner.is_null() && params[at].default.is_some() {
            values[at].clone_from(&params[at].default);
        } else {
            values[at] = Some(convert(&params[at], inner, registry).map_err(|e| e.inside(&[name]))?);
        }
        return Ok(());
    }
    let fields = match inner {
        Value::Object(map) => map,
        Value::Null => &EMPTY,
        other => {
            return Err(ParamError::new(&[name], format!("found {}; allowed: a map of its fields", words(other))));
        }
    };
    let prefix = format!("{id}.");
    let of_it = || params.iter().enumerate().filter_map(|(at, p)| Some((at, p, p.id.strip_prefix(&prefix)?)));
    if let Some(key) = fields.keys().find(|key| !of_it().any(|(_, _, field)| field == *key)) {
        let known: Vec<&str> = of_it().map(|(_, _, field)| field).collect();
        let text =
            format!("unknown field `{key}`; allowed: {}{}", known.join(", "), nearest(key, known.iter().copied()));
        return Err(ParamError::new(&[name, key], text));
    }
    for (at, p, field) in of_it() {
        values[at] = match fields.get(field) {
            Some(value) => Some(convert(p, value, registry).map_err(|e| e.inside(&[name, field]))?),
            None if p.default.is_none() => {
                return Err(ParamError::new(&[name], format!("field `{field}` must be given: {}", p.doc)));
            }
            None => p.default.clone(),
        };
    }
    Ok(())
}

/// One value against its declaration.
fn convert(p: &ParamInfo, value: &Value, registry: &Registry) -> Result<ParamValue, ParamError> {
    let wrong = |allowed: &str| {
        let text = format!("parameter `{}` is {}; allowed: {allowed}", p.id, words(value));
        ParamError::new(&[], text)
    };
    let number = |value: &Value| match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => match s.as_str() {
            ".inf" | "inf" => Some(f64::INFINITY),
            "-.inf" | "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    };
    let converted = match &p.kind {
        ParamKind::F64 => ParamValue::F64(number(value).ok_or_else(|| wrong("a number"))?),
        ParamKind::I64 => ParamValue::I64(value.as_i64().ok_or_else(|| wrong("a whole number"))?),
        ParamKind::Bool => ParamValue::Bool(value.as_bool().ok_or_else(|| wrong("true or false"))?),
        ParamKind::Str => ParamValue::Str(value.as_str().ok_or_else(|| wrong("a text"))?.to_owned()),
        ParamKind::Enum(names) => {
            let allowed = names.join(", ");
            let name = value.as_str().ok_or_else(|| wrong(&allowed))?;
            if !names.iter().any(|n| n == name) {
                return Err(wrong(&format!("{allowed}{}", nearest(name, names.iter().map(String::as_str)))));
            }
            ParamValue::Enum(name.to_owned())
        }
        ParamKind::F64List => {
            let list = value.as_array().ok_or_else(|| wrong("a list of numbers"))?;
            let list: Option<Vec<f64>> = list.iter().map(number).collect();
            ParamValue::F64List(list.ok_or_else(|| wrong("a list of numbers"))?)
        }
        ParamKind::Sampler => {
            let spec = SamplerSpec::resolve(value, registry)?;
            let flags = spec.plan(1).map(|plan| plan.flags);
            if !flags.is_ok_and(|f| f.one_step && !f.per_row_step && !f.level) {
                let text = format!(
                    "sampler `{}` keeps a history or chooses its steps, so it cannot run inside another; \
                     allowed: one-step samplers",
                    spec.info.id
                );
                return Err(ParamError::new(&[], text));
            }
            ParamValue::Sampler(Box::new(spec))
        }
    };
    p.check_range(&converted).map_err(|reason| ParamError::new(&[], format!("parameter `{}` {reason}", p.id)))?;
    Ok(converted)
}
