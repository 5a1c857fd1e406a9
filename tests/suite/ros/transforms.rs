//! `src/ros/transforms.rs` and `lookup.rs`: a tree of frames, whatever is published.

use forerun::ros::{Missing, Placed, Transforms};
use forerun::time::{Span, Stamp};
use nalgebra::{Isometry3, Matrix4, Point3, Translation3, UnitQuaternion, Vector3};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn at(seconds: f64) -> Stamp {
    Stamp::from_nanos(1_700_000_000_000_000_000) + Span::from_secs(seconds)
}

const IDENTITY: [f64; 4] = [0.0, 0.0, 0.0, 1.0];

/// `child` in `parent`, ahead by `x`.
fn ahead<'a>(parent: &'a str, child: &'a str, x: f64, seconds: f64) -> Placed<'a> {
    Placed {
        parent,
        child,
        stamp: at(seconds),
        translation: [x, 0.0, 0.0],
        rotation: IDENTITY,
    }
}

fn placed<'a>(parent: &'a str, child: &'a str, pose: &Isometry3<f64>, seconds: f64) -> Placed<'a> {
    let rotation = pose.rotation.coords;
    Placed {
        parent,
        child,
        stamp: at(seconds),
        translation: pose.translation.vector.into(),
        rotation: rotation.into(),
    }
}

/// Where the origin of `source` is in `target`.
fn x(
    known: &Transforms,
    target: &str,
    source: &str,
    stamp: Option<f64>,
    now: f64,
) -> Result<f64, Missing> {
    let pose = known.find(target, source, stamp.map(at), at(now))?;
    Ok(pose.translation.x)
}

fn place(known: &mut Transforms, placed: Placed) {
    let taken = known.place(placed, placed.stamp);
    assert_eq!(taken, Ok(None), "{placed:?}");
}

fn not_yet<T: std::fmt::Debug>(found: Result<T, Missing>, why: &str) {
    match found {
        Err(Missing::NotYet(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}, expected {why}"),
    }
}

fn refused(taken: Result<Option<String>, String>, why: &str) {
    let said = taken.expect_err("what must be refused");
    assert!(said.contains(why), "{said}");
}

#[test]
fn the_newest_common_stamp_counts_without_one_and_nothing_is_extrapolated() {
    let mut known = Transforms::default();
    place(&mut known, ahead("map", "odom", 100.0, 2.5));
    for step in 0..=40 {
        let seconds = 0.1 * f64::from(step);
        place(&mut known, ahead("odom", "body", seconds, seconds));
    }
    known
        .fix(ahead("body", "camera", 0.5, 0.0))
        .expect("a mount");
    let x = |target, source, stamp| x(&known, target, source, stamp, 4.0);
    let close = |found: Result<f64, Missing>, expected: f64| {
        let found = found.expect("a transform");
        assert!(
            (found - expected).abs() < 1e-9,
            "{found}, expected {expected}"
        );
    };
    close(x("odom", "camera", None), 4.5);
    close(x("map", "camera", None), 103.0);
    close(x("camera", "map", None), -103.0);
    close(x("odom", "camera", Some(1.25)), 1.75);
    close(x("odom", "odom", None), 0.0);
    close(x("body", "camera", Some(1e6)), 0.5);
    not_yet(
        x("odom", "camera", Some(4.5)),
        "body in odom: the newest transform is 0.500 s older than the stamp",
    );
    assert_eq!(
        x("odom", "camera", Some(-1.0)),
        Err(Missing::Never(
            "body in odom: the stamp is 1.000 s older than the oldest transform; 10 s are kept"
                .to_owned()
        ))
    );
    not_yet(
        x("odom", "tool", None),
        "no transform to or from tool: known are map, odom, body, camera",
    );
    not_yet(
        known.find("odom", "camera", None, at(20.0)).map(|_| ()),
        "body in odom: the last transform came 16.000 s ago",
    );
}

#[test]
fn what_is_not_connected_is_said_with_both_roots() {
    let mut known = Transforms::default();
    not_yet(
        x(&known, "map", "hand", None, 0.0),
        "nothing came on /tf and /tf_static",
    );
    known.fix(ahead("map", "base", 1.0, 0.0)).expect("a mount");
    known
        .fix(ahead("wrist", "hand", 1.0, 0.0))
        .expect("a mount");
    not_yet(
        x(&known, "base", "hand", None, 0.0),
        "nobody publishes how they are connected: hand hangs from wrist, base from map",
    );
    place(&mut known, ahead("map", "a", 1.0, 0.0));
    place(&mut known, ahead("a", "b", 1.0, 3.0));
    not_yet(
        x(&known, "map", "b", None, 3.0),
        "no time in common: one ends 3.000 s before",
    );
}

#[test]
fn nonsense_is_refused_by_what_is_wrong() {
    let mut known = Transforms::default();
    place(&mut known, ahead("map", "odom", 1.0, 0.0));
    place(&mut known, ahead("odom", "body", 1.0, 0.0));
    let good = ahead("odom", "body", 1.0, 1.0);
    for (wrong, why) in [
        (ahead("body", "map", 1.0, 1.0), "map in body closes a loop"),
        (
            ahead("body", "body", 1.0, 1.0),
            "body in body: a frame in itself closes a loop",
        ),
        (ahead("", "body", 1.0, 1.0), "a frame has no name"),
        (
            ahead("odom", &"x".repeat(300), 1.0, 1.0),
            "longer than 255 bytes",
        ),
        (
            ahead("odom", "body", f64::NAN, 1.0),
            "body in odom: a value is not finite",
        ),
        (
            Placed {
                rotation: [0.0, f64::INFINITY, 0.0, 1.0],
                ..good
            },
            "not finite",
        ),
        (
            Placed {
                rotation: [1e300; 4],
                ..good
            },
            "not of unit length",
        ),
        (
            Placed {
                rotation: [0.0; 4],
                ..good
            },
            "not of unit length",
        ),
        (
            Placed {
                rotation: [0.0, 0.0, 0.0, 1.1],
                ..good
            },
            "not of unit length",
        ),
    ] {
        refused(known.place(wrong, at(1.0)), why);
        refused(known.fix(wrong), why);
    }
    refused(
        known.place(ahead("odom", "body", 1.0, 11.5), at(1.0)),
        "10.500 s ahead of now",
    );
    refused(
        known.place(ahead("odom", "body", 1.0, -11.0), at(1.0)),
        "body: its stamp is 11.000 s older than the newest one",
    );
    known.fix(ahead("body", "lid", 1.0, 0.0)).expect("a mount");
    refused(
        known.place(ahead("body", "lid", 2.0, 0.0), at(1.0)),
        "lid is fixed by /tf_static",
    );
    refused(
        known.place(ahead("map", "lid", 2.0, 0.0), at(1.0)),
        "lid is fixed by /tf_static",
    );
    assert_eq!(
        x(&known, "map", "lid", None, 0.0),
        Ok(3.0),
        "what was known is left alone"
    );
    let slightly = Placed {
        rotation: [0.0, 0.0, 0.0, 1.004],
        ..good
    };
    assert_eq!(known.place(slightly, at(1.0)), Ok(None), "rounded by f32");
    for parent in ["map", "odom"] {
        known.fix(ahead(parent, "far", 1e308, 0.0)).expect("finite");
    }
    known
        .fix(ahead("far", "farther", 1e308, 0.0))
        .expect("finite");
    let sum = known.find("map", "farther", None, at(1.0));
    assert!(matches!(sum, Err(Missing::Never(why)) if why.contains("not finite")));
}

#[test]
fn a_frame_that_changes_its_parent_begins_anew() {
    let mut known = Transforms::default();
    place(&mut known, ahead("table", "cup", 1.0, 0.0));
    place(&mut known, ahead("map", "table", 10.0, 0.0));
    place(&mut known, ahead("map", "hand", 20.0, 0.0));
    let odd = known.place(ahead("hand", "cup", 2.0, 1.0), at(1.0));
    assert_eq!(
        odd,
        Ok(Some(
            "cup in hand, was in table: two publishers?".to_owned()
        ))
    );
    place(&mut known, ahead("map", "hand", 20.0, 1.0));
    assert_eq!(x(&known, "map", "cup", None, 1.0), Ok(22.0));
    let before = x(&known, "hand", "cup", Some(0.5), 1.0);
    assert!(matches!(before, Err(Missing::Never(_))), "{before:?}");
    // A tree that is turned round, once what held it is gone.
    known
        .place(ahead("shelf", "table", 1.0, 1.0), at(1.0))
        .expect("a new parent");
    place(&mut known, ahead("table", "map", 5.0, 1.0));
    assert_eq!(x(&known, "shelf", "cup", None, 1.0), Ok(1.0 + 5.0 + 22.0));
}

#[test]
fn when_time_is_set_what_moves_is_forgotten_and_what_is_fixed_stays() {
    let mut known = Transforms::default();
    known
        .fix(ahead("body", "camera", 0.5, 0.0))
        .expect("a mount");
    place(&mut known, ahead("odom", "body", 1.0, 100.0));
    known.clear();
    assert_eq!(known.size(), (3, 0));
    not_yet(
        x(&known, "odom", "camera", None, 100.0),
        "nobody publishes how they are connected",
    );
    place(&mut known, ahead("odom", "body", 2.0, 3.0));
    assert_eq!(x(&known, "odom", "camera", None, 3.0), Ok(2.5));
    // A wall clock that is set back tells nobody: what is far ahead of now is not believed any more.
    known
        .place(ahead("odom", "body", 3.0, -60.0), at(-60.0))
        .expect("time was set back");
    assert_eq!(x(&known, "odom", "body", None, -60.0), Ok(3.0));
}

#[test]
fn a_thousand_hertz_and_a_thousand_frames_take_bounded_room() {
    let mut known = Transforms::default();
    for step in 0..30_000 {
        let seconds = 0.001 * f64::from(step);
        place(&mut known, ahead("odom", "body", seconds, seconds));
    }
    assert!(known.size().1 <= 2003, "{:?}", known.size());
    for seconds in [20.02, 25.0123, 29.9984, 29.999] {
        let found = x(&known, "odom", "body", Some(seconds), 30.0).expect("in the history");
        assert!(
            (found - seconds).abs() < 1e-6,
            "{found}, expected {seconds}"
        );
    }
    let names: Vec<String> = (0..5000).map(|number| format!("frame_{number}")).collect();
    let mut refusals = 0;
    for step in 0..200 {
        for name in &names {
            let seconds = 0.05 * f64::from(step);
            refusals += usize::from(
                known
                    .place(ahead("odom", name, 1.0, seconds), at(30.0))
                    .is_err(),
            );
        }
    }
    let (frames, samples) = known.size();
    assert!(
        frames == 4096 && samples <= (1 << 18) + 4096,
        "{frames} frames, {samples} samples"
    );
    assert_eq!(refusals, 200 * (5000 - 4094));
    assert_eq!(x(&known, "frame_0", "frame_4000", None, 30.0), Ok(0.0));
}

fn poses() -> impl Strategy<Value = Isometry3<f64>> {
    let number = -3.0..3.0_f64;
    let three = [number.clone(), number.clone(), number];
    (three.clone(), three).prop_map(|(place, turn)| {
        let turn = UnitQuaternion::from_scaled_axis(Vector3::from(turn));
        Isometry3::from_parts(Translation3::from(Vector3::from(place)), turn)
    })
}

/// What a hostile or broken publisher may send.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        -2.0..2.0_f64,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(1e300),
        Just(0.0),
        Just(1.0)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(31), failure_persistence: None, ..ProptestConfig::default() })]

    /// Any tree, any two of its frames: the product of the matrices on the way; back is the inverse.
    #[test]
    fn a_chain_is_the_product_of_its_matrices(
        frames in proptest::collection::vec((poses(), any::<prop::sample::Index>(), any::<bool>()), 1..12),
        pair in any::<[prop::sample::Index; 2]>(),
        point in [-2.0..2.0_f64, -2.0..2.0, -2.0..2.0],
    ) {
        let names: Vec<String> = (0..=frames.len()).map(|number| format!("f{number}")).collect();
        let mut known = Transforms::default();
        let mut roots: Vec<Matrix4<f64>> = vec![Matrix4::identity()];
        for (index, (pose, parent, fixed)) in frames.iter().enumerate() {
            let parent = parent.index(index + 1);
            let placed = placed(&names[parent], &names[index + 1], pose, 1.0);
            let taken = match fixed {
                true => known.fix(placed),
                false => known.place(placed, at(1.0)),
            };
            prop_assert_eq!(taken, Ok(None));
            roots.push(roots[parent] * pose.to_homogeneous());
        }
        let [a, b] = pair.map(|index| index.index(names.len()));
        let expected: Matrix4<f64> = roots[a].try_inverse().expect("rigid") * roots[b];
        let point = Point3::from(point);
        for stamp in [None, Some(at(1.0))] {
            let found = known.find(&names[a], &names[b], stamp, at(1.0)).expect("connected");
            let error = (found * point - expected.transform_point(&point)).norm();
            prop_assert!(error < 1e-9, "{error}");
            let back = known.find(&names[b], &names[a], stamp, at(1.0)).expect("connected");
            let error = (back * (found * point) - point).norm();
            prop_assert!(error < 1e-9, "{error}");
        }
    }

    /// Between two samples a frame goes straight and turns evenly, the shorter way, whatever the quaternions' signs.
    #[test]
    fn between_two_stamps_it_goes_straight_and_turns_evenly(
        from in poses(), way in [-5.0..5.0_f64, -5.0..5.0, -5.0..5.0],
        axis in [-1.0..1.0_f64, -1.0..1.0, 0.1..1.0], angle in -3.1..3.1_f64,
        part in 0.0..1.0_f64, sign in any::<bool>(),
    ) {
        let axis = nalgebra::Unit::new_normalize(Vector3::from(axis));
        let along = |part: f64| Isometry3::from_parts(
            (from.translation.vector + Vector3::from(way) * part).into(),
            UnitQuaternion::from_axis_angle(&axis, angle * part) * from.rotation,
        );
        let mut known = Transforms::default();
        let mut last = placed("a", "b", &along(1.0), 2.0);
        if sign {
            last.rotation = last.rotation.map(|value| -value);
        }
        // The later one first: messages overtake each other.
        prop_assert_eq!(known.place(last, at(2.0)), Ok(None));
        prop_assert_eq!(known.place(placed("a", "b", &from, 1.0), at(2.0)), Ok(None));
        let found = known.find("a", "b", Some(at(1.0 + part)), at(2.0)).expect("between");
        let expected = along(part);
        prop_assert!((found.translation.vector - expected.translation.vector).norm() < 1e-6);
        prop_assert!(found.rotation.angle_to(&expected.rotation) < 1e-6);
        prop_assert!(known.find("a", "b", Some(at(2.001)), at(2.0)).is_err());
    }

    /// Whatever comes in whatever order: no panic, no endless way, nothing that is not finite comes out.
    #[test]
    fn nothing_that_is_published_does_harm(
        messages in proptest::collection::vec(
            (0..7_usize, 0..7_usize, [numbers(), numbers(), numbers()], [numbers(), numbers(), numbers(), numbers()],
             any::<bool>(), prop_oneof![(-400..400_i32).prop_map(|tenths| 0.1 * f64::from(tenths)), Just(-1.7e9), Just(1e9)], 0..8_u8),
            1..80,
        ),
    ) {
        let names = ["map", "odom", "body", "arm", "hand", "", "cup"];
        let mut known = Transforms::default();
        for (parent, child, translation, rotation, fixed, seconds, what) in messages {
            let rotation = if what < 5 { IDENTITY } else { rotation };
            let translation = if what < 4 { [1.0, 2.0, 3.0] } else { translation };
            let placed = Placed { parent: names[parent], child: names[child], stamp: at(seconds), translation, rotation };
            let now = at(seconds / 2.0);
            let taken = if fixed { known.fix(placed) } else { known.place(placed, now) };
            if what == 7 {
                known.clear();
            }
            if taken.is_ok() && !fixed {
                let found = known.find(names[parent], names[child], Some(at(seconds)), now);
                prop_assert!(what == 7 || found.is_ok(), "{:?}", found);
            }
            for (target, source) in [("map", "hand"), ("hand", "map"), ("body", "cup")] {
                for stamp in [None, Some(at(seconds))] {
                    if let Ok(pose) = known.find(target, source, stamp, now) {
                        prop_assert!(pose.translation.vector.iter().all(|value| value.is_finite()));
                        prop_assert!((pose.rotation.norm() - 1.0).abs() < 1e-9);
                    }
                }
            }
        }
        prop_assert!(known.size().0 <= 6 && known.size().1 <= 80);
    }
}
