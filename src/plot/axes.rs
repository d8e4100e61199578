//! Axes: the range of the data, ticks at round numbers, labels such as 10⁻².

/// How numbers become lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal differences are equal lengths.
    #[default]
    Linear,
    /// Equal ratios are equal lengths.
    Log,
}

/// An axis on the page: numbers `low … high` lie at points `from … to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Number at `from`.
    pub low: f64,
    /// Number at `to`.
    pub high: f64,
    /// In points.
    pub from: f64,
    /// In points; smaller than `from` for the vertical axis.
    pub to: f64,
}

/// A tick: with a label it is a long one and has a grid line.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The number.
    pub value: f64,
    /// What is written beside it.
    pub label: Option<String>,
}

impl Axis {
    /// An axis that shows all the numbers it has a place for (finite; positive on a log axis), with a
    /// twenty-fifth of the range free at either end.
    #[must_use]
    pub fn around(scale: Scale, values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let forward = |v: f64| if scale == Scale::Log { v.log10() } else { v };
        // The free ends of huge and tiny numbers stay finite and positive, and so do all ticks between them.
        let back = |v: f64| match scale {
            Scale::Log => 10f64.powf(v).clamp(f64::MIN_POSITIVE, f64::MAX),
            Scale::Linear => v.clamp(f64::MIN, f64::MAX),
        };
        let (low, high) = values
            .filter(|v| v.is_finite() && (scale == Scale::Linear || *v > 0.0))
            .map(forward)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let least = if scale == Scale::Log { 0.2 } else { 1e-9_f64.max(1e-6 * high.abs()) };
        let pad = (0.04 * (high - low)).max(0.5 * (least - (high - low)));
        Self { scale, low: back(low - pad), high: back(high + pad), from, to }
    }

    /// Where a number lies, in points; `None` for one that the axis does not have.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let share = match self.scale {
            // Halves, which cost no digit, because the range of huge numbers may be none.
            Scale::Linear => (0.5 * value - 0.5 * self.low) / (0.5 * self.high - 0.5 * self.low),
            Scale::Log if value <= 0.0 => return None,
            Scale::Log => ln_ratio(value, self.low) / ln_ratio(self.high, self.low),
        };
        share.is_finite().then_some(self.from + share * (self.to - self.from))
    }

    /// Whether a number lies between the ends.
    #[must_use]
    pub fn shows(&self, value: f64) -> bool {
        value >= self.low && value <= self.high
    }

    /// Ticks whose labels, each `extent(label)` points long, keep `gap` points apart.
    #[must_use]
    pub fn ticks(&self, gap: f64, extent: &dyn Fn(&str) -> f64) -> Vec<Tick> {
        let mut ticks = match self.scale {
            Scale::Linear => self.linear_ticks(gap, extent),
            Scale::Log => self.log_ticks(gap, extent),
        };
        ticks.retain(|t| self.shows(t.value));
        ticks.sort_by(|a, b| a.value.total_cmp(&b.value));
        ticks
    }

    fn fits(&self, ticks: &[(f64, String)], gap: f64, extent: &dyn Fn(&str) -> f64) -> bool {
        ticks.windows(2).all(|pair| {
            let (Some(a), Some(b)) = (self.place(pair[0].0), self.place(pair[1].0)) else { return false };
            (b - a).abs() >= 0.5 * (extent(&pair[0].1) + extent(&pair[1].1)) + gap
        })
    }

    fn linear_ticks(&self, gap: f64, extent: &dyn Fn(&str) -> f64) -> Vec<Tick> {
        let decade = ((self.high - self.low).min(f64::MAX).log10() - 2.0).floor() as i32;
        for exponent in decade..decade.saturating_add(5) {
            for round in [1.0, 2.0, 5.0] {
                let step = round * 10f64.powi(exponent);
                let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
                if last.saturating_sub(first) > 200 {
                    continue;
                }
                let ticks: Vec<(f64, String)> = (first..=last)
                    .map(|i| {
                        let value = i as f64 * step;
                        // Beyond so many zeros nobody counts them.
                        let long = exponent > 12;
                        (value, if long { trimmed(value) } else { decimal(value, (-exponent).max(0) as usize) })
                    })
                    .collect();
                if self.fits(&ticks, gap, extent) {
                    return ticks.into_iter().map(|(value, label)| Tick { value, label: Some(label) }).collect();
                }
            }
        }
        Vec::new()
    }

    fn log_ticks(&self, gap: f64, extent: &dyn Fn(&str) -> f64) -> Vec<Tick> {
        let (first, last) = (self.low.log10().ceil() as i32, self.high.log10().floor() as i32);
        let labels = |values: Vec<f64>| -> Vec<(f64, String)> {
            let decades = values.iter().all(|v| v.log10().fract().abs() < 1e-9);
            let plain = values.iter().all(|v| (if decades { 0.9 } else { 9e-4 }..=9999.0).contains(v));
            values.into_iter().map(|v| (v, if plain { trimmed(v) } else { power(v) })).collect()
        };
        let multiples = |of: &[f64]| -> Vec<f64> {
            (first - 1..=last)
                .flat_map(|e| of.iter().map(move |m| m * 10f64.powi(e)))
                .filter(|v| self.shows(*v))
                .collect()
        };
        let minor = |labelled: Vec<(f64, String)>| -> Vec<Tick> {
            let small = multiples(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
            let known = |v: f64| labelled.iter().any(|(l, _)| (l / v - 1.0).abs() < 1e-9);
            let mut ticks: Vec<Tick> = if last - first < 8 {
                small.into_iter().filter(|v| !known(*v)).map(|value| Tick { value, label: None }).collect()
            } else {
                Vec::new()
            };
            ticks.extend(labelled.into_iter().map(|(value, label)| Tick { value, label: Some(label) }));
            ticks
        };
        if last - first >= 1 {
            for stride in 1..=(last - first).max(1) {
                let decades = (first..=last).filter(|e| e.rem_euclid(stride) == 0).map(|e| 10f64.powi(e)).collect();
                let labelled = labels(decades);
                if labelled.len() > 1 && self.fits(&labelled, gap, extent) {
                    return minor(labelled);
                }
            }
        }
        let sets: [&[f64]; 4] =
            [&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], &[1.0, 2.0, 3.0, 5.0], &[1.0, 2.0, 5.0], &[1.0, 3.0]];
        for set in sets {
            let labelled = labels(multiples(set));
            if labelled.len() > 1 && self.fits(&labelled, gap, extent) {
                return minor(labelled);
            }
        }
        self.linear_ticks(gap, extent)
    }
}

/// ln(a/b), where the ratio itself may be beyond all numbers.
pub(super) fn ln_ratio(a: f64, b: f64) -> f64 {
    let ratio = a / b;
    if ratio > 0.0 && ratio.is_finite() { ratio.ln() } else { a.ln() - b.ln() }
}

/// A number with that many decimals and a true minus sign.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    format!("{:.decimals$}", if value == 0.0 { 0.0 } else { value }).replace('-', "−")
}

/// A short number: up to four significant digits, no trailing zeros; as a power of ten where it is long.
#[must_use]
pub fn trimmed(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !(1e-3..1e6).contains(&value.abs()) {
        return power(value);
    }
    let decimals = (3 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// `2·10⁻³`, `10⁴`.
#[must_use]
pub fn power(value: f64) -> String {
    let text = format!("{value:.2e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.').replace('-', "−");
    let raised: String = exponent.chars().map(superscript).collect();
    match digits.as_str() {
        "1" => format!("10{raised}"),
        "−1" => format!("−10{raised}"),
        _ => format!("{digits}·10{raised}"),
    }
}

fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks(4.0, &|l| 5.0 * l.chars().count() as f64).into_iter().filter_map(|t| t.label).collect()
    }

    #[test]
    fn numbers_read_as_printed() {
        for (value, text) in
            [(0.5, "0.5"), (1000.0, "1000"), (-0.01, "−0.01"), (2e-5, "2·10⁻⁵"), (1e9, "10⁹"), (0.0, "0")]
        {
            assert_eq!(trimmed(value), text);
        }
        assert_eq!(power(1e-12), "10⁻¹²");
    }

    #[test]
    fn log_axes_label_decades_and_narrow_ones_their_parts() {
        let wide = Axis { scale: Scale::Log, low: 1e-4, high: 2.0, from: 200.0, to: 0.0 };
        assert_eq!(labels(&wide), ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"].map(String::from));
        let crowded = Axis { high: 1e12, from: 100.0, ..wide };
        assert_eq!(labels(&crowded), ["10⁻⁴", "10⁰", "10⁴", "10⁸", "10¹²"].map(String::from));
        let steps = Axis { low: 0.9, high: 300.0, from: 0.0, to: 200.0, ..wide };
        assert_eq!(labels(&steps), ["1", "10", "100"].map(String::from));
        let narrow = Axis { low: 0.021, high: 0.058, from: 0.0, to: 200.0, ..wide };
        assert_eq!(labels(&narrow), ["0.03", "0.04", "0.05"].map(String::from));
    }

    #[test]
    fn linear_axes_step_by_round_numbers() {
        let axis = Axis { scale: Scale::Linear, low: -0.04, high: 1.04, from: 0.0, to: 150.0 };
        assert_eq!(labels(&axis), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map(String::from));
    }

    #[test]
    fn a_log_axis_has_no_place_for_what_is_not_positive() {
        let axis = Axis::around(Scale::Log, [0.0, -3.0, 0.1, 10.0, f64::NAN].into_iter(), (0.0, 100.0));
        assert!(axis.low > 0.08 && axis.high < 13.0);
        assert_eq!(axis.place(-3.0), None);
        assert!((axis.place(1.0).expect("positive") - 50.0).abs() < 1e-9);
        let huge = Axis::around(Scale::Log, [1e-12, 1.7e308, f64::INFINITY].into_iter(), (0.0, 200.0));
        assert!(huge.high.is_finite() && huge.place(1.7e308).is_some_and(|at| at > 190.0));
        assert!((2..20).contains(&labels(&huge).len()), "{:?}", labels(&huge));
        let both = Axis::around(Scale::Linear, [-1.7e308, 1.7e308].into_iter(), (0.0, 200.0));
        assert!(both.low.is_finite() && both.high.is_finite() && labels(&both).len() < 20);
        // One number alone still gets a range.
        let one = Axis::around(Scale::Linear, std::iter::once(2.0), (0.0, 100.0));
        assert!(one.low < 2.0 && one.high > 2.0);
    }
}
