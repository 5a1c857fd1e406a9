//! Pairs: the arithmetic of two contenders on the same seeds.

use forerun::evaluation::{Effort, Outcome, Paired, PlanEffort, Summary, TickEffort, median_ci95};
use forerun::time::Span;
use proptest::prelude::*;

pub fn outcome(seed: u64, success: bool) -> Outcome {
    Outcome {
        seed,
        success,
        time: success.then_some(2.0 + seed as f64 * 0.01),
        error: 0.01,
        false_arrival: false,
        missed_arrival: false,
        stopped: false,
        stop_cause: None,
        refusal: None,
        contacts: 0,
    }
}

/// Outcomes of `both`, `won`, `lost` and `neither` seeds in turn.
fn contenders(
    both: usize,
    won: usize,
    lost: usize,
    neither: usize,
) -> (Vec<Outcome>, Vec<Outcome>) {
    let kinds = [
        (both, true, true),
        (won, true, false),
        (lost, false, true),
        (neither, false, false),
    ];
    let pairs = kinds
        .into_iter()
        .flat_map(|(count, first, other)| std::iter::repeat_n((first, other), count));
    pairs
        .enumerate()
        .map(|(seed, (first, other))| (outcome(seed as u64, first), outcome(seed as u64, other)))
        .unzip()
}

#[test]
fn pairs_are_found_by_seed_and_counted() {
    let (judged, mut against) = contenders(5, 2, 3, 1);
    against.reverse();
    against.push(outcome(99, true));
    let paired = Paired::of(&judged, &against);
    assert_eq!(paired.n, 11);
    assert_eq!(paired.won_seeds, [5, 6]);
    assert_eq!(paired.lost_seeds, [7, 8, 9]);
    assert_eq!((paired.failures, paired.failures_against), (4, 3));
    assert_eq!(paired.more_failures, 1);
    assert!((paired.difference + 1.0 / 11.0).abs() < 1e-12);
}

#[test]
fn mcnemar_is_the_exact_binomial_test() {
    let p = |won, lost| {
        let (judged, against) = contenders(10, won, lost, 0);
        Paired::of(&judged, &against).mcnemar_p
    };
    assert_eq!(p(0, 0), 1.0);
    // 2 * 0.5^5
    assert!((p(0, 5) - 0.0625).abs() < 1e-12);
    // 2 * (1 + 10) * 0.5^10
    assert!((p(9, 1) - 22.0 / 1024.0).abs() < 1e-12);
    assert_eq!(p(3, 3), 1.0);
    assert!(p(700, 700) > 0.99 && p(700, 1000) < 1e-6);
}

#[test]
fn the_interval_of_the_difference_is_newcombes() {
    // Computed apart from this program, by the formulas of method 10.
    for (counts, expected) in CASES {
        let [both, won, lost, neither] = counts;
        let (judged, against) = contenders(both, won, lost, neither);
        let [low, high] = Paired::of(&judged, &against).difference_ci95;
        assert!(
            (low - expected[0]).abs() < 1e-6 && (high - expected[1]).abs() < 1e-6,
            "{counts:?}: {low} to {high}, expected {expected:?}"
        );
    }
}

/// Counts of both, won, lost, neither; and the interval.
const CASES: [([usize; 4], [f64; 2]); 3] = [
    ([36, 12, 2, 0], [0.0569296, 0.3404276]),
    ([53, 0, 1, 6], [-0.0843346, 0.0452541]),
    ([20, 12, 2, 16], [0.0561564, 0.3292070]),
];

#[test]
fn without_pairs_nothing_is_known() {
    let paired = Paired::of(&[outcome(1, true)], &[outcome(2, true)]);
    assert_eq!(paired.n, 0);
    assert_eq!(paired.difference_ci95, [-1.0, 1.0]);
    assert_eq!(paired.mcnemar_p, 1.0);
    assert_eq!(paired.median_time_difference_s, None);
}

#[test]
fn the_interval_of_a_median_is_that_of_its_ranks() {
    let numbers = |n: i32| -> Vec<f64> { (1..=n).rev().map(f64::from).collect() };
    // Ranks from tables of the sign test.
    assert_eq!(median_ci95(&numbers(5)), None);
    assert_eq!(median_ci95(&numbers(6)), Some([1.0, 6.0]));
    assert_eq!(median_ci95(&numbers(24)), Some([7.0, 18.0]));
    assert_eq!(median_ci95(&numbers(50)), Some([18.0, 33.0]));
    let mut odd = numbers(24);
    odd.extend([f64::NAN, f64::INFINITY]);
    assert_eq!(median_ci95(&odd), Some([7.0, 18.0]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn swapping_the_contenders_turns_everything_round(
        both in 0usize..40, won in 0usize..20, lost in 0usize..20, neither in 0usize..10,
    ) {
        let (judged, against) = contenders(both, won, lost, neither);
        let (one, other) = (Paired::of(&judged, &against), Paired::of(&against, &judged));
        prop_assert_eq!(one.more_failures, -other.more_failures);
        prop_assert_eq!(&one.lost_seeds, &other.won_seeds);
        prop_assert!((one.mcnemar_p - other.mcnemar_p).abs() < 1e-12);
        let [low, high] = one.difference_ci95;
        prop_assert!((low + other.difference_ci95[1]).abs() < 1e-12);
        prop_assert!(low <= one.difference && one.difference <= high);
        prop_assert!((-1.0..=1.0).contains(&low) && (-1.0..=1.0).contains(&high));
    }
}

#[test]
fn efforts_add_up_and_late_plans_are_counted() {
    let plans = |millis: &[i64]| -> Vec<PlanEffort> {
        let plan = |ms: &i64| PlanEffort {
            took: Span::from_millis(*ms),
            model_steps: 32,
        };
        millis.iter().map(plan).collect()
    };
    let ticks = |late, max_gap_ms| {
        Some(TickEffort {
            n: 100,
            late,
            max_gap_ms,
        })
    };
    let mut effort = Effort {
        plans: plans(&[1, 2, 3]),
        ticks: ticks(2, 7.0),
    };
    effort.add(Effort {
        plans: plans(&[4, 21]),
        ticks: ticks(1, 9.0),
    });
    let outcomes = [outcome(1, true), outcome(2, true), outcome(3, false)];
    let summary = Summary::of(&outcomes, &effort, Span::from_millis(20));
    assert_eq!(summary.plan.n, 5);
    assert_eq!(summary.plan.late, 1);
    assert_eq!(summary.plan.p50_ms, Some(3.0));
    assert_eq!(summary.plan.max_ms, Some(21.0));
    assert_eq!(summary.model_steps_per_plan, 32.0);
    let all = summary.ticks.expect("on the wall clock");
    assert_eq!((all.n, all.late, all.max_gap_ms), (200, 3, 9.0));
    assert_eq!(summary.failed_seeds, [3]);
    assert_eq!(summary.proportion().hits, 2);
}
