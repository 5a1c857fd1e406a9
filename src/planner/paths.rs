//! Imagined tip paths, for those who look on.

use crate::world_model::Rollout;

/// Paths kept a plan, at most.
const MAX_PATHS: usize = 64;

/// A cost and where the tip goes `[m]`, t0 included.
type Path = (f32, Vec<[f32; 3]>);

/// Tip paths of the candidates of a plan.
#[derive(Debug, Default)]
pub(super) struct Paths {
    wanted: bool,
    added: usize,
    newest: Vec<Path>,
    newest_from: usize,
    kept: Vec<Path>,
    chosen: Option<Path>,
    chosen_kept: Option<usize>,
}

impl Paths {
    pub fn begin(&mut self, wanted: bool) {
        *self = Self {
            wanted,
            ..Self::default()
        };
    }

    pub fn wanted(&self) -> bool {
        self.wanted
    }

    /// Adds all candidates of `rollout`; `tip` are the indices of x, y[, z] among the quantities.
    pub fn add(&mut self, rollout: &Rollout, tip: &[usize], costs: &[f64]) {
        let readable = tip.iter().all(|index| *index < rollout.quantities_len);
        if !self.wanted || tip.is_empty() || !readable {
            return;
        }
        self.kept.append(&mut self.newest);
        self.kept.truncate(MAX_PATHS);
        self.newest_from = self.added;
        self.added += rollout.candidates;
        for (candidate, cost) in costs.iter().enumerate() {
            let point = |step: usize| {
                let quantities = rollout.quantities(step, candidate);
                let mut point = [0.0; 3];
                for (slot, index) in point.iter_mut().zip(tip) {
                    *slot = quantities[*index];
                }
                point
            };
            let path = (0..=rollout.horizon).map(point).collect();
            self.newest.push((*cost as f32, path));
        }
    }

    /// The best is candidate number `index` of the plan, one of those added last.
    pub fn choose(&mut self, index: usize) {
        if let Some(path) = self.newest.get(index.wrapping_sub(self.newest_from)) {
            self.chosen = Some(path.clone());
            self.chosen_kept = Some(index);
        }
    }

    /// All paths, the chosen one first.
    pub fn take(&mut self) -> Vec<Path> {
        self.kept.append(&mut self.newest);
        if let (Some(chosen), Some(index)) = (self.chosen.take(), self.chosen_kept.take()) {
            if index < self.kept.len() {
                self.kept.remove(index);
            }
            self.kept.insert(0, chosen);
        }
        self.kept.truncate(MAX_PATHS);
        std::mem::take(&mut self.kept)
    }
}
