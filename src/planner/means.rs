//! Action rows of imagined commands: means of held commands over equal parts of the horizon, the same integral that
//! [`CommandLog`](crate::robot::CommandLog) makes of sent ones.

/// The parts of the horizon that action rows are means of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Length of a part `[s]`.
    pub length: f64,
    /// Parts in the horizon, H*A.
    pub count: usize,
}

impl Parts {
    /// The parts that a command held from `start` for `length` seconds reaches, and its share of each.
    pub fn shares(self, start: f64, length: f64) -> impl Iterator<Item = (usize, f64)> {
        let end = start + length;
        let first = (start / self.length + 1e-9) as usize;
        (first..self.count)
            .map(move |part| {
                let (from, to) = (part as f64 * self.length, (part + 1) as f64 * self.length);
                (part, (end.min(to) - start.max(from)) / self.length)
            })
            .take_while(|(_, share)| *share > 1e-9)
    }
}
