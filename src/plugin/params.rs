//! A sampler with every parameter resolved: what YAML gives, checked against what the plugin declares.

mod resolve;
mod value;

pub use resolve::sampler_of;
pub use value::ParamValue;

use super::values::RawValues;
use super::{Flags, Kind, ParamKind, SamplerInfo};
use crate::sampler::Final;
use ito_abi as abi;
use serde_json::{Map, Value};
use std::ffi::c_char;
use std::sync::Arc;

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
    /// The description of the sampler.
    #[must_use]
    pub fn info(&self) -> &Arc<SamplerInfo> {
        &self.info
    }

    /// Whether the sampler, or one inside it, cannot work without an extension.
    #[must_use]
    pub fn requires(&self, extension: &str) -> bool {
        let inside =
            |value: &Option<ParamValue>| matches!(value, Some(ParamValue::Sampler(inner)) if inner.requires(extension));
        self.info.required.iter().any(|id| id == extension) || self.values.iter().any(inside)
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

    /// The same with another choice for a parameter of names; `None` where it has no such choice.
    #[must_use]
    pub fn choosing(&self, id: &str, name: &str) -> Option<Self> {
        let has = |kind: &ParamKind| matches!(kind, ParamKind::Enum(names) if names.iter().any(|n| n == name));
        let at = self.info.params.iter().position(|p| p.id == id && has(&p.kind))?;
        let mut other = self.clone();
        other.values[at] = Some(ParamValue::Enum(name.to_owned()));
        Some(other)
    }

    /// The samplers inside, in the order of the parameters, with the parameter's name.
    pub fn inners(&self) -> impl Iterator<Item = (&str, &SamplerSpec)> {
        self.info.params.iter().zip(&self.values).filter_map(|(p, v)| match v {
            Some(ParamValue::Sampler(spec)) => Some((p.id.as_str(), &**spec)),
            _ => None,
        })
    }

    /// What it needs with its values; as declared where it refuses to plan one step.
    #[must_use]
    pub fn flags(&self) -> Flags {
        self.plan(1).map_or(self.info.flags, |plan| plan.flags)
    }

    /// What becomes of its last step where an experiment does not say.
    #[must_use]
    pub fn own_final(&self) -> Final {
        if self.flags().final_mean { Final::Mean } else { Final::State }
    }

    /// Asks the plugin what N steps cost and which order it claims.
    ///
    /// # Errors
    /// The plugin's sentence when it refuses these values.
    pub fn plan(&self, steps: u64) -> Result<Plan, String> {
        self.plan_on(steps, &[])
    }

    /// The same on a grid whose times are known with their alpha and sigma, `[t, alpha, sigma]` each, so that the plugin can
    /// refuse it; without any as [`plan`](Self::plan).
    ///
    /// # Errors
    /// The plugin's sentence when it refuses these values, or this grid.
    pub fn plan_on(&self, steps: u64, levels: &[[f64; 3]]) -> Result<Plan, String> {
        let info = &self.info;
        let inners = self.inners().map(|(_, inner)| inner.plan(1)).collect::<Result<Vec<_>, _>>()?;
        let least = |order: fn(&Plan) -> f64| inners.iter().map(order).reduce(f64::min).unwrap_or(0.0);
        let [times, alpha, sigma] = [0, 1, 2].map(|i| levels.iter().map(|level| level[i]).collect::<Vec<f64>>());
        let known = |values: &[f64]| if values.is_empty() { std::ptr::null() } else { values.as_ptr() };
        let mut plan = abi::Plan {
            struct_size: size_of::<abi::Plan>() as u32,
            flags: info.raw.map_or_else(|| bits(info.flags), |raw| raw.flags),
            kind: info.raw.map_or(abi::KIND_ODE, |raw| raw.kind),
            uniform_in: info.uniform_in,
            steps,
            evaluations: info.evals_per_step.saturating_mul(steps),
            inner_steps: 0,
            order: info.order,
            weak_order: info.weak_order,
            n_times: levels.len() as u64,
            times: known(&times),
            alpha: known(&alpha),
            sigma: known(&sigma),
            inner_kind: inners.first().map_or(0, |inner| inner.kind.code()),
            inner_flags: inners.first().map_or(0, |inner| bits(inner.flags)),
            inner_order: least(|inner| inner.order),
            inner_weak_order: least(|inner| inner.weak_order),
        };
        if let Some(f) = info.raw.and_then(|raw| raw.plan) {
            let values = RawValues::new(self, &mut |_| 1);
            let mut why = [0 as c_char; 512];
            // SAFETY: values are aligned with the parameters; `plan` and `why` are valid and of the size given.
            let status = unsafe { f(values.as_ptr(), values.len(), &mut plan, why.as_mut_ptr(), why.len() as u64) };
            if status != abi::OK {
                let text = until_nul(&why);
                let text = if text.is_empty() { format!("status {status} without a reason") } else { text };
                return Err(format!("sampler `{}` refuses: {text}", info.id));
            }
        }
        // Where each step of the grid is one inner step, the samplers inside see the grid too, and may refuse it.
        if plan.inner_steps == steps && !levels.is_empty() {
            self.inners().try_for_each(|(_, inner)| inner.plan_on(steps, levels).map(drop))?;
        }
        // A plugin's numbers may be anything: a cost beyond all counting stays at the largest number.
        let mut evaluations = plan.evaluations;
        let mut flags = Flags::from_bits(plan.flags);
        for inner in &inners {
            evaluations = evaluations.saturating_add(plan.inner_steps.saturating_mul(inner.evaluations));
            flags.needs_alpha |= inner.flags.needs_alpha;
            flags.batch_wide |= inner.flags.batch_wide;
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
            flags,
            uniform_in: plan.uniform_in,
        })
    }
}

/// The text of a buffer that a plugin has written to, which need not have left a NUL.
fn until_nul(buffer: &[c_char]) -> String {
    let bytes: Vec<u8> = buffer.iter().map(|c| c.to_ne_bytes()[0]).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn bits(flags: Flags) -> u32 {
    let bit = |set: bool, bit: u32| if set { bit } else { 0 };
    bit(flags.one_step, abi::ONE_STEP)
        | bit(flags.per_row_step, abi::PER_ROW_STEP)
        | bit(flags.level, abi::LEVEL)
        | bit(flags.needs_alpha, abi::NEEDS_ALPHA)
        | bit(flags.final_mean, abi::FINAL_MEAN)
        | bit(flags.batch_wide, abi::BATCH_WIDE)
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

#[cfg(test)]
mod tests;
