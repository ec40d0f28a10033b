//! The segments of a JPEG file that hold its picture.

use crate::container::jpeg::{APP0, APP14, DHT, DQT, DRI, EOI, Piece, Pieces, SOI, SOS, is_start_of_frame};

/// The frame and its scans, with the tables that these use; of the application segments one of JFIF's, without its thumbnail, and one of
/// Adobe's, which both say how colours are coded, without its flags.
pub(super) fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    const JFIF: usize = 12;
    const ADOBE: &[u8] = b"Adobe\0\x64\0\0\0\0";
    let used = Uses::of(bytes)?;
    let mut uses = used.definitions.iter();
    let mut stripped = Vec::with_capacity(bytes.len());
    stripped.extend([0xff, SOI]);
    let segment = |stripped: &mut Vec<u8>, marker: u8, content: &[u8]| {
        stripped.extend([0xff, marker]);
        stripped.extend((u16::try_from(content.len()).ok()? + 2).to_be_bytes());
        stripped.extend(content);
        Some(())
    };
    for (index, piece) in Pieces::of(bytes).enumerate() {
        match piece {
            Piece::Segment { marker: marker @ (DHT | DQT | DRI), content } => {
                let definitions = definitions(marker, content)?;
                let kept: Vec<u8> = definitions
                    .iter()
                    .zip(&mut uses)
                    .filter(|(_, used)| **used)
                    .flat_map(|((_, data), _)| *data)
                    .copied()
                    .collect();
                if !kept.is_empty() {
                    segment(&mut stripped, marker, &kept)?;
                }
            }
            Piece::Segment { marker: APP0, content } if used.jfif == Some(index) => {
                segment(&mut stripped, APP0, &[content.get(..JFIF)?, &[0, 0]].concat())?;
            }
            Piece::Segment { marker: APP14, content } if used.adobe == Some(index) => {
                segment(&mut stripped, APP14, &[ADOBE, &[*content.get(ADOBE.len())?]].concat())?;
            }
            Piece::Segment { marker, content } if is_start_of_frame(marker) || marker == SOS => {
                segment(&mut stripped, marker, content)?;
            }
            Piece::Segment { .. } => {}
            Piece::Scan(data) => stripped.extend(data),
            Piece::End { .. } => {
                stripped.extend([0xff, EOI]);
                return Some(stripped);
            }
        }
    }
    None
}

/// The tables that a segment defines, or its restart interval: what each replaces, as a number of this module's, and its bytes.
fn definitions(marker: u8, mut content: &[u8]) -> Option<Vec<(usize, &[u8])>> {
    if marker == DRI {
        return (content.len() == 2).then(|| vec![(RESTART, content)]);
    }
    let mut definitions = Vec::new();
    while let Some((&kind, rest)) = content.split_first() {
        let (class, index) = (usize::from(kind >> 4), usize::from(kind & 0x0f));
        if class > 1 || index > 3 {
            return None;
        }
        let (slot, length) = if marker == DQT {
            (QUANTIZATION + index, 64 * (1 + class))
        } else {
            (HUFFMAN + 4 * class + index, 16 + rest.get(..16)?.iter().copied().map(usize::from).sum::<usize>())
        };
        let (definition, behind) = content.split_at_checked(1 + length)?;
        definitions.push((slot, definition));
        content = behind;
    }
    Some(definitions)
}

/// What can be in force while a scan is read: four quantisation tables, four Huffman tables for DC and four for AC coefficients, and a
/// restart interval.
const QUANTIZATION: usize = 0;
const HUFFMAN: usize = 4;
const RESTART: usize = 12;

/// Which parts of a file its scans use.
#[derive(Default)]
struct Uses {
    /// Of each definition in the file's order.
    definitions: Vec<bool>,
    /// Where among the pieces the header is that counts.
    jfif: Option<usize>,
    adobe: Option<usize>,
}

impl Uses {
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut uses = Self::default();
        // Which definition is in force.
        let mut current = [None; 13];
        // Each component's name and quantisation table, until a scan begins it: the table of then is used up to the end.
        let mut components: Vec<(u8, Option<usize>)> = Vec::new();
        let (mut progressive, mut begun) = (false, false);
        for (index, piece) in Pieces::of(bytes).enumerate() {
            let Piece::Segment { marker, content } = piece else { continue };
            match marker {
                DHT | DQT | DRI => {
                    for (slot, _) in definitions(marker, content)? {
                        *current.get_mut(slot)? = Some(uses.definitions.len());
                        uses.definitions.push(false);
                    }
                }
                // Decoders look for these in front of the first scan. It is enough that there is one of JFIF's; of Adobe's the last counts.
                APP0 if !begun && content.starts_with(b"JFIF\0") => uses.jfif = uses.jfif.or(Some(index)),
                APP14 if !begun && content.starts_with(b"Adobe") => uses.adobe = Some(index),
                SOS => {
                    begun = true;
                    let (&count, rest) = content.split_first()?;
                    let (listed, rest) = rest.split_at_checked(2 * usize::from(count))?;
                    let &[first, _, approximation] = rest else { return None };
                    // A scan of a progressive picture has coefficients of one sort; later bits of DC ones are not coded.
                    let dc = !progressive || (first == 0 && approximation >> 4 == 0);
                    let ac = !progressive || first > 0;
                    let mut use_slot = |slot: usize| {
                        let index = current.get(slot).copied().flatten()?;
                        *uses.definitions.get_mut(index)? = true;
                        Some(())
                    };
                    for &[name, tables] in listed.as_chunks().0 {
                        let component = components.iter_mut().find(|(other, _)| *other == name)?;
                        if let Some(table) = component.1.take() {
                            use_slot(QUANTIZATION + table);
                        }
                        if dc {
                            use_slot(HUFFMAN + usize::from(tables >> 4));
                        }
                        if ac {
                            use_slot(HUFFMAN + 4 + usize::from(tables & 0x0f));
                        }
                    }
                    use_slot(RESTART);
                }
                _ if is_start_of_frame(marker) => {
                    progressive = marker == 0xc2;
                    let listed = content.get(6..)?.as_chunks().0;
                    components = listed.iter().map(|&[name, _, table]| (name, Some(usize::from(table)))).collect();
                }
                _ => {}
            }
        }
        Some(uses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(bytes: &[u8]) -> Vec<u8> {
        strip(bytes).unwrap()
    }

    /// The smallest that is a JPEG file to the walk: a frame of 8 x 8 and a scan.
    fn tiny_jpeg(segments: &[u8]) -> Vec<u8> {
        let frame = b"\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0";
        [b"\xff\xd8", segments, frame, b"\xff\xda\0\x08\x01\x01\0\0\x3f\0ab\xff\0c\xff\xd9"].concat()
    }

    #[test]
    fn a_jpeg_keeps_what_decodes_it() {
        let plain = tiny_jpeg(b"");
        assert_eq!(stripped(&plain), plain);
        for segment in [
            &b"\xff\xe1\0\x08Exif\0\0"[..],
            b"\xff\xe2\0\x06MPF\0",
            b"\xff\xfe\0\x05abc",
            b"\xff\xe0\0\x07JFXX\0",
            b"\xff\xe0\0\x06AVI1",
            b"\xff\xf3\0\x03x",
            b"\xff\xfe\0\x02stray",
            b"\xff\xff\xff",
        ] {
            assert_eq!(stripped(&tiny_jpeg(segment)), plain, "{segment:x?}");
        }
        assert_eq!(stripped(&[&plain[..], b"trailer"].concat()), plain);
    }

    #[test]
    fn jfif_loses_its_thumbnail_and_adobe_what_is_too_much() {
        let jfif = b"\xff\xe0\0\x10JFIF\0\x01\x02\x01\0\x48\0\x48\0\0";
        let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01";
        let plain = tiny_jpeg(&[&jfif[..], adobe].concat());
        assert_eq!(stripped(&plain), plain);
        let thumbnail = b"\xff\xe0\0\x13JFIF\0\x01\x02\x01\0\x48\0\x48\x01\x01rgb";
        let long = b"\xff\xee\0\x11AdobeSecret\x01abc";
        assert_eq!(stripped(&tiny_jpeg(&[&thumbnail[..], long].concat())), plain);
    }

    #[test]
    fn lines_that_are_defined_late_and_second_headers_go() {
        let jfif = |last: u8| [&b"\xff\xe0\0\x10JFIF\0\x01\x02\x01\0\x48\0"[..], &[last, 0, 0]].concat();
        let adobe = |transform: u8| [&b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"[..], &[transform]].concat();
        let once = tiny_jpeg(&[jfif(72), adobe(1)].concat());
        assert_eq!(stripped(&once), once);
        assert_eq!(stripped(&tiny_jpeg(&[jfif(72), jfif(73), adobe(2), jfif(74), adobe(1)].concat())), once);
        // Behind the scan they tell nothing.
        let end = once.len() - 2;
        assert_eq!(stripped(&[&once[..end], &jfif(1), &adobe(1), b"\xff\xdc\0\x04\0\x08\xff\xd9"].concat()), once);
        assert_eq!(stripped(&tiny_jpeg(&[jfif(72), adobe(1), b"\xff\xdc\0\x08Secret".to_vec()].concat())), once);
    }

    #[test]
    fn tables_that_no_scan_uses_go() {
        let segment = |marker: u8, tables: &[Vec<u8>]| {
            let content = tables.concat();
            [&[0xff, marker], &(content.len() as u16 + 2).to_be_bytes()[..], &content].concat()
        };
        let quantization = |id: u8, factor: u8| [vec![id], vec![factor; 64]].concat();
        let wide = |id: u8| [vec![0x10 | id], vec![1; 128]].concat();
        let huffman = |kind: u8, symbol: u8| [vec![kind], vec![1], vec![0; 15], vec![symbol]].concat();
        let restart = |interval: u8| segment(DRI, &[vec![0, interval]]);
        let used = [segment(DQT, &[quantization(0, 7)]), segment(DHT, &[huffman(0x00, 1), huffman(0x10, 2)]), restart(9)];
        let plain = tiny_jpeg(&used.concat());
        assert_eq!(stripped(&plain), plain);
        let with_others = [
            restart(3),
            segment(DQT, &[quantization(1, b'S'), quantization(0, 1)]),
            segment(DQT, &[quantization(3, b'S'), quantization(0, 7), wide(2)]),
            segment(DHT, &[huffman(0x00, b'S')]),
            segment(DHT, &[huffman(0x01, b'S'), huffman(0x00, 1), huffman(0x13, b'S'), huffman(0x10, 2)]),
            restart(9),
        ];
        let behind = [segment(DQT, &[quantization(0, b'S')]), segment(DHT, &[huffman(0x00, b'S')]), restart(1)].concat();
        let full = tiny_jpeg(&with_others.concat());
        let end = full.len() - 2;
        assert_eq!(stripped(&[&full[..end], &behind, &full[end..]].concat()), plain);
        // Cut tables, and those of which there cannot be any.
        for broken in [
            segment(DQT, &[vec![0; 64]]),
            segment(DHT, &[vec![0; 16]]),
            segment(DHT, &[huffman(0x20, 1)]),
            segment(DRI, &[vec![0]]),
        ] {
            assert_eq!(strip(&tiny_jpeg(&broken)), None);
        }
    }

    /// The first scan of DC coefficients uses a table for them, later ones add bits; a component's quantisation is that of its first scan.
    #[test]
    fn scans_of_progressive_pictures_use_what_they_need() {
        let table = |marker: u8, kind: u8| match marker {
            DQT => [b"\xff\xdb\0\x43", &[kind][..], &[1; 64]].concat(),
            _ => [b"\xff\xc4\0\x14", &[kind, 1][..], &[0; 15], &[3]].concat(),
        };
        let frame = b"\xff\xc2\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0".to_vec();
        let scan = |first: u8, last: u8, bits: u8| [b"\xff\xda\0\x08\x01\x01\0", &[first, last, bits][..], b"ab"].concat();
        let file = |pieces: &[Vec<u8>]| [b"\xff\xd8".to_vec(), pieces.concat(), b"\xff\xd9".to_vec()].concat();
        let needed = [
            frame.clone(),
            table(DQT, 0),
            table(DHT, 0x00),
            scan(0, 0, 0x01),
            scan(0, 0, 0x10),
            table(DHT, 0x10),
            scan(1, 63, 0),
        ];
        assert_eq!(stripped(&file(&needed)), file(&needed));
        let [frame, quantization, dc, first, more_bits, ac, band] = needed.clone();
        let surplus = [frame, quantization, dc, table(DHT, 0x10), first, table(DHT, 0x00), table(DQT, 0), more_bits, ac, band];
        assert_eq!(stripped(&file(&surplus)), file(&needed));
    }
}
