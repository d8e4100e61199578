//! Tableaus by name; Hairer, Nørsett and Wanner, Solving Ordinary Differential Equations I (HNW).

mod high;

use crate::Tableau;

pub use high::{DOP853, DOP853_3, DOPRI8};

/// Runge 1895; HNW, equation II.1.4.
pub const MIDPOINT: Tableau =
    Tableau { a: &[&[], &[0.5]], b: &[0.0, 1.0], c: &[0.0, 0.5], order: 2, embedded: None }.checked();

/// Heun 1900, order 2, with Euler's step inside; HNW, section II.4.
pub const HEUN_EULER: Tableau =
    Tableau { a: &[&[], &[1.0]], b: &[0.5, 0.5], c: &[0.0, 1.0], order: 2, embedded: Some((&[1.0, 0.0], 1)) }.checked();

/// Ralston 1962, Runge-Kutta methods with minimum error bounds: of all methods of order 2 in two stages the one with the
/// smallest bound of the error.
pub const RALSTON: Tableau =
    Tableau { a: &[&[], &[2.0 / 3.0]], b: &[0.25, 0.75], c: &[0.0, 2.0 / 3.0], order: 2, embedded: None }.checked();

/// Heun 1900, order 3; HNW, table II.1.1.
pub const HEUN_3: Tableau = Tableau {
    a: &[&[], &[1.0 / 3.0], &[0.0, 2.0 / 3.0]],
    b: &[0.25, 0.0, 0.75],
    c: &[0.0, 1.0 / 3.0, 2.0 / 3.0],
    order: 3,
    embedded: None,
}
.checked();

/// Kutta 1901, order 3: Simpson's rule with a slope of its own at the end.
pub const KUTTA_3: Tableau = Tableau {
    a: &[&[], &[0.5], &[-1.0, 2.0]],
    b: &[1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0],
    c: &[0.0, 0.5, 1.0],
    order: 3,
    embedded: None,
}
.checked();

/// Kutta 1901, the classical method; HNW, table II.1.2, left.
pub const RK4: Tableau = Tableau {
    a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
    b: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
    c: &[0.0, 0.5, 0.5, 1.0],
    order: 4,
    embedded: None,
}
.checked();

/// Kutta 1901, the 3/8 rule; HNW, table II.1.2, right.
pub const THREE_EIGHTHS: Tableau = Tableau {
    a: &[&[], &[1.0 / 3.0], &[-1.0 / 3.0, 1.0], &[1.0, -1.0, 1.0]],
    b: &[1.0 / 8.0, 3.0 / 8.0, 3.0 / 8.0, 1.0 / 8.0],
    c: &[0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0],
    order: 4,
    embedded: None,
}
.checked();

/// Fehlberg 1969, RK1(2), carried on with the result of order 2.
pub const FEHLBERG_2: Tableau = Tableau {
    a: &[&[], &[0.5], &[1.0 / 256.0, 255.0 / 256.0]],
    b: &[1.0 / 512.0, 255.0 / 256.0, 1.0 / 512.0],
    c: &[0.0, 0.5, 1.0],
    order: 2,
    embedded: Some((&[1.0 / 256.0, 255.0 / 256.0, 0.0], 1)),
}
.checked();

/// Bogacki and Shampine 1989, A 3(2) pair of Runge-Kutta formulas.
pub const BOGACKI_SHAMPINE: Tableau = Tableau {
    a: &[&[], &[0.5], &[0.0, 0.75], &[2.0 / 9.0, 1.0 / 3.0, 4.0 / 9.0]],
    b: &[2.0 / 9.0, 1.0 / 3.0, 4.0 / 9.0, 0.0],
    c: &[0.0, 0.5, 0.75, 1.0],
    order: 3,
    embedded: Some((&[7.0 / 24.0, 0.25, 1.0 / 3.0, 0.125], 2)),
}
.checked();

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

/// The same with the embedded weights of Shampine 1986, Some practical Runge-Kutta formulas; torchdiffeq, diffrax.
pub const DORMAND_PRINCE_SHAMPINE: Tableau = Tableau { embedded: Some((SHAMPINE_4, 4)), ..DORMAND_PRINCE }.checked();

const SHAMPINE_4: &[f64] =
    &[1951.0 / 21600.0, 0.0, 22642.0 / 50085.0, 451.0 / 720.0, -12231.0 / 42400.0, 649.0 / 6300.0, 1.0 / 60.0];

const DORMAND_PRINCE_4: &[f64] =
    &[5179.0 / 57600.0, 0.0, 7571.0 / 16695.0, 393.0 / 640.0, -92097.0 / 339200.0, 187.0 / 2100.0, 1.0 / 40.0];

/// Tsitouras 2011, Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying assumption.
/// 5.3258… is rounded down: to the nearest double the conditions would miss by 1.05e-14 instead of 6e-16.
pub const TSITOURAS: Tableau = Tableau {
    a: &[
        &[],
        &[161.0 / 1000.0],
        &[-0.008480655492356989, 0.335480655492357],
        &[2.8971530571054935, -6.359448489975075, 4.3622954328695815],
        &[5.325864828439256, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
        &[5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
        &[0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
    ],
    b: &[0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0.0],
    c: &[0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0],
    order: 5,
    embedded: Some((
        &[
            0.09468075576583945,
            0.009183565540343254,
            0.4877705284247616,
            1.234297566930479,
            -2.7077123499835256,
            1.866628418170587,
            1.0 / 66.0,
        ],
        4,
    )),
}
.checked();

#[cfg(test)]
mod tests {
    use super::*;

    /// (tableau, weights, order they have): all conditions of that order hold, one of the next does not.
    #[test]
    fn tableaus_have_the_orders_they_declare_and_no_more() {
        let all = [
            MIDPOINT,
            HEUN_EULER,
            RALSTON,
            HEUN_3,
            KUTTA_3,
            RK4,
            THREE_EIGHTHS,
            FEHLBERG_2,
            BOGACKI_SHAMPINE,
            DORMAND_PRINCE,
            DORMAND_PRINCE_SHAMPINE,
            TSITOURAS,
            DOPRI8,
            DOP853,
        ];
        for tableau in all {
            let results = [Some((tableau.b, tableau.order)), tableau.embedded];
            for (weights, order) in results.into_iter().flatten() {
                let defects = [order, order + 1].map(|order| tableau.order_defect(weights, order));
                assert!(defects[0] < 1e-14 && defects[1] > 1e-6, "order {order}: {defects:?} of {weights:?}");
            }
        }
        let third = |order| DOP853.order_defect(DOP853_3, order);
        assert!(third(3) < 1e-14 && third(4) > 1e-4);
    }

    /// The first slope of the next step is at hand in four of them.
    #[test]
    fn first_same_as_last() {
        assert!([BOGACKI_SHAMPINE, DORMAND_PRINCE, TSITOURAS, DOPRI8].iter().all(Tableau::fsal));
        assert!([HEUN_EULER, FEHLBERG_2, DOP853].iter().all(|tableau| !tableau.fsal()));
    }

    /// scipy's RK45.E, with the sign turned.
    #[test]
    fn error_weights_of_dormand_and_prince() {
        let e = [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];
        let ours = DORMAND_PRINCE.error_weights();
        assert!(ours.iter().zip(e).all(|(a, b)| (a - b).abs() < 1e-15), "{ours:?}");
        assert!(ours.iter().sum::<f64>().abs() < 1e-15);
    }
}
