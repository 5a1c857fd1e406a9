//! Which networks are measured: the list that `models/reference/make` writes beside its files.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::Failure;

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Kind {
    /// A predictor or metric: many candidates at once.
    Step,
    /// An encoder: one picture at a time.
    Encode,
}

impl Kind {
    /// Batches that it is measured at.
    pub fn rows(self) -> &'static [usize] {
        match self {
            Self::Step => &[1, 32, 128, 512],
            Self::Encode => &[1, 4],
        }
    }
}

/// One network of the list.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct Listed {
    pub name: String,
    pub kind: Kind,
    /// Numbers in its constants.
    pub parameters: u64,
    /// Of one row, in products.
    pub multiply_accumulates: u64,
}

/// A folder of networks.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Index {
    pub networks: Vec<Listed>,
    #[serde(skip)]
    folder: PathBuf,
}

impl Index {
    /// Reads the list in `folder`; `None` if there is none.
    ///
    /// # Errors
    /// A list that can't be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join("index.json");
        let broken = |why: String| {
            Failure::Job(format!(
                "{}: {why}; make it again with models/reference/make",
                path.display()
            ))
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(broken(why.to_string())),
        };
        let mut index: Self = serde_json::from_str(&text).map_err(|why| broken(why.to_string()))?;
        let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if let Some(bad) = index.networks.iter().find(|listed| !plain(&listed.name)) {
            return Err(broken(format!("{:?} is no network's name", bad.name)));
        }
        folder.clone_into(&mut index.folder);
        Ok(Some(index))
    }

    /// The networks of `kind`, or the one called `only`.
    ///
    /// # Errors
    /// A name that isn't in the list.
    pub fn select(&self, kind: Kind, only: Option<&str>) -> Result<Vec<&Listed>, Failure> {
        let of_kind = || self.networks.iter().filter(|listed| listed.kind == kind);
        let Some(only) = only else {
            return Ok(of_kind().collect());
        };
        match of_kind().find(|listed| listed.name == only) {
            Some(found) => Ok(vec![found]),
            None => {
                let known: Vec<&str> = of_kind().map(|listed| listed.name.as_str()).collect();
                Err(Failure::unknown("network", only, &known))
            }
        }
    }

    /// The network's file with this ending: `onnx`, `dynamic.onnx`, `pt`, ...
    pub fn file(&self, listed: &Listed, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", listed.name))
    }
}
