//! Who else publishes what only one may publish.

use super::RosError;
use super::spin::Caller;

/// Publishers of `topic` (its full name) on the graph, as `namespace/node` names.
pub(super) fn publishers(spinner: &Caller, topic: &str) -> Result<Vec<String>, RosError> {
    let name = topic.to_owned();
    let infos = spinner.call(move |node, _| {
        node.get_publishers_info_by_topic(&name, false)
            .map(|infos| {
                infos
                    .into_iter()
                    .map(|info| {
                        format!(
                            "{}/{}",
                            info.node_namespace.trim_end_matches('/'),
                            info.node_name
                        )
                    })
                    .collect::<Vec<_>>()
            })
            .map_err(|why| RosError::during(&format!("publishers of {name} can't be listed"), why))
    })??;
    Ok(infos)
}

/// The publishers of a topic that this node, called `ours`, also publishes once: all but one of ours.
pub(super) fn others(mut publishers: Vec<String>, ours: &str) -> Vec<String> {
    if let Some(index) = publishers.iter().position(|name| name == ours) {
        publishers.swap_remove(index);
    }
    publishers
}
