//! Checked values of the YAML: names, counts, seconds, seeds.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// A sampler as written: its name, or a one-key map from its name to its parameters. Checked against the
/// plugins when the plan is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SamplerValue(pub Value);

/// Schemas of the checked values: derived ones cannot state the ranges of `try_from`.
macro_rules! schemas {
    ($($name:ident $schema:tt)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

schemas! {
    Name { "type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9_.-]*$" }
    Count { "type": "integer", "minimum": 1, "maximum": u32::MAX }
    Seconds { "type": "number", "exclusiveMinimum": 0 }
}

impl JsonSchema for SamplerValue {
    fn schema_name() -> Cow<'static, str> {
        "Sampler".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object", "string"], "minProperties": 1, "maxProperties": 1 })
    }
}

/// A file name without a folder: letters, digits, `-`, `_` and `.`, not first a `.`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(safe) {
            return Err(format!(
                "`{name}` is no file name: letters, digits, `-`, `_` and `.` are allowed, not first a `.`"
            ));
        }
        Ok(Self(name))
    }
}

/// The largest N, and the most evaluations, that a cell may ask for: a grid of so many times is still at hand at once.
pub const MOST_STEPS: u64 = 1_000_000;

/// A number of things, from 1 to the largest 32-bit number (the plugin border counts in 32 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Count(u64);

impl Count {
    /// Default number of tries of an adaptive sampler.
    pub const TRIES: Self = Self(1_000_000);
    /// Default number of rows in one model call.
    pub const BATCH: Self = Self(256);

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Default for Count {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<i64> for Count {
    type Error = String;

    fn try_from(n: i64) -> Result<Self, String> {
        match u32::try_from(n) {
            Ok(n) if n > 0 => Ok(Self(u64::from(n))),
            _ => Err(format!("{n} is out of range: a whole number from 1 to {} is allowed", u32::MAX)),
        }
    }
}

/// A duration in seconds, above 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Seconds(f64);

impl Seconds {
    /// The bare number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(s: f64) -> Result<Self, String> {
        if s > 0.0 && s.is_finite() {
            Ok(Self(s))
        } else {
            Err(format!("{s} is out of range: a finite number above 0 is allowed"))
        }
    }
}

/// Seeds of the random streams, the replicates of every other combination; one `0` where none is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Seeds(pub Vec<u32>);

impl Default for Seeds {
    fn default() -> Self {
        Self(vec![0])
    }
}

/// A slip of the keyboard shall not fill the memory with cells.
const MOST_SEEDS: u64 = 100_000;

/// Seeds that follow each other.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SeedRange {
    /// The first seed.
    #[serde(default)]
    first: u32,
    /// How many there are.
    count: Count,
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SeedsVisitor;

        impl<'de> Visitor<'de> for SeedsVisitor {
            type Value = Seeds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a seed, a list of seeds, or { first, count }")
            }

            fn visit_u64<E: Error>(self, seed: u64) -> Result<Seeds, E> {
                let out_of_range =
                    |_| E::custom(format!("{seed} is out of range: a whole number from 0 to {} is allowed", u32::MAX));
                Ok(Seeds(vec![u32::try_from(seed).map_err(out_of_range)?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Seeds, A::Error> {
                let mut seeds = Vec::new();
                while let Some(seed) = seq.next_element()? {
                    seeds.push(seed);
                }
                Ok(Seeds(seeds))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Seeds, A::Error> {
                let range = SeedRange::deserialize(MapAccessDeserializer::new(map))?;
                let count = range.count.get();
                if count > MOST_SEEDS {
                    let text = format!("{count} seeds are too many: from 1 to {MOST_SEEDS} are allowed");
                    return Err(A::Error::custom(text));
                }
                let end = u64::from(range.first) + count;
                let end =
                    u32::try_from(end).map_err(|_| A::Error::custom(format!("the seeds go beyond {}", u32::MAX)))?;
                Ok(Seeds((range.first..end).collect()))
            }
        }

        deserializer.deserialize_any(SeedsVisitor)
    }
}

impl JsonSchema for Seeds {
    fn schema_name() -> Cow<'static, str> {
        "Seeds".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let range = generator.subschema_for::<SeedRange>();
        let seed = generator.subschema_for::<u32>();
        json_schema!({ "oneOf": [seed, { "type": "array", "items": seed }, range] })
    }
}

/// The schema of a key of the sweep: load.rs reads one value as a list of one.
pub(super) struct OneOrMany<T>(std::marker::PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}
