//! The statistics that findings rest on.

use nalgebra::DMatrix;

/// Spearman's rank correlation of two equally long samples, ties at their mean rank. Not-a-number for fewer
/// than two pairs, and where a sample is constant.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() || a.len() < 2 {
        return f64::NAN;
    }
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(x, y)| (x - middle) * (y - middle))
            .sum()
    };
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for tie in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let below = values.iter().filter(|v| **v < values[tie[0]]).count();
        for index in tie {
            ranks[*index] = below as f64 + (tie.len() as f64 - 1.0) / 2.0;
        }
    }
    ranks
}

/// The effective rank of `rows` [n, `width`]: the exponential of the entropy of their covariance's spectrum
/// (Roy and Vetterli, 2007). Zero for constant rows.
pub fn effective_rank(rows: &[f32], width: usize) -> f64 {
    let n = rows.len() / width.max(1);
    if n < 2 || width == 0 {
        return 0.0;
    }
    let mut matrix = DMatrix::from_fn(n, width, |row, column| {
        f64::from(rows[row * width + column])
    });
    for mut column in matrix.column_iter_mut() {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    }
    let covariance = matrix.transpose() * &matrix / n as f64;
    let spectrum = covariance.symmetric_eigenvalues();
    let total: f64 = spectrum.iter().map(|value| value.max(0.0)).sum();
    if total <= f64::EPSILON {
        return 0.0;
    }
    let entropy: f64 = spectrum
        .iter()
        .map(|value| value.max(0.0) / total)
        .filter(|share| *share > 0.0)
        .map(|share| -share * share.ln())
        .sum();
    entropy.exp()
}

/// The middle of `values`; not-a-number without any.
pub(super) fn median(values: &[f64]) -> f64 {
    super::super::quantile(values, 0.5).unwrap_or(f64::NAN)
}
