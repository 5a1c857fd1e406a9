//! What deciding took: plans, their time, and what came too late.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use serde::Serialize;

use super::wilson::quantile;
use crate::planner::Evidence;
use crate::runtime::{Event, Observer};
use crate::time::Span;

/// One plan's time and size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanEffort {
    /// Real time from the frame to the plan, encoding and belief included.
    pub took: Span,
    /// Model steps in it.
    pub model_steps: usize,
}

/// What deciding took in some episodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effort {
    /// Every plan.
    pub plans: Vec<PlanEffort>,
    /// What only real time can miss; `None` on the fast clock.
    pub ticks: Option<TickEffort>,
}

/// How punctual the command ticks were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TickEffort {
    /// Command ticks.
    pub n: u64,
    /// Those that came later than half a period.
    pub late: u64,
    /// The largest gap between two `[ms]`.
    pub max_gap_ms: f64,
}

/// The times of plans in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PlanTimes {
    /// Plans.
    pub n: usize,
    /// Median `[ms]`; `None` without plans.
    pub p50_ms: Option<f64>,
    /// 99 % quantile `[ms]`.
    pub p99_ms: Option<f64>,
    /// The longest `[ms]`.
    pub max_ms: Option<f64>,
    /// What a plan may take `[ms]`.
    pub budget_ms: f64,
    /// Plans that took longer than that.
    pub late: usize,
}

impl Effort {
    /// Adds what another episode took.
    pub fn add(&mut self, other: Self) {
        self.plans.extend(other.plans);
        self.ticks = match (self.ticks, other.ticks) {
            (Some(a), Some(b)) => Some(TickEffort {
                n: a.n + b.n,
                late: a.late + b.late,
                max_gap_ms: a.max_gap_ms.max(b.max_gap_ms),
            }),
            (a, b) => a.or(b),
        };
    }

    /// Mean model steps a plan; 0 without plans.
    pub fn model_steps_per_plan(&self) -> f64 {
        let steps: usize = self.plans.iter().map(|plan| plan.model_steps).sum();
        steps as f64 / self.plans.len().max(1) as f64
    }

    /// The plans' times against a `budget`.
    pub fn plan_times(&self, budget: Span) -> PlanTimes {
        let took: Vec<f64> = self.plans.iter().map(|plan| plan.took.millis()).collect();
        PlanTimes {
            n: took.len(),
            p50_ms: quantile(&took, 0.5),
            p99_ms: quantile(&took, 0.99),
            max_ms: quantile(&took, 1.0),
            budget_ms: budget.millis(),
            late: self.plans.iter().filter(|plan| plan.took > budget).count(),
        }
    }
}

/// Notes the plans of a session.
pub struct Stopwatch(Receiver<PlanEffort>);

impl Stopwatch {
    /// For the fast clock, whose plans carry no real time: the observer, called in line, measures from what
    /// happened last before the frame was encoded.
    pub fn fast() -> (Self, Box<dyn Observer>) {
        let (notes, read) = channel();
        let observer = InLine {
            notes,
            before: Instant::now(),
        };
        (Self(read), Box::new(observer))
    }

    /// For the wall clock, whose plans carry their times.
    pub fn wall() -> (Self, Box<dyn Observer>) {
        let (notes, read) = channel();
        (Self(read), Box::new(Carried(notes)))
    }

    /// The plans so far.
    pub fn plans(&self) -> Vec<PlanEffort> {
        self.0.try_iter().collect()
    }
}

struct InLine {
    notes: Sender<PlanEffort>,
    before: Instant,
}

impl Observer for InLine {
    fn observe(&mut self, event: &Event) {
        match event {
            Event::Plan(plan) => {
                let nanos = self.before.elapsed().as_nanos();
                let took = Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
                note(&self.notes, took, &plan.evidence);
            }
            Event::Belief { .. } => {}
            _ => self.before = Instant::now(),
        }
    }
}

struct Carried(Sender<PlanEffort>);

impl Observer for Carried {
    fn observe(&mut self, event: &Event) {
        if let Event::Plan(plan) = event {
            let evidence = &plan.evidence;
            let took = evidence.time();
            note(&self.0, took, evidence);
        }
    }
}

fn note(notes: &Sender<PlanEffort>, took: Span, evidence: &Evidence) {
    // Who doesn't read any more doesn't want to know.
    let _ = notes.send(PlanEffort {
        took,
        model_steps: evidence.model_steps,
    });
}
