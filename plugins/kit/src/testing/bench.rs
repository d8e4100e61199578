//! The state of the host of one number.

use super::{Given, Run};
use crate::info::DefaultValue;
use crate::{Failure, Host, Param, abi};
use std::ffi::CStr;

/// Tensors, draws and counts of one run.
pub(super) struct Bench<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) tensors: Vec<f64>,
    pub(super) drawn: usize,
    pub(super) tossed: usize,
    pub(super) evaluations: u64,
    pub(super) depth: u64,
    pub(super) failure: Option<(abi::Status, String)>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(run: &'a Run<'a>) -> Self {
        Self { run, tensors: Vec::new(), drawn: 0, tossed: 0, evaluations: 0, depth: 0, failure: None }
    }

    /// A tensor that holds one number.
    pub(super) fn add(&mut self, value: f64) -> abi::Tensor {
        self.tensors.push(value);
        self.tensors.len() as abi::Tensor
    }

    pub(super) fn read(&self, tensor: abi::Tensor) -> f64 {
        self.tensors[tensor as usize - 1]
    }

    /// Runs one call of the sampler.
    pub(super) fn during(&mut self, call: impl FnOnce(&Host) -> Result<(), Failure>) -> Result<(), Failure> {
        // SAFETY: the table lives for ever, the context is this bench, borrowed for the whole call and used through
        // this pointer alone; there is one row.
        call(&unsafe { Host::new(&super::table::TABLE, std::ptr::from_mut(self).cast(), 1) })
    }

    /// The sentence of a failure: the host's own, where it has one.
    pub(super) fn sentence(&mut self, text: Option<String>) -> String {
        self.failure.take().map(|(_, text)| text).or(text).unwrap_or_else(|| "a failure without a sentence".into())
    }

    pub(super) fn all_drawn(&self) -> Result<(), String> {
        let used = |what, used: usize, given: usize| {
            if used == given { Ok(()) } else { Err(format!("{used} of {given} {what} were used")) }
        };
        used("draws", self.drawn, self.run.draws.len())?;
        used("uniforms", self.tossed, self.run.uniforms.len())
    }

    pub(super) fn draw(&mut self) -> Result<f64, String> {
        let given = self.run.draws.len();
        let z = self.run.draws.get(self.drawn).ok_or_else(|| format!("more than the {given} draws are asked for"))?;
        self.drawn += 1;
        Ok(*z)
    }

    pub(super) fn uniform(&mut self) -> Result<f64, String> {
        let given = self.run.uniforms.len();
        let told = || format!("more than the {given} uniforms are asked for");
        let u = self.run.uniforms.get(self.tossed).ok_or_else(told)?;
        self.tossed += 1;
        Ok(*u)
    }

    /// The function `what` of time.
    pub(super) fn at(&self, what: u32, t: f64) -> Result<f64, String> {
        let [alpha, sigma, alpha_dot, sigma_dot] = (self.run.process.at)(t);
        Ok(match what {
            abi::ALPHA => alpha,
            abi::SIGMA => sigma,
            abi::LAMBDA => (alpha / sigma).ln(),
            abi::RATIO => sigma / alpha,
            abi::DRIFT => alpha_dot / alpha,
            abi::DIFFUSION2 => 2.0 * sigma * (sigma_dot - alpha_dot / alpha * sigma),
            abi::ALPHA_DOT => alpha_dot,
            abi::SIGMA_DOT => sigma_dot,
            _ => return Err(format!("lookup of {what}")),
        })
    }

    pub(super) fn time_of(&self, what: u32, value: f64) -> Result<f64, String> {
        match what {
            abi::RATIO => Ok((self.run.process.of_ratio)(value)),
            abi::LAMBDA => Ok((self.run.process.of_ratio)((-value).exp())),
            _ => Err("this host inverts lambda and sigma/alpha alone".into()),
        }
    }

    /// `log p_t(x)` for data N(mean, std²).
    pub(super) fn log_density(&self, x: f64, t: f64) -> f64 {
        let [alpha, sigma, ..] = (self.run.process.at)(t);
        let (mean, std) = self.run.data;
        let variance = (alpha * std).powi(2) + sigma * sigma;
        -0.5 * ((x - alpha * mean).powi(2) / variance + (std::f64::consts::TAU * variance).ln())
    }

    /// `x_s = alpha_s (x_t/alpha_t + (sigma_s/alpha_s − sigma_t/alpha_t) eps(x_t, t))`: the inner sampler.
    pub(super) fn euler(&mut self, x: f64, t: f64, s: f64, clean: bool) -> Result<f64, String> {
        let eps = self.predict(x, t, abi::PREDICT_EPS)?;
        self.evaluations += 1;
        self.depth += 1;
        let [alpha_t, sigma_t, ..] = (self.run.process.at)(t);
        let [alpha_s, sigma_s, ..] = if clean { [1.0, 0.0, 0.0, 0.0] } else { (self.run.process.at)(s) };
        Ok(alpha_s / alpha_t * x + alpha_s * (sigma_s / alpha_s - sigma_t / alpha_t) * eps)
    }

    /// The exact prediction for data N(mean, std²).
    pub(super) fn predict(&self, x: f64, t: f64, prediction: u32) -> Result<f64, String> {
        let [alpha, sigma, alpha_dot, sigma_dot] = (self.run.process.at)(t);
        if sigma <= 0.0 {
            return Err(format!("an evaluation at t = {t}, where sigma = {sigma}"));
        }
        let (mean, std) = self.run.data;
        let score = -(x - alpha * mean) / (alpha * alpha * std * std + sigma * sigma);
        let eps = -sigma * score;
        // Not (x − sigma eps)/alpha: that has no value at alpha = 0.
        let x0 = mean - alpha * std * std * score;
        Ok(match prediction {
            abi::PREDICT_SCORE => score,
            abi::PREDICT_EPS => eps,
            abi::PREDICT_X0 => x0,
            abi::PREDICT_V => alpha * eps - sigma * x0,
            abi::PREDICT_VELOCITY => alpha_dot * x0 + sigma_dot * eps,
            _ => return Err(format!("prediction {prediction}")),
        })
    }
}

/// What a sampler gets for one parameter.
pub(super) fn value(param: &Param, all: &[Param], given: &[(&str, Given)]) -> abi::Value {
    let name = |param: &Param| param.id.to_str().unwrap_or_default().to_owned();
    let id = name(param);
    let payload = |kind, v| abi::Value { kind, len: 0, v };
    let none = payload(abi::NONE, abi::Payload { i64: 0 });
    if let Some((_, given)) = given.iter().find(|(key, _)| *key == id) {
        return match *given {
            Given::F64(f64) => payload(abi::F64, abi::Payload { f64 }),
            Given::I64(i64) => payload(abi::I64, abi::Payload { i64 }),
            Given::Bool(b) => payload(abi::BOOL, abi::Payload { i64: i64::from(b) }),
            Given::Choice(chosen) => payload(abi::ENUM, abi::Payload { i64: position(param, chosen) }),
            Given::List(list) => {
                abi::Value { kind: abi::F64LIST, len: list.len() as u32, v: abi::Payload { f64s: list.as_ptr() } }
            }
        };
    }
    // Of alternatives `a.b`, `a.c` exactly one holds: the given one, else the first that has a default.
    let alternative = |id: &str| id.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    let group = id.split_once('.').map(|(group, _)| format!("{group}."));
    if let Some(group) = group {
        let of_group = given.iter().find(|(key, _)| key.starts_with(&group)).map(|(key, _)| alternative(key));
        let first =
            || all.iter().find(|p| name(p).starts_with(&group) && has_default(p)).map(|p| alternative(&name(p)));
        if of_group.or_else(first) != Some(alternative(&id)) {
            return none;
        }
    }
    match param.default {
        DefaultValue::F64(Some(f64)) => payload(abi::F64, abi::Payload { f64 }),
        DefaultValue::I64(Some(i64)) => payload(abi::I64, abi::Payload { i64 }),
        DefaultValue::Bool(Some(b)) => payload(abi::BOOL, abi::Payload { i64: i64::from(b) }),
        DefaultValue::Enum(_, Some(at)) => payload(abi::ENUM, abi::Payload { i64: at as i64 }),
        DefaultValue::Str(Some(text)) => payload(abi::STR, abi::Payload { str: text.as_ptr() }),
        DefaultValue::F64List(Some(list)) => {
            abi::Value { kind: abi::F64LIST, len: list.len() as u32, v: abi::Payload { f64s: list.as_ptr() } }
        }
        DefaultValue::Sampler(_) => payload(abi::SAMPLER, abi::Payload { sampler: 1 }),
        _ => none,
    }
}

fn has_default(param: &Param) -> bool {
    !matches!(
        param.default,
        DefaultValue::F64(None)
            | DefaultValue::I64(None)
            | DefaultValue::Bool(None)
            | DefaultValue::Enum(_, None)
            | DefaultValue::Str(None)
            | DefaultValue::F64List(None)
            | DefaultValue::Sampler(_)
    )
}

fn position(param: &Param, chosen: &str) -> i64 {
    let names: &[&CStr] = if let DefaultValue::Enum(names, _) = param.default { names } else { &[] };
    let at = names.iter().position(|name| name.to_bytes() == chosen.as_bytes());
    at.unwrap_or_else(|| panic!("parameter {:?} has no choice `{chosen}`", param.id)) as i64
}
