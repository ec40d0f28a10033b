//! A picture for people to look at.

use crate::error::{Error, Result};
use crate::header::Format;
use crate::image::Rgb8;
use crate::jpeg::encode::Prepared;
use crate::upload::Chroma;

/// The upright picture of a photo as 8-bit sRGB, as large as was asked for: pixels and nothing else of the file. From
/// [`Engine::check_with_preview`](crate::Engine::check_with_preview) and [`Engine::preview`](crate::Engine::preview).
///
/// ```
/// use face_precheck::{Engine, Turn};
///
/// let photo = std::fs::read("fixtures/rendered/p1_y+00_p+00_r+00.jpg")?;
/// let preview = Engine::lazy().preview(&photo, Turn::None, 64)?;
/// let (width, row) = (preview.width() as usize, 3 * preview.width() as usize);
/// let [red, green, blue] = preview.pixels()[10 * row..][..row].as_chunks().0[width / 2]; // In the middle of the tenth row.
/// # let _ = (red, green, blue);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub(crate) image: Rgb8,
}

impl Preview {
    pub(crate) const fn new(image: Rgb8) -> Self {
        Self { image }
    }

    /// Pixels from left to right.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.image.width()
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.image.height()
    }

    /// All bytes, rows from the top without padding: R, G, B, R, G, B, ...
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        self.image.pixels()
    }

    /// A JPEG file of it, of a quality from 1 to 100 and a quarter of the colours, without any metadata.
    ///
    /// # Errors
    /// [`Error::Encoder`]: a side is longer than JPEG files can be, 65,535 pixels.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>> {
        let side = |side: u32| u16::try_from(side).ok();
        let sides = side(self.width()).zip(side(self.height()));
        let prepared = sides.and_then(|(width, height)| Prepared::new(self.pixels(), width, height, Chroma::Quarter));
        let too_long = || Error::Encoder { format: Format::Jpeg, message: "a side is longer than 65,535 pixels".into() };
        Ok(prepared.ok_or_else(too_long)?.write(quality.clamp(1, 100)))
    }
}
