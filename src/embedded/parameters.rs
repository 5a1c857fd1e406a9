//! What can be varied of the embedded arm.

use crate::time::Span;

/// The embedded arm, its actuators, camera and light.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmParameters {
    /// Lengths of the two links `[m]`.
    pub links: [f64; 2],
    /// From a command to the servo.
    pub dead_time: Span,
    /// First-order lag of the velocity servo `[s]`.
    pub lag: f64,
    /// Without a command for so long the servo stands still.
    pub command_timeout: Span,
    /// Picture size `[px]`.
    pub image: [u32; 2],
    /// Frames a second `[Hz]`.
    pub camera_rate: f64,
    /// From capture to arrival.
    pub camera_latency: Span,
    /// Standard deviation added to the latency, one-sided.
    pub camera_jitter: Span,
    /// Fraction of frames that never arrive.
    pub drops: f64,
    /// Standard deviation of pixel noise, of full scale.
    pub pixel_noise: f64,
    /// Joint states a second `[Hz]`.
    pub joint_rate: f64,
    /// Standard deviation of measured velocities, of the velocity limit.
    pub velocity_noise: f64,
    /// Standard deviation of measured positions `[rad]`.
    pub position_noise: f64,
    /// Time in which the light wanders from one setting to the next `[s]`.
    pub light_drift: f64,
    /// Standard deviation of the light's flicker from frame to frame, of its gain.
    pub flicker: f64,
    /// Starts and goals lie within this fraction of the joint range.
    pub range: f64,
    /// Least distance of the tip between start and goal `[m]`.
    pub apart: f64,
    /// Tip error that counts as there `[m]`.
    pub tolerance: f64,
    /// Joint speed that counts as still `[rad/s]`.
    pub still: f64,
    /// Time at the goal that counts as success `[s]`.
    pub hold: f64,
    /// Time of an episode `[s]`.
    pub time_limit: f64,
}

impl Default for ArmParameters {
    fn default() -> Self {
        Self {
            links: [0.25, 0.20],
            dead_time: Span::from_millis(20),
            lag: 0.06,
            command_timeout: Span::from_millis(100),
            image: [64, 64],
            camera_rate: 30.0,
            camera_latency: Span::from_millis(30),
            camera_jitter: Span::from_millis(2),
            drops: 0.01,
            pixel_noise: 0.02,
            joint_rate: 100.0,
            velocity_noise: 0.01,
            position_noise: 0.0005,
            light_drift: 20.0,
            flicker: 0.01,
            range: 0.95,
            apart: 0.15,
            tolerance: 0.03,
            still: 0.2,
            hold: 1.0,
            time_limit: 10.0,
        }
    }
}
