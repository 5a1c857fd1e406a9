//! What [`Health`] makes of a session, task by task.

use super::Status;
use super::comparison::shadow;
use super::health::{Finding, Health, Level, level};
use crate::config::Number;
use crate::control::State;
use crate::time::Span;

impl Health {
    /// Judges `now`; rates are counted since `before`, an earlier status of the same session.
    pub fn examine(&self, before: &Status, now: &Status) -> Vec<Finding> {
        let seen: [fn(&Self, &Status, &Status) -> Finding; 5] = [
            Self::command_loop,
            Self::inputs,
            Self::planner,
            Self::limits,
            Self::transport,
        ];
        let mut findings = vec![supervisor(now)];
        findings.extend(seen.map(|look| {
            let mut finding = look(self, before, now);
            if now.state == State::Unconfigured {
                (finding.level, finding.message) = (Level::Ok, "no model is loaded".to_owned());
            }
            finding
        }));
        findings.extend(shadow(before, now));
        findings
    }

    fn command_loop(&self, before: &Status, now: &Status) -> Finding {
        let ticks = now.ticks.saturating_sub(before.ticks);
        let misses = now.misses.saturating_sub(before.misses);
        let late = fraction(misses, ticks);
        let gap = now.recent_gap;
        let judged = if gap > self.stops.gap {
            let why = format!(
                "a gap of {}, control.max_gap is {}",
                ms(gap),
                ms(self.stops.gap)
            );
            (Level::Error, why)
        } else if gap > self.gap {
            let why = format!("a gap of {}, diagnostics.gap is {}", ms(gap), ms(self.gap));
            (Level::Warn, why)
        } else if late > self.late {
            (
                Level::Warn,
                format!("{:.0} % of the ticks were late", 100.0 * late),
            )
        } else {
            (Level::Ok, format!("largest gap {}", ms(gap)))
        };
        finding(
            "command loop",
            judged,
            vec![
                ("ticks", now.ticks.to_string()),
                ("misses", now.misses.to_string()),
                ("late", format!("{late:.3}")),
                ("largest gap of 5 s [ms]", millis(gap)),
                ("largest gap [ms]", millis(now.max_gap)),
            ],
        )
    }

    fn inputs(&self, before: &Status, now: &Status) -> Finding {
        let judge =
            |name, age: Option<Span>, worst: Option<Span>, oldest: Span, stop| match (age, worst) {
                (None, _) => (Level::Error, format!("no {name} has come")),
                (Some(age), _) if age > oldest => (
                    Level::Error,
                    format!("{name} {} old, {stop} is {}", ms(age), ms(oldest)),
                ),
                (_, Some(worst)) if worst > oldest => (
                    Level::Error,
                    format!("{name} was {} old, {stop} is {}", ms(worst), ms(oldest)),
                ),
                (_, Some(worst)) if worst.secs() > self.age * oldest.secs() => (
                    Level::Warn,
                    format!("{name} was {} old, {stop} is {}", ms(worst), ms(oldest)),
                ),
                _ => (Level::Ok, String::new()),
            };
        let image = self.stops.image.map(|oldest| {
            judge(
                "image",
                now.image_age,
                now.recent_image_age,
                oldest,
                "control.stale_image",
            )
        });
        let state = judge(
            "state",
            now.state_age,
            now.recent_state_age,
            self.stops.state,
            "control.stale_state",
        );
        // The image's, where both are as bad: the camera is what an operator must look for.
        let mut judged = [state]
            .into_iter()
            .chain(image)
            .max_by_key(|found| found.0)
            .unwrap_or_default();
        // Nothing moves: it matters once somebody activates.
        if !now.state.is_active() && judged.0 == Level::Error {
            judged = (
                Level::Warn,
                format!("{}; activate will be refused", judged.1),
            );
        }
        if judged.0 == Level::Ok {
            judged.1 = "fresh".to_owned();
        }
        let seconds = now.images.saturating_sub(before.images);
        finding(
            "inputs",
            judged,
            vec![
                ("images since the last report", seconds.to_string()),
                ("image age [ms]", age(now.image_age)),
                ("largest image age of 5 s [ms]", age(now.recent_image_age)),
                ("state age [ms]", age(now.state_age)),
                ("largest state age of 5 s [ms]", age(now.recent_state_age)),
                ("largest skew of 5 s [ms]", millis(now.recent_skew)),
            ],
        )
    }

    fn planner(&self, before: &Status, now: &Status) -> Finding {
        let plans = now.plans.saturating_sub(before.plans);
        let time = now.recent_plan_time;
        let used = time.secs() / now.plan_budget.secs().max(1e-9);
        let judged = if time > self.stops.plan {
            let stop = ms(self.stops.plan);
            (
                Level::Error,
                format!("a plan took {}, control.stale_plan is {stop}", ms(time)),
            )
        } else if now.state == State::Tracking && plans == 0 {
            (Level::Warn, "no plan since the last report".to_owned())
        } else if used > self.budget {
            let budget = ms(now.plan_budget);
            (
                Level::Warn,
                format!("a plan took {}, planner.budget is {budget}", ms(time)),
            )
        } else {
            (Level::Ok, format!("slowest plan {}", ms(time)))
        };
        finding(
            "planner",
            judged,
            vec![
                ("plans since the last report", plans.to_string()),
                ("slowest plan of 5 s [ms]", millis(time)),
                ("budget [ms]", millis(now.plan_budget)),
                ("budget used", format!("{used:.2}")),
                (
                    "surprise [model steps]",
                    now.surprise
                        .map_or_else(String::new, |value| format!("{:.3}", Number(value))),
                ),
            ],
        )
    }

    fn limits(&self, before: &Status, now: &Status) -> Finding {
        let limited = fraction(
            now.limited_ticks.saturating_sub(before.limited_ticks),
            now.ticks.saturating_sub(before.ticks),
        );
        let judged = if limited > self.limited {
            (
                Level::Warn,
                format!(
                    "{:.0} % of the commands were changed by the limits",
                    100.0 * limited
                ),
            )
        } else {
            (
                Level::Ok,
                format!("{:.0} % of the commands changed", 100.0 * limited),
            )
        };
        finding(
            "limits",
            judged,
            vec![
                ("limited", format!("{limited:.3}")),
                ("limited since the start", format!("{:.4}", now.limited)),
            ],
        )
    }

    fn transport(&self, before: &Status, now: &Status) -> Finding {
        let refused = now.refused.saturating_sub(before.refused);
        let lost = now.lost.saturating_sub(before.lost);
        let dropped = now.dropped.saturating_sub(before.dropped);
        let many = |count: u64| count as f64 > self.drops;
        let judged = if many(refused) {
            (
                Level::Warn,
                format!("{refused} messages refused: {}", now.refusal),
            )
        } else if many(lost) {
            (
                Level::Warn,
                format!("{lost} messages lost: they come faster than they are used"),
            )
        } else if many(dropped) {
            (Level::Warn, format!("{dropped} events lost to observers"))
        } else {
            (Level::Ok, "nothing lost".to_owned())
        };
        finding(
            "transport",
            judged,
            vec![
                ("messages refused", now.refused.to_string()),
                ("last refusal", now.refusal.clone()),
                ("messages lost", now.lost.to_string()),
                ("events lost", now.dropped.to_string()),
            ],
        )
    }
}

fn supervisor(now: &Status) -> Finding {
    let warns = now.second_commander && now.state.is_active();
    let second = match warns {
        true => "; somebody else commands the robot, too: no goal is taken until they stop",
        false => "",
    };
    let level = level(now.state).max(if warns { Level::Warn } else { Level::Ok });
    let message = format!("{}: {}{second}", now.state, now.reason());
    finding(
        "supervisor",
        (level, message),
        vec![
            ("goal", now.goal.to_string()),
            (
                "distance [model steps]",
                now.distance
                    .map_or_else(String::new, |value| format!("{:.3}", Number(value))),
            ),
            ("sentence", now.sentence.clone()),
        ],
    )
}

pub(super) fn finding(
    task: &'static str,
    (level, message): (Level, String),
    values: Vec<(&'static str, String)>,
) -> Finding {
    Finding {
        task,
        level,
        message,
        values,
    }
}

fn fraction(part: u64, whole: u64) -> f64 {
    part as f64 / (whole as f64).max(1.0)
}

fn age(age: Option<Span>) -> String {
    age.map_or_else(String::new, millis)
}

fn ms(span: Span) -> String {
    format!("{} ms", millis(span))
}

fn millis(span: Span) -> String {
    format!("{:.1}", span.millis())
}
