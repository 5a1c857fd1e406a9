//! Files of a package, opened so that nothing but a plain file of bounded size inside the folder is read.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::libc;
use sha2::{Digest, Sha256};

use super::super::ModelError;
use super::super::manifest::FileReference;
use crate::config::{Unread, read_opened};

/// No file of a package may be larger [bytes].
const LARGEST: u64 = 256 << 20;
/// No manifest may be larger [bytes].
const LARGEST_MANIFEST: u64 = 1 << 20;
/// What a file of a package should stay below [bytes].
const RECOMMENDED: usize = 1 << 20;
/// The manifest's name.
pub(super) const MANIFEST: &str = "manifest.toml";

/// A package's folder. Links to the folder itself are followed, links inside it are refused, wherever they
/// lead: a package is copied, hashed and judged as plain files.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`, which must exist.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        if path.is_dir() {
            return Ok(Self { path: path.into() });
        }
        Err(ModelError::new(
            path,
            "folder",
            "no such folder",
            "a package's folder with a manifest.toml",
            "check the path",
        ))
    }

    /// Where `name` lies.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The manifest's text.
    pub fn manifest(&self) -> Result<String, ModelError> {
        let path = self.join(MANIFEST);
        let bytes = read(&path, LARGEST_MANIFEST)?;
        String::from_utf8(bytes).map_err(|error| {
            ModelError::new(
                &path,
                "text",
                error.to_string(),
                "UTF-8",
                "build the package again",
            )
        })
    }

    /// The content of a file, if its hash is the promised one.
    pub fn read(&self, reference: &FileReference) -> Result<Vec<u8>, ModelError> {
        let path = self.join(&reference.file);
        let bytes = read(&path, LARGEST)?;
        if bytes.len() > RECOMMENDED {
            tracing::warn!(
                "{}: {} bytes; a package's files should stay under {RECOMMENDED}",
                path.display(),
                bytes.len()
            );
        }
        let found = sha256(&bytes);
        if found != reference.sha256.to_ascii_lowercase() {
            return Err(ModelError::new(
                &path,
                "sha256",
                found,
                reference.sha256.clone(),
                "the file was changed or damaged: copy the package again",
            ));
        }
        Ok(bytes)
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Reads a plain file of at most `largest` bytes. Never blocks: a FIFO or device is opened without waiting
/// and then refused.
fn read(path: &Path, largest: u64) -> Result<Vec<u8>, ModelError> {
    let refuse = |found: String, expected: &str, remedy: &str| {
        Err(ModelError::new(path, "file", found, expected, remedy))
    };
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            return refuse(
                "a symbolic link".into(),
                "a plain file",
                "copy the file into the folder",
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let manifest = path.file_name().is_some_and(|name| name == MANIFEST);
            let (expected, remedy) = if manifest {
                ("a package's manifest", "give the folder of a package")
            } else {
                ("a file that the manifest names", "copy the whole package")
            };
            return refuse("no such file".into(), expected, remedy);
        }
        Err(error) => {
            return refuse(
                error.to_string(),
                "a readable file",
                "check the file's rights",
            );
        }
    };
    read_opened(file, largest).or_else(|why| match why {
        Unread::NotPlain => refuse(
            Unread::NOT_PLAIN.into(),
            "a plain file",
            "copy the whole package again",
        ),
        Unread::TooLarge { found, largest } => refuse(
            format!("{found} bytes or more"),
            &format!("at most {largest} bytes"),
            "train a smaller model",
        ),
        Unread::Failed(why) => refuse(why.to_string(), "a readable file", "check the disk"),
    })
}
