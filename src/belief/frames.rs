//! The ring of encoded frames.

use std::collections::VecDeque;

use super::context::Context;
use crate::time::{Span, Stamp};
use crate::world_model::ModelSpec;

/// One encoded frame with the history that led to it.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub stamp: Stamp,
    pub context: Context,
    pub surprise: Option<f64>,
}

/// Encoded frames by stamp, oldest first; memory of dropped ones is used again.
pub(super) struct Frames {
    ring: VecDeque<Frame>,
    spare: Vec<Frame>,
    blank: Frame,
}

/// The most frames kept, whatever the camera's rate.
const CAPACITY: usize = 512;

impl Frames {
    pub fn new(spec: &ModelSpec) -> Self {
        Self {
            ring: VecDeque::new(),
            spare: Vec::new(),
            blank: Frame {
                stamp: Stamp::ZERO,
                context: Context::new(spec),
                surprise: None,
            },
        }
    }

    pub fn newest(&self) -> Option<&Frame> {
        self.ring.back()
    }

    /// The frame nearest to `stamp`, if it is within `tolerance`.
    pub fn near(&self, stamp: Stamp, tolerance: Span) -> Option<&Frame> {
        let after = self.ring.partition_point(|frame| frame.stamp < stamp);
        let candidates = [after.checked_sub(1), Some(after)];
        candidates
            .into_iter()
            .flatten()
            .filter_map(|index| self.ring.get(index))
            .min_by_key(|frame| (frame.stamp - stamp).abs())
            .filter(|frame| (frame.stamp - stamp).abs() <= tolerance)
    }

    /// A frame to write into.
    pub fn take(&mut self) -> Frame {
        self.spare.pop().unwrap_or_else(|| self.blank.clone())
    }

    /// Gives back a frame that was not needed.
    pub fn give_back(&mut self, frame: Frame) {
        self.spare.push(frame);
    }

    /// Appends the newest frame and drops those from before `oldest`.
    pub fn push(&mut self, frame: Frame, oldest: Stamp) {
        self.ring.push_back(frame);
        while self.ring.len() > CAPACITY
            || self.ring.front().is_some_and(|frame| frame.stamp < oldest)
        {
            let Some(frame) = self.ring.pop_front() else {
                break;
            };
            self.spare.push(frame);
        }
    }

    pub fn clear(&mut self) {
        self.spare.extend(self.ring.drain(..));
    }
}
