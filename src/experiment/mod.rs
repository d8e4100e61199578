//! From a YAML file to records: spec, load, resolve, plan, run, record, store.

pub mod environment;
pub mod error;
pub mod execute;
pub mod key;
pub(crate) mod limit;
pub mod load;
pub mod measure;
pub mod models;
pub mod plan;
pub mod record;
pub mod references;
pub mod resolve;
pub mod run;
pub mod schema;
pub mod spec;
pub mod store;
pub mod table;

pub mod figures;
pub mod orders;
#[cfg(test)]
mod testing;
