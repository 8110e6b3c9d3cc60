//! The memory of the process after a client was dropped.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use huaweicloud_iotda::Credentials;
use huaweicloud_iotda::mock::{MockResponse, MockServer};

use crate::support::total;

/// In no other test.
const SECRET_KEY: &str = "qZ7wXk2JvPm9TbLfRm4HdYc8GsAe3UhQ6ViB5KoE";
/// A length that fits a number, so a part of the key may be stored as one.
const PART_BYTES: usize = 8;
const CHUNK_BYTES: usize = 1 << 20;

/// Calls `inspect` with each part of the writable memory.
fn for_each_chunk(mut inspect: impl FnMut(&[u8])) {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut chunk = vec![0; CHUNK_BYTES];
    for region in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let Some((range, _)) = region.split_once(" rw") else { continue };
        let (start, end) = range.split_once('-').unwrap();
        let [mut start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        while start < end {
            let length = CHUNK_BYTES.min((end - start) as usize);
            // Another thread may have unmapped the region.
            let Ok(()) = memory.read_exact_at(&mut chunk[..length], start) else { break };
            inspect(&chunk[..length]);
            // Parts on the border of two chunks count, too.
            start += if length == CHUNK_BYTES { (length - PART_BYTES) as u64 } else { length as u64 };
        }
    }
}

/// Counts the parts of the key that are stored as numbers of this machine. Nothing else stores them in reverse order.
fn parts_in_memory() -> usize {
    let parts: Vec<_> = SECRET_KEY.as_bytes().windows(PART_BYTES).collect();
    let mut found = vec![false; parts.len()];
    for_each_chunk(|chunk| {
        for window in chunk.windows(PART_BYTES) {
            let part = parts.iter().position(|part| part[0] == window[PART_BYTES - 1]);
            let Some(part) = part else { continue };
            if window.iter().rev().eq(parts[part]) {
                found[part] = true;
            }
        }
    });
    found.into_iter().filter(|found| *found).count()
}

#[tokio::test]
async fn secret_key_cannot_be_reconstructed_from_memory() {
    let server = MockServer::start().await.unwrap();
    // Redaction reads the body.
    server.enqueue(MockResponse::new(500).body("a body that may contain a part of the key"));
    let client = server.builder().credentials(Credentials::ak_sk("AK", SECRET_KEY)).build().unwrap();
    assert_eq!(total(&client).await.unwrap_err().status(), Some(500));
    drop(client);
    // A single number may remain in a register or on the stack.
    let parts = parts_in_memory();
    assert!(parts <= 2, "{parts} parts");
}
