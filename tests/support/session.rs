//! A session's events without a session: an arm that servoes from goal to goal, with what a planner would
//! say about it, at the rates of a real one.

use std::sync::Arc;

use forerun::control::{Cause, Command, Source, State, Transition};
use forerun::planner::{Evidence, Plan, Proposal, TermCost};
use forerun::robot::{Action, Axes, RobotModel, RobotState};
use forerun::runtime::{Event, GoalEvent, GoalPhase};
use forerun::sensing::{Goal, RawImage};
use forerun::time::{Span, Stamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A model step [s].
pub const PERIOD: f64 = 0.1;
const TICK: f64 = 0.005;
const HORIZON: usize = 8;
const CANDIDATES: usize = 32;

/// All events of `seconds` of reaching for goals, in order.
pub fn events(robot: &RobotModel, seconds: f64, seed: u64) -> Vec<Event> {
    let mut arm = Arm {
        robot,
        random: ChaCha8Rng::seed_from_u64(seed),
        position: [0.3, 0.6],
        velocity: [0.0, 0.0],
        goal: [0.3, 0.6],
        goals: 0,
        plans: 0,
    };
    let mut events = vec![
        arm.transition(0, State::Unconfigured, State::Inactive, Cause::Requested),
        arm.transition(0, State::Inactive, State::Holding, Cause::Requested),
    ];
    for tick in 0..(seconds / TICK) as i64 {
        let stamp = Stamp::from_nanos(tick * 5_000_000);
        if tick % 300 == 20 {
            arm.set_goal(stamp, &mut events);
        }
        if tick % 300 == 280 {
            events.push(arm.goal_event(stamp, GoalPhase::Reached));
            events.push(arm.transition(tick, State::Tracking, State::Holding, Cause::Reached));
        }
        let tracks = (20..280).contains(&(tick % 300));
        arm.step(stamp, tracks, &mut events);
        if tick % 2 == 0 {
            events.push(Event::State(RobotState {
                stamp,
                position: axes(arm.position),
                velocity: axes(arm.velocity),
            }));
        }
        if tick % 7 == 0 {
            events.push(Event::Frame(arm.photograph(stamp, arm.position)));
            let distance = arm.distance();
            events.push(Event::Belief {
                stamp,
                distance: tracks.then_some(distance),
                surprise: Some(0.2 + 0.2 * arm.random.random::<f64>()),
            });
            if tracks {
                events.push(Event::Plan(Arc::new(arm.plan(stamp))));
            }
        }
    }
    events
}

struct Arm<'a> {
    robot: &'a RobotModel,
    random: ChaCha8Rng,
    position: [f64; 2],
    velocity: [f64; 2],
    goal: [f64; 2],
    goals: u64,
    plans: u64,
}

impl Arm<'_> {
    fn set_goal(&mut self, stamp: Stamp, events: &mut Vec<Event>) {
        self.goal = [
            self.random.random_range(-1.8..1.8),
            self.random.random_range(-1.8..1.8),
        ];
        self.goals += 1;
        events.push(self.goal_event(stamp, GoalPhase::Accepted));
        let tick = stamp.nanos() / 5_000_000;
        events.push(self.transition(tick, State::Holding, State::Tracking, Cause::Goal));
    }

    fn goal_event(&self, stamp: Stamp, phase: GoalPhase) -> Event {
        Event::Goal(GoalEvent {
            stamp,
            sequence: self.goals,
            goal: Arc::new(Goal::Image(self.photograph(stamp, self.goal))),
            phase,
        })
    }

    fn transition(&self, tick: i64, from: State, to: State, cause: Cause) -> Event {
        let stamp = Stamp::from_nanos(tick * 5_000_000);
        Event::Transition(Transition {
            stamp,
            from,
            to,
            cause,
        })
    }

    fn wanted(&self) -> [f64; 2] {
        [0, 1].map(|axis| 6.0 * (self.goal[axis] - self.position[axis]))
    }

    fn step(&mut self, stamp: Stamp, tracks: bool, events: &mut Vec<Event>) {
        let wanted = if tracks { self.wanted() } else { [0.0; 2] };
        let sent = wanted.map(|value| value.clamp(-2.0, 2.0));
        for (axis, sent) in sent.iter().enumerate() {
            self.velocity[axis] += (sent - self.velocity[axis]) * TICK / 0.06;
            self.position[axis] += self.velocity[axis] * TICK;
        }
        events.push(Event::Command(Command {
            stamp,
            action: axes(sent),
            wanted: axes(wanted),
            source: if tracks { Source::Plan } else { Source::Hold },
            state: if tracks {
                State::Tracking
            } else {
                State::Holding
            },
            limited: sent != wanted,
        }));
    }

    fn distance(&self) -> f64 {
        let gap = [0, 1].map(|axis| (self.goal[axis] - self.position[axis]).abs() / (2.0 * PERIOD));
        gap[0].max(gap[1])
    }

    fn plan(&mut self, stamp: Stamp) -> Plan {
        self.plans += 1;
        let mut paths: Vec<(f32, Vec<[f32; 3]>)> = (0..CANDIDATES)
            .map(|index| {
                let spread = if index == 0 { 0.0 } else { 1.2 };
                let offset = [0, 1].map(|_| spread * self.random.random_range(-1.0..1.0));
                let path = self.imagine(offset);
                (path.1 as f32, path.0)
            })
            .collect();
        paths[1..].sort_by(|a, b| a.0.total_cmp(&b.0));
        let term = |name, chosen, standing_still| TermCost {
            name,
            chosen,
            standing_still,
        };
        let distance = self.distance();
        Plan {
            sequence: self.plans,
            made: stamp,
            start: stamp,
            evidence: Evidence {
                cost: 0.7 * distance + 0.4,
                standing_still: 2.0 * distance,
                terms: vec![
                    term("metric", 0.7 * distance, 2.0 * distance),
                    term("effort", 0.3, 0.0),
                    term("rate", 0.1, 0.0),
                ],
                proposal: Proposal::Random,
                distance,
                spread: (1.2 * distance, 0.3 * distance),
                model_steps: CANDIDATES * HORIZON,
                iterations: 4,
                paths,
                encode: Span::from_secs(0.0004 + 0.0001 * self.random.random::<f64>()),
                belief: Span::from_secs(0.0003),
                search: Span::from_secs(0.003 + 0.002 * self.random.random::<f64>()),
                ..Evidence::default()
            },
            ..Plan::default()
        }
    }

    /// A rollout of the servo towards the goal with an `offset` on its velocity: tip path, cost.
    fn imagine(&self, offset: [f64; 2]) -> (Vec<[f32; 3]>, f64) {
        let (mut position, mut velocity) = (self.position, self.velocity);
        let mut path = vec![self.tip(position)];
        for _ in 0..HORIZON {
            for _ in 0..20 {
                for axis in 0..2 {
                    let wanted = 6.0 * (self.goal[axis] - position[axis]) + offset[axis];
                    velocity[axis] += (wanted.clamp(-2.0, 2.0) - velocity[axis]) * TICK / 0.06;
                    position[axis] += velocity[axis] * TICK;
                }
            }
            path.push(self.tip(position));
        }
        let miss = [0, 1].map(|axis| (self.goal[axis] - position[axis]).abs());
        (path, miss[0] + miss[1])
    }

    /// A planar probe's tip: no height.
    fn tip(&self, position: [f64; 2]) -> [f32; 3] {
        let tip = self.robot.tip(&position);
        [tip.x as f32, tip.y as f32, 0.0]
    }

    /// A view from above, half a metre to every side.
    fn photograph(&self, stamp: Stamp, position: [f64; 2]) -> RawImage {
        const SIZE: usize = 64;
        let mut pixels = vec![205; SIZE * SIZE * 3];
        let point = |link: &str| {
            self.robot
                .link_pose(link, &position)
                .map(|pose| pose.translation.vector)
        };
        let elbow = point("forearm").expect("forearm");
        let tip = point("tip").expect("tip");
        let mut line = |from: [f64; 2], to: [f64; 2], radius: f64, colour: [u8; 3]| {
            for (index, pixel) in pixels.chunks_exact_mut(3).enumerate() {
                let x = (index % SIZE) as f64 / SIZE as f64 - 0.5;
                let y = 0.5 - (index / SIZE) as f64 / SIZE as f64;
                let along = [to[0] - from[0], to[1] - from[1]];
                let length = (along[0].powi(2) + along[1].powi(2)).max(1e-12);
                let ratio = ((x - from[0]) * along[0] + (y - from[1]) * along[1]) / length;
                let ratio = ratio.clamp(0.0, 1.0);
                let miss = [
                    x - from[0] - ratio * along[0],
                    y - from[1] - ratio * along[1],
                ];
                if miss[0].hypot(miss[1]) < radius {
                    pixel.copy_from_slice(&colour);
                }
            }
        };
        let (elbow, tip) = ([elbow.x, elbow.y], [tip.x, tip.y]);
        line([0.0, 0.0], elbow, 0.035, [30, 60, 190]);
        line(elbow, tip, 0.026, [240, 115, 15]);
        line(tip, tip, 0.04, [15, 165, 40]);
        RawImage {
            stamp,
            width: SIZE as u32,
            height: SIZE as u32,
            step: (SIZE * 3) as u32,
            encoding: "rgb8".to_owned(),
            data: pixels.into(),
        }
    }
}

fn axes(values: [f64; 2]) -> Action {
    Axes::from_slice(&values).expect("two axes")
}
