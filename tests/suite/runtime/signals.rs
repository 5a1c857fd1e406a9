//! Mirrors `src/runtime/signals.rs`.

use forerun::runtime::{ending_signals, is_ignored};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

#[test]
fn what_is_ignored_is_read_from_the_mask() {
    let status =
        "Name:\tforerun\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001003\nSigCgt:\t00\n";
    for (signal, ignored) in [
        (SIGHUP, true),
        (SIGINT, true),
        (SIGTERM, false),
        (SIGUSR1, false),
    ] {
        assert_eq!(is_ignored(status, signal), ignored, "{signal}");
    }
    for odd in ["", "SigIgn:", "SigIgn:\tmany", "SigBlk:\t0000000000000001"] {
        assert!(!is_ignored(odd, SIGHUP), "{odd:?}");
    }
    for signal in [i32::MIN, 0, 65, i32::MAX] {
        assert!(!is_ignored("SigIgn:\tffffffffffffffff", signal), "{signal}");
    }
}

#[test]
fn an_interrupt_and_a_kill_are_always_heard() {
    assert_eq!(ending_signals()[..2], [SIGINT, SIGTERM]);
}
