//! Room for what is held in memory: bodies of requests, from before they are read until their tasks have ended.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// KiB of bodies that may be held. Whoever sends more waits before any of it is read.
const ROOM_KIB: usize = 64 << 10;

/// What is left.
pub(super) struct Room(Arc<Semaphore>);

/// Some of it, for as long as this lives.
pub(super) struct Taken(OwnedSemaphorePermit);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KIB)))
    }
}

impl Room {
    /// Room for so many bytes, once it is there; `None` never comes, because nobody closes it.
    pub(super) async fn take(&self, bytes: usize) -> Option<Taken> {
        Arc::clone(&self.0).acquire_many_owned(kib(bytes)).await.ok().map(Taken)
    }
}

impl Taken {
    /// Gives back what so many bytes do not need.
    pub(super) fn shrink(&mut self, bytes: usize) {
        drop(self.0.split(self.0.num_permits().saturating_sub(kib(bytes).try_into().unwrap_or(usize::MAX))));
    }
}

/// One at least, because nothing is held without anything around it; all of the room at most, because more is never there.
fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 10).clamp(1, ROOM_KIB)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_and_given_back() {
        let room = Room::default();
        let free = || room.0.available_permits();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let take = |bytes| runtime.block_on(room.take(bytes)).unwrap();
        let mut taken = take(10_000);
        assert_eq!(free(), ROOM_KIB - 10);
        taken.shrink(2049);
        assert_eq!(free(), ROOM_KIB - 3);
        taken.shrink(1 << 20);
        assert_eq!(free(), ROOM_KIB - 3);
        drop(taken);
        let (nothing, everything) = (take(0), ROOM_KIB - 1);
        assert_eq!(free(), everything);
        drop(nothing);
        let all = take(usize::MAX);
        assert_eq!(free(), 0);
        drop(all);
        assert_eq!(free(), ROOM_KIB);
    }
}
