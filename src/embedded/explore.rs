//! Smooth random motion that sees every part of the joint range.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::config::{ConfigError, Parameters, Record};
use crate::robot::{Action, Axes, LimiterState, Limits};

/// Keeps the random numbers of exploration apart from the robot's.
const EXPLORE: u64 = 5;

/// How exploration moves.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplorerParameters {
    /// Correlation time of the noise `[s]`.
    pub correlation: f64,
    /// Standard deviation of the noise, of the velocity limit.
    pub amplitude: f64,
    /// Pauses begun a second while moving `[1/s]`.
    pub pauses: f64,
    /// Shortest and longest pause `[s]`.
    pub pause: [f64; 2],
}

impl Default for ExplorerParameters {
    fn default() -> Self {
        Self {
            correlation: 0.5,
            amplitude: 0.8,
            pauses: 0.3,
            pause: [0.3, 0.8],
        }
    }
}

/// The records behind [`ExplorerParameters`].
pub const EXPLORER_PARAMETERS: &[Record] = &[
    Record::double("explore.correlation", 0.5, (0.01, 60.0), "s")
        .about("correlation time of the random motion")
        .beyond("trembles in place", "runs from stop to stop"),
    Record::double(
        "explore.amplitude",
        0.8,
        (0.01, 5.0),
        "of the velocity limits",
    )
    .about("standard deviation of the random motion")
    .beyond("sees little of the joint range", "full speed only"),
    Record::double("explore.pauses", 0.3, (0.0, 10.0), "1/s")
        .about("pauses begun a second while moving")
        .beyond("never sees itself at rest", "hardly moves"),
    Record::double("explore.shortest_pause", 0.3, (0.0, 60.0), "s")
        .about("shortest pause")
        .beyond("never comes to rest", "hardly moves"),
    Record::double("explore.longest_pause", 0.8, (0.0, 60.0), "s")
        .about("longest pause; the shortest if that is longer")
        .beyond("never comes to rest", "hardly moves"),
];

impl ExplorerParameters {
    /// Reads the `explore.` parameters.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ConfigError> {
        let shortest = parameters.double("explore.shortest_pause")?;
        let longest = parameters.double("explore.longest_pause")?;
        Ok(Self {
            correlation: parameters.double("explore.correlation")?,
            amplitude: parameters.double("explore.amplitude")?,
            pauses: parameters.double("explore.pauses")?,
            pause: [shortest, longest.max(shortest)],
        })
    }
}

/// Ornstein-Uhlenbeck noise cut to the velocity limits, with pauses, through the limits that bound any command.
#[derive(Clone, Debug)]
pub struct Explorer {
    parameters: ExplorerParameters,
    limits: Limits,
    limiter: LimiterState,
    noise: Axes,
    paused: f64,
    rng: ChaCha8Rng,
}

impl Explorer {
    /// An explorer of axes with these limits, at rest; everything random is drawn from `seed`.
    pub fn new(parameters: ExplorerParameters, limits: Limits, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(EXPLORE);
        let axes = limits.axes().len();
        let noise = Axes::from_fn(axes, |_| StandardNormal.sample(&mut rng));
        let limiter = LimiterState::at_rest(Axes::zeros(axes));
        Self {
            parameters,
            limits,
            limiter,
            noise,
            paused: 0.0,
            rng,
        }
    }

    /// The velocities `[rad/s or m/s]` for the next `dt` seconds of a robot measured at `position`.
    pub fn step(&mut self, position: &Axes, dt: f64) -> Action {
        let parameters = &self.parameters;
        let kept = (-dt / parameters.correlation).exp();
        let fresh = (1.0 - kept * kept).sqrt();
        for value in self.noise.iter_mut() {
            let normal: f64 = StandardNormal.sample(&mut self.rng);
            *value = kept * *value + fresh * normal;
        }
        if self.paused > 0.0 {
            self.paused -= dt;
        } else if self.rng.random_range(0.0..1.0) < parameters.pauses * dt {
            let [shortest, longest] = parameters.pause;
            self.paused = self.rng.random_range(shortest..=longest);
        }
        let moving = if self.paused > 0.0 {
            0.0
        } else {
            parameters.amplitude
        };
        let noise = self.noise.iter().zip(self.limits.axes());
        let mut wanted = Action::zeros(self.noise.len());
        for (slot, (noise, limits)) in wanted.iter_mut().zip(noise) {
            *slot = (moving * noise).clamp(-1.0, 1.0) * limits.velocity;
        }
        self.limiter.position = *position;
        self.limits.project(&mut self.limiter, &wanted, dt)
    }
}
