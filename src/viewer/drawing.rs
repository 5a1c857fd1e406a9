//! One event in, the drawings it changes out.

use super::blueprint;
use super::canvas::Canvas;
use super::disk::Failure;
use super::imagination::Imagination;
use super::incumbent::Incumbent;
use super::joints::Joints;
use super::obstacles;
use super::picture::Pictures;
use super::plan::Decisions;
use super::robot::Robot;
use super::scene::Scene;
use super::session::Log;
use crate::control::State;
use crate::runtime::Event;

/// Everything that is drawn, on one canvas. What is drawn at an event belongs to the event's own stamp: a
/// frame to its capture, a plan to the moment at which it was made, a comparison to its plan's start.
pub(super) struct Drawing {
    canvas: Canvas,
    robot: Robot,
    imagination: Imagination,
    joints: Joints,
    pictures: Pictures,
    decisions: Decisions,
    incumbent: Incumbent,
    log: Log,
}

impl Drawing {
    /// Draws what never changes and lays out the views.
    pub fn new(mut canvas: Canvas, scene: Scene) -> Self {
        blueprint::arrange(&mut canvas, &scene);
        obstacles::draw(&mut canvas, &scene);
        Self {
            imagination: Imagination::new(&mut canvas, &scene),
            joints: Joints::new(&mut canvas, &scene.robot.space),
            pictures: Pictures::new(),
            decisions: Decisions::new(&mut canvas, &scene),
            incumbent: Incumbent::new(&scene.robot.space.names),
            log: Log::new(&mut canvas, &scene),
            robot: Robot::new(&mut canvas, scene),
            canvas,
        }
    }

    /// Draws what `event` changes.
    pub fn draw(&mut self, event: &Event) {
        let canvas = &mut self.canvas;
        match event {
            Event::Frame(frame) => {
                canvas.at(frame.stamp);
                self.pictures.draw_camera(canvas, frame);
                self.robot.look(frame);
            }
            Event::State(state) => {
                canvas.at(state.stamp);
                self.robot.draw(canvas, state);
                self.joints.draw_state(canvas, state);
            }
            Event::Belief {
                stamp,
                distance,
                surprise,
            } => {
                canvas.at(*stamp);
                self.decisions.draw_belief(canvas, *distance, *surprise);
            }
            Event::Plan(plan) => {
                canvas.at(plan.made);
                self.imagination
                    .draw(canvas, &plan.evidence.paths, self.robot.tip()[2]);
                self.decisions.draw_plan(canvas, plan);
            }
            Event::Comparison(comparison) => {
                canvas.at(comparison.start);
                self.incumbent.draw(canvas, comparison);
            }
            Event::Command(command) => {
                canvas.at(command.stamp);
                self.joints.draw_command(canvas, command);
                self.log.draw_state(canvas, command);
            }
            Event::Transition(transition) => {
                canvas.at(transition.stamp);
                self.log.draw_transition(canvas, transition);
                if transition.to != State::Tracking {
                    self.imagination.clear(canvas);
                }
            }
            Event::Goal(goal) => {
                canvas.at(goal.stamp);
                self.log.draw_goal(canvas, goal);
                self.pictures.draw_goal(canvas, goal);
                self.robot.draw_goal(canvas, goal);
            }
        }
    }

    /// See [`Canvas::failure`].
    pub fn failure(&self) -> &Failure {
        self.canvas.failure()
    }

    /// See [`Canvas::close_file`].
    pub fn close_file(self) -> Result<(), String> {
        self.canvas.close_file()
    }

    /// See [`Canvas::abandon`].
    pub fn abandon(self) -> Result<(), String> {
        self.canvas.abandon()
    }
}
