//! What a package says of itself, in the words of the seams.

use super::super::int8::kernel::Isa;
use super::super::manifest::Manifest;
use super::super::{LatentPart, ModelSpec};
use super::probe;
use crate::sensing::ImageSpec;
use crate::time::Span;

/// The spec that `manifest` gives.
pub(super) fn spec(manifest: &Manifest, any_int8: bool, isa: Isa) -> ModelSpec {
    let model = &manifest.model;
    let quantities = probe::quantities(manifest);
    let graph = manifest.graphs.probe.as_ref();
    let tip = graph.map(|graph| {
        let index = |name: &String| quantities.iter().position(|q| q.name == *name);
        graph.tip.iter().filter_map(index).collect()
    });
    ModelSpec {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        family: manifest.family.clone(),
        arithmetic: format!("{} on {isa}", if any_int8 { "int8" } else { "f32" }),
        action_kind: manifest.robot.action_kind,
        axes: manifest.robot.axes.clone(),
        period: Span::from_secs(model.period),
        context: model.context,
        stacked_frames: model.stacked_frames,
        action_block: model.action_block,
        latent_len: model.latent,
        delay: Span::from_secs(model.delay),
        image: manifest.image.as_ref().map(|image| ImageSpec {
            width: image.width,
            height: image.height,
        }),
        reached: model.reached,
        surprise: model.surprise,
        parts: model
            .parts
            .iter()
            .map(|part| LatentPart {
                name: part.name.clone(),
                start: part.start,
                len: part.len,
            })
            .collect(),
        quantities,
        tip: tip.unwrap_or_default(),
        probe_error: graph.map_or(0.0, |graph| graph.error),
    }
}
