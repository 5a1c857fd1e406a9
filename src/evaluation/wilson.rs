//! The Wilson score interval.

/// A proportion with its 95 % Wilson score interval (E. B. Wilson, 1927).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Proportion {
    /// Successes.
    pub hits: usize,
    /// Trials.
    pub n: usize,
}

impl Proportion {
    /// Successes over trials; 0 without trials.
    pub fn rate(&self) -> f64 {
        if self.n == 0 {
            0.0
        } else {
            self.hits as f64 / self.n as f64
        }
    }

    /// The 95 % interval; `[0, 1]` without trials.
    pub fn ci95(&self) -> [f64; 2] {
        if self.n == 0 {
            return [0.0, 1.0];
        }
        let z = 1.959_963_984_540_054;
        let (n, p) = (self.n as f64, self.rate());
        let scale = 1.0 + z * z / n;
        let middle = p + z * z / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        [
            ((middle - half) / scale).max(0.0),
            ((middle + half) / scale).min(1.0),
        ]
    }
}

impl std::fmt::Display for Proportion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [low, high] = self.ci95();
        write!(
            f,
            "{:.1} % [{:.1}, {:.1}] (n = {})",
            100.0 * self.rate(),
            100.0 * low,
            100.0 * high,
            self.n
        )
    }
}

/// The `q` quantile (0..=1) of `values` by linear interpolation; `None` without finite values.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (
        sorted[position.floor() as usize],
        sorted[position.ceil() as usize],
    );
    Some(low + (high - low) * position.fract())
}
