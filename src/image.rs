//! The decoded picture.

use crate::geometry::{Point, Rect};

/// A picture of 8-bit sRGB pixels, rows from the top, without padding; of a photo that was decoded smaller than it is, or as it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rgb8 {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    reduction: u32,
    photo: Extent,
}

/// Where the photo lies in the pixels that it was reduced to. Sides that the reduction does not divide leave a rest in the last pixels,
/// and in the first ones once the picture is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Width and height in pixels of the photo.
    pub(crate) sides: (u32, u32),
    /// Pixels of the photo, if it had them, that the first pixels show to the left of it and above.
    pub(crate) before: (u32, u32),
}

impl Rgb8 {
    /// Wraps `width * height` pixels of three bytes each; `None` if the length does not fit or a side is zero.
    #[must_use]
    pub(crate) fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
        (bytes > 0 && bytes == pixels.len()).then_some(Self {
            width,
            height,
            pixels,
            reduction: 1,
            photo: Extent { sides: (width, height), before: (0, 0) },
        })
    }

    /// The same pixels, each of which stands for `reduction` x `reduction` of the photo's.
    #[must_use]
    pub(crate) fn reduced_by(self, reduction: u32, photo: Extent) -> Self {
        Self { reduction, photo, ..self }
    }

    /// Where the photo lies in it.
    #[must_use]
    pub(crate) const fn photo(&self) -> Extent {
        self.photo
    }

    /// From pixels of the photo to those of this picture.
    #[must_use]
    pub(crate) fn to_pixels(&self, point: Point) -> Point {
        let to_pixels = |at: f64, before: u32| (at + f64::from(before)) / f64::from(self.reduction);
        Point::new(to_pixels(point.x, self.photo.before.0), to_pixels(point.y, self.photo.before.1))
    }

    /// Sides of a pixel in pixels of the photo.
    #[must_use]
    pub(crate) const fn reduction(&self) -> u32 {
        self.reduction
    }

    /// All of the photo, in its pixels.
    #[must_use]
    pub(crate) fn bounds(&self) -> Rect {
        Rect { x: 0.0, y: 0.0, width: self.photo.sides.0.into(), height: self.photo.sides.1.into() }
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
