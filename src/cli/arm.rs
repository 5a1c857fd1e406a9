//! The embedded arm and the line, assembled.

use std::sync::Arc;

use super::Failure;
use crate::control::Controller;
use crate::cost::Registry;
use crate::embedded::{ArmParameters, ArmTask, arm};
use crate::evaluation::{Alteration, Altered, RandomActions, StandingStill};
use crate::planner::MethodFactory;
use crate::robot::RobotModel;
use crate::runtime::{
    Assembly, CommandSink, FastSession, Observer, Parts, SensorSource, Thinker, ThinkerConfig,
    WallConfig, WallSession,
};
use crate::sensing::Synchronizer;
use crate::world_model::{PackageModel, Precisions, WorldModel, locate, model_roots};

/// The URDF that is built in.
const URDF: &str = include_str!("../../urdf/arm.urdf");

/// What drives the arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// The model as it is.
    Model,
    /// The model with something in it altered: a floor, or a proof that the result rests on it.
    Altered(Alteration),
    /// Random plans.
    Random,
    /// No plans.
    StandingStill,
}

/// The embedded arm with a world model, ready to make sessions.
pub struct ArmLab {
    /// The robot.
    pub robot: RobotModel,
    /// The arm's parameters.
    pub parameters: ArmParameters,
    /// What thinking is told.
    pub config: ThinkerConfig,
    /// FIFO priority asked for the threads that command; `None`: the normal class.
    pub priority: Option<u8>,
    /// Terms of the cost: add your own.
    pub registry: Registry,
    model: Arc<dyn WorldModel>,
}

impl ArmLab {
    /// The embedded arm with the package `name_or_folder`.
    ///
    /// # Errors
    /// A package that is refused, or that doesn't fit the arm.
    pub fn new(name_or_folder: &str) -> Result<Self, Failure> {
        Self::in_precision(name_or_folder, Precisions::default())
    }

    /// The same with its graphs in other precisions than the package says.
    ///
    /// # Errors
    /// As [`ArmLab::new`].
    pub fn in_precision(
        name_or_folder: &str,
        precisions: impl Into<Precisions>,
    ) -> Result<Self, Failure> {
        let robot = RobotModel::from_urdf(URDF)?;
        let model = PackageModel::open(&locate(name_or_folder, &model_roots())?, precisions)?;
        model.fits(&robot.space)?;
        Ok(Self::with_model(robot, Arc::new(model)))
    }

    /// The arm with any model that fits it.
    pub fn with_model(robot: RobotModel, model: Arc<dyn WorldModel>) -> Self {
        Self {
            robot,
            parameters: ArmParameters::default(),
            config: ThinkerConfig::default(),
            priority: Some(80),
            registry: Registry::builtin(),
            model,
        }
    }

    /// The model.
    pub fn model(&self) -> &Arc<dyn WorldModel> {
        &self.model
    }

    /// The built-in URDF.
    ///
    /// # Errors
    /// Never for the URDF that is shipped.
    pub fn urdf() -> Result<RobotModel, Failure> {
        Ok(RobotModel::from_urdf(URDF)?)
    }

    /// A session on the fast clock, and the arm as its task.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn fast(
        &self,
        contender: Contender,
        seed: u64,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<(FastSession, ArmTask), Failure> {
        let (parts, task) = self.parts(contender, seed, observers)?;
        let session = FastSession::new(
            parts,
            self.config.control.period,
            self.config.planner.budget,
        )?;
        Ok((session, task))
    }

    /// A session on the wall clock, and the arm as its task.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn wall(
        &self,
        seed: u64,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<(WallSession, ArmTask), Failure> {
        let (parts, task) = self.parts(Contender::Model, seed, observers)?;
        Ok((WallSession::start(parts, self.wall_config())?, task))
    }

    /// The parts of a session, and the arm as its task.
    ///
    /// # Errors
    /// Those of the parts.
    pub fn parts(
        &self,
        contender: Contender,
        seed: u64,
        observers: Vec<Box<dyn Observer>>,
    ) -> Result<(Parts, ArmTask), Failure> {
        let (source, sink, task) = arm(&self.robot, self.parameters.clone(), seed)?;
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
        let synchronizer = Synchronizer::new(space.names.clone(), model.spec().image);
        let thinker = Thinker::new(Assembly {
            model,
            space: space.clone(),
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
