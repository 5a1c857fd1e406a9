//! Shapes whose first axis may be the batch.

use tract_onnx::tract_core::internal::*;

/// A shape: fixed sizes, or a first axis of `batch` numbers a batch row and fixed sizes behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Of the first axis a batch row; `None`: the same numbers for all rows.
    pub batch: Option<usize>,
    /// The sizes; the first one counts a batch row.
    pub sizes: Vec<usize>,
}

impl Shape {
    /// Reads `fact`, if it has that form.
    pub fn read(fact: &TypedFact, batch: &Symbol) -> Option<Self> {
        if fact.datum_type != f32::datum_type() {
            return None;
        }
        let at = |rows: i64| {
            let values = SymbolValues::default().with(batch, rows);
            let sizes = fact.shape.iter().map(|size| {
                let size = size.eval_to_i64(&values).ok()?;
                usize::try_from(size).ok()
            });
            sizes.collect::<Option<Vec<usize>>>()
        };
        let (one, three) = (at(1)?, at(3)?);
        if one == three {
            return Some(Self {
                batch: None,
                sizes: one,
            });
        }
        let fits = one[1..] == three[1..] && three[0] == 3 * one[0];
        fits.then(|| Self {
            batch: Some(one[0]),
            sizes: one,
        })
    }

    /// Numbers a batch row, or altogether.
    pub fn width(&self) -> usize {
        self.sizes.iter().product()
    }

    /// From one index to the next, an axis.
    pub fn strides(&self) -> Vec<usize> {
        let mut stride = 1;
        let mut strides = vec![0; self.sizes.len()];
        for (slot, size) in strides.iter_mut().zip(&self.sizes).rev() {
            *slot = stride;
            stride *= size;
        }
        strides
    }
}
