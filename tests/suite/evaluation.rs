//! Mirrors `src/evaluation`.

mod altered;
mod check;
mod episodes;
mod paired;
mod referee;
mod relay;
