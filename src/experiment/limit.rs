//! Where the paths of a cell lead: what the metric `trajectory` compares its samples with.

use super::plan::{Cell, Plan};
use super::record::ladder_temperature;
use super::spec::NoiseSpec;
use crate::data::io::sha256_hex;
use crate::grid::Grid;
use crate::plugin::{Kind, SamplerSpec};

/// Parts into which the limit of an SDE sampler splits each interval of the sweep's finest grid.
pub(crate) const SPLIT: usize = 128;
/// Intervals of the limit of an SDE sampler that chooses its steps.
pub(crate) const OWN_STEPS: u32 = 10_240;

/// What the samples tend to, each from its own x_T, as steps get smaller.
pub(crate) enum Limit<'a> {
    /// The end of the probability flow.
    Flow,
    /// The same sampler on the same Brownian path, each interval of this grid, the sweep's finest, split into
    /// [`SPLIT`].
    Split(&'a Grid),
    /// This sampler on the same Brownian path, in [`OWN_STEPS`] intervals: the formula of a cell whose sampler chooses
    /// its steps, its control off.
    Uncontrolled(SamplerSpec),
}

impl Limit<'_> {
    /// What the limit depends on beside the cell, in one word; nothing for the flow.
    pub(crate) fn identity(&self) -> Option<String> {
        match self {
            Self::Flow => None,
            Self::Split(finest) => {
                let bits = finest.times().iter().flat_map(|t| t.to_bits().to_le_bytes()).collect::<Vec<u8>>();
                Some(format!("{} times {SPLIT}", &sha256_hex(&bits)[..16]))
            }
            Self::Uncontrolled(_) => Some(format!("control off on {OWN_STEPS}")),
        }
    }
}

/// The limit of a cell of this plan.
///
/// # Errors
/// Why there is none: half a sentence about the sampler.
pub(crate) fn of<'a>(cell: &Cell, plan: &'a Plan) -> Result<Limit<'a>, &'static str> {
    let sampler = cell.sampler.plan(cell.steps.unwrap_or(1)).map_err(|_| "is refused")?;
    match sampler.kind {
        Kind::Ode | Kind::Adaptive | Kind::Iterative => return Ok(Limit::Flow),
        Kind::Mcmc | Kind::Plateau => return Err("follows no path that ends"),
        Kind::Sde => {}
    }
    if matches!(cell.noise, NoiseSpec::File(_)) {
        return Err("reads its noise from a file, which has none for smaller steps");
    }
    if sampler.flags.per_row_step {
        let off = cell.sampler.choosing("control", "off").map(Limit::Uncontrolled);
        return off.ok_or("chooses its steps and has no `control: off`, so that its limit cannot be run");
    }
    let (finest, own) = (plan.finest.get(&cell.key), cell.times.as_ref());
    let (finest, own) = finest.zip(own).ok_or("is refused")?;
    let (first, last) = (|grid: &Grid| grid.times()[0], |grid: &Grid| grid.times()[grid.steps()]);
    let moved = first(own) != first(finest) || (!own.clean() && last(own) != last(finest));
    if own.moving_ends() || moved {
        return Err("is on a grid whose ends move with N, where all N have no common limit");
    }
    Ok(Limit::Split(finest))
}

/// What `check` says of the metric `trajectory` of an SDE sampler where it is not the error of its steps.
pub(crate) fn note(cell: &Cell, plan: &Plan) -> Option<String> {
    let id = &cell.sampler.info().id;
    let kind = cell.sampler.plan(cell.steps.unwrap_or(1)).ok()?.kind;
    if cell.refused.is_some() || kind != Kind::Sde {
        return None;
    }
    match of(cell, plan) {
        Err(why) => Some(format!("`trajectory` of `{id}` stays empty: it {why}")),
        Ok(_) if cell.noise == NoiseSpec::Independent => Some(format!(
            "`trajectory` of `{id}` with `noise: independent` is the distance from the end of the path that is shared \
             with `paired`, which these samples do not follow: it shows what the pairing buys, not the error of the steps"
        )),
        Ok(_) => None,
    }
}

/// What `check` says of distribution errors of a sampler for which no target is claimed.
pub(crate) fn no_target(cell: &Cell) -> Option<String> {
    let tau = ladder_temperature(&cell.sampler.params()).filter(|_| cell.refused.is_none())?;
    Some(format!(
        "no target is claimed for `{}` at temperature {tau}, which scales the noise on a ladder of levels: its \
         distribution errors are distances from p where it ends, without a floor",
        cell.sampler.info().id
    ))
}
