//! Mirrors `src/time/external.rs`.

use std::sync::atomic::{AtomicBool, Ordering};

use forerun::time::{Clock, Condition, ExternalClock, Span, Stamp, Told};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const PATIENCE: Span = Span::from_millis(500);

fn ms(millis: i64) -> Stamp {
    Stamp::from_nanos(millis * 1_000_000)
}

/// Told every 10 ms since 1 s of wall time, from 100 s of its own on, at `rate` hundredths of wall time.
fn running(messages: i64, rate: i64) -> ExternalClock {
    let clock = ExternalClock::new(PATIENCE);
    for message in 0..messages {
        let told = clock.tell_at(ms(100_000 + message * rate / 10), ms(1000 + 10 * message));
        let expected = if message == 0 {
            Told::Begun
        } else {
            Told::Onward
        };
        assert_eq!(told, expected);
    }
    clock
}

#[test]
fn before_it_is_told_it_stands_and_session_time_passes() {
    let clock = ExternalClock::new(PATIENCE);
    assert_eq!(clock.condition_at(ms(10)), Condition::Stands);
    assert_eq!((clock.at(ms(10)), clock.at(ms(700))), (ms(10), ms(700)));
    assert_eq!((clock.jumps(), clock.told()), (0, Some(Span::ZERO)));
}

/// Many threads read it, the command thread among them.
#[test]
fn what_is_read_while_it_is_told_is_whole() {
    let clock = ExternalClock::new(PATIENCE);
    clock.tell_at(ms(100_000), ms(1000));
    let offset = clock.told();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(clock.told(), offset, "parts of two messages");
                }
            });
        }
        for message in 1..300_000 {
            clock.tell_at(ms(100_000 + 10 * message), ms(1000 + 10 * message));
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn it_begins_where_session_time_is_and_runs_as_it_is_told() {
    for rate in [50, 100, 200] {
        let clock = running(101, rate);
        let now = ms(1000 + 10 * rate);
        assert_eq!(clock.at(ms(2000)), now, "{rate} %");
        assert_eq!(clock.told(), Some(ms(100_000) - ms(1000)));
        assert_eq!((clock.condition(), clock.jumps()), (Condition::Runs, 1));
        // Between two messages it runs on at that rate, at most a step.
        assert_eq!(clock.at(ms(2005)), now + Span::from_nanos(50_000 * rate));
        for later in [2010, 2100, 2500] {
            assert_eq!(clock.at(ms(later)), now + Span::from_nanos(100_000 * rate));
        }
    }
}

#[test]
fn one_that_stands_gives_way_to_the_wall_clock() {
    let clock = running(101, 100);
    assert_eq!(clock.condition_at(ms(2500)), Condition::Runs);
    // The same time again is no time.
    assert_eq!(clock.tell_at(ms(101_000), ms(2400)), Told::Onward);
    assert_eq!(clock.condition_at(ms(2501)), Condition::Stands);
    assert_eq!(clock.at(ms(3500)), ms(2010 + 1000));
    // Told on, it runs again; what was known is stale.
    assert_eq!(clock.tell_at(ms(101_010), ms(4000)), Told::Begun);
    assert_eq!(
        (clock.condition_at(ms(4010)), clock.jumps()),
        (Condition::Runs, 2)
    );
    assert!(clock.at(ms(4000)) - ms(2010) > Span::from_secs(20.0));
}

#[test]
fn a_jump_leaves_a_hole_in_session_time() {
    for (to, step) in [(0, -101_000), (100_999, -1), (200_000, 99_000)] {
        let clock = running(101, 100);
        let before = clock.at(ms(2005));
        let told = clock.tell_at(ms(to), ms(2010));
        assert_eq!(told, Told::Jumped(Span::from_millis(step)));
        assert_eq!(clock.jumps(), 2);
        let now = clock.at(ms(2010));
        assert!(now - before > Span::from_secs(20.0), "{to}: {now}");
        assert_eq!(clock.told(), Some(ms(to) - now));
        assert_eq!(clock.tell_at(ms(to + 10), ms(2020)), Told::Onward);
        assert_eq!(clock.at(ms(2020)), now + Span::from_millis(10));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is told, session time never goes back; and it goes on, told or not.
    #[test]
    fn session_time_never_goes_back_and_never_stands_for_ever(
        messages in proptest::collection::vec((any::<i64>(), -50..400_i64, 0..900_i64, any::<bool>()), 1..60)
    ) {
        let clock = ExternalClock::new(PATIENCE);
        let (mut told, mut wall, mut last) = (0, 0, Stamp::ZERO);
        for (wild, step, later, tame) in messages {
            for part in 0..=4 {
                let now = clock.at(ms(wall + later * part / 4));
                prop_assert!(now >= last);
                last = now;
            }
            wall += later;
            told = if tame { told + step } else { wild / 4_000_000 };
            clock.tell_at(ms(told), ms(wall));
        }
        let silent = clock.at(ms(wall + 2000));
        prop_assert!(clock.at(ms(wall + 5000)) - silent == Span::from_millis(3000));
    }

    /// A steady clock is followed within a step, however its messages are late.
    #[test]
    fn a_steady_clock_is_followed_within_a_step(delays in proptest::collection::vec(0..8_i64, 20..80)) {
        let clock = ExternalClock::new(PATIENCE);
        for (message, delay) in (0..).zip(delays) {
            let (told, wall) = (ms(5000 + 10 * message), ms(10 * message + delay));
            clock.tell_at(told, wall);
            let offset = clock.told().expect("it is told");
            let error = clock.at(wall) + offset - told;
            prop_assert!((Span::ZERO..=Span::from_millis(10)).contains(&error), "{error}");
        }
    }
}
