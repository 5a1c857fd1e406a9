//! Intervals and quantiles: the Wilson score interval of a proportion, that of a median by its ranks.

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
    let sorted = sorted(values);
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (
        sorted[position.floor() as usize],
        sorted[position.ceil() as usize],
    );
    Some(low + (high - low) * position.fract())
}

/// The 95 % interval of the median of what `values` were drawn from, whatever the distribution: between the two values
/// whose ranks the sign test can't tell from the middle (W. J. Conover, Practical Nonparametric Statistics, 3.2).
/// `None` for fewer than six finite values, which allow none.
pub fn median_ci95(values: &[f64]) -> Option<[f64; 2]> {
    let sorted = sorted(values);
    let n = sorted.len();
    let fits = |below: &usize| sign_test(*below, n - *below) <= 0.05;
    let outside = (0..n / 2).take_while(fits).last()?;
    Some([sorted[outside], sorted[n - 1 - outside]])
}

/// Two-sided p of the sign test: how likely a fair coin falls as unequally as `a` to `b`. Summed by
/// logarithms, which don't underflow.
pub(super) fn sign_test(a: usize, b: usize) -> f64 {
    let n = a + b;
    let mut log_chance = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=a.min(b) {
        tail += log_chance.exp();
        log_chance += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    (2.0 * tail).min(1.0)
}

/// The finite ones, rising.
fn sorted(values: &[f64]) -> Vec<f64> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let mut sorted: Vec<f64> = finite.collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}
