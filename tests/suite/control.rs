//! Tests of `control`.

mod chunker;
mod controller;
mod supervisor;
