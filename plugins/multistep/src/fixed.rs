//! The weights of Adams and Bashforth for equal steps; Hairer, Nørsett and Wanner, Solving Ordinary Differential
//! Equations I, equation III.1.5.

/// Weights of the last `count` slopes, the newest first; they sum to 1.
pub(crate) fn weights(count: usize) -> &'static [f64] {
    match count {
        1 => &[1.0],
        2 => &[3.0 / 2.0, -1.0 / 2.0],
        3 => &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
        _ => &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
    }
}

#[cfg(test)]
mod tests {
    use super::weights;
    use ito_kit::adams;

    #[test]
    fn they_are_those_of_any_spacing_where_the_spacing_is_equal() {
        for count in 1..=4 {
            let nodes: Vec<f64> = (0..count).map(|j| -(j as f64)).collect();
            let any = adams(0.0, 1.0, &nodes);
            assert_eq!(weights(count).len(), count);
            assert!(weights(count).iter().zip(&any).all(|(a, b)| (a - b).abs() < 1e-14), "{any:?}");
        }
    }
}
