//! What a sampler costs and claims with given values, and what it knows of the grid.

use ito_abi as abi;

/// One time of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The time; NaN at a marked end that has none.
    pub t: f64,
    /// alpha(t); 1 at the marked end.
    pub alpha: f64,
    /// sigma(t); 0 at the marked end.
    pub sigma: f64,
}

/// `ito_plan` of the header: the host fills in the defaults of [`Info`](crate::Info), the sampler changes what its values
/// change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `ONE_STEP | PER_ROW_STEP | LEVEL | NEEDS_ALPHA | FINAL_MEAN`.
    pub flags: u32,
    /// Which test it must pass, `abi::KIND_ODE` and so on.
    pub kind: u32,
    /// The variable in which the weights assume equal spacing: 0, `UNIFORM_T`, ….
    pub uniform_in: u32,
    /// In: N, the number of grid intervals.
    pub steps: u64,
    /// Evaluations a sample, inner samplers left out.
    pub evaluations: u64,
    /// Calls of `inner_step` a sample; the host adds their cost.
    pub inner_steps: u64,
    /// Order; the strong order for kind SDE; 0 = none claimed.
    pub order: f64,
    /// Weak order; 0 = none claimed.
    pub weak_order: f64,
    /// In: kind of the first inner sampler; 0 without one.
    pub inner_kind: u32,
    /// In: its flags.
    pub inner_flags: u32,
    /// In: the least order of the inner samplers.
    pub inner_order: f64,
    /// In: their least weak order.
    pub inner_weak_order: f64,
    levels: Vec<Level>,
}

impl Plan {
    /// # Safety
    /// The lists of times, alpha and sigma in `raw` are null or have `n_times` numbers.
    pub(crate) unsafe fn read(raw: &abi::Plan) -> Self {
        let known = raw.n_times > 0 && ![raw.times, raw.alpha, raw.sigma].iter().any(|list| list.is_null());
        // SAFETY: by the condition above; none of the lists is null here.
        let list = |p: *const f64| unsafe { std::slice::from_raw_parts(p, raw.n_times as usize) };
        let lists = if known { [list(raw.times), list(raw.alpha), list(raw.sigma)] } else { [&[][..]; 3] };
        let levels = (0..lists[0].len()).map(|i| Level { t: lists[0][i], alpha: lists[1][i], sigma: lists[2][i] });
        Self {
            flags: raw.flags,
            kind: raw.kind,
            uniform_in: raw.uniform_in,
            steps: raw.steps,
            evaluations: raw.evaluations,
            inner_steps: raw.inner_steps,
            order: raw.order,
            weak_order: raw.weak_order,
            inner_kind: raw.inner_kind,
            inner_flags: raw.inner_flags,
            inner_order: raw.inner_order,
            inner_weak_order: raw.inner_weak_order,
            levels: levels.collect(),
        }
    }

    /// What the sampler may change, back to the host.
    pub(crate) fn write(&self, raw: &mut abi::Plan) {
        (raw.flags, raw.kind, raw.uniform_in) = (self.flags, self.kind, self.uniform_in);
        (raw.evaluations, raw.inner_steps) = (self.evaluations, self.inner_steps);
        (raw.order, raw.weak_order) = (self.order, self.weak_order);
    }

    /// The times of the grid; none where the host does not know them yet.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }
}
