//! The client and the types that `build.rs` generates from the document. Never edited by hand, never public as a whole.

#![allow(clippy::all, clippy::unwrap_used, dead_code, unreachable_pub, unused_imports)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
