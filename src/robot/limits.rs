//! Bounds of every axis, and the projection onto them that imagination and control share.

use super::{Action, Axes, Coupling};

/// The bounds of one axis. Infinity where there is no bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisLimits {
    /// Lowest position `[rad or m]`.
    pub lower: f64,
    /// Highest position `[rad or m]`.
    pub upper: f64,
    /// Largest speed `[rad/s or m/s]`; finite.
    pub velocity: f64,
    /// Largest acceleration, speeding up [rad/s^2 or m/s^2].
    pub acceleration: f64,
    /// Largest deceleration, slowing down [rad/s^2 or m/s^2].
    pub deceleration: f64,
    /// Largest jerk [rad/s^3 or m/s^3].
    pub jerk: f64,
}

/// The bounds of all axes of velocity commands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    axes: Vec<AxisLimits>,
    couplings: Vec<Coupling>,
}

/// What the projection remembers from one command to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LimiterState {
    /// Position estimate: measured, plus the commands sent since `[rad or m]`.
    pub position: Axes,
    /// The last command `[rad/s or m/s]`.
    pub command: Action,
    /// The last command's change a second [rad/s^2 or m/s^2].
    pub acceleration: Axes,
}

impl LimiterState {
    /// `command` is sent on the axis `index`, after `before`, for `dt` [s].
    #[inline]
    pub(super) fn take(&mut self, index: usize, before: f64, command: f64, dt: f64) {
        self.command[index] = command;
        self.acceleration[index] = if dt > 0.0 {
            finite((command - before) / dt)
        } else {
            0.0
        };
        self.position[index] += command * dt;
    }

    /// At rest at `position`.
    pub fn at_rest(position: Axes) -> Self {
        let zeros = Axes::zeros(position.len());
        Self {
            position,
            command: zeros,
            acceleration: zeros,
        }
    }
}

impl Limits {
    /// Bounds in the order of the action axes.
    pub fn new(axes: Vec<AxisLimits>) -> Self {
        Self {
            axes,
            couplings: Vec::new(),
        }
    }

    /// The same bounds, and those of weighted sums of the axes.
    pub fn coupled(mut self, couplings: Vec<Coupling>) -> Self {
        self.couplings = couplings;
        self
    }

    /// The bounds of weighted sums of the axes; none where every axis moves by itself.
    pub fn couplings(&self) -> &[Coupling] {
        &self.couplings
    }

    /// One entry an axis.
    pub fn axes(&self) -> &[AxisLimits] {
        &self.axes
    }

    /// The tighter of these bounds and `other`'s, axis by axis; the couplings of both.
    pub fn tightened(&self, other: &Limits) -> Self {
        let pairs = self.axes.iter().zip(&other.axes);
        let axes = pairs.map(|(a, b)| AxisLimits {
            lower: a.lower.max(b.lower),
            upper: a.upper.min(b.upper),
            velocity: a.velocity.min(b.velocity),
            acceleration: a.acceleration.min(b.acceleration),
            deceleration: a.deceleration.min(b.deceleration),
            jerk: a.jerk.min(b.jerk),
        });
        let couplings = self.couplings.iter().chain(&other.couplings);
        Self {
            axes: axes.collect(),
            couplings: couplings.cloned().collect(),
        }
    }

    /// The same bounds with speed and speeding up scaled; a factor counts as 1 above 1 and if it is no number.
    pub fn scaled(&self, velocity: f64, acceleration: f64) -> Self {
        let (velocity, acceleration) = (velocity.clamp(0.0, 1.0), acceleration.clamp(0.0, 1.0));
        let scale = |axis: &AxisLimits| AxisLimits {
            velocity: axis.velocity * velocity,
            acceleration: axis.acceleration * acceleration,
            ..*axis
        };
        let couplings = self.couplings.iter().map(|coupling| Coupling {
            limits: scale(&coupling.limits),
            ..coupling.clone()
        });
        Self {
            axes: self.axes.iter().map(scale).collect(),
            couplings: couplings.collect(),
        }
    }

    /// The same bounds with the position range narrowed by `margin` on both sides.
    pub fn with_position_margin(&self, margin: f64) -> Self {
        let axes = self.axes.iter().map(|axis| {
            let margin = margin.clamp(0.0, (0.5 * (axis.upper - axis.lower)).max(0.0));
            AxisLimits {
                lower: axis.lower + margin,
                upper: axis.upper - margin,
                ..*axis
            }
        });
        Self {
            axes: axes.collect(),
            couplings: self.couplings.clone(),
        }
    }

    /// The velocity command nearest to `wanted` that respects every bound for the next `dt` seconds, and the
    /// state after it.
    ///
    /// Priority: position > velocity > acceleration > jerk. For any input the output is finite; not-a-number
    /// counts as zero, and a position that is not finite lets nothing move. What starts inside the position range stays inside: the speed towards a bound is
    /// limited to what can still be braked before it, v = sqrt(2 d room) - d dt / 2, which bounds the
    /// discrete braking sequence v, v - d dt, ... What starts outside never moves further out.
    pub fn project(&self, state: &mut LimiterState, wanted: &Action, dt: f64) -> Action {
        self.advance(state, wanted, dt);
        state.command
    }

    /// As [`project`](Self::project), for loops that read the command where it is.
    pub fn advance(&self, state: &mut LimiterState, wanted: &Action, dt: f64) {
        let dt = if dt > 0.0 && dt.is_finite() { dt } else { 0.0 };
        let LimiterState {
            position,
            command,
            acceleration,
        } = state;
        for axes in [position, command, acceleration] {
            if axes.len() != self.axes.len() {
                let old = *axes;
                let kept = |index| old.get(index).copied().unwrap_or(0.0);
                *axes = Axes::from_fn(self.axes.len(), kept);
            }
        }
        if !self.couplings.is_empty() {
            return self.advance_together(state, wanted, dt);
        }
        for (index, axis) in self.axes.iter().enumerate() {
            let before = AxisState {
                position: state.position[index],
                command: finite(state.command[index]),
                acceleration: finite(state.acceleration[index]),
            };
            let command = axis.project(before, wanted.get(index).copied().unwrap_or(0.0), dt);
            state.take(index, before.command, command, dt);
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct AxisState {
    pub(super) position: f64,
    pub(super) command: f64,
    pub(super) acceleration: f64,
}

impl AxisLimits {
    fn project(&self, state: AxisState, wanted: f64, dt: f64) -> f64 {
        let wanted = self.slowed(wanted);
        let command = within(wanted, self.reachable_by_jerk(state, dt));
        let command = within(command, self.reachable_by_acceleration(state.command, dt));
        let command = command.clamp(-self.velocity, self.velocity);
        within(command, self.reachable_by_position(state, dt))
    }

    /// `wanted` within the speed; not-a-number counts as standing still.
    pub(super) fn slowed(&self, wanted: f64) -> f64 {
        if wanted.is_nan() {
            0.0
        } else {
            wanted.clamp(-self.velocity, self.velocity)
        }
    }

    pub(super) fn reachable_by_jerk(&self, state: AxisState, dt: f64) -> (f64, f64) {
        if self.jerk.is_infinite() {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let change = self.jerk * dt;
        (
            state.command + (state.acceleration - change) * dt,
            state.command + (state.acceleration + change) * dt,
        )
    }

    /// Speeding up is bounded by `acceleration`, slowing down by `deceleration`, and a command that changes
    /// its sign by the one, then the other.
    pub(super) fn reachable_by_acceleration(&self, command: f64, dt: f64) -> (f64, f64) {
        let fastest = |speed: f64| speed + self.acceleration * dt;
        let slowest = |speed: f64| {
            let slowed = speed - self.deceleration * dt;
            if slowed >= 0.0 {
                return slowed;
            }
            let left = if self.deceleration.is_infinite() {
                dt
            } else {
                dt - speed / self.deceleration
            };
            if left > 0.0 {
                -self.acceleration * left
            } else {
                0.0
            }
        };
        if command >= 0.0 {
            (slowest(command), fastest(command))
        } else {
            (-fastest(-command), -slowest(-command))
        }
    }

    pub(super) fn reachable_by_position(&self, state: AxisState, dt: f64) -> (f64, f64) {
        if !state.position.is_finite() {
            return (0.0, 0.0);
        }
        let stopping = if self.jerk.is_infinite() {
            0.0
        } else {
            state.command.abs() * self.deceleration / (2.0 * self.jerk)
        };
        let speed = |room: f64| {
            if room <= 0.0 {
                return 0.0;
            }
            let once = if dt > 0.0 { room / dt } else { f64::INFINITY };
            if self.deceleration.is_infinite() {
                return once;
            }
            let braked = (2.0 * self.deceleration * (room - stopping).max(0.0)).sqrt()
                - 0.5 * self.deceleration * dt;
            braked.clamp(0.0, once)
        };
        (
            -speed(state.position - self.lower),
            speed(self.upper - state.position),
        )
    }
}

/// By plain comparisons, which are one step of a processor: `f64::max` is four, because of NaN.
pub(super) fn within(value: f64, (low, high): (f64, f64)) -> f64 {
    let value = if value < low { low } else { value };
    let high = if high < low { low } else { high };
    if value > high { high } else { value }
}

pub(super) fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}
