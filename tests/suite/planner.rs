//! Mirrors `src/planner`.

mod closed_loop;
mod conformance;
mod evidence;
mod rollout;
