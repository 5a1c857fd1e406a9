//! Fast DDS profiles: the defaults lose more than half of all 640x480 images.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::RosError;

/// Shared memory of 32 MiB, and UDP with 4 MiB sockets.
const PROFILE: &str = include_str!("../../config/fastdds.xml");
/// Read by Fast DDS when the context is made.
const VARIABLE: &str = "FASTRTPS_DEFAULT_PROFILES_FILE";

/// Which Fast DDS profile a process uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DdsProfile {
    /// The one that comes with Forerun (`config/fastdds.xml`).
    Auto,
    /// None: Fast DDS's defaults.
    None,
    /// A file.
    File(PathBuf),
}

impl DdsProfile {
    /// `auto`, `none`, or a path.
    pub fn parse(text: &str) -> Self {
        match text {
            "auto" => Self::Auto,
            "none" => Self::None,
            path => Self::File(path.into()),
        }
    }
}

/// Tells Fast DDS which profile to read, unless the environment already does; returns the file.
///
/// # Safety
/// Changes the environment: no other thread may run yet. Call it first thing in `main`, before any context.
pub unsafe fn apply_profile(profile: &DdsProfile) -> Result<Option<PathBuf>, RosError> {
    if let Some(set) = std::env::var_os(VARIABLE) {
        tracing::info!(
            "Fast DDS profile from {VARIABLE}: {}",
            Path::new(&set).display()
        );
        return Ok(None);
    }
    let file = match profile {
        DdsProfile::None => return Ok(None),
        DdsProfile::File(file) if file.is_file() => file.clone(),
        DdsProfile::File(file) => {
            return Err(RosError::Usage(format!(
                "dds_profile: {} is no file; expected auto, none, or the path of a Fast DDS XML profile",
                file.display()
            )));
        }
        DdsProfile::Auto => write_profile()?,
    };
    // SAFETY: the caller promises that no other thread runs.
    unsafe { std::env::set_var(VARIABLE, &file) };
    Ok(Some(file))
}

/// Writes the built-in profile where this user's processes can read it. Named by content, and moved into
/// place in one step, so that processes that start together share it and versions don't mix.
fn write_profile() -> Result<PathBuf, RosError> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(std::env::temp_dir);
    let user = std::fs::metadata("/proc/self").map_or(0, |process| process.uid());
    let name = format!("forerun-fastdds-{user}-{:08x}.xml", checksum(PROFILE));
    let file = folder.join(name);
    let part = file.with_extension(std::process::id().to_string());
    let written = std::fs::File::create(&part)
        .and_then(|mut out| out.write_all(PROFILE.as_bytes()))
        .and_then(|()| std::fs::rename(&part, &file));
    written.map(|()| file.clone()).map_err(|why| {
        RosError::Failed(format!(
            "dds_profile: {} can't be written: {why}; set dds_profile: none, or the path of a profile",
            file.display()
        ))
    })
}

/// FNV-1a.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
