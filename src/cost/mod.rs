//! Cost: what an imagined future is worth.
//!
//! Takes a [`Rollout`](crate::world_model::Rollout), gives a cost a candidate and term. Imports everything
//! up to `world_model`.

use crate::world_model::Rollout;

/// One term of the cost: a number a candidate, >= 0, unweighted.
pub trait Term: Send {
    /// Name in configuration, evidence and viewer.
    fn name(&self) -> &'static str;
    /// Writes the term of every candidate [N]; `out` comes filled with zeros. Non-finite means infinitely bad.
    fn evaluate(&mut self, rollout: &Rollout, out: &mut [f32]);
    /// True if the term reads [`Rollout::quantities`].
    fn needs_quantities(&self) -> bool {
        false
    }
}
