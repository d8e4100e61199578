//! `ito schema`: the JSON Schema of the YAML, or its reference page.

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
pub struct Schema {
    /// Print the same as a page for people, docs/experiments.md, without samplers.
    #[arg(long)]
    markdown: bool,
}

/// Prints the schema, or the page.
pub fn schema(args: &Schema, global: &Global) -> Result<u8, Stop> {
    if args.markdown {
        output::print(schema::reference_markdown().trim_end())?;
        return Ok(DONE);
    }
    output::print_json(&schema::schema(&global.registry()?))?;
    Ok(DONE)
}
