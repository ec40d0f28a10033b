//! Entropy-coded data of progressive scans (T.81, G.1.2 and F.2.4).

use super::bits::Bits;
use super::coefficients::{Block, Coefficients};
use super::header::{Frame, Scan};
use super::huffman::Huffman;
use super::progress::Progress;
use super::sequential::difference;
use super::simd::{Kernel, Lanes, dispatch};
use super::tables::Tables;
use super::{Error, Result};

/// What a scan does to a block.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    DcFirst(&'a Huffman),
    DcRefine,
    AcFirst(&'a Huffman),
    AcRefine(&'a Huffman),
}

/// A component's part in a scan.
struct Part<'a> {
    step: Step<'a>,
    /// Which of the frame's components.
    index: usize,
    /// Blocks of it in an MCU.
    across: usize,
    down: usize,
    /// The DC coefficient of the block before, without its low bits.
    previous: i32,
}

/// A scan's place in its data.
struct Reader<'a> {
    bits: Bits<'a>,
    /// Further blocks without new coefficients in this band.
    end_of_band_run: u32,
    first: usize,
    last: usize,
    low: u32,
    /// MCUs between restart markers; zero for all.
    interval: usize,
    until_restart: usize,
    restarts: usize,
}

/// Reads a scan into the picture's coefficients, and returns what is behind its last block.
pub(super) fn scan<'a>(
    frame: &Frame,
    scan: &Scan,
    tables: &Tables,
    data: &'a [u8],
    progress: &mut Progress,
    coefficients: &mut [Coefficients; 4],
) -> Result<Bits<'a>> {
    progress.add(scan)?;
    let missing = Error::Malformed("a Huffman table is missing");
    let mut parts = Vec::with_capacity(4);
    for listed in &scan.components {
        let dc = tables.dc.get(listed.dc).and_then(Option::as_deref).ok_or(missing);
        let ac = tables.ac.get(listed.ac).and_then(Option::as_deref).ok_or(missing);
        let step = match (scan.first, scan.before) {
            (0, 0) => Step::DcFirst(dc?),
            (0, _) => Step::DcRefine,
            (_, 0) => Step::AcFirst(ac?),
            (_, _) => Step::AcRefine(ac?),
        };
        let component = frame.components.get(listed.index).filter(|_| scan.is_interleaved());
        let (across, down) = component.map_or((1, 1), |component| (component.across, component.down));
        parts.push(Part { step, index: listed.index, across, down, previous: 0 });
    }
    let interval = tables.restart_interval;
    let (first, last, low) = (scan.first, scan.last, scan.low);
    let bits = Bits::new(data);
    let mut reader = Reader { bits, end_of_band_run: 0, first, last, low, interval, until_restart: interval, restarts: 0 };
    let (mcus, rows) = scan.mcus(frame);
    for row in 0..rows {
        dispatch(McuRow { reader: &mut reader, row, mcus, parts: &mut parts, coefficients })?;
    }
    reader.check_run()?;
    Ok(reader.bits)
}

/// A row of MCUs to be read, for the instructions that the processor has.
struct McuRow<'r, 'a, 'p> {
    reader: &'r mut Reader<'a>,
    row: usize,
    mcus: usize,
    parts: &'r mut [Part<'p>],
    coefficients: &'r mut [Coefficients; 4],
}

impl Kernel for McuRow<'_, '_, '_> {
    type Output = Result<()>;

    #[inline(always)]
    fn run<L: Lanes>(self, _: L) -> Result<()> {
        let Self { reader, row, mcus, parts, coefficients } = self;
        for mcu in 0..mcus {
            if reader.interval > 0 {
                if reader.until_restart == 0 {
                    reader.restart(parts)?;
                }
                reader.until_restart -= 1;
            }
            for part in parts.iter_mut() {
                let Some(plane) = coefficients.get_mut(part.index) else { continue };
                for y in row * part.down..(row + 1) * part.down {
                    for x in mcu * part.across..(mcu + 1) * part.across {
                        if let Some(mut block) = plane.block(x, y) {
                            reader.block(part.step, &mut part.previous, &mut block)?;
                        }
                    }
                }
            }
        }
        reader.bits.check()
    }
}

impl Reader<'_> {
    #[inline(always)]
    fn block(&mut self, step: Step, previous: &mut i32, block: &mut Block) -> Result<()> {
        match step {
            Step::DcFirst(dc) => {
                *previous = previous.wrapping_add(difference(dc, &mut self.bits)?);
                block.set(0, *previous << self.low);
                Ok(())
            }
            Step::DcRefine => {
                if self.bit() {
                    block.set_bit(self.low);
                }
                Ok(())
            }
            Step::AcFirst(ac) => self.ac_first(ac, block),
            Step::AcRefine(ac) => self.ac_refine(ac, block),
        }
    }

    #[inline(never)]
    fn restart(&mut self, parts: &mut [Part]) -> Result<()> {
        self.check_run()?;
        self.bits.restart(self.restarts)?;
        self.restarts += 1;
        self.until_restart = self.interval;
        for part in parts {
            part.previous = 0;
        }
        Ok(())
    }

    /// A run of blocks ends with its scan or restart interval.
    fn check_run(&self) -> Result<()> {
        if self.end_of_band_run == 0 { Ok(()) } else { Err(Error::Malformed("a run of blocks beyond the end of a scan")) }
    }

    #[inline(always)]
    fn bit(&mut self) -> bool {
        self.bits.need(1);
        self.bits.take(1) == 1
    }

    /// The length of a run of blocks, this one included, from its class. The bits must be there.
    #[inline(always)]
    #[allow(clippy::cast_sign_loss, reason = "bits that are not extended are not negative")]
    fn run_of_blocks(&mut self, class: u8) -> u32 {
        (1 << class) + self.bits.take(class.into()) as u32
    }

    #[inline(always)]
    fn ac_first(&mut self, ac: &Huffman, block: &mut Block) -> Result<()> {
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            return Ok(());
        }
        let mut at = self.first;
        let mut bits = self.bits;
        while at <= self.last {
            bits.need(32);
            let entry = ac.look(&bits);
            let value = if entry.has_value() {
                at += entry.run();
                bits.skip(entry.length());
                entry.value()
            } else {
                let symbol = ac.symbol(&mut bits)?;
                match (symbol >> 4, symbol & 0x0f) {
                    (15, 0) => {
                        at += 16;
                        continue;
                    }
                    (class, 0) => {
                        self.bits = bits;
                        self.end_of_band_run = self.run_of_blocks(class) - 1;
                        return Ok(());
                    }
                    (run, size) => {
                        at += usize::from(run);
                        bits.take_signed(size.into())
                    }
                }
            };
            if at > self.last {
                return Err(BEYOND);
            }
            block.set(at, value << self.low);
            at += 1;
        }
        self.bits = bits;
        if at > self.last + 1 { Err(BEYOND) } else { Ok(()) }
    }

    /// Coefficients that are not zero get a further bit wherever they are passed over.
    #[inline(always)]
    fn ac_refine(&mut self, ac: &Huffman, block: &mut Block) -> Result<()> {
        let mut at = self.first;
        if self.end_of_band_run == 0 {
            while at <= self.last {
                self.bits.need(32);
                let symbol = ac.symbol(&mut self.bits)?;
                let (run, new) = match (symbol >> 4, symbol & 0x0f) {
                    (15, 0) => (15, 0),
                    (class, 0) => {
                        self.end_of_band_run = self.run_of_blocks(class);
                        break;
                    }
                    (run, 1) => (run, if self.bits.take(1) == 1 { 1 } else { -1 }),
                    _ => return Err(Error::Malformed("a refinement of more than one bit")),
                };
                at = self.refine(block, at, run.into());
                if at > self.last {
                    return Err(BEYOND);
                }
                block.set(at, new << self.low);
                at += 1;
            }
        }
        if self.end_of_band_run > 0 {
            self.refine(block, at, 64);
            self.end_of_band_run -= 1;
        }
        Ok(())
    }

    /// Passes over so many coefficients that are zero, and over those between them that are not, to the next that is zero.
    #[inline(always)]
    fn refine(&mut self, block: &mut Block, from: usize, mut run: usize) -> usize {
        let mut at = from;
        while at <= self.last {
            if block.is_zero(at) {
                if run == 0 {
                    return at;
                }
                // All the way to the next that is not zero, or as far as the run goes.
                let zeros = block.zeros(at).min(run).min(self.last + 1 - at);
                run -= zeros;
                at += zeros;
            } else {
                if self.bit() {
                    block.refine(at, self.low);
                }
                at += 1;
            }
        }
        at
    }
}

const BEYOND: Error = Error::Malformed("a run beyond the end of a band");
