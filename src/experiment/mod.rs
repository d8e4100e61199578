//! From a YAML file to records: spec, load, plan, run, record, store.

pub mod error;
pub mod load;
pub mod record;
pub mod spec;
