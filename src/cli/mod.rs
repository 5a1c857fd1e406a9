//! Command line: one file a verb. Parses, assembles, prints; imports everything, is imported by nobody.

mod bench;
mod camera;
mod check;
mod collect;
mod doctor;
mod episode;
mod eval;
mod failure;
mod lab;
#[cfg(feature = "ros")]
mod latency;
mod line;
mod logging;
#[cfg(feature = "ros")]
mod node;
mod onlookers;
mod parameters;
mod params;
mod picture;
mod robot;
#[cfg(feature = "ros")]
mod robot_server;
mod run;
mod signals;
#[cfg(feature = "ros")]
mod tape;
mod terminal;

use clap::{Parser, Subcommand};
use terminal::say;

use crate::embedded::Kind;

pub use check::examine_walls;
pub use failure::Failure;
pub use lab::{Contender, Lab};
#[cfg(feature = "ros")]
pub use latency::{Latency, Stopwatch, Times};
pub use parameters::{Reader, schema};
pub use params::markdown;

/// A robot control runtime with a world model inside.
#[derive(Debug, Parser)]
#[command(
    name = "forerun",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    job: run::Job,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The main job: image goals one after another on an embedded robot (the default verb).
    Run(run::Run),
    /// Record an embedded robot that explores, for the recipe.
    Collect(collect::Collect),
    /// Examine a package: health, speed, worth planning with.
    Check(check::Check),
    /// Run seeded episodes on an embedded robot and judge them by the truth.
    Eval(eval::Eval),
    /// Examine this machine: can it do the main job, and what would do it better.
    Doctor(doctor::Doctor),
    /// Measure the line's stages on this machine.
    Bench(bench::Bench),
    /// Run the ROS 2 node.
    #[cfg(feature = "ros")]
    Node(node::Node),
    /// Print the parameters that a verb reads: a file to start from, or a table.
    Params(params::Params),
    /// Serve an embedded robot over ROS 2, or photograph it at a pose: a goal picture.
    Robot(robot::Robot),
}

impl Verb {
    /// The name of the ROS 2 node that it is, unless `--ros-args`, which only a node takes, say otherwise.
    fn ros_node(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "ros")]
            Self::Node(node) => Some(node.name()),
            Self::Robot(robot) => robot.serves().then(|| robot.node()),
            _ => None,
        }
    }
}

/// Runs the command line `arguments` (the program's name first) and gives the exit status: 0 done, 1 the job
/// failed, 2 usage or configuration, 3 package refused.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> u8 {
    // What follows `--ros-args`, up to `--`, is for ROS 2, which reads it from the process itself.
    let mut arguments = arguments.into_iter().peekable();
    let mut own: Vec<std::ffi::OsString> = Vec::new();
    while let Some(argument) = arguments.next_if(|argument| argument != "--ros-args") {
        own.push(argument);
    }
    let for_ros = arguments.peek().is_some();
    own.extend(arguments.skip_while(|argument| argument != "--").skip(1));
    let arguments = own;
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(why) => {
            let status = if why.use_stderr() { 2 } else { 0 };
            // A closed pipe is the reader's choice, not a failure.
            let _ = why.print();
            return status;
        }
    };
    let node = arguments.verb.as_ref().and_then(Verb::ros_node);
    logging::start(node);
    if for_ros && node.is_none() {
        say(format_args!(
            "forerun: --ros-args: only node and robot take them; give --set NAME=VALUE or --params-file FILE"
        ));
        return 2;
    }
    let done = match arguments.verb {
        None => arguments.job.run(Kind::ALL[0]),
        Some(Verb::Run(run)) => run.run(),
        Some(Verb::Collect(collect)) => collect.run(),
        Some(Verb::Check(check)) => check.run(),
        Some(Verb::Eval(eval)) => eval.run(),
        Some(Verb::Doctor(doctor)) => doctor.run(),
        Some(Verb::Bench(bench)) => bench.run(),
        #[cfg(feature = "ros")]
        Some(Verb::Node(node)) => node.run(),
        Some(Verb::Params(params)) => params.run(),
        Some(Verb::Robot(robot)) => robot.run(),
    };
    match done {
        Ok(()) => 0,
        Err(failure) => {
            say(format_args!("forerun: {failure}"));
            failure.status()
        }
    }
}
