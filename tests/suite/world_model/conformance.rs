//! What every world model keeps, whatever its family. Another model is one more line in [`models`].

use std::path::Path;
use std::sync::Arc;

use forerun::robot::{Axes, RobotState};
use forerun::sensing::{Observation, RawImage};
use forerun::time::Stamp;
use forerun::world_model::{PackageModel, Precision, WorldModel};

use super::package::{Draft, open};

/// A picture of side `side` with a gradient.
pub fn picture(side: u32) -> RawImage {
    let bytes = (0..side * side * 3).map(|i| (i * 7 % 251) as u8);
    RawImage {
        stamp: Stamp::ZERO,
        width: side,
        height: side,
        step: side * 3,
        encoding: "rgb8".into(),
        data: bytes.collect(),
    }
}

fn shipped(name: &str, precision: Option<Precision>) -> PackageModel {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name);
    PackageModel::open(&folder, precision).unwrap()
}

pub fn tiny(draft: &Draft) -> PackageModel {
    let folder = tempfile::tempdir().unwrap();
    draft.write(folder.path());
    open(folder.path()).unwrap()
}

fn models() -> Vec<(&'static str, Arc<dyn WorldModel>)> {
    vec![
        ("analytic", Arc::new(super::analytic::arm())),
        ("tiny", Arc::new(tiny(&Draft::good()))),
        ("pair metric", Arc::new(tiny(&super::model::pair()))),
        ("arm", Arc::new(shipped("arm", None))),
        ("arm in f32", Arc::new(shipped("arm", Some(Precision::F32)))),
        ("rover", Arc::new(shipped("rover", None))),
        (
            "rover in f32",
            Arc::new(shipped("rover", Some(Precision::F32))),
        ),
    ]
}

fn numbers(count: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| ((i + 1) * (seed + 7) * 7919 % 2003) as f32 / 1001.5 - 1.0;
    (0..count).map(number).collect()
}

#[test]
fn the_spec_agrees_with_itself() {
    for (name, model) in models() {
        let spec = model.spec();
        assert!(
            spec.latent_len > 0 && spec.context > 0 && spec.row_len() > 0,
            "{name}"
        );
        assert!(spec.reached > 0.0 && spec.surprise > 0.0, "{name}");
        assert!(
            spec.period.secs() > 0.0 && spec.delay.secs() >= 0.0,
            "{name}"
        );
        for part in &spec.parts {
            assert!(part.start + part.len <= spec.latent_len, "{name}");
        }
        assert!(
            spec.tip.iter().all(|index| *index < spec.quantities.len()),
            "{name}"
        );
        let probe = model.probe().unwrap();
        assert_eq!(probe.is_some(), !spec.quantities.is_empty(), "{name}");
    }
}

/// The planner pads its chunks: what a row becomes may not depend on the rows beside it.
#[test]
fn a_row_does_not_depend_on_the_rows_beside_it() {
    for (name, model) in models() {
        let spec = model.spec();
        let (latent, action) = (
            spec.context * spec.latent_len,
            spec.context * spec.row_len(),
        );
        for rows in [2, 5, 8, 64] {
            let mut dynamics = model.dynamics().unwrap();
            let mut metric = model.metric().unwrap();
            metric.prepare(&numbers(spec.latent_len, 3)).unwrap();
            let mut results = Vec::new();
            for seed in [11, 12] {
                let mut latents = numbers(rows * latent, seed);
                let mut actions = numbers(rows * action, seed + 1);
                let row = rows - 2..rows - 1;
                latents[row.start * latent..row.end * latent].copy_from_slice(&numbers(latent, 1));
                actions[row.start * action..row.end * action].copy_from_slice(&numbers(action, 2));
                let mut next = vec![0.0; rows * spec.latent_len];
                dynamics.step(rows, &latents, &actions, &mut next).unwrap();
                let mut points = vec![0.0; rows * metric.point_len()];
                metric.place(rows, &next, &mut points).unwrap();
                let mut distance = vec![0.0; rows];
                metric.distance(rows, &points, &mut distance).unwrap();
                let width = spec.latent_len;
                let bits = next[row.start * width..row.end * width]
                    .iter()
                    .chain(&distance[row]);
                results.push(bits.map(|value| value.to_bits()).collect::<Vec<_>>());
            }
            assert_eq!(results[0], results[1], "{name}, {rows} rows");
        }
    }
}

/// A worker has no memory from one call to the next, and workers on several threads agree.
#[test]
fn workers_agree() {
    for (name, model) in models() {
        let spec = model.spec();
        let rows = 8;
        let latents = numbers(rows * spec.context * spec.latent_len, 1);
        let actions = numbers(rows * spec.context * spec.row_len(), 2);
        let step = |model: &dyn WorldModel, warm: &[usize]| {
            let mut dynamics = model.dynamics().unwrap();
            for rows in warm {
                let latents = numbers(rows * spec.context * spec.latent_len, 5);
                let actions = numbers(rows * spec.context * spec.row_len(), 6);
                let mut next = vec![0.0; rows * spec.latent_len];
                dynamics.step(*rows, &latents, &actions, &mut next).unwrap();
            }
            let mut next = vec![0.0; rows * spec.latent_len];
            dynamics.step(rows, &latents, &actions, &mut next).unwrap();
            next
        };
        let alone = step(model.as_ref(), &[]);
        std::thread::scope(|scope| {
            let workers: Vec<_> = [&[8usize][..], &[1, 3, 8, 2]]
                .map(|warm| {
                    let model = model.as_ref();
                    scope.spawn(move || step(model, warm))
                })
                .into_iter()
                .collect();
            for worker in workers {
                assert_eq!(worker.join().unwrap(), alone, "{name}");
            }
        });
    }
}

#[test]
fn a_goal_is_at_distance_zero_of_itself() {
    for (name, model) in models()
        .into_iter()
        .filter(|(name, _)| *name != "pair metric")
    {
        let goal = numbers(model.spec().latent_len, 4);
        let mut metric = model.metric().unwrap();
        metric.prepare(&goal).unwrap();
        let (mut points, mut distance) = (vec![0.0; 2 * metric.point_len()], [0.0; 2]);
        let twice = [&goal[..], &goal].concat();
        metric.place(2, &twice, &mut points).unwrap();
        metric.distance(2, &points, &mut distance).unwrap();
        assert!(
            distance.iter().all(|d| (0.0..1e-3).contains(d)),
            "{name}: {distance:?}"
        );
        let mut motion = [0.0; 2];
        metric.motion(2, &points, &points, &mut motion).unwrap();
        assert_eq!(motion, [0.0; 2], "{name}");
    }
}

#[test]
fn buffers_of_the_wrong_length_are_refused() {
    for (name, model) in models() {
        let spec = model.spec();
        let latent = spec.latent_len;
        let mut dynamics = model.dynamics().unwrap();
        let actions = numbers(2 * spec.context * spec.row_len(), 1);
        let latents = numbers(2 * spec.context * latent, 2);
        let mut next = vec![0.0; 2 * latent];
        assert!(
            dynamics
                .step(2, &latents[1..], &actions, &mut next)
                .is_err(),
            "{name}"
        );
        assert!(
            dynamics
                .step(2, &latents, &actions[1..], &mut next)
                .is_err(),
            "{name}"
        );
        assert!(
            dynamics
                .step(2, &latents, &actions, &mut next[1..])
                .is_err(),
            "{name}"
        );
        let mut metric = model.metric().unwrap();
        assert!(metric.prepare(&vec![0.0; latent + 1]).is_err(), "{name}");
        metric.prepare(&numbers(latent, 1)).unwrap();
        let mut points = vec![0.0; metric.point_len()];
        assert!(
            metric.place(2, &latents[..latent], &mut points).is_err(),
            "{name}"
        );
        assert!(
            metric.distance(1, &points[1..], &mut [0.0]).is_err(),
            "{name}"
        );
        assert!(
            metric.motion(1, &points, &points[1..], &mut [0.0]).is_err(),
            "{name}"
        );
        if let Some(mut probe) = model.probe().unwrap() {
            assert!(
                probe.evaluate(1, &latents[..latent], &mut []).is_err(),
                "{name}"
            );
        }
        let mut encoder = model.encoder().unwrap();
        let blind = Observation::default();
        assert!(
            encoder
                .update(&[], &[], &blind, &mut vec![0.0; latent])
                .is_err(),
            "{name}"
        );
        // A refusal leaves the worker usable.
        dynamics.step(2, &latents, &actions, &mut next).unwrap();
    }
}

#[test]
fn measurements_that_are_not_numbers_are_refused() {
    for (name, model) in models() {
        let spec = model.spec();
        let pixels = spec.image.map_or(0, |image| 3 * image.width * image.height);
        let nan = Axes::from_fn(spec.axes_len(), |_| f64::NAN);
        let observation = Observation {
            image: vec![0.5; pixels as usize],
            velocity: nan,
            state: RobotState {
                position: nan,
                velocity: nan,
                ..RobotState::default()
            },
            ..Observation::default()
        };
        let mut latent = vec![0.0; spec.latent_len];
        let error = model
            .encoder()
            .unwrap()
            .update(&[], &[], &observation, &mut latent);
        assert!(error.unwrap_err().to_string().contains("NaN"), "{name}");
    }
}
