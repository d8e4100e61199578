//! `ito plugin`: which samplers there are, and what each of them is.

use super::args::Global;
use super::exit::{DONE, Stop};
use super::output;
use crate::plugin::SamplerInfo;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Show the samplers that plugins bring.
#[derive(Debug, Subcommand)]
pub enum Plugin {
    List(List),
    Show(Show),
}

/// List all samplers found, with their kind, order, evaluations a step and plugin.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito plugin list --plugin-path target/release")]
pub struct List {
    /// Print all that is known of every sampler as a JSON array.
    #[arg(long)]
    json: bool,
}

/// Show one sampler: its equation, source, when to choose it, and its parameters.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito plugin show heun")]
pub struct Show {
    /// The sampler's id, as `ito plugin list` prints it.
    id: String,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists or shows samplers.
pub fn plugin(command: &Plugin, global: &Global) -> Result<u8, Stop> {
    let registry = global.registry()?;
    match command {
        Plugin::List(List { json: true }) => {
            output::print_json(&registry.samplers().iter().map(|info| info_json(info)).collect::<Value>())?;
        }
        Plugin::List(_) => output::print(&list(registry.samplers().iter().map(AsRef::as_ref)))?,
        Plugin::Show(show) => {
            let info = registry.find(&show.id).ok_or_else(|| Stop::input(registry.unknown(&show.id)))?;
            if show.json {
                output::print_json(&info_json(&info))?;
            } else {
                output::print(&page(&info))?;
            }
        }
    }
    Ok(DONE)
}

fn list<'a>(samplers: impl Iterator<Item = &'a SamplerInfo>) -> String {
    let mut table = output::table(["sampler", "kind", "order", "evaluations a step", "plugin", "what it is"]);
    for info in samplers {
        table.add_row([
            &info.id,
            info.kind.word(),
            &info.order_text(),
            &info.evaluations_text(),
            &info.file.name,
            &info.summary,
        ]);
    }
    if table.is_empty() {
        return "no sampler: no plugin was found; `ito doctor` shows where they are looked for".into();
    }
    table.to_string()
}

/// Everything that is known of a sampler, for people.
fn page(info: &SamplerInfo) -> String {
    let mut out = format!("{}: {}\n{}\n\n", info.id, info.name, info.summary);
    let kind = format!("{}; {}", info.kind.word(), facts(info).join("; "));
    let plugin = format!("{} {}, {}", info.file.path.display(), info.version, info.license);
    let lines = [
        ("equation", &info.equation),
        ("source", &info.source),
        ("choose it", &info.choose),
        ("kind", &kind),
        ("plugin", &plugin),
        ("sha256", &info.file.sha256),
        ("author", &info.author),
        ("url", &info.url),
        ("needs", &info.required.join(", ")),
    ];
    for (name, text) in lines.into_iter().filter(|(_, text)| !text.is_empty()) {
        let text = text.replace('\n', "\n            ");
        let _ = writeln!(out, "{name:<11} {text}");
    }
    out.push('\n');
    if info.params.is_empty() {
        out.push_str("It has no parameters.");
        return out;
    }
    let mut table = output::table(["parameter", "type", "range", "default", "unit", "what it does"]);
    for param in &info.params {
        table.add_row([
            &param.id,
            &param.kind_text(),
            &param.range_text(),
            &param.default_text(),
            &param.unit,
            &param.doc,
        ]);
    }
    out.push_str(&table.to_string());
    out
}

fn facts(info: &SamplerInfo) -> Vec<String> {
    let mut facts =
        vec![format!("order {}", info.order_text()), format!("evaluations a step: {}", info.evaluations_text())];
    let flags = info.flags;
    let set = [
        (flags.one_step, "keeps nothing between steps, so that it can be an inner sampler"),
        (flags.per_row_step, "chooses its steps, for each sample"),
        (flags.level, "a Markov chain at one time"),
        (flags.needs_alpha, "divides by alpha(t)"),
        (flags.final_mean, "leaves the last noise out (`final: mean`)"),
        (flags.batch_wide, "a sample depends on which others are in its batch"),
    ];
    facts.extend(set.into_iter().filter(|(set, _)| *set).map(|(_, text)| text.to_owned()));
    facts
}

/// Everything that is known of a sampler; a bound that does not exist is null.
fn info_json(info: &SamplerInfo) -> Value {
    json!({
        "id": info.id,
        "name": info.name,
        "version": info.version,
        "author": info.author,
        "license": info.license,
        "url": info.url,
        "summary": info.summary,
        "equation": info.equation,
        "source": info.source,
        "choose": info.choose,
        "kind": info.kind,
        "flags": info.flags,
        "uniform_in": info.uniform_in,
        "order": info.order,
        "weak_order": info.weak_order,
        "evals_per_step": info.evals_per_step,
        "params": info.params,
        "streams": info.streams,
        "required": info.required,
        "file": { "path": info.file.path, "name": info.file.name, "sha256": info.file.sha256 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::{Flags, Kind, ParamInfo, ParamKind};

    fn param(kind: ParamKind, min: f64, max: f64) -> ParamInfo {
        ParamInfo {
            id: "p".into(),
            unit: String::new(),
            doc: "a parameter".into(),
            kind,
            default: None,
            min,
            max,
            min_exclusive: true,
            max_exclusive: false,
            required: false,
        }
    }

    #[test]
    fn json_has_no_infinite_bound_and_the_page_every_parameter() {
        let params = vec![param(ParamKind::Enum(vec!["t".into(), "sigma".into()]), 0.0, f64::INFINITY)];
        let info = SamplerInfo::without_library("heun", Kind::Ode, Flags::default(), params);
        let json = info_json(&info);
        assert_eq!(json["params"][0]["max"], Value::Null);
        assert_eq!(json["params"][0]["kind"]["enum"], json!(["t", "sigma"]));
        let page = page(&info);
        assert!(page.contains("t | sigma") && page.contains("a parameter"), "{page}");
        assert!(list([&info].into_iter()).contains("heun"));
        assert!(list(std::iter::empty()).starts_with("no sampler"));
    }
}
