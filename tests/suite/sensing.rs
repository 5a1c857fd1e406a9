//! Mirrors `src/sensing`.

mod convert;
mod picture;
mod synchronizer;
