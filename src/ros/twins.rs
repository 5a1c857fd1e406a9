//! Two nodes of one name would answer each other's calls and command the same robot.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use r2r::QosProfile;
use r2r::std_msgs::msg::Empty;

use super::commanders::publishers;
use super::spin::Caller;
use super::{RosError, stopped};

/// What every node publishes that serves parameters; a starting one doesn't yet.
const RUNNING: &str = "/parameter_events";
/// How long a starting node looks for one of its own name. Discovery took up to 2.3 s here; participants
/// announce themselves every 3 s.
const LOOK_AROUND: Duration = Duration::from_millis(3500);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// What a claim is called under the node's name: hidden, as its last token begins with `_`.
const CLAIM: &str = "/_claim_";
/// Letters that a claim has beside the node's name: [`CLAIM`] and what [`age`] gives. No other topic or service of a
/// node has as many.
pub(super) const LETTERS: usize = CLAIM.len() + 24 + 1 + 8;

/// Claims `name` (in full) for this process, which must not serve parameters yet. Of nodes that start together, the
/// one that began first gets the name. A claim is a topic of its own name, so that no middleware need say which of
/// several publishers is ours. False if `stop` was raised meanwhile.
///
/// # Errors
/// [`RosError::Usage`] if another node has the name, or gets it.
pub(super) fn claim_name(
    spinner: &Caller,
    name: &str,
    stop: &AtomicBool,
) -> Result<bool, RosError> {
    let claims = format!("{name}{CLAIM}");
    let ours = format!("{claims}{}", age());
    advertise(spinner, &ours)?;
    let deadline = Instant::now() + LOOK_AROUND;
    while Instant::now() < deadline {
        if stopped(stop) {
            return Ok(false);
        }
        let running = publishers(spinner, RUNNING)?;
        let topics = topics(spinner)?;
        let older = |topic: &String| topic.starts_with(&claims) && *topic < ours;
        if running.iter().any(|other| other == name) || topics.iter().any(older) {
            return Err(RosError::Usage(format!(
                "a node {name} runs already; stop it, or start this one with `--ros-args -r __node:=OTHER_NAME` \
                 or `-r __ns:=/other`"
            )));
        }
        std::thread::sleep(LOOK);
    }
    Ok(true)
}

/// What sorts by when a process began to claim, and is no other's.
fn age() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    format!("{now:024x}_{:08x}", std::process::id())
}

/// Puts a claim on the graph, where it stays as long as the node.
fn advertise(spinner: &Caller, topic: &str) -> Result<(), RosError> {
    let topic = topic.to_owned();
    spinner.call(move |node, _| {
        node.create_publisher::<Empty>(&topic, QosProfile::default())
            .map_err(|why| RosError::during(&format!("topic {topic} can't be published"), why))
    })??;
    Ok(())
}

fn topics(spinner: &Caller) -> Result<Vec<String>, RosError> {
    let topics = spinner.call(|node, _| node.get_topic_names_and_types())?;
    let topics = topics.map_err(|why| RosError::during("topics can't be listed", why))?;
    Ok(topics.into_keys().collect())
}
