//! Profiles and translations from any text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: properties::only_own_panics_abort(), |text: &str| properties::read_settings(text));
