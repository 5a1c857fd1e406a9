//! The floor of learned metrics: plain distance between latents.

use crate::world_model::{Metric, ModelError, ModelSpec, norm};

/// Euclidean distance of the latents' first part; a point is that part.
pub(super) struct RawLatent {
    model: String,
    latent_len: usize,
    start: usize,
    goal: Vec<f32>,
}

impl RawLatent {
    /// # Errors
    /// A first part that doesn't lie within the latent.
    pub(super) fn new(spec: &ModelSpec) -> Result<Self, ModelError> {
        let whole = (0, spec.latent_len);
        let (start, len) = spec
            .parts
            .first()
            .map_or(whole, |part| (part.start, part.len));
        if len == 0
            || start
                .checked_add(len)
                .is_none_or(|end| end > spec.latent_len)
        {
            return Err(ModelError::new(
                &spec.name,
                "latent parts",
                format!("{len} numbers from {start} on"),
                format!("a part of the {} numbers of a latent", spec.latent_len),
                "mend model.parts in the manifest",
            ));
        }
        Ok(Self {
            model: spec.name.clone(),
            latent_len: spec.latent_len,
            start,
            goal: vec![0.0; len],
        })
    }

    fn part<'a>(&self, latent: &'a [f32]) -> &'a [f32] {
        &latent[self.start..self.start + self.goal.len()]
    }

    fn check(&self, field: &str, found: usize, expected: usize) -> Result<(), ModelError> {
        ModelError::check_len(&self.model, field, found, expected)
    }
}

impl Metric for RawLatent {
    fn point_len(&self) -> usize {
        self.goal.len()
    }

    fn prepare(&mut self, goal: &[f32]) -> Result<(), ModelError> {
        self.check("goal latent", goal.len(), self.latent_len)?;
        self.goal = self.part(goal).to_vec();
        Ok(())
    }

    fn place(
        &mut self,
        rows: usize,
        latents: &[f32],
        points: &mut [f32],
    ) -> Result<(), ModelError> {
        self.check("latents", latents.len(), rows * self.latent_len)?;
        self.check("points", points.len(), rows * self.goal.len())?;
        let latents = latents.chunks_exact(self.latent_len);
        for (point, latent) in points.chunks_exact_mut(self.goal.len()).zip(latents) {
            point.copy_from_slice(self.part(latent));
        }
        Ok(())
    }

    fn distance(&mut self, rows: usize, points: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        self.check("points", points.len(), rows * self.goal.len())?;
        self.check("distances", out.len(), rows)?;
        norm::to_one(points, &self.goal, out);
        Ok(())
    }

    fn motion(
        &mut self,
        rows: usize,
        from: &[f32],
        to: &[f32],
        out: &mut [f32],
    ) -> Result<(), ModelError> {
        self.check("points", from.len(), rows * self.goal.len())?;
        self.check("points", to.len(), rows * self.goal.len())?;
        self.check("distances", out.len(), rows)?;
        norm::between(from, to, self.goal.len(), out);
        Ok(())
    }
}
