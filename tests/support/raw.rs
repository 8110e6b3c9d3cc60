//! A raw TCP server that sends the bytes of a test.

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::DeviceSimple;
use huaweicloud_iotda::{Error, Page};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::CERTIFICATE;

/// Lists devices from a server that sends these bytes and closes the connection.
pub async fn list_from_raw_response(response: impl AsRef<[u8]>) -> Result<Page<DeviceSimple>, Error> {
    let mock = MockServer::start().await.expect("bind to 127.0.0.1");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind to 127.0.0.1");
    let endpoint = format!("http://{}", listener.local_addr().expect("a local address"));
    let respond = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n{}") {
            assert_ne!(stream.read_buf(&mut request).await.expect("a request"), 0, "incomplete request: {request:?}");
        }
        // The client may close the connection before it has read everything.
        let _ = stream.write_all(response.as_ref()).await;
        let _ = stream.shutdown().await;
        stream
    };
    let client = mock.builder().endpoint(endpoint).build().expect("a client");
    let (_stream, result) = tokio::join!(respond, client.list_device_by_device_certificate(CERTIFICATE).send());
    result
}
