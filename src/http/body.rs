//! Reading response bodies up to a limit, so that no server can exhaust the memory.

use bytes::Bytes;
use reqwest::Response;

/// The maximum size of a response body of the service or of IAM.
pub(crate) const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The maximum size of a response body of a service on this machine or its host.
pub(crate) const MAX_LOCAL_BODY_BYTES: usize = 64 * 1024;

/// The error message for a body that is larger than this limit.
pub(crate) fn too_large_message(max_bytes: usize) -> String {
    let limit = match max_bytes / 1024 {
        kib @ ..1024 => format!("{kib} KiB"),
        kib => format!("{} MiB", kib / 1024),
    };
    format!("the response body is larger than the limit of {limit}")
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
