//! Which records make one line: those that differ in nothing but the seed and what runs along the line.

use super::{Question, number};
use crate::experiment::record::{Record, Status};
use crate::plot::PlotError;
use crate::plot::axes::trimmed;
use crate::plot::facets::{Along, Facets, facets, setting};
use std::collections::{BTreeMap, BTreeSet};

/// Columns that follow the step count along a line.
pub(in crate::plot) const WITH_STEPS: [&str; 7] =
    ["steps", "nfe", "nfe_asked", "nfe_per_sample", "depth", "rejected", "wall_s"];

/// Settings that tell lines apart only where a line would else have two cells of one place and seed: `batch` decides
/// the samples of networks only and may change between two runs of one plan; `atol` mostly goes along with `rtol`.
const IN_DOUBT: [&str; 2] = ["params.atol", "batch"];

/// The records of a line before they are summed up.
#[derive(Clone, Debug)]
pub(in crate::plot) struct Line<'a> {
    /// Place among all lines of the records.
    pub index: usize,
    /// What its cells share.
    pub facets: Facets,
    /// In the order of the records, no cell twice, no two of one place and seed.
    pub records: Vec<&'a Record>,
}

/// The lines that a question is about, in the order of the records.
pub(in crate::plot) fn group<'a>(records: &'a [Record], ask: &Question<'_>) -> Result<Vec<Line<'a>>, PlotError> {
    if records.is_empty() {
        return Err(PlotError::NoRecords);
    }
    let have: BTreeSet<&str> = records.iter().map(|r| r.sampler.as_str()).collect();
    if let Some(found) = ask.samplers.iter().find(|s| !have.contains(s.as_str())) {
        let have = have.into_iter().collect();
        return Err(PlotError::UnknownSampler { found: found.clone(), have });
    }
    let along = if WITH_STEPS.contains(&ask.x) { Along::Steps } else { Along::Column(ask.x) };
    let mut known = BTreeSet::new();
    // Two grids that share their times share cells; each has its own line.
    let cells = records.iter().filter(|r| known.insert((r.cell.as_str(), r.grid.as_str())));
    let mut lines = split(cells, |r| facets(r, along));
    for name in IN_DOUBT {
        lines = apart(lines, ask, |records| {
            let value = |r: &Record| if name == "batch" { Some(r.batch as f64) } else { setting(r, name) };
            split(records, |r| value(r).map(|v| (name.to_owned(), v.to_string())).into_iter().collect())
        });
    }
    // What is left differs in nothing that a record says: numbered in plan order.
    lines = apart(lines, ask, |records| {
        let mut taken: BTreeMap<(String, u64), usize> = BTreeMap::new();
        split(records, |r| {
            let count = taken.entry((position(r, ask).1, r.seed)).or_default();
            *count += usize::from(r.status != Status::Refused);
            Facets::from([("variant".to_owned(), (*count).max(1).to_string())])
        })
    });
    for (index, line) in lines.iter_mut().enumerate() {
        line.index = index;
    }
    lines.retain(|line| ask.samplers.is_empty() || ask.samplers.contains(&line.records[0].sampler));
    Ok(lines)
}

/// Records with the same facets become a line.
fn split<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    mut facets: impl FnMut(&Record) -> Facets,
) -> Vec<Line<'a>> {
    let mut places: BTreeMap<Facets, usize> = BTreeMap::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    for record in records {
        let facets = facets(record);
        let index = *places.entry(facets.clone()).or_insert(lines.len());
        if index == lines.len() {
            lines.push(Line { index, facets, records: Vec::new() });
        }
        lines[index].records.push(record);
    }
    lines
}

/// Splits the lines that have two cells of one place and seed, for these are no replicates of each other.
fn apart<'a>(
    lines: Vec<Line<'a>>,
    ask: &Question<'_>,
    mut split: impl FnMut(Vec<&'a Record>) -> Vec<Line<'a>>,
) -> Vec<Line<'a>> {
    let mut out = Vec::new();
    for line in lines {
        let mut taken = BTreeSet::new();
        // Cells that were refused have no numbers to mix up, and no N that would tell their places apart.
        let mut cells = line.records.iter().filter(|r| r.status != Status::Refused);
        if cells.all(|r| taken.insert((position(r, ask).1, r.seed))) {
            out.push(line);
            continue;
        }
        let parts = split(line.records.clone());
        if parts.len() == 1 {
            out.push(line);
            continue;
        }
        out.extend(parts.into_iter().map(|part| {
            let facets = line.facets.clone().into_iter().chain(part.facets).collect();
            Line { facets, ..part }
        }));
    }
    out
}

/// Position along the line and its name: the step count, else minus the logarithm of the tolerance, else x.
pub(in crate::plot) fn position(record: &Record, ask: &Question<'_>) -> (f64, String) {
    if !WITH_STEPS.contains(&ask.x) {
        return number(record, ask.x).map_or((f64::NAN, format!("no {}", ask.x)), |x| (x, trimmed(x)));
    }
    if let Some(steps) = record.steps {
        return (steps as f64, steps.to_string());
    }
    match setting(record, "params.rtol") {
        Some(rtol) if rtol > 0.0 => (-rtol.log10(), format!("rtol {rtol}")),
        _ => (0.0, "adaptive".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::facets::labels;
    use crate::plot::testing::record;

    const ASK: Question<'_> = Question { y: "sliced-w2", x: "steps", samplers: &[] };

    /// Two cells a step count and seed; the second of each pair is changed.
    fn doubled(change: impl Fn(&mut Record)) -> Vec<Record> {
        let mut out = Vec::new();
        for copy in [false, true] {
            for steps in [10, 20] {
                for seed in 0..2 {
                    let mut r = record("euler-maruyama", steps, seed, 0.1);
                    if copy {
                        r.cell.push_str("-changed");
                        change(&mut r);
                    }
                    out.push(r);
                }
            }
        }
        out
    }

    fn names(records: &[Record]) -> Vec<String> {
        let lines = group(records, &ASK).expect("there are records");
        assert!(lines.iter().enumerate().all(|(i, line)| line.index == i));
        assert_eq!(lines.iter().map(|line| line.records.len()).sum::<usize>(), records.len());
        labels(&lines.iter().map(|line| line.facets.clone()).collect::<Vec<_>>())
    }

    #[test]
    fn what_varies_makes_lines_of_its_own() {
        let noise = doubled(|r| r.noise = "independent".into());
        assert_eq!(names(&noise), ["paired noise", "independent noise"]);
        assert_eq!(names(&doubled(|r| r.batch = 7)), ["batch 1000", "batch 7"]);
        assert_eq!(names(&doubled(|r| r.final_ = "mean".into())), ["final state", "final mean"]);
        assert_eq!(names(&doubled(|_| ())), ["variant 1", "variant 2"]);
    }

    #[test]
    fn tolerances_that_both_vary_are_no_replicates() {
        let adaptive = |rtol: &str, atol: &str| {
            let mut r = record("rk45", 1, 0, 0.1);
            r.cell = format!("{rtol} {atol}");
            (r.steps, r.params) = (None, format!(r#"{{"rtol":{rtol},"atol":{atol}}}"#));
            r
        };
        let crossed = [("1e-3", "1e-3"), ("1e-3", "1e-5"), ("1e-5", "1e-3"), ("1e-5", "1e-5")];
        assert_eq!(names(&crossed.map(|(r, a)| adaptive(r, a))), ["atol = 0.001", "atol = 10⁻⁵"]);
        assert_eq!(names(&[adaptive("1e-3", "1e-3"), adaptive("1e-5", "1e-5")]), ["rk45"]);
    }

    #[test]
    fn a_batch_that_changed_between_two_runs_of_one_plan_splits_nothing() {
        let mut records = vec![record("heun", 10, 0, 0.1), record("heun", 20, 0, 0.1)];
        records[1].batch = 7;
        assert_eq!(names(&records), ["heun"]);
    }

    #[test]
    fn refused_cells_without_a_step_count_share_a_place() {
        let mut records = vec![record("heun", 1, 0, 0.1), record("heun", 2, 0, 0.1)];
        for r in &mut records {
            (r.steps, r.status) = (None, Status::Refused);
        }
        assert_eq!(names(&records), ["heun"]);
    }
}
