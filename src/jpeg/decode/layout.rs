//! Of what size a component's blocks are decoded, and how its samples lie under the picture's pixels.

use super::Scale;
use super::header::{Component, Frame};

/// Pixels along one axis for each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// One.
    Same,
    /// Two: samples lie in the middle between pixels.
    Double,
    /// So many samples for so many pixels; the nearest is taken.
    Other { samples: usize, pixels: usize },
}

/// A component's part in a picture of some scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Samples across and down that a block of 8 by 8 coefficients becomes: 1, 2, 4 or 8 each.
    pub(super) block: (usize, usize),
    pub(super) across: Spread,
    pub(super) down: Spread,
    /// Samples in a row that belong to the picture.
    pub(super) width: usize,
    /// Rows of samples that belong to the picture.
    pub(super) height: usize,
}

impl Layout {
    pub(super) fn new(frame: &Frame, component: &Component, scale: Scale) -> Self {
        let (block_width, across, width) = axis(component.across, frame.across, frame.width, scale);
        let (block_height, down, height) = axis(component.down, frame.down, frame.height, scale);
        Self { block: (block_width, block_height), across, down, width, height }
    }

    /// Coefficients, in zig-zag order, beyond which none has a part in the reduced block.
    pub(super) fn kept(&self) -> usize {
        let (width, height) = self.block;
        let needed = |&natural: &u8| usize::from(natural) % 8 < width && usize::from(natural) / 8 < height;
        crate::jpeg::ZIGZAG.iter().rposition(needed).map_or(64, |last| last + 1)
    }
}

/// For one axis: a block's samples, their spread, and how many there are on the whole side.
///
/// A component with fewer blocks than another is reduced by less, so that it needs no enlarging as long as its blocks' eight
/// samples are enough.
fn axis(factor: usize, greatest: usize, side: usize, scale: Scale) -> (usize, Spread, usize) {
    let reduced = 8 / scale.divisor();
    let mut block = reduced;
    while block < 8 && (greatest * reduced).is_multiple_of(factor * block * 2) {
        block *= 2;
    }
    let (samples, pixels) = (factor * block, greatest * reduced);
    let spread = match pixels {
        _ if pixels == samples => Spread::Same,
        _ if pixels == 2 * samples => Spread::Double,
        _ => Spread::Other { samples, pixels },
    };
    (block, spread, (side * samples).div_ceil(8 * greatest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_fits_luma_where_it_can() {
        use Spread::{Double, Other, Same};
        assert_eq!(axis(2, 2, 100, Scale::Full), (8, Same, 100));
        assert_eq!(axis(1, 2, 101, Scale::Full), (8, Double, 51));
        assert_eq!(axis(1, 2, 101, Scale::Half), (8, Same, 51));
        assert_eq!(axis(1, 2, 101, Scale::Quarter), (4, Same, 26));
        assert_eq!(axis(1, 2, 101, Scale::Eighth), (2, Same, 13));
        assert_eq!(axis(1, 4, 101, Scale::Full), (8, Other { samples: 8, pixels: 32 }, 26));
        assert_eq!(axis(1, 4, 101, Scale::Half), (8, Double, 26));
        assert_eq!(axis(2, 3, 90, Scale::Eighth), (1, Other { samples: 2, pixels: 3 }, 8));
        assert_eq!(axis(1, 3, 90, Scale::Quarter), (2, Other { samples: 2, pixels: 6 }, 8));
    }

    #[test]
    fn what_is_kept_of_a_block() {
        let kept = |block| Layout { block, across: Spread::Same, down: Spread::Same, width: 1, height: 1 }.kept();
        assert_eq!([(1, 1), (2, 2), (4, 4), (8, 8), (2, 1), (1, 2)].map(kept), [1, 5, 25, 64, 2, 3]);
    }
}
