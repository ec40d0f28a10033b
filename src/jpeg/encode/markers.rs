//! The marker segments around the entropy-coded data.

use crate::jpeg::ZIGZAG;
use crate::jpeg::encode::scan::Tables;
use crate::jpeg::encode::tables::Specification;
use crate::upload::Chroma;

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const APP0: u8 = 0xe0;
const DEFINE_QUANTISATION_TABLES: u8 = 0xdb;
const BASELINE_FRAME: u8 = 0xc0;
const DEFINE_HUFFMAN_TABLES: u8 = 0xc4;
const START_OF_SCAN: u8 = 0xda;

/// The bytes of all segments before the data, for tables of all possible symbols.
pub(crate) const MOST_BYTES: usize = 640;

fn segment(marker: u8, content: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(&[0xff, marker]);
    // The longest, of Huffman tables, has some 420 bytes.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(content);
}

/// All before the entropy-coded data.
pub(crate) fn head(
    [width, height]: [u16; 2],
    chroma: Chroma,
    quantisation: &[[u8; 64]; 2],
    huffman: &[Tables<Specification>; 2],
    to: &mut Vec<u8>,
) {
    to.extend_from_slice(&[0xff, START_OF_IMAGE]);
    // Version 1.01, the pixels' aspect ratio 1:1, no thumbnail.
    segment(APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0", to);

    let mut content = Vec::with_capacity(2 * 65);
    for (number, table) in (0..).zip(quantisation) {
        content.push(number);
        content.extend(ZIGZAG.iter().filter_map(|&at| table.get(usize::from(at))));
    }
    segment(DEFINE_QUANTISATION_TABLES, &content, to);

    let ([width_high, width_low], [height_high, height_low]) = (width.to_be_bytes(), height.to_be_bytes());
    let luminance = match chroma {
        Chroma::Full => 0x11,
        Chroma::Quarter => 0x22,
    };
    // Eight bits, three components: each its number, its sampling factors and its quantisation table.
    let content = [8, height_high, height_low, width_high, width_low, 3, 1, luminance, 0, 2, 0x11, 1, 3, 0x11, 1];
    segment(BASELINE_FRAME, &content, to);

    content_of_huffman(huffman, to);
    // Three components, each with its tables; all coefficients, in one go.
    segment(START_OF_SCAN, &[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0], to);
}

fn content_of_huffman(huffman: &[Tables<Specification>; 2], to: &mut Vec<u8>) {
    let mut content = Vec::with_capacity(4 * 17 + 2 * 12 + 2 * 162);
    for (number, tables) in (0..).zip(huffman) {
        for (class, table) in [(0x00, &tables.dc), (0x10, &tables.ac)] {
            content.push(class | number);
            content.extend_from_slice(&table.counts);
            content.extend_from_slice(&table.symbols);
        }
    }
    segment(DEFINE_HUFFMAN_TABLES, &content, to);
}

/// All behind it.
pub(crate) fn tail(to: &mut Vec<u8>) {
    to.extend_from_slice(&[0xff, END_OF_IMAGE]);
}
