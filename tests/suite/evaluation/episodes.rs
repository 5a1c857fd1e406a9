//! Episodes: what happens in one depends on its seed alone.

use forerun::cli::{Contender, Lab};

#[test]
fn an_episode_is_the_same_whatever_ran_before_it() {
    let lab = Lab::new("arm").expect("the shipped package loads");
    let run = |seed| {
        let (outcome, effort) = lab
            .fast_episode(Contender::Model, seed)
            .expect("an episode");
        assert!(effort.ticks.is_none() && !effort.plans.is_empty());
        (outcome, effort.plans.len())
    };
    let first = run(9001);
    assert_ne!(run(9000).0.time, first.0.time);
    assert_eq!(run(9001), first);
}
