//! States and goals as a timeline, and every change with its cause as text.

use rerun::components::MarkerShape;
use rerun::{
    Color, EntityPath, EntityPathPart, Scalars, SeriesPoints, StateChange, StateConfiguration,
    TextDocument, TextLog, TextLogLevel,
};

use super::canvas::Canvas;
use super::colour;
use super::scene::Scene;
use crate::control::{Command, State, Transition};
use crate::runtime::{GoalEvent, GoalPhase};
use crate::sensing::Goal;
use crate::time::{Span, Stamp};

/// The entity that the timeline lies under.
pub(super) const TIMELINE: &str = "session";
/// The entity that the states' lanes lie under: the timeline's view of Rerun 0.36 doesn't move with the cursor.
pub(super) const LANES: &str = "lanes";
/// The entity that the text lies under.
pub(super) const EVENTS: &str = "events";

/// Time between two marks on a lane: in a plot of seconds they make a band.
const LANE_STEP: Span = Span::from_millis(50);
/// Size of a mark `[ui points]`.
const LANE_MARK: f32 = 4.0;

/// A state's colour: grey where nothing is sent, calm where all is well, warm where it is not.
pub(super) const STATES: [(State, [u8; 3]); 7] = [
    (State::Unconfigured, [70, 70, 76]),
    (State::Inactive, [110, 110, 118]),
    (State::Holding, [50, 110, 170]),
    (State::Tracking, [20, 140, 110]),
    (State::Braking, [214, 140, 20]),
    (State::Stopped, [190, 80, 40]),
    (State::Fault, [190, 30, 60]),
];

/// Draws what the session did.
pub(super) struct Log {
    state: EntityPath,
    goal: EntityPath,
    events: EntityPath,
    accepted: Option<(u64, Stamp)>,
    lanes: Vec<(State, EntityPath)>,
    marked: Option<(State, Stamp)>,
}

impl Log {
    /// Colours the states and writes down what is looked at.
    pub fn new(canvas: &mut Canvas, scene: &Scene) -> Self {
        let log = Self {
            state: EntityPath::from(TIMELINE) / "state",
            goal: EntityPath::from(TIMELINE) / "goal",
            events: EntityPath::from(EVENTS),
            accepted: None,
            lanes: Vec::new(),
            marked: None,
        };
        let colours = STATES.map(|(_, [r, g, b])| Color::from_rgb(r, g, b));
        canvas.fix(
            &log.state,
            &StateConfiguration::new()
                .with_values(STATES.map(|(state, _)| state.to_string()))
                .with_colors(colours),
        );
        canvas.fix(
            &EntityPath::from("about"),
            &TextDocument::from_markdown(about(scene)),
        );
        log
    }

    /// Draws a change of state.
    pub fn draw_transition(&mut self, canvas: &mut Canvas, transition: &Transition) {
        canvas.draw(&self.state, &StateChange::single(transition.to.to_string()));
        let level = match transition.to {
            State::Braking | State::Stopped => TextLogLevel::WARN,
            State::Fault => TextLogLevel::ERROR,
            _ => TextLogLevel::INFO,
        };
        let text = format!(
            "{} → {}: {}",
            transition.from, transition.to, transition.cause
        );
        self.write(canvas, text, level);
    }

    /// Marks the state that a command was made in, on its lane.
    pub fn draw_state(&mut self, canvas: &mut Canvas, command: &Command) {
        let (state, stamp) = (command.state, command.stamp);
        let due = self
            .marked
            .is_none_or(|(last, at)| last != state || stamp < at || stamp - at >= LANE_STEP);
        let place = STATES.iter().position(|known| known.0 == state);
        if let (true, Some(place)) = (due, place) {
            self.marked = Some((state, stamp));
            let lane = self.lane(canvas, place);
            canvas.draw(&lane, &Scalars::single(place as f64));
        }
    }

    /// The lane of a state, named and coloured when it is entered first.
    fn lane(&mut self, canvas: &mut Canvas, place: usize) -> EntityPath {
        let (state, colour) = STATES[place];
        if let Some((_, lane)) = self.lanes.iter().find(|lane| lane.0 == state) {
            return lane.clone();
        }
        let name = state.to_string();
        let lane = EntityPath::from(LANES) / EntityPathPart::new(name.as_str());
        let style = SeriesPoints::new()
            .with_colors([colour])
            .with_names([name])
            .with_markers([MarkerShape::Square])
            .with_marker_sizes([LANE_MARK]);
        canvas.fix(&lane, &style);
        self.lanes.push((state, lane.clone()));
        lane
    }

    /// Draws the beginning or the end of a goal.
    pub fn draw_goal(&mut self, canvas: &mut Canvas, event: &GoalEvent) {
        let number = event.sequence;
        let after = self
            .accepted
            .filter(|accepted| accepted.0 == number)
            .map_or_else(String::new, |accepted| {
                format!(" after {:.2} s", (event.stamp - accepted.1).secs())
            });
        let (what, level) = match event.phase {
            GoalPhase::Accepted => (describe(&event.goal), TextLogLevel::INFO),
            GoalPhase::Reached => (format!("reached{after}"), TextLogLevel::INFO),
            GoalPhase::TimedOut => (format!("timed out{after}"), TextLogLevel::WARN),
            GoalPhase::Cancelled => (format!("cancelled{after}"), TextLogLevel::INFO),
            GoalPhase::Stopped => (format!("given up{after}: stopped"), TextLogLevel::WARN),
        };
        if event.phase == GoalPhase::Accepted {
            self.accepted = Some((number, event.stamp));
            canvas.draw(&self.goal, &StateChange::single(format!("goal {number}")));
        } else if self.accepted.is_some_and(|accepted| accepted.0 == number) {
            self.accepted = None;
            canvas.draw(&self.goal, &StateChange::single(""));
        }
        self.write(canvas, format!("goal {number}: {what}"), level);
    }

    fn write(&self, canvas: &mut Canvas, text: String, level: &'static str) {
        let [r, g, b] = match level {
            TextLogLevel::ERROR => colour::LIMIT,
            TextLogLevel::WARN => colour::WANTED,
            _ => colour::CHOSEN,
        };
        let line = TextLog::new(text)
            .with_level(level)
            .with_color(Color::from_rgb(r, g, b));
        canvas.draw(&self.events, &line);
    }
}

fn describe(goal: &Goal) -> String {
    match goal {
        Goal::Image(image) => format!("look like a picture of {} x {}", image.width, image.height),
        Goal::Joints(joints) => format!("stand at joints {joints:.2?}"),
        Goal::Point([x, y, z]) => format!("bring the tip to ({x:.3}, {y:.3}, {z:.3}) m"),
        Goal::Latent(latent) => format!("reach a latent of {} numbers", latent.len()),
    }
}

fn about(scene: &Scene) -> String {
    let robot = &scene.robot;
    let axes = robot.space.names.iter().zip(&robot.space.units);
    let axes: Vec<String> = axes
        .map(|(name, unit)| format!("{name} [{unit}]"))
        .collect();
    let model = scene.model.as_ref().map_or_else(String::new, |model| {
        format!(
            "\n- model **{}** {} ({}), {}, a step of {:.0} ms",
            model.name,
            model.version,
            model.family,
            model.arithmetic,
            model.period.millis()
        )
    });
    let trail = if scene.drives() {
        "green trail: where the robot was, by odometry and what the probe read out of the pictures"
    } else {
        "green trail: where the tip was measured"
    };
    format!(
        "### Forerun {}\n\n- robot **{}**: {}{model}\n- imagined paths: bright is cheap, dark is dear, white \
         is the chosen one, a dot a model step\n- {trail}; pink: where the goal wants it",
        env!("CARGO_PKG_VERSION"),
        robot.name,
        axes.join(", "),
    )
}
