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

    fn not_a_third(number: usize) -> Result<usize, String> {
        isolated(|| if number % 3 == 2 { panic!("no {number} here") } else { Ok(number) })
            .unwrap_or_else(|| Err(format!("gave up on {number}")))
    }

    /// As `stage::decode` makes an error of it.
    #[test]
    fn a_panic_is_an_error_and_the_thread_goes_on() {
        let results: Vec<_> = (0..9).map(not_a_third).collect();
        assert_eq!(results.iter().filter_map(|result| result.as_ref().ok()).collect::<Vec<_>>(), [&0, &1, &3, &4, &6, &7]);
        assert_eq!(results.into_iter().filter_map(Result::err).collect::<Vec<_>>(), [2, 5, 8].map(|n| format!("gave up on {n}")));
    }

    /// What work left half done is there for the next one to write over.
    #[test]
    fn memory_that_a_panic_left_is_used_again() {
        let mut scratch = Vec::new();
        for length in [3, 0, 2] {
            let found = isolated(|| {
                scratch.clear();
                scratch.extend(0..length);
                scratch[scratch.len() - 1]
            });
            assert_eq!(found, (length > 0).then(|| length - 1));
        }
        assert_eq!(scratch, [0, 1]);
    }

    #[cfg(feature = "rayon")]
    #[test]
    fn the_threads_of_a_pool_go_on() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for _ in 0..2 {
            let results: Vec<_> =
                pool.broadcast(|context| (0..9).map(|n| not_a_third(n + 9 * context.index())).collect::<Vec<_>>());
            assert_eq!(results.len(), 2);
            assert!(results.iter().all(|results| results.iter().filter(|result| result.is_ok()).count() == 6));
        }
    }
}
