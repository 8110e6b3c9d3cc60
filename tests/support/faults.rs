//! Faults that a scripted answer alone can't make.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use huaweicloud_iotda::mock::{MockResponse, MockServer};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpSocket;

/// Finds every name at a server, but for some of the look-ups at a port that refuses connections.
pub struct Refusing {
    server: SocketAddr,
    first: usize,
    times: usize,
    looked_up: AtomicUsize,
    /// Bound and not listening: nobody else gets it.
    closed: TcpSocket,
}

impl Refusing {
    /// After this many look-ups, so many are refused.
    pub fn new(server: &MockServer, first: usize, times: usize) -> Self {
        let server = server.endpoint().trim_start_matches("http://").parse().expect("an address");
        let closed = TcpSocket::new_v4().expect("a socket");
        closed.bind(([127, 0, 0, 1], 0).into()).expect("a port of 127.0.0.1");
        Self { server, first, times, looked_up: AtomicUsize::new(0), closed }
    }

    /// How many connections were tried.
    pub fn connections(&self) -> usize {
        self.looked_up.load(Ordering::Relaxed)
    }
}

impl Resolve for Refusing {
    fn resolve(&self, _: Name) -> Resolving {
        let index = self.looked_up.fetch_add(1, Ordering::Relaxed);
        let refused = (self.first..self.first + self.times).contains(&index);
        let address = if refused { self.closed.local_addr().expect("a bound socket") } else { self.server };
        Box::pin(async move { Ok(Box::new([address].into_iter()) as Addrs) })
    }
}

/// 100 MiB of spaces, compressed.
pub fn gzip_bomb() -> MockResponse {
    // Made once: it takes a while.
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let spaces = vec![b' '; 1 << 20];
        (0..100).for_each(|_| encoder.write_all(&spaces).expect("memory"));
        encoder.finish().expect("memory")
    });
    MockResponse::new(200).header("Content-Encoding", "gzip").body(BOMB.as_slice())
}
