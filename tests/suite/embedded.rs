//! Mirrors `src/embedded`: each robot, measured from the outside.

mod arm;
mod kind;
mod rover;
mod ways;
