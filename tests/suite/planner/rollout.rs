//! The rollout against the model called by hand.

use forerun::belief::Belief;
use forerun::planner::{Candidates, Imagination, ImaginationConfig, Target};
use forerun::robot::{
    Action, AxisLimits, CommandLog, Interpolation, Knot, LimiterState, Limits, Trajectory,
};
use forerun::time::{Span, Stamp};
use forerun::world_model::{ModelError, Rollout, WorldModel};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::arm::{TICK, limits, model};

type Outcome<'a> = Result<&'a Rollout, ModelError>;

/// The field that was refused.
fn field(result: Outcome<'_>) -> Option<String> {
    result.err().map(|why| why.field)
}

fn belief(command: [f64; 2], in_flight: Vec<Action>) -> Belief {
    Belief {
        stamp: Stamp::from_nanos(7),
        latents: vec![0.2, -0.3, 0.1, 0.0],
        limiter: LimiterState {
            command: Action::from_slice(&command).expect("two"),
            ..LimiterState::at_rest(Action::zeros(2))
        },
        in_flight,
        ..Belief::default()
    }
}

/// Imagination of `model`, aimed at the latent of zeros.
fn aimed(model: &impl WorldModel) -> Imagination {
    let mut imagination =
        Imagination::new(model, &limits(), &ImaginationConfig::default()).expect("fits");
    imagination
        .aim(&Target::Latent(vec![0.0; 4]))
        .expect("fits");
    imagination
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    /// The commands that imagination gives back, put through the log that makes all other action rows and then
    /// through the model one by one, give the imagined latents.
    #[test]
    fn imagined_is_what_the_commands_would_do(
        knots in proptest::collection::vec(-2.0f64..2.0, 9 * 6),
        command in [-2.0f64..2.0, -2.0f64..2.0],
        late in 0usize..9,
    ) {
        let model = model();
        let mut imagination = aimed(&model);
        let flying = vec![Action::from_slice(&command).expect("two"); late];
        let belief = belief(command, flying);
        let candidates = Candidates { knots, width: 6 };
        let rollout = imagination.imagine(&belief, &candidates, true).expect("works").clone();
        let mut dynamics = model.dynamics().expect("dynamics");
        for candidate in 0..candidates.len() {
            let mut log = CommandLog::new(2, 256);
            let start = Stamp::ZERO + TICK * late as i64;
            for (index, action) in belief.in_flight.iter().enumerate() {
                log.push(Stamp::ZERO + TICK * index as i64, *action);
            }
            for (index, action) in imagination.track(candidate).enumerate() {
                log.push(start + TICK * index as i64, action);
            }
            let mut latent = belief.latents.clone();
            for step in 0..rollout.horizon {
                let mut row = [0.0; 4];
                let from = Stamp::ZERO + Span::from_millis(100) * step as i64;
                log.action_row(from, from + Span::from_millis(100), 2, &mut row);
                for (a, b) in row.iter().zip(rollout.action(step, candidate)) {
                    prop_assert!((a - b).abs() < 1e-5, "row {row:?}");
                }
                let mut next = [0.0; 4];
                dynamics.step(1, &latent, &row, &mut next).expect("steps");
                latent = next.to_vec();
                for (a, b) in latent.iter().zip(rollout.latent(step + 1, candidate)) {
                    prop_assert!((a - b).abs() < 1e-4);
                }
                let norm = latent[..2].iter().map(|q| (q / 0.2).powi(2)).sum::<f32>().sqrt();
                let distance = rollout.distance_at(step + 1)[candidate];
                prop_assert!((norm - distance).abs() < 1e-3);
            }
        }
    }

    /// A candidate's commands, given as somebody's, lead where the candidate led, however many are followed; what was
    /// sent before the plan's start counts as the belief has it.
    #[test]
    fn commands_that_are_followed_lead_where_a_candidates_do(
        knots in proptest::collection::vec(-2.0f64..2.0, 11 * 6),
        command in [-2.0f64..2.0, -2.0f64..2.0],
        late in 0usize..9,
    ) {
        let model = model();
        let mut imagination = aimed(&model);
        let belief = belief(command, vec![Action::from_slice(&command).expect("two"); late]);
        let candidates = Candidates { knots, width: 6 };
        let imagined = imagination.imagine(&belief, &candidates, true).expect("works").clone();
        let courses: Vec<CommandLog> = (0..candidates.len()).map(|candidate| {
            let mut log = CommandLog::new(2, 256);
            log.push(belief.stamp - TICK, Action::from_slice(&[9.0, 9.0]).expect("two"));
            for (index, action) in imagination.track(candidate).enumerate() {
                log.push(belief.stamp + TICK * index as i64, action);
            }
            log
        }).collect();
        let courses: Vec<&CommandLog> = courses.iter().collect();
        let followed = imagination.follow(&belief, &courses, true).expect("works");
        prop_assert_eq!(followed.candidates, imagined.candidates);
        let near = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
        prop_assert!(near(&followed.actions, &imagined.actions));
        prop_assert!(near(&followed.latents, &imagined.latents));
        prop_assert!(near(&followed.distance, &imagined.distance));
        prop_assert!(near(&followed.positions, &imagined.positions));
        prop_assert!(near(&followed.quantities, &imagined.quantities));
        prop_assert_eq!(&followed.previous, &imagined.previous);
    }
}

#[test]
fn more_than_128_candidates_are_projected_on_the_action_grid() {
    let model = model();
    let mut imagination =
        Imagination::new(&model, &limits(), &ImaginationConfig::default()).expect("fits");
    imagination
        .aim(&Target::Latent(vec![0.0; 4]))
        .expect("fits");
    let candidates = Candidates {
        knots: vec![1.0; 129 * 6],
        width: 6,
    };
    let belief = belief([0.0; 2], Vec::new());
    let rollout = imagination.imagine(&belief, &candidates, false);
    assert_eq!(rollout.expect("works").candidates, 129);
    assert_eq!(imagination.track(128).len(), 8);
    assert_eq!(imagination.tick(), Span::from_millis(50));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let model = model();
    let config = ImaginationConfig::default();
    let mut imagination = Imagination::new(&model, &limits(), &config).expect("fits");
    let candidates = Candidates {
        knots: vec![0.0; 6],
        width: 6,
    };
    let good = belief([0.0; 2], Vec::new());
    let unaimed = field(imagination.imagine(&good, &candidates, false));
    assert_eq!(unaimed.as_deref(), Some("target"));
    imagination
        .aim(&Target::Latent(vec![0.0; 4]))
        .expect("fits");
    assert_eq!(field(imagination.imagine(&good, &candidates, false)), None);
    let empty = field(imagination.imagine(&Belief::default(), &candidates, false));
    assert_eq!(empty.as_deref(), Some("belief latents"));
    let narrow = Candidates {
        width: 5,
        ..candidates
    };
    assert_eq!(
        field(imagination.imagine(&good, &narrow, false)).as_deref(),
        Some("knots")
    );
}

/// Knots read between each other exactly as a trajectory of the same interpolation does.
#[test]
fn knots_read_as_a_trajectory_does() {
    let model = model();
    let tight = limits();
    let loose = tight.axes().iter().map(|axis| AxisLimits {
        lower: f64::NEG_INFINITY,
        upper: f64::INFINITY,
        acceleration: f64::INFINITY,
        deceleration: f64::INFINITY,
        ..*axis
    });
    let loose = Limits::new(loose.collect());
    let knots = [0.3, -0.2, 0.9, 0.4, -0.5, 0.1, 0.2, 0.6];
    for interpolation in [
        Interpolation::Hold,
        Interpolation::Linear,
        Interpolation::Cubic,
    ] {
        let config = ImaginationConfig {
            interpolation,
            knots: 4,
            horizon: 6,
            ..ImaginationConfig::default()
        };
        let mut imagination = Imagination::new(&model, &loose, &config).expect("fits");
        imagination
            .aim(&Target::Latent(vec![0.0; 4]))
            .expect("fits");
        let candidates = Candidates {
            knots: knots.to_vec(),
            width: 8,
        };
        let belief = belief([0.0; 2], Vec::new());
        imagination
            .imagine(&belief, &candidates, false)
            .expect("works");
        let stamped = knots.chunks(2).enumerate().map(|(index, knot)| Knot {
            stamp: Stamp::ZERO + Span::from_millis(200) * index as i64,
            action: Action::from_slice(knot).expect("two"),
        });
        let trajectory = Trajectory::new(stamped.collect(), interpolation).expect("ordered");
        assert_eq!(imagination.track(0).len(), 120);
        for (index, action) in imagination.track(0).enumerate() {
            let expected = trajectory.sample(Stamp::ZERO + TICK * index as i64);
            let expected = expected.expect("inside");
            let differ = action.iter().zip(expected.iter());
            let most = differ.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
            assert!(
                most < 1e-9,
                "{interpolation:?}, tick {index}: off by {most}"
            );
        }
    }
}
