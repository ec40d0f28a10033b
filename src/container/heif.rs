//! The boxes of a HEIF file (ISO/IEC 23008-12): which items there are, and where their bytes lie.
#![allow(clippy::trivially_copy_pass_by_ref, reason = "a tag is a byte string literal at every call")]

use std::borrow::Cow;

use super::bytes::Bytes;
use crate::error::Error;
use crate::header::{Format, Orientation};
use crate::icc::DISPLAY_P3;

/// More than real files have: a 200-megapixel photo of 512-pixel tiles has under a thousand items.
const MOST_ITEMS: usize = 4096;
const MOST_PROPERTIES: usize = 4096;
const MOST_EXTENTS: usize = 4 * MOST_ITEMS;

pub(crate) type Tag = [u8; 4];

/// Something that the file holds: a coded picture, a tile, EXIF data, ...
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) id: u32,
    pub(crate) kind: Tag,
    /// Of items of the kind `mime`.
    pub(crate) content_type: &'a [u8],
}

impl Item<'_> {
    pub(crate) fn is_picture(&self) -> bool {
        !matches!(&self.kind, b"Exif" | b"mime" | b"uri ")
    }
}

/// One item's relation to others.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) kind: Tag,
    pub(crate) from: u32,
    pub(crate) to: Vec<u32>,
}

/// What stands in the way of reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Ends early or contradicts itself.
    Malformed(&'static str),
    /// Something rare.
    Unsupported(&'static str),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed(message) => Self::malformed(Format::Heic, message),
            Refusal::Unsupported(detail) => Self::UnsupportedFormat { format: Format::Heic, detail: Some(detail) },
        }
    }
}

#[derive(Debug)]
struct Location {
    item: u32,
    in_idat: bool,
    extents: Vec<(u64, u64)>,
}

#[derive(Debug)]
pub(crate) struct Heif<'a> {
    bytes: &'a [u8],
    idat: &'a [u8],
    pub(crate) primary: u32,
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) references: Vec<Reference>,
    locations: Vec<Location>,
    properties: Vec<(Tag, &'a [u8])>,
    /// Item, and its properties' places in the list, counted from 1.
    associations: Vec<(u32, Vec<u16>)>,
    /// Whether every box on the file's top level ends within the file.
    pub(crate) complete: bool,
    /// Boxes on the top level that a still picture does not need, such as a film.
    pub(crate) foreign: bool,
    pub(crate) trailing_bytes: u64,
}

/// A picture made of equal tiles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) rows: u32,
    pub(crate) columns: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// What is done to the coded picture before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placing {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
}

/// The colour code points of ISO/IEC 23091-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nclx {
    pub(crate) primaries: u16,
    pub(crate) transfer: u16,
    pub(crate) matrix: u16,
    pub(crate) full_range: bool,
}

impl Nclx {
    /// Display P3 is the only one of the code points' colours besides sRGB's own that phones write.
    pub(crate) const fn is_display_p3(self) -> bool {
        self.primaries == DISPLAY_P3 as u16
    }

    pub(crate) fn name(self) -> Option<&'static str> {
        self.is_display_p3().then_some("Display P3")
    }
}

/// A box's kind and content; `None` at the end and where it reaches beyond it.
fn next_box<'a>(bytes: &mut Bytes<'a>) -> Option<(Tag, &'a [u8])> {
    let mut ahead = *bytes;
    let size = ahead.u32_be()?;
    let kind = ahead.tag()?;
    let length = match size {
        0 => ahead.remaining(),
        1 => usize::try_from(u64_be(&mut ahead)?.checked_sub(16)?).ok()?,
        size => (size as usize).checked_sub(8)?,
    };
    let content = ahead.take(length)?;
    *bytes = ahead;
    Some((kind, content))
}

fn boxes(content: &[u8]) -> impl Iterator<Item = (Tag, &[u8])> {
    let mut bytes = Bytes::new(content);
    std::iter::from_fn(move || next_box(&mut bytes))
}

fn child<'a>(content: &'a [u8], wanted: &Tag) -> Option<&'a [u8]> {
    boxes(content).find(|(kind, _)| kind == wanted).map(|(_, content)| content)
}

fn u64_be(bytes: &mut Bytes<'_>) -> Option<u64> {
    sized(bytes, 8)
}

/// A number of as many bytes as the file says: 0, 4 or 8.
fn sized(bytes: &mut Bytes<'_>, size: u8) -> Option<u64> {
    match size {
        0 => Some(0),
        4 => bytes.u32_be().map(u64::from),
        8 => Some(u64::from(bytes.u32_be()?) << 32 | u64::from(bytes.u32_be()?)),
        _ => None,
    }
}

/// A full box's version and flags.
fn version(bytes: &mut Bytes<'_>) -> Option<(u8, u32)> {
    let word = bytes.u32_be()?;
    Some((u8::try_from(word >> 24).ok()?, word & 0xff_ffff))
}

fn item_id(bytes: &mut Bytes<'_>, long: bool) -> Option<u32> {
    if long { bytes.u32_be() } else { bytes.u16_be().map(u32::from) }
}

impl<'a> Heif<'a> {
    /// Reads the boxes in front of the items' bytes; the work is proportional to their length.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut top = Bytes::new(bytes);
        let mut meta = None;
        let (mut films, mut foreign) = (false, false);
        while let Some((kind, content)) = next_box(&mut top) {
            match &kind {
                b"meta" => meta = meta.or(Some(content)),
                b"ftyp" | b"mdat" | b"free" | b"skip" | b"wide" => {}
                b"moov" => films = true,
                _ => foreign = true,
            }
        }
        // What is left is either no box at all or one that was cut.
        let rest = top.rest();
        let cut =
            rest.get(4..8).map_or(meta.is_none(), |kind| [&b"ftyp"[..], b"meta", b"mdat", b"free", b"moov"].contains(&kind));
        let meta = meta.ok_or(if films {
            Refusal::Unsupported("a sequence of pictures")
        } else {
            Refusal::Malformed("ends before the list of its pictures")
        })?;
        let mut heif = Self::from_meta(bytes, meta).ok_or(Refusal::Malformed("its list of pictures contradicts itself"))?;
        heif.complete = !cut;
        heif.foreign = films || foreign;
        heif.trailing_bytes = if cut { 0 } else { rest.len() as u64 };
        Ok(heif)
    }

    fn from_meta(bytes: &'a [u8], meta: &'a [u8]) -> Option<Self> {
        let meta = meta.get(4..)?;
        let mut pitm = Bytes::new(child(meta, b"pitm")?);
        let (pitm_version, _) = version(&mut pitm)?;
        let iprp = child(meta, b"iprp")?;
        let properties: Vec<_> = boxes(child(iprp, b"ipco")?).take(MOST_PROPERTIES + 1).collect();
        let mut associations = Vec::new();
        for (_, content) in boxes(iprp).filter(|(kind, _)| kind == b"ipma") {
            read_associations(content, &mut associations)?;
        }
        let heif = Self {
            bytes,
            idat: child(meta, b"idat").unwrap_or_default(),
            primary: item_id(&mut pitm, pitm_version > 0)?,
            items: read_items(child(meta, b"iinf")?)?,
            references: child(meta, b"iref").map_or(Some(Vec::new()), read_references)?,
            locations: read_locations(child(meta, b"iloc")?)?,
            properties,
            associations,
            complete: false,
            foreign: false,
            trailing_bytes: 0,
        };
        (heif.properties.len() <= MOST_PROPERTIES).then_some(heif)
    }

    pub(crate) fn item(&self, id: u32) -> Option<&Item<'a>> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The item's properties, in the order in which they apply.
    pub(crate) fn properties(&self, item: u32) -> impl Iterator<Item = (Tag, &'a [u8])> {
        let indices = self.associations.iter().find(|(id, _)| *id == item).map_or(&[][..], |(_, indices)| indices);
        indices.iter().filter_map(|&index| self.properties.get(usize::from(index).checked_sub(1)?).copied())
    }

    pub(crate) fn property(&self, item: u32, wanted: &Tag) -> Option<&'a [u8]> {
        self.properties(item).find(|(kind, _)| kind == wanted).map(|(_, content)| content)
    }

    /// What the item refers to.
    pub(crate) fn targets(&self, item: u32, kind: &Tag) -> &[u32] {
        self.references.iter().find(|reference| reference.from == item && &reference.kind == kind).map_or(&[], |r| &r.to)
    }

    /// What refers to the item.
    pub(crate) fn sources(&self, item: u32, kind: &Tag) -> impl Iterator<Item = u32> {
        self.references.iter().filter(move |r| &r.kind == kind && r.to.contains(&item)).map(|r| r.from)
    }

    fn pieces(&self, item: u32) -> Option<impl Iterator<Item = Option<&'a [u8]>>> {
        let location = self.locations.iter().find(|location| location.item == item)?;
        let source = if location.in_idat { self.idat } else { self.bytes };
        Some(location.extents.iter().map(move |&(offset, length)| {
            let rest = source.get(usize::try_from(offset).ok()?..)?;
            // A length of zero stands for all the rest.
            if length == 0 { Some(rest) } else { rest.get(..usize::try_from(length).ok()?) }
        }))
    }

    /// How many bytes the items have in all; `None` if one of them is not all there, or if they share so many that reading each
    /// would be more work than reading the file.
    pub(crate) fn length(&self, items: impl IntoIterator<Item = u32>) -> Option<u64> {
        let mut length = 0;
        for item in items {
            for piece in self.pieces(item)? {
                length += piece?.len() as u64;
            }
        }
        (length <= self.bytes.len() as u64).then_some(length)
    }

    /// The item's bytes; `None` if they are not all there. Never longer than the file.
    pub(crate) fn data(&self, item: u32) -> Option<Cow<'a, [u8]>> {
        self.length([item])?;
        let mut pieces = self.pieces(item)?;
        let mut data = Cow::Borrowed(pieces.next()??);
        for piece in pieces {
            data.to_mut().extend_from_slice(piece?);
        }
        Some(data)
    }

    /// Width and height as coded.
    pub(crate) fn size(&self, item: u32) -> Option<(u32, u32)> {
        let mut bytes = Bytes::new(self.property(item, b"ispe")?);
        version(&mut bytes)?;
        Some((bytes.u32_be()?, bytes.u32_be()?))
    }

    pub(crate) fn grid(&self, item: u32) -> Option<Grid> {
        let data = self.data(item)?;
        let mut bytes = Bytes::new(&data);
        if bytes.u8()? != 0 {
            return None;
        }
        let long = bytes.u8()? & 1 == 1;
        let (rows, columns) = (u32::from(bytes.u8()?) + 1, u32::from(bytes.u8()?) + 1);
        Some(Grid { rows, columns, width: item_id(&mut bytes, long)?, height: item_id(&mut bytes, long)? })
    }

    /// Which part of the coded picture is shown, and how it is turned.
    pub(crate) fn placing(&self, item: u32) -> Result<Placing, Refusal> {
        let (width, height) = self.size(item).ok_or(Refusal::Malformed("its picture has no dimensions"))?;
        let mut placing = Placing { left: 0, top: 0, width, height, orientation: Orientation::Upright };
        // Clockwise quarter turns, after a mirroring of left and right.
        let (mut mirrored, mut turns) = (false, 0u8);
        for (kind, content) in self.properties(item) {
            match (&kind, content) {
                (b"clap", content) => {
                    if turns > 0 || mirrored {
                        return Err(Refusal::Unsupported("cropped after it was turned"));
                    }
                    placing = crop(content, placing).ok_or(Refusal::Unsupported("an unusual crop"))?;
                }
                (b"irot", &[angle, ..]) => turns = (turns + 4 - (angle & 3)) % 4,
                // Top and bottom change places.
                (b"imir", &[axis, ..]) if axis & 1 == 0 => (mirrored, turns) = (!mirrored, (6 - turns) % 4),
                (b"imir", &[_, ..]) => (mirrored, turns) = (!mirrored, (4 - turns) % 4),
                _ => {}
            }
        }
        placing.orientation = match (mirrored, turns) {
            (false, 0) => Orientation::Upright,
            (false, 1) => Orientation::Rotate90,
            (false, 2) => Orientation::Rotate180,
            (false, _) => Orientation::Rotate270,
            (true, 0) => Orientation::MirrorHorizontal,
            (true, 1) => Orientation::Transverse,
            (true, 2) => Orientation::MirrorVertical,
            (true, _) => Orientation::Transpose,
        };
        Ok(placing)
    }

    /// The ICC profile, of the item or else of its first tile.
    pub(crate) fn icc(&self, item: u32) -> Option<&'a [u8]> {
        self.color(item, |content| {
            let profile = content.strip_prefix(b"prof").or_else(|| content.strip_prefix(b"rICC"))?;
            (!profile.is_empty()).then_some(profile)
        })
    }

    /// The colour code points, of the item or else of its first tile.
    pub(crate) fn nclx(&self, item: u32) -> Option<Nclx> {
        self.color(item, |content| {
            let mut bytes = Bytes::new(content.strip_prefix(b"nclx")?);
            let (primaries, transfer, matrix) = (bytes.u16_be()?, bytes.u16_be()?, bytes.u16_be()?);
            Some(Nclx { primaries, transfer, matrix, full_range: bytes.u8()? & 0x80 != 0 })
        })
    }

    fn color<T>(&self, item: u32, read: impl Fn(&'a [u8]) -> Option<T>) -> Option<T> {
        let of = |item| self.properties(item).filter(|(kind, _)| kind == b"colr").find_map(|(_, content)| read(content));
        of(item).or_else(|| of(*self.targets(item, b"dimg").first()?))
    }

    /// What kind of auxiliary picture it is: transparency, depth, gain map, ...
    pub(crate) fn auxiliary_type(&self, item: u32) -> Option<&'a [u8]> {
        self.property(item, b"auxC")?.get(4..)?.split(|&byte| byte == 0).next()
    }

    /// The picture that holds the primary one's transparency.
    pub(crate) fn alpha(&self) -> Option<u32> {
        const TYPES: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];
        self.sources(self.primary, b"auxl").find(|&item| self.auxiliary_type(item).is_some_and(|kind| TYPES.contains(&kind)))
    }

    /// Whether there is a gain map: what makes a bright screen show more than the picture itself.
    pub(crate) fn gain_map(&self) -> bool {
        let apple = |item: &Item<'_>| self.auxiliary_type(item.id) == Some(b"urn:com:apple:photo:2020:aux:hdrgainmap");
        self.items.iter().any(|item| &item.kind == b"tmap" || apple(item))
    }
}

/// The clean aperture: the picture's size and its centre's distance from the coded one's centre, all in fractions.
fn crop(content: &[u8], coded: Placing) -> Option<Placing> {
    let mut bytes = Bytes::new(content);
    let mut whole = || {
        let (numerator, denominator) = (bytes.u32_be()?, bytes.u32_be()?);
        numerator.is_multiple_of(denominator.max(1)).then(|| numerator.checked_div(denominator))?
    };
    let (width, height) = (whole()?, whole()?);
    let mut start = |coded: u32, shown: u32| {
        let (numerator, denominator) = (bytes.u32_be()?.cast_signed(), bytes.u32_be()?);
        // Twice the start, rounded down to whole pixels in the end.
        let shift = (2 * i64::from(numerator)).checked_div_euclid(i64::from(denominator))?;
        u32::try_from((i64::from(coded) - i64::from(shown) + shift).div_euclid(2)).ok()
    };
    let (left, top) = (start(coded.width, width)?, start(coded.height, height)?);
    let inside = left.checked_add(width)? <= coded.width && top.checked_add(height)? <= coded.height;
    inside.then_some(Placing { left: coded.left + left, top: coded.top + top, width, height, ..coded })
}

fn read_items(content: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut bytes = Bytes::new(content);
    let (iinf_version, _) = version(&mut bytes)?;
    item_id(&mut bytes, iinf_version > 0)?;
    let mut items = Vec::new();
    for (_, entry) in boxes(bytes.rest()).filter(|(kind, _)| kind == b"infe") {
        let mut entry = Bytes::new(entry);
        let (entry_version, _) = version(&mut entry)?;
        if entry_version < 2 {
            continue;
        }
        let id = item_id(&mut entry, entry_version > 2)?;
        entry.u16_be()?;
        let kind = entry.tag()?;
        entry.skip_past(0);
        let content_type = if &kind == b"mime" { entry.rest().split(|&byte| byte == 0).next()? } else { &[] };
        items.push(Item { id, kind, content_type });
        if items.len() > MOST_ITEMS {
            return None;
        }
    }
    Some(items)
}

fn read_references(content: &[u8]) -> Option<Vec<Reference>> {
    let mut bytes = Bytes::new(content);
    let (iref_version, _) = version(&mut bytes)?;
    let long = iref_version > 0;
    let mut references = Vec::new();
    for (kind, entry) in boxes(bytes.rest()) {
        let mut entry = Bytes::new(entry);
        let from = item_id(&mut entry, long)?;
        let count = usize::from(entry.u16_be()?);
        let to: Vec<_> = std::iter::from_fn(|| item_id(&mut entry, long)).take(count).collect();
        if to.len() < count || count > MOST_ITEMS || references.len() > MOST_ITEMS {
            return None;
        }
        references.push(Reference { kind, from, to });
    }
    Some(references)
}

fn read_locations(content: &[u8]) -> Option<Vec<Location>> {
    let mut bytes = Bytes::new(content);
    let (iloc_version, _) = version(&mut bytes)?;
    let sizes = bytes.u16_be()?.to_be_bytes();
    let [[offset, length], [base, index]] = sizes.map(|byte| [byte >> 4, byte & 15]);
    let index = if iloc_version > 0 { index } else { 0 };
    let count = item_id(&mut bytes, iloc_version > 1)?;
    let mut locations = Vec::new();
    let mut pieces = 0;
    for _ in 0..count {
        let item = item_id(&mut bytes, iloc_version > 1)?;
        let method = if iloc_version > 0 { bytes.u16_be()? & 15 } else { 0 };
        let external = bytes.u16_be()? != 0;
        let base = sized(&mut bytes, base)?;
        let mut extents = Vec::new();
        for _ in 0..bytes.u16_be()? {
            sized(&mut bytes, index)?;
            let start = sized(&mut bytes, offset)?.checked_add(base)?;
            let length = sized(&mut bytes, length)?;
            extents.push((start, length));
            // Where every field takes no bytes, there could be any number of them.
            pieces += 1;
            if pieces > MOST_EXTENTS {
                return None;
            }
        }
        // What lies in another file, or is put together from other items, counts as absent.
        if method < 2 && !external {
            locations.push(Location { item, in_idat: method == 1, extents });
        }
        if locations.len() > MOST_ITEMS {
            return None;
        }
    }
    Some(locations)
}

fn read_associations(content: &[u8], associations: &mut Vec<(u32, Vec<u16>)>) -> Option<()> {
    let mut bytes = Bytes::new(content);
    let (ipma_version, flags) = version(&mut bytes)?;
    for _ in 0..bytes.u32_be()? {
        let item = item_id(&mut bytes, ipma_version > 0)?;
        let mut indices = Vec::new();
        for _ in 0..bytes.u8()? {
            // The topmost bit says whether the property is essential.
            indices.push(if flags & 1 == 1 { bytes.u16_be()? & 0x7fff } else { u16::from(bytes.u8()? & 0x7f) });
        }
        associations.push((item, indices));
        if associations.len() > MOST_ITEMS {
            return None;
        }
    }
    Some(())
}
