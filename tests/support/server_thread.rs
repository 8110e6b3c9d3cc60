//! A server on a separate thread, so that the allocations of the client can be measured without those of the server.

use std::sync::mpsc;
use std::thread;

use huaweicloud_iotda::mock::MockServer;

/// Starts a server on another thread, calls `prepare` there and returns the server. Its methods may be called from this
/// thread.
pub fn server_on_thread(prepare: impl FnOnce(&MockServer) + Send + 'static) -> MockServer {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        runtime().block_on(async {
            let server = MockServer::start().await.expect("bind to 127.0.0.1");
            prepare(&server);
            sender.send(server).expect("the test waits for the server");
            // The thread serves until the process exits.
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().expect("the server starts")
}

/// Creates a single-threaded runtime.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
