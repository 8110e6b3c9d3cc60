//! Random programs of calls, drops, pauses, clock steps, and failures of the server and of the provider, on two runtimes.
//!
//! Time advances only where a program says so: a slow machine cannot make a call time out. `./x lifecycle-faults` checks
//! that the programs find the faults of this crate's past.
//!
//! The environment variables `IOTDA_LIFECYCLE_SEEDS` and `IOTDA_LIFECYCLE_SEED` set the number of programs and the first
//! seed.

mod call;
mod mock_bounds;
mod program;
mod provider;
mod queue;
mod rejections;
mod world;

use std::env;
use std::panic::catch_unwind;

use program::{Program, panic_text};

const DEFAULT_SEEDS: u64 = 40;

fn env_number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

#[test]
fn random_programs_neither_panic_nor_hang_nor_lose_records() {
    let first = env_number("IOTDA_LIFECYCLE_SEED", 0);
    for seed in first..first + env_number("IOTDA_LIFECYCLE_SEEDS", DEFAULT_SEEDS) {
        if let Err(panic) = catch_unwind(|| Program::new(seed).run()) {
            panic!("seed {seed}: {}", panic_text(&*panic));
        }
    }
}
