//! A tick allocates nothing, whatever state it is in: the guard aborts the process on the first allocation.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use forerun::control::{ControlConfig, Controller, PlanInForce, Request, State, TickInputs};
use forerun::robot::{
    Action, ActionKind, ActionSpace, Axes, AxisLimits, Interpolation, Knot, Limits, RobotState,
    Trajectory,
};
use forerun::time::{Condition, Span, Stamp};

#[global_allocator]
static GUARD: AllocDisabler = AllocDisabler;

const AXES: usize = 7;

fn space() -> ActionSpace {
    let axis = AxisLimits {
        lower: -1.0,
        upper: 1.0,
        velocity: 2.0,
        acceleration: 20.0,
        deceleration: 30.0,
        jerk: 900.0,
    };
    ActionSpace {
        kind: ActionKind::JointVelocity,
        names: (0..AXES).map(|index| format!("joint{index}")).collect(),
        units: vec!["rad/s".to_owned(); AXES],
        limits: Limits::new(vec![axis; AXES]),
    }
}

fn plan(from: Stamp, speed: f64) -> Trajectory {
    let knot = |index: i64| Knot {
        stamp: from + Span::from_millis(50 * index),
        action: Action::from_fn(AXES, |axis| speed * (1.0 - 0.1 * axis as f64)),
    };
    Trajectory::new((0..5).map(knot).collect(), Interpolation::Cubic).expect("ordered")
}

/// A hundred thousand ticks through every state, plans swapped in between by a triple buffer.
#[test]
fn a_tick_allocates_nothing() {
    let config = ControlConfig::default();
    let mut controller = Controller::new(&space(), config).with_trajectories();
    let (mut writer, mut reader) =
        triple_buffer::triple_buffer(&(Stamp::ZERO, Trajectory::default()));
    let mut now = Stamp::from_nanos(1_000_000_000);
    let mut position = Axes::zeros(AXES);
    let mut visits = [0usize; 7];
    let mut refusals = 0;
    for tick in 0..100_000usize {
        now += config.period;
        let phase = tick % 1000;
        if tick.is_multiple_of(10) {
            writer.write((now, plan(now, if phase < 300 { 1.5 } else { -1.0 })));
        }
        let request = match phase {
            1 => Some(Request::Configured),
            3 => Some(Request::Activate),
            10 | 600 => Some(Request::Track),
            // Refused in Tracking.
            20 => Some(Request::Cleanup),
            550 => Some(Request::Resume),
            700 => Some(Request::Deactivate),
            990 => Some(Request::Cleanup),
            _ => None,
        };
        // Joints are lost from 300 to 500; the sink breaks in every other round.
        let lost = (300..500).contains(&phase);
        let inputs = TickInputs {
            state: Some(RobotState {
                stamp: if lost {
                    now - Span::from_millis(500)
                } else {
                    now
                },
                position,
                velocity: Axes::zeros(AXES),
            }),
            image: Some(now),
            finite: true,
            clock: Condition::Runs,
            second_commander: false,
            sink_failed: (tick / 1000) % 2 == 1 && (650..655).contains(&phase),
            // Now and then somebody else is obeyed.
            unheard: (tick / 1000) % 3 == 2,
        };
        let (command, refused) = assert_no_alloc(|| {
            let refused = request.is_some_and(|request| controller.request(request, now).is_err());
            let (delivered, trajectory) = reader.read();
            let plan = PlanInForce {
                trajectory,
                delivered: *delivered,
            };
            (controller.tick(now, &inputs, Some(plan)).command, refused)
        });
        refusals += usize::from(refused);
        visits[command.state as usize] += 1;
        for (position, velocity) in position.iter_mut().zip(command.action.iter()) {
            *position += velocity * config.period.secs();
        }
    }
    for state in [
        State::Unconfigured,
        State::Inactive,
        State::Holding,
        State::Tracking,
        State::Braking,
        State::Stopped,
        State::Fault,
    ] {
        assert!(
            visits[state as usize] > 0,
            "{state} was never visited: {visits:?}"
        );
    }
    assert!(refusals > 0);
}

/// The guard itself works: the process that allocates under it is aborted.
#[test]
fn the_guard_catches_an_allocation() {
    let this = std::env::current_exe().expect("this test's binary");
    let output = Command::new(this)
        .args(["--exact", "allocates_on_purpose", "--ignored"])
        .output()
        .expect("this test's binary runs");
    assert!(output.status.signal().is_some(), "{output:?}");
}

#[test]
#[ignore = "aborts on purpose; run by the_guard_catches_an_allocation"]
fn allocates_on_purpose() {
    let text = assert_no_alloc(|| std::hint::black_box(vec![1u8; 100]));
    assert_eq!(text.len(), 100);
}
