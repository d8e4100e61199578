//! What a host may bring beyond its table; a sampler names what it needs in [`Info::required`](crate::Info::required).

use crate::host::room;
use crate::{BLOCKS, Coef, ENERGY, Failure, Host, Prediction, Tensor, abi};
use std::ffi::CStr;

/// Most evaluations in one call of [`Host::evals`].
const BLOCK: usize = 64;

impl Host<'_> {
    /// The extension `id`, a struct that begins with its size.
    fn extension<T>(&self, id: &CStr) -> Result<&T, Failure> {
        // SAFETY: the table is the host's; the id ends in NUL.
        let found = self.table.extension.map(|f| unsafe { f(self.table, id.as_ptr()) });
        let found = found.filter(|p| !p.is_null()).ok_or_else(|| missing(id))?;
        // SAFETY: every extension begins with an `ito_extension`, and one at least as long as T is a T.
        unsafe {
            let head = &*found.cast::<abi::Extension>();
            if (head.struct_size as usize) < size_of::<T>() { Err(missing(id)) } else { Ok(&*found.cast::<T>()) }
        }
    }

    /// `log p_t(x)` of each active row; not counted as an evaluation. Needs [`ENERGY`].
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn log_density<'c>(&self, x: Tensor, t: impl Into<Coef<'c>>, out: &mut [f64]) -> Result<(), Failure> {
        room("log_density", out.len(), self.rows)?;
        let f = self.extension::<abi::Energy>(ENERGY)?.log_density.ok_or_else(|| missing(ENERGY))?;
        // SAFETY: the context is the host's for the length of this call; there is room for every active row.
        Failure::of(unsafe { f(self.ctx, x.0, t.into().reals(), out.as_mut_ptr()) })
    }

    /// Evaluations that do not wait for each other, `(x, t, out)` each: one call of the model. With a `mask` only of the
    /// rows whose entry `mask[j * rows + r]`, for evaluation j and active row r, is not 0; the others keep what `out`
    /// has, and cost nothing. Needs [`BLOCKS`].
    ///
    /// # Errors
    /// [`Failure`] of the host; more than 64 at once; a mask with fewer entries.
    pub fn evals(
        &self,
        asked: &[(Tensor, Coef<'_>, Tensor)],
        mask: Option<&[u32]>,
        prediction: Prediction,
    ) -> Result<(), Failure> {
        if asked.len() > BLOCK {
            return Err(Failure::invalid(format!("evals takes at most {BLOCK} evaluations, found {}", asked.len())));
        }
        if let Some(mask) = mask {
            room("the mask of evals", mask.len(), asked.len() * self.rows)?;
        }
        let f = self.extension::<abi::Blocks>(BLOCKS)?.evals.ok_or_else(|| missing(BLOCKS))?;
        let (mut x, mut t, mut out) = ([0; BLOCK], [crate::host::NO_REALS; BLOCK], [0; BLOCK]);
        for (j, (from, at, to)) in asked.iter().enumerate() {
            (x[j], t[j], out[j]) = (from.0, at.reals(), to.0);
        }
        let (n, mask) = (asked.len() as u32, mask.map_or(std::ptr::null(), <[u32]>::as_ptr));
        // SAFETY: as above; the lists have n entries, the mask n for each row, and the times are borrowed by `asked`.
        Failure::of(unsafe { f(self.ctx, n, x.as_ptr(), t.as_ptr(), prediction as u32, out.as_ptr(), mask) })
    }
}

fn missing(id: &CStr) -> Failure {
    Failure::unsupported(format!("the host does not have the extension `{}`", id.to_string_lossy()))
}
