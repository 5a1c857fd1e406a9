//! Commands against limits, an action axis.

use rerun::components::AggregationPolicy;
use rerun::{EntityPath, EntityPathPart, Scalars, SeriesLines};

use super::canvas::Canvas;
use super::colour;
use crate::control::Command;
use crate::robot::{ActionKind, ActionSpace, AxisLimits, RobotState};
use crate::time::{Span, Stamp};

/// The entity that all plots of joints lie under.
pub(super) const JOINTS: &str = "joints";
/// Time between two points of a limit's line.
const LIMIT_STEP: Span = Span::from_millis(100);

/// Draws what was sent, wanted and measured on every axis, each command: Rerun merges points that share a
/// pixel by their extremes, so that a tick at a limit stays visible at any zoom.
pub(super) struct Joints {
    kind: ActionKind,
    axes: Vec<Axis>,
    limits_stamp: Option<Stamp>,
}

struct Axis {
    sent: EntityPath,
    wanted: EntityPath,
    measured: EntityPath,
    limit: EntityPath,
    position: EntityPath,
    bounds: [f64; 2],
}

/// What bounds a command on an axis.
pub(super) fn bounds(kind: ActionKind, limits: &AxisLimits) -> [f64; 2] {
    match kind {
        ActionKind::JointPosition => [limits.lower, limits.upper],
        ActionKind::JointVelocity | ActionKind::BodyTwist => [-limits.velocity, limits.velocity],
    }
}

impl Joints {
    /// Names and colours the lines.
    pub fn new(canvas: &mut Canvas, space: &ActionSpace) -> Self {
        let axes = space.names.iter().zip(space.limits.axes());
        let axes = axes.map(|(name, limits)| {
            let joint = EntityPath::from(JOINTS) / EntityPathPart::new(name);
            let command = joint.clone() / "command";
            let axis = Axis {
                sent: command.clone() / "sent",
                wanted: command.clone() / "wanted",
                measured: command.clone() / "measured",
                limit: command / "limit",
                position: joint / "position",
                bounds: bounds(space.kind, limits),
            };
            axis.style(canvas);
            axis
        });
        Self {
            kind: space.kind,
            axes: axes.collect(),
            limits_stamp: None,
        }
    }

    /// Draws one command, if it was sent.
    pub fn draw_command(&mut self, canvas: &mut Canvas, command: &Command) {
        self.draw_limits(canvas, command.stamp);
        if !command.is_sent() {
            return;
        }
        let values = command.action.iter().zip(command.wanted.iter());
        for (axis, (sent, wanted)) in self.axes.iter().zip(values) {
            canvas.draw(&axis.wanted, &Scalars::single(*wanted));
            canvas.draw(&axis.sent, &Scalars::single(*sent));
        }
    }

    /// Draws one measured state.
    pub fn draw_state(&mut self, canvas: &mut Canvas, state: &RobotState) {
        let commanded = match self.kind {
            ActionKind::JointPosition => &state.position,
            ActionKind::JointVelocity | ActionKind::BodyTwist => &state.velocity,
        };
        for (axis, value) in self.axes.iter().zip(commanded.iter()) {
            canvas.draw(&axis.measured, &Scalars::single(*value));
        }
        if self.kind == ActionKind::JointVelocity {
            for (axis, value) in self.axes.iter().zip(state.position.iter()) {
                canvas.draw(&axis.position, &Scalars::single(*value));
            }
        }
    }

    /// A straight line needs few points.
    fn draw_limits(&mut self, canvas: &mut Canvas, stamp: Stamp) {
        let due = self
            .limits_stamp
            .is_none_or(|last| stamp < last || stamp - last >= LIMIT_STEP);
        if !due {
            return;
        }
        self.limits_stamp = Some(stamp);
        for axis in &self.axes {
            if axis.bounds.iter().all(|bound| bound.is_finite()) {
                canvas.draw(&axis.limit, &Scalars::new(axis.bounds));
            }
        }
    }
}

impl Axis {
    fn style(&self, canvas: &mut Canvas) {
        let mut line = |entity: &EntityPath, name: &str, colour, width| {
            let style = SeriesLines::new()
                .with_colors([colour])
                .with_names([name])
                .with_widths([width])
                .with_aggregation_policy(AggregationPolicy::MinMax);
            canvas.fix(entity, &style);
        };
        line(&self.wanted, "wanted", colour::WANTED, 1.0);
        line(&self.sent, "sent", colour::CHOSEN, 1.6);
        line(&self.measured, "measured", colour::MEASURED, 1.2);
        line(&self.position, "position", colour::MEASURED, 1.2);
        let limit = SeriesLines::new()
            .with_colors([colour::LIMIT, colour::LIMIT])
            .with_names(["limit", "limit"])
            .with_widths([1.2, 1.2]);
        canvas.fix(&self.limit, &limit);
    }
}
