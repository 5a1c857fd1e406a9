//! What an embedded robot is made of: something that moves, and how it looks.

use rand_chacha::ChaCha8Rng;

use super::scene::{Rgb, Shape};
use crate::robot::{Action, Axes, RobotState};
use crate::runtime::PortError;
use crate::sensing::Message;
use crate::time::{Span, Stamp};

/// The integration step.
pub(super) const STEP: Span = Span::from_millis(5);

/// A moving robot in its surroundings, integrated on a fixed grid. A pose is what a picture shows of it: joint
/// positions `[rad]`, or x `[m]`, y `[m]`, yaw `[rad]`.
pub(super) trait Plant: Send {
    /// Integrated up to here.
    fn now(&self) -> Stamp;

    /// Integrates one [`STEP`].
    fn step(&mut self);

    /// Takes a command sent at `stamp`; one that is not finite is a command to stand still.
    fn command(&mut self, stamp: Stamp, action: Action);

    /// Puts it to rest at `pose`, forgetting commands on their way; what is random from here on is drawn from
    /// `seed`.
    fn place(&mut self, pose: &Axes, seed: u64);

    /// What is really so.
    fn state(&self) -> RobotState;

    /// The pose `ahead` seconds after now, less than a step.
    fn pose(&self, ahead: f64) -> Axes;

    /// Appends what its sensors say now.
    fn measure(&self, rng: &mut ChaCha8Rng, messages: &mut Vec<Message>);

    /// A pose where it may start or be sent.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Result<Axes, PortError>;

    /// Which poses it may be sent to from `here`, beyond how far away they are.
    fn goals(&self, _here: &Axes) -> Box<dyn Fn(&Axes) -> bool> {
        Box::new(|_| true)
    }

    /// Poses on a way from the one to the other, neither among them; none where nothing has to be got around.
    fn route(&self, _from: &Axes, _to: &Axes) -> Vec<Axes> {
        Vec::new()
    }

    /// Where at a pose is what is to be placed: the tip, the body `[m]`.
    fn placed(&self, pose: &Axes) -> [f64; 3];

    /// Distance between what is to be placed at the one pose and at the other `[m]`.
    fn distance(&self, from: &Axes, to: &Axes) -> f64 {
        let (from, to) = (self.placed(from), self.placed(to));
        let squares = from.iter().zip(to).map(|(from, to)| (from - to).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// Speed that must be small to count as still `[rad/s or m/s]`.
    fn speed(&self) -> f64;

    /// How often it has begun to touch something since it was placed.
    fn contacts(&self) -> u32 {
        0
    }

    /// Says for people where a pose is.
    fn describe(&self, pose: &Axes) -> String;
}

/// How a robot and its surroundings look from above.
pub(super) trait Scene: Send + Sync {
    /// Height of the field of view `[m]`; the width follows the aspect ratio.
    fn field(&self) -> f32;

    /// The colour at `point` `[m]` of what never moves.
    fn ground(&self, point: [f32; 2]) -> Rgb;

    /// The shapes of the robot at `pose`, the topmost first.
    fn shapes(&self, pose: &[f64]) -> Vec<Shape>;
}
