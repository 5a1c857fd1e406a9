//! A real session's recording: what was imagined lies where the robot then was.

use std::path::Path;

use forerun::cli::{ArmLab, Contender};
use forerun::control::{Cause, State};
use forerun::runtime::{FastSession, Instruction, Observer, Task};
use forerun::viewer::{Scene, Viewer};

use super::rrd::{self, Rrd};

fn scene(lab: &ArmLab) -> Scene {
    Scene::new(lab.robot.clone())
        .with_model(lab.model())
        .with_budget(lab.config.planner.budget)
}

fn ticks(session: &mut FastSession, limit: usize, mut done: impl FnMut(&mut FastSession) -> bool) {
    for _ in 0..limit {
        session.tick().expect("a tick");
        if done(session) {
            return;
        }
    }
}

/// Goals one after another on the fast clock.
fn pursue(lab: &ArmLab, goals: u64, seed: u64, observers: Vec<Box<dyn Observer>>) {
    let (mut session, mut task) = lab
        .fast(Contender::Model, seed, observers)
        .expect("session");
    let mut episode = task.reset(seed).expect("an episode");
    ticks(&mut session, 400, |session| {
        session.thinker().surprise().is_some() && session.instruct(Instruction::Activate).is_ok()
    });
    for goal in 1..=goals {
        session
            .instruct(Instruction::Pursue(episode.goal))
            .expect("the goal is accepted");
        ticks(&mut session, 2000, |session| {
            session.state() == (State::Holding, Cause::Reached)
        });
        episode = task.next_goal(seed + goal).expect("a goal");
    }
}

#[test]
#[ignore]
fn explore() {
    let lab = ArmLab::new(&std::env::var("PKG").unwrap()).expect("the shipped package loads");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("fast.rrd");
    pursue(
        &lab,
        12,
        40,
        vec![Box::new(
            Viewer::file(&path, scene(&lab)).expect("recording"),
        )],
    );
    report(&lab, &path, "fast");
    let path = folder.path().join("wall.rrd");
    let (session, mut task) = lab
        .wall(
            40,
            vec![Box::new(
                Viewer::file(&path, scene(&lab)).expect("recording"),
            )],
        )
        .expect("session");
    let mut episode = task.reset(40).expect("episode");
    let operator = session.operator();
    while operator.instruct(Instruction::Activate).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    for goal in 0..5 {
        operator
            .instruct(Instruction::Pursue(episode.goal))
            .expect("accepted");
        for _ in 0..500 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            if operator.status().state == State::Holding {
                break;
            }
        }
        episode = task.next_goal(50 + goal).expect("goal");
    }
    session.stop();
    report(&lab, &path, "wall");
}

fn report(lab: &ArmLab, path: &Path, name: &str) {
    let rrd = Rrd::open(path);
    let error = lab.model().spec().probe_error;
    for shift in [-100, -60, -40, -30, -20, -10, 0, 10, 20, 30, 40, 60, 100] {
        let mut errors =
            rrd::one_step_tip_errors(&rrd, &lab.robot, 0.1 + shift as f64 * 1e-3, true);
        errors.sort_by(f64::total_cmp);
        let q = |part: f64| errors[((errors.len() - 1) as f64 * part) as usize] / error;
        println!(
            "{name} {shift} n {} median {:.2} q75 {:.2} q95 {:.2} q99 {:.2} max {:.2}",
            errors.len(),
            q(0.5),
            q(0.75),
            q(0.95),
            q(0.99),
            q(1.0)
        );
    }
}

struct Catch(std::sync::Arc<std::sync::Mutex<Vec<forerun::runtime::Event>>>);
impl Observer for Catch {
    fn observe(&mut self, event: &forerun::runtime::Event) {
        self.0.lock().unwrap().push(event.clone());
    }
    fn wants_paths(&self) -> bool {
        true
    }
}

#[test]
#[ignore]
fn decompose() {
    use forerun::runtime::Event;
    use forerun::sensing::{JointMessage, Message, Synchronizer};
    let lab = ArmLab::new(&std::env::var("PKG").unwrap()).expect("the shipped package loads");
    let events = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    pursue(&lab, 12, 40, vec![Box::new(Catch(events.clone()))]);
    let events = events.lock().unwrap();
    let spec = lab.model().spec();
    let mut encoder = lab.model().encoder().unwrap();
    let mut probe = lab.model().probe().unwrap().unwrap();
    let names: std::sync::Arc<[String]> = lab.robot.space.names.clone().into();
    let mut sync = Synchronizer::new(lab.robot.space.names.clone(), spec.image);
    let states: Vec<_> = events
        .iter()
        .filter_map(|e| {
            if let Event::State(s) = e {
                Some(*s)
            } else {
                None
            }
        })
        .collect();
    let at = |t: forerun::time::Stamp| -> Option<Vec<f64>> {
        let n = states.partition_point(|s| s.stamp < t);
        let (b, a) = (states.get(n)?, states.get(n.checked_sub(1)?)?);
        let r = (t - a.stamp).secs() / (b.stamp - a.stamp).secs();
        Some(
            (0..2)
                .map(|i| a.position[i] + r * (b.position[i] - a.position[i]))
                .collect(),
        )
    };
    let mut still = Vec::new();
    let mut moving = Vec::new();
    let mut first = Vec::new();
    let mut second = Vec::new();
    let mut bias = [0.0; 2];
    for e in events.iter() {
        match e {
            Event::State(s) => {
                let _ = sync.absorb(&Message::Joints(JointMessage {
                    stamp: s.stamp,
                    names: names.clone(),
                    position: s.position.to_vec(),
                    velocity: s.velocity.to_vec(),
                }));
            }
            Event::Frame(f) => {
                let Ok(Some(o)) = sync.absorb(&Message::Image(f.clone())) else {
                    continue;
                };
                let mut l = vec![0.0; spec.latent_len];
                encoder.update(&[], &[], &o, &mut l).unwrap();
                let mut q = vec![0.0; spec.quantities.len()];
                probe.evaluate(1, &l, &mut q).unwrap();
                let Some(p) = at(o.stamp) else { continue };
                let tip = lab.robot.tip(&p);
                let d = [
                    f64::from(q[spec.tip[0]]) - tip.x,
                    f64::from(q[spec.tip[1]]) - tip.y,
                ];
                bias[0] += d[0];
                bias[1] += d[1];
                let err = d[0].hypot(d[1]);
                if o.velocity.max_abs() < 0.1 {
                    still.push(err)
                } else {
                    moving.push(err)
                }
            }
            Event::Plan(plan) => {
                let Some((_, path)) = plan.evidence.paths.first() else {
                    continue;
                };
                for (k, out) in [(0usize, &mut first), (1, &mut second)] {
                    let Some(p) = at(plan.start + spec.period * k as i64) else {
                        continue;
                    };
                    let tip = lab.robot.tip(&p);
                    out.push((f64::from(path[k][0]) - tip.x).hypot(f64::from(path[k][1]) - tip.y));
                }
            }
            _ => {}
        }
    }
    let n = (still.len() + moving.len()) as f64;
    println!("bias {:?} mm", bias.map(|b| b / n * 1e3));
    for (name, mut v) in [
        ("still", still),
        ("moving", moving),
        ("t0", first),
        ("t0+P", second),
    ] {
        v.sort_by(f64::total_cmp);
        let q = |p: f64| v[((v.len() - 1) as f64 * p) as usize] * 1e3;
        println!(
            "{name}: n {} median {:.2} mm q95 {:.2} mm",
            v.len(),
            q(0.5),
            q(0.95)
        );
    }
}
