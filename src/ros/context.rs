//! The process's one ROS context.

use std::panic::{self, AssertUnwindSafe};

use super::RosError;
use super::args::{arguments, unknown_option};
use super::rules::{too_long, wrong_rule};

/// Makes the context, or returns the one that exists. r2r panics on malformed `--ros-args`: that becomes
/// an error with rcl's own words. Call it before other threads may panic: the panic message is silenced
/// while this runs.
pub(super) fn context() -> Result<r2r::Context, RosError> {
    let arguments = arguments();
    if let Some(unknown) = unknown_option(&arguments) {
        return Err(RosError::Usage(format!(
            "unknown argument {unknown:?} after --ros-args; expected e.g. \
             `--ros-args -r image:=/camera/image_raw -p autostart:=true`"
        )));
    }
    if let Some(wrong) = wrong_rule(&arguments) {
        return Err(RosError::Usage(format!("--ros-args {wrong}")));
    }
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let made = panic::catch_unwind(AssertUnwindSafe(r2r::Context::create));
    panic::set_hook(hook);
    match made {
        Ok(Ok(context)) => Ok(context),
        Ok(Err(why)) => Err(RosError::during("ROS 2 can't be started", why)),
        Err(payload) => {
            let why = payload
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| payload.downcast_ref::<&str>().copied())
                .unwrap_or("rcl gave no reason");
            // rcl says `reason, at /path/to/rcl.c:123`; the place is of no use to whoever typed the arguments.
            let why = why.split(", at ").next().unwrap_or(why);
            Err(RosError::Usage(format!(
                "ROS 2 refuses the arguments after --ros-args: {why}; expected e.g. \
                 `--ros-args -r image:=/camera/image_raw -p autostart:=true`"
            )))
        }
    }
}

/// Makes a node and gives its full name; `--ros-args` may say another one than `name`, and a namespace.
pub(super) fn node(name: &str) -> Result<(r2r::Node, String), RosError> {
    let arguments = arguments();
    if let Some(long) = too_long(&arguments, name) {
        return Err(RosError::Usage(long));
    }
    let broken = |why| RosError::during(&format!("node {name} can't be made"), why);
    let node = r2r::Node::create(context()?, name, "").map_err(broken)?;
    let full = node.fully_qualified_name().map_err(broken)?;
    Ok((node, full))
}
