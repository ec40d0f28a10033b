//! The decoded picture.

use crate::geometry::Rect;

/// A picture of 8-bit sRGB pixels, rows from the top, without padding; of a photo that was decoded smaller than it is, or as it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rgb8 {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    reduction: u32,
}

impl Rgb8 {
    /// Wraps `width * height` pixels of three bytes each; `None` if the length does not fit or a side is zero.
    #[must_use]
    pub(crate) fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
        (bytes > 0 && bytes == pixels.len()).then_some(Self { width, height, pixels, reduction: 1 })
    }

    /// The same pixels, each of which stands for `reduction` x `reduction` of the photo's.
    #[must_use]
    pub(crate) fn reduced_by(self, reduction: u32) -> Self {
        Self { reduction, ..self }
    }

    /// Sides of a pixel in pixels of the photo.
    #[must_use]
    pub(crate) const fn reduction(&self) -> u32 {
        self.reduction
    }

    /// All of it, in pixels of the photo.
    #[must_use]
    pub(crate) fn bounds(&self) -> Rect {
        let side = |side: u32| f64::from(side) * f64::from(self.reduction);
        Rect { x: 0.0, y: 0.0, width: side(self.width), height: side(self.height) }
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

    /// The memory, to be used again.
    #[must_use]
    pub(crate) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}

impl std::fmt::Debug for Rgb8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb8({}x{}, 1/{})", self.width, self.height, self.reduction)
    }
}
