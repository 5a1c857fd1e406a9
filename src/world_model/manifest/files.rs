//! Which files a manifest names.

use super::{FileReference, Manifest, Precision};

/// What a graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Role {
    Encode,
    Step,
    Metric,
    Probe,
}

impl Role {
    /// As in the manifest's keys and golden tensors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encode => "encode",
            Self::Step => "step",
            Self::Metric => "metric",
            Self::Probe => "probe",
        }
    }
}

/// The files of one graph.
#[derive(Clone, Debug)]
pub(in super::super) struct GraphFiles {
    pub f32: FileReference,
    pub int8: Option<FileReference>,
    /// Which one robots load.
    pub precision: Precision,
}

impl Manifest {
    /// Every graph with its files.
    pub(in super::super) fn graphs(&self) -> Vec<(Role, GraphFiles)> {
        macro_rules! files {
            ($entry:expr) => {
                GraphFiles {
                    f32: FileReference {
                        file: $entry.file.clone(),
                        sha256: $entry.sha256.clone(),
                    },
                    int8: $entry.int8.clone(),
                    precision: $entry.precision,
                }
            };
        }
        let mut all = vec![
            (Role::Encode, files!(self.graphs.encode)),
            (Role::Step, files!(self.graphs.step)),
            (Role::Metric, files!(self.graphs.metric)),
        ];
        if let Some(probe) = &self.graphs.probe {
            all.push((Role::Probe, files!(probe)));
        }
        all
    }

    /// Every file of the package with the key that names it.
    pub(super) fn references(&self) -> Vec<(String, FileReference)> {
        let mut all = Vec::new();
        for (role, files) in self.graphs() {
            let key = format!("graphs.{}", role.name());
            if let Some(int8) = files.int8 {
                all.push((format!("{key}.int8"), int8));
            }
            all.push((key, files.f32));
        }
        all.push(("golden".into(), self.golden_file()));
        all.extend(
            self.transitions
                .clone()
                .map(|file| ("transitions".into(), file)),
        );
        all.extend(self.map_file().map(|file| ("map".into(), file)));
        all.push(("urdf".into(), self.urdf.clone()));
        all
    }

    /// The file of the map, if there is one.
    pub(in super::super) fn map_file(&self) -> Option<FileReference> {
        self.map.as_ref().map(|map| FileReference {
            file: map.file.clone(),
            sha256: map.sha256.clone(),
        })
    }

    /// The file of golden vectors.
    pub(in super::super) fn golden_file(&self) -> FileReference {
        FileReference {
            file: self.golden.file.clone(),
            sha256: self.golden.sha256.clone(),
        }
    }
}
