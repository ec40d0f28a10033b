//! Uploads of any bytes: as they are, and written anew.
#![no_main]

use std::sync::LazyLock;

use face_precheck::{Engine, Profile};
use libfuzzer_sys::fuzz_target;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::lazy().with_limits(properties::LIMITS));
static PROFILES: LazyLock<[Profile; 2]> = LazyLock::new(|| [properties::any_picture(), properties::small_jpeg()]);

fuzz_target!(init: properties::only_own_panics_abort(), |bytes: &[u8]| {
    for profile in &*PROFILES {
        properties::prepared(&ENGINE, bytes, profile);
    }
});
