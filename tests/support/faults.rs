//! Faults that an enqueued response cannot produce.

use std::io::Write;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpSocket;

/// Resolves every name to the server, except that some lookups return a port that refuses connections.
pub struct RefusingResolver {
    server: SocketAddr,
    refused_lookups: Range<usize>,
    lookups: AtomicUsize,
    /// Bound but not listening, so that no other process can use the port.
    closed: TcpSocket,
}

impl RefusingResolver {
    /// After `first` lookups, the next `count` lookups lead to the closed port.
    pub fn new(server: &MockServer, first: usize, count: usize) -> Self {
        let server = server.endpoint().trim_start_matches("http://").parse().expect("a socket address");
        let closed = TcpSocket::new_v4().expect("a socket");
        closed.bind(([127, 0, 0, 1], 0).into()).expect("bind to 127.0.0.1");
        Self { server, refused_lookups: first..first + count, lookups: AtomicUsize::new(0), closed }
    }

    /// Returns the number of attempted connections.
    pub fn connections(&self) -> usize {
        self.lookups.load(Ordering::Relaxed)
    }
}

impl Resolve for RefusingResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let index = self.lookups.fetch_add(1, Ordering::Relaxed);
        let refused = self.refused_lookups.contains(&index);
        let address = if refused { self.closed.local_addr().expect("a bound socket") } else { self.server };
        Box::pin(async move { Ok(Box::new([address].into_iter()) as Addrs) })
    }
}

/// Returns a response with 100 MiB of spaces, compressed.
pub fn gzip_bomb() -> MockResponse {
    // Compressed once, because it is slow.
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let spaces = vec![b' '; 1 << 20];
        (0..100).for_each(|_| encoder.write_all(&spaces).expect("write to memory"));
        encoder.finish().expect("write to memory")
    });
    MockResponse::new(200).header("Content-Encoding", "gzip").body(BOMB.as_slice())
}
