//! Mirrors `src/config`.
