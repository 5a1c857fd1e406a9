//! Mirrors `src/cost`.
