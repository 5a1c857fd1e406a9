//! Two nodes of one name would answer each other's calls and command the same robot.

use std::time::{Duration, Instant};

use r2r::std_msgs::msg::Empty;
use r2r::{Node, QosProfile};

use super::RosError;
use super::commanders::publishers;
use super::spin::Caller;

/// What every node publishes that serves parameters; a starting one doesn't yet.
const RUNNING: &str = "/parameter_events";
/// How long a starting node looks for one of its own name. Discovery took up to 2.3 s here; participants
/// announce themselves every 3 s.
const LOOK_AROUND: Duration = Duration::from_millis(3500);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

type Gid = Vec<u8>;

/// Claims `name` (in full) for this process, which must not serve parameters yet. Of nodes that start together,
/// the one whose claim has the smallest identifier gets the name.
///
/// # Errors
/// [`RosError::Usage`] if another node has the name, or gets it.
pub(super) fn claim_name(spinner: &Caller, name: &str) -> Result<(), RosError> {
    // Hidden, as its last token begins with `_`.
    let topic = format!("{name}/_claim");
    let ours = advertise(spinner, &topic)?;
    let deadline = Instant::now() + LOOK_AROUND;
    while Instant::now() < deadline {
        let running = publishers(spinner, RUNNING)?;
        let claim = topic.clone();
        let claims = spinner.call(move |node, _| claims(node, &claim))??;
        if running.iter().any(|other| other == name) || claims.iter().any(|claim| *claim < ours) {
            return Err(RosError::Usage(format!(
                "a node {name} runs already; stop it, or start this one with `--ros-args -r __node:=OTHER_NAME` \
                 or `-r __ns:=/other`"
            )));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Puts a claim on the graph, where it stays as long as the node; gives its identifier.
fn advertise(spinner: &Caller, topic: &str) -> Result<Gid, RosError> {
    let topic = topic.to_owned();
    spinner.call(move |node, _| {
        let before = claims(node, &topic)?;
        node.create_publisher::<Empty>(&topic, QosProfile::default())
            .map_err(|why| RosError::during(&format!("topic {topic} can't be published"), why))?;
        let new = claims(node, &topic)?.into_iter();
        let new = new.filter(|claim| !before.contains(claim));
        // If somebody else's was discovered in just this moment: the modest reading.
        new.max()
            .ok_or_else(|| RosError::Failed(format!("topic {topic} is not on the graph")))
    })?
}

fn claims(node: &Node, topic: &str) -> Result<Vec<Gid>, RosError> {
    let infos = node.get_publishers_info_by_topic(topic, false);
    let infos = infos
        .map_err(|why| RosError::during(&format!("publishers of {topic} can't be listed"), why))?;
    Ok(infos
        .iter()
        .map(|info| info.endpoint_gid.to_vec())
        .collect())
}
