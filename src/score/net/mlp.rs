//! A multilayer perceptron with residual blocks for data that are vectors.
//!
//! With `e = SiLU(E phi(t) + b_E)` and `h_0 = I x + b_I`, block l is
//! `h_l = h_{l−1} + B_l SiLU(A_l h_{l−1} + C_l e + c_l)`, the output `O SiLU(h_L) + b_O` (pre-activation
//! residual blocks, He et al. 2016b, without normalisation; time enters every block as in Ho et al. 2020,
//! appendix B). O starts at zero, so that an untrained network predicts what the preconditioning alone does.

use super::DeviceKind;
use super::activation::silu;
use super::embedding::Embedding;
use super::weights::Parameter;
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A multilayer perceptron with residual blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MlpSpec {
    /// Numbers in each hidden layer.
    #[schemars(range(min = 1))]
    pub width: usize,
    /// Residual blocks, two hidden layers each.
    #[schemars(range(min = 1))]
    pub depth: usize,
}

impl Default for MlpSpec {
    fn default() -> Self {
        Self { width: 192, depth: 3 }
    }
}

/// The network without its weights: shapes and the forward pass.
#[derive(Clone, Debug)]
pub(super) struct Mlp {
    parameters: Vec<Parameter>,
    depth: usize,
    kind: DeviceKind,
}

/// Parameters before the blocks (time embedding, input) and in each block, weights and biases in turn.
const HEAD: usize = 4;
const BLOCK: usize = 4;

impl Mlp {
    pub(super) fn new(spec: MlpSpec, dim: usize, embedding: &Embedding, kind: DeviceKind) -> Self {
        let MlpSpec { width, depth } = spec;
        let features = embedding.features();
        // Variance 1/inputs keeps the activations' scale. The branches share out one more unit of variance.
        let weight = |name: &str, from: usize, to: usize, gain: f64| Parameter {
            name: format!("{name}.weight"),
            shape: vec![from, to],
            std: gain / (from as f64).sqrt(),
        };
        let bias = |name: &str, to: usize| Parameter { name: format!("{name}.bias"), shape: vec![to], std: 0.0 };
        let mut parameters = vec![
            weight("time", features, features, 1.0),
            bias("time", features),
            weight("input", dim, width, 1.0),
            bias("input", width),
        ];
        for l in 0..depth {
            let name = |part: &str| format!("block.{l}.{part}");
            parameters.extend([
                weight(&name("time"), features, width, 1.0),
                bias(&name("time"), width),
                weight(&name("first"), width, width, 1.0),
                weight(&name("second"), width, width, 1.0 / (depth as f64).sqrt()),
            ]);
        }
        parameters.extend([weight("output", width, dim, 0.0), bias("output", dim)]);
        Self { parameters, depth, kind }
    }

    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// What time adds in each block, `C_l e + c_l`: [n, width] from features [n, features]. Made once where
    /// all rows share one time (n = 1).
    pub(super) fn condition(&self, weights: &[Tensor<2>], features: Tensor<2>) -> Vec<Tensor<2>> {
        let e = silu(linear(features, &weights[..2]), self.kind);
        (0..self.depth).map(|l| HEAD + BLOCK * l).map(|i| linear(e.clone(), &weights[i..i + 2])).collect()
    }

    /// F for rows x [n, dim]; each condition is [n, width] or [1, width].
    pub(super) fn forward(&self, weights: &[Tensor<2>], x: Tensor<2>, conditions: &[Tensor<2>]) -> Tensor<2> {
        let mut h = linear(x, &weights[2..HEAD]);
        for (block, condition) in weights[HEAD..].chunks_exact(BLOCK).zip(conditions) {
            let inner = silu(h.clone().matmul(block[2].clone()) + condition.clone(), self.kind);
            h = h + inner.matmul(block[3].clone());
        }
        linear(silu(h, self.kind), &weights[HEAD + BLOCK * self.depth..])
    }
}

/// `x W + b` for a weight and its bias.
fn linear(x: Tensor<2>, weight_and_bias: &[Tensor<2>]) -> Tensor<2> {
    x.matmul(weight_and_bias[0].clone()) + weight_and_bias[1].clone()
}
