//! Wall times of cells alone.

use crate::support::{Errors, run_yaml};
use ito::experiment::run::{Options, draw, run};
use std::sync::atomic::AtomicBool;

/// The times of records.csv are of single runs beside others; figures are drawn from those of `times.csv` alone.
#[test]
fn times_are_of_cells_alone_and_leave_the_records_as_they_are() {
    let yaml = "experiment: times\nprocess: vp\nmodel: { gaussian: { mean: [0.5, 0], std: 0.6 } }\n\
                sweep: { sampler: [euler, { ddim: { eta: 1.2 } }], steps: [2, 4] }\nsamples: 16\n\
                metrics: [sliced-w2]\nfigures: [{ quality: { y: sliced-w2, x: time } }]\n";
    let done = run_yaml(yaml, &[], 2);
    let file = |name: &str| std::fs::read_to_string(done.dir.path().join(name));
    let before = file("records.csv").unwrap();
    let drawn = draw(&done.plan, done.dir.path()).unwrap();
    assert!(drawn.files.is_empty());
    assert_eq!(
        drawn.failed[0].why.to_string(),
        "a figure of wall_s needs times of cells alone, and none were taken: `ito run FILE --time` takes them"
    );
    let options = Options { out: done.dir.path().to_owned(), jobs: Some(2), time: true, ..Options::default() };
    let again = run(&done.plan, &options, &AtomicBool::new(false), &Errors::default()).unwrap();
    assert_eq!((again.ran, file("records.csv").unwrap()), (0, before));
    let times = file("times.csv").unwrap();
    // A header and the two cells of euler: what was refused has no time.
    assert_eq!(times.lines().count(), 3, "{times}");
    for row in times.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let seconds: Vec<f64> = fields[5..11].iter().map(|field| field.parse().unwrap()).collect();
        assert!(fields[1] == "euler" && fields[4] == "5", "{row}");
        assert!(seconds.chunks(3).all(|s| 0.0 < s[1] && s[1] <= s[0] && s[0] <= s[2]), "{row}");
        assert!(seconds[3] <= seconds[2], "{row}");
    }
    let drawn = draw(&done.plan, done.dir.path()).unwrap();
    assert_eq!((drawn.files.len(), drawn.failed.len()), (4, 0));
    let caption = std::fs::read_to_string(&drawn.files[2]).unwrap();
    assert!(caption.contains("Times: of each cell alone, the median of several runs"), "{caption}");
}
