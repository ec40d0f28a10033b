//! Other people's parsers and decoders on bytes that nobody vouches for: fuzzed, and yet not known to be free of panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the work comes to; `None` if it panics, so that no file ends more than its own check. Whatever it may leave behind half done has
/// to be written over by the next one.
pub(crate) fn isolated<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_dependency_is_nothing_more_than_no_result() {
        let picture = image::RgbImage::new(2, 3);
        assert_eq!(isolated(|| picture.get_pixel(1, 2).0), Some([0; 3]));
        assert_eq!(isolated(|| picture.get_pixel(2, 3).0), None);
    }
}
