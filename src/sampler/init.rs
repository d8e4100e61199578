//! Where the samples begin.

use crate::noise::{Key, Stream, normals, uniform};
use crate::process::Process;
use crate::score::ClosedForm;
use crate::units::{Seed, Time};
use ndarray::Array2;
use std::sync::Arc;

/// What x_T is.
#[derive(Clone, Debug, Default)]
pub enum Init {
    /// N(0, std² I), see [`prior_std`].
    #[default]
    Prior,
    /// Exact samples of p at `t_begin`.
    Marginal(Arc<dyn ClosedForm>),
    /// x itself, [count, dim], from a file.
    Given(Arc<Array2<f64>>),
}

impl std::fmt::Debug for dyn ClosedForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "closed form in {} dimensions", self.dim())
    }
}

/// Standard deviation of the prior at `t_begin`: the process's own at its default begin, elsewhere scaled
/// with sigma, so that a variance-exploding process may start lower.
#[must_use]
pub fn prior_std(process: &dyn Process, t_begin: Time) -> f64 {
    let (default, _) = process.ends();
    let std = process.prior_std().get();
    if t_begin == default { std } else { std * process.at(t_begin).sigma / process.at(default).sigma }
}

/// x_T of samples `first..first + rows`, [rows, dim]: a function of (seed, sample) alone.
#[must_use]
pub fn start(
    init: &Init,
    process: &dyn Process,
    t_begin: Time,
    seed: Seed,
    first: usize,
    (rows, dim): (usize, usize),
) -> Array2<f64> {
    if let Init::Given(x) = init {
        return x.slice(ndarray::s![first..first + rows, ..]).to_owned();
    }
    let stream = Stream::named("init");
    let key = |row: usize| Key { seed: seed.get(), sample: (first + row) as u32 };
    let mut x = Array2::zeros((rows, dim));
    for (row, mut z) in x.outer_iter_mut().enumerate() {
        if let Some(z) = z.as_slice_mut() {
            normals(key(row), stream, 0, z);
        }
    }
    match init {
        Init::Marginal(law) => {
            let component = Stream::named("init-component");
            let u: Vec<f64> = (0..rows).map(|row| uniform(key(row), component, 0)).collect();
            let mut out = Array2::zeros((rows, dim));
            if let (Some(z), Some(out)) = (x.as_slice(), out.as_slice_mut()) {
                law.sample(&process.at(t_begin), z, &u, out);
            }
            out
        }
        _ => x * prior_std(process, t_begin),
    }
}
