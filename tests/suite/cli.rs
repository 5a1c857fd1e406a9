//! Mirrors `src/cli`.
