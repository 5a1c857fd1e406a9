//! A world model on disk: the folder that `docs/package.md` describes, loaded whole or not at all.

mod contract;
mod description;
mod fit;
mod folder;
mod locate;
mod map;
mod networks;
mod probe;
mod spec;
mod stack;
mod workers;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::int8::kernel::Isa;
use super::manifest::{self, Manifest};
use super::{
    Dynamics, Encoder, Head, LatentMap, Metric, ModelError, ModelSpec, Precisions, WorldModel,
};
use crate::robot::{ActionSpace, RobotModel};
use crate::sensing::{Goal, Observation, convert};

pub use contract::Contract;
use folder::Folder;
pub use locate::{locate, model_roots};
use networks::Networks;
use probe::{Join, ProbeWorker};
use workers::{EmbeddingMetric, EncoderWorker, PairMetric, StepWorker};

/// A loaded package.
pub struct PackageModel {
    contract: Contract,
    spec: ModelSpec,
    networks: Networks,
    joins: Arc<[Join]>,
    map: Option<LatentMap>,
}

impl PackageModel {
    /// Loads the package NAME (a folder in one of [`model_roots`]) or the folder itself.
    ///
    /// # Errors
    /// See [`open`](Self::open); for an unknown name, the nearest known one.
    pub fn load(name_or_folder: &str) -> Result<Self, ModelError> {
        Self::open(
            &locate(name_or_folder, &model_roots())?,
            Precisions::default(),
        )
    }

    /// Loads the package in `folder`: manifest, robot, hashes, screening, networks, golden vectors, a warm run.
    /// `precisions` overrides what the manifest says.
    ///
    /// # Errors
    /// The first thing that isn't as `docs/package.md` says, with its file and field. Nothing is kept
    /// then.
    pub fn open(folder: &Path, precisions: impl Into<Precisions>) -> Result<Self, ModelError> {
        let files = Folder::open(folder)?;
        let contract = Contract::read(&files, folder)?;
        let manifest = &contract.manifest;
        if let Some(transitions) = &manifest.transitions {
            files.read(transitions)?;
        }
        let precisions = precisions.into();
        let isa = precisions.kernel.unwrap_or_else(Isa::best);
        if !isa.is_available() {
            return Err(ModelError::new(
                folder,
                "model.kernel",
                format!("a processor without {isa}"),
                format!("{} or auto", Isa::best()),
                "set model.kernel to auto; `forerun doctor` names what this machine has",
            ));
        }
        let networks = Networks::load(&files, manifest, precisions, isa)?;
        let mut model = Self {
            spec: spec::spec(manifest, networks.any_int8, isa),
            joins: probe::joins(manifest).into(),
            contract,
            networks,
            map: None,
        };
        model.map = map::load(&files, &model)?;
        Ok(model)
    }

    /// Refuses a robot that it is not for: see [`Contract::fits`].
    ///
    /// # Errors
    /// The kind, axis or limit at fault.
    pub fn fits(&self, robot: &ActionSpace) -> Result<(), ModelError> {
        self.contract.fits(robot)
    }

    /// Where it was loaded from.
    pub fn folder(&self) -> &Path {
        &self.contract.folder
    }

    /// What the package says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.contract.manifest
    }

    /// SHA-256 of the manifest, which holds the hashes of all other files: the identity of the package.
    pub fn hash(&self) -> &str {
        &self.contract.hash
    }

    /// The robot trained on.
    pub fn robot(&self) -> &RobotModel {
        &self.contract.robot
    }

    /// True if any of its graphs runs in int8.
    pub fn is_quantized(&self) -> bool {
        self.networks.any_int8
    }

    /// Its URDF as text.
    pub fn urdf(&self) -> &str {
        &self.contract.robot.urdf
    }

    /// The recording that the package is judged with, if it has one.
    pub fn transitions(&self) -> Option<PathBuf> {
        let transitions = self.contract.manifest.transitions.as_ref()?;
        Some(self.contract.folder.join(&transitions.file))
    }
}

impl WorldModel for PackageModel {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>, ModelError> {
        let runner = self.networks.encode.runner()?;
        Ok(Box::new(EncoderWorker::new(
            runner,
            &self.contract.manifest,
        )))
    }

    fn dynamics(&self) -> Result<Box<dyn Dynamics>, ModelError> {
        let runner = self.networks.step.runner()?;
        Ok(Box::new(StepWorker::new(runner)))
    }

    fn metric(&self) -> Result<Box<dyn Metric>, ModelError> {
        let graph = &self.networks.metric;
        let runner = graph.runner()?;
        let latent = self.spec.latent_len;
        Ok(match self.contract.manifest.graphs.metric.form {
            manifest::MetricForm::Embedding => {
                Box::new(EmbeddingMetric::new(runner, latent, graph.output().len()))
            }
            manifest::MetricForm::Pair => Box::new(PairMetric::new(runner, latent)),
        })
    }

    fn probe(&self) -> Result<Option<Box<dyn Head>>, ModelError> {
        let Some(graph) = &self.networks.probe else {
            return Ok(None);
        };
        let worker = ProbeWorker::new(graph.runner()?, graph.output().len(), self.joins.clone());
        Ok(Some(Box::new(worker)))
    }

    fn map(&self) -> Option<&LatentMap> {
        self.map.as_ref()
    }

    fn goal_latent(
        &self,
        encoder: &mut dyn Encoder,
        goal: &Goal,
    ) -> Result<Option<Vec<f32>>, ModelError> {
        let name = self.spec.name.as_str();
        match goal {
            Goal::Image(image) => {
                let Some(picture) = &self.spec.image else {
                    return Err(ModelError::new(
                        &self.contract.folder,
                        "goal",
                        "an image",
                        "joint positions, a point or a latent: this model has no camera",
                        "give another goal, or choose a model with a camera",
                    ));
                };
                let mut observation = Observation {
                    stamp: image.stamp,
                    velocity: crate::robot::Axes::zeros(self.spec.axes_len()),
                    ..Observation::default()
                };
                convert(image, picture, &mut observation.image).map_err(|error| {
                    ModelError::new(
                        &self.contract.folder,
                        format!("goal image {}", error.field),
                        error.found,
                        error.expected,
                        "give another picture",
                    )
                })?;
                let mut latent = vec![0.0; self.spec.latent_len];
                encoder.at_rest(&observation, &mut latent)?;
                Ok(Some(latent))
            }
            Goal::Latent(latent) => {
                let expected = self.spec.latent_len;
                ModelError::check_len(name, "goal latent", latent.len(), expected)?;
                ModelError::check_finite(name, "goal latent", latent)?;
                Ok(Some(latent.clone()))
            }
            Goal::Joints(_) | Goal::Point(_) => Ok(None),
        }
    }
}
