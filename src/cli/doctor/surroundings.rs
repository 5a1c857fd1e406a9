//! Programs that Forerun works with, where they are there.

use super::Line;

#[cfg(feature = "viewer")]
pub(super) fn viewer() -> Line {
    use crate::viewer::{VERSION, find, version};
    let install = format!(
        "`uv tool install rerun-sdk=={VERSION}` or `pip install rerun-sdk=={VERSION}`; until then `run` records into a file"
    );
    let Some(program) = find() else {
        return Line::limited("viewer", "no rerun on the PATH, or no screen", install);
    };
    let name = program.display();
    match version(&program) {
        Some(found) if found == VERSION => Line::good("viewer", format!("{name}, version {found}")),
        Some(found) => {
            let found = format!("{name}, version {found} instead of {VERSION}");
            Line::limited("viewer", found, install)
        }
        None => Line::limited("viewer", format!("{name} doesn't say its version"), install),
    }
}

#[cfg(not(feature = "viewer"))]
pub(super) fn viewer() -> Line {
    let remedy = "to see the robot, build without --no-default-features";
    Line::limited("viewer", "not in this build", remedy)
}

/// The distribution that the node is built for.
#[cfg(feature = "ros")]
const DISTRIBUTION: &str = "jazzy";

#[cfg(feature = "ros")]
pub(super) fn ros() -> Line {
    match std::env::var("ROS_DISTRO") {
        Ok(found) if found == DISTRIBUTION => Line::good("ros", format!("{found} is sourced")),
        Ok(found) => Line::limited(
            "ros",
            format!("{found} is sourced"),
            format!("source ROS 2 {DISTRIBUTION}: messages of others may not be the same"),
        ),
        Err(_) => Line::limited(
            "ros",
            "no ROS 2 is sourced",
            format!(
                "for `node`, source ROS 2 {DISTRIBUTION}, or target/ros2/ros2-env.sh that tests/run makes"
            ),
        ),
    }
}

#[cfg(not(feature = "ros"))]
pub(super) fn ros() -> Line {
    let remedy = "for `node`, build with --features ros where a ROS 2 is sourced";
    Line::limited("ros", "not in this build", remedy)
}
