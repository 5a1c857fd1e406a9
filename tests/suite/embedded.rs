//! Mirrors `src/embedded`.
