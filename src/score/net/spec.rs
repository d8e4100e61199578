//! The `train` block of an experiment.

use super::{MlpSpec, NetError, RateSpec, Target, Times};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a score network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// The network.
    #[serde(default)]
    pub net: NetSpec,
    /// The quantity whose squared error is averaged.
    #[serde(default)]
    pub loss: Target,
    /// How times are drawn between t_end and t_begin.
    #[serde(default)]
    pub times: Times,
    /// Optimizer steps.
    #[schemars(range(min = 1))]
    pub steps: u64,
    /// Rows a step.
    #[serde(default = "default_batch")]
    #[schemars(range(min = 1))]
    pub batch: u32,
    /// The optimizer and its learning rate.
    #[serde(default)]
    pub optimizer: OptimizerSpec,
    /// How the learning rate falls.
    #[serde(default)]
    pub schedule: RateSpec,
    /// Steps over which the learning rate rises linearly from 0.
    #[serde(default = "default_warmup")]
    pub warmup: u64,
    /// Largest L2 norm of the gradient of all weights together; null: no limit.
    #[serde(default = "default_clip")]
    pub clip: Option<f64>,
    /// Decay d of the average of weights that is sampled from; 0: the last weights. At step k it is
    /// min(d, (1 + k)/(10 + k)), so that a short training forgets its start.
    #[serde(default = "default_ema")]
    #[schemars(range(min = 0, max = 1))]
    pub ema: f64,
    /// Seed of initial weights, batches, times and noise.
    #[serde(default)]
    pub seed: u32,
}

fn default_batch() -> u32 {
    256
}
fn default_warmup() -> u64 {
    100
}
#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn default_clip() -> Option<f64> {
    Some(1.0)
}
fn default_ema() -> f64 {
    0.999
}

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum NetSpec {
    /// A multilayer perceptron with residual blocks.
    Mlp(MlpSpec),
}

impl Default for NetSpec {
    fn default() -> Self {
        Self::Mlp(MlpSpec::default())
    }
}

/// An optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OptimizerSpec {
    /// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay.
    Adam(AdamSpec),
}

impl Default for OptimizerSpec {
    fn default() -> Self {
        Self::Adam(AdamSpec::default())
    }
}

/// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019,
/// algorithm 2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdamSpec {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the two averages, of the gradient and of its square.
    pub betas: [f64; 2],
    /// Added to the root of the second average.
    pub eps: f64,
    /// Each step multiplies the weights by 1 − rate · weight_decay.
    pub weight_decay: f64,
}

impl Default for AdamSpec {
    fn default() -> Self {
        Self { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.0 }
    }
}

impl TrainSpec {
    /// Checks every number's range.
    ///
    /// # Errors
    /// [`NetError::Spec`] for the first number out of range.
    pub fn check(&self) -> Result<(), NetError> {
        let NetSpec::Mlp(MlpSpec { width, depth }) = self.net;
        let OptimizerSpec::Adam(AdamSpec { lr, betas, eps, weight_decay }) = self.optimizer;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let fraction = |x: f64| (0.0..1.0).contains(&x);
        let (at, factor): (&[u64], f64) = match &self.schedule {
            RateSpec::Steps { at, factor } => (at, *factor),
            RateSpec::Constant | RateSpec::Cosine => (&[], 1.0),
        };
        let clip = self.clip.unwrap_or(1.0);
        let rising = at.is_sorted_by(|a, b| a < b);
        let rules: [(&'static str, bool, String, &'static str); 12] = [
            ("net.mlp.width", width > 0, width.to_string(), "at least 1"),
            ("net.mlp.depth", depth > 0, depth.to_string(), "at least 1"),
            ("steps", self.steps > 0, self.steps.to_string(), "at least 1"),
            ("batch", self.batch > 0, self.batch.to_string(), "at least 1"),
            ("optimizer.adam.lr", positive(lr), lr.to_string(), "above 0 and finite"),
            ("optimizer.adam.betas", betas.iter().all(|&b| fraction(b)), format!("{betas:?}"), "in [0, 1)"),
            ("optimizer.adam.eps", positive(eps), eps.to_string(), "above 0 and finite"),
            ("optimizer.adam.weight_decay", fraction(weight_decay), weight_decay.to_string(), "in [0, 1)"),
            ("schedule.steps.at", rising, format!("{at:?}"), "strictly rising"),
            ("schedule.steps.factor", positive(factor), factor.to_string(), "above 0 and finite"),
            ("clip", positive(clip), clip.to_string(), "above 0 and finite, or null"),
            ("ema", fraction(self.ema), self.ema.to_string(), "in [0, 1)"),
        ];
        match rules.into_iter().find(|(_, holds, ..)| !holds) {
            Some((key, _, found, allowed)) => Err(NetError::Spec { key, found, allowed }),
            None => Ok(()),
        }
    }
}
