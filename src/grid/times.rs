//! Times written one by one, or read from a file.

use super::{Grid, GridError};
use crate::process::Process;
use crate::units::Steps;
use schemars::JsonSchema;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The falling times one by one: `[1, 0.5, 0.001]`, which fixes N; `{ 2: [1, 0.5, 0.001], 4: […] }`, a list for each N;
/// `{ list: either, zero: true }`; or `{ file: x.npy, zero: true }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "times must be a list of numbers, a map from N to such lists, { list: either, zero: true } or \
                 { file: PATH }"
)]
pub enum TimesSpec {
    /// The times alone.
    Lists(TimesLists),
    /// The times and whether the marked end follows.
    Zero(TimesListsSpec),
    /// The times in a file.
    File(TimesFileSpec),
}

/// One list of times, or one for each N.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TimesLists {
    /// The list, which fixes N.
    One(Vec<f64>),
    /// A list for each N.
    Each(BTreeMap<ListCount, Vec<f64>>),
}

/// Written times that may end in the marked end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimesListsSpec {
    /// The falling times, or a map from N to them.
    pub list: TimesLists,
    /// Whether one more interval, from the last time of the list to alpha = 1, sigma = 0, follows.
    #[serde(default)]
    pub zero: bool,
}

/// Times in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimesFileSpec {
    /// An npy file of f64, shape (N + 1), falling; a relative path starts at the experiment file.
    pub file: PathBuf,
    /// Whether one more interval, from the last time of the file to alpha = 1, sigma = 0, follows; the shape is then (N).
    #[serde(default)]
    pub zero: bool,
}

/// N as the key of a map: a number, or in JSON its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct ListCount(#[schemars(with = "u32")] pub Steps);

impl Serialize for ListCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0.get())
    }
}

impl<'de> Deserialize<'de> for ListCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = ListCount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of steps, at least 1")
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<ListCount, E> {
                let steps = u32::try_from(n).ok().and_then(|n| Steps::new(n).ok());
                steps.map(ListCount).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(n), &self))
            }

            fn visit_str<E: Error>(self, s: &str) -> Result<ListCount, E> {
                let steps = s.parse().ok().and_then(|n| Steps::new(n).ok());
                steps.map(ListCount).ok_or_else(|| E::invalid_value(Unexpected::Str(s), &self))
            }
        }
        deserializer.deserialize_any(Digits)
    }
}

impl TimesSpec {
    /// The same with the times of the file in place of its name. `base` is where relative paths start.
    pub(super) fn resolve(&self, base: &Path) -> Result<Self, GridError> {
        let Self::File(TimesFileSpec { file, zero }) = self else { return Ok(self.clone()) };
        let path = base.join(file);
        let times: ndarray::Array1<f64> =
            ndarray_npy::read_npy(&path).map_err(|source| GridError::File { path, source })?;
        Ok(Self::Zero(TimesListsSpec { list: TimesLists::One(times.to_vec()), zero: *zero }))
    }

    pub(super) fn zero(&self) -> bool {
        match self {
            Self::Lists(_) => false,
            Self::Zero(TimesListsSpec { zero, .. }) | Self::File(TimesFileSpec { zero, .. }) => *zero,
        }
    }

    fn lists(&self) -> Result<&TimesLists, GridError> {
        match self {
            Self::Lists(lists) | Self::Zero(TimesListsSpec { list: lists, .. }) => Ok(lists),
            Self::File(TimesFileSpec { file, .. }) => Err(GridError::NotLoaded { path: file.clone() }),
        }
    }

    /// The N that have a list.
    pub(super) fn steps(&self) -> Result<Vec<Steps>, GridError> {
        match self.lists()? {
            TimesLists::One(list) => Ok(vec![intervals(list, self.zero())?]),
            TimesLists::Each(lists) => Ok(lists.keys().map(|n| n.0).collect()),
        }
    }

    /// The grid of the list for this N; without N, of the only list.
    pub(super) fn build(
        &self,
        process: &dyn Process,
        steps: Option<Steps>,
        needs_alpha: bool,
    ) -> Result<Grid, GridError> {
        let zero = self.zero();
        let list = match self.lists()? {
            TimesLists::One(list) => {
                let fixed = intervals(list, zero)?;
                if let Some(found) = steps.filter(|&n| n != fixed) {
                    return Err(GridError::StepsFixed { found, fixed });
                }
                list
            }
            TimesLists::Each(lists) => {
                let found = steps.ok_or(GridError::StepsMissing { grid: "times" })?;
                let listed = || lists.keys().map(|n| n.0.get()).collect();
                let list =
                    lists.get(&ListCount(found)).ok_or_else(|| GridError::StepsUnlisted { found, listed: listed() })?;
                let needed = found.get() as usize + usize::from(!zero);
                if list.len() != needed {
                    return Err(GridError::ListLength { steps: found, found: list.len(), needed });
                }
                list
            }
        };
        let grid = Grid::new(process, list.clone(), zero, false)?;
        let first = grid.points(process)[0];
        if needs_alpha && first.alpha == 0.0 {
            return Err(GridError::NoSignal { t: first.t });
        }
        Ok(grid)
    }
}

/// N of a list.
fn intervals(list: &[f64], zero: bool) -> Result<Steps, GridError> {
    let least = 2 - usize::from(zero);
    let steps = u32::try_from(list.len()).ok().and_then(|n| Steps::new((n + u32::from(zero)).saturating_sub(1)).ok());
    steps.ok_or(GridError::ListSize { found: list.len(), least })
}
