//! The client and the types that `build.rs` generates from the OpenAPI document. Only selected types are public.

#![allow(clippy::all, clippy::unwrap_used, dead_code, unreachable_pub, unused_imports)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
