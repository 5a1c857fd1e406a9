//! Mirrors `src/recording`.
