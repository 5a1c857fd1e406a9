//! Mirrors `src/evaluation`.
