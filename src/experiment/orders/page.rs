//! The page of all samplers, docs/samplers.md: what each says of itself, and its rows of the order table.

use super::{Extent, FOR_TESTS, Row, markdown};
use crate::plugin::{Registry, SamplerInfo};
use std::fmt::Write as _;

const HEAD: &str = "# Samplers

Made by `ito orders --markdown` from the plugins themselves; how much was measured stands above the numbers (`--brief` and
`--quick` measure less). `ito plugin show ID` prints the same of any plugin.

";

/// Measured by hand, and so written by hand.
const CHOOSING: &str = include_str!("../../../docs/choosing.md");

const ORDERS: &str = "Errors are root mean squares over samples of |x − x*|/√D, or errors of the law of the result; slopes are those that are
judged: of the last three halvings of the step that stay clear of rounding, or one fit from order 5 on. \"ok\": each is
within 0.15 (0.3 above order 3) of the order declared. \"Settles\": each is nearer to it than the one before, and the last
is within. \"Above\": the lower side alone is claimed. \"Mean\": the slopes scatter, their mean is within. \"Leading\":
the slopes are those of the leading term, freed of the next one. Why, is in
[math.md](math.md#9-the-order-table); `ito orders --json` has every number.

";

/// The page in Markdown.
#[must_use]
pub fn page(registry: &Registry, rows: &[Row], extent: Extent) -> String {
    let shown: Vec<_> = registry.samplers().iter().filter(|info| !info.id.starts_with(FOR_TESTS)).collect();
    let mut out = HEAD.to_owned() + CHOOSING;
    out.push_str("| sampler | kind | order | evaluations a step | what it is |\n|---|---|---|---|---|\n");
    for info in &shown {
        let _ = writeln!(
            out,
            "| [{id}](#{id}) | {} | {} | {} | {} |",
            info.kind.word(),
            info.order_text(),
            info.evaluations_text(),
            info.summary,
            id = info.id
        );
    }
    for info in &shown {
        section(&mut out, info);
    }
    let _ = write!(out, "\n## The order table\n\n{}{ORDERS}{}", measured(extent), markdown(rows));
    out.truncate(out.trim_end().len());
    out
}

/// What was measured, in words.
fn measured(extent: Extent) -> &'static str {
    match extent {
        Extent::Table => "",
        Extent::Quick => {
            "Measured with `--quick`: on vp and edm, N to 10,240 (640 for errors of laws, 160 for strong errors), 256 Brownian \
             paths; one choice at a time is another than the default.\n\n"
        }
        Extent::Brief => "Measured on edm alone, with the default choices.\n\n",
    }
}

fn section(out: &mut String, info: &SamplerInfo) {
    let _ = write!(out, "\n## {}\n\n{}. {}\n\n", info.id, info.name, info.summary);
    let _ = writeln!(out, "- Equation: `{}`", info.equation);
    let _ = writeln!(out, "- Source: {}", info.source);
    let _ = writeln!(out, "- Choose it: {}", info.choose);
    for param in &info.params {
        let facts = [param.kind_text(), param.range_text(), param.default_text()];
        let [kind, range, default] = facts.map(|text| text.replace('|', "or"));
        let default = if default.is_empty() { "not set".to_owned() } else { format!("default {default}") };
        let facts: Vec<String> = [kind, range, default].into_iter().filter(|text| !text.is_empty()).collect();
        let _ = writeln!(out, "- Parameter `{}` ({}): {}", param.id, facts.join("; "), param.doc);
    }
}
