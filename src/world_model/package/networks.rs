//! The networks of a package, loaded in every precision and proven on the golden vectors.

use std::sync::Arc;

use super::super::engine::Arithmetic;
use super::super::golden::Golden;
use super::super::graph::{Graph, guarded};
use super::super::int8::kernel::Isa;
use super::super::manifest::{FileReference, Manifest, MetricForm, Precision, Role};
use super::super::signature::{BATCH, Port, Signature};
use super::super::{ModelError, Precisions};
use super::folder::Folder;

/// Rows of the warm runs: one frame, and a chunk of candidates.
const WARM_ROWS: [usize; 2] = [1, 8];

/// The networks that robots run.
pub(super) struct Networks {
    pub encode: Arc<Graph>,
    pub step: Arc<Graph>,
    pub metric: Arc<Graph>,
    pub probe: Option<Arc<Graph>>,
    /// True if any of them has s8 weights.
    pub any_int8: bool,
}

impl Networks {
    /// Loads every file, whether it will be used or not: a package is sound as a whole.
    pub fn load(
        folder: &Folder,
        manifest: &Manifest,
        precisions: Precisions,
        isa: Isa,
    ) -> Result<Self, ModelError> {
        let golden_file = manifest.golden_file();
        let golden_bytes = folder.read(&golden_file)?;
        let golden = Golden::read(&folder.join(&golden_file.file), &golden_bytes)?;
        golden.check_rows(manifest.axes_len(), manifest.model.action_block)?;

        let shelf = Shelf {
            folder,
            manifest,
            golden: &golden,
            isa,
        };
        let mut any_int8 = false;
        let mut chosen = Vec::new();
        for (role, files) in manifest.graphs() {
            let wanted = precisions.of(role).unwrap_or(files.precision);
            let in_integers = wanted == Precision::Int8;
            any_int8 |= in_integers;
            // Without an int8 file, weights are quantized while loading.
            let alone = in_integers && files.int8.is_none();
            let (exact, quantized) = shelf.take(role, Precision::F32, &files.f32, alone)?;
            let quantized = match &files.int8 {
                Some(file) => shelf.take(role, Precision::Int8, file, true)?.1,
                None => quantized,
            };
            let graph = quantized.filter(|_| in_integers).unwrap_or(exact);
            warm(&graph)?;
            chosen.push((role, graph));
        }
        let take = |wanted: Role| {
            let found = chosen.iter().find(|(role, _)| *role == wanted);
            found.map(|(_, graph)| graph.clone())
        };
        let need = |role: Role| {
            take(role).ok_or_else(|| {
                ModelError::new(
                    folder.join(super::folder::MANIFEST),
                    format!("graphs.{}", role.name()),
                    "nothing",
                    "a graph",
                    "build the package again",
                )
            })
        };
        Ok(Self {
            encode: need(Role::Encode)?,
            step: need(Role::Step)?,
            metric: need(Role::Metric)?,
            probe: take(Role::Probe),
            any_int8,
        })
    }
}

/// The files of a package, and what proves them.
struct Shelf<'a> {
    folder: &'a Folder,
    manifest: &'a Manifest,
    golden: &'a Golden<'a>,
    isa: Isa,
}

impl Shelf<'_> {
    /// A file's network in f32 and, if `in_integers`, in int8, proven on the golden vectors of `kind`.
    fn take(
        &self,
        role: Role,
        kind: Precision,
        reference: &FileReference,
        in_integers: bool,
    ) -> Result<(Arc<Graph>, Option<Arc<Graph>>), ModelError> {
        let path = self.folder.join(&reference.file);
        let bytes = self.folder.read(reference)?;
        let load = |arithmetic| {
            let signature = signature(role, self.manifest);
            Graph::load(&path, &bytes, signature, arithmetic, self.isa).map(Arc::new)
        };
        let tolerance = match kind {
            Precision::F32 => self.manifest.golden.tolerance_f32,
            Precision::Int8 => self.manifest.golden.tolerance_int8,
        };
        let key = format!("{}.{}", kind.name(), role.name());
        let exact = load(Arithmetic::F32)?;
        self.golden.check(&key, &exact, tolerance)?;
        if !in_integers {
            return Ok((exact, None));
        }
        let quantized = load(Arithmetic::Int8)?;
        self.golden.check_integers(&key, &quantized)?;
        Ok((exact, Some(quantized)))
    }
}

/// What a graph must take and give.
fn signature(role: Role, manifest: &Manifest) -> Signature {
    let model = &manifest.model;
    let latent = model.latent;
    let mut inputs = Vec::new();
    let output = match role {
        Role::Encode => {
            if let Some(image) = &manifest.image {
                let (height, width) = (image.height as usize, image.width as usize);
                let shape = [3 * model.stacked_frames, height, width];
                inputs.push(Port::new("image", &shape));
            }
            if manifest.inputs.velocity {
                inputs.push(Port::new("velocity", &[manifest.axes_len()]));
            }
            Port::new("latent", &[latent])
        }
        Role::Step => {
            inputs.push(Port::new("latent", &[model.context, latent]));
            inputs.push(Port::new("action", &[model.context, manifest.row_len()]));
            Port::new("next", &[latent])
        }
        Role::Metric => {
            inputs.push(Port::new("latent", &[latent]));
            match manifest.graphs.metric.form {
                MetricForm::Embedding => Port::new("point", &[0]),
                MetricForm::Pair => {
                    inputs.push(Port::new("goal", &[latent]));
                    Port::new("distance", &[1])
                }
            }
        }
        Role::Probe => {
            inputs.push(Port::new("latent", &[latent]));
            let probe = manifest.graphs.probe.as_ref();
            Port::new(
                "quantities",
                &[probe.map_or(0, |probe| probe.outputs.len())],
            )
        }
    };
    Signature {
        inputs,
        output,
        batch: BATCH.into(),
    }
}

/// Runs once at each size that the line uses, so that the first plan isn't the slow one.
fn warm(graph: &Arc<Graph>) -> Result<(), ModelError> {
    let mut runner = graph.runner()?;
    for rows in WARM_ROWS {
        let inputs: Vec<Vec<f32>> = graph
            .inputs()
            .iter()
            .map(|port| vec![0.0; rows * port.len()])
            .collect();
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let mut output = vec![0.0; rows * graph.output().len()];
        guarded(graph.file(), || Ok(runner.run(rows, &inputs, &mut output)))??;
    }
    Ok(())
}
