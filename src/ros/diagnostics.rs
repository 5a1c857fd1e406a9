//! A session's status and health in the words of `diagnostic_msgs`.

use r2r::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};

use super::unheard::Silence;
use crate::config::Number;
use crate::control::State;
use crate::runtime::{Finding, Level, Status};
use crate::time::{Condition, Span};

/// One entry of `/diagnostics`, named as REP-107 wants it: `/forerun: command loop`.
pub(super) fn entry(node: &str, robot: &str, finding: Finding) -> DiagnosticStatus {
    status(
        (finding.level, finding.message),
        format!("{node}: {}", finding.task),
        robot,
        finding.values,
    )
}

/// A DiagnosticStatus.
pub(super) fn status(
    (level, message): (Level, String),
    name: String,
    robot: &str,
    values: Vec<(&'static str, String)>,
) -> DiagnosticStatus {
    let values = values.into_iter().map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value,
    });
    DiagnosticStatus {
        level: level as u8,
        name,
        message,
        hardware_id: robot.to_owned(),
        values: values.collect(),
    }
}

/// What a node in `state` makes of the publishers that it can't hear, and of the clock that it is told. What it can't
/// work without is an error once the robot is commanded.
pub fn topics(state: State, clock: Condition, unheard: &[Silence]) -> Finding {
    let stands = clock == Condition::Stands;
    let mut sentences: Vec<&str> = unheard
        .iter()
        .map(|found| found.sentence.as_str())
        .collect();
    let vital = unheard.iter().any(|found| found.vital);
    if stands && !vital {
        sentences.push("/clock: its publisher tells no time, or the same again and again");
    }
    let level = match (sentences.is_empty(), vital || stands) {
        (true, _) => Level::Ok,
        (false, true) if state.is_active() => Level::Error,
        (false, _) => Level::Warn,
    };
    let message = match level {
        Level::Ok => "every publisher is heard".to_owned(),
        Level::Warn | Level::Error => sentences.join("; "),
    };
    Finding {
        task: "topics",
        level,
        message,
        values: vec![
            ("publishers not heard", unheard.len().to_string()),
            ("time goes on", (!stands).to_string()),
        ],
    }
}

/// `Stopped: stale input: image`.
pub fn summary(status: &Status) -> String {
    format!("{}: {}", status.state, status.cause)
}

/// Every field of `status` as key and value, units in the keys; what isn't known is empty.
pub fn values(status: &Status) -> Vec<(&'static str, String)> {
    let age = |age: Option<Span>| age.map_or_else(String::new, millis);
    let number = |value: Option<f64>| {
        value.map_or_else(String::new, |value| format!("{:.3}", Number(value)))
    };
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
        ("skew [ms]", millis(status.recent_skew)),
        ("images", status.images.to_string()),
        ("refused", status.refused.to_string()),
        ("refusal", status.refusal.clone()),
        ("dropped", status.dropped.to_string()),
        ("behind", status.behind.clone()),
        ("surprise [model steps]", number(status.surprise)),
        ("limited", format!("{:.4}", status.limited)),
    ]
}

fn millis(span: Span) -> String {
    format!("{:.1}", span.millis())
}
