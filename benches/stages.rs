//! `cargo bench`: the whole check, on three sizes of one photo. Throughput is in pixels of the photo.
