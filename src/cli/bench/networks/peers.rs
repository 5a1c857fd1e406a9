//! Other runtimes in a process of their own, asked line by line (`tests/peers/serve.py`).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cli::Failure;

/// What runs in the other process.
const SERVER: &str = include_str!("../../../../tests/peers/serve.py");

/// The child process. It inherits the core that the caller is pinned to.
pub(in super::super) struct Peers {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

/// Which runtimes there are.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
pub(in super::super) struct Versions {
    pub onnxruntime: Option<String>,
    pub torch: Option<String>,
    /// What a call through Python costs before anything is computed; contained in every time of a peer.
    pub call_us: f64,
}

impl Peers {
    /// Starts the server with the Python of the virtual environment `folder`; `None` if there is none.
    ///
    /// # Errors
    /// A Python that can't be started.
    pub fn start(folder: &Path) -> Result<Option<Self>, Failure> {
        let python = folder.join("bin/python");
        if !python.exists() {
            return Ok(None);
        }
        let mut command = Command::new(&python);
        command.args(["-c", SERVER]).env("OMP_NUM_THREADS", "1");
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child =
            spawned.map_err(|why| Failure::Job(format!("{}: {why}", python.display())))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(replies)) => Ok(Some(Self {
                child,
                requests,
                replies: BufReader::new(replies),
            })),
            _ => Err(Failure::Job(format!("{}: no pipes", python.display()))),
        }
    }

    /// The runtimes' versions.
    ///
    /// # Errors
    /// A server that fails.
    pub fn versions(&mut self) -> Result<Versions, Failure> {
        self.ask(&json!({"do": "versions"}))
    }

    /// Loads `file` under the name `id` in `runtime`; `inputs`: names and shapes without the batch.
    ///
    /// # Errors
    /// A file that the runtime refuses.
    pub fn load(
        &mut self,
        id: &str,
        file: &Path,
        runtime: &str,
        inputs: &[(String, Vec<usize>)],
    ) -> Result<(), Failure> {
        let request =
            json!({"do": "load", "id": id, "file": file, "runtime": runtime, "inputs": inputs});
        self.ask::<Value>(&request).map(drop)
    }

    /// What `id` gives for `rows` rows of the pattern.
    ///
    /// # Errors
    /// A run that fails.
    pub fn output(&mut self, id: &str, rows: usize) -> Result<Vec<f32>, Failure> {
        #[derive(Deserialize)]
        struct Reply {
            output: Vec<f32>,
        }
        let reply: Reply = self.ask(&json!({"do": "output", "id": id, "rows": rows}))?;
        Ok(reply.output)
    }

    /// Microseconds a run of `rows` rows, over a window of `window_us`.
    ///
    /// # Errors
    /// A run that fails.
    pub fn time(&mut self, id: &str, rows: usize, window_us: u64) -> Result<f64, Failure> {
        #[derive(Deserialize)]
        struct Reply {
            us: f64,
        }
        let request = json!({"do": "time", "id": id, "rows": rows, "window_us": window_us});
        let reply: Reply = self.ask(&request)?;
        if reply.us.is_finite() && reply.us > 0.0 {
            return Ok(reply.us);
        }
        Err(Failure::Job(format!("peers: {id} took {} us", reply.us)))
    }

    /// Forgets `id`.
    ///
    /// # Errors
    /// A server that fails.
    pub fn unload(&mut self, id: &str) -> Result<(), Failure> {
        self.ask::<Value>(&json!({"do": "drop", "id": id}))
            .map(drop)
    }

    fn ask<T: DeserializeOwned>(&mut self, request: &Value) -> Result<T, Failure> {
        let failed = |why: String| {
            Failure::Job(format!(
                "peers: {why}, asked {request}; make them again with tests/peers/install"
            ))
        };
        let mut line = format!("{request}\n");
        let asked = self.requests.write_all(line.as_bytes());
        line.clear();
        let read = asked
            .and_then(|()| self.requests.flush())
            .and_then(|()| self.replies.read_line(&mut line));
        match read {
            Ok(0) => return Err(failed("the server ended early".into())),
            Ok(_) => {}
            Err(why) => return Err(failed(format!("the server ended early ({why})"))),
        }
        let reply: Value = serde_json::from_str(&line)
            .map_err(|why| failed(format!("answered {:?} ({why})", line.trim_end())))?;
        if let Some(why) = reply.get("error") {
            return Err(failed(why.as_str().unwrap_or("an error").to_owned()));
        }
        serde_json::from_value(reply)
            .map_err(|why| failed(format!("answered {:?} ({why})", line.trim_end())))
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // Nothing in it is worth keeping, and it may hang.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
