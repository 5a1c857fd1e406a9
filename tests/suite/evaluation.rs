//! Mirrors `src/evaluation`.

mod check;
