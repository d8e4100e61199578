//! A sampler with every parameter resolved: what YAML gives, checked against what the plugin declares.

use super::error::nearest;
use super::values::RawValues;
use super::{Flags, Kind, ParamError, ParamInfo, ParamKind, Registry, SamplerInfo};
use ito_abi as abi;
use serde_json::{Map, Value};
use std::ffi::CStr;
use std::sync::Arc;

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// A number.
    #[serde(serialize_with = "number")]
    F64(f64),
    /// A whole number.
    I64(i64),
    /// true or false.
    Bool(bool),
    /// The chosen name.
    Enum(String),
    /// A text.
    Str(String),
    /// A list of numbers.
    #[serde(serialize_with = "numbers")]
    F64List(Vec<f64>),
    /// Another sampler with its values.
    #[serde(serialize_with = "as_yaml")]
    Sampler(Box<SamplerSpec>),
}

/// JSON has no infinity: it is written as YAML's word for it, which `convert` reads.
struct Number(f64);

impl serde::Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str(if self.0 > 0.0 { ".inf" } else { "-.inf" })
        }
    }
}

fn number<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Number(*value), serializer)
}

fn numbers<S: serde::Serializer>(list: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|v| Number(*v)))
}

fn as_yaml<S: serde::Serializer>(spec: &SamplerSpec, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&spec.yaml(), serializer)
}

/// What a sampler costs and claims with its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Evaluations a sample over all steps, inner samplers included.
    pub evaluations: u64,
    /// Order; the strong one for kind SDE; 0 = none claimed.
    pub order: f64,
    /// Weak order; 0 = none claimed.
    pub weak_order: f64,
    /// Which test it must pass.
    pub kind: Kind,
    /// What it needs.
    pub flags: Flags,
    /// 0, or the variable in which its weights assume equal spacing.
    pub uniform_in: u32,
}

/// A sampler with every value resolved.
#[derive(Clone, Debug)]
pub struct SamplerSpec {
    info: Arc<SamplerInfo>,
    /// Aligned with `info.params`; `None` = the alternative was not chosen, or there is no default.
    values: Vec<Option<ParamValue>>,
}

impl PartialEq for SamplerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.info.id == other.info.id && self.info.file.sha256 == other.info.file.sha256 && self.values == other.values
    }
}

impl SamplerSpec {
    /// Resolves a bare name or a one-key map `{ name: { parameter: value, … } }`.
    ///
    /// # Errors
    /// [`ParamError`] with the keys that lead to the mistake.
    pub fn resolve(value: &Value, registry: &Registry) -> Result<Self, ParamError> {
        let (id, given) = name_and_map(value).map_err(|text| ParamError::new(&[], text))?;
        let info = registry.find(id).ok_or_else(|| ParamError::new(&[], registry.unknown(id)))?;
        let values = fill(&info, given, registry).map_err(|e| e.inside(&[id]))?;
        if let Some(missing) = info.required.first() {
            let text =
                format!("sampler `{id}` needs the extension `{missing}`, which this version of ito does not have");
            return Err(ParamError::new(&[id], text));
        }
        Ok(Self { info, values })
    }

    /// The description of the sampler.
    #[must_use]
    pub fn info(&self) -> &Arc<SamplerInfo> {
        &self.info
    }

    /// The values, aligned with the parameters of [`info`](Self::info).
    #[must_use]
    pub fn values(&self) -> &[Option<ParamValue>] {
        &self.values
    }

    /// All parameters with their values, keys sorted, alternatives nested as in YAML.
    #[must_use]
    pub fn params(&self) -> Value {
        let mut out = Map::new();
        for (param, value) in self.info.params.iter().zip(&self.values) {
            let Some(value) = value else { continue };
            let json = serde_json::to_value(value).unwrap_or(Value::Null);
            let mut keys = param.id.split('.').peekable();
            let mut map = &mut out;
            while let Some(key) = keys.next() {
                if keys.peek().is_none() {
                    map.insert(key.to_owned(), json);
                    break;
                }
                let next = map.entry(key.to_owned()).or_insert_with(|| Value::Object(Map::new()));
                let Value::Object(next) = next else { break };
                map = next;
            }
        }
        sorted(Value::Object(out))
    }

    /// The one-key map that resolves to this again.
    #[must_use]
    pub fn yaml(&self) -> Value {
        Value::Object(Map::from_iter([(self.info.id.clone(), self.params())]))
    }

    /// A number among the values.
    #[must_use]
    pub fn f64(&self, id: &str) -> Option<f64> {
        let at = self.info.params.iter().position(|p| p.id == id)?;
        match self.values[at] {
            Some(ParamValue::F64(v)) => Some(v),
            _ => None,
        }
    }

    /// The samplers inside, in the order of the parameters, with the parameter's name.
    pub fn inners(&self) -> impl Iterator<Item = (&str, &SamplerSpec)> {
        self.info.params.iter().zip(&self.values).filter_map(|(p, v)| match v {
            Some(ParamValue::Sampler(spec)) => Some((p.id.as_str(), &**spec)),
            _ => None,
        })
    }

    /// Asks the plugin what N steps cost and which order it claims.
    ///
    /// # Errors
    /// The plugin's sentence when it refuses these values.
    pub fn plan(&self, steps: u64) -> Result<Plan, String> {
        let info = &self.info;
        let mut plan = abi::Plan {
            struct_size: size_of::<abi::Plan>() as u32,
            flags: info.raw.map_or_else(|| bits(info.flags), |raw| raw.flags),
            kind: info.raw.map_or(abi::KIND_ODE, |raw| raw.kind),
            uniform_in: info.uniform_in,
            steps,
            evaluations: info.evals_per_step * steps,
            inner_steps: 0,
            order: info.order,
            weak_order: info.weak_order,
        };
        if let Some(f) = info.raw.and_then(|raw| raw.plan) {
            let values = RawValues::new(self, &mut |_| 1);
            let mut why = [0 as std::ffi::c_char; 512];
            // SAFETY: values are aligned with the parameters; `plan` and `why` are valid and of the size given.
            let status = unsafe { f(values.as_ptr(), values.len(), &mut plan, why.as_mut_ptr(), why.len() as u64) };
            if status != abi::OK {
                // SAFETY: the buffer was zeroed and its last byte is out of the plugin's reach by the header.
                let text = unsafe { CStr::from_ptr(why.as_ptr()) }.to_string_lossy().into_owned();
                let text = if text.is_empty() { format!("status {status} without a reason") } else { text };
                return Err(format!("sampler `{}` refuses: {text}", info.id));
            }
        }
        let mut evaluations = plan.evaluations;
        for (_, inner) in self.inners() {
            evaluations += plan.inner_steps * inner.plan(1)?.evaluations;
        }
        Ok(Plan {
            evaluations,
            order: plan.order,
            weak_order: plan.weak_order,
            kind: if info.raw.is_some() {
                Kind::from_code(plan.kind).ok_or_else(|| format!("sampler `{}` plans kind {}", info.id, plan.kind))?
            } else {
                info.kind
            },
            flags: Flags::from_bits(plan.flags),
            uniform_in: plan.uniform_in,
        })
    }
}

fn bits(flags: Flags) -> u32 {
    let bit = |set: bool, bit: u32| if set { bit } else { 0 };
    bit(flags.one_step, abi::ONE_STEP)
        | bit(flags.per_row_step, abi::PER_ROW_STEP)
        | bit(flags.level, abi::LEVEL)
        | bit(flags.needs_alpha, abi::NEEDS_ALPHA)
        | bit(flags.final_mean, abi::FINAL_MEAN)
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        other => other,
    }
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

impl ParamInfo {
    /// The range in words.
    #[must_use]
    pub fn range(&self) -> String {
        let low = match (self.min, self.min_exclusive) {
            (f64::NEG_INFINITY, _) => None,
            (min, true) => Some(format!("above {min}")),
            (min, false) => Some(format!("at least {min}")),
        };
        let high = match (self.max, self.max_exclusive) {
            (f64::INFINITY, _) => None,
            (max, true) => Some(format!("below {max}")),
            (max, false) => Some(format!("at most {max}")),
        };
        [low, high].into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }

    /// `is … ; allowed: …` when a number is outside the range.
    pub(super) fn check_range(&self, value: &ParamValue) -> Result<(), String> {
        let inside = |v: f64| {
            let low = if self.min_exclusive { v > self.min } else { v >= self.min };
            let high = if self.max_exclusive { v < self.max } else { v <= self.max };
            low && high
        };
        #[allow(clippy::cast_precision_loss, reason = "ranges are small numbers")]
        let outside = match value {
            ParamValue::F64(v) => (!inside(*v)).then_some(*v),
            ParamValue::I64(v) => (!inside(*v as f64)).then_some(*v as f64),
            ParamValue::F64List(list) => list.iter().copied().find(|v| !inside(*v)),
            _ => None,
        };
        match outside {
            Some(v) => Err(format!("is {v}; allowed: {}", self.range())),
            None => Ok(()),
        }
    }
}

impl ParamValue {
    /// Copies a default out of a plugin's table.
    ///
    /// # Safety
    /// The union of `raw` holds the field its `kind` names, with valid pointers.
    pub(super) unsafe fn from_raw(raw: &abi::Value, kind: &ParamKind) -> Result<Option<Self>, String> {
        // SAFETY: each arm reads the field that `kind` names.
        unsafe {
            Ok(match (raw.kind, kind) {
                (abi::F64, _) => Some(Self::F64(raw.v.f64)),
                (abi::I64, _) => Some(Self::I64(raw.v.i64)),
                (abi::BOOL, _) => Some(Self::Bool(raw.v.i64 != 0)),
                (abi::ENUM, ParamKind::Enum(names)) => {
                    let at = usize::try_from(raw.v.i64).ok();
                    let name = at.and_then(|at| names.get(at));
                    Some(Self::Enum(name.ok_or_else(|| format!("the default {} is no name", raw.v.i64))?.clone()))
                }
                (abi::STR, _) => Some(Self::Str(super::info::text(raw.v.str)?)),
                (abi::F64LIST, _) if raw.len == 0 => Some(Self::F64List(Vec::new())),
                (abi::F64LIST, _) => {
                    Some(Self::F64List(std::slice::from_raw_parts(raw.v.f64s, raw.len as usize).to_vec()))
                }
                _ => None,
            })
        }
    }
}
