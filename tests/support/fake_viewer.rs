//! Programs that call themselves Rerun.

#![allow(dead_code)] // Every binary uses its part.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Listens where it shall, takes what comes, and never answers.
pub const DEAF: &str = r#"exec python3 -c "
import socket, time
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(('127.0.0.1', $port))
listener.listen()
kept = []
while True:
    kept.append(listener.accept())
"
"#;

/// A `rerun` in a folder of its own; ended when it goes out of scope.
pub struct FakeViewer {
    folder: tempfile::TempDir,
}

impl FakeViewer {
    /// Says its version; started as a viewer, it runs `body` (sh) with `$port` where it shall listen and the
    /// options it was given in `$@`.
    pub fn new(body: &str) -> Self {
        Self::with_version("echo rerun-cli 0.36.3; exit 0", body)
    }

    /// Asked for its version, it runs `version` (sh).
    pub fn with_version(version: &str, body: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let here = folder.path().display();
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then {version}; fi\n\
             for option in \"$@\"; do case \"$option\" in --port=*) port=${{option#--port=}};; esac; done\n\
             echo $$ > {here}/pid; echo $port > {here}/port\n{body}\n"
        );
        let program = folder.path().join("rerun");
        std::fs::write(&program, script).expect("script");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, executable).expect("permissions");
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn program(&self) -> PathBuf {
        self.folder.path().join("rerun")
    }

    /// Where it was told to listen, once it was started.
    pub fn port(&self) -> Option<u16> {
        self.number("port")
            .and_then(|port| u16::try_from(port).ok())
    }

    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.number("pid") {
            // It may have ended by itself.
            kill(Pid::from_raw(pid), signal).ok();
        }
    }

    fn number(&self, name: &str) -> Option<i32> {
        let text = std::fs::read_to_string(self.folder.path().join(name)).ok()?;
        text.trim().parse().ok()
    }
}

impl Drop for FakeViewer {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}
