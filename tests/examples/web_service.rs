//! An example that serves HTTP, in a separate process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The process, which is killed on drop.
pub(crate) struct WebService {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
}

impl WebService {
    /// Starts the example, and waits until it prints its URL.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the example starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { child, url, http }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.url)).send().await.expect("a response")
    }
}

impl Drop for WebService {
    fn drop(&mut self) {
        // The process may have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
