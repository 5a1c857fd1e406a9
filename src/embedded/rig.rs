//! What every embedded robot has: servos, a camera, sensors, light and a task; and the records behind it.

use crate::config::{ConfigError, Parameters};
use crate::time::Span;

/// Servos, camera, sensors, light and task of an embedded robot.
#[derive(Clone, Debug, PartialEq)]
pub struct Rig {
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
    /// Measured states a second `[Hz]`.
    pub state_rate: f64,
    /// Standard deviation of measured velocities, of the velocity limit.
    pub velocity_noise: f64,
    /// Time in which the light wanders from one setting to the next `[s]`.
    pub light_drift: f64,
    /// Factor on how far brightness and colour differ between settings.
    pub light_range: f64,
    /// Standard deviation of the light's flicker from frame to frame, of its gain.
    pub flicker: f64,
    /// Goals are points where the tip or the body shall be, not pictures.
    pub points: bool,
    /// Least distance between start and goal `[m]`.
    pub apart: f64,
    /// Error that counts as there `[m]`.
    pub tolerance: f64,
    /// Speed that counts as still `[rad/s or m/s]`.
    pub still: f64,
    /// Time at the goal that counts as success `[s]`.
    pub hold: f64,
    /// Time of an episode `[s]`.
    pub time_limit: f64,
}

impl Default for Rig {
    fn default() -> Self {
        Self {
            dead_time: Span::from_millis(20),
            lag: 0.06,
            command_timeout: Span::from_millis(100),
            image: [64, 64],
            camera_rate: 30.0,
            camera_latency: Span::from_millis(30),
            camera_jitter: Span::from_millis(2),
            drops: 0.01,
            pixel_noise: 0.02,
            state_rate: 100.0,
            velocity_noise: 0.01,
            light_drift: 20.0,
            light_range: 1.0,
            flicker: 0.01,
            points: false,
            apart: 0.15,
            tolerance: 0.03,
            still: 0.2,
            hold: 1.0,
            time_limit: 10.0,
        }
    }
}

/// The records of a [`Rig`] of the robot named by the first argument. `view`: what the picture's height shows;
/// `sees`: what is to be seen on it; `state`: what is measured; `what`: what is placed by the task.
macro_rules! rig_records {
    (
        $robot:literal, view: $view:literal, sees: $sees:literal, state: $state:literal, moves: $moves:literal,
        lag: $lag:literal, place: $place:literal, apart: $apart:literal $apart_range:tt,
        tolerance: $tolerance:literal, still: $still:literal $still_unit:literal, time_limit: $limit:literal
    ) => {
        &[
            Record::integer(concat!($robot, ".image_width"), 64, (16, 4096), "px")
                .about("picture width")
                .beyond(concat!($sees, " covers no pixel"), "slow to draw and to send"),
            Record::integer(concat!($robot, ".image_height"), 64, (16, 4096), "px")
                .about(concat!("picture height, which always shows ", $view))
                .beyond(concat!($sees, " covers no pixel"), "slow to draw and to send"),
            Record::double(concat!($robot, ".camera_rate"), 30.0, (0.1, 200.0), "Hz")
                .about("frames a second")
                .beyond("stops: stale image", "keeps the encoder busy"),
            Record::double(concat!($robot, ".camera_latency"), 0.03, (0.0, 1.0), "s")
                .about("from capture to arrival")
                .beyond("easier than a real camera", "plans start from an old picture"),
            Record::double(concat!($robot, ".camera_jitter"), 0.002, (0.0, 0.5), "s")
                .about("standard deviation added to the latency, one-sided")
                .beyond("easier than a real camera", "frames come in bursts"),
            Record::double(concat!($robot, ".drops"), 0.01, (0.0, 1.0), "of the frames")
                .about("frames that never arrive")
                .beyond("easier than a real camera", "stops: stale image"),
            Record::double(concat!($robot, ".pixel_noise"), 0.02, (0.0, 0.5), "of full scale")
                .about("standard deviation of pixel noise")
                .beyond("easier than a real camera", concat!("the ", $robot, " drowns in noise")),
            Record::double(concat!($robot, ".light_drift"), 20.0, (0.1, 10_000.0), "s")
                .about("time in which the light wanders from one setting to the next")
                .beyond("light flickers", "constant light within an episode"),
            Record::double(concat!($robot, ".light_range"), 1.0, (0.0, 4.0), "")
                .about("factor on how far brightness and colour differ between settings; 1: as in training")
                .beyond("easier than a real room", "pictures are overexposed or black"),
            Record::double(concat!($robot, ".flicker"), 0.01, (0.0, 0.5), "of the gain")
                .about("standard deviation of the light's flicker from frame to frame")
                .beyond("easier than a real lamp", "the encoder sees another scene each frame"),
            Record::double(concat!($robot, ".state_rate"), 100.0, (1.0, 200.0), "Hz")
                .about(concat!($state, " a second"))
                .beyond(concat!("stops: stale ", $state), "more messages for no more knowledge"),
            Record::double(concat!($robot, ".velocity_noise"), 0.01, (0.0, 1.0), "of the velocity limits")
                .about("standard deviation of measured velocities")
                .beyond("easier than a real encoder", "never counts as still"),
            Record::double(concat!($robot, ".dead_time"), 0.02, (0.0, 0.5), "s")
                .about("from a command to the servo")
                .beyond("easier than a real servo", "swings around the goal"),
            Record::double(concat!($robot, ".lag"), $lag, (0.005, 1.0), "s")
                .about(concat!("first-order lag of the ", $moves))
                .beyond("stiffer than the model's training data", "swings around the goal"),
            Record::double(concat!($robot, ".command_timeout"), 0.1, (0.01, 10.0), "s")
                .about(concat!("time without a command after which the ", $moves, " stand still"))
                .beyond("stutters between commands", "drives on after the runtime died"),
            Record::text(concat!($robot, ".goals"), "image", &["image", "point"])
                .about(concat!("what a task gives: a picture of the robot there, or the point where the ", $place, " shall be")),
            Record::double(concat!($robot, ".apart"), $apart, $apart_range, "m")
                .about(concat!("least distance of the ", $place, " between start and goal"))
                .beyond("standing still may count as success", "no such goal may be found"),
            Record::double(concat!($robot, ".tolerance"), $tolerance, (0.001, 0.5), "m")
                .about(concat!("error of the ", $place, " that counts as there, by the truth"))
                .beyond("no success within the model's accuracy", "success far from the goal"),
            Record::double(concat!($robot, ".still"), $still, (0.001, 10.0), $still_unit)
                .about("speed that counts as still, by the truth")
                .beyond("measured as never still", "swinging through counts as success"),
            Record::double(concat!($robot, ".hold"), 1.0, (0.0, 60.0), "s")
                .about("time at the goal that counts as success, by the truth")
                .beyond("swinging through counts as success", "longer than an episode"),
            Record::double(concat!($robot, ".time_limit"), $limit, (0.1, 3600.0), "s")
                .about("time of an episode")
                .beyond("too short to get there", "hides slow motion"),
        ]
    };
}
pub(super) use rig_records;

impl Rig {
    /// Reads the parameters of the group `robot`.
    pub(super) fn from_parameters(
        parameters: &Parameters,
        robot: &str,
    ) -> Result<Self, ConfigError> {
        let full = |name: &'static str| {
            let mut known = parameters.iter().map(|(record, _)| record.name);
            let of_robot = |known: &&str| {
                let rest = known.strip_prefix(robot);
                rest.and_then(|rest| rest.strip_prefix('.')) == Some(name)
            };
            known.find(of_robot).unwrap_or(name)
        };
        let number = |name| parameters.double(full(name));
        let span = |name| number(name).map(Span::from_secs);
        let pixels = |name| Ok(parameters.count(full(name))? as u32);
        Ok(Self {
            dead_time: span("dead_time")?,
            lag: number("lag")?,
            command_timeout: span("command_timeout")?,
            image: [pixels("image_width")?, pixels("image_height")?],
            camera_rate: number("camera_rate")?,
            camera_latency: span("camera_latency")?,
            camera_jitter: span("camera_jitter")?,
            drops: number("drops")?,
            pixel_noise: number("pixel_noise")?,
            state_rate: number("state_rate")?,
            velocity_noise: number("velocity_noise")?,
            light_drift: number("light_drift")?,
            light_range: number("light_range")?,
            flicker: number("flicker")?,
            points: parameters.text(full("goals"))? == "point",
            apart: number("apart")?,
            tolerance: number("tolerance")?,
            still: number("still")?,
            hold: number("hold")?,
            time_limit: number("time_limit")?,
        })
    }
}
