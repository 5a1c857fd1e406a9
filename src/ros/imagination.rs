//! What was imagined, for RViz: `~/candidate_trajectories` and `~/plan`.

use std::sync::Arc;

use r2r::geometry_msgs::msg::{Point, PoseStamped, Quaternion};
use r2r::nav_msgs::msg::Path;
use r2r::std_msgs::msg::{ColorRGBA, Header};
use r2r::visualization_msgs::msg::{Marker, MarkerArray};
use r2r::{Publisher, QosProfile};

use super::spin::Caller;
use super::{RosError, StampMapper, convert};
use crate::control::State;
use crate::planner::Plan;
use crate::robot::ActionKind;
use crate::runtime::{Event, Observer};
use crate::time::{Clock, Span, Stamp};

/// Between two pictures of what is imagined: people don't see more.
const REST: Span = Span::from_millis(100);
/// Costs are coloured up to this quantile; what is dearer looks the same.
const DEAREST: f32 = 0.9;
// `visualization_msgs/msg/Marker`.
const LINE_STRIP: i32 = 4;
const DELETE_ALL: i32 = 3;

/// Where the tip or the body goes.
type Points = Vec<[f32; 3]>;

/// Publishes imagined futures while somebody subscribes them.
#[derive(Clone)]
pub struct Imagination {
    candidates: Publisher<MarkerArray>,
    plan: Publisher<Path>,
    clock: Arc<dyn Clock>,
    frame: String,
    /// Of a line `[m]`.
    width: f64,
    /// Between two points of a path.
    period: Span,
    shown: Option<Stamp>,
}

impl Imagination {
    /// Advertises both topics. Points lie in `frame`; lines are as wide as suits a robot of such actions.
    pub(super) fn advertise(
        spinner: &Caller,
        clock: Arc<dyn Clock>,
        (frame, kind): (String, ActionKind),
    ) -> Result<Self, RosError> {
        let width = match kind {
            ActionKind::BodyTwist => 0.01,
            ActionKind::JointVelocity | ActionKind::JointPosition => 0.002,
        };
        let (candidates, plan) = spinner
            .call(|node, _| {
                let qos = || QosProfile::default().keep_last(1);
                let candidates = node.create_publisher("~/candidate_trajectories", qos())?;
                Ok((candidates, node.create_publisher("~/plan", qos())?))
            })?
            .map_err(|why: r2r::Error| RosError::during("~/plan can't be published", why))?;
        Ok(Self {
            candidates,
            plan,
            clock,
            frame,
            width,
            period: Span::ZERO,
            shown: None,
        })
    }

    /// The same for paths of a model with this period.
    pub fn every(self, period: Span) -> Self {
        Self { period, ..self }
    }

    fn show(&mut self, plan: &Plan) {
        let now = self.clock.now();
        let paths = &plan.evidence.paths;
        let Some((chosen, _)) = paths.split_first() else {
            return;
        };
        if self.shown.is_some_and(|last| now - last < REST) {
            return;
        }
        self.shown = Some(now);
        let steps = chosen.1.len().saturating_sub(1) as i64;
        let start = plan.trajectory.end().unwrap_or(now) - self.period * steps;
        if heard(&self.plan) {
            let path = self.path(&chosen.1, start);
            said(self.plan.publish(&path));
        }
        if heard(&self.candidates) {
            let markers = self.markers(paths, start);
            said(self.candidates.publish(&markers));
        }
    }

    /// The chosen one, each pose when it is due, facing along the path.
    fn path(&self, points: &Points, start: Stamp) -> Path {
        let poses = points.iter().enumerate().map(|(step, at)| {
            let next = points.get(step + 1).unwrap_or(at);
            let from = if next == at && step > 0 {
                &points[step - 1]
            } else {
                at
            };
            let yaw = f64::from(next[1] - from[1]).atan2(f64::from(next[0] - from[0]));
            let mut pose = PoseStamped {
                header: self.header(start + self.period * step as i64),
                ..PoseStamped::default()
            };
            pose.pose.position = point(at);
            let (sin, cos) = (yaw / 2.0).sin_cos();
            pose.pose.orientation = Quaternion {
                x: 0.0,
                y: 0.0,
                z: sin,
                w: cos,
            };
            pose
        });
        Path {
            header: self.header(start),
            poses: poses.collect(),
        }
    }

    /// A line a candidate, bright where cheap; the chosen one is white and the first.
    fn markers(&self, paths: &[(f32, Points)], start: Stamp) -> MarkerArray {
        let costs = paths
            .iter()
            .map(|path| path.0)
            .filter(|cost| cost.is_finite());
        let mut costs: Vec<f32> = costs.collect();
        costs.sort_by(f32::total_cmp);
        let cheapest = costs.first().copied().unwrap_or_default();
        let dearest = costs.get((costs.len() as f32 * DEAREST) as usize).copied();
        let range = (dearest.unwrap_or(cheapest) - cheapest).max(f32::MIN_POSITIVE);
        let lines = paths.iter().enumerate().map(|(index, (cost, points))| {
            let dim = ((cost - cheapest) / range).clamp(0.0, 1.0);
            let colour = match index {
                0 => [1.0, 1.0, 1.0],
                _ if dim.is_nan() => [0.1, 0.1, 0.1],
                _ => [0.2, 0.15 + 0.85 * (1.0 - dim), 0.25 + 0.35 * dim],
            };
            let width = self.width * if index == 0 { 2.0 } else { 1.0 };
            self.line(index as i32, points, (colour, width), start)
        });
        let clear = Marker {
            header: self.header(start),
            action: DELETE_ALL,
            ..Marker::default()
        };
        MarkerArray {
            markers: std::iter::once(clear).chain(lines).collect(),
        }
    }

    fn line(
        &self,
        id: i32,
        points: &Points,
        ([r, g, b], width): ([f32; 3], f64),
        start: Stamp,
    ) -> Marker {
        let ns = if id == 0 { "plan" } else { "candidates" };
        let mut line = Marker {
            header: self.header(start),
            ns: ns.to_owned(),
            id,
            type_: LINE_STRIP,
            color: ColorRGBA { r, g, b, a: 1.0 },
            points: points.iter().map(point).collect(),
            ..Marker::default()
        };
        line.pose.orientation.w = 1.0;
        line.scale.x = width;
        line
    }

    fn header(&self, stamp: Stamp) -> Header {
        Header {
            stamp: convert::time(stamp, StampMapper::wall_offset(self.clock.as_ref())),
            frame_id: self.frame.clone(),
        }
    }

    /// Nobody plans any more: takes the lines away.
    fn clear(&mut self) {
        if self.shown.take().is_some() && heard(&self.candidates) {
            let markers = self.markers(&[], self.clock.now());
            said(self.candidates.publish(&markers));
        }
    }
}

impl Observer for Imagination {
    fn interest(&self) -> fn(&Event) -> bool {
        |event| matches!(event, Event::Plan(_) | Event::Transition(_))
    }

    fn observe(&mut self, event: &Event) {
        match event {
            Event::Plan(plan) => self.show(plan),
            Event::Transition(transition) if transition.from == State::Tracking => self.clear(),
            _ => {}
        }
    }

    fn wants_paths(&self) -> bool {
        heard(&self.plan) || heard(&self.candidates)
    }
}

fn heard<T: r2r::WrappedTypesupport + 'static>(publisher: &Publisher<T>) -> bool {
    publisher
        .get_inter_process_subscription_count()
        .is_ok_and(|count| count > 0)
}

fn said(sent: Result<(), r2r::Error>) {
    if let Err(why) = sent {
        tracing::debug!("what is imagined can't be published: {why}");
    }
}

fn point([x, y, z]: &[f32; 3]) -> Point {
    let [x, y, z] = [*x, *y, *z].map(f64::from);
    Point { x, y, z }
}
