//! From an image's stamp to the command of its plan.

use std::sync::Arc;

use forerun::cli::Stopwatch;
use forerun::control::{Command, Source};
use forerun::planner::{Evidence, Plan};
use forerun::runtime::{CommandSink, Event, Observer, PortError};
use forerun::time::{FastClock, Span, Stamp};

fn at(millis: i64) -> Stamp {
    Stamp::from_nanos(millis * 1_000_000)
}

struct Sink;

impl CommandSink for Sink {
    fn send(&mut self, _command: &Command) -> Result<(), PortError> {
        Ok(())
    }
}

/// A plan made at `made` [ms] that took 1 ms to encode, 1 for the belief and 3 to search.
fn plan(made: i64) -> Event {
    let millis = Span::from_millis;
    Event::Plan(Arc::new(Plan {
        made: at(made),
        evidence: Evidence {
            encode: millis(1),
            belief: millis(1),
            search: millis(3),
            ..Evidence::default()
        },
        ..Plan::default()
    }))
}

fn belief(stamp: i64) -> Event {
    Event::Belief {
        stamp: at(stamp),
        distance: None,
        surprise: None,
    }
}

#[test]
fn the_first_command_after_a_plans_delivery_counts_and_no_image_counts_twice() {
    let clock = Arc::new(FastClock::new());
    let stopwatch = Stopwatch::default();
    let mut tap = stopwatch.tap(Box::new(Sink), clock.clone());
    let mut ear = stopwatch.ear();
    let mut send = |tick: i64| {
        let command = Command {
            stamp: at(tick),
            source: Source::Plan,
            ..Command::default()
        };
        clock.advance_to(at(tick + 1));
        tap.send(&command).expect("a sink that takes everything");
    };
    // An image of 100 ms, planned on at 104, delivered at 108: not by the tick of 105, by that of 110, out at 111.
    ear.observe(&belief(100));
    send(105);
    send(110);
    ear.observe(&plan(104));
    send(115);
    // A plan without a new image.
    ear.observe(&plan(120));
    send(130);
    ear.observe(&belief(133));
    let report = stopwatch.report();
    let close = |found: f64, expected: f64| (found - expected).abs() < 0.02;
    for (times, expected) in [
        (report.image_to_command, 11.0),
        (report.plan, 5.0),
        (report.beyond_the_plan, 6.0),
    ] {
        assert_eq!(times.n, 1, "{report:?}");
        assert!(
            close(times.p50, expected) && close(times.p99, expected) && close(times.max, expected),
            "{report:?}"
        );
    }
    // A second one, slower.
    ear.observe(&plan(150));
    send(155);
    ear.observe(&belief(166));
    let report = stopwatch.report();
    assert_eq!(report.image_to_command.n, 2);
    assert!(close(report.image_to_command.p50, 11.0), "{report:?}");
    assert!(close(report.image_to_command.p99, 23.0), "{report:?}");
}
