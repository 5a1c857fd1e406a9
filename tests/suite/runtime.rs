//! Mirrors `src/runtime`.
