//! Mirrors `src/sensing`.
