//! The error norm whose tolerance is the larger of two, as Gotta-Go-Fast and DPM-Solver's adaptive steps have it.

use crate::host::room;
use crate::{Failure, Host, Tensor, abi};

impl Host<'_> {
    /// Per active row the RMS of `(high − low)/max(atol, rtol max(|a|, |b|))`; [`error_norm`](Host::error_norm) has the
    /// sum in place of the larger. Source: Jolicoeur-Martineau et al. 2021 (Gotta Go Fast), section 3.
    ///
    /// # Errors
    /// [`Failure`] of the host; the slice has fewer numbers than there are active rows.
    pub fn error_norm_max(
        &self,
        (high, low): (Tensor, Tensor),
        (a, b): (Tensor, Tensor),
        (atol, rtol): (f64, f64),
        out: &mut [f64],
    ) -> Result<(), Failure> {
        room("error_norm_max", out.len(), self.rows)?;
        let Some(f) = self.table.error_norm else {
            return Err(Failure::unsupported("the host has no function `error_norm`"));
        };
        // SAFETY: the table and the context are the host's for the length of this call; there is room for every row.
        Failure::of(unsafe { f(self.ctx, high.0, low.0, a.0, b.0, atol, rtol, abi::MIX_MAX, out.as_mut_ptr()) })
    }
}
