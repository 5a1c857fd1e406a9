//! Points of goal poses, in the frame of the robot's own.

use std::sync::Arc;

use r2r::geometry_msgs::msg::PoseStamped;

use super::spin::Caller;
use super::tf::Listener;
use super::unheard::Ear;
use super::{Desk, Errand, Inbox, RosError, convert};
use crate::time::Clock;

/// Makes errands of a point `[m]`, or of why there is none.
pub(super) type Then = Box<dyn FnOnce(Result<[f64; 3], String>) -> Errand + Send>;

/// Knows where frames lie.
#[derive(Clone)]
pub(super) struct Frames {
    /// In which the robot's points lie.
    own: Arc<str>,
    counter: Arc<dyn Fn(Errand) + Send + Sync>,
    others: Listener,
}

impl Frames {
    /// For points in `own`, on the node `node`. Transforms that are refused are counted in the inbox.
    pub(super) fn start(
        caller: &Caller,
        desk: &Desk,
        (clock, inbox): (&Arc<dyn Clock>, &Arc<Inbox>),
        (node, own): (&str, &str),
    ) -> Result<(Self, Vec<Ear>), RosError> {
        let (others, ears) = Listener::start(caller, desk, (clock, inbox), node)?;
        let frames = Self {
            own: own.into(),
            counter: Arc::new(desk.counter()),
            others,
        };
        Ok((frames, ears))
    }

    /// Hands in the errand that `then` makes of the pose's point, or of why it can't be used: at once, or when the
    /// pose's frame is known.
    pub(super) fn place(
        &self,
        pose: &PoseStamped,
        then: impl FnOnce(Result<[f64; 3], String>) -> Errand + Send + 'static,
    ) {
        let frame = pose.header.frame_id.trim_start_matches('/');
        let point = if frame.is_empty() {
            Err(format!(
                "found a pose without header.frame_id; expected {}",
                self.own
            ))
        } else {
            convert::point(pose)
        };
        let (Ok(position), false) = (&point, *frame == *self.own) else {
            return (self.counter)(then(point));
        };
        let beside = format!("found a pose in frame {frame}; expected {}", self.own);
        let then: Then = Box::new(move |point: Result<_, String>| {
            then(point.map_err(|why| format!("{beside}: {why}")))
        });
        let stamp = &pose.header.stamp;
        self.others
            .place(*position, (frame, stamp), self.own.clone(), then);
    }
}
