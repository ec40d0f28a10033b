//! Panics of this crate's own code. The library makes an `Error::Malformed` of whatever panics around its decoders (`src/isolate.rs`), so a
//! test that asks for no more than an error would be content with one.

use std::ops::ControlFlow;
use std::panic::{self, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use face_precheck::batch;

static HOOK: Once = Once::new();

/// What each of them said, and where.
static RECORD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What is said by a panic that only shows that it is recorded.
const DELIBERATE: &str = "to see whether it is recorded";

/// From here on they are recorded, in all threads.
pub(crate) fn watch() {
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if panic.location().is_none_or(|place| is_ours(place.file())) {
                let thread = thread::current().name().unwrap_or("without a name").to_owned();
                record(|record| record.push(format!("{panic} (thread {thread})")));
            }
            print(panic);
        }));
    });
}

/// At the end of a test that demands that there are none.
pub(crate) fn none_of_ours() {
    assert!(HOOK.is_completed(), "nobody watched");
    let ours = record(|record| record.iter().filter(|panic| !panic.contains(DELIBERATE)).cloned().collect::<Vec<_>>());
    // There is one hook for all tests, which run beside each other.
    assert!(ours.is_empty(), "code of this crate panicked, in this test or in another one: {ours:#?}");
}

fn record<T>(work: impl FnOnce(&mut Vec<String>) -> T) -> T {
    work(&mut RECORD.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Cargo has files of this crate called by their path from its folder on, and those of others by where they lie. The standard library
/// panics for whoever called it: for us, until somebody has looked.
fn is_ours(file: &str) -> bool {
    let file = file.replace('\\', "/");
    file.starts_with("src/") || ["core", "alloc", "std"].iter().any(|library| file.contains(&format!("/library/{library}/src/")))
}

#[test]
fn panics_are_told_apart_by_their_place() {
    for ours in ["src/batch.rs", "src/jpeg/decode/bits.rs", "src\\icc.rs", "/rustc/59807616e/library/core/src/str/mod.rs"] {
        assert!(is_ours(ours), "{ours}");
    }
    for other in [
        "tests/it/panics.rs",
        "tests/it/../../fuzz/properties.rs",
        "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/png-0.18.0/src/lib.rs",
        "C:\\Users\\me\\.cargo\\registry\\src\\index.crates.io-1949cf8c6b5b557f\\png-0.18.0\\src\\lib.rs",
    ] {
        assert!(!is_ours(other), "{other}");
    }
}

/// The place of its panic is where it is called: in `src/batch.rs`.
struct Panicking;

impl Iterator for Panicking {
    type Item = ();

    #[track_caller]
    fn next(&mut self) -> Option<()> {
        panic!("{DELIBERATE}")
    }
}

#[test]
fn panics_of_the_crate_are_recorded_and_no_others() {
    watch();
    let recorded = || record(|record| record.iter().filter(|panic| panic.contains(DELIBERATE)).cloned().collect::<Vec<_>>());
    let of_a_test = catch_unwind(|| assert_eq!(DELIBERATE, "", "{DELIBERATE}"));
    let of_a_dependency = catch_unwind(|| image::RgbImage::new(1, 1).get_pixel(1, 1).0);
    assert!(of_a_test.is_err() && of_a_dependency.is_err());
    assert_eq!(recorded(), [""; 0]);
    none_of_ours();
    let of_ours =
        catch_unwind(|| batch::for_each(Panicking, batch::Options::default(), |()| (), |(), _| ControlFlow::Continue(())));
    assert!(of_ours.is_err());
    let recorded = recorded();
    assert!(recorded.len() == 1 && recorded[0].replace('\\', "/").contains(" src/batch.rs:"), "{recorded:?}");
}
