//! The rover in its room: drawn where it really is, whatever its odometry says, and what it imagines on the floor.

use std::path::Path;
use std::sync::{Arc, Mutex};

use forerun::cli::{Contender, Lab};
use forerun::control::{Cause, State};
use forerun::runtime::{Event, Instruction, Observer, Task};
use forerun::time::Span;
use forerun::viewer::{Obstacle, Scene, Viewer};

use super::rrd::{Rrd, Stamped};
use super::tip::tick_until;

const GOALS: u64 = 5;
const SEED: u64 = 40;

/// When, x `[m]`, y `[m]`, yaw `[rad]`.
type Pose = (i64, [f64; 3]);

/// Keeps where the odometry has the body.
#[derive(Clone, Default)]
struct Odometry(Arc<Mutex<Vec<Pose>>>);

impl Observer for Odometry {
    fn observe(&mut self, event: &Event) {
        if let Event::State(state) = event {
            let pose = [0, 1, 2].map(|part| state.position[part]);
            self.0.lock().unwrap().push((state.stamp.nanos(), pose));
        }
    }
}

struct Drive {
    rrd: Rrd,
    truth: Vec<Pose>,
    odometry: Vec<Pose>,
    blocks: Vec<Obstacle>,
    tolerance: f64,
    period: f64,
}

/// One drive for all tests: image goals one after another, as `forerun run` pursues them.
fn drive() -> &'static Drive {
    static DRIVE: std::sync::OnceLock<Drive> = std::sync::OnceLock::new();
    DRIVE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("folder");
        driven(&folder.path().join("drive.rrd"))
    })
}

fn driven(path: &Path) -> Drive {
    let lab = Lab::new("rover").expect("the shipped package loads");
    let blocks: Vec<Obstacle> = lab
        .embodiment
        .blocks()
        .iter()
        .map(|block| Obstacle {
            centre: [block.centre[0] as f32, block.centre[1] as f32, 0.05],
            half: [block.half[0] as f32, block.half[1] as f32, 0.05],
        })
        .collect();
    let scene = Scene::new(lab.robot.clone())
        .with_model(lab.model())
        .with_budget(lab.config.planner.budget)
        .with_obstacles(blocks.clone());
    let viewer = Viewer::file(path, scene).expect("a recording");
    let odometry = Odometry::default();
    let observers: Vec<Box<dyn Observer>> = vec![Box::new(viewer), Box::new(odometry.clone())];
    let (mut session, mut task) = lab
        .fast(Contender::Model, SEED, observers)
        .expect("session");
    let mut episode = task.reset(SEED).expect("an episode");
    let active = tick_until(&mut session, 400, |session| {
        session.thinker().surprise().is_some() && session.instruct(Instruction::Activate).is_ok()
    });
    assert!(active, "it can't be activated");
    let mut truth = Vec::new();
    for goal in 1..=GOALS {
        session
            .instruct(Instruction::Pursue(episode.goal))
            .expect("the goal is accepted");
        // 20 s at 200 Hz, reached or not.
        tick_until(&mut session, 4000, |session| {
            let state = task.state();
            let pose = [0, 1, 2].map(|part| state.position[part]);
            truth.push((state.stamp.nanos(), pose));
            session.state() == (State::Holding, Cause::Reached)
        });
        if session.state().0 != State::Holding {
            session.instruct(Instruction::Hold).expect("held");
            tick_until(&mut session, 400, |session| {
                session.state().0 == State::Holding
            });
        }
        episode = task.next_goal(SEED + goal).expect("a goal");
    }
    drop(session);
    let spec = lab.model().spec();
    let odometry = odometry.0.lock().unwrap().clone();
    Drive {
        rrd: Rrd::open(path),
        truth,
        odometry,
        blocks,
        tolerance: lab.embodiment.rig().tolerance,
        period: spec.period.secs(),
    }
}

/// Where the body was at a time `[m]`, if that lies inside the drive.
fn place(truth: &[Pose], at: i64) -> Option<[f64; 2]> {
    let next = truth.partition_point(|row| row.0 < at);
    let (then, [x, y, _]) = truth.get(next)?;
    (then - at < Span::from_millis(20).nanos()).then_some([*x, *y])
}

/// Distance of each of `places` from where the body then was `[m]`; what lies outside of the drive is left out.
fn errors(places: &[(i64, [f64; 2])], truth: &[Pose]) -> Vec<f64> {
    let errors: Vec<f64> = places
        .iter()
        .filter_map(|(at, found)| Some(apart(*found, place(truth, *at)?)))
        .collect();
    assert!(errors.len() > 500, "{} errors", errors.len());
    sorted(errors)
}

fn sorted(mut errors: Vec<f64>) -> Vec<f64> {
    errors.sort_by(f64::total_cmp);
    errors
}

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn quantile(errors: &[f64], part: f64) -> f64 {
    errors[((errors.len() - 1) as f64 * part) as usize]
}

fn floor(point: [f32; 3]) -> [f64; 2] {
    [f64::from(point[0]), f64::from(point[1])]
}

/// Where the body is drawn.
fn drawn(drive: &Drive) -> Vec<(i64, [f64; 2])> {
    let rows: Vec<Stamped<Vec<[f32; 3]>>> = drive.rrd.points("/world/tip/measured");
    rows.iter().map(|(at, row)| (*at, floor(row[0]))).collect()
}

#[test]
fn the_room_is_drawn_as_it_blocks() {
    let drive = drive();
    let boxes = "/world/obstacles";
    let halves: Vec<rerun::components::HalfSize3D> = drive
        .rrd
        .fixed(boxes, &rerun::Boxes3D::descriptor_half_sizes());
    let centres: Vec<rerun::components::Translation3D> = drive
        .rrd
        .fixed(boxes, &rerun::Boxes3D::descriptor_centers());
    assert_eq!(halves.len(), drive.blocks.len());
    assert!(halves.len() >= 7, "four walls, a wall with a door, boxes");
    for ((half, centre), block) in halves.iter().zip(&centres).zip(&drive.blocks) {
        assert_eq!(half.0.0, block.half);
        assert_eq!(centre.0.0, block.centre);
    }
}

#[test]
fn everything_promised_of_a_body_is_drawn() {
    let entities = drive().rrd.entities();
    for expected in [
        "/world/rover/visual_geometries/base_link/visual_0",
        "/world/base",
        "/world/heading",
        "/world/imagined/candidates",
        "/world/imagined/chosen",
        "/world/tip/trail",
        "/world/goal/tip",
        "/camera/now",
        "/camera/goal",
        "/joints/linear/command/sent",
        "/joints/angular/command/limit",
        "/distance/to_goal",
    ] {
        assert!(
            entities.contains(expected),
            "{expected} is missing among {entities:#?}"
        );
    }
}

/// Wheels slip, so odometry drifts; what the probe reads out of the frames doesn't.
#[test]
fn the_body_is_drawn_where_it_is_and_not_where_its_odometry_has_it() {
    let drive = drive();
    let found = errors(&drawn(drive), &drive.truth);
    let odometry: Vec<(i64, [f64; 2])> = drive
        .odometry
        .iter()
        .map(|(at, [x, y, _])| (*at, [*x, *y]))
        .collect();
    let dead_reckoned = errors(&odometry, &drive.truth);
    let [median, most] = [0.5, 0.95].map(|part| quantile(&found, part));
    let drift = quantile(&dead_reckoned, 0.95);
    println!("drawn {median:.3} m off, 95 % {most:.3} m; odometry 95 % {drift:.3} m");
    assert!(
        median < 0.5 * drive.tolerance && most < 1.5 * drive.tolerance,
        "drawn {median:.3} m off, 95 % {most:.3} m, where {:.3} m count as there",
        drive.tolerance
    );
    assert!(
        drift > 1.5 * most,
        "odometry drifted by {drift:.3} m only: this proves nothing"
    );
}

/// A plan starts up to two model steps after its frame, so the step that is measured is the third since the robot
/// looked, at most. Each is read off one imagined latent, where what is drawn now is the mean of many frames. That a
/// later step is wrong shows only where the body moves.
#[test]
fn what_is_imagined_one_step_ahead_is_where_the_body_then_is() {
    let drive = drive();
    let ahead = drive.rrd.scalars("/plan/starts_ahead");
    let chosen = drive.rrd.lines("/world/imagined/chosen");
    let (mut right, mut right_moving, mut late_moving) = (vec![], vec![], vec![]);
    for (made, lines) in &chosen {
        let start = ahead.iter().find(|row| row.0 == *made);
        let (Some((_, start)), Some(path)) = (start, lines.first()) else {
            continue;
        };
        let at = |steps: f64| {
            place(
                &drive.truth,
                made + ((start[0] + steps * drive.period) * 1e9) as i64,
            )
        };
        let (Some(then), Some(later)) = (at(1.0), at(4.0)) else {
            continue;
        };
        let [one, four] = [1, 4].map(|step| apart(floor(path[step]), then));
        right.push(one);
        if apart(then, later) > drive.tolerance {
            right_moving.push(one);
            late_moving.push(four);
        }
    }
    let counts = [right.len(), right_moving.len()];
    assert!(counts[0] > 500 && counts[1] > 200, "{counts:?} plans");
    let [right, right_moving, late_moving] =
        [right, right_moving, late_moving].map(|errors| quantile(&sorted(errors), 0.5));
    let now = quantile(&errors(&drawn(drive), &drive.truth), 0.5);
    println!(
        "now {now:.3} m off, imagined {right:.3} m; where the body moves {right_moving:.3} m, three steps late \
         {late_moving:.3} m"
    );
    assert!(
        right < 0.5 * drive.tolerance,
        "imagined {right:.3} m off, where {:.3} m count as there",
        drive.tolerance
    );
    assert!(
        late_moving > 3.0 * right_moving,
        "three steps late is as near: {late_moving:.3} m for {right_moving:.3} m"
    );
}
