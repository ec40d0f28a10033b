//! How far a run is, for whoever looks on.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::ResultArgs;
use crate::summary::Tally;

const COUNTING: &str = "{spinner} {pos} photos  {wide_msg}";
const KNOWING: &str = "[{bar:20}] {pos}/{len}  {wide_msg}";

/// A line at the bottom of a terminal, or nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    /// Files that were passed by or reported before, which took no time.
    free: u64,
    /// Whether rows go to the same terminal.
    shares_terminal: bool,
    told: bool,
}

impl Progress {
    /// Shown where standard error is a terminal, unless it is not wanted.
    pub(crate) fn new(args: &ResultArgs) -> Self {
        let is_wanted = !args.quiet && !args.no_progress && io::stderr().is_terminal();
        let target = if is_wanted { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target).with_style(counting());
        if is_wanted {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, begun: Instant::now(), free: 0, shares_terminal: io::stdout().is_terminal(), told: false }
    }

    pub(crate) fn is_shown(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// For a thread that counts the files ahead.
    pub(crate) fn counter(&self) -> impl FnOnce(u64) + Send + use<> {
        let bar = self.bar.clone();
        move |files| {
            bar.set_length(files);
            bar.set_style(knowing());
        }
    }

    /// One file more; `free` if it cost nothing.
    pub(crate) fn advance(&mut self, tally: &Tally, free: bool) {
        self.free += u64::from(free);
        self.bar.inc(1);
        if self.is_shown() {
            self.bar.set_message(self.message(tally));
        }
    }

    fn message(&self, tally: &Tally) -> String {
        let counts: Vec<_> = tally.verdicts().iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        let counts = counts.join(", ");
        let worked = self.bar.position() - self.free;
        #[allow(clippy::cast_precision_loss, reason = "a number of photos")]
        let rate = worked as f64 / self.begun.elapsed().as_secs_f64().max(1e-3);
        let left = self.bar.length().map(|files| files.saturating_sub(self.bar.position()));
        #[allow(clippy::cast_precision_loss, reason = "a number of photos")]
        let seconds = left.filter(|_| worked > 0).map(|files| files as f64 / rate);
        // A rate of next to nothing leaves more time than there is a word for.
        let left = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let left = left.map(|left| format!(", {} left", HumanDuration(left))).unwrap_or_default();
        format!("{rate:.1}/s{left} | {counts}")
    }

    /// Runs something that may print to standard output.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        if self.shares_terminal { self.bar.suspend(print) } else { print() }
    }

    /// A line of its own on standard error, whether there is progress or not.
    pub(crate) fn tell(&self, text: &str) {
        self.bar.suspend(|| anstream::eprintln!("{text}"));
    }

    /// Says, once, that the run is coming to its end.
    pub(crate) fn tell_stopping(&mut self) {
        if !self.told {
            self.told = true;
            if self.is_shown() {
                self.tell("Stopping once the photos under way are finished. Press Ctrl-C again to stop at once.");
            }
        }
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// Before it is known how many files there are.
fn counting() -> ProgressStyle {
    style(COUNTING)
}

fn knowing() -> ProgressStyle {
    style(KNOWING).progress_chars("=> ")
}

fn style(template: &str) -> ProgressStyle {
    // Both templates are tried by the tests.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_ones() {
        for template in [COUNTING, KNOWING] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
