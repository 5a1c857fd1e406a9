//! The commands that were really sent, and the one function that makes action rows of them.

use std::collections::VecDeque;

use super::{Action, Trajectory};
use crate::time::{Span, Stamp};

/// A bounded history of sent commands. A command holds from its stamp until the next one (zero-order hold);
/// before the first it is zero.
///
/// Belief, planner and collection all make their action rows here, and the golden log of a package proves
/// that the recipe's Python makes the same ones (`docs/package.md`).
#[derive(Clone, Debug)]
pub struct CommandLog {
    axes: usize,
    capacity: usize,
    entries: VecDeque<(Stamp, Action)>,
}

impl CommandLog {
    /// An empty log for `axes` axes that keeps the newest `capacity` commands.
    pub fn new(axes: usize, capacity: usize) -> Self {
        Self {
            axes,
            capacity: capacity.max(1),
            entries: VecDeque::with_capacity(capacity.max(1)),
        }
    }

    /// Records a command. Allocates nothing. One not newer than the last replaces it.
    pub fn push(&mut self, stamp: Stamp, action: Action) {
        if let Some(last) = self.entries.back_mut()
            && last.0 >= stamp
        {
            last.1 = action;
            return;
        }
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back((stamp, action));
    }

    /// Appends what a committed trajectory will send: its samples each `tick` in `after`..`until`, after the
    /// commands that are there already; past its end it stands still.
    pub fn extend_with(&mut self, trajectory: &Trajectory, tick: Span, after: Stamp, until: Stamp) {
        let mut stamp = after;
        while stamp < until {
            self.push(
                stamp,
                trajectory.sample(stamp).unwrap_or(Action::zeros(self.axes)),
            );
            stamp += tick;
        }
    }

    /// The newest command, if there is one.
    pub fn last(&self) -> Option<(Stamp, Action)> {
        self.entries.back().copied()
    }

    /// The oldest stamp still known.
    pub fn first_stamp(&self) -> Option<Stamp> {
        self.entries.front().map(|entry| entry.0)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The commands in order of time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &(Stamp, Action)> {
        self.entries.iter()
    }

    /// The action row of [`start`, `end`): `block` (A) means of the sent command, each the exact integral
    /// over one of A equal parts divided by its length. `row` `[A*U]`, time-major, SI units.
    pub fn action_row(&self, start: Stamp, end: Stamp, block: usize, row: &mut [f32]) {
        let length = (end - start).nanos() as f64 / block as f64;
        for part in 0..block {
            let from = start.nanos() as f64 + length * part as f64;
            let mean = self.mean(from, from + length);
            for axis in 0..self.axes {
                row[part * self.axes + axis] = mean[axis] as f32;
            }
        }
    }

    /// The integral of the sent commands over [`from`, `to`): what velocity commands have moved, in command
    /// units times seconds. Zero for an empty interval.
    pub fn integral(&self, from: Stamp, to: Stamp) -> Action {
        let mut sum = self.mean(from.nanos() as f64, to.nanos() as f64);
        let length = (to - from).secs().max(0.0);
        for value in sum.iter_mut() {
            *value *= length;
        }
        sum
    }

    /// Becomes a copy of what `other` knows from `since` on (the command in force then included), keeping
    /// this one's memory.
    pub fn copy_since(&mut self, other: &CommandLog, since: Stamp) {
        self.entries.clear();
        let after = other.entries.partition_point(|entry| entry.0 <= since);
        let first = after.saturating_sub(1);
        let surplus = (other.entries.len() - first).saturating_sub(self.capacity);
        self.entries
            .extend(other.entries.range(first + surplus..).copied());
    }

    /// The mean command over [`from`, `to`) in nanoseconds.
    fn mean(&self, from: f64, to: f64) -> Action {
        let mut sum = Action::zeros(self.axes);
        if to <= from {
            return sum;
        }
        let mut index = self
            .entries
            .partition_point(|entry| entry.0.nanos() as f64 <= from);
        let mut held_since = from;
        loop {
            let until = self
                .entries
                .get(index)
                .map_or(to, |entry| f64::min(entry.0.nanos() as f64, to));
            if index > 0 {
                let action = &self.entries[index - 1].1;
                for axis in 0..self.axes {
                    sum[axis] += action[axis] * (until - held_since);
                }
            }
            if until >= to {
                break;
            }
            held_since = until;
            index += 1;
        }
        for value in sum.iter_mut() {
            *value /= to - from;
        }
        sum
    }
}
