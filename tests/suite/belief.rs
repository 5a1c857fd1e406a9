//! Mirrors `src/belief`.
