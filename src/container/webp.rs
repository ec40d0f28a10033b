//! A WebP file's RIFF chunks (RFC 9649).

use super::bytes::Bytes;

/// `RIFF`, a size, `WEBP`.
const FILE_HEADER: usize = 12;

/// Flags of the chunk `VP8X`.
const ALPHA: u8 = 0x10;

/// A chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    /// Whether there is as much of it as it states.
    pub(crate) complete: bool,
}

/// Walks along the chunks. The last one of a cut file comes with what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct Chunks<'a> {
    bytes: Bytes<'a>,
    /// Whether the file is as long as its header states.
    pub(crate) complete: bool,
    /// Bytes behind that.
    pub(crate) trailing_bytes: u64,
}

impl<'a> Chunks<'a> {
    pub(crate) fn of(file: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes::new(file);
        bytes.tag()?;
        // The size counts what follows it, the four bytes of the form type included.
        let size = bytes.u32_le()? as usize;
        let complete = size <= bytes.remaining();
        let mut content = Bytes::new(bytes.take(size.min(bytes.remaining()))?);
        content.tag()?;
        Some(Self { bytes: content, complete, trailing_bytes: bytes.remaining() as u64 })
    }

    /// The chunks inside a frame of an animation: what follows its 16 bytes of position, size and timing.
    pub(crate) fn of_frame(frame: &'a [u8]) -> Option<Self> {
        Some(Self { bytes: Bytes::new(frame.get(16..)?), complete: true, trailing_bytes: 0 })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let kind = self.bytes.tag()?;
        let length = self.bytes.u32_le()? as usize;
        let data = self.bytes.take(length.min(self.bytes.remaining()))?;
        // Padded to an even length.
        if length % 2 == 1 {
            let _ = self.bytes.u8();
        }
        Some(Chunk { kind, data, complete: data.len() == length })
    }
}

/// The size of the whole or of a picture, where the chunk states one.
pub(crate) fn stated_size(chunk: Chunk) -> Option<(u32, u32)> {
    match &chunk.kind {
        b"VP8X" => extended(chunk.data),
        b"VP8 " => lossy(chunk.data),
        b"VP8L" => lossless(chunk.data),
        _ => None,
    }
}

fn extended(data: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(data);
    bytes.take(4)?;
    Some((bytes.u24_le()? + 1, bytes.u24_le()? + 1))
}

fn lossy(data: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(data);
    bytes.take(3)?;
    if bytes.take(3)? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let side = |value: u16| u32::from(value & 0x3fff);
    Some((side(bytes.u16_le()?), side(bytes.u16_le()?)))
}

fn lossless(data: &[u8]) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(data);
    if bytes.u8()? != 0x2f {
        return None;
    }
    let bits = bytes.u32_le()?;
    Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

/// What a still picture, or an animation's frame, is decoded from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture<'a> {
    /// `VP8 ` or `VP8L`.
    pub(crate) coded: Chunk<'a>,
    /// `ALPH`: how much a lossy picture lets through.
    pub(crate) alpha: Option<Chunk<'a>>,
}

impl<'a> Picture<'a> {
    /// The first one, with the first `ALPH` in front of it: whatever else there is has no part in it. `None` if there is none, or not
    /// all of it.
    pub(crate) fn of(chunks: Chunks<'a>) -> Option<Self> {
        let mut alpha = None;
        for chunk in chunks {
            match &chunk.kind {
                b"ALPH" => _ = alpha.get_or_insert(chunk),
                b"VP8 " | b"VP8L" => {
                    let alpha = alpha.filter(|_| &chunk.kind == b"VP8 ");
                    let complete = chunk.complete && alpha.is_none_or(|alpha| alpha.complete);
                    return complete.then_some(Self { coded: chunk, alpha });
                }
                _ => {}
            }
        }
        None
    }

    /// Width and height in pixels, as its own header states them.
    pub(crate) fn size(&self) -> Option<(u32, u32)> {
        stated_size(self.coded)
    }

    /// A file of nothing else.
    pub(crate) fn file(&self) -> Option<Vec<u8>> {
        let mut extended = vec![ALPHA, 0, 0, 0];
        let (width, height) = self.size()?;
        for side in [width, height] {
            extended.extend(side.checked_sub(1)?.to_le_bytes().into_iter().take(3));
        }
        let extended = self.alpha.map(|_| Chunk { kind: *b"VP8X", data: &extended, complete: true });
        let chunks = [extended, self.alpha, Some(self.coded)];
        let mut bytes =
            Vec::with_capacity(FILE_HEADER + chunks.iter().flatten().map(|chunk| chunk.data.len() + 9).sum::<usize>());
        bytes.extend(b"RIFF\0\0\0\0WEBP");
        for Chunk { kind, data, .. } in chunks.into_iter().flatten() {
            bytes.extend(kind);
            bytes.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
            bytes.extend(data);
            if data.len() % 2 == 1 {
                bytes.push(0);
            }
        }
        let size = u32::try_from(bytes.len().checked_sub(FILE_HEADER - 4)?).ok()?;
        bytes.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunk = |(kind, data): &(&[u8; 4], &[u8])| {
            [&kind[..], &(data.len() as u32).to_le_bytes(), data, &[0][..data.len() % 2]].concat()
        };
        let content: Vec<u8> = chunks.iter().flat_map(chunk).collect();
        [b"RIFF", &(content.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &content].concat()
    }

    fn alone(bytes: &[u8]) -> Option<Vec<u8>> {
        Picture::of(Chunks::of(bytes)?)?.file()
    }

    #[test]
    fn a_picture_and_what_lets_light_through() {
        let lossy: &[u8] = b"\0\0\0\x9d\x01\x2a\x05\0\x03\0x";
        let lossless: &[u8] = b"\x2f\x04\x80\0\0";
        let extended: &[u8] = b"\x10\0\0\0\x04\0\0\x02\0\0";
        let just_lossy = file(&[(b"VP8 ", lossy)]);
        let just_lossless = file(&[(b"VP8L", lossless)]);
        let with_alpha = file(&[(b"VP8X", extended), (b"ALPH", b"\0a"), (b"VP8 ", lossy)]);
        for plain in [&just_lossy, &just_lossless, &with_alpha] {
            assert_eq!(alone(plain).as_ref(), Some(plain));
            assert_eq!(alone(&[plain, &b"trailing"[..]].concat()).as_ref(), Some(plain));
        }
        let extended = b"\x3e\x01\x02\x03\x04\0\0\x02\0\0";
        let full = file(&[
            (b"VP8X", extended),
            (b"ICCP", b"p"),
            (b"ALPH", b"\0a"),
            (b"ALPH", b"Secret"),
            (b"tell", b"Secret"),
            (b"VP8 ", lossy),
            (b"VP8 ", lossy),
            (b"EXIF", b"Secret"),
        ]);
        assert_eq!(alone(&full), Some(with_alpha));
        assert_eq!(alone(&file(&[(b"VP8X", extended), (b"VP8 ", lossy), (b"ALPH", b"Secret")])), Some(just_lossy));
        assert_eq!(alone(&file(&[(b"ALPH", b"Secret"), (b"VP8L", lossless), (b"VP8 ", lossy)])), Some(just_lossless));
        // Where not all of it is there, there is none.
        let cut = just_cut(&full);
        assert!(cut.iter().all(Option::is_none) && cut.len() > 60);
        assert_eq!(alone(&file(&[(b"VP8X", extended)])), None);
    }

    /// What is found where less and less is left of the picture.
    fn just_cut(file: &[u8]) -> Vec<Option<Vec<u8>>> {
        let picture = file.windows(4).position(|kind| kind == b"VP8 ").unwrap();
        (12..picture + 18).map(|length| alone(&file[..length])).collect()
    }
}
