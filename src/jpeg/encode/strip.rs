//! A row of minimum coded units: its pixels to coefficients, its coefficients to symbols.

use pulp::{Simd, WithSimd, bytemuck};

use crate::jpeg::encode::color::{self, RUN};
use crate::jpeg::encode::quantise::Quantiser;
use crate::jpeg::encode::scan::{self, Sink};
use crate::jpeg::encode::transform::{self, Block, Four, GROUP, Rows};
use crate::upload::Chroma;

/// The blocks of 64 pixels' width, in the order of the scan: eight units of three blocks, or four of six.
pub(crate) type Chunk = [Block; 3 * GROUP];

/// RGB, row by row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pixels<'a> {
    pub(crate) rgb: &'a [u8],
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl Pixels<'_> {
    /// A run of a row. Beyond the picture, its last row and column go on.
    #[inline(always)]
    fn run<'a>(&'a self, y: usize, run: usize, room: &'a mut [u8; 3 * RUN]) -> &'a [u8; 3 * RUN] {
        let (width, last) = (3 * usize::from(self.width), usize::from(self.height).saturating_sub(1));
        let row = self.rgb.get(y.min(last) * width..).and_then(|rows| rows.get(..width)).unwrap_or_default();
        let rest = row.get(3 * RUN * run..).unwrap_or_default();
        if let Some(whole) = rest.first_chunk() {
            return whole;
        }
        let edge = row.last_chunk().copied().unwrap_or([0; 3]);
        let (known, beyond) = room.split_at_mut(rest.len());
        known.copy_from_slice(rest);
        beyond.as_chunks_mut::<3>().0.fill(edge);
        room
    }
}

/// Left and right halves of blocks' rows, each together.
#[inline(always)]
fn halves(row: &[i16; RUN]) -> [[Four; GROUP]; 2] {
    let row: [[u64; 2]; GROUP] = bytemuck::cast(*row);
    let mut halves = [[0_u64; GROUP]; 2];
    for (block, &[left, right]) in row.iter().enumerate() {
        halves[0][block] = left;
        halves[1][block] = right;
    }
    bytemuck::cast(halves)
}

/// Pixels to coefficients.
#[derive(Debug)]
pub(crate) struct Transform<'a> {
    pub(crate) pixels: Pixels<'a>,
    pub(crate) chroma: Chroma,
    /// The row of units.
    pub(crate) row: usize,
    /// As many as are as wide as the picture.
    pub(crate) chunks: &'a mut [Chunk],
}

impl WithSimd for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (run, chunk) in self.chunks.iter_mut().enumerate() {
            match self.chroma {
                Chroma::Full => full(&self.pixels, 8 * self.row, run, chunk),
                Chroma::Quarter => quarter(&self.pixels, 16 * self.row, run, chunk),
            }
        }
    }
}

const NO_ROWS: Rows = [[[[0; 4]; GROUP]; 2]; 8];

/// Eight units of Y, Cb and Cr.
#[inline(always)]
fn full(pixels: &Pixels<'_>, top: usize, run: usize, chunk: &mut Chunk) {
    let mut rows = [NO_ROWS; 3];
    let mut room = [0; 3 * RUN];
    for y in 0..8 {
        let samples = color::convert(pixels.run(top + y, run, &mut room));
        rows[0][y] = halves(&samples.y);
        rows[1][y] = halves(&samples.cb);
        rows[2][y] = halves(&samples.cr);
    }
    let (units, _) = chunk.as_chunks_mut::<3>();
    for (component, rows) in rows.iter().enumerate() {
        for (unit, block) in units.iter_mut().zip(transform::forward(rows)) {
            unit[component] = block;
        }
    }
}

/// Four units of four Y, one Cb and one Cr.
#[inline(always)]
fn quarter(pixels: &Pixels<'_>, top: usize, run: usize, chunk: &mut Chunk) {
    // The upper blocks of Y, the lower ones, and four of Cb with four of Cr.
    let mut rows = [NO_ROWS; 3];
    let mut room = [0; 3 * RUN];
    for y in 0..8 {
        let upper = color::convert(pixels.run(top + 2 * y, run, &mut room));
        let lower = color::convert(pixels.run(top + 2 * y + 1, run, &mut room));
        let (half, row) = (y / 4, 2 * (y % 4));
        rows[half][row] = halves(&upper.y);
        rows[half][row + 1] = halves(&lower.y);
        let averages = [color::average(&upper.cb, &lower.cb), color::average(&upper.cr, &lower.cr)];
        rows[2][y] = halves(bytemuck::cast_ref(&averages));
    }
    let (units, _) = chunk.as_chunks_mut::<6>();
    for (half, rows) in rows.iter().take(2).enumerate() {
        let blocks = transform::forward(rows);
        for (unit, pair) in units.iter_mut().zip(blocks.as_chunks::<2>().0) {
            unit[2 * half] = pair[0];
            unit[2 * half + 1] = pair[1];
        }
    }
    let blocks = transform::forward(&rows[2]);
    for (i, unit) in units.iter_mut().enumerate() {
        unit[4] = blocks[i & 3];
        unit[5] = blocks[4 + (i & 3)];
    }
}

/// Quantisers, and the DC coefficients that the next ones are told from.
#[derive(Debug, Clone)]
pub(crate) struct Coder {
    pub(crate) quantisers: [Quantiser; 2],
    pub(crate) previous: [i32; 3],
}

/// Coefficients to symbols: those of luminance to one sink, those of chrominance to another.
#[derive(Debug)]
pub(crate) struct Scan<'a, V> {
    pub(crate) chunks: &'a [Chunk],
    pub(crate) chroma: Chroma,
    /// As many as the file holds of this row.
    pub(crate) units: usize,
    pub(crate) coder: &'a mut Coder,
    pub(crate) visitor: V,
}

/// Hands out the sink for a component's table.
pub(crate) trait Visitor {
    type Sink<'b>: Sink
    where
        Self: 'b;
    fn sink(&mut self, table: usize) -> Self::Sink<'_>;
}

impl<V: Visitor> WithSimd for Scan<'_, V> {
    type Output = V;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> V {
        match self.chroma {
            Chroma::Full => self.walk([0, 1, 2]),
            Chroma::Quarter => self.walk([0, 0, 0, 0, 1, 2]),
        }
    }
}

impl<V: Visitor> Scan<'_, V> {
    #[inline(always)]
    fn walk<const BLOCKS: usize>(mut self, components: [usize; BLOCKS]) -> V {
        let units = self.chunks.iter().flat_map(|chunk| chunk.as_chunks::<BLOCKS>().0).take(self.units);
        let mut previous = self.coder.previous;
        for unit in units {
            for (block, component) in unit.iter().zip(components) {
                let table = component.min(1);
                scan::block(block, &self.coder.quantisers[table], &mut previous[component], &mut self.visitor.sink(table));
            }
        }
        self.coder.previous = previous;
        self.visitor
    }
}
