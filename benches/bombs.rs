//! `cargo bench --bench bombs`: what files that were made to do harm cost, at the largest that the default limits allow.
#![allow(
    missing_docs,
    dead_code,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::trivially_copy_pass_by_ref,
    clippy::unwrap_used,
    reason = "a bench that prints a table, and panics if it cannot be set up"
)]

use std::time::{Duration, Instant};

use allocation_counter::measure;
use face_precheck::{Engine, Error, Prepared, Profile, probe};

#[path = "../tests/it/bombs/mod.rs"]
mod bombs;

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let profile = Profile::progeny_document();
    println!("| bomb | bytes | check | prepare | bytes of heap: check | prepare | most | milliseconds: check | prepare |");
    println!("| --- | --: | --- | --- | --: | --: | --: | --: | --: |");
    let mut worst = [Duration::ZERO; 2];
    for (name, _, make) in bombs::all().filter(|(name, ..)| name.contains(&filter)) {
        let bytes = make(bombs::Scale::Full);
        let checked = cost(|| outcome(Engine::lazy().check(&bytes, &profile).map(|_| "read")));
        let prepared = cost(|| {
            outcome(Engine::lazy().prepare(&bytes, &profile).map(|prepared| match prepared {
                Prepared::Ready(_) => "ready",
                Prepared::Rejected(_) => "rejected",
            }))
        });
        let limits = Engine::lazy().limits().pixels;
        let pixels = probe(&bytes).map_or(0, |header| u64::from(header.stored_width) * u64::from(header.stored_height));
        let bound = bombs::bound(if pixels > limits { 0 } else { pixels }, bytes.len() as u64);
        println!(
            "| {name} | {} | {} | {} | {} | {} | {bound} | {:.0} | {:.0} |",
            bytes.len(),
            checked.outcome,
            prepared.outcome,
            checked.heap,
            prepared.heap,
            1000.0 * checked.time.as_secs_f64(),
            1000.0 * prepared.time.as_secs_f64(),
        );
        assert!(checked.heap.max(prepared.heap) <= bound, "{name}");
        worst = [worst[0].max(checked.time), worst[1].max(prepared.time)];
    }
    println!("\nThe worst: a check of {:.1?}, a preparation of {:.1?}.", worst[0], worst[1]);
}

fn outcome(result: Result<&'static str, Error>) -> String {
    result.map_or_else(|error| error.kind().to_owned(), ToOwned::to_owned)
}

struct Cost {
    outcome: String,
    heap: u64,
    time: Duration,
}

/// The best of three.
fn cost(work: impl Fn() -> String) -> Cost {
    let mut outcome = String::new();
    let heap = measure(|| outcome = work()).bytes_max;
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    Cost { outcome, heap, time: (0..3).map(time).min().unwrap_or_default() }
}
