//! Why this plan and no other: its cost a term, its time against the budget, its distance, its sentence.

use std::fmt::Write;

use rerun::{EntityPath, EntityPathPart, Scalars, SeriesLines, TextDocument};

use super::canvas::Canvas;
use super::colour;
use super::scene::Scene;
use crate::planner::{Evidence, Plan, Proposal, TermCost};
use crate::time::Span;

/// The entity that cost plots lie under.
pub(super) const COST: &str = "plan/cost";
/// The entity that stage times lie under [ms].
pub(super) const TIME: &str = "plan/time";
/// The entity that distances lie under [model steps].
pub(super) const DISTANCE: &str = "distance";
/// The entity that surprises lie under [model steps].
pub(super) const SURPRISE: &str = "surprise";
/// The entity that holds the plan's sentence and its table.
pub(super) const DECISION: &str = "plan/decision";

/// Draws decisions and what they rest on.
pub(super) struct Decisions {
    budget: Option<Span>,
    reached: Option<f64>,
    alarming: Option<f64>,
    lines: Lines,
    terms: Vec<(&'static str, EntityPath)>,
}

struct Lines {
    chosen: EntityPath,
    standing_still: EntityPath,
    encode: EntityPath,
    belief: EntityPath,
    search: EntityPath,
    total: EntityPath,
    budget: EntityPath,
    ahead: EntityPath,
    distance: EntityPath,
    reached: EntityPath,
    surprise: EntityPath,
    alarming: EntityPath,
    decision: EntityPath,
}

impl Decisions {
    /// Names and colours the lines.
    pub fn new(canvas: &mut Canvas, scene: &Scene) -> Self {
        let mut line = |parent: &str, name: &str, label: &str, colour, width| {
            let entity = EntityPath::from(parent) / EntityPathPart::new(name);
            style(canvas, &entity, label, colour, width);
            entity
        };
        let lines = Lines {
            chosen: line(COST, "chosen", "chosen plan", colour::CHOSEN, 2.2),
            standing_still: line(COST, "standing_still", "standing still", colour::LIMIT, 1.2),
            encode: line(TIME, "encode", "encode", colour::distinct(0), 1.0),
            belief: line(TIME, "belief", "belief", colour::distinct(3), 1.0),
            search: line(TIME, "search", "search", colour::distinct(2), 1.0),
            total: line(TIME, "total", "total", colour::CHOSEN, 1.6),
            budget: line(TIME, "budget", "budget", colour::LIMIT, 1.2),
            ahead: line("plan", "starts_ahead", "starts ahead", colour::CHOSEN, 1.2),
            distance: line(DISTANCE, "to_goal", "to goal", colour::CHOSEN, 1.8),
            reached: line(DISTANCE, "reached", "counts as there", colour::GOAL, 1.2),
            surprise: line(SURPRISE, "one_step", "one step", colour::WANTED, 1.2),
            alarming: line(
                SURPRISE,
                "quantile",
                "99.9 % in validation",
                colour::LIMIT,
                1.2,
            ),
            decision: EntityPath::from(DECISION),
        };
        Self {
            budget: scene.budget,
            reached: scene.model.as_ref().map(|model| model.reached),
            alarming: scene.model.as_ref().map(|model| model.surprise),
            lines,
            terms: Vec::new(),
        }
    }

    /// Draws how far the goal is and how much the last frame surprised.
    pub fn draw_belief(&self, canvas: &mut Canvas, distance: Option<f64>, surprise: Option<f64>) {
        let lines = &self.lines;
        let pairs = [
            (&lines.distance, distance),
            (&lines.reached, distance.and(self.reached)),
            (&lines.surprise, surprise),
            (&lines.alarming, surprise.and(self.alarming)),
        ];
        for (entity, value) in pairs {
            if let Some(value) = value {
                canvas.draw(entity, &Scalars::single(value));
            }
        }
    }

    /// Draws one plan's evidence.
    pub fn draw_plan(&mut self, canvas: &mut Canvas, plan: &Plan) {
        let evidence = &plan.evidence;
        for term in &evidence.terms {
            if let Some(entity) = self.term(canvas, term) {
                canvas.draw(&entity, &Scalars::single(term.chosen));
            }
        }
        let lines = &self.lines;
        let total = evidence.time();
        let scalars = [
            (&lines.chosen, evidence.cost),
            (&lines.standing_still, evidence.standing_still),
            (&lines.encode, evidence.encode.millis()),
            (&lines.belief, evidence.belief.millis()),
            (&lines.search, evidence.search.millis()),
            (&lines.total, total.millis()),
            (&lines.ahead, (plan.start - plan.made).secs()),
        ];
        for (entity, value) in scalars {
            canvas.draw(entity, &Scalars::single(value));
        }
        if let Some(budget) = self.budget {
            canvas.draw(&lines.budget, &Scalars::single(budget.millis()));
        }
        let text = describe(plan, total, self.budget);
        canvas.draw(&lines.decision, &TextDocument::from_markdown(text));
    }

    /// Where a term is drawn; `None` for one that never counted so far, which would only fill the legend.
    fn term(&mut self, canvas: &mut Canvas, term: &TermCost) -> Option<EntityPath> {
        if let Some((_, entity)) = self.terms.iter().find(|known| known.0 == term.name) {
            return Some(entity.clone());
        }
        if !counts(term) {
            return None;
        }
        let entity = EntityPath::from(COST) / "terms" / EntityPathPart::new(term.name);
        let colour = colour::distinct(self.terms.len());
        style(canvas, &entity, term.name, colour, 1.2);
        self.terms.push((term.name, entity.clone()));
        Some(entity)
    }
}

/// True if a term differs from zero in what people read.
fn counts(term: &TermCost) -> bool {
    [term.chosen, term.standing_still]
        .iter()
        .any(|cost| cost.abs() >= 0.005)
}

pub(super) fn style(
    canvas: &mut Canvas,
    entity: &EntityPath,
    label: &str,
    colour: [u8; 3],
    width: f32,
) {
    let style = SeriesLines::new()
        .with_colors([colour])
        .with_names([label])
        .with_widths([width]);
    canvas.fix(entity, &style);
}

/// The sentence, where it comes from, then the table behind it, as Markdown.
fn describe(plan: &Plan, total: Span, budget: Option<Span>) -> String {
    let evidence = &plan.evidence;
    let budget = budget.map_or_else(String::new, |budget| format!(" of {:.0}", budget.millis()));
    let mut text = format!(
        "**{}**\n\nPlan {}: {} won; {} model steps, {} refinements, {:.1}{budget} ms; {:.2} model steps to go; \
         candidates cost {:.2} ± {:.2}{}\n\n| term | chosen | standing still | difference |\n|---|--:|--:|--:|\n",
        evidence.sentence(),
        plan.sequence,
        proposal(evidence.proposal),
        evidence.model_steps,
        evidence.iterations,
        total.millis(),
        evidence.distance,
        evidence.spread.0,
        evidence.spread.1,
        rejected(evidence),
    );
    let mut row = |name: &str, chosen: f64, still: f64| {
        let difference = chosen - still;
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "| {name} | {chosen:.2} | {still:.2} | {difference:+.2} |"
        );
    };
    for term in evidence.terms.iter().filter(|term| counts(term)) {
        row(term.name, term.chosen, term.standing_still);
    }
    row("**sum**", evidence.cost, evidence.standing_still);
    text
}

fn rejected(evidence: &Evidence) -> String {
    match evidence.rejected {
        0 => String::new(),
        count => format!("; {count} candidates rejected: not finite"),
    }
}

fn proposal(proposal: Proposal) -> &'static str {
    match proposal {
        Proposal::WarmStart => "the last plan, shifted,",
        Proposal::StandStill => "standing still",
        Proposal::KeepLast => "keeping the last action",
        Proposal::Random => "a random candidate",
        Proposal::Policy => "the model's own policy",
    }
}
