//! `ito schema`: the JSON Schema of the YAML.

use super::args::Global;
use super::exit::{DONE, Stop};
use super::output;
use crate::experiment::schema;
use clap::Args;

const EXAMPLE: &str = "Example: ito schema > ito.schema.json
With this first line in a YAML file, editors with a YAML language server complete and check it:
  # yaml-language-server: $schema=ito.schema.json";

/// Print the JSON Schema of an experiment's YAML, with all samplers found and their parameters.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Schema {}

/// Prints the schema.
pub fn schema(_: &Schema, global: &Global) -> Result<u8, Stop> {
    output::print_json(&schema::schema(&global.registry()?))?;
    Ok(DONE)
}
