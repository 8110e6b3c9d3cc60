//! A TLS server with certificates that each test generates, and a CONNECT proxy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A response to both operations.
pub const EMPTY_LIST: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 48\r\n\r\n{\"templates\":[],\"devices\":[],\"page\":{\"count\":0}}";

/// A certificate authority of one test.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in DER form.
pub struct ServerCertificate {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Returns an authority with a name that no other one has.
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        Self::named(&format!("Test CA {}", NUMBER.fetch_add(1, Ordering::Relaxed)))
    }

    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Returns a certificate for these names.
    pub fn certify(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> ServerCertificate {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(names);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        ServerCertificate { certificate: certificate.der().clone(), key: key.into() }
    }
}

/// Returns a self-signed certificate for these names.
pub fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> ServerCertificate {
    let key = KeyPair::generate().expect("a key");
    let mut params = params(names);
    change(&mut params);
    let certificate = params.self_signed(&key).expect("a certificate");
    ServerCertificate { certificate: certificate.der().clone(), key: key.into() }
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).expect("valid names")
}

/// A server that counts the connections that it accepts.
pub struct CountingServer {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for CountingServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl CountingServer {
    /// Starts a server that calls this function for each connection.
    pub async fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
        let address = listener.local_addr().expect("a local address");
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Self { address, connections, task }
    }

    /// Starts a TLS server that sends an empty list to each request.
    pub async fn start_tls(certificate: ServerCertificate) -> Self {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.certificate], certificate.key)
            .expect("a valid certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    respond(stream, EMPTY_LIST).await;
                }
            }
        })
        .await
    }

    /// Accepts connections and never responds.
    pub async fn start_silent() -> Self {
        Self::start(|stream| async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
        .await
    }

    /// Starts a server that reads once, sends these bytes and closes the connection.
    pub async fn start_raw(response: &'static [u8]) -> Self {
        Self::start(move |mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(response).await;
            let _ = stream.shutdown().await;
            // Closing a connection with unread bytes would reset it.
            while stream.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {}
        })
        .await
    }

    /// Starts a proxy that connects each CONNECT request to this address, whatever host it names.
    pub async fn start_proxy(target: SocketAddr) -> Self {
        Self::start(move |mut client| async move {
            read_request(&mut client).await;
            let Ok(mut server) = TcpStream::connect(target).await else { return };
            let _ = client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await;
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        })
        .await
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn https(&self) -> String {
        format!("https://127.0.0.1:{}", self.address.port())
    }
}

async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin, response: &str) {
    while read_request(&mut stream).await {
        if stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads a request with its body. Returns `false` if the connection is closed.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut request = Vec::new();
    while !is_complete(&request) {
        if !stream.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
            return false;
        }
    }
    true
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}
