//! The supervisor against the table of the design, state by state.

use forerun::control::ControlConfig;
use forerun::control::{
    Behind, Cause, Refusal, Request, Standing, State, SupervisorInputs, Thresholds,
};
use forerun::time::{Condition, Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const STATES: [State; 7] = [
    State::Unconfigured,
    State::Inactive,
    State::Holding,
    State::Tracking,
    State::Braking,
    State::Stopped,
    State::Fault,
];
const REQUESTS: [Request; 8] = [
    Request::Configured,
    Request::Activate,
    Request::Deactivate,
    Request::Cleanup,
    Request::Track,
    Request::EndGoal(Cause::Reached),
    Request::Resume,
    Request::Hold,
];
const NOW: Stamp = Stamp::from_nanos(10_000_000_000);

fn thresholds() -> Thresholds {
    ControlConfig::default().thresholds
}

fn healthy() -> SupervisorInputs {
    SupervisorInputs {
        plan_age: Some(Span::from_millis(20)),
        image_age: Some(Span::from_millis(40)),
        state_age: Some(Span::from_millis(10)),
        finite: true,
        clock: Condition::Runs,
        gap: Span::from_millis(5),
        second_commander: false,
        sink_failed: false,
        standstill: Some(false),
        behind: None,
    }
}

fn behind(millis: i64) -> SupervisorInputs {
    SupervisorInputs {
        behind: Some(Behind {
            axis: 1,
            way: 0.5,
            lasting: Span::from_millis(millis),
        }),
        ..healthy()
    }
}

/// Every input failing alone, and the cause that it must be blamed on.
fn failing() -> Vec<(SupervisorInputs, Cause)> {
    let good = healthy();
    vec![
        (
            SupervisorInputs {
                image_age: Some(Span::from_millis(301)),
                ..good
            },
            Cause::StaleImage,
        ),
        (
            SupervisorInputs {
                image_age: None,
                ..good
            },
            Cause::StaleImage,
        ),
        (
            SupervisorInputs {
                state_age: Some(Span::from_millis(101)),
                ..good
            },
            Cause::StaleState,
        ),
        (
            SupervisorInputs {
                state_age: None,
                ..good
            },
            Cause::StaleState,
        ),
        (
            SupervisorInputs {
                finite: false,
                ..good
            },
            Cause::NonFinite,
        ),
        (
            SupervisorInputs {
                clock: Condition::Jumped,
                gap: Span::from_secs(20.0),
                state_age: None,
                ..good
            },
            Cause::ClockJumped,
        ),
        (
            SupervisorInputs {
                clock: Condition::Stands,
                image_age: None,
                ..good
            },
            Cause::StaleClock,
        ),
        (
            SupervisorInputs {
                gap: Span::from_millis(101),
                ..good
            },
            Cause::MissedDeadlines,
        ),
        (
            SupervisorInputs {
                second_commander: true,
                ..good
            },
            Cause::SecondCommander,
        ),
        (
            SupervisorInputs {
                sink_failed: true,
                ..good
            },
            Cause::SinkError,
        ),
    ]
}

fn standing(state: State) -> Standing {
    let since = NOW - Span::from_millis(10);
    Standing {
        state,
        cause: Cause::Start,
        since,
        deactivating: false,
    }
}

/// The design's table: where a request leads with healthy inputs, `None` if it is refused.
fn leads_to(state: State, request: Request) -> Option<State> {
    use State::*;
    Some(match (state, request) {
        (Unconfigured, Request::Configured) => Inactive,
        (Inactive | Stopped | Holding, Request::Activate) | (Stopped, Request::Resume) => Holding,
        (Inactive | Fault, Request::Cleanup) => Unconfigured,
        (Holding | Tracking, Request::Track) => Tracking,
        (Holding | Tracking, Request::EndGoal(_) | Request::Hold) => Holding,
        (Holding | Tracking | Braking | Stopped, Request::Deactivate) => Braking,
        _ => return None,
    })
}

/// Requests that set a robot in motion, or ready for it, need every input fit.
fn needs_fresh(state: State, request: Request) -> bool {
    match request {
        Request::Activate => state != State::Holding,
        Request::Track => state == State::Holding,
        Request::Resume => true,
        _ => false,
    }
}

#[test]
fn every_request_in_every_state_under_every_input() {
    let mut cases = failing();
    cases.push((healthy(), Cause::Start));
    for state in STATES {
        for request in REQUESTS {
            for (inputs, cause) in &cases {
                let result = thresholds().request(standing(state), request, inputs, NOW);
                let label = format!("{state} {request:?} {cause:?}");
                match leads_to(state, request) {
                    None => assert_eq!(
                        result,
                        Err(Refusal::WrongState { request, state }),
                        "{label}"
                    ),
                    Some(_) if *cause != Cause::Start && needs_fresh(state, request) => {
                        assert_eq!(result, Err(Refusal::NotFresh(*cause)), "{label}");
                    }
                    Some(next) => assert_eq!(result.map(|next| next.state), Ok(next), "{label}"),
                }
            }
        }
    }
}

#[test]
fn tracking_is_left_in_the_same_tick_and_with_the_right_cause() {
    assert_eq!(
        thresholds()
            .step(standing(State::Tracking), &healthy(), NOW)
            .state,
        State::Tracking
    );
    let mut cases = failing();
    let stale = SupervisorInputs {
        plan_age: Some(Span::from_millis(251)),
        ..healthy()
    };
    cases.push((stale, Cause::StalePlan));
    cases.push((behind(1001), Cause::Unfollowed));
    for (inputs, cause) in cases {
        let next = thresholds().step(standing(State::Tracking), &inputs, NOW);
        assert_eq!((next.state, next.cause), (State::Braking, cause));
    }
}

#[test]
fn a_first_plan_may_take_as_long_as_a_plan_may_be_old() {
    let none = SupervisorInputs {
        plan_age: None,
        ..healthy()
    };
    let begun = |millis| Standing {
        since: NOW - Span::from_millis(millis),
        ..standing(State::Tracking)
    };
    assert_eq!(
        thresholds().step(begun(250), &none, NOW).state,
        State::Tracking
    );
    assert_eq!(
        thresholds().step(begun(251), &none, NOW).cause,
        Cause::StalePlan
    );
}

/// Who stands can follow again: a request decides.
#[test]
fn a_robot_that_does_not_follow_is_stopped_in_time_and_may_be_resumed() {
    let step = |state, inputs| thresholds().step(standing(state), &inputs, NOW).state;
    assert_eq!(step(State::Tracking, behind(1000)), State::Tracking);
    for state in [State::Holding, State::Stopped] {
        assert_eq!(step(state, behind(9000)), state);
    }
    let resumed = thresholds().request(
        standing(State::Stopped),
        Request::Resume,
        &behind(9000),
        NOW,
    );
    assert_eq!(resumed.map(|next| next.state), Ok(State::Holding));
}

#[test]
fn at_the_threshold_an_input_is_still_good() {
    let inputs = SupervisorInputs {
        plan_age: Some(Span::from_millis(250)),
        image_age: Some(Span::from_millis(300)),
        state_age: Some(Span::from_millis(100)),
        gap: Span::from_millis(100),
        ..healthy()
    };
    assert_eq!(thresholds().unfit(&inputs), None);
    assert_eq!(
        thresholds()
            .step(standing(State::Tracking), &inputs, NOW)
            .state,
        State::Tracking
    );
}

#[test]
fn a_robot_without_a_camera_needs_no_image() {
    let blind = Thresholds {
        image: None,
        ..thresholds()
    };
    assert_eq!(
        blind.unfit(&SupervisorInputs {
            image_age: None,
            ..healthy()
        }),
        None
    );
}

#[test]
fn braking_ends_at_standstill_or_in_fault() {
    let still = SupervisorInputs {
        standstill: Some(true),
        ..healthy()
    };
    let braking = Standing {
        cause: Cause::StaleImage,
        ..standing(State::Braking)
    };
    let next = thresholds().step(braking, &still, NOW);
    assert_eq!(
        (next.state, next.cause),
        (State::Stopped, Cause::StaleImage)
    );
    let deactivating = Standing {
        deactivating: true,
        ..braking
    };
    assert_eq!(
        thresholds().step(deactivating, &still, NOW).state,
        State::Inactive
    );
    let endless = Standing {
        since: NOW - Span::from_millis(2001),
        ..braking
    };
    assert_eq!(
        thresholds().step(endless, &healthy(), NOW).cause,
        Cause::NoStandstill
    );
    let broken = SupervisorInputs {
        sink_failed: true,
        ..still
    };
    assert_eq!(thresholds().step(braking, &broken, NOW).state, State::Fault);
}

#[test]
fn while_nothing_moves_only_a_broken_sink_matters() {
    for state in [
        State::Unconfigured,
        State::Inactive,
        State::Holding,
        State::Stopped,
        State::Fault,
    ] {
        for (inputs, cause) in failing() {
            let next = thresholds().step(standing(state), &inputs, NOW).state;
            let breaks = cause == Cause::SinkError && state.is_active();
            assert_eq!(
                next,
                if breaks { State::Fault } else { state },
                "{state} {cause:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(9), failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing resumes by itself: without Activate and Resume, whatever else happens, a stopped robot never
    /// holds or tracks again, and a faulted one sends nothing.
    #[test]
    fn nothing_resumes_by_itself(
        start in prop_oneof![Just(State::Stopped), Just(State::Braking), Just(State::Fault), Just(State::Inactive)],
        events in proptest::collection::vec((0usize..10, 0usize..8, any::<bool>(), 1i64..3000), 0..60),
    ) {
        let mut inputs = failing();
        inputs.push((healthy(), Cause::Start));
        inputs.push((SupervisorInputs { standstill: Some(true), ..healthy() }, Cause::Start));
        let mut now = NOW;
        let mut at = standing(start);
        for (input, request, ask, millis) in events {
            let (inputs, request) = (&inputs[input].0, REQUESTS[request]);
            now += Span::from_millis(millis);
            if ask && !matches!(request, Request::Activate | Request::Resume) {
                at = thresholds().request(at, request, inputs, now).unwrap_or(at);
            }
            at = thresholds().step(at, inputs, now);
            prop_assert!(!matches!(at.state, State::Holding | State::Tracking), "{}", at.state);
        }
    }
}
