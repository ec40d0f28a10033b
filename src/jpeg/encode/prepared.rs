//! A picture whose coefficients are known, all or in part.

use pulp::Arch;

use crate::jpeg::encode::bits::Bits;
use crate::jpeg::encode::huffman::{self, Codes, Counts};
use crate::jpeg::encode::markers;
use crate::jpeg::encode::quantise::Quantiser;
use crate::jpeg::encode::scan::{Counter, Tables, Writer};
use crate::jpeg::encode::strip::{Chunk, Coder, Pixels, Scan, Transform, Visitor};
use crate::jpeg::encode::tables::{Specification, quantisation};
use crate::upload::Chroma;

/// A picture of which every n-th row of units is transformed already: what stands for the whole when symbols are counted.
///
/// Of a picture with few rows of units that is every row, else one of up to eight, or of more where they would take over 16 MiB. They
/// take six bytes for each of their pixels at 4:4:4, three at 4:2:0: for 12 megapixels 9 or 5 MB. The pixels are borrowed.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pixels: Pixels<'a>,
    chroma: Chroma,
    arch: Arch,
    /// One row of so many is kept: the middle one.
    one_of: usize,
    kept: Vec<Chunk>,
}

/// The symbols that a quality leads to, in the rows that are kept.
#[derive(Debug)]
struct Statistics {
    coder: Coder,
    counts: [Tables<Counts>; 2],
}

impl<'a> Prepared<'a> {
    /// Fewer rows than these say too little about the others.
    const ENOUGH_ROWS: usize = 16;
    /// More rows than one of so many tell nothing new.
    const SPARSEST: usize = 8;
    /// What the kept rows may take, unless a single one takes more.
    const MOST_KEPT_BYTES: usize = 16 << 20;

    /// Transforms the rows that are kept. `None` if a side is zero or `rgb` is not three bytes for each pixel.
    pub(crate) fn new(rgb: &'a [u8], width: u16, height: u16, chroma: Chroma) -> Option<Self> {
        let pixels = Pixels { rgb, width, height };
        if rgb.is_empty() || rgb.len() as u64 != 3 * u64::from(width) * u64::from(height) {
            return None;
        }
        let mut this = Self { pixels, chroma, arch: Arch::new(), one_of: 1, kept: Vec::new() };
        let bytes = this.rows().saturating_mul(this.chunks()).saturating_mul(size_of::<Chunk>());
        let by_rows = (this.rows() / Self::ENOUGH_ROWS).clamp(1, Self::SPARSEST);
        this.one_of = by_rows.max(bytes.div_ceil(Self::MOST_KEPT_BYTES)).min(this.rows());
        let mut kept = vec![[Default::default(); 24]; this.chunks() * this.kept_rows()];
        for (chunks, row) in kept.chunks_exact_mut(this.chunks()).zip(this.numbers_of_kept()) {
            this.transform(row, chunks);
        }
        this.kept = kept;
        Some(this)
    }

    /// The rows of minimum coded units.
    fn rows(&self) -> usize {
        usize::from(self.pixels.height).div_ceil(self.unit())
    }

    /// The chunks of a row.
    fn chunks(&self) -> usize {
        usize::from(self.pixels.width).div_ceil(crate::jpeg::encode::color::RUN)
    }

    /// The side of a minimum coded unit, in pixels.
    fn unit(&self) -> usize {
        match self.chroma {
            Chroma::Full => 8,
            Chroma::Quarter => 16,
        }
    }

    fn kept_rows(&self) -> usize {
        self.numbers_of_kept().count()
    }

    fn numbers_of_kept(&self) -> impl Iterator<Item = usize> + use<> {
        (self.one_of / 2..self.rows()).step_by(self.one_of)
    }

    fn transform(&self, row: usize, chunks: &mut [Chunk]) {
        self.arch.dispatch(Transform { pixels: self.pixels, chroma: self.chroma, row, chunks });
    }

    fn scan<V: Visitor>(&self, chunks: &[Chunk], coder: &mut Coder, visitor: V) -> V {
        let units = usize::from(self.pixels.width).div_ceil(self.unit());
        self.arch.dispatch(Scan { chunks, chroma: self.chroma, units, coder, visitor })
    }

    fn statistics(&self, quality: u8) -> Statistics {
        let quantisers = quantisation(quality).map(|table| Quantiser::new(&table));
        let mut coder = Coder { quantisers, previous: [0; 3] };
        let mut counts = [const { Tables { dc: [0; 256], ac: [0; 256] } }; 2];
        for chunks in self.kept.chunks_exact(self.chunks()) {
            self.scan(chunks, &mut coder, Count(&mut counts));
        }
        Statistics { coder, counts }
    }

    /// The tables for the symbols that were counted. A row that was not looked at may hold any other one, too.
    fn huffman(&self, counts: &mut [Tables<Counts>; 2]) -> [Tables<Specification>; 2] {
        if self.one_of > 1 {
            for tables in &mut *counts {
                tables.dc.iter_mut().take(12).for_each(|count| *count = (*count).max(1));
                let possible = |symbol: usize| matches!(symbol & 15, 1..=10) || matches!(symbol, 0x00 | 0xf0);
                let counts = tables.ac.iter_mut().enumerate().filter(|&(symbol, _)| possible(symbol));
                counts.for_each(|(_, count)| *count = (*count).max(1));
            }
        }
        counts.each_ref().map(|tables| Tables { dc: Specification::optimal(&tables.dc), ac: Specification::optimal(&tables.ac) })
    }

    /// The bytes of the file at a quality: told from the rows that are kept, and without those stuffed behind 0xFF, 0.2 to 0.4 %.
    pub(crate) fn length(&self, quality: u8) -> u64 {
        let mut counts = self.statistics(quality).counts;
        let huffman = self.huffman(&mut counts);
        let bits = |(counts, tables): (&Tables<Counts>, &Tables<Specification>)| {
            huffman::length(&counts.dc, &tables.dc) + huffman::length(&counts.ac, &tables.ac)
        };
        let bits: u64 = counts.iter().zip(&huffman).map(bits).sum();
        let mut head = Vec::with_capacity(markers::MOST_BYTES);
        markers::head([1, 1], self.chroma, &quantisation(quality), &huffman, &mut head);
        bits.div_ceil(8) * self.rows() as u64 / self.kept_rows().max(1) as u64 + head.len() as u64 + 2
    }

    /// The file at a quality from 1 to 100.
    pub(crate) fn write(&self, quality: u8) -> Vec<u8> {
        let Statistics { mut coder, mut counts } = self.statistics(quality);
        let huffman = self.huffman(&mut counts);
        let symbols: u64 = counts.iter().flat_map(|tables| tables.ac).map(u64::from).sum();
        // Some five bits for a symbol. A file longer than its pixels would grow.
        let of_all_rows = usize::try_from(symbols).unwrap_or(usize::MAX).saturating_mul(self.one_of);
        let guess = (of_all_rows / 4).saturating_mul(3).min(self.pixels.rgb.len()) + markers::MOST_BYTES;
        let mut file = Vec::with_capacity(guess);
        let size = [self.pixels.width, self.pixels.height];
        markers::head(size, self.chroma, &quantisation(quality), &huffman, &mut file);

        let codes = huffman.map(|tables| Tables { dc: Codes::new(&tables.dc), ac: Codes::new(&tables.ac) });
        coder.previous = [0; 3];
        let mut bits = Bits::NONE;
        let mut room = vec![[Default::default(); 24]; self.chunks()];
        let mut kept = self.kept.chunks_exact(self.chunks());
        for row in 0..self.rows() {
            let known = if row % self.one_of == self.one_of / 2 { kept.next() } else { None };
            let chunks = known.unwrap_or_else(|| {
                self.transform(row, &mut room);
                &room
            });
            bits = self.scan(chunks, &mut coder, Write { codes: &codes, bits, to: &mut file }).bits;
        }
        bits.finish(&mut file);
        markers::tail(&mut file);
        file
    }
}

#[derive(Debug)]
struct Count<'a>(&'a mut [Tables<Counts>; 2]);

impl Visitor for Count<'_> {
    type Sink<'b>
        = Counter<'b>
    where
        Self: 'b;

    #[inline(always)]
    fn sink(&mut self, table: usize) -> Counter<'_> {
        Counter(&mut self.0[table & 1])
    }
}

#[derive(Debug)]
struct Write<'a> {
    codes: &'a [Tables<Codes>; 2],
    bits: Bits,
    to: &'a mut Vec<u8>,
}

impl Visitor for Write<'_> {
    type Sink<'b>
        = Writer<'b>
    where
        Self: 'b;

    #[inline(always)]
    fn sink(&mut self, table: usize) -> Writer<'_> {
        Writer { codes: &self.codes[table & 1], bits: &mut self.bits, to: self.to }
    }
}
