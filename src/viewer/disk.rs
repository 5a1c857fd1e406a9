//! A recording on disk whose first failure is said once, with its reason: rerun's own file sink tells its log
//! and nobody else.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rerun::external::re_log_encoding::{Encoder, rrd::EncodingOptions};
use rerun::log::LogMsg;
use rerun::sink::{LogSink, SinkFlushError};

/// Why a recording ended early, once it did.
pub(super) type Failure = Arc<OnceLock<String>>;

/// Takes a stream's messages and writes them.
pub(super) struct Disk(Mutex<Encoder<Careful>>);

/// A file that fails once: what comes after that is let go.
struct Careful {
    path: PathBuf,
    file: File,
    failure: Failure,
}

impl Disk {
    /// Makes the file and tries it with a byte, so that a full disk is known from the start.
    pub fn create(path: &Path, failure: &Failure) -> Result<Self, String> {
        let tried = || -> io::Result<File> {
            let mut file = File::create(path)?;
            file.write_all(b"R")?;
            file.set_len(0)?;
            file.rewind()?;
            Ok(file)
        };
        let careful = Careful {
            path: path.to_owned(),
            file: tried().map_err(|why| why.to_string())?,
            failure: failure.clone(),
        };
        let options = EncodingOptions::PROTOBUF_COMPRESSED;
        let encoder = Encoder::new_eager(rerun::build_info().version, options, careful)
            .map_err(|why| why.to_string())?;
        Ok(Self(Mutex::new(encoder)))
    }
}

impl LogSink for Disk {
    fn send(&self, message: LogMsg) {
        let mut encoder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(why) = encoder.append(&message) {
            tracing::warn!("viewer: a drawing can't be recorded: {why}");
        }
    }

    fn flush_blocking(&self, _timeout: Duration) -> Result<(), SinkFlushError> {
        let mut encoder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        encoder
            .flush_blocking()
            .map_err(|why| SinkFlushError::failed(why.to_string()))
    }
}

impl Careful {
    /// Does `work` unless something failed before.
    fn attempt(&mut self, work: impl FnOnce(&mut File) -> io::Result<()>) {
        if self.failure.get().is_some() {
            return;
        }
        if let Err(why) = work(&mut self.file)
            && self.failure.set(why.to_string()).is_ok()
        {
            tracing::warn!(
                "recording {}: can't be written: {why}; it ends here, the robot goes on",
                self.path.display()
            );
        }
    }
}

impl Write for Careful {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|file| file.write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(File::flush);
        Ok(())
    }
}
