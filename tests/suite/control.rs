//! Tests of `control`.

mod controller;
mod supervisor;
