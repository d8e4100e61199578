//! What the YAML says about the variational bound.

use super::{Decoder, Variance};
use crate::metric::likelihood::PointsSpec;
use crate::metric::likelihood::bits::Lattice;
use crate::metric::likelihood::spec::{minus_one, plus_one};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Levels of data in whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelsSpec {
    /// Number of levels: 17 for `digits`, 256 for images of 8 bits.
    #[schemars(range(min = 2))]
    pub levels: u32,
    /// Value of the lowest level in the units of the model. Default: -1.
    #[serde(default = "minus_one")]
    pub low: f64,
    /// Value of the highest level. Default: 1.
    #[serde(default = "plus_one")]
    pub high: f64,
}

impl LevelsSpec {
    /// The levels.
    #[must_use]
    pub fn lattice(&self) -> Lattice {
        Lattice { count: self.levels, low: self.low, high: self.high }
    }
}

/// The last term of the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DecoderSpec {
    /// The density of x_0 under a Gaussian about the predicted x_0: a bound of a density, whose bits can be negative.
    #[default]
    Gaussian,
    /// That Gaussian's mass in the cell of the level of x_0: a bound of the probability of data on levels.
    Discretised(LevelsSpec),
}

/// The variational bound of the Markov chain of DDPM on the cell's grid (Ho et al. 2020, eq. 5), term by term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoundSpec {
    /// The variance of each step of the chain. Default: `fixed-small`.
    pub variance: Variance,
    /// The last term. Default: `gaussian`.
    pub decoder: DecoderSpec,
    /// The points x_0. Default: the held-out data, or for a closed form fresh exact samples of the data's law.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<PointsSpec>,
    /// How many of the points, from the first. Default: 64, or all of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub samples: Option<u32>,
    /// Draws of x_t for each point and time. Default: 1.
    #[schemars(range(min = 1))]
    pub draws: u32,
}

impl Default for BoundSpec {
    fn default() -> Self {
        let (variance, decoder) = (Variance::default(), DecoderSpec::default());
        Self { variance, decoder, points: None, samples: None, draws: 1 }
    }
}

impl BoundSpec {
    /// The levels on which the points must lie, if any.
    #[must_use]
    pub fn lattice(&self) -> Option<Lattice> {
        match &self.decoder {
            DecoderSpec::Gaussian => None,
            DecoderSpec::Discretised(levels) => Some(levels.lattice()),
        }
    }

    /// The last term as a function.
    #[must_use]
    pub fn decoder(&self) -> Decoder {
        match self.lattice() {
            None => Decoder::Gaussian,
            Some(lattice) => Decoder::Discretised { width: lattice.width(), low: lattice.low, high: lattice.high },
        }
    }

    /// Whether the numbers are in range; where not, the key and what is allowed.
    ///
    /// # Errors
    /// (key, what is allowed).
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        match self.lattice().map(Lattice::check) {
            Some(Err(("levels", allowed))) => return Err(("decoder.discretised.levels", allowed)),
            Some(Err((_, allowed))) => return Err(("decoder.discretised.high", allowed)),
            _ => {}
        }
        if self.draws == 0 {
            return Err(("draws", "at least 1"));
        }
        if self.samples == Some(0) { Err(("samples", "at least 1")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_read_and_checked() {
        let of = |text: &str| serde_json::from_str::<BoundSpec>(text);
        assert_eq!(of("{}").expect("all defaults"), BoundSpec::default());
        let full = of(r#"{ "variance": "fixed-large", "decoder": { "discretised": { "levels": 17 } }, "draws": 3 }"#);
        let full = full.expect("these keys");
        assert_eq!(full.decoder(), Decoder::Discretised { width: 0.125, low: -1.0, high: 1.0 });
        assert_eq!(full.check(), Ok(()));
        let levels = |levels, high| DecoderSpec::Discretised(LevelsSpec { levels, low: -1.0, high });
        let wrong = [
            (BoundSpec { draws: 0, ..full.clone() }, "draws"),
            (BoundSpec { samples: Some(0), ..full.clone() }, "samples"),
            (BoundSpec { decoder: levels(1, 1.0), ..full.clone() }, "decoder.discretised.levels"),
            (BoundSpec { decoder: levels(2, -1.0), ..full }, "decoder.discretised.high"),
        ];
        for (spec, key) in wrong {
            assert_eq!(spec.check().map_err(|(key, _)| key), Err(key));
        }
    }
}
