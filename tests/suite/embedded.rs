//! Mirrors `src/embedded`: each robot, measured from the outside.

mod arm;
mod rover;
mod ways;
