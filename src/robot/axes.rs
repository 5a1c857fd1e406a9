//! One number an axis, without a heap.

use std::ops::{Deref, DerefMut};

/// The most action axes or joints a robot may have.
pub const MAX_AXES: usize = 16;

/// Up to [`MAX_AXES`] numbers, one an axis, stored in place: copied through the command path without
/// allocation. Reads as a slice.
#[derive(Clone, Copy, PartialEq)]
pub struct Axes {
    len: usize,
    values: [f64; MAX_AXES],
}

/// One command or action: SI units, in the order of [`ActionSpace::names`](super::ActionSpace::names).
pub type Action = Axes;

impl Axes {
    /// `len` zeros. Lengths above [`MAX_AXES`] are refused when a robot is loaded; here they are cut.
    pub fn zeros(len: usize) -> Self {
        Self {
            len: len.min(MAX_AXES),
            values: [0.0; MAX_AXES],
        }
    }

    /// A copy of `values`, or `None` if there are more than [`MAX_AXES`].
    pub fn from_slice(values: &[f64]) -> Option<Self> {
        let mut axes = Self::zeros(values.len());
        (axes.len == values.len()).then(|| {
            axes.copy_from_slice(values);
            axes
        })
    }

    /// One value an axis, computed from its index.
    pub fn from_fn(len: usize, mut value: impl FnMut(usize) -> f64) -> Self {
        let mut axes = Self::zeros(len);
        for (index, slot) in axes.iter_mut().enumerate() {
            *slot = value(index);
        }
        axes
    }

    /// Adds what `rate` gives in `dt` `[s]`.
    pub fn advance(&mut self, rate: &Axes, dt: f64) {
        for (value, rate) in self.iter_mut().zip(rate.iter()) {
            *value += rate * dt;
        }
    }

    /// True if every value is finite.
    pub fn is_finite(&self) -> bool {
        self.iter().all(|value| value.is_finite())
    }

    /// The largest magnitude; zero if there are no axes.
    pub fn max_abs(&self) -> f64 {
        self.iter()
            .fold(0.0, |largest, value| f64::max(largest, value.abs()))
    }
}

impl Deref for Axes {
    type Target = [f64];
    fn deref(&self) -> &[f64] {
        &self.values[..self.len]
    }
}

impl DerefMut for Axes {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.values[..self.len]
    }
}

impl Default for Axes {
    fn default() -> Self {
        Self::zeros(0)
    }
}

impl std::fmt::Debug for Axes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
