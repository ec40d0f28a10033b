//! Pictures of any bytes, in memory that was used before and in fresh.
#![no_main]

use std::sync::LazyLock;

use face_precheck::Engine;
use libfuzzer_sys::fuzz_target;

static USED: LazyLock<Engine> = LazyLock::new(|| Engine::lazy().with_limits(properties::LIMITS));

fuzz_target!(init: properties::only_own_panics_abort(), |bytes: &[u8]| {
    properties::decoded(&USED, bytes);
});
