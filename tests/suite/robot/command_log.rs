//! Action rows against sums by brute force.

use forerun::robot::{Action, CommandLog};
use forerun::time::Stamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn stamp(millis: i64) -> Stamp {
    Stamp::from_nanos(millis * 1_000_000)
}

fn log(commands: &[(i64, f64)]) -> CommandLog {
    let mut log = CommandLog::new(1, 64);
    let mut at = 0;
    for (gap, value) in commands {
        at += gap;
        log.push(stamp(at), Action::from_slice(&[*value]).expect("one axis"));
    }
    log
}

/// The command in force in each millisecond, summed.
fn brute_force(commands: &[(i64, f64)], from: i64, to: i64) -> f64 {
    let mut stamps = Vec::new();
    let mut at = 0;
    for (gap, value) in commands {
        at += gap;
        stamps.push((at, *value));
    }
    let held = |at| {
        stamps
            .iter()
            .rev()
            .find(|entry| entry.0 <= at)
            .map_or(0.0, |entry| entry.1)
    };
    (from..to).map(held).sum::<f64>() * 1e-3
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn means_and_integrals_equal_brute_force(
        commands in proptest::collection::vec((1i64..20, -3.0f64..3.0), 0..40),
        from in 0i64..400,
        part in 1i64..60,
        block in 1usize..4,
    ) {
        let log = log(&commands);
        let to = from + part * block as i64;
        let integral = log.integral(stamp(from), stamp(to))[0];
        prop_assert!((integral - brute_force(&commands, from, to)).abs() < 1e-9);
        let mut row = vec![0.0; block];
        log.action_row(stamp(from), stamp(to), block, &mut row);
        for (index, mean) in row.iter().enumerate() {
            let start = from + part * index as i64;
            let expected = brute_force(&commands, start, start + part) / (part as f64 * 1e-3);
            prop_assert!((f64::from(*mean) - expected).abs() < 1e-5, "{mean} {expected}");
        }
    }

    #[test]
    fn integrals_add_up(
        commands in proptest::collection::vec((1i64..20, -3.0f64..3.0), 0..40),
        mut cuts in proptest::array::uniform3(0i64..500),
    ) {
        cuts.sort();
        let log = log(&commands);
        let [a, b, c] = cuts.map(stamp);
        let whole = log.integral(a, c)[0];
        prop_assert!((whole - log.integral(a, b)[0] - log.integral(b, c)[0]).abs() < 1e-9);
    }
}

#[test]
fn before_the_first_command_and_in_an_empty_interval_nothing_moves() {
    let log = log(&[(10, 2.0)]);
    assert_eq!(log.integral(stamp(0), stamp(10))[0], 0.0);
    assert_eq!(log.integral(stamp(20), stamp(20))[0], 0.0);
    assert_eq!(log.integral(stamp(30), stamp(20))[0], 0.0);
}

#[test]
fn the_oldest_commands_are_forgotten_first() {
    let mut log = CommandLog::new(1, 2);
    for at in 0..5 {
        log.push(
            stamp(at),
            Action::from_slice(&[at as f64]).expect("one axis"),
        );
    }
    assert_eq!(log.first_stamp(), Some(stamp(3)));
    assert_eq!(log.last().map(|last| last.1[0]), Some(4.0));
}
