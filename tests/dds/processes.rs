//! Child processes that never outlive the test.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::robot::Kind;

pub struct Process(Child, &'static str);

impl Process {
    /// Starts this very binary in a role that belongs to a robot.
    pub fn start(role: &'static str, kind: Kind, arguments: &[&str]) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([role, kind.name()])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child, role)
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id() as i32), signal).unwrap();
    }

    /// Waits for the end; gives exit status and stderr.
    pub fn end(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "{} does not end", self.1);
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut said = String::new();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (status, said)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails if it has ended already, which is what is wanted.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
