//! Mirrors `src/cli/check/walls.rs`: who knows walls passes, and who lacks one thing is refused for it. All of them see
//! with the shipped encoder.

use std::sync::Arc;

use forerun::cli::examine_walls;
use forerun::embedded::{Embodiment, Kind, ROVER_RADIUS, Room, Ways};
use forerun::evaluation::check::{Finding, Report};
use forerun::evaluation::{Alteration, Altered};
use forerun::sensing::{Goal, Observation};
use forerun::world_model::{
    Dynamics, Encoder, Head, Metric, ModelError, ModelSpec, PackageModel, WorldModel,
};

use crate::metric::Between;

const METRIC: &str = "rank correlation of metric and way, walls";
const BEYOND: &str = "what the metric knows beyond it, walls";
const LEAK: &str = "leak: imagined drive into a wall [m]";

/// A model whose latent is x `[m]`, y `[m]`, yaw `[rad]`, as the shipped encoder and probe read them off the picture.
struct Mind {
    eyes: PackageModel,
    spec: ModelSpec,
    room: Room,
    /// Its metric is the straight line.
    blind: bool,
    /// Its dynamics drive through walls.
    leaks: bool,
    /// Without it, it can't say where it is.
    probes: bool,
}

fn embodiment() -> Embodiment {
    Kind::Rover.embodiment()
}

fn mind() -> Mind {
    let eyes = PackageModel::load("rover").expect("the shipped package");
    let spec = ModelSpec {
        latent_len: 3,
        ..eyes.spec().clone()
    };
    let names: Vec<&str> = spec.quantities.iter().map(|q| q.name.as_str()).collect();
    assert_eq!(names, ["base_x", "base_y", "yaw"]);
    let Embodiment::Rover(rover) = embodiment() else {
        panic!("no rover");
    };
    Mind {
        room: rover.room(),
        eyes,
        spec,
        blind: false,
        leaks: false,
        probes: true,
    }
}

impl WorldModel for Mind {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        let probe = self.eyes.probe()?.expect("the shipped package has one");
        let latent = vec![0.0; self.eyes.spec().latent_len];
        Ok(Box::new(Eyes(self.eyes.encoder()?, probe, latent)))
    }

    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        let room = (!self.leaks).then(|| self.room.clone());
        let part = self.spec.period.secs() / self.spec.action_block as f64;
        Ok(Box::new(Wheels { room, part }))
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        let room = (!self.blind).then(|| self.room.clone());
        Ok(Box::new(Between(self.spec.latent_len, ways(room))))
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        Ok(self.probes.then(|| Box::new(Place) as _))
    }

    fn goal_latent(&self, _: &mut dyn Encoder, _: &Goal) -> Result<Option<Vec<f32>>, ModelError> {
        Ok(None)
    }
}

struct Eyes(Box<dyn Encoder>, Box<dyn Head>, Vec<f32>);

impl Encoder for Eyes {
    fn update(
        &mut self,
        _: &[f32],
        _: &[f32],
        observation: &Observation,
        latent: &mut [f32],
    ) -> Result<(), ModelError> {
        self.0.update(&[], &[], observation, &mut self.2)?;
        self.1.evaluate(1, &self.2, latent)
    }
}

struct Wheels {
    room: Option<Room>,
    /// Duration of one mean of an action row `[s]`.
    part: f64,
}

impl Dynamics for Wheels {
    fn step(
        &mut self,
        rows: usize,
        latents: &[f32],
        actions: &[f32],
        next: &mut [f32],
    ) -> Result<(), ModelError> {
        assert_eq!(rows, 1);
        let [mut x, mut y, mut yaw] = [0, 1, 2].map(|index| f64::from(latents[index]));
        for twist in actions.chunks_exact(2) {
            for _ in 0..20 {
                let dt = self.part / 20.0;
                yaw += f64::from(twist[1]) * dt;
                let way = f64::from(twist[0]) * dt;
                let there = [x + way * yaw.cos(), y + way * yaw.sin()];
                let room = self.room.as_ref();
                if room.is_none_or(|room| room.clearance(there, ROVER_RADIUS) > 0.0) {
                    [x, y] = there;
                }
            }
        }
        next.copy_from_slice(&[x, y, yaw].map(|value| value as f32));
        Ok(())
    }
}

/// The way through the room, or without one the straight line.
fn ways(room: Option<Room>) -> impl FnMut(&[f32], &[f32]) -> f32 {
    // The newest start, and the ways from it.
    let mut known: Option<([f64; 2], Ways)> = None;
    move |from, to| {
        let [from, to] = [from, to].map(|place| [f64::from(place[0]), f64::from(place[1])]);
        let straight = (from[0] - to[0]).hypot(from[1] - to[1]);
        let Some(room) = &room else {
            return straight as f32;
        };
        // What is seen may be a little inside a wall.
        let ways = match known.take().filter(|(start, _)| *start == from) {
            Some((_, ways)) => ways,
            None => Ways::from(room, from, 0.1),
        };
        let way = ways.to(to);
        known = Some((from, ways));
        way.unwrap_or(straight) as f32
    }
}

struct Place;

impl Head for Place {
    fn evaluate(&mut self, _: usize, latents: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        out.copy_from_slice(latents);
        Ok(())
    }
}

fn findings(model: &dyn WorldModel) -> Vec<Finding> {
    let mut report = Report::new(model.spec());
    examine_walls(&embodiment(), model, &mut report).expect("examined");
    report.findings
}

fn number(findings: &[Finding], name: &str) -> f64 {
    let finding = findings.iter().find(|finding| finding.name == name);
    finding.map_or(f64::NAN, |finding| finding.number)
}

fn failed(findings: &[Finding]) -> Vec<&'static str> {
    let failed = findings.iter().filter(|finding| !finding.pass);
    failed.map(|finding| finding.name).collect()
}

#[test]
fn who_knows_walls_passes() {
    let found = findings(&mind());
    assert_eq!(failed(&found), [] as [&str; 0], "{found:?}");
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn a_metric_that_is_the_straight_line_is_refused() {
    let found = findings(&Mind {
        blind: true,
        ..mind()
    });
    assert_eq!(failed(&found), [METRIC, BEYOND], "{found:?}");
    assert!(number(&found, BEYOND) < 0.05, "{found:?}");
}

#[test]
fn a_metric_of_raw_latents_is_refused() {
    let shipped = Arc::new(PackageModel::load("rover").expect("the shipped package"));
    let found = findings(&Altered::new(shipped, Alteration::RawLatent));
    assert!(failed(&found).contains(&BEYOND), "{found:?}");
}

#[test]
fn imagination_that_drives_through_walls_is_refused() {
    let found = findings(&Mind {
        leaks: true,
        ..mind()
    });
    assert_eq!(failed(&found), [LEAK], "{found:?}");
    // Five steps ahead, through a wall and out on its other side.
    assert!(number(&found, LEAK) > 0.4, "{found:?}");
}

#[test]
fn without_a_probe_the_leak_is_not_judged() {
    let mut mute = mind();
    mute.probes = false;
    mute.spec.quantities.clear();
    mute.spec.tip.clear();
    let found = findings(&mute);
    assert_eq!(failed(&found), [] as [&str; 0], "{found:?}");
    assert!(
        found.iter().all(|finding| finding.name != LEAK),
        "{found:?}"
    );
}
