//! Entropy-coded data of sequential scans (T.81, F.2).

use super::bits::Bits;
use super::header::{Component, Scan};
use super::huffman::{Huffman, LOOK};
use super::layout::Layout;
use super::planes::Plane;
use super::simd::{Kernel, Lanes, dispatch};
use super::skip::Skip;
use super::tables::Quantization;
use super::{Error, Result, transform};
use crate::jpeg::ZIGZAG;

/// How a component's blocks are read.
#[derive(Debug)]
pub(super) struct Coder<'a> {
    pub(super) dc: &'a Huffman,
    pub(super) ac: &'a Huffman,
    /// Passes over what a reduced block does not need, from the position that is the first of it.
    pub(super) skip: Option<&'a Skip>,
    pub(super) kept: usize,
    pub(super) factors: &'a Quantization,
    /// The quantised DC coefficient of the block before.
    pub(super) previous: i32,
}

impl Coder<'_> {
    /// Reads a block's coefficients, multiplied and in natural order, and returns the zig-zag position of the last one.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "coefficients of hostile files wrap around, as in libjpeg")]
    pub(super) fn block(&mut self, bits: &mut Bits, coefficients: &mut [i32; 64]) -> Result<usize> {
        self.previous = difference(self.dc, bits)?.wrapping_add(self.previous);
        coefficients[0] = i32::from(self.previous as i16) * self.factors[0];
        let kept = self.kept;
        if kept > 1 {
            coefficients[1..].fill(0);
        }
        let (mut at, mut last) = (1, 0);
        while at < kept {
            bits.need(LOOK);
            let entry = self.ac.look(bits);
            let value = if entry.has_value() {
                at += entry.run();
                bits.skip(entry.length());
                entry.value()
            } else {
                bits.need(32);
                let symbol = self.ac.symbol(bits)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 0x0f));
                match (run, size) {
                    (0, 0) => return Ok(last),
                    (15, 0) if at <= 48 => {
                        at += 16;
                        continue;
                    }
                    (_, 0) => return Err(Error::Malformed("a run of zeros without a coefficient")),
                    _ => at += run,
                }
                bits.take_signed(size)
            };
            let (Some(&natural), Some(&factor)) = (ZIGZAG.get(at), self.factors.get(at)) else {
                return Err(Error::Malformed("a run beyond the end of a block"));
            };
            coefficients[usize::from(natural & 63)] = value * factor;
            last = at;
            at += 1;
        }
        if let Some(skip) = self.skip {
            skip.to_end(bits, self.ac, at)?;
        }
        Ok(last)
    }
}

/// Reads what a DC coefficient differs by from the one before.
#[inline(always)]
pub(super) fn difference(dc: &Huffman, bits: &mut Bits) -> Result<i32> {
    bits.need(32);
    let entry = dc.look(bits);
    if entry.has_value() {
        bits.skip(entry.length());
        return Ok(entry.value());
    }
    let size = dc.symbol(bits)?;
    Ok(bits.take_signed(size.into()))
}

/// A component's part in a scan.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Which of the planes its samples go to.
    plane: usize,
    coder: Coder<'a>,
    /// Blocks of it in an MCU.
    across: usize,
    down: usize,
    /// A block's samples.
    size: (usize, usize),
}

impl<'a> Part<'a> {
    pub(super) fn new(
        plane: usize,
        component: &Component,
        layout: &Layout,
        scan: &Scan,
        [dc, ac]: [&'a Huffman; 2],
        skip: Option<&'a Skip>,
        factors: &'a Quantization,
    ) -> Self {
        let (across, down) = if scan.is_interleaved() { (component.across, component.down) } else { (1, 1) };
        let kept = layout.kept();
        let coder = Coder { dc, ac, skip: skip.filter(|_| kept < 64), kept, factors, previous: 0 };
        Self { plane, coder, across, down, size: layout.block }
    }
}

/// A scan's place in its data.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bits: Bits<'a>,
    /// MCUs between restart markers; zero for all.
    interval: usize,
    until_restart: usize,
    restarts: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(data: &'a [u8], interval: usize) -> Self {
        Self { bits: Bits::new(data), interval, until_restart: interval, restarts: 0 }
    }

    /// Reads a row of MCUs to samples.
    pub(super) fn row(&mut self, row: usize, mcus: usize, parts: &mut [Part], planes: &mut [Plane; 4]) -> Result<()> {
        dispatch(McuRow { reader: self, row, mcus, parts, planes })
    }

    /// What is behind the data that were read.
    pub(super) const fn bits(&self) -> Bits<'a> {
        self.bits
    }

    #[inline(never)]
    fn restart(&mut self, parts: &mut [Part]) -> Result<()> {
        self.bits.restart(self.restarts)?;
        self.restarts += 1;
        self.until_restart = self.interval;
        for part in parts {
            part.coder.previous = 0;
        }
        Ok(())
    }
}

/// A row of MCUs to be read, for the instructions that the processor has.
struct McuRow<'r, 'a, 'p> {
    reader: &'r mut Reader<'a>,
    row: usize,
    mcus: usize,
    parts: &'r mut [Part<'p>],
    planes: &'r mut [Plane; 4],
}

impl Kernel for McuRow<'_, '_, '_> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Result<()> {
        let Self { reader, row, mcus, parts, planes } = self;
        let mut coefficients = [0; 64];
        for mcu in 0..mcus {
            if reader.interval > 0 {
                if reader.until_restart == 0 {
                    reader.restart(parts)?;
                }
                reader.until_restart -= 1;
            }
            // A copy, so that it can live in registers.
            let mut bits = reader.bits;
            for part in parts.iter_mut() {
                let Some(plane) = planes.get_mut(part.plane) else { continue };
                for y in row * part.down..(row + 1) * part.down {
                    for x in mcu * part.across..(mcu + 1) * part.across {
                        let last = part.coder.block(&mut bits, &mut coefficients)?;
                        let (samples, stride) = plane.block(x * part.size.0, y * part.size.1);
                        transform::block(lanes, part.size, &coefficients, last, samples, stride);
                    }
                }
            }
            reader.bits = bits;
        }
        reader.bits.check()
    }
}
