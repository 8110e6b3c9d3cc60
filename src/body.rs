//! Reading an answer's body, up to a bound, so that none fills the memory.

use bytes::Bytes;
use reqwest::Response;

/// The most that is read of an answer of the service or of IAM.
pub(crate) const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// What is wrong with a longer one.
pub(crate) fn too_large_message() -> String {
    format!("the body is larger than {} MiB, the most that is read", MAX_BODY_BYTES / 1024 / 1024)
}

/// The whole body; `None` as soon as it is longer than `most` bytes.
pub(crate) async fn read_limited(mut answer: Response, most: usize) -> reqwest::Result<Option<Bytes>> {
    let (mut pieces, mut piece) = (Vec::new(), Bytes::new());
    while let Some(next) = answer.chunk().await? {
        if pieces.len() + piece.len() + next.len() > most {
            return Ok(None);
        }
        // A body in one piece needs no copy.
        pieces.extend_from_slice(&std::mem::replace(&mut piece, next));
    }
    if pieces.is_empty() {
        return Ok(Some(piece));
    }
    pieces.extend_from_slice(&piece);
    // Without the room that growing left.
    Ok(Some(pieces.into_boxed_slice().into()))
}

/// As much of the body as comes, `most` bytes at most.
pub(crate) async fn read_prefix(mut answer: Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < most
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(most);
    body
}
