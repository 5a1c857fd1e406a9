//! A session's status in the words of `diagnostic_msgs`.

use crate::control::State;
use crate::runtime::Status;
use crate::time::Span;

/// Levels of a DiagnosticStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// As it should be.
    Ok = 0,
    /// Look at it.
    Warn = 1,
    /// Somebody must act.
    Error = 2,
}

/// How bad a state is: Braking warns; Stopped and Fault wait for an operator.
pub fn level(state: State) -> Level {
    match state {
        State::Unconfigured | State::Inactive | State::Holding | State::Tracking => Level::Ok,
        State::Braking => Level::Warn,
        State::Stopped | State::Fault => Level::Error,
    }
}

/// `Stopped: stale input: image`.
pub fn summary(status: &Status) -> String {
    format!("{}: {}", status.state, status.cause)
}

/// Every field of `status` as key and value, units in the keys; what isn't known is empty.
pub fn values(status: &Status) -> Vec<(&'static str, String)> {
    let age = |age: Option<Span>| age.map_or_else(String::new, millis);
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    vec![
        ("state", status.state.to_string()),
        ("cause", status.cause.to_string()),
        ("goal", status.goal.to_string()),
        ("distance [model steps]", number(status.distance)),
        ("sentence", status.sentence.clone()),
        ("plan_time [ms]", millis(status.plan_time)),
        ("plan_budget [ms]", millis(status.plan_budget)),
        ("plans", status.plans.to_string()),
        ("ticks", status.ticks.to_string()),
        ("misses", status.misses.to_string()),
        ("max_gap [ms]", millis(status.max_gap)),
        ("image_age [ms]", age(status.image_age)),
        ("state_age [ms]", age(status.state_age)),
        ("images", status.images.to_string()),
        ("refused", status.refused.to_string()),
        ("refusal", status.refusal.clone()),
        ("dropped", status.dropped.to_string()),
        ("surprise [model steps]", number(status.surprise)),
        ("limited", format!("{:.4}", status.limited)),
    ]
}

fn millis(span: Span) -> String {
    format!("{:.1}", span.millis())
}
