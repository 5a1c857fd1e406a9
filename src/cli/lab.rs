//! An embedded robot and the line, assembled.

use std::sync::Arc;

use super::{Failure, Reader};
use crate::control::Controller;
use crate::cost::Registry;
use crate::embedded::{EmbeddedTask, Embodiment, Kind};
use crate::evaluation::{Alteration, Altered, RandomActions, StandingStill};
use crate::planner::MethodFactory;
use crate::robot::{ActionKind, RobotModel};
use crate::runtime::{
    Assembly, CommandSink, FastSession, Observer, Parts, SensorSource, Thinker, ThinkerConfig,
    WallConfig, WallSession,
};
use crate::sensing::Synchronizer;
use crate::world_model::{PackageModel, Precisions, WorldModel, locate, model_roots};

/// What drives the robot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// The model as it is.
    Model,
    /// The model with something in it altered: a floor, or a proof that the result rests on it.
    Altered(Alteration),
    /// The model as it is, along the task's subgoals, on the fast clock.
    Subgoals,
    /// Random plans.
    Random,
    /// No plans.
    StandingStill,
}

/// An embedded robot with a world model, ready to make sessions.
pub struct Lab {
    /// The robot.
    pub robot: RobotModel,
    /// What is embedded.
    pub embodiment: Embodiment,
    /// What thinking is told.
    pub config: ThinkerConfig,
    /// FIFO priority asked for the threads that command; `None`: the normal class.
    pub priority: Option<u8>,
    /// Terms of the cost: add your own.
    pub registry: Registry,
    model: Arc<dyn WorldModel>,
    /// The id of the surroundings that the model was trained in, if it comes from a package.
    layout: Option<String>,
}

impl Lab {
    /// The embedded robot that the package `name_or_folder` was trained for, with it.
    ///
    /// # Errors
    /// A package that is refused, or that fits no embedded robot.
    pub fn new(name_or_folder: &str) -> Result<Self, Failure> {
        Self::in_precision(name_or_folder, Precisions::default())
    }

    /// The same with its graphs in other precisions than the package says.
    ///
    /// # Errors
    /// As [`Lab::new`].
    pub fn in_precision(
        name_or_folder: &str,
        precisions: impl Into<Precisions>,
    ) -> Result<Self, Failure> {
        let model = PackageModel::open(&locate(name_or_folder, &model_roots())?, precisions)?;
        match Self::embedded(&model)? {
            Some(kind) => Self::with_package(kind, model),
            // Refused, with the reason why it doesn't fit the robot that is meant where none is named.
            None => Self::with_package(Kind::ALL[0], model),
        }
    }

    /// The embedded robot that `model` can drive, if there is one.
    ///
    /// # Errors
    /// None that is not a defect of a URDF that is shipped.
    pub(super) fn embedded(model: &PackageModel) -> Result<Option<Kind>, Failure> {
        for kind in Kind::ALL {
            if model.fits(&kind.robot()?.space).is_ok() {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    /// The embedded robot `kind` with a package's model.
    ///
    /// # Errors
    /// A package that doesn't fit the robot.
    pub(super) fn with_package(kind: Kind, model: PackageModel) -> Result<Self, Failure> {
        model.fits(&kind.robot()?.space)?;
        let layout = model.manifest().model.layout.clone();
        Ok(Self::with_model(kind, Arc::new(model))?.trained_in(layout))
    }

    /// The embedded robot `kind` with any model that fits it.
    ///
    /// # Errors
    /// None that is not a defect of a URDF that is shipped, or of a parameter's record.
    pub fn with_model(kind: Kind, model: Arc<dyn WorldModel>) -> Result<Self, Failure> {
        let lab = Self {
            robot: kind.robot()?,
            embodiment: kind.embodiment(),
            config: ThinkerConfig::default(),
            priority: Some(80),
            registry: Registry::builtin(),
            model,
            layout: None,
        };
        lab.configured(&Reader::Eval.defaults(kind)?)
    }

    /// The same with a model that was trained in surroundings of this id.
    pub(super) fn trained_in(self, layout: String) -> Self {
        Self {
            layout: Some(layout),
            ..self
        }
    }

    /// What is to be said if the model was trained elsewhere than where the embedded robot is.
    pub(super) fn elsewhere(&self) -> Option<String> {
        let (trained, here) = (self.layout.as_deref()?, self.embodiment.layout());
        let name = &self.model.spec().name;
        (trained != here).then(|| {
            format!(
                "{name} was trained in {trained}, not in {here} where the embedded {} is: expect it to be lost, or \
                 refit the package (models/recipe/README.md)",
                self.embodiment.kind().name()
            )
        })
    }

    /// The same with a `robot` of another description.
    #[cfg(feature = "ros")]
    pub(super) fn of(self, robot: RobotModel) -> Self {
        Self { robot, ..self }
    }

    /// The model.
    pub fn model(&self) -> &Arc<dyn WorldModel> {
        &self.model
    }

    /// A session on the fast clock, and the robot as its task.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn fast(
        &self,
        contender: Contender,
        seed: u64,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<(FastSession, EmbeddedTask), Failure> {
        let (parts, task) = self.parts(contender, seed, observers)?;
        let session = FastSession::new(
            parts,
            self.config.control.period,
            self.config.planner.budget,
        )?;
        Ok((session, task))
    }

    /// A session on the wall clock, and the robot as its task.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn wall(
        &self,
        seed: u64,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<(WallSession, EmbeddedTask), Failure> {
        let (parts, task) = self.parts(Contender::Model, seed, observers)?;
        Ok((WallSession::start(parts, self.wall_config())?, task))
    }

    /// The parts of a session, and the robot as its task.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn parts(
        &self,
        contender: Contender,
        seed: u64,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<(Parts, EmbeddedTask), Failure> {
        let (source, sink, task) = self.embodiment.start(&self.robot, seed)?;
        let model = match contender {
            Contender::Altered(alteration) => {
                Arc::new(Altered::new(self.model.clone(), alteration))
            }
            _ => self.model.clone(),
        };
        let method: Option<MethodFactory> = match contender {
            Contender::Random => Some(Arc::new(|| Box::new(RandomActions))),
            Contender::StandingStill => Some(Arc::new(|| Box::new(StandingStill))),
            _ => None,
        };
        let parts = self.line(model, method, Box::new(source), Box::new(sink), observers)?;
        Ok((parts, task))
    }

    /// The line between any sensors and actuators of this robot.
    pub(super) fn line(
        &self,
        model: Arc<dyn WorldModel>,
        method: Option<MethodFactory>,
        source: Box<dyn SensorSource>,
        sink: Box<dyn CommandSink>,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<Parts, Failure> {
        let space = &self.robot.space;
        let synchronizer = Synchronizer::new(space.kind, space.names.clone(), model.spec().image);
        let thinker = Thinker::new(Assembly {
            model,
            space: space.clone(),
            kinematics: (space.kind != ActionKind::BodyTwist).then(|| self.robot.clone()),
            registry: self.registry.clone(),
            method,
            config: self.config.clone(),
        })?;
        Ok(Parts {
            source,
            sink,
            synchronizer,
            thinker,
            controller: Controller::new(space, self.config.control),
            observers,
        })
    }

    /// What the wall clock is told.
    pub(super) fn wall_config(&self) -> WallConfig {
        WallConfig {
            period: self.config.control.period,
            budget: self.config.planner.budget,
            priority: self.priority,
        }
    }
}
