//! Shortest ways through a room, and goals that have one around something.

use forerun::embedded::{ROVER_RADIUS, Rig, Room, RoverParameters, Ways, rover};
use forerun::robot::RobotModel;
use forerun::runtime::Task;
use forerun::sensing::Goal;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the room: places on a way are free, a spacing apart, and lead from the one end to the other.
    #[test]
    fn places_lie_on_a_way(layout in 0u64..1000, x in -1.9f64..1.9, y in -1.9f64..1.9, spacing in 0.2f64..1.0) {
        let room = Room::drawn(layout);
        let from = [x, y];
        prop_assume!(room.clearance(from, ROVER_RADIUS) > 0.05);
        let ways = Ways::from(&room, from, ROVER_RADIUS);
        for to in [[-1.7, -1.7], [1.7, -1.7], [-1.7, 1.7], [1.7, 1.7]] {
            let Some(way) = ways.to(to) else { continue };
            let places = ways.places(to, spacing).expect("there is a way");
            let mut before = from;
            for place in &places {
                prop_assert!(room.clearance(*place, ROVER_RADIUS) > 0.0);
                let straight = (place[0] - before[0]).hypot(place[1] - before[1]);
                prop_assert!(straight < spacing + 0.2, "{straight} m");
                before = *place;
            }
            let expected = way / spacing;
            prop_assert!(places.len() as f64 <= expected && places.len() as f64 > 0.6 * expected - 2.0,
                "{} places on {way} m", places.len());
            prop_assert!((to[0] - before[0]).hypot(to[1] - before[1]) < spacing + 0.2);
        }
    }
}

#[test]
fn no_way_leads_into_a_wall() {
    let room = Room::drawn(1);
    let ways = Ways::from(&room, [1.5, 1.5], ROVER_RADIUS);
    let wall = room.blocks()[4].centre;
    assert!(ways.to(wall).is_none() && ways.places(wall, 0.5).is_none());
    assert!(ways.to([9.0, 0.0]).is_none());
}

#[test]
fn goals_with_a_detour_have_one_and_subgoals_lead_around() {
    let robot = RobotModel::from_urdf(include_str!("../../../urdf/rover.urdf")).expect("a URDF");
    let parameters = RoverParameters {
        detour: 1.5,
        rig: Rig {
            image: [16, 16],
            ..RoverParameters::default().rig
        },
        ..RoverParameters::default()
    };
    let room = Room::drawn(parameters.layout);
    let (_source, _sink, mut task) = rover(&robot, parameters, 0).expect("a rover");
    for seed in 0..20 {
        task.reset(seed).expect("an episode");
        let (from, to) = (task.state().position, task.goal());
        let straight = (from[0] - to[0]).hypot(from[1] - to[1]);
        let ways = Ways::from(&room, [from[0], from[1]], ROVER_RADIUS);
        let way = ways.to([to[0], to[1]]).expect("a way");
        assert!(
            way >= 1.5 * straight && straight >= 1.0,
            "{way} m, {straight} m"
        );
        let subgoals = task.subgoals();
        assert!(
            subgoals.len() >= 2,
            "{} subgoals on {way} m",
            subgoals.len()
        );
        assert!(subgoals.iter().all(|goal| matches!(goal, Goal::Image(_))));
        assert_eq!(subgoals, task.subgoals());
    }
}
