//! EXIF orientation 1..8 -> upright.

use crate::header::Orientation;
use crate::image::{Extent, Rgb8};

/// Side of the square pieces in which rows become columns, so that reads and writes both stay in the cache.
const TILE: u32 = 32;

/// Moves the stored pixels to where they are upright. Nothing is copied when they are already.
pub(crate) fn orient(image: Rgb8, orientation: Orientation) -> Rgb8 {
    if orientation == Orientation::Upright { image } else { turned(&image, orientation).unwrap_or(image) }
}

/// The picture moved in memory, whatever the orientation.
pub(crate) fn turned(image: &Rgb8, orientation: Orientation) -> Option<Rgb8> {
    let (stored_width, stored_height) = (image.width(), image.height());
    let (width, height) = if orientation.swaps_sides() { (stored_height, stored_width) } else { (stored_width, stored_height) };
    // Where the pixel for (x, y) of the upright picture is stored.
    let stored = |x: u32, y: u32| match orientation {
        Orientation::Upright => (x, y),
        Orientation::MirrorHorizontal => (width - 1 - x, y),
        Orientation::Rotate180 => (width - 1 - x, height - 1 - y),
        Orientation::MirrorVertical => (x, height - 1 - y),
        Orientation::Transpose => (y, x),
        Orientation::Rotate90 => (y, width - 1 - x),
        Orientation::Transverse => (height - 1 - y, width - 1 - x),
        Orientation::Rotate270 => (height - 1 - y, x),
    };
    let (source, _) = image.pixels().as_chunks::<3>();
    let mut pixels = vec![0; image.pixels().len()];
    let (target, _) = pixels.as_chunks_mut::<3>();
    for top in (0..height).step_by(TILE as usize) {
        for left in (0..width).step_by(TILE as usize) {
            for y in top..height.min(top + TILE) {
                for x in left..width.min(left + TILE) {
                    let (stored_x, stored_y) = stored(x, y);
                    let from = stored_y as usize * stored_width as usize + stored_x as usize;
                    target[y as usize * width as usize + x as usize] = source[from];
                }
            }
        }
    }
    Some(Rgb8::new(width, height, pixels)?.reduced_by(image.reduction(), extent(image, orientation)))
}

/// Where the photo lies in the turned picture.
fn extent(image: &Rgb8, orientation: Orientation) -> Extent {
    use Orientation::{MirrorHorizontal, MirrorVertical, Rotate90, Rotate180, Rotate270, Transverse};
    let Extent { sides, before } = image.photo();
    let behind = |pixels: u32, side: u32, before: u32| pixels * image.reduction() - side - before;
    let after = (behind(image.width(), sides.0, before.0), behind(image.height(), sides.1, before.1));
    // Whether columns and rows of the turned picture run against those that they were.
    let (flips_x, flips_y) = (
        matches!(orientation, MirrorHorizontal | Rotate180 | Rotate90 | Transverse),
        matches!(orientation, MirrorVertical | Rotate180 | Rotate270 | Transverse),
    );
    let swapped = |(x, y): (u32, u32)| if orientation.swaps_sides() { (y, x) } else { (x, y) };
    let (sides, before, after) = (swapped(sides), swapped(before), swapped(after));
    let before = (if flips_x { after.0 } else { before.0 }, if flips_y { after.1 } else { before.1 });
    Extent { sides, before }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two rows of three pixels: 0 1 2 / 3 4 5.
    fn numbered() -> Rgb8 {
        Rgb8::new(3, 2, (0..6).flat_map(|n| [n; 3]).collect()).unwrap()
    }

    fn numbers(image: &Rgb8) -> Vec<Vec<u8>> {
        image.pixels().chunks(3 * image.width() as usize).map(|row| row.iter().step_by(3).copied().collect()).collect()
    }

    #[test]
    fn the_eight_orientations_of_exif() {
        let expected: [&[&[u8]]; 8] = [
            &[&[0, 1, 2], &[3, 4, 5]],
            &[&[2, 1, 0], &[5, 4, 3]],
            &[&[5, 4, 3], &[2, 1, 0]],
            &[&[3, 4, 5], &[0, 1, 2]],
            &[&[0, 3], &[1, 4], &[2, 5]],
            &[&[3, 0], &[4, 1], &[5, 2]],
            &[&[5, 2], &[4, 1], &[3, 0]],
            &[&[2, 5], &[1, 4], &[0, 3]],
        ];
        for (orientation, expected) in Orientation::ALL.into_iter().zip(expected) {
            assert_eq!(numbers(&orient(numbered(), orientation)), expected, "{orientation:?}");
        }
    }

    proptest! {
        /// Each orientation is undone by its inverse: only the two quarter turns are not their own.
        #[test]
        fn orientations_form_a_group(width in 1u32..70, height in 1u32..70, index in 0usize..8, seed: u8) {
            let length = 3 * width as usize * height as usize;
            let image = Rgb8::new(width, height, (0..length).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect()).unwrap();
            let orientation = Orientation::ALL[index];
            let inverse = match orientation {
                Orientation::Rotate90 => Orientation::Rotate270,
                Orientation::Rotate270 => Orientation::Rotate90,
                own => own,
            };
            prop_assert_eq!(orient(orient(image.clone(), orientation), inverse), image);
        }

        #[test]
        fn a_half_turn_is_two_quarter_turns(width in 1u32..70, height in 1u32..70) {
            let length = 3 * width as usize * height as usize;
            let image = Rgb8::new(width, height, (0..length).map(|i| (i % 251) as u8).collect()).unwrap();
            let quarter = |image| orient(image, Orientation::Rotate90);
            prop_assert_eq!(quarter(quarter(image.clone())), orient(image, Orientation::Rotate180));
        }
    }
}
