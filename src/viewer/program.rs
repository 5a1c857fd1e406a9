//! The viewer's program: found, asked for its version, started.

use super::ViewerError;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The viewer's version that fits: Rerun promises no compatibility between others.
pub const VERSION: &str = "0.36.3";

/// Where Rerun viewers listen.
const USUAL_PORT: u16 = 9876;
/// How long a listener may take to show that it is a viewer.
const ANSWER: Duration = Duration::from_millis(500);
/// How long a program may take to say its version; the one that comes with Python is slow at first.
const VERSION_ANSWER: Duration = Duration::from_secs(5);
/// How long a new viewer may take to listen. One that takes longer but lives gets everything when it does.
const LISTEN: Duration = Duration::from_secs(5);

/// The `rerun` program on the search path, if there is one and a screen to show it on.
pub fn find() -> Option<PathBuf> {
    let has_screen = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    has_screen.then(on_search_path).flatten()
}

/// The line that opens a recording.
pub fn open_line(recording: &Path) -> String {
    let open = format!("rerun {}", recording.display());
    if on_search_path().is_some() {
        open
    } else {
        // Not `pip install` alone: systems that manage their Python themselves (PEP 668) refuse it.
        format!("uvx --from rerun-sdk=={VERSION} {open}")
    }
}

/// The version that `program` gives of itself, e.g. `0.36.3`, or `None` if it gives none within seconds.
pub fn version(program: &Path) -> Option<String> {
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut output = child.stdout.take()?;
    let (sender, receiver) = std::sync::mpsc::channel();
    // Not joined: whoever inherited the pipe may keep it open for ever.
    std::thread::Builder::new()
        .name("viewer version".into())
        .spawn(move || {
            let mut bytes = Vec::new();
            if output.read_to_end(&mut bytes).is_ok() {
                sender.send(bytes).ok();
            }
        })
        .ok()?;
    let answer = receiver.recv_timeout(VERSION_ANSWER);
    if answer.is_err() {
        child.kill().ok();
    }
    child.wait().ok();
    let bytes = answer.ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut words = text.split_whitespace();
    words
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .map(str::to_owned)
}

/// Starts `program` unless a viewer listens already, and returns the port to stream to.
pub(super) fn start(program: &Path) -> Result<u16, ViewerError> {
    let refuse = |why: String| ViewerError::Program {
        program: program.to_owned(),
        why,
    };
    match version(program) {
        None => {
            return Err(refuse(
                "does not run, or does not say its version".to_owned(),
            ));
        }
        Some(found) if found != VERSION => {
            tracing::warn!(
                "viewer {}: version {found}, expected {VERSION}: the picture may be wrong or empty; \
                 `uv tool install rerun-sdk=={VERSION}` or `pip install rerun-sdk=={VERSION}` brings the one that fits",
                program.display()
            );
        }
        Some(_) => {}
    }
    if speaks_http2(USUAL_PORT) {
        return Ok(USUAL_PORT);
    }
    let port = free_port().map_err(|why| refuse(why.to_string()))?;
    // In a group of its own, and without our streams: it may outlive us, and whoever waits for the end of
    // what we say must not wait for it.
    let viewer = Command::new(program)
        .arg(format!("--port={port}"))
        .args(["--expect-data-soon", "--hide-welcome-screen"])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| refuse(why.to_string()))?;
    wait_for(viewer, port).map_err(refuse)?;
    Ok(port)
}

/// The usual port, or any if that is taken.
fn free_port() -> std::io::Result<u16> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = bind(USUAL_PORT).or_else(|_| bind(0))?;
    Ok(listener.local_addr()?.port())
}

/// Waits until a new viewer listens, and says why it never will.
fn wait_for(mut viewer: Child, port: u16) -> Result<(), String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + LISTEN;
    let mut status = None;
    while Instant::now() < deadline {
        if TcpStream::connect_timeout(&address, ANSWER).is_ok() {
            return Ok(());
        }
        if status.is_none() {
            status = viewer.try_wait().map_err(|why| why.to_string())?;
        }
        // A launcher ends well when it has started the viewer.
        if let Some(status) = status.filter(|status| !status.success()) {
            return Err(format!("ended at once ({status})"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    match status {
        None => Ok(()),
        Some(_) => Err(format!("ended, and nobody listens on port {port}")),
    }
}

fn on_search_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(format!("rerun{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// True if whoever listens on `port` answers like a gRPC server: the HTTP/2 preface and an empty SETTINGS
/// frame must be met by a SETTINGS frame (RFC 9113, 3.4).
fn speaks_http2(port: u16) -> bool {
    const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    const SETTINGS: u8 = 4;
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_write_timeout(Some(ANSWER))?;
        stream.write_all(HELLO)?;
        let mut header = [0; 9];
        stream.read_exact(&mut header)?;
        Ok(header[3] == SETTINGS)
    };
    ask().unwrap_or(false)
}
