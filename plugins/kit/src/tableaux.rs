//! Tableaus by name; Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I.

use crate::Tableau;

/// Dormand and Prince 1980, RK5(4)7M; Hairer, Nørsett and Wanner I, table II.5.2.
pub const DORMAND_PRINCE: Tableau = Tableau {
    a: &[
        &[],
        &[1.0 / 5.0],
        &[3.0 / 40.0, 9.0 / 40.0],
        &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
        &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
        &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
        &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
    ],
    b: &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0, 0.0],
    c: &[0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0],
    order: 5,
    embedded: Some((DORMAND_PRINCE_4, 4)),
}
.checked();

const DORMAND_PRINCE_4: &[f64] =
    &[5179.0 / 57600.0, 0.0, 7571.0 / 16695.0, 393.0 / 640.0, -92097.0 / 339200.0, 187.0 / 2100.0, 1.0 / 40.0];

#[cfg(test)]
mod tests {
    use super::{DORMAND_PRINCE, DORMAND_PRINCE_4};

    #[test]
    fn dormand_and_prince_have_the_orders_they_declare_and_no_more() {
        let defect = |weights, order| DORMAND_PRINCE.order_defect(weights, order);
        assert!(defect(DORMAND_PRINCE.b, 5) < 1e-14, "{}", defect(DORMAND_PRINCE.b, 5));
        assert!(defect(DORMAND_PRINCE.b, 6) > 1e-4);
        assert!(defect(DORMAND_PRINCE_4, 4) < 1e-14, "{}", defect(DORMAND_PRINCE_4, 4));
        assert!(defect(DORMAND_PRINCE_4, 5) > 1e-4);
        assert!(DORMAND_PRINCE.fsal());
        // scipy's RK45.E, with the sign turned.
        let e = [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];
        let ours = DORMAND_PRINCE.error_weights();
        assert!(ours.iter().zip(e).all(|(a, b)| (a - b).abs() < 1e-15), "{ours:?}");
        assert!(ours.iter().sum::<f64>().abs() < 1e-15);
    }
}
