//! What the host asks for: a run, and one step of it.

use crate::{Coef, Failure, Tensor};
use ito_abi as abi;

/// One run of one batch of rows.
#[derive(Debug)]
pub struct Problem<'a> {
    /// The state, x_T now.
    pub x: Tensor,
    /// Samples in this batch.
    pub rows: usize,
    /// Numbers a sample.
    pub dim: usize,
    /// The N+1 times of the grid; for samplers that choose their steps, the stops.
    pub times: &'a [f64],
    first_step: *mut f64,
}

impl<'a> Problem<'a> {
    /// # Safety
    /// `raw` comes from the host and is valid for `'a`.
    pub(crate) unsafe fn new(raw: &'a abi::Problem) -> Self {
        // SAFETY: the host gives n_times times.
        let times = unsafe { slice(raw.times, raw.n_times) };
        Self { x: Tensor(raw.x), rows: raw.rows as usize, dim: raw.dim as usize, times, first_step: raw.first_step }
    }

    /// Writes the first step h > 0 of each row; for samplers with `PER_ROW_STEP`.
    ///
    /// # Panics
    /// Where the host asks for no first steps, or there is not one a row.
    pub fn set_first_steps(&self, steps: &[f64]) {
        assert!(!self.first_step.is_null(), "the host asks for no first steps: the plan has no PER_ROW_STEP");
        assert_eq!(steps.len(), self.rows, "there is one first step a row");
        // SAFETY: the host gives room for rows numbers, and nobody else reads them during begin.
        unsafe { std::ptr::copy_nonoverlapping(steps.as_ptr(), self.first_step, steps.len()) }
    }
}

/// One step from `t` to `s`.
#[derive(Debug)]
pub struct Step<'a> {
    /// The state at t.
    pub x: Tensor,
    /// Where the state at s goes; the same tensor as `x` on a fixed grid.
    pub out: Tensor,
    /// The i of `t_i → t_{i+1}` on a fixed grid, else the number of the try.
    pub index: u64,
    /// Number of active rows.
    pub rows: usize,
    raw: &'a mut abi::Step,
}

impl<'a> Step<'a> {
    /// # Safety
    /// `raw` comes from the host and is valid for `'a`.
    pub(crate) unsafe fn new(raw: &'a mut abi::Step) -> Self {
        Self { x: Tensor(raw.x), out: Tensor(raw.out), index: raw.index, rows: raw.rows as usize, raw }
    }

    /// No step follows.
    #[must_use]
    pub fn last(&self) -> bool {
        self.raw.flags & abi::STEP_LAST != 0
    }

    /// The last noise of this step is to be left out.
    #[must_use]
    pub fn mean(&self) -> bool {
        self.raw.flags & abi::STEP_MEAN != 0
    }

    /// `s` is the marked end alpha = 1, sigma = 0.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.raw.flags & abi::STEP_CLEAN != 0
    }

    /// `x` was set anew since the last step: a state that the sampler keeps itself is no longer the one.
    #[must_use]
    pub fn given(&self) -> bool {
        self.raw.flags & abi::STEP_GIVEN != 0
    }

    /// The flags as the host set them, to pass on to an inner step.
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.raw.flags
    }

    /// Times of begin, one or one a row.
    #[must_use]
    pub fn times(&self) -> Coef<'_> {
        // SAFETY: the host gives n numbers that live for the step.
        unsafe { coef(&self.raw.t) }
    }

    /// Times of end, one or one a row.
    #[must_use]
    pub fn ends(&self) -> Coef<'_> {
        // SAFETY: as above.
        unsafe { coef(&self.raw.s) }
    }

    /// The time of begin, the same for all rows.
    ///
    /// # Errors
    /// Where rows have times of their own.
    pub fn t(&self) -> Result<f64, Failure> {
        one(self.times())
    }

    /// The time of end, the same for all rows.
    ///
    /// # Errors
    /// Where rows have times of their own.
    pub fn s(&self) -> Result<f64, Failure> {
        one(self.ends())
    }

    /// What became of the last try of each active row: 0 none, `KEPT`, `DROPPED`.
    #[must_use]
    pub fn fate(&self) -> &[u32] {
        // SAFETY: the host gives rows numbers or null.
        unsafe { slice(self.raw.fate, self.raw.rows) }
    }

    /// The numbers of the active rows, rising: what a sampler keeps for each row, it keeps under this number.
    #[must_use]
    pub fn row(&self) -> &[u32] {
        // SAFETY: the host gives rows numbers.
        unsafe { slice(self.raw.row, self.raw.rows) }
    }

    /// Per active row: whether to accept, error over tolerance, next step h > 0.
    #[must_use]
    pub fn verdict(&mut self) -> (&mut [u32], &mut [f64], &mut [f64]) {
        let n = self.raw.rows;
        // SAFETY: the host gives three different arrays of rows numbers or null.
        unsafe { (slice_mut(self.raw.accept, n), slice_mut(self.raw.error, n), slice_mut(self.raw.next, n)) }
    }
}

fn one(times: Coef<'_>) -> Result<f64, Failure> {
    match times {
        Coef::One(t) | Coef::Each(&[t]) => Ok(t),
        Coef::Each(_) => Err(Failure::unsupported("this sampler takes one time for all rows")),
    }
}

/// # Safety
/// `raw.v` leads to `raw.n` numbers valid for `'a`.
unsafe fn coef<'a>(raw: &abi::Reals) -> Coef<'a> {
    if raw.n == 1 {
        // SAFETY: there is one number.
        Coef::One(unsafe { *raw.v })
    } else {
        // SAFETY: by the condition above.
        Coef::Each(unsafe { slice(raw.v, raw.n) })
    }
}

/// # Safety
/// `p` is null or leads to `n` values valid for `'a`.
unsafe fn slice<'a, T>(p: *const T, n: u64) -> &'a [T] {
    if p.is_null() {
        &[]
    } else {
        // SAFETY: by the condition above.
        unsafe { std::slice::from_raw_parts(p, n as usize) }
    }
}

/// # Safety
/// `p` is null or leads to `n` values that nobody else uses during `'a`.
unsafe fn slice_mut<'a, T>(p: *mut T, n: u64) -> &'a mut [T] {
    if p.is_null() {
        &mut []
    } else {
        // SAFETY: by the condition above.
        unsafe { std::slice::from_raw_parts_mut(p, n as usize) }
    }
}
