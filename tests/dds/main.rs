//! Robot, node and client as three processes that meet only through DDS, for an arm and for a rover. A line without
//! planner or model (`line.rs`: the real controller and supervisor after a straight line) stands in for a session, so
//! that what fails here is ROS. Run alone: `cargo test --release --features ros --test dds`.

mod client;
mod line;
mod processes;
mod robot;
mod scenarios;

use std::process::ExitCode;
use std::sync::Arc;

use forerun::config::{Parameters, Record, Schema};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("robot") => robot::main(),
        Some("node") => line::main(),
        Some("--list") => {
            println!("dds: test");
            ExitCode::SUCCESS
        }
        _ => {
            scenarios::run();
            ExitCode::SUCCESS
        }
    }
}

/// How robot and node talk of twists.
const STAMPED: &[Record] = &[Record::boolean("enable_stamped_cmd_vel", true)];

/// Every parameter at its default.
fn parameters(rooms: &[&[Record]]) -> Parameters {
    Parameters::defaults(Arc::new(Schema::gather(rooms).unwrap()))
}

/// Ends a role as the command line would: 0, 1 failed, 2 usage.
fn exit(result: Result<(), forerun::ros::RosError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(match why {
                forerun::ros::RosError::Usage(_) => 2,
                forerun::ros::RosError::Failed(_) | forerun::ros::RosError::Unconfigured(_) => 1,
            })
        }
    }
}
