//! What a sampler is and which parameters it takes.

use ito_abi as abi;
use std::ffi::CStr;

/// Decides the test of the sampler in the order table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Deterministic, of the probability flow, on a fixed grid.
    Ode,
    /// Discretises an SDE.
    Sde,
    /// Deterministic, with error control for each sample.
    Adaptive,
    /// Markov chain at one time.
    Mcmc,
    /// Converges to a floor of its own; no order claimed.
    Plateau,
    /// Iterates to the result of a sequential sampler.
    Iterative,
}

impl Kind {
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Ode => abi::KIND_ODE,
            Self::Sde => abi::KIND_SDE,
            Self::Adaptive => abi::KIND_ADAPTIVE,
            Self::Mcmc => abi::KIND_MCMC,
            Self::Plateau => abi::KIND_PLATEAU,
            Self::Iterative => abi::KIND_ITERATIVE,
        }
    }
}

/// The descriptor of a sampler. Start from [`Info::DEFAULT`].
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The YAML name: `org.x.name`, bare only for the collection of ito itself.
    pub id: &'static CStr,
    /// A name for people; empty = the id.
    pub name: &'static CStr,
    /// Version of the sampler.
    pub version: &'static CStr,
    /// Author.
    pub author: &'static CStr,
    /// Licence.
    pub license: &'static CStr,
    /// Home page.
    pub url: &'static CStr,
    /// One sentence.
    pub summary: &'static CStr,
    /// The formula.
    pub equation: &'static CStr,
    /// Paper and equation number.
    pub source: &'static CStr,
    /// When to choose it and when not.
    pub choose: &'static CStr,
    /// Which test it must pass.
    pub kind: Kind,
    /// Order; the strong order for [`Kind::Sde`]; 0 = none claimed.
    pub order: f64,
    /// Weak order for [`Kind::Sde`]; 0 = none claimed.
    pub weak_order: f64,
    /// Evaluations a step; 0 = varies, then `plan` says how many.
    pub evals_per_step: u64,
    /// `ONE_STEP | PER_ROW_STEP | LEVEL | NEEDS_ALPHA | FINAL_MEAN | BATCH_WIDE`.
    pub flags: u32,
    /// The variable in which the weights assume equal spacing: 0, `UNIFORM_T`, ….
    pub uniform_in: u32,
    /// Parameters.
    pub params: &'static [Param],
    /// Names of the random streams.
    pub streams: &'static [&'static CStr],
    /// Extension ids without which it cannot work.
    pub required: &'static [&'static CStr],
}

impl Info {
    /// Empty texts, kind ODE, no order, one evaluation a step, no parameters.
    pub const DEFAULT: Self = Self {
        id: c"",
        name: c"",
        version: c"0.1.0",
        author: c"",
        license: c"",
        url: c"",
        summary: c"",
        equation: c"",
        source: c"",
        choose: c"",
        kind: Kind::Ode,
        order: 0.0,
        weak_order: 0.0,
        evals_per_step: 1,
        flags: 0,
        uniform_in: abi::ANY_SPACING,
        params: &[],
        streams: &[],
        required: &[],
    };
}

/// Type and default of a parameter.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// A number.
    F64(Option<f64>),
    /// A whole number.
    I64(Option<i64>),
    /// True or false.
    Bool(Option<bool>),
    /// One of the names; the default by position.
    Enum(&'static [&'static CStr], Option<usize>),
    /// A text.
    Str(Option<&'static CStr>),
    /// A list of numbers.
    F64List(Option<&'static [f64]>),
    /// Another sampler; the default by its id.
    Sampler(Option<&'static CStr>),
}

/// A parameter, checked by the host against the YAML.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The YAML key; dots make alternatives, see `ito_param` in the header.
    pub id: &'static CStr,
    /// Unit; `1` where there is none.
    pub unit: &'static CStr,
    /// What it does.
    pub doc: &'static CStr,
    /// Type and default.
    pub default: DefaultValue,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// `abi::PARAM_REQUIRED | …`.
    pub flags: u32,
}

impl Param {
    const fn new(id: &'static CStr, default: DefaultValue, doc: &'static CStr) -> Self {
        Self { id, unit: c"1", doc, default, min: f64::NEG_INFINITY, max: f64::INFINITY, flags: 0 }
    }

    /// A number with a default.
    #[must_use]
    pub const fn f64(id: &'static CStr, default: f64, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::F64(Some(default)), doc)
    }

    /// A number without a default: absent unless given.
    #[must_use]
    pub const fn optional_f64(id: &'static CStr, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::F64(None), doc)
    }

    /// A whole number.
    #[must_use]
    pub const fn i64(id: &'static CStr, default: i64, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::I64(Some(default)), doc)
    }

    /// True or false.
    #[must_use]
    pub const fn bool(id: &'static CStr, default: bool, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::Bool(Some(default)), doc)
    }

    /// One of several names; the default by position.
    #[must_use]
    pub const fn choice(
        id: &'static CStr,
        names: &'static [&'static CStr],
        default: usize,
        doc: &'static CStr,
    ) -> Self {
        Self::new(id, DefaultValue::Enum(names, Some(default)), doc)
    }

    /// A text.
    #[must_use]
    pub const fn str(id: &'static CStr, default: &'static CStr, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::Str(Some(default)), doc)
    }

    /// Another sampler; must be given.
    #[must_use]
    pub const fn sampler(id: &'static CStr, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::Sampler(None), doc).required()
    }

    /// Another sampler; the one of this id unless another is given.
    #[must_use]
    pub const fn sampler_or(id: &'static CStr, default: &'static CStr, doc: &'static CStr) -> Self {
        Self::new(id, DefaultValue::Sampler(Some(default)), doc)
    }

    /// Allowed range, both ends included.
    #[must_use]
    pub const fn range(mut self, min: f64, max: f64) -> Self {
        self.min = min;
        self.max = max;
        self
    }

    /// The lower end of the range is not allowed itself.
    #[must_use]
    pub const fn above_min(mut self) -> Self {
        self.flags |= abi::PARAM_MIN_EXCLUSIVE;
        self
    }

    /// Must be given.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.flags |= abi::PARAM_REQUIRED;
        self
    }

    /// The unit, for people.
    #[must_use]
    pub const fn unit(mut self, unit: &'static CStr) -> Self {
        self.unit = unit;
        self
    }
}
