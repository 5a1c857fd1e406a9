//! A loaded package: seams, goals, names and the robot that it fits.

use std::path::Path;

use forerun::robot::{ActionKind, ActionSpace, Axes, AxisLimits, Limits};
use forerun::sensing::{Goal, Observation, convert};
use forerun::time::Stamp;
use forerun::world_model::int8::kernel::Isa;
use forerun::world_model::{Encoder, PackageModel, Precisions, WorldModel, locate};

use super::conformance::{picture, tiny};
use super::onnx::{floats, int, model, node, value};
use super::package::{Draft, LATENT, SIDE};

/// The good package with a metric of the pair form: (a - b) W, its first column only, so that it may be
/// negative.
pub fn pair() -> Draft {
    let mut draft = Draft::good().set("graphs.metric.form", "pair");
    let latent = [LATENT as i64];
    let weight: Vec<f32> = (0..LATENT).map(|i| i as f32 - 1.0).collect();
    let nodes = vec![
        node("Sub", &["goal", "latent"], "difference", vec![]),
        node(
            "Gemm",
            &["difference", "weight"],
            "distance",
            vec![int("transB", 1)],
        ),
    ];
    let constants = vec![floats("weight", &[1, LATENT as i64], &weight)];
    let inputs = vec![value("latent", &latent), value("goal", &latent)];
    draft.graphs.insert(
        "metric",
        model(nodes, constants, inputs, value("distance", &[1])),
    );
    draft.golden.remove("f32.metric.out.point");
    draft.tensor("f32.metric.in.latent", &[1, LATENT], &[0.0; LATENT]);
    draft.tensor(
        "f32.metric.in.goal",
        &[1, LATENT],
        &[1.0, 1.0, 1.0, 0.0, 0.0, 0.0],
    );
    draft.tensor("f32.metric.out.distance", &[1, 1], &[0.0]);
    draft
}

#[test]
fn a_pair_metric_takes_the_goal_second_and_never_gives_less_than_zero() {
    let model = tiny(&pair());
    let mut metric = model.metric().unwrap();
    assert_eq!(metric.point_len(), LATENT);
    let zero = [0.0; LATENT];
    let one = |index: usize| {
        let mut latent = zero;
        latent[index] = 1.0;
        latent
    };
    let mut distance = [0.0; 3];
    let points = zero.repeat(3);
    metric.prepare(&one(2)).unwrap();
    metric.distance(3, &points, &mut distance).unwrap();
    assert_eq!(distance, [1.0; 3]);
    metric.prepare(&one(4)).unwrap();
    metric.distance(3, &points, &mut distance).unwrap();
    assert_eq!(distance, [3.0; 3]);
    metric.prepare(&one(0)).unwrap();
    metric.distance(3, &points, &mut distance).unwrap();
    assert_eq!(distance, [0.0; 3]);
    metric
        .motion(3, &points, &one(3).repeat(3), &mut distance)
        .unwrap();
    assert_eq!(distance, [2.0; 3]);
}

#[test]
fn sine_and_cosine_become_an_angle_in_order_of_first_appearance() {
    let draft = Draft::good().graph("probe", |graph| {
        let mut weight = vec![0.0; 4 * LATENT];
        for output in 0..4 {
            weight[output * LATENT + output] = 1.0;
        }
        graph.initializer[0] = floats("weight", &[4, LATENT as i64], &weight);
        graph.initializer[1] = floats("bias", &[4], &[0.0; 4]);
    });
    let mut draft = draft;
    draft.tensor(
        "f32.probe.in.latent",
        &[1, LATENT],
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    );
    draft.tensor("f32.probe.out.quantities", &[1, 4], &[1.0, 2.0, 3.0, 4.0]);
    let model = tiny(&draft);
    let names: Vec<_> = model
        .spec()
        .quantities
        .iter()
        .map(|q| q.name.as_str())
        .collect();
    assert_eq!(names, ["shoulder", "tip_x", "tip_y"]);
    assert_eq!(model.spec().tip, [1, 2]);
    let mut probe = model.probe().unwrap().unwrap();
    let mut out = [0.0; 6];
    let latents = [
        0.5, 7.0, -0.5, 8.0, 0.0, 0.0, -1.0, 9.0, 0.0, 10.0, 0.0, 0.0,
    ];
    probe.evaluate(2, &latents, &mut out).unwrap();
    let expected = [
        0.5f32.atan2(-0.5),
        7.0,
        8.0,
        (-1.0f32).atan2(0.0),
        9.0,
        10.0,
    ];
    assert_eq!(out, expected);
}

#[test]
fn a_package_without_a_probe_has_no_quantities() {
    let mut draft = Draft::good();
    draft.manifest["graphs"]
        .as_table_mut()
        .unwrap()
        .remove("probe");
    let model = tiny(&draft);
    assert!(model.probe().unwrap().is_none());
    assert!(model.spec().quantities.is_empty() && model.spec().tip.is_empty());
}

#[test]
fn an_image_goal_is_encoded_at_rest() {
    let model = tiny(&Draft::good());
    let mut encoder = model.encoder().unwrap();
    let image = picture(SIDE as u32);
    let plane = SIDE * SIDE;
    let pixels = (0..3 * plane).map(|i| f32::from(image.data[i % plane * 3 + i / plane]) / 255.0);
    let mut latent = vec![0.0; LATENT];
    let observation = Observation {
        image: pixels.collect(),
        velocity: Axes::zeros(2),
        ..Observation::default()
    };
    encoder.update(&[], &[], &observation, &mut latent).unwrap();
    let goal = model
        .goal_latent(encoder.as_mut(), &Goal::Image(image))
        .unwrap()
        .unwrap();
    assert_eq!(goal[4..], [0.0; 2]);
    for (found, wanted) in goal.iter().zip(&latent) {
        assert!((found - wanted).abs() < 1e-5, "{goal:?} {latent:?}");
    }
}

#[test]
fn goals_without_a_latent_and_bad_ones() {
    let model = tiny(&Draft::good());
    let mut encoder = model.encoder().unwrap();
    let mut latent = |goal: Goal| model.goal_latent(encoder.as_mut(), &goal);
    assert_eq!(latent(Goal::Joints(Axes::zeros(2))), Ok(None));
    assert_eq!(latent(Goal::Point([0.0; 3])), Ok(None));
    assert_eq!(
        latent(Goal::Latent(vec![0.5; LATENT])),
        Ok(Some(vec![0.5; LATENT]))
    );
    assert!(latent(Goal::Latent(vec![0.5; 3])).is_err());
    assert!(latent(Goal::Latent(vec![f32::INFINITY; LATENT])).is_err());
    let mut image = picture(SIDE as u32);
    image.encoding = "yuv420".into();
    assert_eq!(
        latent(Goal::Image(image)).unwrap_err().field,
        "goal image encoding"
    );
}

#[test]
fn packages_are_found_by_name_or_folder() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("tiny");
    std::fs::create_dir(&folder).unwrap();
    Draft::good().write(&folder);
    let roots = [root.path().join("nowhere"), root.path().to_owned()];
    assert_eq!(locate("tiny", &roots).unwrap(), folder);
    assert_eq!(locate(folder.to_str().unwrap(), &roots).unwrap(), folder);
    let error = locate("tinny", &roots).unwrap_err();
    assert_eq!(error.remedy, "did you mean `tiny`?");
    let model = PackageModel::load(folder.to_str().unwrap()).unwrap();
    assert_eq!(model.spec().name, "tiny");
    assert_eq!(model.folder(), Path::new(&folder));
    assert_eq!(model.hash().len(), 64);
    assert!(model.urdf().contains("<robot"));
}

#[test]
fn an_override_chooses_the_precision() {
    use forerun::world_model::Precision::{F32, Int8};
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    let step = |precision| Precisions {
        step: Some(precision),
        ..Precisions::default()
    };
    for (precisions, quantized) in [
        (Precisions::default(), true),
        (step(Int8), true),
        (step(F32), false),
        (F32.into(), false),
        (Int8.into(), true),
    ] {
        let model = PackageModel::open(folder.path(), precisions).unwrap();
        assert_eq!(model.is_quantized(), quantized);
        assert_eq!(model.spec().arithmetic.starts_with("int8"), quantized);
    }
}

/// The tiny package has no int8 encoder.
#[test]
fn int8_without_an_int8_file_quantizes_while_loading() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good()
        .set("graphs.encode.precision", "int8")
        .write(folder.path());
    let latent = |precisions: Precisions| {
        let model = PackageModel::open(folder.path(), precisions).unwrap();
        let mut encoder = model.encoder().unwrap();
        let mut observation = Observation {
            velocity: Axes::zeros(2),
            ..Observation::default()
        };
        let image = model.spec().image.unwrap();
        convert(&picture(8), &image, &mut observation.image).unwrap();
        let mut latent = vec![0.0; model.spec().latent_len];
        encoder.update(&[], &[], &observation, &mut latent).unwrap();
        latent
    };
    let exact = latent(forerun::world_model::Precision::F32.into());
    let quantized = latent(Precisions::default());
    assert_ne!(exact, quantized);
    for (exact, quantized) in exact.iter().zip(&quantized) {
        assert!((exact - quantized).abs() < 0.05, "{exact} {quantized}");
    }
}

#[test]
fn a_kernel_can_be_chosen_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    Draft::good().write(folder.path());
    let on = |kernel| Precisions {
        kernel: Some(kernel),
        ..Precisions::default()
    };
    let model = PackageModel::open(folder.path(), on(Isa::Scalar)).unwrap();
    assert!(model.spec().arithmetic.ends_with("on scalar"));
    assert_eq!(on(Isa::Scalar).check_kernel(), Ok(()));
    for isa in Isa::ALL.into_iter().filter(|isa| !isa.is_available()) {
        let refused = on(isa).check_kernel().expect_err("before it is loaded");
        assert!(
            refused.contains(isa.name()) && refused.contains("scalar"),
            "{refused}"
        );
        let Err(error) = PackageModel::open(folder.path(), on(isa)) else {
            panic!("{isa} ran on a processor without it");
        };
        assert_eq!(error.field, "model.kernel");
        assert!(error.found.contains(isa.name()), "{error}");
    }
}

fn robot() -> ActionSpace {
    let axis = |bound: f64| AxisLimits {
        lower: -bound,
        upper: bound,
        velocity: 2.0,
        acceleration: 20.0,
        deceleration: 20.0,
        jerk: f64::INFINITY,
    };
    ActionSpace {
        kind: ActionKind::JointVelocity,
        names: vec!["shoulder".into(), "elbow".into()],
        units: vec!["rad/s".into(); 2],
        limits: Limits::new(vec![axis(2.6), axis(2.4)]),
    }
}

#[test]
fn a_robot_that_fits() {
    let model = tiny(&Draft::good());
    model.fits(&robot()).unwrap();
    let mut tighter = robot();
    let mut axes = tighter.limits.axes().to_vec();
    axes[0].velocity = 1.0;
    axes[1].lower = -1.0;
    tighter.limits = Limits::new(axes);
    model.fits(&tighter).unwrap();
}

#[test]
fn a_robot_that_does_not_fit_is_refused_by_kind_axis_or_limit() {
    let model = tiny(&Draft::good());
    let limits = |change: fn(&mut AxisLimits)| {
        move |robot: &mut ActionSpace| {
            let mut axes = robot.limits.axes().to_vec();
            change(&mut axes[1]);
            robot.limits = Limits::new(axes);
        }
    };
    type Change = Box<dyn Fn(&mut ActionSpace)>;
    let cases: Vec<(&str, &str, Change)> = vec![
        (
            "robot.action_kind",
            "BodyTwist",
            Box::new(|r| r.kind = ActionKind::BodyTwist),
        ),
        (
            "robot.axes",
            "`elbow`",
            Box::new(|r| r.names[1] = "wrist".into()),
        ),
        ("robot.axes", "order", Box::new(|r| r.names.reverse())),
        (
            "robot.units",
            "m/s",
            Box::new(|r| r.units[0] = "m/s".into()),
        ),
        (
            "robot.velocity",
            "`elbow`",
            Box::new(limits(|a| a.velocity = 2.1)),
        ),
        (
            "robot.acceleration",
            "`elbow`",
            Box::new(limits(|a| a.acceleration = f64::INFINITY)),
        ),
        (
            "robot.position_upper",
            "`elbow`",
            Box::new(limits(|a| a.upper = 2.5)),
        ),
        (
            "robot.position_lower",
            "-2.5",
            Box::new(limits(|a| a.lower = -2.5)),
        ),
    ];
    for (field, found, change) in cases {
        let mut other = robot();
        change(&mut other);
        let error = model.fits(&other).unwrap_err();
        assert_eq!(error.field, field);
        assert!(error.found.contains(found), "{error}");
    }
}

#[test]
fn stacked_pictures_are_one_period_apart_and_one_picture_repeated_means_at_rest() {
    let draft = Draft::stacked(2);
    let model = tiny(&draft);
    let pictures = draft.golden_row("f32.encode.in.image", 0);
    let velocity = draft.golden_row("f32.encode.in.velocity", 0);
    let expected = draft.golden_row("f32.encode.out.latent", 0);
    let (old, new) = pictures.split_at(3 * SIDE * SIDE);
    let seen = |millis: i64, picture: &[f32]| Observation {
        stamp: Stamp::from_nanos(1_000_000 * millis),
        image: picture.to_vec(),
        velocity: Axes::from_fn(2, |axis| f64::from(velocity[axis])),
        ..Observation::default()
    };
    let near = |found: &[f32], expected: &[f32]| {
        let pairs = found.iter().zip(expected);
        pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-4)
    };
    let mut encoder = model.encoder().unwrap();
    let mut latent = [0.0; LATENT];
    let mut update = |encoder: &mut Box<dyn Encoder>, observation: &Observation| {
        encoder.update(&[], &[], observation, &mut latent).unwrap();
        latent
    };

    let mut at_rest = [0.0; LATENT];
    encoder.at_rest(&seen(0, new), &mut at_rest).unwrap();
    assert!(!near(&at_rest, &expected));
    let first = update(&mut encoder, &seen(0, old));
    update(&mut encoder, &seen(33, new));
    update(&mut encoder, &seen(67, new));
    let moving = update(&mut encoder, &seen(100, new));
    assert!(near(&moving, &expected), "{moving:?} is not {expected:?}");
    encoder.at_rest(&seen(0, new), &mut at_rest).unwrap();
    let late = update(&mut encoder, &seen(260, new));
    assert!(
        near(&late, &at_rest),
        "a picture 160 ms old is none of 100 ms"
    );

    encoder.reset();
    let begun = update(&mut encoder, &seen(360, old));
    assert!(near(&begun, &first), "nothing is left after a reset");
    let back = update(&mut encoder, &seen(300, new));
    assert!(near(&back, &at_rest), "nor after a clock that jumped back");
}
