//! Where frames lie in one another: a tree of rigid transforms over the last ten seconds, by tf2's rules; what comes in.
//!
//! Bounded, whatever comes: in frames, in samples, and in a frame's samples a second.

use std::collections::HashMap;

use nalgebra::Isometry3;

use super::placed::Placed;
use super::track::{HISTORY, Track};
use crate::time::{Span, Stamp};

/// A stamp further ahead of now is not believed; localisation dates ahead by a second.
const AHEAD: Span = Span::from_millis(10_000);
/// Frames that are known, at most.
const FRAMES: usize = 4096;
/// Samples of all frames, at most, and one a frame beyond: 17 MB.
const SAMPLES: usize = 1 << 18;

/// Which frame lies where.
#[derive(Debug, Default)]
pub struct Transforms {
    pub(super) numbers: HashMap<String, usize>,
    pub(super) frames: Vec<Frame>,
    samples: usize,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) name: String,
    /// `None`: a root.
    pub(super) parent: Option<usize>,
    pub(super) poses: Poses,
}

/// A frame in its parent.
#[derive(Debug)]
pub(super) enum Poses {
    Fixed(Isometry3<f64>),
    /// And when the last one came.
    Moving(Track, Stamp),
}

impl Transforms {
    /// Takes one of `/tf_static`. Gives what is odd about it, if anything; an error if it is refused.
    pub fn fix(&mut self, placed: Placed) -> Result<Option<String>, String> {
        let pose = placed.pose()?;
        let (child, odd) = self.admit(&placed, false)?;
        self.forget(child);
        self.frames[child].poses = Poses::Fixed(pose);
        Ok(odd)
    }

    /// Takes one of `/tf`, received at `now` (ROS time). Gives what is odd about it, if anything; an error if it is
    /// refused.
    pub fn place(&mut self, placed: Placed, now: Stamp) -> Result<Option<String>, String> {
        let pose = placed.pose()?;
        let stamp = placed.stamp;
        let early = stamp - now;
        if early > AHEAD {
            return Err(format!(
                "{}: its stamp is {} ahead of now: is a clock set wrong, or simulated on one side only?",
                placed.child,
                seconds(early)
            ));
        }
        let (child, odd) = self.admit(&placed, true)?;
        let newest = match &self.frames[child].poses {
            Poses::Moving(track, _) => track.reach().map_or(stamp, |(_, newest)| newest),
            Poses::Fixed(_) => stamp,
        };
        if newest - now > AHEAD {
            // Time was set back.
            self.forget(child);
        } else if newest - stamp > HISTORY {
            return Err(format!(
                "{}: its stamp is {} older than the newest one: two publishers, or a clock that was set back",
                placed.child,
                seconds(newest - stamp)
            ));
        }
        if let Poses::Moving(track, heard) = &mut self.frames[child].poses {
            let before = track.len();
            track.insert(stamp, pose);
            if self.samples >= SAMPLES {
                track.shorten();
            }
            *heard = now;
            self.samples = self.samples + track.len() - before;
        }
        Ok(odd)
    }

    /// Forgets what moves: time was set.
    pub fn clear(&mut self) {
        for frame in 0..self.frames.len() {
            if matches!(self.frames[frame].poses, Poses::Moving(..)) {
                self.forget(frame);
                self.frames[frame].parent = None;
            }
        }
    }

    /// Frames and samples that are kept.
    pub fn size(&self) -> (usize, usize) {
        (self.frames.len(), self.samples)
    }

    /// A frame, its parent and so on: never in a circle, as [`admit`](Self::admit) sees to.
    pub(super) fn ancestors(&self, frame: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(frame), |frame| self.frames[*frame].parent)
    }

    /// The number of the child, under that parent.
    fn admit(&mut self, placed: &Placed, moves: bool) -> Result<(usize, Option<String>), String> {
        let (parent, child) = (placed.parent, placed.child);
        let known = [parent, child].map(|name| self.numbers.get(name).copied());
        let is_fixed = |frame: usize| matches!(self.frames[frame].poses, Poses::Fixed(_));
        if moves && known[1].is_some_and(is_fixed) {
            return Err(format!("{child} is fixed by /tf_static, and moves on /tf"));
        }
        let new = known.iter().filter(|frame| frame.is_none()).count();
        if self.frames.len() + new > FRAMES {
            return Err(format!(
                "{child} in {parent}: {FRAMES} frames are known already"
            ));
        }
        if let [Some(parent), Some(child)] = known
            && self.frames[child].parent != Some(parent)
            && self.ancestors(parent).any(|frame| frame == child)
        {
            return Err(format!("{} closes a loop", self.named(child, parent)));
        }
        let [parent, child] = [parent, child].map(|name| self.number(name));
        let before = self.frames[child].parent.replace(parent);
        let moved = before.filter(|before| *before != parent);
        let odd = moved.map(|before| {
            self.forget(child);
            let now = self.named(child, parent);
            format!(
                "{now}, was in {}: two publishers?",
                self.frames[before].name
            )
        });
        Ok((child, odd))
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.frames.push(Frame {
            name: name.to_owned(),
            parent: None,
            poses: Poses::Moving(Track::default(), Stamp::ZERO),
        });
        self.numbers.insert(name.to_owned(), self.frames.len() - 1);
        self.frames.len() - 1
    }

    /// Empties a frame of its poses.
    fn forget(&mut self, frame: usize) {
        let none = Poses::Moving(Track::default(), Stamp::ZERO);
        if let Poses::Moving(track, _) = std::mem::replace(&mut self.frames[frame].poses, none) {
            self.samples -= track.len();
        }
    }

    pub(super) fn named(&self, child: usize, parent: usize) -> String {
        format!(
            "{} in {}",
            self.frames[child].name, self.frames[parent].name
        )
    }
}

pub(super) fn seconds(span: Span) -> String {
    format!("{:.3} s", span.secs())
}
