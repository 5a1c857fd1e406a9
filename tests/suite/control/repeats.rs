//! What is not sent changes nothing.

use forerun::control::{Command, ControlConfig, Repeats, Source, State};
use forerun::robot::{Action, ActionKind};
use forerun::time::{Span, Stamp};
use proptest::prelude::*;

fn config() -> ControlConfig {
    ControlConfig::default()
}

fn command(tick: i64, source: Source, speed: f64) -> Command {
    Command {
        stamp: Stamp::ZERO + config().period * tick,
        action: Action::from_fn(2, |axis| if axis == 0 { speed } else { 0.0 }),
        source,
        state: State::Holding,
        ..Command::default()
    }
}

/// Ticks at which something is sent.
fn sent(kind: ActionKind, commands: &[Command]) -> Vec<usize> {
    let mut repeats = Repeats::new(kind, &config());
    let due = commands.iter().map(|command| repeats.is_due(command));
    let due: Vec<bool> = due.collect();
    (0..commands.len()).filter(|tick| due[*tick]).collect()
}

fn source() -> impl Strategy<Value = Source> {
    prop::sample::select(vec![
        Source::None,
        Source::Plan,
        Source::PlanEnd,
        Source::Hold,
        Source::Hold,
        Source::Hold,
        Source::Brake,
    ])
}

proptest! {
    /// A robot that holds what was sent last does at each tick what was commanded, and is never left without a
    /// message for longer than it was told.
    #[test]
    fn what_is_sent_says_it_all(
        runs in prop::collection::vec((source(), prop::sample::select(vec![0.0, 0.2]), 1..60_usize), 1..12),
        position in any::<bool>(),
    ) {
        let kind = if position { ActionKind::JointPosition } else { ActionKind::JointVelocity };
        let mut commands = Vec::new();
        for (source, speed, ticks) in runs {
            for _ in 0..ticks {
                commands.push(command(commands.len() as i64, source, speed));
            }
        }
        let sent = sent(kind, &commands);
        let longest = config().repeat + config().period;
        let mut last: Option<&Command> = None;
        for (tick, command) in commands.iter().enumerate() {
            if sent.contains(&tick) {
                prop_assert!(command.is_sent());
                last = Some(command);
            }
            if !command.is_sent() {
                continue;
            }
            let last = last.expect("something was sent");
            prop_assert_eq!(last.action, command.action);
            prop_assert!(command.stamp - last.stamp < longest);
            if command.source != Source::Hold {
                prop_assert_eq!(last.stamp, command.stamp);
            }
        }
    }
}

#[test]
fn a_standstill_is_repeated_now_and_then() {
    let commands: Vec<Command> = (0..220)
        .map(|tick| command(tick, Source::Hold, 0.0))
        .collect();
    let sent = sent(ActionKind::JointVelocity, &commands);
    assert_eq!(sent[..20], Vec::from_iter(0..20));
    assert_eq!(sent[20..24], [29, 39, 49, 59]);
    assert_eq!(sent.len(), 20 + 20);
}

/// Limits may move an axis back inside while the robot holds.
#[test]
fn what_creeps_is_sent_at_every_tick() {
    let commands: Vec<Command> = (0..100)
        .map(|tick| command(tick, Source::Hold, 0.01))
        .collect();
    assert_eq!(sent(ActionKind::JointVelocity, &commands).len(), 100);
    assert_eq!(sent(ActionKind::BodyTwist, &commands).len(), 100);
    assert!(sent(ActionKind::JointPosition, &commands).len() < 40);
}

#[test]
fn a_clock_that_is_set_back_silences_nobody() {
    let mut repeats = Repeats::new(ActionKind::JointVelocity, &config());
    for tick in 10_000..10_100 {
        repeats.is_due(&command(tick, Source::Hold, 0.0));
    }
    assert!(repeats.is_due(&command(3, Source::Hold, 0.0)));
}

#[test]
fn zero_means_every_tick() {
    let every = ControlConfig {
        repeat: Span::ZERO,
        ..config()
    };
    let mut repeats = Repeats::new(ActionKind::JointVelocity, &every);
    assert!((0..200).all(|tick| repeats.is_due(&command(tick, Source::Hold, 0.0))));
}
