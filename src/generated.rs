//! The client and the types that `build.rs` generates from the document. Never edited, never public as a whole.

#![allow(clippy::all, unreachable_pub, dead_code, unused_imports)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
