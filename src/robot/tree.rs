//! The tree that links and joints make.

use std::collections::{HashMap, HashSet};

use super::error::Fault;
use super::joints::JointFrame;

/// How many root links an error lists.
const LISTED: usize = 4;

/// Checks that links and joints make one tree, names its root, and puts parents before children.
pub(super) fn parents_first(
    links: &[urdf_rs::Link],
    joints: Vec<JointFrame>,
) -> Result<(String, Vec<JointFrame>), Fault> {
    let remedy = "add it, or mend the name";
    distinct("link", links.iter().map(|link| link.name.as_str()))?;
    distinct("joint", joints.iter().map(|joint| joint.name.as_str()))?;
    let known: HashSet<&str> = links.iter().map(|link| link.name.as_str()).collect();
    let mut leading: HashMap<&str, &JointFrame> = HashMap::new();
    let mut children: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, joint) in joints.iter().enumerate() {
        for link in [&joint.parent, &joint.child] {
            if !known.contains(link.as_str()) {
                return Err(Fault::new(
                    format!("link {link}"),
                    format!("no such link, though joint {} names it", joint.name),
                    "a link that is described",
                    remedy,
                ));
            }
        }
        if let Some(other) = leading.insert(&joint.child, joint) {
            return Err(Fault::new(
                format!("link {}", joint.child),
                format!(
                    "two parents: {} by joint {}, {} by joint {}",
                    other.parent, other.name, joint.parent, joint.name
                ),
                "one parent, so that the links make a tree",
                "take one of the joints out",
            ));
        }
        children.entry(&joint.parent).or_default().push(index);
    }
    let roots: Vec<&str> = links
        .iter()
        .map(|link| link.name.as_str())
        .filter(|name| !leading.contains_key(name))
        .collect();
    let root = match roots[..] {
        [root] => root,
        [] => return Err(cycle(links.first().map_or("", |link| &link.name))),
        _ => {
            let more = if roots.len() > LISTED { ", ..." } else { "" };
            let listed: Vec<&str> = roots.iter().take(LISTED).copied().collect();
            return Err(Fault::new(
                "robot",
                format!("{} root links ({}{more})", roots.len(), listed.join(", ")),
                "one tree with one root link",
                "connect them by joints",
            ));
        }
    };
    let mut depths = vec![0; joints.len()];
    let mut waiting = vec![(root, 1)];
    while let Some((link, depth)) = waiting.pop() {
        for index in children.get(link).into_iter().flatten() {
            depths[*index] = depth;
            waiting.push((joints[*index].child.as_str(), depth + 1));
        }
    }
    if let Some(lost) = depths.iter().position(|depth| *depth == 0) {
        return Err(cycle(&joints[lost].child));
    }
    let root = root.to_owned();
    let mut ordered: Vec<(usize, JointFrame)> = depths.into_iter().zip(joints).collect();
    ordered.sort_by_key(|(depth, _)| *depth);
    Ok((root, ordered.into_iter().map(|(_, joint)| joint).collect()))
}

fn distinct<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Fault::new(
                format!("{kind} {name}"),
                format!("two {kind}s of this name"),
                format!("a name of its own for each {kind}"),
                "rename one",
            ));
        }
    }
    Ok(())
}

fn cycle(link: &str) -> Fault {
    Fault::new(
        format!("link {link}"),
        "a cycle of joints that leads back to it, or is on the way to it",
        "one tree with one root link",
        "take one joint of the cycle out",
    )
}

/// A link named `tip` or `tool0` if there is one, else the end of the longest chain. `joints`: parents first.
pub(super) fn tip(root: &str, joints: &[JointFrame]) -> String {
    let named = joints
        .iter()
        .find(|joint| joint.child == "tip" || joint.child == "tool0");
    named
        .or(joints.last())
        .map_or_else(|| root.to_owned(), |joint| joint.child.clone())
}
