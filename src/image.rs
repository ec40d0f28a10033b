//! The decoded picture.

/// A picture of 8-bit sRGB pixels, rows from the top, without padding.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rgb8 {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Rgb8 {
    /// Wraps `width * height` pixels of three bytes each; `None` if the length does not fit or a side is zero.
    #[must_use]
    pub(crate) fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
        (bytes > 0 && bytes == pixels.len()).then_some(Self { width, height, pixels })
    }

    /// Pixels from left to right.
    #[must_use]
    pub(crate) const fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub(crate) const fn height(&self) -> u32 {
        self.height
    }

    /// All bytes: R, G, B, R, G, B, ...
    #[must_use]
    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl std::fmt::Debug for Rgb8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb8({}x{})", self.width, self.height)
    }
}
