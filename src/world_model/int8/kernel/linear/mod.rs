//! A linear layer with all that surrounds it: norm before, bias, norm after, activation, residual.

mod prepare;
mod run;

use super::activation::Activation;
use super::arena::Stored;
use super::error::KernelError;
use super::isa::{Isa, Product};
use super::norm::Norm;
use super::pack::{Packed, Weights};

/// A linear layer as its weights come.
#[derive(Clone, Debug)]
pub struct LinearSpec<'a> {
    /// Numbers of an input row.
    pub k: usize,
    /// Columns of each output: layers on the same input are one layer of several outputs.
    pub segments: &'a [usize],
    /// `[sum of the segments][k]`: a row an output column.
    pub weights: &'a [f32],
    /// A scale a column, of which the column's weights are exact multiples, -128 to 127. Without it the
    /// weights are rounded to 127 steps of the column's largest magnitude.
    pub scales: Option<&'a [f32]>,
    /// One number a column.
    pub bias: Option<&'a [f32]>,
    /// Of the input row.
    pub norm_before: Option<Norm>,
    /// Of the sums with bias; a single segment only.
    pub norm_after: Option<Norm>,
    /// One a segment.
    pub activations: &'a [Activation],
}

/// A linear layer, packed for an instruction set.
#[derive(Clone, Debug)]
pub struct Linear {
    isa: Isa,
    packed: Packed,
    columns: Vec<usize>,
    norm_before: Option<Norm>,
    norm_after: Option<Norm>,
    activations: Vec<Activation>,
}

impl Linear {
    /// Packs the weights of `spec` for `isa`.
    ///
    /// # Errors
    /// Lengths that contradict one another, numbers that are not finite, more than 65000 inputs in int8,
    /// weights that are not multiples of the given scales, or a norm after several segments.
    pub fn new(isa: Isa, product: Product, spec: &LinearSpec) -> Result<Self, KernelError> {
        use super::pack::check_length;
        if spec.k == 0 || spec.segments.is_empty() || spec.segments.contains(&0) {
            return Err(KernelError::Unsupported(
                "a linear layer without inputs or outputs",
            ));
        }
        check_length("activations", spec.activations.len(), spec.segments.len())?;
        if let Some(norm) = &spec.norm_before {
            norm.check(spec.k)?;
        }
        if let Some(norm) = &spec.norm_after {
            if spec.segments.len() > 1 {
                return Err(KernelError::Unsupported(
                    "a norm after more than one output",
                ));
            }
            norm.check(spec.segments[0])?;
        }
        let weights = Weights {
            k: spec.k,
            segments: spec.segments,
            weights: spec.weights,
            scales: spec.scales,
            bias: spec.bias,
            order: None,
        };
        Ok(Self {
            isa,
            packed: Packed::new(isa, product, &weights)?,
            columns: spec.segments.into(),
            norm_before: spec.norm_before.clone(),
            norm_after: spec.norm_after.clone(),
            activations: spec.activations.into(),
        })
    }

    /// Numbers of an input row.
    pub fn k(&self) -> usize {
        self.packed.depth
    }

    pub(super) fn stored(&self) -> &Stored {
        &self.packed.data
    }

    pub(super) fn stored_mut(&mut self) -> &mut Stored {
        &mut self.packed.data
    }

    /// Memory of the packed weights, bytes.
    pub fn bytes(&self) -> usize {
        self.packed.bytes()
    }
}
