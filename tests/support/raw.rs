//! A server that is not ours: it answers whatever bytes a test likes.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Error, Page};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::CERTIFICATE;

/// What listing devices gives when a server answers these bytes and closes the connection.
pub async fn listed_from(answer: impl AsRef<[u8]>) -> Result<Page<DeviceSimple>, Error> {
    let mock = MockServer::start().await.expect("a port on 127.0.0.1");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on 127.0.0.1");
    let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n{}") {
            assert_ne!(stream.read_buf(&mut request).await.expect("a request"), 0, "the whole request must arrive");
        }
        // The client may have enough before the end.
        let _ = stream.write_all(answer.as_ref()).await;
        let _ = stream.shutdown().await;
        stream
    };
    let client = mock.builder().endpoint(endpoint).build().expect("a client");
    let (_stream, outcome) = tokio::join!(serve, client.list_device_by_device_certificate(CERTIFICATE).send());
    outcome
}
