//! The two programs of the example, as processes.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::Result;

/// A program that listens. It is killed when this is dropped.
pub struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
}

impl Program {
    /// Starts the program that was built beside this one, and waits until it listens.
    pub fn start(name: &str, arguments: &[&str]) -> Result<Self> {
        let path = std::env::current_exe()?.with_file_name(name);
        let mut child = Command::new(path)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut first = String::new();
        out.read_line(&mut first)?;
        let address = first.trim().strip_prefix("listening on ").ok_or("no address")?.to_owned();
        Ok(Self { child, out, address })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends SIGTERM.
    pub fn terminate(self) -> Result<Self> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        Ok(self)
    }

    /// Waits for the end. Returns the exit status, and what was printed, in one line.
    pub async fn end(mut self) -> Result<(i32, String)> {
        tokio::task::spawn_blocking(move || {
            let mut printed = String::new();
            self.out.read_to_string(&mut printed)?;
            let status = self.child.wait()?.code().unwrap_or(-1);
            Ok((status, printed.trim().replace('\n', "; ")))
        })
        .await?
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
