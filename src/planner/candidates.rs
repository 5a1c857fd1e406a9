//! What is rolled out, and how.

use crate::robot::Interpolation;
use crate::time::Span;

/// How candidates are rolled out.
#[derive(Clone, Debug, PartialEq)]
pub struct ImaginationConfig {
    /// Model steps, H.
    pub horizon: usize,
    /// Control points a candidate, K >= 2.
    pub knots: usize,
    /// What lies between them.
    pub interpolation: Interpolation,
    /// Rows that go through the model at once, >= 2; independent of `threads`, so that results are, too.
    pub chunk: usize,
    /// Threads, the caller's included.
    pub threads: usize,
    /// Time between two command ticks; the same as control's.
    pub tick: Span,
}

impl Default for ImaginationConfig {
    fn default() -> Self {
        Self {
            horizon: 4,
            knots: 3,
            interpolation: Interpolation::Linear,
            chunk: 8,
            threads: 1,
            tick: Span::from_millis(5),
        }
    }
}

impl ImaginationConfig {
    /// Rows of a chunk where `candidates` are imagined at once by `threads`: equal shares of 8 to 64, where a
    /// network's weights are read seldom and its results stay in the cache.
    pub fn rows(candidates: usize, threads: usize) -> usize {
        const MOST: usize = 64;
        let threads = threads.max(1);
        let chunks = threads * candidates.div_ceil(threads * MOST).max(1);
        candidates.div_ceil(chunks).max(8)
    }
}

/// Knots of some candidates `[N, K, U]`, SI units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// Row-major, N rows of `width`.
    pub knots: Vec<f64>,
    /// K*U.
    pub width: usize,
}

impl Candidates {
    /// Rows, N.
    pub fn len(&self) -> usize {
        self.knots.len() / self.width.max(1)
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.knots.is_empty()
    }
}
