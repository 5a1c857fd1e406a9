//! Mirrors `src/ros/jumps.rs`.

use forerun::ros::Jumps;
use forerun::time::{Span, Stamp};

fn at(millis: i64) -> Stamp {
    Stamp::ZERO + Span::from_millis(millis)
}

#[test]
fn a_clock_that_is_set_now_and_then_is_said_each_time() {
    let mut jumps = Jumps::default();
    for minute in 0..5 {
        let now = at(60_000 * minute);
        let said = jumps.jumped(Span::from_millis(-40), at(1_000), now);
        assert!(said.is_some_and(|said| said.contains("jumped by -40.0 ms to 1.000 s")));
        for later in 1..200 {
            assert_eq!(jumps.ran_on(now + Span::from_millis(10 * later)), None);
        }
    }
}

#[test]
fn two_simulations_are_said_three_times_however_long_they_publish() {
    let mut jumps = Jumps::default();
    let mut said = Vec::new();
    for message in 0..3_000 {
        let now = at(10 * message);
        let step = Span::from_millis(if message % 2 == 0 { 100_000 } else { -99_990 });
        said.extend(jumps.jumped(step, at(5), now));
        said.extend(jumps.ran_on(now + Span::from_millis(5)));
    }
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("jumped by 100000.0 ms"), "{said:?}");
    assert!(said[1].contains("to and fro, 10 times"), "{said:?}");
    assert!(said[1].contains("ros2 topic info -v /clock"), "{said:?}");
    assert_eq!(jumps.ran_on(at(30_500)), None);
    let over = jumps.ran_on(at(31_000)).expect("it is over");
    assert!(over.contains("jumped 3000 times"), "{over}");
    assert_eq!(jumps.ran_on(at(40_000)), None);
}
