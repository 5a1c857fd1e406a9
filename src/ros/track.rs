//! Where a moving frame was over the last ten seconds.

use std::collections::VecDeque;

use nalgebra::Isometry3;

use crate::time::{Span, Stamp};

/// How long samples are kept, before the newest: tf2's default.
pub(super) const HISTORY: Span = Span::from_millis(10_000);
/// Of samples closer together only the newest is kept; what lies between is interpolated.
const SPACING: Span = Span::from_millis(10);

/// Poses in the order of stamps, thinned: some 2,000 at most.
#[derive(Debug, Default)]
pub(super) struct Track(VecDeque<Sample>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    stamp: Stamp,
    pose: Isometry3<f64>,
}

/// Where a stamp lies that is not between two samples.
pub(super) enum Outside {
    /// There are none.
    Nowhere,
    /// Later than the newest, by this.
    After(Span),
    /// Earlier than the oldest, by this.
    Before(Span),
}

impl Track {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The oldest stamp and the newest.
    pub(super) fn reach(&self) -> Option<(Stamp, Stamp)> {
        let (oldest, newest) = (self.0.front()?, self.0.back()?);
        Some((oldest.stamp, newest.stamp))
    }

    /// Takes a pose in, unless there is one close by already.
    pub(super) fn insert(&mut self, stamp: Stamp, pose: Isometry3<f64>) {
        let samples = &mut self.0;
        let new = Sample { stamp, pose };
        let index = samples.partition_point(|sample| sample.stamp < stamp);
        let stamp_of = |index: Option<usize>| index.and_then(|at| samples.get(at)).map(|s| s.stamp);
        let near = |index| stamp_of(index).is_some_and(|other| (other - stamp).abs() < SPACING);
        let is_newest = index == samples.len();
        if stamp_of(Some(index)) == Some(stamp) {
            samples[index] = new;
        } else if is_newest && near(index.checked_sub(2)) {
            samples[index - 1] = new;
        } else if is_newest || !(near(Some(index)) || near(index.checked_sub(1))) {
            samples.insert(index, new);
        }
        while self
            .reach()
            .is_some_and(|(oldest, newest)| newest - oldest > HISTORY)
        {
            self.0.pop_front();
        }
    }

    /// Drops the oldest of several.
    pub(super) fn shorten(&mut self) {
        if self.0.len() > 1 {
            self.0.pop_front();
        }
    }

    /// The pose at a stamp, interpolated; never beyond the samples.
    pub(super) fn at(&self, stamp: Stamp) -> Result<Isometry3<f64>, Outside> {
        let (oldest, newest) = self.reach().ok_or(Outside::Nowhere)?;
        let index = self.0.partition_point(|sample| sample.stamp < stamp);
        let Some(after) = self.0.get(index) else {
            return Err(Outside::After(stamp - newest));
        };
        if after.stamp == stamp {
            return Ok(after.pose);
        }
        let before = index.checked_sub(1).and_then(|index| self.0.get(index));
        let before = before.ok_or(Outside::Before(oldest - stamp))?;
        let part = (stamp - before.stamp).secs() / (after.stamp - before.stamp).secs();
        let between = before.pose.try_lerp_slerp(&after.pose, part, 1e-12);
        // The shorter way round is at most a half turn: `None` does not occur.
        Ok(between.unwrap_or(before.pose))
    }
}
