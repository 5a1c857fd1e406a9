//! A two-joint arm for the tests of belief, cost and planner: its limits, its model, and the truth.

use std::collections::VecDeque;

use forerun::robot::{Action, Axes, AxisLimits, Limits, RobotState};
use forerun::sensing::Observation;
use forerun::time::{Span, Stamp};
use forerun::world_model::{AnalyticModel, AnalyticParameters};

pub const LAG: f64 = 0.06;
pub const TICK: Span = Span::from_millis(5);

/// Two joints, 2 rad/s, 20 rad/s^2.
pub fn limits() -> Limits {
    let axis = |bound: f64| AxisLimits {
        lower: -bound,
        upper: bound,
        velocity: 2.0,
        acceleration: 20.0,
        deceleration: 20.0,
        jerk: f64::INFINITY,
    };
    Limits::new(vec![axis(2.6), axis(2.4)])
}

/// The exact model of [`Plant`] without dead time.
pub fn model() -> AnalyticModel {
    let mut parameters = AnalyticParameters::new(&["shoulder", "elbow"], &[2.0, 2.0], LAG);
    parameters.kinematics = Some(std::sync::Arc::new(|q: &[f64]| {
        let (a, b) = (q[0], q[0] + q[1]);
        [
            0.25 * a.cos() + 0.20 * b.cos(),
            0.25 * a.sin() + 0.20 * b.sin(),
            0.0,
        ]
    }));
    AnalyticModel::new(parameters).expect("valid parameters")
}

/// The truth: first-order lag after a dead time, integrated exactly from tick to tick.
pub struct Plant {
    pub now: Stamp,
    pub q: [f64; 2],
    pub dq: [f64; 2],
    dead: Span,
    sent: VecDeque<(Stamp, Action)>,
    acting: Action,
}

impl Plant {
    /// At rest at `q`; `dead`: a whole number of milliseconds.
    pub fn new(q: [f64; 2], dead: Span) -> Self {
        Self {
            now: Stamp::ZERO,
            q,
            dq: [0.0; 2],
            dead,
            sent: VecDeque::new(),
            acting: Action::zeros(2),
        }
    }

    pub fn send(&mut self, action: Action) {
        self.sent.push_back((self.now, action));
    }

    /// Integrates up to `until` in steps of a millisecond.
    pub fn advance(&mut self, until: Stamp) {
        while self.now < until {
            while let Some((stamp, action)) = self.sent.front().copied()
                && stamp + self.dead <= self.now
            {
                self.acting = action;
                self.sent.pop_front();
            }
            let step = Span::from_millis(1).min(until - self.now);
            let kept = (-step.secs() / LAG).exp();
            for axis in 0..2 {
                let u = self.acting[axis];
                self.q[axis] += u * step.secs() + (self.dq[axis] - u) * LAG * (1.0 - kept);
                self.dq[axis] = u + (self.dq[axis] - u) * kept;
            }
            self.now += step;
        }
    }

    pub fn state(&self) -> RobotState {
        RobotState {
            stamp: self.now,
            position: Axes::from_slice(&self.q).expect("two joints"),
            velocity: Axes::from_slice(&self.dq).expect("two joints"),
        }
    }

    pub fn observation(&self) -> Observation {
        Observation {
            stamp: self.now,
            image: Vec::new(),
            velocity: self.state().velocity,
            state: self.state(),
        }
    }
}
