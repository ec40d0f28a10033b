//! Reports on any bytes, with the real networks: slow.
#![no_main]

use std::sync::LazyLock;

use face_precheck::{Engine, Profile};
use libfuzzer_sys::{Corpus, fuzz_target};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::lazy().with_limits(properties::LIMITS));
static PROFILE: LazyLock<Profile> = LazyLock::new(Profile::progeny_selfie);

// What cannot be decoded is the target `decode`'s business.
fuzz_target!(init: properties::only_own_panics_abort(), |bytes: &[u8]| -> Corpus {
    if properties::checked(&ENGINE, bytes, &PROFILE).is_some() { Corpus::Keep } else { Corpus::Reject }
});
