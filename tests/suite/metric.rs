//! A metric that tests make of a distance: points are latents, and nobody pursues a goal.

use forerun::world_model::{Metric, ModelError};

/// Points of so many numbers, and how far the second of two is from the first [model steps].
pub struct Between<F>(pub usize, pub F);

impl<F: FnMut(&[f32], &[f32]) -> f32 + Send> Metric for Between<F> {
    fn point_len(&self) -> usize {
        self.0
    }

    fn prepare(&mut self, _: &[f32]) -> Result<(), ModelError> {
        Ok(())
    }

    fn place(&mut self, _: usize, latents: &[f32], points: &mut [f32]) -> Result<(), ModelError> {
        points.copy_from_slice(latents);
        Ok(())
    }

    fn distance(&mut self, _: usize, _: &[f32], _: &mut [f32]) -> Result<(), ModelError> {
        panic!("nobody pursues a goal here");
    }

    fn motion(
        &mut self,
        _: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        let pairs = from.chunks_exact(self.0).zip(to.chunks_exact(self.0));
        for (slot, (from, to)) in out.iter_mut().zip(pairs) {
            *slot = (self.1)(from, to);
        }
        Ok(())
    }
}
