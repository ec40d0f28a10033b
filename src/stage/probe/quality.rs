//! JPEG quality from the quantisation tables.
//!
//! The encoders of the Independent JPEG Group's line (libjpeg, libjpeg-turbo, and whatever calls them) scale two standard tables
//! by a percentage that follows from `quality`. Comparing a file's luma table with all one hundred of them finds the quality
//! exactly. Encoders with tables of their own (cameras, Photoshop) are placed on the same scale by the median of the ratios
//! to the standard table.

use crate::header::{JpegQuality, JpegQualityMethod};

/// The standard luma table (ITU-T T.81, table K.1), in natural order.
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80,
    62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,
    112, 100, 103, 99,
];

/// Where the k-th entry of a file's table (zigzag order) stands in natural order.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42,
    49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A quantisation table as the file stores it, in zigzag order.
pub(super) type Table = [u16; 64];

/// The standard table's entry at a position of the zigzag order, scaled to a quality as `jpeg_quality_scaling` of libjpeg does.
fn scaled(zigzag: usize, quality: u8, largest: u32) -> Option<u32> {
    let standard = u32::from(*LUMA.get(*ZIGZAG.get(zigzag)?)?);
    let quality = u32::from(quality);
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    Some(((standard * percent + 50) / 100).clamp(1, largest))
}

/// The quality that a luma table stands for.
pub(super) fn estimate(luma: &Table) -> JpegQuality {
    // Baseline files hold entries up to 255; encoders may also write 16-bit ones.
    let is_scaled_by = |quality: u8, largest: u32| {
        luma.iter().enumerate().all(|(k, &entry)| scaled(k, quality, largest) == Some(u32::from(entry)))
    };
    let exact = (1..=100).rev().find(|&quality| is_scaled_by(quality, 255) || is_scaled_by(quality, 32767));
    match exact {
        Some(value) => JpegQuality { value, exact: true, method: JpegQualityMethod::IjgTable },
        None => JpegQuality { value: by_median_ratio(luma), exact: false, method: JpegQualityMethod::MedianRatio },
    }
}

fn by_median_ratio(luma: &Table) -> u8 {
    let mut ratios: Vec<f64> =
        luma.iter().zip(ZIGZAG).filter_map(|(&entry, at)| Some(f64::from(entry) / f64::from(*LUMA.get(at)?))).collect();
    ratios.sort_by(f64::total_cmp);
    let percent = 100.0 * ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
    let quality = if percent <= 100.0 { (200.0 - percent) / 2.0 } else { 5000.0 / percent };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=100")]
    {
        quality.round().clamp(1.0, 100.0) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(quality: u8, largest: u32) -> Table {
        std::array::from_fn(|k| scaled(k, quality, largest).unwrap() as u16)
    }

    #[test]
    fn every_ijg_quality_is_found_exactly() {
        for quality in 1..=100 {
            let found = estimate(&table(quality, 255));
            assert_eq!((found.value, found.exact), (quality, true));
            let found = estimate(&table(quality, 32767));
            assert_eq!((found.value, found.exact), (quality, true));
        }
    }

    #[test]
    fn a_table_with_an_entry_changed_is_approximate_and_near() {
        for quality in 5..=95 {
            let mut table = table(quality, 255);
            table[7] = table[7].saturating_add(3);
            let found = estimate(&table);
            assert!(!found.exact);
            assert_eq!(found.method, JpegQualityMethod::MedianRatio);
            if quality >= 25 {
                assert!(found.value.abs_diff(quality) <= 1, "{quality} read as {}", found.value);
            }
        }
    }

    proptest::proptest! {
        /// Tables of other encoders that scale by any factor, rounded in any way, are placed next to the quality of that factor.
        #[test]
        fn a_table_scaled_by_another_rounding_is_placed_near(quality in 25u8..=95, up in proptest::collection::vec(proptest::bool::ANY, 64)) {
            let percent = if quality < 50 { 5000.0 / f64::from(quality) } else { 200.0 - 2.0 * f64::from(quality) };
            let table: Table = std::array::from_fn(|k| {
                let exact = f64::from(LUMA[ZIGZAG[k]]) * percent / 100.0;
                (if up[k] { exact.ceil() } else { exact.floor() }).clamp(1.0, 255.0) as u16
            });
            let found = estimate(&table);
            proptest::prop_assert!(found.value.abs_diff(quality) <= 1 + found.uncertainty() / 5, "{} read as {}", quality, found.value);
        }

        #[test]
        fn any_table_has_a_quality(entries in proptest::collection::vec(0u16..=u16::MAX, 64)) {
            let table: Table = entries.try_into().unwrap();
            proptest::prop_assert!((1..=100).contains(&estimate(&table).value));
        }
    }

    #[test]
    fn extremes_stay_on_the_scale() {
        assert_eq!(estimate(&[0; 64]).value, 100);
        assert_eq!(estimate(&[u16::MAX; 64]).value, 1);
    }
}
