//! Robots by name, and the ids of where they are.

use forerun::embedded::{Embodiment, Kind, RoverParameters};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_layout_is_read_as_it_is_written(layout in any::<u64>(), boxes in prop_oneof![Just(0u64), any::<u64>()]) {
        let rover = Embodiment::Rover(RoverParameters { layout, boxes, ..RoverParameters::default() });
        prop_assert_eq!(Kind::Rover.in_layout(&rover.layout()), Some(rover));
    }

    #[test]
    fn what_is_read_is_what_would_be_written(text in "(rover-room-|arm-v)?[0-9+ -]{0,4}(-boxes-)?[0-9]{0,3}") {
        for kind in Kind::ALL {
            if let Some(made) = kind.in_layout(&text) {
                prop_assert_eq!(made.layout(), text.as_str());
            }
        }
    }
}

#[test]
fn other_places_are_nobodys() {
    for text in [
        "",
        "bench-v1",
        "rover-room-",
        "rover-room-01",
        "rover-room-+1",
        "rover-room-1-boxes-0",
        "rover-room-1-boxes-",
        "rover-room-99999999999999999999",
    ] {
        assert_eq!(Kind::Rover.in_layout(text), None, "{text}");
    }
    assert_eq!(Kind::Rover.in_layout("arm-v1"), None);
    assert_eq!(Kind::Arm.in_layout("rover-room-1"), None);
    assert_eq!(Kind::Arm.in_layout("arm-v1"), Some(Kind::Arm.embodiment()));
}

#[test]
fn a_rover_fits_inside_its_room_only() {
    let rover = Kind::Rover.embodiment();
    let blocks = rover.blocks();
    let middle = blocks.last().expect("a box").centre;
    assert!(!rover.is_free(&[middle[0], middle[1], 0.0]));
    for pose in [
        [5.0, 5.0, 0.0],
        [1.9, 1.9, 0.0],
        [0.0, -2.5, 0.0],
        [f64::NAN, 0.0, 0.0],
    ] {
        assert!(!rover.is_free(&pose), "{pose:?}");
    }
    // Against the outer walls in a corner.
    assert!(rover.is_free(&[1.85, 1.85, 0.0]));
}
