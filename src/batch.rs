//! Many inputs on all cores: results as they finish or in the order of the inputs, with bounded memory, cancellation, and panics that
//! stay with their input.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use face_precheck::{Engine, Profile, batch};
//!
//! let (engine, profile) = (Engine::new()?, Profile::progeny_selfie());
//! let files = ["compliant/astronaut_enlarged_3x.jpg", "refused/astronaut.png", "no_face/coffee.jpg"];
//! let mut rows = Vec::new();
//! batch::for_each(
//!     files,
//!     batch::Options::default(),
//!     |file| -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
//!         let photo = std::fs::read(format!("fixtures/photos/{file}"))?; // Read by whoever works on it: no more photos are in memory than threads.
//!         Ok(engine.check(&photo, &profile)?)
//!     },
//!     |file, result| {
//!         rows.push(match result {
//!             Ok(Ok(report)) => format!("{file}: {}", report.verdict()),
//!             Ok(Err(error)) => format!("{file}: {error}"),
//!             Err(panic) => format!("{file}: {panic}"), // A defect; the others are not concerned.
//!         });
//!         ControlFlow::Continue(())
//!     },
//! );
//! assert_eq!(rows[0], "compliant/astronaut_enlarged_3x.jpg: compliant");
//! # assert_eq!(rows.len(), 3);
//! # Ok::<(), face_precheck::Error>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// In which order results are handed over. [`Options`] has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// That of the inputs: one that takes long holds up the ones behind it.
    #[default]
    Inputs,
    /// As they finish.
    Completion,
}

/// How a batch runs.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// use face_precheck::batch::{self, Options, Order};
///
/// let cancelled = AtomicBool::new(false);
/// let options = Options::default().with_order(Order::Completion).with_cancelled(&cancelled);
/// let mut done = 0;
/// batch::for_each(0_u64.., options, |number| number * number, |_, _| {
///     done += 1;
///     cancelled.store(done >= 5, Ordering::Relaxed); // Elsewhere: when somebody presses Ctrl-C.
///     ControlFlow::Continue(())
/// });
/// assert!(done >= 5); // What was taken before is finished.
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options<'a> {
    /// In which order results are handed over.
    pub order: Order,
    /// Once this is true no further input is taken. What was taken before is finished, and handed over.
    pub cancelled: Option<&'a AtomicBool>,
}

impl<'a> Options<'a> {
    /// The same with another order.
    #[must_use]
    pub const fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The same, but that it stops early once this is true.
    #[must_use]
    pub const fn with_cancelled(mut self, cancelled: &'a AtomicBool) -> Self {
        self.cancelled = Some(cancelled);
        self
    }
}

/// The work on one input panicked: a defect in it, not in the input.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use face_precheck::batch;
///
/// let mut said = Vec::new();
/// batch::for_each([2, 0], batch::Options::default(), |number| 4 / number, |_, result| {
///     said.push(result.map_err(|panic| panic.message));
///     ControlFlow::Continue(())
/// });
/// assert_eq!(said, [Ok(2), Err("attempt to divide by zero".into())]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panic {
    /// What the panic said.
    pub message: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a defect: {}", self.message)
    }
}

impl std::error::Error for Panic {}

/// Calls `work` for every input on the threads of rayon's current pool, and `consume` with every input and its result on the calling
/// thread, as soon as the order allows.
///
/// At most two inputs for each thread are under way or waiting at any time, so that memory does not grow with the number of
/// inputs, and inputs are taken as late as that. After a `Break` of `consume` no further input is taken, and nothing is handed over.
/// The module has an example.
pub fn for_each<I, T>(
    inputs: I,
    options: Options<'_>,
    work: impl Fn(&I::Item) -> T + Sync,
    mut consume: impl FnMut(I::Item, Result<T, Panic>) -> ControlFlow<()>,
) where
    I: IntoIterator,
    I::Item: Send,
    T: Send,
{
    let window = 2 * rayon::current_num_threads();
    let goes_on = || options.cancelled.is_none_or(|cancelled| !cancelled.load(Ordering::Relaxed));
    let mut inputs = inputs.into_iter();
    let work = &work;
    let (sender, receiver) = mpsc::channel();
    rayon::in_place_scope(|scope| {
        let (mut taken, mut handed_over) = (0, 0);
        let mut waiting = BTreeMap::new();
        loop {
            while taken < handed_over + window && goes_on() {
                let Some(input) = inputs.next() else { break };
                let (number, sender) = (taken, sender.clone());
                taken += 1;
                scope.spawn(move |_| {
                    let result = catch_unwind(AssertUnwindSafe(|| work(&input))).map_err(|payload| Panic::new(&*payload));
                    // The receiver is gone if the caller has had enough.
                    let _ = sender.send((number, input, result));
                });
            }
            if handed_over == taken {
                break;
            }
            let Some((number, input, result)) = wait(&receiver) else { break };
            let place = if options.order == Order::Inputs { number } else { handed_over };
            waiting.insert(place, (input, result));
            while let Some((input, result)) = waiting.remove(&handed_over) {
                handed_over += 1;
                if consume(input, result).is_break() {
                    return;
                }
            }
        }
    });
}

impl Panic {
    fn new(payload: &(dyn std::any::Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self { message: text.unwrap_or("it did not say what").into() }
    }
}

/// The next result. A thread of the pool helps with the work while it waits, since it may be the only one.
fn wait<T>(receiver: &mpsc::Receiver<T>) -> Option<T> {
    loop {
        match receiver.try_recv() {
            Ok(result) => return Some(result),
            Err(mpsc::TryRecvError::Disconnected) => return None,
            Err(mpsc::TryRecvError::Empty) if rayon::yield_now().is_none() => return receiver.recv().ok(),
            Err(mpsc::TryRecvError::Empty) => std::thread::yield_now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    const ON: ControlFlow<()> = ControlFlow::Continue(());
    const IN_COMPLETION: Options<'_> = Options { order: Order::Completion, cancelled: None };

    /// On two threads, where the first of them is not done before another one is.
    fn run(options: Options<'_>) -> Vec<(u64, u64)> {
        let (begun, others) = mpsc::channel();
        let others = Mutex::new(others);
        let slow_first = |n: &u64| {
            if *n == 0 {
                // The thread that is not held up here has handed over one when it begins a second one.
                let others = others.lock().unwrap();
                (0..2).for_each(|_| others.recv().unwrap());
            } else {
                begun.send(()).unwrap();
            }
            n * n
        };
        let mut results = Vec::new();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        pool.install(|| {
            for_each(0..200, options, slow_first, |n, square| {
                results.push((n, square.unwrap()));
                ON
            });
        });
        results
    }

    #[test]
    fn results_come_in_the_order_of_the_inputs_with_their_inputs() {
        assert_eq!(run(Options::default()), (0..200).map(|n| (n, n * n)).collect::<Vec<_>>());
    }

    #[test]
    fn results_come_as_they_finish_if_that_is_wanted() {
        let mut results = run(IN_COMPLETION);
        assert_ne!(results[0].0, 0);
        results.sort_unstable();
        assert_eq!(results, (0..200).map(|n| (n, n * n)).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_is_started_than_the_window_holds() {
        for options in [Options::default(), IN_COMPLETION] {
            let (started, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut most = 0;
            for_each(
                0..500,
                options,
                |_| started.fetch_add(1, Ordering::SeqCst),
                |_, _| {
                    most = most.max(started.load(Ordering::SeqCst) - finished.fetch_add(1, Ordering::SeqCst));
                    ON
                },
            );
            assert!(most <= 2 * rayon::current_num_threads(), "{most}");
            assert_eq!(finished.into_inner(), 500);
        }
    }

    #[test]
    fn a_pool_of_one_thread_can_run_it_from_inside() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let mut sum = 0;
        pool.install(|| {
            for_each(
                0..50,
                Options::default(),
                |n| *n,
                |_, n| {
                    sum += n.unwrap();
                    ON
                },
            );
        });
        assert_eq!(sum, 1225);
    }

    #[test]
    fn the_consumer_can_stop() {
        let started = AtomicUsize::new(0);
        let mut consumed = 0;
        for_each(
            0..10_000,
            Options::default(),
            |_| started.fetch_add(1, Ordering::SeqCst),
            |_, _| {
                consumed += 1;
                if consumed < 10 { ON } else { ControlFlow::Break(()) }
            },
        );
        assert_eq!(consumed, 10);
        assert!(started.into_inner() <= 10 + 2 * rayon::current_num_threads());
    }

    #[test]
    fn what_was_begun_before_a_cancellation_is_handed_over() {
        for order in [Order::Inputs, Order::Completion] {
            let (started, cancelled) = (AtomicUsize::new(0), AtomicBool::new(false));
            let mut consumed = Vec::new();
            for_each(
                0..10_000,
                Options { order, cancelled: Some(&cancelled) },
                |_| started.fetch_add(1, Ordering::SeqCst),
                |n, _| {
                    consumed.push(n);
                    cancelled.store(consumed.len() >= 10, Ordering::Relaxed);
                    ON
                },
            );
            assert_eq!(consumed.len(), started.into_inner());
            assert!((10..=10 + 2 * rayon::current_num_threads()).contains(&consumed.len()), "{}", consumed.len());
            // The first ones without a gap, so that the rest can be done later.
            consumed.sort_unstable();
            assert_eq!(consumed, (0..consumed.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_stays_with_its_input() {
        let mut results = Vec::new();
        for_each(
            0..100,
            Options::default(),
            |n| {
                assert!(n % 10 != 3, "no {n} here");
                *n
            },
            |n, result| {
                results.push((n, result));
                ON
            },
        );
        assert_eq!(results.len(), 100);
        for (n, result) in results {
            let expected = if n % 10 == 3 { Err(Panic { message: format!("no {n} here") }) } else { Ok(n) };
            assert_eq!(result, expected);
        }
    }
}
