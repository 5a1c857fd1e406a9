//! Mirrors `src/control`.
