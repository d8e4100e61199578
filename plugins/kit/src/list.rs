//! Parameters that are lists of numbers.

use crate::{DefaultValue, Param};
use std::ffi::CStr;

impl Param {
    /// A list of numbers; `None`: absent unless given. A range holds for each entry.
    #[must_use]
    pub const fn f64_list(id: &'static CStr, default: Option<&'static [f64]>, doc: &'static CStr) -> Self {
        Self { default: DefaultValue::F64List(default), ..Self::optional_f64(id, doc) }
    }
}
