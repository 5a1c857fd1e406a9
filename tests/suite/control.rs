//! Tests of `control`.

mod chunker;
mod controller;
mod repeats;
mod supervisor;
