//! Frame and scan headers (T.81, B.2.2 and B.2.3).

use super::segments::{APP0, APP14};
use super::{Color, Error, Result};

/// A component of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Component {
    id: u8,
    /// Blocks that an interleaved MCU has beside each other.
    pub(super) across: usize,
    /// Blocks that an interleaved MCU has below each other.
    pub(super) down: usize,
    /// Which table its coefficients were divided by.
    pub(super) table: usize,
}

/// What a start of frame tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
    /// The greatest sampling factors of any component: an MCU's blocks.
    pub(super) across: usize,
    pub(super) down: usize,
}

impl Frame {
    /// Reads the segment of one of the start-of-frame markers.
    pub(super) fn read(marker: u8, content: &[u8]) -> Result<Self> {
        match marker {
            0xc0..=0xc2 => {}
            0xc3 => return Err(Error::Unsupported("lossless coding")),
            0xc5..=0xc7 => return Err(Error::Unsupported("hierarchical coding")),
            _ => return Err(Error::Unsupported("arithmetic coding")),
        }
        let (&[precision, h1, h0, w1, w0, count], listed) =
            content.split_first_chunk().ok_or(Error::Malformed("a start of frame that is too short"))?;
        if precision != 8 {
            return Err(Error::Unsupported("more than 8 bits a sample"));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(Error::Unsupported("a number of components other than 1, 3 or 4"));
        }
        if listed.len() != 3 * usize::from(count) {
            return Err(Error::Malformed("a start of frame of the wrong length"));
        }
        let (width, height) = (usize::from(u16::from_be_bytes([w1, w0])), usize::from(u16::from_be_bytes([h1, h0])));
        if width == 0 || height == 0 {
            return Err(Error::Malformed("a picture without pixels"));
        }
        let mut components = listed.as_chunks().0.iter().copied().map(Component::read).collect::<Result<Vec<_>>>()?;
        if let [only] = components.as_mut_slice() {
            // A component that is alone is never interleaved, and its factors mean nothing.
            (only.across, only.down) = (1, 1);
        }
        for (index, component) in components.iter().enumerate() {
            if components.iter().take(index).any(|other| other.id == component.id) {
                return Err(Error::Malformed("two components of one name"));
            }
        }
        let across = components.iter().map(|component| component.across).max().unwrap_or(1);
        let down = components.iter().map(|component| component.down).max().unwrap_or(1);
        Ok(Self { progressive: marker == 0xc2, width, height, components, across, down })
    }

    /// Interleaved MCUs in a row.
    pub(super) fn mcus_across(&self) -> usize {
        self.width.div_ceil(8 * self.across)
    }

    /// Rows of interleaved MCUs.
    pub(super) fn mcus_down(&self) -> usize {
        self.height.div_ceil(8 * self.down)
    }

    /// Blocks in all components, without those that only fill up MCUs.
    pub(super) fn blocks(&self) -> usize {
        self.components.iter().map(|component| self.blocks_of(component)).map(|(across, down)| across * down).sum()
    }

    /// Blocks of a component that hold samples of the picture: what a scan of this component alone has.
    pub(super) fn blocks_of(&self, component: &Component) -> (usize, usize) {
        let across = (self.width * component.across).div_ceil(8 * self.across);
        let down = (self.height * component.down).div_ceil(8 * self.down);
        (across, down)
    }
}

impl Component {
    fn read([id, sampling, table]: [u8; 3]) -> Result<Self> {
        let (across, down, table) = (usize::from(sampling >> 4), usize::from(sampling & 0x0f), usize::from(table));
        if !(1..=4).contains(&across) || !(1..=4).contains(&down) || table > 3 {
            return Err(Error::Malformed("a component with impossible numbers"));
        }
        Ok(Self { id, across, down, table })
    }
}

/// A component's part in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanComponent {
    /// Which of the frame's components.
    pub(super) index: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// What a start of scan tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) components: Vec<ScanComponent>,
    /// The zig-zag positions of the first and the last coefficient.
    pub(super) first: usize,
    pub(super) last: usize,
    /// How many low bits earlier scans left out; zero for a first scan.
    pub(super) before: u32,
    /// How many low bits this scan leaves out.
    pub(super) low: u32,
}

impl Scan {
    pub(super) fn read(content: &[u8], frame: &Frame) -> Result<Self> {
        const WRONG: Error = Error::Malformed("a start of scan of the wrong length");
        let (&count, rest) = content.split_first().ok_or(WRONG)?;
        let (listed, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(WRONG)?;
        let &[first, last, approximation] = rest else { return Err(WRONG) };
        if !(1..=4).contains(&count) {
            return Err(Error::Malformed("a scan of no or over four components"));
        }
        let mut components: Vec<ScanComponent> = Vec::with_capacity(4);
        for &[id, tables] in listed.as_chunks().0 {
            // In the frame's order, so none twice.
            let from = components.last().map_or(0, |previous| previous.index + 1);
            let index = frame.components.iter().skip(from).position(|component| component.id == id);
            let index =
                from + index.ok_or(Error::Malformed("a scan of components that the frame does not have in this order"))?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 0x0f));
            if dc > 3 || ac > 3 {
                return Err(Error::Malformed("a fifth Huffman table"));
            }
            components.push(ScanComponent { index, dc, ac });
        }
        let (before, low) = (u32::from(approximation >> 4), u32::from(approximation & 0x0f));
        let scan = Self { components, first: first.into(), last: last.into(), before, low };
        let blocks = scan.components.iter().filter_map(|listed| frame.components.get(listed.index));
        if scan.is_interleaved() && blocks.map(|component| component.across * component.down).sum::<usize>() > 10 {
            return Err(Error::Malformed("over ten blocks in an MCU"));
        }
        scan.check(frame.progressive)?;
        Ok(scan)
    }

    /// T.81, table B.3 and G.1.1.1.
    fn check(&self, progressive: bool) -> Result<()> {
        let sound = if progressive {
            let band = if self.first == 0 { self.last == 0 } else { self.first <= self.last && !self.is_interleaved() };
            band && self.last < 64 && self.low <= 13 && (self.before == 0 || self.before == self.low + 1)
        } else {
            (self.first, self.last, self.before, self.low) == (0, 63, 0, 0)
        };
        if sound { Ok(()) } else { Err(Error::Malformed("a scan of impossible coefficients")) }
    }

    /// MCUs in a row, and rows of them.
    pub(super) fn mcus(&self, frame: &Frame) -> (usize, usize) {
        match self.components.as_slice() {
            [only] => frame.components.get(only.index).map_or((0, 0), |component| frame.blocks_of(component)),
            _ => (frame.mcus_across(), frame.mcus_down()),
        }
    }

    /// Whether MCUs hold blocks of several components.
    pub(super) const fn is_interleaved(&self) -> bool {
        self.components.len() > 1
    }
}

/// What application segments say on colour.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hints {
    jfif: bool,
    adobe_transform: Option<u8>,
}

/// How stored samples become what is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    pub(super) color: Color,
    /// Red, green and blue are stored as luma and chroma.
    pub(super) transformed: bool,
}

impl Hints {
    pub(super) fn read(&mut self, marker: u8, content: &[u8]) {
        match (marker, content) {
            (APP0, [b'J', b'F', b'I', b'F', 0, ..]) => self.jfif = true,
            (APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform @ 0..=2, ..]) => {
                self.adobe_transform = Some(*transform);
            }
            // One that is too short says nothing, and an unknown transform is taken for that to luma and chroma.
            (APP14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, _, ..]) => self.adobe_transform = Some(1),
            _ => {}
        }
    }

    /// As libjpeg decides.
    pub(super) fn coding(self, frame: &Frame) -> Coding {
        let plain = |color| Coding { color, transformed: false };
        let names: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (frame.components.len(), self.adobe_transform) {
            (1, _) => plain(Color::Grey),
            (4, Some(2)) => plain(Color::Ycck),
            (4, _) => plain(Color::Cmyk),
            (_, Some(0)) if !self.jfif => plain(Color::Rgb),
            (_, None) if !self.jfif && names == b"RGB" => plain(Color::Rgb),
            _ => Coding { color: Color::Rgb, transformed: true },
        }
    }
}
