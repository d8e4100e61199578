//! Where the cells of a table lie.

/// Edges of about `cells` cells between two bounds: a quarter of them in equal parts, half at quantiles of the draws and,
/// twice as many, of the mass, both rising; and more where small cells meet large ones.
pub(super) fn edges((low, high): (f64, f64), draws: &[f64], of_mass: &[f64], cells: usize) -> Vec<f64> {
    let even = (0..=cells / 4).map(|i| low + (high - low) * i as f64 / (cells / 4) as f64);
    let some =
        |of: &[f64], count: usize| (0..count).map(|i| of[(2 * i + 1) * of.len() / (2 * count)]).collect::<Vec<_>>();
    // One list of both, of which the quantiles are taken: those of each would meet by chance.
    let mut both = [some(draws, 2 * cells), some(of_mass, 4 * cells)].concat();
    both.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = even.chain(some(&both, cells / 2)).collect();
    edges.sort_by(f64::total_cmp);
    graded(&thinned(&edges))
}

/// Without edges that lie much nearer to the one before than those around do: quantiles of three kinds meet by chance.
fn thinned(edges: &[f64]) -> Vec<f64> {
    const AROUND: usize = 4;
    let last = edges.len() - 1;
    let mut kept = vec![edges[0]];
    for (i, &edge) in edges.iter().enumerate().take(last).skip(1) {
        let (left, right) = (i.min(AROUND), (last - i).min(AROUND));
        let usual = ((edge - edges[i - left]) / left as f64).min((edges[i + right] - edge) / right as f64);
        let gap = edge - kept[kept.len() - 1];
        if gap > 0.5 * usual && gap > 0.0 && edge < edges[last] {
            kept.push(edge);
        }
    }
    kept.push(edges[last]);
    kept
}

/// With more edges, so that no cell is much larger than its neighbour: `p^{1/τ}` reaches beyond the draws from p, and the
/// cells around a mode must grow with the distance from it.
fn graded(edges: &[f64]) -> Vec<f64> {
    const GROWTH: f64 = 2.0;
    // To the right, then the same on the mirror image.
    let to_the_right = |edges: &[f64]| {
        let mut out = vec![edges[0]];
        let mut size = edges[1] - edges[0];
        for &next in &edges[1..] {
            let mut at = out[out.len() - 1];
            while next - at > GROWTH * size {
                size = (GROWTH * size).min((next - at) / 2.0);
                at += size;
                out.push(at);
            }
            size = next - at;
            out.push(next);
        }
        out
    };
    let mirrored = |edges: Vec<f64>| edges.into_iter().rev().map(|edge| -edge).collect::<Vec<f64>>();
    mirrored(to_the_right(&mirrored(to_the_right(edges))))
}
