//! The graph of a managed node. That numbers and labels are rcl_lifecycle's is shown by `tests/ros2/test_lifecycle.py`,
//! against a node of rcl_lifecycle's own.

use forerun::control::{Cause, State};
use forerun::ros::{
    ACTIVATE, CLEANUP, CONFIGURE, DEACTIVATE, GRAPH, LifecycleState, Outcome, edges, ending,
    requested, requests, vacancy,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const OUTCOMES: [Outcome; 3] = [Outcome::Success, Outcome::Failure, Outcome::Error];

#[test]
fn every_request_can_end_in_success_failure_or_error_and_nothing_is_carried_out_twice() {
    for request in LifecycleState::ALL.into_iter().flat_map(requests) {
        for outcome in OUTCOMES {
            let end = ending(request.goal, outcome);
            assert_eq!(end.start, request.goal);
            assert!(requests(end.start).next().is_none(), "{end:?}");
        }
    }
}

#[test]
fn the_way_of_a_manager_leads_there_and_back() {
    let mut state = LifecycleState::of(State::Unconfigured);
    for (id, goal) in [
        (CONFIGURE, LifecycleState::of(State::Inactive)),
        (ACTIVATE, LifecycleState::of(State::Tracking)),
        (DEACTIVATE, LifecycleState::Inactive),
        (CLEANUP, LifecycleState::Unconfigured),
        (5, LifecycleState::Finalized),
    ] {
        let edge = requested(state, id, "").expect("possible");
        state = ending(edge.goal, Outcome::Success).goal;
        assert_eq!(state, goal);
    }
    assert!(edges(state).next().is_none());
}

#[test]
fn a_fault_is_left_by_cleanup_alone() {
    let fault = LifecycleState::of(State::Fault);
    let possible: Vec<_> = requests(fault).map(|edge| edge.label).collect();
    assert_eq!(possible, ["cleanup"]);
    // As with rcl_lifecycle, which knows no shutdown from there: only outcomes begin in it.
    for (id, label) in [
        (5, ""),
        (6, ""),
        (7, ""),
        (8, ""),
        (0, "shutdown"),
        (0, "destroy"),
    ] {
        let why = requested(fault, id, label).expect_err("not from there");
        assert!(why.ends_with("possible: cleanup (2)"), "{why}");
    }
}

#[test]
fn a_node_without_a_session_knows_why() {
    let ends = |goal, outcome| vacancy(ending(goal, outcome));
    let (configuring, cleaning) = (LifecycleState::Configuring, LifecycleState::CleaningUp);
    assert_eq!(ends(configuring, Outcome::Success), None);
    assert_eq!(
        ends(configuring, Outcome::Failure),
        Some(Cause::NotConfigured)
    );
    assert_eq!(ends(cleaning, Outcome::Success), Some(Cause::CleanedUp));
    assert_eq!(ends(cleaning, Outcome::Failure), None);
    let over = ends(LifecycleState::ShuttingDown, Outcome::Success);
    assert_eq!(over, Some(Cause::ShutDown));
}

#[test]
fn a_label_wins_over_a_number_and_a_shutdown_knows_where_it_begins() {
    let edge = requested(LifecycleState::Inactive, CONFIGURE, "activate").expect("possible");
    assert_eq!(edge.id, ACTIVATE);
    for (state, id) in [
        (LifecycleState::Unconfigured, 5),
        (LifecycleState::Inactive, 6),
        (LifecycleState::Active, 7),
    ] {
        assert_eq!(requested(state, 0, "shutdown").map(|edge| edge.id), Ok(id));
    }
}

#[test]
fn what_is_not_possible_is_refused_with_what_is() {
    let why = requested(LifecycleState::Unconfigured, ACTIVATE, "").expect_err("too early");
    assert_eq!(
        why,
        "transition 3 is not possible in state unconfigured; possible: configure (1), shutdown (5)"
    );
    let why = requested(LifecycleState::Finalized, 0, "configure").expect_err("too late");
    assert!(why.contains("start the node anew"), "{why}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever clients ask for, and however it ends: the way is along edges of the graph, from one state that
    /// waits for requests to another.
    #[test]
    fn no_way_leaves_the_graph(asked in proptest::collection::vec((0_u8..12, 0_usize..3), 0..40)) {
        let mut state = LifecycleState::Unconfigured;
        for (id, outcome) in asked {
            let Ok(edge) = requested(state, id, "") else { continue };
            let end = ending(edge.goal, OUTCOMES[outcome]);
            prop_assert!(GRAPH.contains(edge) && GRAPH.contains(end));
            prop_assert_eq!((edge.start, edge.goal), (state, end.start));
            state = end.goal;
        }
        let waits = requests(state).next().is_some() || state == LifecycleState::Finalized;
        prop_assert!(waits, "stuck in {:?}", state);
    }
}
