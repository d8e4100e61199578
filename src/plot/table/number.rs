//! Numbers and words of a table, as Markdown and LaTeX write them.

use crate::plot::axes::power;
use crate::plot::interval::Estimate;

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Markdown,
    Latex,
}

/// The mean with as many digits as its half interval makes sense of: two significant ones of the half.
pub(super) fn plus_minus(e: &Estimate, form: Form) -> String {
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

pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "&%$#_{}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// In bold.
pub(super) fn bold(text: &str, form: Form) -> String {
    match form {
        Form::Markdown => format!("**{text}**"),
        // \mathbf leaves signs thin; \boldmath takes the whole formula, and the braces end it with the cell.
        Form::Latex => format!("{{\\boldmath{text}}}"),
    }
}
