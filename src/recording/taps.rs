//! Where a recorder listens: at a session's ports, as an observer, and wherever else something comes in.

use std::sync::Arc;

use super::passed::Passed;
use super::recorder::Shared;
use super::{KEPT, Recorder};
use crate::control::Command;
use crate::robot::Action;
use crate::runtime::{CommandSink, Event, Observer, PortError, SensorSource};
use crate::sensing::Message;
use crate::time::Stamp;

impl Recorder {
    /// `source`, and what comes out of it recorded at its arrival if it is `wanted`.
    pub fn source(
        &self,
        source: Box<dyn SensorSource>,
        wanted: fn(&Message) -> bool,
    ) -> Box<dyn SensorSource> {
        Box::new(Tap {
            port: source,
            passed: wanted,
            shared: self.shared.clone(),
        })
    }

    /// `sink`, and everything that goes into it recorded at its sending.
    pub fn sink(&self, sink: Box<dyn CommandSink>) -> Box<dyn CommandSink> {
        self.tap(sink, Passed::Command)
    }

    /// `sink` of a session in the shadow: what goes into it is recorded as what the robot was not sent.
    pub fn shadow_sink(&self, sink: Box<dyn CommandSink>) -> Box<dyn CommandSink> {
        self.tap(sink, Passed::ShadowCommand)
    }

    fn tap(
        &self,
        sink: Box<dyn CommandSink>,
        passed: fn(Stamp, Action) -> Passed,
    ) -> Box<dyn CommandSink> {
        Box::new(Tap {
            port: sink,
            passed,
            shared: self.shared.clone(),
        })
    }

    /// Records what the line thinks: plans, goals, transitions, comparisons.
    pub fn observer(&self) -> Box<dyn Observer> {
        Box::new(self.ear())
    }

    /// For what passes no port.
    pub fn ear(&self) -> Ear {
        Ear(self.shared.clone())
    }
}

/// Takes what passes no port of a session; never blocks. Times and stamps are the session's.
#[derive(Clone)]
pub struct Ear(Arc<Shared>);

impl Ear {
    /// A message, in CDR, of the topic [`KEPT`]`[index]`; of any other nothing is kept.
    pub fn kept(&self, index: usize, time: Stamp, bytes: Vec<u8>) {
        if let Some(kept) = KEPT.get(index) {
            self.0.push(Passed::Kept(time, kept, bytes));
        }
    }

    /// A JPEG or PNG that was captured at `stamp`; `format` is what it says of itself.
    pub fn compressed(&self, time: Stamp, stamp: Stamp, format: String, data: Vec<u8>) {
        self.0.push(Passed::Compressed([time, stamp], format, data));
    }

    /// The frame that pictures are in from now on.
    pub fn camera_frame(&self, time: Stamp, frame: &str) {
        self.0.rename(time, |frames| [(&mut frames.camera, frame)]);
    }

    /// The frames that odometry is in, and of, from now on.
    pub fn odometry_frames(&self, time: Stamp, [frame, child]: [&str; 2]) {
        self.0.rename(time, |frames| {
            [(&mut frames.odometry, frame), (&mut frames.body, child)]
        });
    }

    /// A command that somebody else sent to the robot.
    pub fn command(&self, time: Stamp, action: Action) {
        self.0.push(Passed::Command(time, action));
    }
}

impl Observer for Ear {
    fn interest(&self) -> fn(&Event) -> bool {
        |event| {
            matches!(
                event,
                Event::Plan(_) | Event::Goal(_) | Event::Transition(_) | Event::Comparison(_)
            )
        }
    }

    fn observe(&mut self, event: &Event) {
        if let Some(thought) = Passed::thought(event) {
            self.0.push(thought);
        }
    }
}

/// A port that is listened to, and what is made of what passes it.
struct Tap<P, F> {
    port: P,
    passed: F,
    shared: Arc<Shared>,
}

impl SensorSource for Tap<Box<dyn SensorSource>, fn(&Message) -> bool> {
    fn poll(&mut self, now: Stamp, messages: &mut Vec<Message>) -> Result<(), PortError> {
        let known = messages.len();
        let polled = self.port.poll(now, messages);
        let arrived = messages.iter().skip(known);
        for message in arrived.filter(|message| (self.passed)(message)) {
            self.shared.push(Passed::Sensor(now, message.clone()));
        }
        polled
    }

    fn wait(&mut self, longest: std::time::Duration) {
        self.port.wait(longest);
    }
}

impl CommandSink for Tap<Box<dyn CommandSink>, fn(Stamp, Action) -> Passed> {
    fn send(&mut self, command: &Command) -> Result<(), PortError> {
        self.port.send(command)?;
        self.shared
            .push((self.passed)(command.stamp, command.action));
        Ok(())
    }
}
