//! The containers that pictures come in, piece by piece: what [`probe`](crate::probe) reads and `strip` copies from. No piece is
//! believed to be complete, and nothing is decoded.

pub(crate) mod bytes;
#[cfg(feature = "heic")]
pub(crate) mod heif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod vp8l;
pub(crate) mod webp;
