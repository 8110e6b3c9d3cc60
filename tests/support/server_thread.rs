//! Servers on a separate thread, so that the allocations of the client can be measured without those of the server, and a
//! client works while its thread is blocked.

use std::sync::{LazyLock, mpsc};
use std::thread;

use huaweicloud_iotda::mock::MockServer;
use tokio::runtime::Handle;

/// The runtime of all servers. Its thread serves until the process exits.
static SERVERS: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = runtime();
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
});

/// Starts a server on another thread, calls `prepare` there and returns the server. Its methods may be called from this
/// thread.
pub fn server_on_thread(prepare: impl FnOnce(&MockServer) + Send + 'static) -> MockServer {
    let (sender, receiver) = mpsc::channel();
    SERVERS.spawn(async move {
        let server = MockServer::start().await.expect("bind to 127.0.0.1");
        prepare(&server);
        sender.send(server).expect("the test waits for the server");
    });
    receiver.recv().expect("the server starts")
}

/// Creates a single-threaded runtime.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
