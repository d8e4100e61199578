//! The text beside a figure: what it shows, over how many seeds and samples, and what is missing.

use super::axes::trimmed;
use super::interval::Estimate;
use super::series::{COUNTS, Outcome, Series, TIMES};
use crate::experiment::record::Record;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The name of a column as printed on an axis.
#[must_use]
pub fn title(column: &str) -> String {
    match column {
        "steps" => "grid intervals N",
        "nfe_per_sample" => "network evaluations per sample (NFE)",
        "nfe" => "largest NFE of any sample",
        "wall_s" => "wall time of a cell (s)",
        "model_s" => "time of a cell inside the model (s)",
        "sliced-w2" => "sliced W₂",
        "w2" => "W₂",
        "mmd" => "MMD²",
        "energy" => "energy distance",
        "frechet" => "Fréchet distance",
        "trajectory" => "trajectory error (RMS)",
        "trajectory_median" => "trajectory error (median)",
        "nll" => "negative log-likelihood (nats)",
        "nll_bits_per_dim" => "negative log-likelihood (bits per dimension)",
        "nll_elbo_bits_per_dim" => "ELBO by uniform dequantisation (bits per dimension)",
        "nll_importance_weighted_bits_per_dim" => "importance-weighted bound (bits per dimension)",
        "bound" => "variational bound (bits per dimension)",
        "bound_prior" => "prior term of the bound (bits per dimension)",
        "bound_steps" => "steps of the bound (bits per dimension)",
        "bound_decoder" => "decoder term of the bound (bits per dimension)",
        "guidance" => "guidance scale",
        other => return other.strip_prefix("params.").unwrap_or(other).to_owned(),
    }
    .to_owned()
}

/// What the floor of a metric is: in a legend or a table, and in a sentence.
#[must_use]
pub fn floor(column: &str) -> (&'static str, &'static str) {
    if column.starts_with("trajectory") {
        ("floor of the reference", "difference between two tolerances of the reference x*")
    } else {
        ("floor: two true sets", "the same metric between two fresh exact (or held-out) sets of the same sizes")
    }
}

/// "3", "2 to 5".
fn span(numbers: impl Iterator<Item = u64>) -> String {
    let numbers: BTreeSet<u64> = numbers.collect();
    match (numbers.first(), numbers.last()) {
        (Some(a), Some(b)) if a != b => format!("{a} to {b}"),
        (Some(a), _) => a.to_string(),
        _ => "0".to_owned(),
    }
}

/// Mean and interval as words.
#[must_use]
pub fn estimate(e: &Estimate) -> String {
    match e.half {
        Some(half) => format!("{} ± {}", trimmed(e.mean), trimmed(half)),
        None => trimmed(e.mean),
    }
}

/// Seeds, samples and what the interval covers.
#[must_use]
pub fn replicates(lines: &[Series]) -> String {
    let cells = || lines.iter().flat_map(|l| &l.cells);
    let seeds = span(cells().map(|c| c.seeds as u64));
    let samples = span(cells().map(|c| c.samples));
    let mut text = format!("Seeds a point: {seeds}. Samples a cell: {samples}.\n");
    if cells().any(|c| matches!(c.outcome, Outcome::Value(Estimate { half: Some(_), .. }))) {
        text.push_str(
            "Points are means over seeds; bands and bars are 95 % intervals of the mean (Student t). They cover \
             sampling, not training.\n",
        );
    } else {
        text.push_str("One seed a point: there is no interval, and differences between lines may be chance.\n");
    }
    text
}

/// Which bound of the bits of data on levels a metric is, and of how many draws; empty for other metrics.
#[must_use]
pub fn bound(column: &str, records: &[Record]) -> String {
    let what = match column {
        "nll_elbo_bits_per_dim" => "ELBO",
        "nll_importance_weighted_bits_per_dim" => "importance-weighted bound",
        _ => return String::new(),
    };
    let draws = records.iter().filter_map(|record| record.metrics.get("nll_draws"));
    let draws = span(draws.map(|&draws| draws as u64));
    format!("Uniform dequantisation with K = {draws} draws a point; the {what} lies above the bits it bounds.\n")
}

/// How times were taken, where one of the columns is a time.
#[must_use]
pub fn times(columns: [&str; 2]) -> &'static str {
    if columns.iter().any(|column| TIMES.contains(column)) {
        "Times: of each cell alone, the median of several runs after one that does not count; times.csv has their spread.\n"
    } else {
        ""
    }
}

/// The temperature of a sampler that claims no target, where `y` is a distance from one.
#[must_use]
pub fn untargeted(y: &str, record: &Record) -> Option<f64> {
    let distance = !COUNTS.contains(&y) && ["trajectory", "nll", "bound"].iter().all(|metric| !y.starts_with(metric));
    record.ladder_temperature().filter(|_| distance)
}

/// The samplers for which no target is claimed; `samplers` are those shown, all where empty.
#[must_use]
pub fn no_target<'a>(y: &str, records: impl IntoIterator<Item = &'a Record>, samplers: &[String]) -> String {
    let shown = |r: &&Record| samplers.is_empty() || samplers.contains(&r.sampler);
    let named = |r: &Record| Some(format!("{} at temperature {}", r.sampler, trimmed(untargeted(y, r)?)));
    let names: BTreeSet<String> = records.into_iter().filter(shown).filter_map(named).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "No target is claimed for {}: a temperature that scales the noise on a ladder of levels leaves no law to compare \
         with. Its {} is the distance from p where it ends, a number without a floor.\n",
        names.into_iter().collect::<Vec<_>>().join(", "),
        title(y),
    )
}

/// The cells that gave no number, each with its reason.
#[must_use]
pub fn gaps(lines: &[Series]) -> String {
    let mut text = String::new();
    for line in lines {
        for cell in &line.cells {
            let place =
                if cell.x.is_none() { "; not on the axis, for its x is not known: named in the legend" } else { "" };
            match cell.outcome {
                Outcome::Gap { status, bad } => {
                    let (label, at, seeds) = (&line.label, &cell.at, cell.seeds);
                    let _ = writeln!(text, "  {label} at {at}: {bad} of {seeds} seeds {}{place}", status.word());
                }
                Outcome::Partly { lacking } => {
                    let (label, at, seeds) = (&line.label, &cell.at, cell.seeds);
                    let _ = writeln!(text, "  {label} at {at}: {lacking} of {seeds} seeds not measured{place}");
                }
                Outcome::Missing => {
                    let _ = writeln!(text, "  {} at {}: not measured", line.label, cell.at);
                }
                Outcome::Value(_) if cell.x.is_none() => {
                    let _ = writeln!(text, "  {} at {}: measured{place}", line.label, cell.at);
                }
                Outcome::Value(_) => {}
            }
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "Gaps (crosses at the upper edge, at the evaluations asked for where none were counted; no mean is formed of the seeds that ended well):\n");
    }
    text
}

/// The points that a log axis does not have, each with its number.
#[must_use]
pub fn below_zero(lines: &[Series]) -> String {
    let mut text = String::new();
    for line in lines {
        for cell in &line.cells {
            if let Outcome::Value(e) = cell.outcome
                && e.mean <= 0.0
            {
                let _ = writeln!(text, "  {} at {}: {}", line.label, cell.at, estimate(&e));
            }
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "Means not above zero (arrows at the lower edge; unbiased estimates can be negative):\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_of_bits_names_itself_and_its_draws() {
        let mut record = crate::plot::testing::record("heun", 8, 0, 0.1);
        record.metrics.insert("nll_draws".into(), 8.0);
        let said = |column| bound(column, std::slice::from_ref(&record));
        assert_eq!(said("sliced-w2"), "");
        assert_eq!(
            said("nll_importance_weighted_bits_per_dim"),
            "Uniform dequantisation with K = 8 draws a point; the importance-weighted bound lies above the bits it bounds.\n"
        );
        assert!(said("nll_elbo_bits_per_dim").contains("the ELBO"));
    }

    #[test]
    fn a_temperature_on_a_ladder_has_no_target() {
        let at = |sampler: &str, params: &str| {
            let mut record = crate::plot::testing::record(sampler, 8, 0, 0.1);
            record.params = params.into();
            record
        };
        let records = [
            at("annealed-langevin", r#"{"temperature":0.5,"step":{"sigma":0.1}}"#),
            at("annealed-langevin", r#"{"temperature":1.0}"#),
            at("sgld", r#"{"temperature":0.5,"level":0.1}"#),
            at("around", r#"{"inner":{"annealed-langevin":{"temperature":2}}}"#),
        ];
        let said = |y, samplers: &[&str]| {
            no_target(y, &records, &samplers.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
        };
        insta::assert_snapshot!(said("sliced-w2", &[]), @"No target is claimed for annealed-langevin at temperature 0.5, around at temperature 2: a temperature that scales the noise on a ladder of levels leaves no law to compare with. Its sliced W₂ is the distance from p where it ends, a number without a floor.");
        assert_eq!(said("sliced-w2", &["sgld"]), "");
        assert_eq!(said("trajectory_median", &[]), "");
        assert_eq!(said("wall_s", &[]), "");
    }
}
