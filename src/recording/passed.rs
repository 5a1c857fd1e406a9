//! What passes on the line, and how it gets into a recording.

use std::sync::Arc;

use super::sensors::Frames;
use super::{Kept, RecordingError, Writer};
use crate::control::Transition;
use crate::planner::Plan;
use crate::robot::Action;
use crate::runtime::{Comparison, Event, GoalEvent};
use crate::sensing::{Goal, Message};
use crate::time::Stamp;

/// One thing, and when it passed, in session time.
pub(super) enum Passed {
    Sensor(Stamp, Message),
    /// A JPEG or PNG: arrival and capture, what it says of itself, the file.
    Compressed([Stamp; 2], String, Vec<u8>),
    Kept(Stamp, &'static Kept, Vec<u8>),
    /// What frames are called from now on.
    Frames(Stamp, Frames),
    Command(Stamp, Action),
    ShadowCommand(Stamp, Action),
    Plan(Arc<Plan>),
    Goal(GoalEvent),
    Transition(Transition),
    Comparison(Comparison),
}

impl Passed {
    /// What an observer is told and no port.
    pub fn thought(event: &Event) -> Option<Self> {
        match event {
            Event::Plan(plan) => Some(Self::Plan(plan.clone())),
            Event::Goal(event) => Some(Self::Goal(event.clone())),
            Event::Transition(transition) => Some(Self::Transition(*transition)),
            Event::Comparison(comparison) => Some(Self::Comparison(*comparison)),
            Event::Frame(_) | Event::State(_) | Event::Belief { .. } | Event::Command(_) => None,
        }
    }

    /// Bytes that it keeps beside itself, where there are many.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Sensor(_, Message::Image(image)) => image.data.len(),
            Self::Compressed(_, _, data) | Self::Kept(_, _, data) => data.len(),
            Self::Goal(event) => match event.goal.as_ref() {
                Goal::Image(picture) => picture.data.len(),
                Goal::Joints(_) | Goal::Point(_) | Goal::Latent(_) => 0,
            },
            _ => 0,
        }
    }

    /// When it passed.
    pub fn time(&self) -> Stamp {
        match self {
            Self::Sensor(time, _)
            | Self::Compressed([time, _], ..)
            | Self::Kept(time, ..)
            | Self::Frames(time, _)
            | Self::Command(time, _)
            | Self::ShadowCommand(time, _) => *time,
            Self::Plan(plan) => plan.made,
            Self::Goal(event) => event.stamp,
            Self::Transition(transition) => transition.stamp,
            Self::Comparison(comparison) => comparison.stamp,
        }
    }

    /// What is said once and holds from then on, as if it were said at `time`; `None`: the next of its kind will do.
    pub fn late(self, time: Stamp) -> Option<Self> {
        match self {
            Self::Kept(_, kept, bytes) if kept.latched => Some(Self::Kept(time, kept, bytes)),
            Self::Frames(_, frames) => Some(Self::Frames(time, frames)),
            Self::Goal(event) => Some(Self::Goal(GoalEvent {
                stamp: time,
                ..event
            })),
            Self::Transition(transition) => Some(Self::Transition(Transition {
                stamp: time,
                ..transition
            })),
            _ => None,
        }
    }

    pub fn write(&self, writer: &mut Writer) -> Result<(), RecordingError> {
        match self {
            Self::Sensor(time, message) => writer.sensor(*time, message),
            Self::Compressed([time, stamp], format, data) => {
                writer.compressed((*time, *stamp), format, data)
            }
            Self::Frames(_, frames) => {
                writer.frames.clone_from(frames);
                Ok(())
            }
            Self::Kept(time, kept, bytes) => writer.kept(*time, kept, bytes),
            Self::Command(time, action) => writer.command(*time, action),
            Self::ShadowCommand(time, action) => writer.shadow_command(*time, action),
            Self::Plan(plan) => writer.plan(plan),
            Self::Goal(event) => writer.goal(event),
            Self::Transition(transition) => writer.transition(transition),
            Self::Comparison(comparison) => writer.comparison(comparison),
        }
    }
}
