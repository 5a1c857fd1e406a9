//! The map of a package: its latents, placed by its own probe.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::super::{LatentMap, ModelError, WHOLE, WorldModel};
use super::PackageModel;
use super::folder::{Folder, MANIFEST};

/// The most places of a map.
const MOST_PLACES: usize = 4096;

/// The map of `model`, if its package has one.
///
/// # Errors
/// A file that holds no such latents; a package whose probe tells no place; those of its networks.
pub(super) fn load(files: &Folder, model: &PackageModel) -> Result<Option<LatentMap>, ModelError> {
    let manifest = model.manifest();
    let (Some(section), Some(reference)) = (&manifest.map, manifest.map_file()) else {
        return Ok(None);
    };
    let spec = model.spec();
    let probe = model.probe()?.filter(|_| !spec.tip.is_empty());
    let Some(mut probe) = probe else {
        return Err(ModelError::new(
            files.join(MANIFEST),
            "map",
            "a map without a probe that tells a place",
            "graphs.probe.tip",
            "leave the map out, or train a package with a probe",
        ));
    };
    let bytes = files.read(&reference)?;
    let file = files.join(&reference.file);
    let latents = latents(&file, &bytes, spec.latent_len)?;
    let count = latents.len() / spec.latent_len;
    let mut quantities = vec![0.0; count * spec.quantities.len()];
    probe.evaluate(count, &latents, &mut quantities)?;
    let rows = quantities.chunks_exact(spec.quantities.len());
    let places: Vec<f32> = rows
        .flat_map(|row| spec.tip.iter().map(|index| row[*index]))
        .collect();
    let mut metric = model.metric()?;
    let width = spec.tip.len();
    let map = LatentMap::new(&latents, places, width, section.spacing, metric.as_mut());
    let map = map.map_err(|why| ModelError {
        file: file.clone(),
        ..why
    })?;
    if map.connected() < WHOLE {
        tracing::warn!(
            "{}: only {:.0} % of its places hang together: between its parts no way is known, and goals that lie in \
             another part than the robot are refused; make it of more driving (models/recipe/map)",
            file.display(),
            100.0 * map.connected()
        );
    }
    Ok(Some(map))
}

/// The tensor `latent` `[N, D]`.
fn latents(file: &Path, bytes: &[u8], latent_len: usize) -> Result<Vec<f32>, ModelError> {
    let refuse = |field: &str, found: String, expected: String| {
        let remedy = "make the map again (models/recipe/map), or leave it out";
        ModelError::new(file, field, found, expected, remedy)
    };
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|why| refuse("header", why.to_string(), "a safetensors file".into()))?;
    let tensor = tensors
        .tensor("latent")
        .map_err(|_| refuse("latent", "nothing".into(), "a tensor".into()))?;
    if tensor.dtype() != Dtype::F32 {
        return Err(refuse(
            "latent",
            format!("{:?}", tensor.dtype()),
            "F32".into(),
        ));
    }
    let shape = tensor.shape();
    match shape {
        [count, width] if (1..=MOST_PLACES).contains(count) && *width == latent_len => {}
        _ => {
            let expected = format!("[N, {latent_len}], N from 1 to {MOST_PLACES}");
            return Err(refuse("latent", format!("{shape:?}"), expected));
        }
    }
    let numbers = tensor.data().as_chunks::<4>().0.iter();
    let numbers: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    if !numbers.iter().all(|number| number.is_finite()) {
        let found = "numbers that are not finite".to_owned();
        return Err(refuse("latent", found, "finite ones".into()));
    }
    Ok(numbers)
}
