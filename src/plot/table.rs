//! A metric by sampler (rows) and step count (columns), mean ± half the 95 % interval.

use super::PlotError;
use super::axes::power;
use super::interval::Estimate;
use super::only::Only;
use super::series::{Cell, Outcome, Question, Series, series};
use crate::experiment::record::Record;
use std::fmt::Write as _;

/// A metric by sampler and step count.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The metric, named as under `metrics`.
    pub y: String,
    /// Only these samplers; all where empty.
    #[serde(default)]
    pub samplers: Vec<String>,
    /// Only cells with these settings, `{ grid: log-snr }`: a setting by name (`grid`, `process`, `noise`, `final`,
    /// `params.order`, `nfe`, `steps`), with one value or several.
    #[serde(default, skip_serializing_if = "Only::is_empty")]
    pub only: Only,
}

/// The cells of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    y: String,
    /// Step counts, rising; then the tolerances of adaptive samplers.
    columns: Vec<String>,
    rows: Vec<Series>,
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Markdown,
    Latex,
}

impl Cells {
    /// Reads the records.
    ///
    /// # Errors
    /// As [`series`].
    pub fn of(spec: &Table, records: &[Record]) -> Result<Self, PlotError> {
        let rows = series(records, &Question { y: &spec.y, x: "nfe_per_sample", samplers: &spec.samplers })?;
        let mut columns: Vec<(bool, f64, String)> = Vec::new();
        for cell in rows.iter().flat_map(|row| &row.cells) {
            if !columns.iter().any(|(_, _, at)| *at == cell.at) {
                columns.push((cell.at.parse::<u64>().is_err(), cell.order, cell.at.clone()));
            }
        }
        columns.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).unwrap_or(std::cmp::Ordering::Equal));
        Ok(Self { y: spec.y.clone(), columns: columns.into_iter().map(|c| c.2).collect(), rows })
    }

    fn cell<'a>(row: &'a Series, column: &str) -> Option<&'a Cell> {
        row.cells.iter().find(|c| c.at == column)
    }

    /// Four columns a step count: mean, half interval (six digits), seeds and status; empty where there is nothing.
    #[must_use]
    pub fn csv(&self) -> String {
        let quote =
            |s: &str| if s.contains([',', '"', '\n']) { format!("\"{}\"", s.replace('"', "\"\"")) } else { s.into() };
        let mut out = "sampler".to_owned();
        for c in &self.columns {
            let _ = write!(out, ",{c},{c} half,{c} seeds,{c} status");
        }
        out.push('\n');
        for row in &self.rows {
            out.push_str(&quote(&row.label));
            for column in &self.columns {
                let _ = match Self::cell(row, column).map(|c| (c.outcome, c.seeds)) {
                    Some((Outcome::Value(e), _)) => {
                        let half = e.half.map(|h| format!("{h:.5e}")).unwrap_or_default();
                        write!(out, ",{},{half},{},ok", e.mean, e.n)
                    }
                    Some((Outcome::Gap { status, .. }, seeds)) => write!(out, ",,,{seeds},{}", status.word()),
                    Some((Outcome::Missing | Outcome::Partly { .. }, seeds)) => write!(out, ",,,{seeds},"),
                    None => write!(out, ",,,,"),
                };
            }
            out.push('\n');
        }
        out
    }

    /// A Markdown table with its notes below.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out =
            format!("| {} | {} |\n|---|{}\n", self.y, self.columns.join(" | "), "---:|".repeat(self.columns.len()));
        for (label, values) in self.written(Form::Markdown) {
            let _ = writeln!(out, "| {label} | {} |", values.join(" | "));
        }
        let _ = writeln!(out, "\n{}", self.notes());
        out
    }

    /// A LaTeX `tabular` for the package booktabs, with its notes as comments above.
    #[must_use]
    pub fn latex(&self) -> String {
        let mut out = format!("% {}\n% Needs \\usepackage{{booktabs}}.\n", self.notes());
        let _ = writeln!(out, "\\begin{{tabular}}{{l{}}}\n\\toprule", "r".repeat(self.columns.len()));
        let _ = writeln!(
            out,
            "{} & {} \\\\\n\\midrule",
            escape(&self.y),
            self.columns.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" & ")
        );
        let rows = self.written(Form::Latex);
        for (i, (label, values)) in rows.iter().enumerate() {
            if i == self.rows.len() {
                out.push_str("\\midrule\n");
            }
            let _ = writeln!(out, "{} & {} \\\\", escape(label), values.join(" & "));
        }
        out.push_str("\\bottomrule\n\\end{tabular}\n");
        out
    }

    /// Row labels and cells as text; the floor comes last where it is one for all.
    fn written(&self, form: Form) -> Vec<(String, Vec<String>)> {
        let text = |row: &Series, column: &String| match Self::cell(row, column).map(|c| (c.outcome, c.seeds)) {
            Some((Outcome::Value(e), _)) => plus_minus(&e, form),
            Some((Outcome::Gap { status, bad }, seeds)) => format!("{} ({bad} of {seeds})", status.word()),
            Some((Outcome::Partly { lacking }, seeds)) => format!("not measured ({lacking} of {seeds})"),
            Some((Outcome::Missing, _)) | None => String::new(),
        };
        let mut out: Vec<(String, Vec<String>)> =
            self.rows.iter().map(|r| (r.label.clone(), self.columns.iter().map(|c| text(r, c)).collect())).collect();
        let floors: Vec<Estimate> = self.rows.iter().filter_map(|r| r.floor).collect();
        if let Some(first) = floors.first().filter(|first| floors.iter().all(|f| f.same(first))) {
            out.push(("floor: two true sets".into(), vec![plus_minus(first, form); self.columns.len()]));
        }
        out
    }

    fn notes(&self) -> String {
        let seeds: std::collections::BTreeSet<usize> =
            self.rows.iter().flat_map(|r| r.cells.iter().map(|c| c.seeds)).collect();
        let seeds = seeds.into_iter().map(|s| s.to_string()).collect::<Vec<_>>().join(" or ");
        format!(
            "{} by sampler and number of grid intervals; mean ± half the 95 % interval over {seeds} seeds (Student t), \
             which covers sampling, not training.",
            self.y
        )
    }
}

/// The mean with as many digits as its half interval makes sense of: two significant ones of the half.
fn plus_minus(e: &Estimate, form: Form) -> String {
    let e = &Estimate { half: e.half.filter(|half| half.is_finite()), ..*e };
    let size = e.mean.abs().max(e.half.unwrap_or(0.0));
    let exponent = if size > 0.0 { size.log10().floor() as i32 } else { 0 };
    let exponent = if (-3..4).contains(&exponent) { 0 } else { exponent };
    let scale = 10f64.powi(exponent);
    let digits = |v: f64, significant: i32| {
        if v > 0.0 { (significant - 1 - (v / scale).log10().floor() as i32).clamp(0, 9) as usize } else { 3 }
    };
    let (mean, half) = match e.half {
        Some(half) => {
            let d = digits(half, 2);
            (format!("{:.d$}", e.mean / scale), Some(format!("{:.d$}", half / scale)))
        }
        None => (format!("{:.*}", digits(e.mean.abs(), 3), e.mean / scale), None),
    };
    let sign = if form == Form::Latex { " \\pm " } else { " ± " };
    let mut text = half.map_or_else(|| mean.clone(), |half| format!("{mean}{sign}{half}"));
    if exponent != 0 {
        let bracketed = if text.contains(sign) { format!("({text})") } else { text };
        text = match form {
            Form::Latex => format!("{bracketed} \\times 10^{{{exponent}}}"),
            Form::Markdown => format!("{bracketed} × {}", power(scale)),
        };
    }
    match form {
        Form::Latex => format!("${text}$"),
        Form::Markdown => text.replace('-', "−"),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "&%$#_{}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::record::Status;
    use crate::plot::testing::record;

    fn table() -> Cells {
        let mut records = Vec::new();
        for (sampler, size) in [("euler", 0.5), ("euler_2, odd", 3e-5)] {
            for steps in [100, 10] {
                for seed in 0..3 {
                    records.push(record(sampler, steps, seed, size * (1.0 + 0.01 * seed as f64) / steps as f64));
                }
            }
        }
        records[3].status = Status::Nonfinite;
        Cells::of(&Table { y: "sliced-w2".into(), samplers: Vec::new(), only: Only::new() }, &records)
            .expect("there are records")
    }

    #[test]
    fn csv_has_every_number_and_status() {
        insta::assert_snapshot!(table().csv(), @r#"
        sampler,10,10 half,10 seeds,10 status,100,100 half,100 seeds,100 status
        euler,,,3,nonfinite,0.00505,1.24207e-4,3,ok
        "euler_2, odd",0.00000303,7.45241e-8,3,ok,0.00000030299999999999995,7.45241e-9,3,ok
        "#);
    }

    #[test]
    fn markdown_keeps_two_digits_of_the_half_interval() {
        insta::assert_snapshot!(table().markdown(), @r"
        | sliced-w2 | 10 | 100 |
        |---|---:|---:|
        | euler | nonfinite (1 of 3) | 0.00505 ± 0.00012 |
        | euler_2, odd | (3.030 ± 0.075) × 10⁻⁶ | (3.030 ± 0.075) × 10⁻⁷ |
        | floor: two true sets | 0.010 ± 0.000 | 0.010 ± 0.000 |

        sliced-w2 by sampler and number of grid intervals; mean ± half the 95 % interval over 3 seeds (Student t), which covers sampling, not training.
        ");
    }

    #[test]
    fn latex_is_booktabs() {
        insta::assert_snapshot!(table().latex(), @r"
        % sliced-w2 by sampler and number of grid intervals; mean ± half the 95 % interval over 3 seeds (Student t), which covers sampling, not training.
        % Needs \usepackage{booktabs}.
        \begin{tabular}{lrr}
        \toprule
        sliced-w2 & 10 & 100 \\
        \midrule
        euler & nonfinite (1 of 3) & $0.00505 \pm 0.00012$ \\
        euler\_2, odd & $(3.030 \pm 0.075) \times 10^{-6}$ & $(3.030 \pm 0.075) \times 10^{-7}$ \\
        \midrule
        floor: two true sets & $0.010 \pm 0.000$ & $0.010 \pm 0.000$ \\
        \bottomrule
        \end{tabular}
        ");
    }

    #[test]
    fn one_seed_has_no_interval_and_zero_is_zero() {
        let text = |mean, half| plus_minus(&Estimate { mean, half, n: 1 }, Form::Markdown);
        assert_eq!(text(-0.012_345, None), "−0.0123");
        assert_eq!(text(0.0, Some(0.0)), "0.000 ± 0.000");
        assert_eq!(text(1234.5, Some(100.0)), "1234 ± 100");
        assert_eq!(text(-2e-7, Some(3e-8)), "(−2.00 ± 0.30) × 10⁻⁷");
        assert_eq!(text(2e300, Some(f64::INFINITY)), "2.00 × 10³⁰⁰");
    }
}
