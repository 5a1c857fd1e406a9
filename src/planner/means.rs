//! Action rows of imagined commands.

/// Means of one row's held commands over equal parts of the horizon: the same integral that
/// [`CommandLog`](crate::robot::CommandLog) makes of sent ones.
pub(super) struct Means<'a> {
    /// Length of a part `[s]`.
    pub part: f64,
    /// Parts in the horizon, H*A.
    pub parts: usize,
    /// Parts a model step, A.
    pub per_step: usize,
    /// Rows a chunk, R.
    pub rows: usize,
    /// This row.
    pub row: usize,
    /// U.
    pub axes: usize,
    /// `[H, R, A*U]`.
    pub actions: &'a mut [f32],
}

impl Means<'_> {
    fn slot(&mut self, part: usize) -> &mut [f32] {
        let (step, within) = (part / self.per_step, part % self.per_step);
        let start = ((step * self.rows + self.row) * self.per_step + within) * self.axes;
        &mut self.actions[start..start + self.axes]
    }

    pub fn clear(&mut self) {
        for part in 0..self.parts {
            self.slot(part).fill(0.0);
        }
    }

    /// Adds a command held from `start` for `length` seconds.
    pub fn add(&mut self, action: &[f64], start: f64, length: f64) {
        let end = start + length;
        let first = (start / self.part + 1e-9) as usize;
        for part in first..self.parts {
            let (from, to) = (part as f64 * self.part, (part + 1) as f64 * self.part);
            let overlap = (end.min(to) - start.max(from)) / self.part;
            if overlap <= 1e-9 {
                break;
            }
            for (slot, value) in self.slot(part).iter_mut().zip(action) {
                *slot += (value * overlap) as f32;
            }
        }
    }
}
