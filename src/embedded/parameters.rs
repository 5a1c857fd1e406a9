//! What can be varied of the embedded arm.

use crate::config::{ConfigError, Parameters, Record};
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
    /// Factor on how far brightness and colour differ between settings.
    pub light_range: f64,
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
            light_range: 1.0,
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

/// The records behind [`ArmParameters`]; the links' lengths are the URDF's.
pub const PARAMETERS: &[Record] = &[
    Record::integer("arm.image_width", 64, (16, 4096), "px")
        .about("picture width")
        .beyond("the tip covers no pixel", "slow to draw and to send"),
    Record::integer("arm.image_height", 64, (16, 4096), "px")
        .about("picture height, which always shows 1 m")
        .beyond("the tip covers no pixel", "slow to draw and to send"),
    Record::double("arm.camera_rate", 30.0, (0.1, 200.0), "Hz")
        .about("frames a second")
        .beyond("stops: stale image", "keeps the encoder busy"),
    Record::double("arm.camera_latency", 0.03, (0.0, 1.0), "s")
        .about("from capture to arrival")
        .beyond(
            "easier than a real camera",
            "plans start from an old picture",
        ),
    Record::double("arm.camera_jitter", 0.002, (0.0, 0.5), "s")
        .about("standard deviation added to the latency, one-sided")
        .beyond("easier than a real camera", "frames come in bursts"),
    Record::double("arm.drops", 0.01, (0.0, 1.0), "of the frames")
        .about("frames that never arrive")
        .beyond("easier than a real camera", "stops: stale image"),
    Record::double("arm.pixel_noise", 0.02, (0.0, 0.5), "of full scale")
        .about("standard deviation of pixel noise")
        .beyond("easier than a real camera", "the arm drowns in noise"),
    Record::double("arm.light_drift", 20.0, (0.1, 10_000.0), "s")
        .about("time in which the light wanders from one setting to the next")
        .beyond("light flickers", "constant light within an episode"),
    Record::double("arm.light_range", 1.0, (0.0, 4.0), "")
        .about("factor on how far brightness and colour differ between settings; 1: as in training")
        .beyond(
            "easier than a real room",
            "pictures are overexposed or black",
        ),
    Record::double("arm.flicker", 0.01, (0.0, 0.5), "of the gain")
        .about("standard deviation of the light's flicker from frame to frame")
        .beyond(
            "easier than a real lamp",
            "the encoder sees another scene each frame",
        ),
    Record::double("arm.joint_rate", 100.0, (1.0, 200.0), "Hz")
        .about("joint states a second")
        .beyond("stops: stale joints", "more messages for no more knowledge"),
    Record::double("arm.position_noise", 0.0005, (0.0, 0.5), "rad")
        .about("standard deviation of measured positions")
        .beyond(
            "easier than a real encoder",
            "brakes before limits that are far",
        ),
    Record::double(
        "arm.velocity_noise",
        0.01,
        (0.0, 1.0),
        "of the velocity limits",
    )
    .about("standard deviation of measured velocities")
    .beyond("easier than a real encoder", "never counts as still"),
    Record::double("arm.dead_time", 0.02, (0.0, 0.5), "s")
        .about("from a command to the servo")
        .beyond("easier than a real servo", "swings around the goal"),
    Record::double("arm.lag", 0.06, (0.005, 1.0), "s")
        .about("first-order lag of the velocity servos")
        .beyond(
            "stiffer than the model's training data",
            "swings around the goal",
        ),
    Record::double("arm.command_timeout", 0.1, (0.01, 10.0), "s")
        .about("time without a command after which the servos stand still")
        .beyond(
            "stutters between commands",
            "drives on after the runtime died",
        ),
    Record::double("arm.range", 0.95, (0.05, 1.0), "of the joint range")
        .about("where starts and goals lie")
        .beyond("goals differ little", "goals at the hard stops"),
    Record::double("arm.apart", 0.15, (0.0, 0.6), "m")
        .about("least distance of the tip between start and goal")
        .beyond(
            "standing still may count as success",
            "no such goal may be found",
        ),
    Record::double("arm.tolerance", 0.03, (0.001, 0.5), "m")
        .about("tip error that counts as there, by the truth")
        .beyond(
            "no success within the model's accuracy",
            "success far from the goal",
        ),
    Record::double("arm.still", 0.2, (0.001, 10.0), "rad/s")
        .about("joint speed that counts as still, by the truth")
        .beyond(
            "measured as never still",
            "swinging through counts as success",
        ),
    Record::double("arm.hold", 1.0, (0.0, 60.0), "s")
        .about("time at the goal that counts as success, by the truth")
        .beyond(
            "swinging through counts as success",
            "longer than an episode",
        ),
    Record::double("arm.time_limit", 10.0, (0.1, 3600.0), "s")
        .about("time of an episode")
        .beyond("too short to get there", "hides slow motion"),
];

impl ArmParameters {
    /// Reads the `arm.` parameters.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let number = |name| parameters.double(name);
        let span = |name| parameters.double(name).map(Span::from_secs);
        let pixels = |name| Ok(parameters.count(name)? as u32);
        Ok(Self {
            image: [pixels("arm.image_width")?, pixels("arm.image_height")?],
            camera_rate: number("arm.camera_rate")?,
            camera_latency: span("arm.camera_latency")?,
            camera_jitter: span("arm.camera_jitter")?,
            drops: number("arm.drops")?,
            pixel_noise: number("arm.pixel_noise")?,
            light_drift: number("arm.light_drift")?,
            light_range: number("arm.light_range")?,
            flicker: number("arm.flicker")?,
            joint_rate: number("arm.joint_rate")?,
            position_noise: number("arm.position_noise")?,
            velocity_noise: number("arm.velocity_noise")?,
            dead_time: span("arm.dead_time")?,
            lag: number("arm.lag")?,
            command_timeout: span("arm.command_timeout")?,
            range: number("arm.range")?,
            apart: number("arm.apart")?,
            tolerance: number("arm.tolerance")?,
            still: number("arm.still")?,
            hold: number("arm.hold")?,
            time_limit: number("arm.time_limit")?,
            ..Self::default()
        })
    }
}
