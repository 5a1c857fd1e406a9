//! What a package promises: its manifest and its robot, read without its networks.

use std::path::{Path, PathBuf};

use super::super::ModelError;
use super::super::manifest::{self, Manifest};
use super::description;
use super::folder::{self, Folder};
use crate::robot::RobotModel;

/// The contract of a package that may not be loaded yet.
pub struct Contract {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) hash: String,
    pub(super) robot: RobotModel,
}

impl Contract {
    /// Reads manifest and URDF of the package in `folder`, which takes milliseconds.
    ///
    /// # Errors
    /// No such folder; the first thing in them that isn't as `docs/package.md` says.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        Self::read(&Folder::open(folder)?, folder)
    }

    pub(super) fn read(files: &Folder, folder: &Path) -> Result<Self, ModelError> {
        let text = files.manifest()?;
        let path = files.join(folder::MANIFEST);
        let manifest = manifest::parse(&path, &text)?;
        let urdf = files.read(&manifest.urdf)?;
        let robot =
            description::describe(&files.join(&manifest.urdf.file), &urdf, &manifest.robot)?;
        Ok(Self {
            folder: folder.into(),
            hash: folder::sha256(text.as_bytes()),
            manifest,
            robot,
        })
    }
}
