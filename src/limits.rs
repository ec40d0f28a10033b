//! What protects this process from a hostile or absurd file. What the receiver demands is the
//! [`Profile`](crate::Profile)'s business.

use crate::error::{Error, LimitKind, Result};
use crate::header::Header;

/// Upper bounds that are checked on the file's header, before memory is spent on its content.
///
/// A picture of `n` pixels needs about `3 n` bytes decoded at full size, and a JPEG is rarely decoded so for a check. While it is decoded
/// there are up to `13 n` in all: for a 16-bit PNG with transparency or a progressive CMYK JPEG; a progressive JPEG in colour needs up to
/// `9 n`, everything usual `3 n` to `6 n`. A preparation may decode it once more beside what it has.
///
/// The bound that the tests hold: a check or a preparation of a file of `b` bytes takes at most `15 n + 2 b` bytes and 32 MiB, whatever
/// is in the file, and 96 MiB more where that is lossless WebP or has alpha that is. Where a profile asks for faces, the networks come on
/// top: about 40 MB once, shared by an engine's clones, and up to 32 MiB for each thread while they run. Between pictures an engine keeps
/// up to 128 MiB for each thread that it is used by. What these files cost in time is in `docs/bombs` of the repository.
///
/// ```
/// use face_precheck::{Engine, Error, Limits, Profile};
///
/// let engine = Engine::lazy().with_limits(Limits::default().with_pixels(500_000));
/// let photo = std::fs::read("fixtures/photos/compliant/grace_hopper_enlarged_1.5x.jpg")?; // 768 x 900
/// assert!(matches!(engine.check(&photo, &Profile::progeny_selfie()), Err(Error::LimitExceeded { found: 691_200, .. })));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of the file in bytes. Default: 64 MiB, well over the largest JPEG of a 100-megapixel camera.
    pub file_bytes: u64,
    /// Width times height. Default: 100,000,000, so that no picture ever takes more than about 1.8 GB.
    pub pixels: u64,
    /// All metadata in the file (EXIF, XMP, ICC profiles, comments, ...) in bytes, as stored. Default: 16 MiB.
    pub metadata_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, pixels: 100_000_000, metadata_bytes: 16 << 20 }
    }
}

impl Limits {
    /// No limits: for callers who trust every file.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { file_bytes: u64::MAX, pixels: u64::MAX, metadata_bytes: u64::MAX }
    }

    /// The same with another size of the file in bytes.
    #[must_use]
    pub const fn with_file_bytes(mut self, file_bytes: u64) -> Self {
        self.file_bytes = file_bytes;
        self
    }

    /// The same with another number of pixels.
    #[must_use]
    pub const fn with_pixels(mut self, pixels: u64) -> Self {
        self.pixels = pixels;
        self
    }

    /// The same with another size of all metadata in bytes.
    #[must_use]
    pub const fn with_metadata_bytes(mut self, metadata_bytes: u64) -> Self {
        self.metadata_bytes = metadata_bytes;
        self
    }

    /// The one limit that can be told without reading the file's content; callers may ask before they read it into memory.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] if the file is larger than `file_bytes`.
    pub fn admit_file(&self, file_bytes: u64) -> Result<()> {
        admit(LimitKind::FileBytes, file_bytes, self.file_bytes)
    }

    /// Whether the picture with this header may be decoded.
    pub(crate) fn admit(&self, header: &Header) -> Result<()> {
        self.admit_file(header.file_size)?;
        let pixels = u64::from(header.stored_width) * u64::from(header.stored_height);
        admit(LimitKind::Pixels, pixels, self.pixels)?;
        admit(LimitKind::MetadataBytes, header.metadata.bytes, self.metadata_bytes)
    }
}

fn admit(limit: LimitKind, found: u64, allowed: u64) -> Result<()> {
    if found > allowed { Err(Error::LimitExceeded { limit, found, allowed }) } else { Ok(()) }
}
