//! Mirrors `src/evaluation`.

mod altered;
mod check;
mod paired;
mod referee;
