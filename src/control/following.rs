//! Whether a robot follows the positions that it is sent.
//!
//! Of the way that is commanded, what the robot does not go adds up, an axis, and is forgotten while it is commanded on.
//! A robot whose position is never farther from what it was sent than [`ControlConfig::lag`] says can't get beyond twice
//! as much, however it is driven; one that goes less than half of its way must.

use super::ControlConfig;
use crate::robot::{Action, Axes, Limits};
use crate::time::{Span, Stamp};

/// Time in which a robot does not fall farther behind that ends what was before.
const PAUSE: Span = Span::from_millis(250);

/// A robot that does not follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behind {
    /// The axis.
    pub axis: usize,
    /// It is behind by more than this `[rad or m]`.
    pub way: f64,
    /// For how long it has been falling farther behind.
    pub lasting: Span,
}

/// Watches one robot.
pub(super) struct Following {
    /// How far it may be behind `[rad or m]`.
    reach: Axes,
    /// How far it is, at most `reach`.
    behind: Axes,
    measured: Option<Axes>,
    /// The axis that fell farther behind, since when, and when last.
    falling: Option<(usize, Stamp, Stamp)>,
}

impl Following {
    pub(super) fn new(limits: &Limits, config: &ControlConfig) -> Self {
        let lag = config.lag(limits);
        Self {
            reach: Axes::from_fn(lag.len(), |axis| 2.0 * lag[axis]),
            behind: Axes::zeros(lag.len()),
            measured: None,
            falling: None,
        }
    }

    /// What was before says nothing any more.
    pub(super) fn forget(&mut self) {
        self.behind = Axes::zeros(self.reach.len());
        self.measured = None;
        self.falling = None;
    }

    /// Until `now` `command` was in force for `held`, and the robot is `measured` there; `None` while it follows.
    pub(super) fn watch(
        &mut self,
        now: Stamp,
        (command, held): (&Action, Span),
        measured: &Axes,
    ) -> Option<Behind> {
        let axes = self.reach.len();
        if measured.len() != axes || command.len() != axes {
            self.forget();
            return None;
        }
        let before = self.measured.replace(*measured)?;
        for axis in 0..axes {
            let (told, reach) = (command[axis] * held.secs(), self.reach[axis]);
            let forgotten = told.abs() / (2.0 * reach).max(f64::MIN_POSITIVE);
            let kept = self.behind[axis] * (1.0 - forgotten).max(0.0);
            let behind = kept + told - (measured[axis] - before[axis]);
            self.behind[axis] = behind.clamp(-reach, reach);
            // Who is pushed while nothing is commanded is not behind.
            if behind.abs() > reach && behind * told > 0.0 {
                let known = self.falling.filter(|known| now - known.2 <= PAUSE);
                let since = known.map_or(now, |known| known.1);
                self.falling = Some((axis, since, now));
            }
        }
        let falling = self.falling.filter(|falling| now - falling.2 <= PAUSE);
        falling.map(|(axis, since, last)| Behind {
            axis,
            way: self.reach[axis],
            lasting: last - since,
        })
    }
}
