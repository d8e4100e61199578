//! What all closed forms share: every prediction is one linear map a component.
//!
//! For a Gaussian component N(m, C) with eigenvalues l of C, and `y = Q^T (x − alpha m)`:
//!
//! ```text
//! prediction = a m + Q diag((p l + q)/(alpha² l + sigma²)) y
//! ```
//!
//! with (a, p, q) by form below. So no form is made from another through a division that cancels: x0 is
//! finite at alpha = 0, the score at sigma = 0 wherever it exists. For a mixture the predictions of the
//! components are averaged with the posterior weights of the components.

use super::convert::no_conversion;
use super::lanes::{Lane, ROWS, Rows};
use super::{Prediction, ScoreError};
use crate::process::Point;
use macerator::{AutoArch, Simd, WithSimd};
use std::cell::RefCell;
use std::thread::LocalKey;

/// The coefficients of a prediction at one point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) alpha: f64,
    sigma2: f64,
    /// a
    pub(super) mean: f64,
    p: f64,
    q: f64,
}

impl Form {
    fn new(want: Prediction, at: &Point) -> Self {
        let (alpha, sigma) = (at.alpha, at.sigma);
        let (mean, p, q) = match want {
            Prediction::Score => (0.0, 0.0, -1.0),
            Prediction::Eps => (0.0, 0.0, sigma),
            Prediction::X0 => (1.0, alpha, 0.0),
            Prediction::V => (-sigma, -alpha * sigma, alpha * sigma),
            Prediction::Velocity => (at.alpha_dot, at.alpha_dot * alpha, at.sigma_dot * sigma),
        };
        Self { alpha, sigma2: sigma * sigma, mean, p, q }
    }

    /// The variance alpha² l + sigma² of x along an eigenvector.
    pub(super) fn variance(&self, l: f64) -> f64 {
        self.alpha * self.alpha * l + self.sigma2
    }

    /// The numerator p l + q.
    pub(super) fn numerator(&self, l: f64) -> f64 {
        self.p * l + self.q
    }
}

/// A closed form. `scratch` has [`scratch_len`](Exact::scratch_len) numbers: first what `prepare` wrote, then `work_len`
/// numbers that a row overwrites.
pub(super) trait Exact {
    fn dim(&self) -> usize;
    fn prepared_len(&self) -> usize;
    /// Numbers a row.
    fn work_len(&self) -> usize;
    fn scratch_len(&self) -> usize {
        self.prepared_len() + self.work_len()
    }
    /// Everything that depends on the point alone; `false` where the law of x has no density there.
    fn prepare(&self, form: &Form, scratch: &mut [f64]) -> bool;
    /// The prediction of x [dim], a row a lane.
    fn predict<V: Lane>(&self, form: &Form, x: &[V], out: &mut [V], prepared: &[f64], work: &mut [V]);
    fn log_density_row(&self, form: &Form, x: &[f64], scratch: &mut [f64]) -> f64;
}

/// [`Score::predict`](super::Score::predict) of a closed form: [`ROWS`] rows at a time where they share their point.
pub(super) fn predict(
    law: &impl Exact,
    want: Prediction,
    at: &[Point],
    x: &[f64],
    out: &mut [f64],
) -> Result<(), ScoreError> {
    let block = ROWS * law.dim();
    let whole = if at.len() == 1 { x.len() - x.len() % block } else { 0 };
    let (blocks, rest) = x.split_at(whole);
    let (blocks_out, rest_out) = out.split_at_mut(whole);
    with_scratch(law.scratch_len(), |scratch| {
        if whole > 0 {
            predict_blocks(law, want, &at[0], blocks, blocks_out, scratch)?;
        }
        let dim = law.dim();
        let mut rows = rest.chunks_exact(dim).zip(rest_out.chunks_exact_mut(dim));
        with_form(law, want, at, rest.len() / dim, scratch, |on, scratch| {
            let Some((x, out)) = rows.next() else { return };
            match on {
                Ok(form) => {
                    let (prepared, work) = scratch.split_at_mut(law.prepared_len());
                    law.predict(&form, x, out, prepared, work);
                }
                Err(on_x) => out.iter_mut().zip(x).for_each(|(out, x)| *out = on_x * x),
            }
        })
    })
}

/// Whole blocks of rows at one point.
fn predict_blocks(
    law: &impl Exact,
    want: Prediction,
    at: &Point,
    x: &[f64],
    out: &mut [f64],
    scratch: &mut [f64],
) -> Result<(), ScoreError> {
    if let Some(on_x) = without_noise(want, at)? {
        out.iter_mut().zip(x).for_each(|(out, x)| *out = on_x * x);
        return Ok(());
    }
    let form = prepared(law, want, at, scratch)?;
    let prepared = &scratch[..law.prepared_len()];
    thread_local!(static WORK: RefCell<Vec<Rows>> = const { RefCell::new(Vec::new()) });
    lend(&WORK, 2 * law.dim() + law.work_len(), Rows::splat(0.0), |work| {
        // The widest instructions of the machine; no operation is fused, so that all have the same bits.
        AutoArch::new().dispatch(Blocks { law, form: &form, prepared, work, x, out });
    });
    Ok(())
}

/// What [`predict_blocks`] computes in one go. Work: rows of x, rows of the result, the law's own.
struct Blocks<'a, L> {
    law: &'a L,
    form: &'a Form,
    prepared: &'a [f64],
    work: &'a mut [Rows],
    x: &'a [f64],
    out: &'a mut [f64],
}

impl<L: Exact> WithSimd for Blocks<'_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let dim = self.law.dim();
        let (x, rest) = self.work.split_at_mut(dim);
        let (y, work) = rest.split_at_mut(dim);
        for (from, to) in self.x.chunks_exact(ROWS * dim).zip(self.out.chunks_exact_mut(ROWS * dim)) {
            x.iter_mut().enumerate().for_each(|(i, x)| *x = Rows::gather(from, dim, i));
            self.law.predict(self.form, x, y, self.prepared, work);
            y.iter().enumerate().for_each(|(i, y)| y.scatter(to, dim, i));
        }
    }
}

/// The form at a point, all that depends on it prepared.
fn prepared(law: &impl Exact, want: Prediction, at: &Point, scratch: &mut [f64]) -> Result<Form, ScoreError> {
    let form = Form::new(want, at);
    let exists = form.mean.is_finite() && form.p.is_finite() && form.q.is_finite();
    if exists && law.prepare(&form, scratch) { Ok(form) } else { Err(no_conversion(want, at)) }
}

/// Calls `row` for each of `rows` rows, in order, with the prepared form of its point, or where there is no
/// noise with `Err(b)` of the prediction `b x`.
pub(super) fn with_form(
    law: &impl Exact,
    want: Prediction,
    at: &[Point],
    rows: usize,
    scratch: &mut [f64],
    mut row: impl FnMut(Result<Form, f64>, &mut [f64]),
) -> Result<(), ScoreError> {
    let mut last: Option<(&Point, Form)> = None;
    for i in 0..rows {
        let point = &at[if at.len() == 1 { 0 } else { i }];
        if let Some(on_x) = without_noise(want, point)? {
            row(Err(on_x), scratch);
            continue;
        }
        let form = match last {
            Some((last, form)) if same(last, point) => form,
            _ => {
                let form = prepared(law, want, point, scratch)?;
                last = Some((point, form));
                form
            }
        };
        row(Ok(form), scratch);
    }
    Ok(())
}

/// [`ClosedForm::log_density`](super::ClosedForm::log_density) of a closed form.
pub(super) fn log_density(law: &impl Exact, at: &Point, x: &[f64], out: &mut [f64]) {
    with_scratch(law.scratch_len(), |scratch| {
        let form = Form::new(Prediction::Score, at);
        let exists = law.prepare(&form, scratch);
        for (x, out) in x.chunks_exact(law.dim()).zip(out) {
            *out = if exists { law.log_density_row(&form, x, scratch) } else { f64::NAN };
        }
    });
}

/// At sigma = 0 the state is alpha x0 and says nothing about eps, whose mean is 0; then every form but the
/// score is a multiple of x. `None` elsewhere.
fn without_noise(want: Prediction, at: &Point) -> Result<Option<f64>, ScoreError> {
    if at.sigma != 0.0 || want == Prediction::Score {
        return Ok(None);
    }
    let on_x = match want {
        Prediction::Eps | Prediction::V => 0.0,
        Prediction::Velocity if at.sigma_dot.is_finite() => at.alpha_dot / at.alpha,
        Prediction::Velocity => f64::NAN,
        _ => 1.0 / at.alpha,
    };
    if at.alpha > 0.0 && on_x.is_finite() { Ok(Some(on_x)) } else { Err(no_conversion(want, at)) }
}

fn same(a: &Point, b: &Point) -> bool {
    let bits = |p: &Point| [p.alpha, p.sigma, p.alpha_dot, p.sigma_dot].map(f64::to_bits);
    bits(a) == bits(b)
}

/// Runs `f` on `len` numbers of this thread's memory.
pub(super) fn with_scratch<T>(len: usize, f: impl FnOnce(&mut [f64]) -> T) -> T {
    thread_local!(static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) });
    lend(&SCRATCH, len, 0.0, f)
}

/// Runs `f` on `len` elements of a memory that only grows: no allocation after the first calls.
fn lend<N: Copy, T>(
    memory: &'static LocalKey<RefCell<Vec<N>>>,
    len: usize,
    zero: N,
    f: impl FnOnce(&mut [N]) -> T,
) -> T {
    let mut lent = memory.take();
    if lent.len() < len {
        lent.resize(len, zero);
    }
    let result = f(&mut lent[..len]);
    memory.replace(lent);
    result
}
