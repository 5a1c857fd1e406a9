//! Tests of `control`.

mod chunk;
mod chunker;
mod controller;
mod following;
mod repeats;
mod supervisor;
