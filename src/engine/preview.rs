//! Pictures for people to look at.

use super::{Engine, REDUCTIONS};
use crate::error::Result;
use crate::geometry::{Turn, Window};
use crate::image::Rgb8;
use crate::preview::Preview;
use crate::profile::Profile;
use crate::report::Report;
use crate::resample::reduced;
use crate::stage::decode::{Decoded, decode};
use crate::stage::orient::orient;
use crate::stage::probe::probe;

impl Engine {
    /// [`Engine::check`], and the picture that the report is about, upright and no larger than the photo and `longest_side` pixels. Where
    /// no more pixels are wanted than were looked at, it costs next to nothing.
    ///
    /// ```
    /// use face_precheck::{Engine, Profile, probe};
    ///
    /// let photo = std::fs::read("fixtures/photos/no_face/books.jpg")?;
    /// let (report, preview) = Engine::new()?.check_with_preview(&photo, &Profile::progeny_selfie(), 96)?;
    /// assert!(report.faces().is_empty());
    /// assert_eq!(probe(&preview.to_jpeg(80)?)?.width(), preview.width()); // A file to show or to send.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::check`].
    pub fn check_with_preview(&self, bytes: &[u8], profile: &Profile, longest_side: u32) -> Result<(Report, Preview)> {
        let examined = self.examine(bytes, profile)?;
        let report = examined.report(profile);
        let image = &examined.image;
        let is_enough = image.reduction() == 1 || image.width().max(image.height()) >= longest_side;
        let preview =
            if is_enough { shown(image, longest_side) } else { self.preview(bytes, examined.header.turn, longest_side)? };
        self.scratch(|scratch| scratch.recycle(examined.image.into_pixels()));
        Ok((report, preview))
    }

    /// The upright picture of a file, no larger than it is and than `longest_side` pixels. `turn` is what its orientation does not say:
    /// [`Header::turn`](crate::Header::turn) of its report, where there is one.
    ///
    /// ```
    /// use face_precheck::{Engine, Turn};
    ///
    /// let photo = std::fs::read("fixtures/rendered/p1_y+00_p+00_r+00.jpg")?; // 720 x 960
    /// let preview = Engine::lazy().preview(&photo, Turn::Quarter, 120)?;
    /// assert_eq!((preview.width(), preview.height(), preview.pixels().len()), (120, 90, 3 * 120 * 90));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Engine::check`].
    pub fn preview(&self, bytes: &[u8], turn: Turn, longest_side: u32) -> Result<Preview> {
        self.limits().admit_file(bytes.len() as u64)?;
        let header = probe(bytes)?;
        self.limits().admit(&header)?;
        let longer_side = header.stored_width.max(header.stored_height);
        let reduction = REDUCTIONS.into_iter().find(|reduction| longer_side / reduction >= longest_side).unwrap_or(1);
        let Decoded { image, .. } = self.scratch(|scratch| decode(bytes, &header, reduction, scratch))?;
        let image = orient(orient(image, header.orientation), turn.into());
        let preview = shown(&image, longest_side);
        self.scratch(|scratch| scratch.recycle(image.into_pixels()));
        Ok(preview)
    }
}

/// Reduced so that its longer side has so many pixels; never enlarged.
fn shown(image: &Rgb8, longest_side: u32) -> Preview {
    let (width, height) = (image.width(), image.height());
    let scale = (f64::from(longest_side.max(1)) / f64::from(width.max(height))).min(1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no more than the side")]
    let scaled = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    let reduced = reduced(image, Window { left: 0, top: 0, width, height }, scaled(width), scaled(height));
    Preview::new(reduced.filter(|_| scale < 1.0).unwrap_or_else(|| image.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Option<Vec<u8>> {
        crate::repository::file("fixtures/photos/compliant/astronaut_enlarged_3x.jpg")
    }

    fn difference(a: &Preview, b: &Preview) -> f64 {
        assert_eq!((a.width(), a.height()), (b.width(), b.height()));
        let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / a.pixels().len() as f64
    }

    #[test]
    fn a_preview_is_the_picture_and_no_larger() {
        let Some(photo) = photo() else { return };
        let (engine, profile) = (Engine::lazy(), Profile::progeny_document());
        let whole = engine.preview(&photo, Turn::None, u32::MAX).unwrap();
        assert_eq!((whole.width(), whole.height()), (1536, 1536));
        for side in [0, 1, 100, 192, 193, 700, 1535] {
            let (report, checked) = engine.check_with_preview(&photo, &profile, side).unwrap();
            assert_eq!(report, engine.check(&photo, &profile).unwrap());
            assert_eq!((checked.width(), checked.height()), (side.max(1), side.max(1)));
            let preview = engine.preview(&photo, Turn::None, side).unwrap();
            let expected = shown(&whole.image, side);
            // A reduction on the way blurs a little.
            assert!(difference(&preview, &expected) < 3.0 && difference(&checked, &expected) < 3.0, "{side}");
        }
    }

    #[test]
    fn a_preview_is_turned_as_the_report_says() {
        let Some(photo) = photo() else { return };
        let engine = Engine::lazy();
        let upright = engine.preview(&photo, Turn::None, 96).unwrap();
        let turned = engine.preview(&photo, Turn::Quarter, 96).unwrap();
        // Rows and columns are not rounded in the same order.
        assert!(difference(&turned, &Preview::new(orient(upright.image, Turn::Quarter.into()))) < 0.5);
    }

    #[test]
    fn a_jpeg_of_it_is_the_same_picture_without_metadata() {
        let Some(photo) = photo() else { return };
        let engine = Engine::lazy();
        let preview = engine.preview(&photo, Turn::None, 160).unwrap();
        let jpeg = preview.to_jpeg(90).unwrap();
        assert!(probe(&jpeg).unwrap().metadata.kinds().is_empty());
        let off = difference(&engine.preview(&jpeg, Turn::None, 160).unwrap(), &preview);
        assert!(off < 5.0, "{off}");
        assert!(jpeg.len() < 12_000 && preview.to_jpeg(0).unwrap().len() < preview.to_jpeg(101).unwrap().len());
    }
}
