//! What a trajectory comes to in velocity commands.

use crate::control::{Chunk, Waypoint};
use crate::robot::{Action, Axes, Interpolation, Knot, RobotState, Trajectory};
use crate::time::{Span, Stamp};

/// What was missed of a trajectory longer ago than this is not made up for.
const LATE: Span = Span::from_millis(5_000);
/// A state that was measured farther from a trajectory's receipt than this says nothing of it, nor does a trajectory that
/// had ended longer ago.
const BESIDE: Span = Span::from_millis(500);

/// Follows the newest trajectory as ros2_control's joint_trajectory_controller does, for who wants to know what the
/// robot was sent: a command each tick, held until the next one, whose sum is the way that the trajectory goes. A
/// step in position, where a trajectory begins elsewhere than the robot is, is no velocity and not among them.
#[derive(Clone, Debug)]
pub struct Follower {
    tick: Span,
    axes: usize,
    under_way: Option<Chunk>,
    /// What the last one ended with, and when.
    ended: Option<(Stamp, Waypoint)>,
    /// When the next command is due.
    due: Stamp,
}

impl Follower {
    /// Of a robot of so many axes; follows nothing yet.
    pub fn new(tick: Span, axes: usize) -> Self {
        Self {
            tick,
            axes,
            under_way: None,
            ended: None,
            due: Stamp::ZERO,
        }
    }

    /// From `received` on follows `trajectory` instead of the one under way, of which [`run`](Self::run) has given
    /// what came before. Where its first waypoint is due later, the way there begins at once: from where the one before
    /// is by then (the controller's `interpolate_from_desired_state`: streams of short ones come to the speed that they
    /// are of, without the lag of the robot); where there was none, from where the robot was `measured`.
    pub fn follow(
        &mut self,
        received: Stamp,
        mut trajectory: Chunk,
        measured: Option<&RobotState>,
    ) {
        let first = trajectory.waypoints[0];
        if trajectory.start + first.after > received
            && let Some(here) = self
                .reference(received)
                .or_else(|| self.found(measured, received))
        {
            let as_said = |said: &Axes, numbers| match said.is_empty() {
                true => Axes::default(),
                false => numbers,
            };
            trajectory.waypoints.insert(
                0,
                Waypoint {
                    after: received - trajectory.start,
                    position: here.position,
                    velocity: as_said(&first.velocity, here.velocity),
                    acceleration: as_said(&first.acceleration, here.acceleration),
                },
            );
        }
        self.under_way = Some(trajectory);
        self.ended = None;
        // Received on another thread, it may have been before what was run last.
        self.due = received.max(self.due - self.tick);
    }

    /// Where the trajectory before is at `stamp`, if it has not ended long ago.
    fn reference(&self, stamp: Stamp) -> Option<Waypoint> {
        let recent = |ended: &&(Stamp, Waypoint)| (stamp - ended.0).abs() <= BESIDE;
        let ended = || self.ended.as_ref().filter(recent).map(|ended| ended.1);
        let under_way = self.under_way.as_ref().map(|chunk| chunk.at(stamp));
        let here = under_way.or_else(ended)?;
        let zeros = Axes::zeros(self.axes);
        let or_rest = |numbers: Axes| if numbers.is_empty() { zeros } else { numbers };
        Some(Waypoint {
            velocity: or_rest(here.velocity),
            acceleration: or_rest(here.acceleration),
            ..here
        })
    }

    /// Where the robot was measured around `stamp`.
    fn found(&self, measured: Option<&RobotState>, stamp: Stamp) -> Option<Waypoint> {
        let zeros = Axes::zeros(self.axes);
        let state = measured.filter(|state| {
            state.position.len() == self.axes
                && state.is_finite()
                && (state.stamp - stamp).abs() <= BESIDE
        })?;
        Some(Waypoint {
            after: Span::ZERO,
            position: state.position,
            velocity: if state.velocity.len() == self.axes {
                state.velocity
            } else {
                zeros
            },
            acceleration: zeros,
        })
    }

    /// Gives the commands that are due by `now`, in their order; at a trajectory's end one that stands still, and
    /// then no more.
    pub fn run(&mut self, now: Stamp, mut send: impl FnMut(Stamp, Action)) {
        let Some(trajectory) = &self.under_way else {
            return;
        };
        let end = trajectory.end();
        self.due = self.due.max(now - LATE);
        while self.due <= now {
            let stamp = self.due;
            self.due += self.tick;
            send(stamp, trajectory.mean_velocity(stamp, self.due));
            if stamp >= end {
                self.ended = Some((end, trajectory.at(end)));
                self.under_way = None;
                return;
            }
        }
    }

    /// What will be commanded from `now` on if nothing else comes, `until` then tick by tick; `None` without a
    /// trajectory.
    pub fn ahead(&self, now: Stamp, until: Stamp) -> Option<Trajectory> {
        let trajectory = self.under_way.as_ref()?;
        let ticks = (until - now).nanos() / self.tick.nanos().max(1);
        let knots = (0..=ticks).map(|tick| {
            let stamp = now + self.tick * tick;
            let action = trajectory.mean_velocity(stamp, stamp + self.tick);
            Knot { stamp, action }
        });
        Trajectory::new(knots.collect(), Interpolation::Hold)
    }
}
