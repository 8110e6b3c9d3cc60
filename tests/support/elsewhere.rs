//! A server on a thread of its own: what the client allocates can be told from what the server does.

use std::sync::mpsc;
use std::thread;

use huaweicloud_iotda::mock::MockServer;

/// Starts a server on another thread, prepares it there, and hands it over. Its methods may be called from here.
pub fn serve_elsewhere(prepare: impl FnOnce(&MockServer) + Send + 'static) -> MockServer {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let server = MockServer::start().await.expect("a port on 127.0.0.1");
            prepare(&server);
            sender.send(server).expect("the test waits for it");
            // It serves until the program ends.
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().expect("a server")
}

/// A runtime of this thread, for the client.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
