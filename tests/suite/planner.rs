//! Mirrors `src/planner`.
