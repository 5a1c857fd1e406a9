//! What a recording of made-up events holds.

use std::path::Path;
use std::time::{Duration, Instant};

use forerun::robot::Axes;
use forerun::runtime::{Comparison, Event, Observer};
use forerun::time::{Span, Stamp};
use forerun::viewer::{Viewer, ViewerError};

use super::rrd::{self, Rrd};
use super::{PROBE_ERROR, SECONDS, SEED, robot, scene, session};

fn record(events: &[Event], path: &Path) {
    let mut viewer = Viewer::file(path, scene()).expect("recording");
    for event in events {
        viewer.observe(event);
    }
    viewer.finish();
}

/// One recording for all tests that read it back.
fn recorded() -> &'static Rrd {
    static RECORDED: std::sync::OnceLock<Rrd> = std::sync::OnceLock::new();
    RECORDED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("made/for/it/run.rrd");
        record(&session::events(&robot(), SECONDS, SEED), &path);
        Rrd::open(&path)
    })
}

#[test]
fn everything_promised_is_drawn() {
    let entities = recorded().entities();
    for expected in [
        "/world/arm/visual_geometries/upper_arm/visual_0",
        "/world/joints/shoulder",
        "/world/joints/elbow",
        "/world/imagined/candidates",
        "/world/imagined/chosen",
        "/world/imagined/steps",
        "/world/tip/measured",
        "/world/tip/trail",
        "/camera/now",
        "/camera/goal",
        "/joints/shoulder/command/sent",
        "/joints/shoulder/command/wanted",
        "/joints/shoulder/command/measured",
        "/joints/shoulder/command/limit",
        "/joints/elbow/position",
        "/plan/cost/chosen",
        "/plan/cost/standing_still",
        "/plan/cost/terms/metric",
        "/plan/cost/terms/effort",
        "/plan/time/encode",
        "/plan/time/total",
        "/plan/time/budget",
        "/plan/decision",
        "/distance/to_goal",
        "/surprise/one_step",
        "/lanes/Tracking",
        "/session/state",
        "/session/goal",
        "/events",
    ] {
        assert!(
            entities.contains(expected),
            "{expected} is missing among {entities:#?}"
        );
    }
}

#[test]
fn there_is_one_time_axis_and_it_runs_forward() {
    let recorded = recorded();
    let timelines = recorded.timelines();
    assert_eq!(timelines.keys().collect::<Vec<_>>(), ["t"]);
    for entity in [
        "/joints/shoulder/command/sent",
        "/plan/cost/chosen",
        "/distance/to_goal",
    ] {
        let times: Vec<i64> = recorded.scalars(entity).iter().map(|row| row.0).collect();
        assert!(times.len() > 50, "{entity}: {} rows", times.len());
        assert!(times.is_sorted(), "{entity} goes back in time");
        assert!(times[0] >= 0 && times[times.len() - 1] <= (SECONDS * 1e9) as i64);
    }
}

#[test]
fn every_command_is_there_with_its_limits() {
    let sent = recorded().scalars("/joints/shoulder/command/sent");
    let expected = session::events(&robot(), SECONDS, SEED);
    let expected: Vec<(i64, Vec<f64>)> = expected
        .iter()
        .filter_map(|event| match event {
            Event::Command(command) => Some((command.stamp.nanos(), vec![command.action[0]])),
            _ => None,
        })
        .collect();
    assert_eq!(sent, expected);
    let limits = recorded().scalars("/joints/shoulder/command/limit");
    assert!(limits.len() >= SECONDS as usize);
    assert!(limits.iter().all(|(_, limit)| limit == &[-2.0, 2.0]));
}

#[test]
fn imagined_paths_come_back_in_metres_at_the_height_of_the_tip() {
    let recorded = recorded();
    let height = robot().tip(&[0.0, 0.0]).z as f32;
    let chosen = recorded.lines("/world/imagined/chosen");
    let candidates = recorded.lines("/world/imagined/candidates");
    let expected = session::events(&robot(), SECONDS, SEED);
    let mut plans = 0;
    for event in &expected {
        let Event::Plan(plan) = event else { continue };
        plans += 1;
        let at = plan.made.nanos();
        let raised = |path: &[[f32; 3]]| -> Vec<[f32; 3]> {
            path.iter().map(|&[x, y, _]| [x, y, height]).collect()
        };
        let row = chosen.iter().find(|row| row.0 == at).expect("chosen path");
        assert_eq!(row.1, [raised(&plan.evidence.paths[0].1)]);
        let row = candidates
            .iter()
            .find(|row| row.0 == at)
            .expect("candidates");
        assert_eq!(row.1.len(), plan.evidence.paths.len() - 1);
        assert_eq!(row.1[4], raised(&plan.evidence.paths[5].1));
    }
    assert!(plans > 50, "{plans} plans");
    let cleared = chosen.iter().filter(|row| row.1.is_empty()).count();
    assert!(
        cleared >= 2,
        "paths stay when tracking ends: cleared {cleared} times"
    );
}

#[test]
fn the_tip_one_step_ahead_is_where_it_was_imagined() {
    let robot = robot();
    let mut errors = rrd::one_step_tip_errors(recorded(), &robot, session::PERIOD, true);
    errors.sort_by(f64::total_cmp);
    assert!(errors.len() > 50, "{} steps", errors.len());
    let quantile = |part: f64| errors[((errors.len() - 1) as f64 * part) as usize];
    assert!(
        quantile(0.5) < 2.0 * PROBE_ERROR,
        "median {}",
        quantile(0.5)
    );
    assert!(
        quantile(0.95) < 4.0 * PROBE_ERROR,
        "95 % {}",
        quantile(0.95)
    );
    let shifted = rrd::one_step_tip_errors(recorded(), &robot, 5.0 * session::PERIOD, true);
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    assert!(
        mean(&shifted) > 4.0 * mean(&errors),
        "the measure can't tell steps apart"
    );
}

#[test]
fn states_goals_and_sentences_are_readable() {
    let recorded = recorded();
    let states = recorded.texts("/session/state", &rerun::StateChange::descriptor_state());
    let states: Vec<&str> = states.iter().map(|state| state.1.as_str()).collect();
    assert_eq!(states[..4], ["Inactive", "Holding", "Tracking", "Holding"]);
    // Lanes are marked where their state is, at twenty marks a second: 1.3 s of every 1.5.
    let tracking = recorded.scalars("/lanes/Tracking");
    assert!((65..=85).contains(&tracking.len()), "{}", tracking.len());
    assert!(
        tracking
            .iter()
            .all(|(at, _)| (20..281).contains(&(at / 5_000_000 % 300)))
    );
    let events = recorded.texts("/events", &rerun::TextLog::descriptor_text());
    let has = |text: &str| events.iter().any(|event| event.1 == text);
    assert!(has("Holding → Tracking: goal given"), "{events:#?}");
    assert!(has("Tracking → Holding: goal reached"));
    assert!(has("goal 1: look like a picture of 64 x 64"));
    assert!(has("goal 1: reached after 1.30 s"));
    let decisions = recorded.texts("/plan/decision", &rerun::TextDocument::descriptor_text());
    assert!(decisions.iter().all(|text| text.1.contains("| **sum** |")));
    assert!(decisions.iter().any(|text| text.1.contains("| metric |")));
    assert!(
        decisions
            .iter()
            .any(|text| text.1.contains("beats standing still by"))
    );
}

#[test]
fn the_layout_is_made_active_and_says_where_the_eye_is() {
    let recorded = recorded();
    assert!(recorded.activated);
    let entities: Vec<String> = recorded
        .blueprint
        .iter()
        .map(|chunk| chunk.entity_path().to_string())
        .collect();
    assert!(
        entities
            .iter()
            .any(|entity| entity.ends_with("/EyeControls3D")),
        "{entities:#?}"
    );
    assert!(entities.iter().any(|entity| entity == "/viewport"));
}

#[test]
fn a_picture_that_cannot_be_drawn_is_left_out() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("run.rrd");
    let mut events = session::events(&robot(), 0.1, SEED);
    for event in &mut events {
        if let Event::Frame(frame) = event {
            frame.step = u32::MAX;
        }
    }
    record(&events, &path);
    let entities = Rrd::open(&path).entities();
    assert!(!entities.contains("/camera/now"));
    assert!(entities.contains("/joints/shoulder/command/sent"));
}

#[test]
fn comparisons_are_drawn_where_their_plans_start_and_nothing_of_them_without() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("run.rrd");
    let mut events = session::events(&robot(), 0.1, SEED);
    let start = Stamp::from_nanos(40_000_000);
    events.push(Event::Comparison(Comparison {
        start,
        stamp: start + Span::from_millis(420),
        ours: 1.5,
        incumbent: 4.25,
        divergence: Axes::from_slice(&[0.5, 0.125]).expect("two"),
        ..Comparison::default()
    }));
    record(&events, &path);
    let recorded = Rrd::open(&path);
    for (entity, expected) in [
        ("/plan/cost/ours", 1.5),
        ("/plan/cost/incumbent", 4.25),
        ("/divergence/shoulder", 0.5),
        ("/divergence/elbow", 0.125),
    ] {
        let drawn = recorded.scalars(entity);
        assert_eq!(drawn, [(start.nanos(), vec![expected])], "{entity}");
    }
    let without = self::recorded().entities();
    assert!(!without.contains("/plan/cost/incumbent"));
    assert!(!without.contains("/divergence/elbow"));
}

#[test]
fn a_path_that_cannot_be_written_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().to_owned();
    let Err(ViewerError::File { path: named, .. }) = Viewer::file(&path, scene()) else {
        panic!("a folder was taken for a file");
    };
    assert_eq!(named, path);
}

/// `cargo test --release --test viewer -- --ignored --nocapture` prints what observing costs, and leaves the
/// recording in `target/sample.rrd` for `tests/picture target/sample.rrd`.
#[test]
#[ignore = "a measurement"]
fn observing_costs() {
    let events = session::events(&robot(), 19.4, SEED);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/sample.rrd");
    let mut viewer = Viewer::file(&path, scene()).expect("recording");
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    for event in &events {
        let before = Instant::now();
        viewer.observe(event);
        slowest = slowest.max(before.elapsed());
    }
    let mean = start.elapsed() / events.len() as u32;
    viewer.finish();
    let size = path.metadata().expect("recording").len() / 1024;
    println!(
        "{} events of 19.4 s: {mean:?} each, slowest {slowest:?}, {size} KiB",
        events.len()
    );
}
