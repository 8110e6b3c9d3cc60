//! Reading an answer's body, up to a bound, so that none fills the memory.

use bytes::Bytes;
use reqwest::Response;

/// The whole body; `None` when it is longer than `most` bytes.
pub(crate) async fn whole(mut answer: Response, most: usize) -> reqwest::Result<Option<Bytes>> {
    // Most bodies come in one piece, which needs no copy.
    let mut piece = answer.chunk().await?.unwrap_or_default();
    let mut pieces = Vec::new();
    while let Some(next) = answer.chunk().await? {
        pieces.extend_from_slice(&std::mem::replace(&mut piece, next));
        if pieces.len() > most {
            return Ok(None);
        }
    }
    if !pieces.is_empty() {
        pieces.extend_from_slice(&piece);
        piece = pieces.into_boxed_slice().into();
    }
    Ok((piece.len() <= most).then_some(piece))
}

/// As much of the body as comes, `most` bytes at most.
pub(crate) async fn begin(mut answer: Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < most
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(most);
    body
}
