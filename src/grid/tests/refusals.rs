//! What is said about grids that cannot be made.

use super::*;

#[test]
fn refusals_say_what_was_found_and_what_is_allowed() {
    let (vp, edm, ddpm) = (Vp::default(), Edm::default(), Ddpm::default());
    let says = |grid: &str, process: &dyn Process, n: Option<Steps>, text: &str| {
        assert_eq!(message(grid, process, n, true), text);
    };
    says(r#"{ "uniform": { "t_begin": 2 } }"#, &vp, steps(4), "t_begin is t = 2, but vp is defined for t in [0, 1]");
    says(
        r#"{ "uniform": { "t_begin": 0.1, "t_end": 0.5 } }"#,
        &vp,
        steps(4),
        "sampling runs from t_begin = 0.1 to t_end = 0.5, but t_begin must be larger than t_end",
    );
    says(r#"{ "uniform": {} }"#, &vp, None, "the uniform grid needs `steps`, the number of intervals");
    says(
        r#"{ "karras": { "rho": 0 } }"#,
        &edm,
        steps(4),
        "rho of the karras grid is 0, but must be between 0.1 and 100",
    );
    says(
        r#"{ "log-snr": { "t_end": 0 } }"#,
        &vp,
        steps(4),
        "sigma is 0 at t_end = 0, but must be above 0 there; for a last step to sigma = 0 write `zero: true`",
    );
    says(
        r#"{ "uniform": { "t_end": 0, "zero": true } }"#,
        &vp,
        steps(4),
        "t_end = 0 is sigma = 0 already; leave out `zero`, or raise t_end",
    );
    says(
        r#"{ "times": [1, 0.5] }"#,
        &Flow,
        None,
        "the list of times starts at t = 1, where alpha = 0, but this sampler needs lambda, f or g; start it later, \
         such as at 0.999",
    );
    assert_eq!(spec(r#"{ "times": [1, 0.5] }"#).build(&Flow, None, false).unwrap().times(), [1.0, 0.5]);
    says(r#"{ "times": [80, 5, 5] }"#, &edm, None, "the times of a grid must fall strictly, but entry 2 is 5 after 5");
    says(
        r#"{ "times": [200, 5] }"#,
        &edm,
        None,
        "entry 0 of the grid is t = 200, but edm is defined for t in [0, 160]",
    );
    says(r#"{ "times": [5] }"#, &edm, None, "the list of times has 1 entries, but must have between 2 and 4294967295");
    says(
        r#"{ "times": [80, 5] }"#,
        &edm,
        steps(4),
        "steps is 4, but the list of times has 1 intervals; leave out `steps`",
    );
    says(r#"{ "times": { "1": [80, 5] } }"#, &edm, steps(4), "steps is 4, but `times` has lists for [1] only");
    says(
        r#"{ "times": { "2": [80, 5] } }"#,
        &edm,
        steps(2),
        "the list of times for steps 2 has 2 entries, but must have 3",
    );
    says(
        r#"{ "ddpm": { "spacing": "trailing", "offset": 1 } }"#,
        &ddpm,
        steps(4),
        "the ddpm grid needs 5 different indices from 0 to 999, but its spacing reaches from 200 to 1000; lower steps \
         or offset, or raise `of`",
    );
    says(
        r#"{ "ddpm": { "spacing": "trailing", "t_end": 0.5 } }"#,
        &ddpm,
        steps(4),
        "t_end has no meaning for a ddpm grid, whose table has its own ends; write `fixed: true`, or leave it out",
    );
    let many = message(r#"{ "ddpm": { "spacing": "leading" } }"#, &ddpm, steps(1000), true);
    assert!(many.starts_with("the ddpm grid needs 1001 different indices"), "{many}");
}

#[test]
fn wrong_shapes_of_times_say_the_right_ones() {
    for wrong in [r#"{ "times": 3 }"#, r#"{ "times": { "0": [1, 2] } }"#, r#"{ "times": { "list": [1], "nil": 1 } }"#] {
        let text = serde_json::from_str::<GridSpec>(wrong).unwrap_err().to_string();
        assert!(text.starts_with("times must be a list of numbers, a map from N to such lists"), "{text}");
    }
    assert!(serde_json::from_str::<GridSpec>(r#"{ "karras": { "ro": 7 } }"#).is_err());
}
