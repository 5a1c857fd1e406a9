//! A foreign controller in whose shadow the session is: what its commands cost beside our plans, and how far they
//! were from ours.

use rerun::{EntityPath, EntityPathPart, Scalars};

use super::canvas::Canvas;
use super::colour;
use super::plan::{COST, style};
use crate::runtime::Comparison;

/// The entity that divergences lie under [of the velocity limits].
pub(super) const DIVERGENCE: &str = "divergence";

/// Draws comparisons, where there are any.
pub(super) struct Incumbent {
    axes: Vec<String>,
    lines: Option<Lines>,
}

struct Lines {
    ours: EntityPath,
    incumbent: EntityPath,
    divergence: Vec<EntityPath>,
}

impl Incumbent {
    /// Of a robot with these action axes.
    pub fn new(axes: &[String]) -> Self {
        Self {
            axes: axes.to_vec(),
            lines: None,
        }
    }

    /// Draws one comparison.
    pub fn draw(&mut self, canvas: &mut Canvas, comparison: &Comparison) {
        let axes = &self.axes;
        let lines = self.lines.get_or_insert_with(|| Lines::new(canvas, axes));
        let costs = [
            (&lines.ours, comparison.ours),
            (&lines.incumbent, comparison.incumbent),
        ];
        let divergence = lines.divergence.iter().zip(comparison.divergence.iter());
        let divergence = divergence.map(|(entity, value)| (entity, *value));
        for (entity, value) in costs.into_iter().chain(divergence) {
            canvas.draw(entity, &Scalars::single(value));
        }
    }
}

impl Lines {
    fn new(canvas: &mut Canvas, axes: &[String]) -> Self {
        let mut line = |entity: EntityPath, label: &str, colour| {
            style(canvas, &entity, label, colour, 1.6);
            entity
        };
        let cost = |name: &str| EntityPath::from(COST) / EntityPathPart::new(name);
        Self {
            ours: line(cost("ours"), "our plan, in hindsight", colour::GOAL),
            incumbent: line(
                cost("incumbent"),
                "the incumbent's commands",
                colour::WANTED,
            ),
            divergence: axes
                .iter()
                .enumerate()
                .map(|(index, name)| {
                    let entity = EntityPath::from(DIVERGENCE) / EntityPathPart::new(name.as_str());
                    line(entity, name, colour::distinct(index))
                })
                .collect(),
        }
    }
}
