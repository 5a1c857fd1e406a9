//! The kernel room by itself.

#[path = "../../../src/world_model/int8/kernel/mod.rs"]
pub mod kernel;
pub mod seeded;
