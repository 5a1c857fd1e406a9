//! Tests of `control`.

mod chunk;
mod chunker;
mod controller;
mod repeats;
mod supervisor;
