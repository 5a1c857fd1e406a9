//! A list of subgoals is handed over one by one, when each is near by the metric.

use std::sync::mpsc::{Sender, channel};

use forerun::cli::{Contender, Lab};
use forerun::embedded::{Embodiment, RoverParameters};
use forerun::evaluation::{fast_episode, fast_episode_by_subgoals};
use forerun::runtime::{Event, GoalPhase, Observer, Task};

struct Goals(Sender<(GoalPhase, f64)>, f64);

impl Observer for Goals {
    fn observe(&mut self, event: &Event) {
        match event {
            Event::Belief { distance, .. } => self.1 = distance.unwrap_or(f64::NAN),
            Event::Goal(goal) => self.0.send((goal.phase, self.1)).expect("heard"),
            _ => {}
        }
    }
}

#[test]
fn each_subgoal_is_handed_over_when_it_is_near() {
    let mut lab = Lab::new("rover").expect("the shipped package loads");
    lab.embodiment = Embodiment::Rover(RoverParameters {
        detour: 1.5,
        ..RoverParameters::default()
    });
    let run = |by_subgoals: bool| {
        let (sender, heard) = channel();
        let observer = Box::new(Goals(sender, f64::NAN));
        let made = lab.fast(Contender::Model, 20_003, vec![observer]);
        let (mut session, mut task) = made.expect("a session");
        let outcome = if by_subgoals {
            fast_episode_by_subgoals(&mut session, &mut task, 20_003)
        } else {
            fast_episode(&mut session, &mut task, 20_003)
        };
        outcome.expect("an episode");
        task.reset(20_003).expect("an episode");
        (heard.try_iter().collect::<Vec<_>>(), task.subgoals().len())
    };
    let accepted = |goals: &[(GoalPhase, f64)]| {
        let phases = goals.iter().map(|goal| goal.0);
        phases.filter(|phase| *phase == GoalPhase::Accepted).count()
    };
    let (direct, _) = run(false);
    assert_eq!(accepted(&direct), 1);
    let (along, subgoals) = run(true);
    assert!(subgoals >= 2);
    assert_eq!(accepted(&along), subgoals + 1, "{along:?}");
    // A goal that another takes the place of is cancelled: near, by the belief of that moment.
    let handed = along.iter().filter(|goal| goal.0 == GoalPhase::Cancelled);
    let distances: Vec<f64> = handed.map(|goal| goal.1).take(subgoals).collect();
    assert!(
        distances.iter().all(|distance| *distance <= 2.5),
        "{distances:?}"
    );
}
