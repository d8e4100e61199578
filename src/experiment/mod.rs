//! From a YAML file to records: spec, load, resolve, plan, run, record, store.

pub mod error;
pub mod key;
pub mod load;
pub mod plan;
pub mod record;
pub mod resolve;
pub mod schema;
pub mod spec;
pub mod environment;
pub mod execute;
pub mod measure;
pub mod models;
pub mod references;
pub mod run;
pub mod store;
pub mod table;

#[cfg(test)]
mod testing;
pub mod figures;
pub mod orders;
