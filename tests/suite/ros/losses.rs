//! Mirrors `src/ros/losses.rs`.

use forerun::ros::Losses;
use forerun::time::{Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn at(millis: i64) -> Stamp {
    Stamp::ZERO + Span::from_millis(millis)
}

#[test]
fn a_spell_is_said_when_it_begins_and_counted_when_it_is_over() {
    let mut losses = Losses::default();
    assert_eq!(losses.over(at(0)), None);
    let said: Vec<bool> = (0..500).map(|tick| losses.lose(at(5 * tick))).collect();
    assert_eq!(said.iter().filter(|begins| **begins).count(), 1);
    assert!(said[0]);
    assert_eq!(losses.count(), 500);
    assert_eq!(losses.over(at(2_600)), None);
    assert_eq!(losses.over(at(3_500)), Some(500));
    assert_eq!(losses.over(at(9_000)), None);
    assert!(losses.lose(at(9_000)));
    assert_eq!(losses.over(at(10_000)), Some(1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whenever things are lost and looked after: at most one sentence a second, and every loss is counted once.
    #[test]
    fn every_loss_is_counted_and_few_are_said(waits in prop::collection::vec((0_i64..3_000, any::<bool>()), 0..80)) {
        let mut losses = Losses::default();
        let (mut now, mut lost, mut counted) = (0, 0, 0);
        let mut said: Vec<i64> = Vec::new();
        for (wait, loses) in waits {
            now += wait;
            // Whoever loses nothing looks.
            counted += losses.over(at(now)).unwrap_or(0);
            if loses {
                lost += 1;
                if losses.lose(at(now)) {
                    said.push(now);
                }
            }
        }
        counted += losses.over(at(now + 1_000)).unwrap_or(0);
        prop_assert_eq!(counted, lost);
        prop_assert!(said.is_sorted_by(|a, b| a + 1_000 <= *b), "{:?}", said);
    }
}
