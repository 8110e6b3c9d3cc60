//! Reading response bodies up to a limit, so that no server can exhaust the memory.

use bytes::Bytes;
use reqwest::Response;

/// The maximum size of a response body of the service or of IAM.
pub(crate) const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The error message for a larger body.
pub(crate) fn too_large_message() -> String {
    format!("the response body is larger than the limit of {} MiB", MAX_BODY_BYTES / 1024 / 1024)
}

/// Reads the whole body; returns `None` as soon as it is larger than `max_bytes`.
pub(crate) async fn read_limited(mut response: Response, max_bytes: usize) -> reqwest::Result<Option<Bytes>> {
    let (mut body, mut last_chunk) = (Vec::new(), Bytes::new());
    while let Some(chunk) = response.chunk().await? {
        if body.len() + last_chunk.len() + chunk.len() > max_bytes {
            return Ok(None);
        }
        // Appended one chunk late, so that a body of one chunk is not copied.
        body.extend_from_slice(&std::mem::replace(&mut last_chunk, chunk));
    }
    if body.is_empty() {
        return Ok(Some(last_chunk));
    }
    body.extend_from_slice(&last_chunk);
    // Releases the spare capacity.
    Ok(Some(body.into_boxed_slice().into()))
}

/// Reads at most `max_bytes` of the body; stops at an error.
pub(crate) async fn read_prefix(mut response: Response, max_bytes: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < max_bytes
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(max_bytes);
    body
}
