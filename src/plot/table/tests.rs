use super::*;
use crate::experiment::record::Status;
use crate::plot::testing::record;

fn spec() -> Table {
    Table { y: "sliced-w2".into(), x: None, samplers: Vec::new(), only: Only::new(), bold: false }
}

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
    Cells::of(&spec(), &records).expect("there are records")
}

#[test]
fn csv_has_every_number_and_status() {
    insta::assert_snapshot!(table().csv(), @r#"
    sampler,N = 10,N = 10 half,N = 10 seeds,N = 10 status,N = 100,N = 100 half,N = 100 seeds,N = 100 status
    euler,,,3,nonfinite,0.00505,1.24207e-4,3,ok
    "euler_2, odd",0.00000303,7.45241e-8,3,ok,0.00000030299999999999995,7.45241e-9,3,ok
    floor: two true sets,0.01,0.00000e0,3,,0.01,0.00000e0,3,
    "#);
}

#[test]
fn markdown_keeps_two_digits_of_the_half_interval() {
    insta::assert_snapshot!(table().markdown(), @r"
    | sliced-w2 | N = 10 | N = 100 |
    |---|---:|---:|
    | euler | nonfinite (1 of 3) | 0.00505 ± 0.00012 |
    | euler_2, odd | (3.030 ± 0.075) × 10⁻⁶ | (3.030 ± 0.075) × 10⁻⁷ |
    | floor: two true sets | 0.010 ± 0.000 | 0.010 ± 0.000 |

    sliced-w2 by sampler and grid intervals N; mean ± half the 95 % interval over 3 seeds (Student t), which covers sampling, not training. Floor: the same metric between two fresh exact (or held-out) sets of the same sizes.
    ");
}

/// Halves of three seeds 0.9, 1, 1.1 of a mean m: m · 0.1 · 4.302653/√3 = 0.248 m. So 1.5 ± 0.37 overlaps 1 ± 0.25, and
/// 2.4 ± 0.60 does not; what failed is no candidate.
#[test]
fn the_best_of_a_column_and_what_cannot_be_told_from_it_are_bold() {
    let mut records = Vec::new();
    for (sampler, mean) in [("euler", 1.5), ("heun", 1.0), ("rk3", 2.4), ("rk4", 0.1)] {
        for seed in 0..3 {
            let mut r = record(sampler, 10, seed, mean * (0.9 + 0.1 * seed as f64));
            r.metrics.remove("sliced-w2_floor");
            r.status = if sampler == "rk4" && seed == 1 { Status::Failed } else { r.status };
            records.push(r);
        }
    }
    let bold = Cells::of(&Table { bold: true, ..spec() }, &records).expect("there are records");
    insta::assert_snapshot!(bold.markdown(), @r"
    | sliced-w2 | N = 10 |
    |---|---:|
    | euler | **1.50 ± 0.37** |
    | heun | **1.00 ± 0.25** |
    | rk3 | 2.40 ± 0.60 |
    | rk4 | failed (1 of 3) |

    sliced-w2 by sampler and grid intervals N; mean ± half the 95 % interval over 3 seeds (Student t), which covers sampling, not training. Bold: the smallest mean of a column, and those whose intervals overlap its. No floor was recorded for this metric.
    ");
    assert!(bold.latex().contains(r"heun & {\boldmath$1.00 \pm 0.25$} \\"), "{}", bold.latex());
    assert!(!Cells::of(&spec(), &records).expect("there are records").markdown().contains("**"));
}

#[test]
fn latex_is_booktabs() {
    insta::assert_snapshot!(table().latex(), @r"
    % sliced-w2 by sampler and grid intervals N; mean ± half the 95 % interval over 3 seeds (Student t), which covers sampling, not training. Floor: the same metric between two fresh exact (or held-out) sets of the same sizes.
    % Needs \usepackage{booktabs}.
    \begin{tabular}{lrr}
    \toprule
    sliced-w2 & N = 10 & N = 100 \\
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

fn of(json: &str, records: &[Record]) -> Cells {
    let spec = serde_json::from_str(json).expect("a table");
    Cells::of(&spec, records).expect("there are records")
}

#[test]
fn a_sweep_over_evaluations_is_read_by_evaluations() {
    let mut records = Vec::new();
    for (sampler, budget, steps) in [("euler", 5, 5), ("euler", 10, 10), ("heun", 10, 5), ("heun", 11, 5)] {
        let mut r = record(sampler, steps, 0, 1.0 / budget as f64);
        r.nfe_asked = Some(budget);
        // 10 and 11 evaluations lead Heun to one cell.
        r.metrics.insert("sliced-w2".into(), if sampler == "heun" { 0.05 } else { 1.0 / budget as f64 });
        records.push(r);
    }
    let mut adaptive = record("rk45", 1, 0, 0.3);
    (adaptive.steps, adaptive.params) = (None, r#"{"rtol":0.001}"#.into());
    records.push(adaptive);
    insta::assert_snapshot!(of(r#"{"y":"sliced-w2"}"#, &records).markdown(), @r"
    | sliced-w2 | NFE = 5 | NFE = 10 | NFE = 11 | rtol 0.001 |
    |---|---:|---:|---:|---:|
    | euler | 0.200 | 0.100 |  |  |
    | heun |  | 0.0500 | 0.0500 |  |
    | rk45 |  |  |  | 0.300 |
    | floor: two true sets | 0.0100 | 0.0100 | 0.0100 | 0.0100 |

    sliced-w2 by sampler and evaluations a sample, at most NFE, or by the tolerance of samplers that choose their own steps; one seed, so without an interval. Floor: the same metric between two fresh exact (or held-out) sets of the same sizes.
    ");
    let by_steps = of(r#"{"y":"sliced-w2","x":"steps"}"#, &records).markdown();
    assert!(by_steps.starts_with("| sliced-w2 | N = 5 | N = 10 | rtol 0.001 |\n"), "{by_steps}");
    // Without a budget, the evaluations that were counted.
    records.iter_mut().for_each(|r| r.nfe_asked = None);
    let counted = of(r#"{"y":"sliced-w2","x":"nfe"}"#, &records).markdown();
    assert!(counted.starts_with("| sliced-w2 | NFE = 5 | NFE = 10 | rtol 0.001 |\n"), "{counted}");
}

#[test]
fn floors_that_all_but_agree_are_one_row_and_others_have_their_own() {
    let with = |floor: f64| {
        let mut records = Vec::new();
        for (sampler, floor) in [("euler-maruyama", 0.079_826), ("heun", floor)] {
            for seed in 0..2 {
                let mut r = record(sampler, 10, seed, 0.2);
                r.metrics.insert("sliced-w2_floor".into(), floor);
                records.push(r);
            }
        }
        of(r#"{"y":"sliced-w2"}"#, &records).csv()
    };
    let near = with(0.079_813);
    let row = near.lines().last().expect("rows");
    assert!(row.starts_with("floor: two true sets,0.079826,"), "{near}");
    let apart = with(0.09);
    let rows: Vec<&str> = apart.lines().skip(3).collect();
    assert!(rows[0].starts_with(r#""floor: two true sets, euler-maruyama",0.079826,"#), "{apart}");
    assert!(rows[1].starts_with(r#""floor: two true sets, heun",0.09,"#), "{apart}");
}

#[test]
fn the_floor_of_paths_is_that_of_the_reference() {
    let mut r = record("heun", 10, 0, 0.2);
    r.metrics = [("trajectory".to_owned(), 0.1), ("trajectory_median".to_owned(), 0.1)].into();
    r.metrics.insert("trajectory_floor".to_owned(), 4e-11);
    let text = of(r#"{"y":"trajectory_median"}"#, &[r]).markdown();
    assert!(text.contains("\n| floor of the reference | 4.00 × 10⁻¹¹ |\n"), "{text}");
    assert!(text.contains("Floor: difference between two tolerances of the reference x*."), "{text}");
}
