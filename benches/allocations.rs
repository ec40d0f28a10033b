//! `cargo bench --bench allocations`: what a check allocates, once its engine has checked a photo of the kind before.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that prints a table, and panics if it cannot be set up"
)]

use allocation_counter::measure;
use face_precheck::{Engine, Profile};

#[path = "peers/photos.rs"]
mod photos;

fn main() {
    let (engine, profile) = (Engine::new().unwrap(), Profile::progeny_selfie());
    println!("| check | allocations | bytes in all | most at one time |\n| --- | --- | --- | --- |");
    for photo in photos::photos().unwrap() {
        let bytes = photos::jpeg(&photo.picture, photo.quality).unwrap();
        let check = || drop(engine.check(&bytes, &profile).unwrap());
        check();
        let counted = measure(check);
        println!("| {} | {} | {} | {} |", photo.name, counted.count_total, counted.bytes_total, counted.bytes_max);
    }
}
