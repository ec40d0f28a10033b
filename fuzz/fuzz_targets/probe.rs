//! Headers of any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: properties::only_own_panics_abort(), |bytes: &[u8]| {
    properties::probed(bytes);
});
