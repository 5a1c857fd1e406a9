//! Joint trajectories in place of velocity commands, for ros2_control's joint_trajectory_controller.

use std::sync::Arc;

use r2r::builtin_interfaces::msg::Duration;
use r2r::trajectory_msgs::msg::{JointTrajectory, JointTrajectoryPoint};

use super::convert;
use crate::control::{Astray, Chunk, Chunker, Command, ControlConfig, Source, Waypoint};
use crate::planner::Plan;
use crate::robot::{ActionSpace, RobotState};
use crate::time::Span;

/// What chunks are made of, besides the commands themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) state: Option<RobotState>,
}

/// Makes the messages; newest news win.
pub(super) struct Chunks {
    chunker: Chunker,
    news: triple_buffer::Output<News>,
    names: Vec<String>,
    /// Since the robot stood still it was said that it does not follow.
    said: bool,
}

impl Chunks {
    /// Of the robot's joints; gives also where news are put.
    pub(super) fn new(
        space: &ActionSpace,
        config: &ControlConfig,
    ) -> (Self, triple_buffer::Input<News>) {
        let (input, news) = triple_buffer::triple_buffer(&News::default());
        let chunks = Self {
            chunker: Chunker::new(space, config),
            news,
            names: space.names.clone(),
            said: false,
        };
        (chunks, input)
    }

    /// The message that is to be sent with `command`, if there is one. `offset`: ROS minus session time.
    pub(super) fn next(&mut self, command: &Command, offset: Span) -> Option<JointTrajectory> {
        self.said &= command.source != Source::Hold;
        let news = self.news.read();
        let plan = news.plan.as_ref().map(|plan| &plan.trajectory);
        let chunk = self.chunker.next(command, news.state.as_ref(), plan)?;
        let mut message = message(chunk);
        message.header.stamp = convert::time(chunk.start, offset);
        message.joint_names.clone_from(&self.names);
        if let Some(Astray { axis, said, found }) = self.chunker.astray()
            && !std::mem::replace(&mut self.said, true)
        {
            tracing::warn!(
                "the robot does not follow its joint trajectories: {} is at {found:.3}, not at {said:.3}; they begin \
                 anew where it is. Is its joint_trajectory_controller active, are its drives on?",
                self.names[axis]
            );
        }
        Some(message)
    }
}

/// The waypoints of `chunk`.
fn message(chunk: &Chunk) -> JointTrajectory {
    JointTrajectory {
        points: chunk.waypoints.iter().map(point).collect(),
        ..JointTrajectory::default()
    }
}

fn point(waypoint: &Waypoint) -> JointTrajectoryPoint {
    let after = waypoint.after.nanos();
    JointTrajectoryPoint {
        positions: waypoint.position.to_vec(),
        velocities: waypoint.velocity.to_vec(),
        accelerations: waypoint.acceleration.to_vec(),
        effort: Vec::new(),
        time_from_start: Duration {
            sec: (after / 1_000_000_000) as i32,
            nanosec: (after % 1_000_000_000) as u32,
        },
    }
}
