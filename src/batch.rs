//! Many photos on all cores, with bounded memory.

use std::sync::mpsc;

/// Calls `work` for every input on the threads of rayon's current pool, and `consume` for every result on the calling thread, in
/// the order of the inputs and as soon as all earlier ones are there.
///
/// At most two inputs for each thread are under way or waiting at any time, so that memory does not grow with the number of
/// inputs. `consume` returns whether to go on; after a `false` no further input is taken.
pub fn for_each_ordered<I, T>(inputs: I, work: impl Fn(I::Item) -> T + Sync, mut consume: impl FnMut(T) -> bool)
where
    I: IntoIterator,
    I::Item: Send,
    T: Send,
{
    let window = 2 * rayon::current_num_threads();
    let mut inputs = inputs.into_iter();
    let work = &work;
    rayon::in_place_scope(|scope| {
        let mut waiting = std::collections::VecDeque::with_capacity(window);
        loop {
            while waiting.len() < window {
                let Some(input) = inputs.next() else { break };
                let (sender, receiver) = mpsc::sync_channel(1);
                scope.spawn(move |_| {
                    // The receiver is gone if the caller has had enough.
                    let _ = sender.send(work(input));
                });
                waiting.push_back(receiver);
            }
            let Some(result) = waiting.pop_front() else { break };
            // A sender that is dropped without a result has panicked; the scope passes the panic on.
            let Some(result) = wait(&result) else { break };
            if !consume(result) {
                break;
            }
        }
    });
}

/// The result, or `None` if there will be none. A thread of the pool helps with the work while it waits, since it may be the only one.
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        let mut results = Vec::new();
        for_each_ordered(
            0..200u64,
            |n| {
                std::thread::sleep(std::time::Duration::from_micros((n * 7919) % 500));
                n
            },
            |n| {
                results.push(n);
                true
            },
        );
        assert_eq!(results, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_is_started_than_the_window_holds() {
        let (started, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut most = 0;
        for_each_ordered(
            0..500,
            |_| started.fetch_add(1, Ordering::SeqCst),
            |_| {
                most = most.max(started.load(Ordering::SeqCst) - finished.fetch_add(1, Ordering::SeqCst));
                true
            },
        );
        assert!(most <= 2 * rayon::current_num_threads(), "{most}");
        assert_eq!(finished.into_inner(), 500);
    }

    #[test]
    fn a_pool_of_one_thread_can_run_it_from_inside() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let mut sum = 0;
        pool.install(|| {
            for_each_ordered(
                0..50,
                |n| n,
                |n| {
                    sum += n;
                    true
                },
            );
        });
        assert_eq!(sum, 1225);
    }

    #[test]
    fn the_consumer_can_stop() {
        let started = AtomicUsize::new(0);
        let mut consumed = 0;
        for_each_ordered(
            0..10_000,
            |_| started.fetch_add(1, Ordering::SeqCst),
            |_| {
                consumed += 1;
                consumed < 10
            },
        );
        assert_eq!(consumed, 10);
        assert!(started.into_inner() <= 10 + 2 * rayon::current_num_threads());
    }
}
