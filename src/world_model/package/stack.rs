//! Pictures of the last moments, stacked for an encoder that sees motion in them.

use std::collections::VecDeque;

use crate::time::{Span, Stamp};

/// Keeps the pictures of the last K - 1 model periods and stacks K of them, one period apart, oldest first. A
/// picture that is missing (at the start, or dropped) is stood in for by the next newer one.
pub(super) struct Stack {
    frames: usize,
    period: Span,
    seen: VecDeque<(Stamp, Vec<f32>)>,
    stacked: Vec<f32>,
}

impl Stack {
    /// Stacks `frames` pictures, K >= 1, `period` apart.
    pub fn new(frames: usize, period: Span) -> Self {
        Self {
            frames,
            period,
            seen: VecDeque::new(),
            stacked: Vec::new(),
        }
    }

    pub fn clear(&mut self) {
        self.seen.clear();
    }

    /// The stack `[3K, H, W]` that ends with `picture` `[3, H, W]`, taken at `stamp`.
    pub fn append<'a>(&'a mut self, stamp: Stamp, picture: &'a [f32]) -> &'a [f32] {
        if self.frames == 1 {
            return picture;
        }
        if self.seen.back().is_some_and(|newest| newest.0 >= stamp) {
            self.clear();
        }
        let oldest = stamp - self.period * (self.frames as i64 - 1) - self.period / 4;
        let mut kept = Vec::new();
        while self.seen.front().is_some_and(|frame| frame.0 < oldest) {
            kept = self.seen.pop_front().map_or(kept, |frame| frame.1);
        }
        kept.clear();
        kept.extend_from_slice(picture);
        self.seen.push_back((stamp, kept));

        self.stacked.resize(self.frames * picture.len(), 0.0);
        let mut newer = picture;
        let places = self.stacked.chunks_exact_mut(picture.len().max(1)).rev();
        for (age, place) in (0i64..).zip(places) {
            let wanted = stamp - self.period * age;
            let near = |frame: &&(Stamp, Vec<f32>)| {
                (frame.0 - wanted).nanos().abs() <= (self.period / 4).nanos()
            };
            let distance = |frame: &&(Stamp, Vec<f32>)| (frame.0 - wanted).nanos().abs();
            let found = self.seen.iter().filter(near).min_by_key(distance);
            newer = found.map_or(newer, |frame| frame.1.as_slice());
            place.copy_from_slice(newer);
        }
        &self.stacked
    }

    /// The stack of one picture repeated: nothing moves.
    pub fn repeat<'a>(&'a mut self, picture: &'a [f32]) -> &'a [f32] {
        if self.frames == 1 {
            return picture;
        }
        self.stacked.clear();
        for _ in 0..self.frames {
            self.stacked.extend_from_slice(picture);
        }
        &self.stacked
    }
}
