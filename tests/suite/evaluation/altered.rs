//! Models altered on purpose stay models: they refuse what doesn't fit, and alter only what they say.

use std::sync::Arc;

use forerun::evaluation::{Alteration, Altered};
use forerun::world_model::{AnalyticModel, AnalyticParameters, WorldModel};

fn arm() -> Arc<dyn WorldModel> {
    let parameters = AnalyticParameters::new(&["shoulder", "elbow"], &[2.0, 2.0], 0.06);
    Arc::new(AnalyticModel::new(parameters).expect("valid"))
}

#[test]
fn raw_latent_distance_is_euclidean() {
    let model = Altered::new(arm(), Alteration::RawLatent);
    let len = model.spec().parts.first().map_or(4, |part| part.len);
    let mut metric = model.metric().expect("a metric");
    assert_eq!(metric.point_len(), len);
    metric.prepare(&[0.0; 4]).expect("fits");
    let mut points = vec![0.0; 2 * len];
    metric
        .place(2, &[3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], &mut points)
        .expect("fits");
    let mut distance = [f32::NAN; 2];
    metric.distance(2, &points, &mut distance).expect("fits");
    assert_eq!(distance, [5.0, 0.0]);
    let mut motion = [f32::NAN];
    let (from, to) = points.split_at(len);
    metric.motion(1, from, to, &mut motion).expect("fits");
    assert_eq!(motion, [5.0]);
}

#[test]
fn raw_latent_distance_refuses_what_does_not_fit() {
    let model = Altered::new(arm(), Alteration::RawLatent);
    let mut metric = model.metric().expect("a metric");
    let len = metric.point_len();
    let why = metric.prepare(&[0.0; 3]).expect_err("a short goal");
    assert!(why.to_string().contains("goal latent"), "{why}");
    assert!(metric.place(2, &[0.0; 4], &mut vec![0.0; 2 * len]).is_err());
    assert!(metric.place(1, &[0.0; 4], &mut vec![0.0; len - 1]).is_err());
    assert!(metric.distance(2, &vec![0.0; len], &mut [0.0; 2]).is_err());
    assert!(
        metric
            .motion(1, &vec![0.0; len], &vec![0.0; len + 1], &mut [0.0])
            .is_err()
    );
}

#[test]
fn spoilt_steps_are_spoilt_row_by_row() {
    let plain = arm();
    let spoilt = Altered::with_spoilt_steps(arm(), |before, actions, next| {
        assert_eq!((before.len(), actions.len(), next.len()), (4, 4, 4));
        next[0] += actions[0];
    });
    let latents: Vec<f32> = (0..12).map(|index| index as f32 * 0.1).collect();
    let actions: Vec<f32> = (0..12).map(|index| 1.0 - index as f32 * 0.1).collect();
    let step = |model: &dyn WorldModel| {
        let mut next = vec![0.0; 12];
        let mut dynamics = model.dynamics().expect("dynamics");
        dynamics
            .step(3, &latents, &actions, &mut next)
            .expect("fits");
        next
    };
    let (before, after) = (step(plain.as_ref()), step(&spoilt));
    for row in 0..3 {
        let changed = after[4 * row] - before[4 * row];
        assert!((changed - actions[4 * row]).abs() < 1e-6);
        assert_eq!(after[4 * row + 1..][..3], before[4 * row + 1..][..3]);
    }
}
