//! Mirrors `src/time`.

mod external;

use forerun::time::{Clock, FastClock, Span, Stamp};

#[test]
fn a_grid_of_stamps_never_drifts() {
    let period = Span::from_secs(1.0 / 200.0);
    let mut stamp = Stamp::ZERO;
    for _ in 0..200 * 3600 {
        stamp += period;
    }
    assert_eq!(stamp, Stamp::from_nanos(3600 * 1_000_000_000));
}

#[test]
fn arithmetic_saturates_instead_of_wrapping() {
    let last = Stamp::from_nanos(i64::MAX);
    assert_eq!(last + Span::from_nanos(1), last);
    assert_eq!(Span::from_secs(f64::INFINITY), Span::from_nanos(i64::MAX));
    assert_eq!(Span::from_secs(f64::NAN), Span::ZERO);
}

#[test]
fn the_fast_clock_never_goes_back() {
    let clock = FastClock::new();
    clock.advance_to(Stamp::from_nanos(7));
    clock.advance_to(Stamp::from_nanos(3));
    assert_eq!(clock.now(), Stamp::from_nanos(7));
}
