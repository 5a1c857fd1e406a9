//! Mirrors `src/world_model`.
