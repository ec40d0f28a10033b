//! One integration binary: the library and the command on real photos, rendered heads and broken files.

mod cli;
mod derive;
mod faces;
mod fixtures;
mod formats;
mod hostile;
mod papers;
mod snapshots;
