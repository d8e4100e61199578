//! The values of the parameters.

use crate::Param;
use ito_abi as abi;
use std::ffi::CStr;

/// The values of the parameters, by id. The host has checked type and range.
///
/// Asking for an id that [`Info::params`](crate::Info::params) lacks, or for another type, is a mistake of the plugin: it panics,
/// and the border turns the panic into an error.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    params: &'static [Param],
    values: &'a [abi::Value],
}

impl<'a> Values<'a> {
    /// # Safety
    /// Pointers inside `values` are valid for `'a`, and each union holds the field its `kind` names.
    pub(crate) unsafe fn new(params: &'static [Param], values: &'a [abi::Value]) -> Self {
        Self { params, values }
    }

    fn find(&self, id: &str, kind: u32) -> Option<&'a abi::Value> {
        let at = self.params.iter().position(|p| p.id.to_bytes() == id.as_bytes());
        let at = at.unwrap_or_else(|| panic!("parameter `{id}` is not declared"));
        let value = self.values.get(at)?;
        if value.kind == abi::NONE {
            return None;
        }
        assert!(value.kind == kind, "parameter `{id}` has type {}, asked for as {kind}", value.kind);
        Some(value)
    }

    /// A number, if it is there.
    #[must_use]
    pub fn get_f64(&self, id: &str) -> Option<f64> {
        // SAFETY: `find` has compared the kind.
        self.find(id, abi::F64).map(|value| unsafe { value.v.f64 })
    }

    /// A number.
    #[must_use]
    pub fn f64(&self, id: &str) -> f64 {
        self.get_f64(id).unwrap_or_else(|| panic!("parameter `{id}` is absent"))
    }

    /// A whole number, if it is there.
    #[must_use]
    pub fn get_i64(&self, id: &str) -> Option<i64> {
        // SAFETY: `find` has compared the kind.
        self.find(id, abi::I64).map(|value| unsafe { value.v.i64 })
    }

    /// A whole number.
    #[must_use]
    pub fn i64(&self, id: &str) -> i64 {
        self.get_i64(id).unwrap_or_else(|| panic!("parameter `{id}` is absent"))
    }

    /// True or false.
    #[must_use]
    pub fn bool(&self, id: &str) -> bool {
        // SAFETY: `find` has compared the kind.
        self.find(id, abi::BOOL)
            .map(|value| unsafe { value.v.i64 } != 0)
            .unwrap_or_else(|| panic!("parameter `{id}` is absent"))
    }

    /// The position of the chosen name.
    #[must_use]
    pub fn choice(&self, id: &str) -> usize {
        // SAFETY: `find` has compared the kind.
        let chosen = self.find(id, abi::ENUM).map(|value| unsafe { value.v.i64 });
        chosen.and_then(|i| usize::try_from(i).ok()).unwrap_or_else(|| panic!("parameter `{id}` is absent"))
    }

    /// A list of numbers, if it is there.
    #[must_use]
    pub fn f64_list(&self, id: &str) -> Option<&'a [f64]> {
        let value = self.find(id, abi::F64LIST)?;
        // An empty list may come without an address.
        if value.len == 0 {
            return Some(&[]);
        }
        // SAFETY: `find` has compared the kind; the list has `len` entries that live for 'a.
        Some(unsafe { std::slice::from_raw_parts(value.v.f64s, value.len as usize) })
    }

    /// A text, if it is there.
    #[must_use]
    pub fn get_str(&self, id: &str) -> Option<&'a str> {
        // SAFETY: `find` has compared the kind; the text ends in NUL and lives for 'a.
        let text = self.find(id, abi::STR).map(|value| unsafe { CStr::from_ptr(value.v.str) })?;
        Some(text.to_str().unwrap_or_else(|_| panic!("parameter `{id}` is not UTF-8, as the header promises")))
    }

    /// A text.
    #[must_use]
    pub fn str(&self, id: &str) -> &'a str {
        self.get_str(id).unwrap_or_else(|| panic!("parameter `{id}` is absent"))
    }

    /// Another sampler.
    #[must_use]
    pub fn sampler(&self, id: &str) -> abi::InnerSampler {
        // SAFETY: `find` has compared the kind.
        self.find(id, abi::SAMPLER)
            .map(|value| unsafe { value.v.sampler })
            .unwrap_or_else(|| panic!("parameter `{id}` is absent"))
    }
}

#[cfg(test)]
mod tests {
    use super::Values;
    use crate::Param;
    use crate::info::DefaultValue;
    use ito_abi as abi;

    const PARAMS: &[Param] = &[
        Param::str(c"file", c"none", c"a text"),
        Param { default: DefaultValue::F64List(None), ..Param::f64(c"list", 0.0, c"numbers") },
    ];

    fn value(kind: u32, len: u32, v: abi::Payload) -> abi::Value {
        abi::Value { kind, len, v }
    }

    #[test]
    fn texts_and_lists_are_read() {
        let list = [1.0, 2.5];
        let given = [
            value(abi::STR, 0, abi::Payload { str: c"weights.npz".as_ptr() }),
            value(abi::F64LIST, 2, abi::Payload { f64s: list.as_ptr() }),
        ];
        // SAFETY: kinds and payloads belong together, and what they point to outlives this function.
        let values = unsafe { Values::new(PARAMS, &given) };
        assert_eq!((values.str("file"), values.f64_list("list")), ("weights.npz", Some(&list[..])));
        let given = [
            value(abi::NONE, 0, abi::Payload { i64: 0 }),
            value(abi::F64LIST, 0, abi::Payload { f64s: std::ptr::null() }),
        ];
        // SAFETY: as above; an empty list has no address to read.
        let values = unsafe { Values::new(PARAMS, &given) };
        assert_eq!((values.get_str("file"), values.f64_list("list")), (None, Some(&[][..])));
    }

    #[test]
    #[should_panic(expected = "parameter `lists` is not declared")]
    fn a_list_that_is_not_declared_is_a_mistake() {
        // SAFETY: there is nothing to read.
        let _ = unsafe { Values::new(PARAMS, &[]) }.f64_list("lists");
    }
}
