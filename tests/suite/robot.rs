//! Mirrors `src/robot`.
