//! Decoded samples of one component.

use super::layout::Layout;

/// Rows of samples: those of a few rows of MCUs, or of the whole picture. One row above them is kept for upsampling.
#[derive(Debug, Default)]
pub(super) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    /// How many rows there are below the one that is kept.
    rows: usize,
    /// Which row of the picture is the first of them.
    first: usize,
    width: usize,
    height: usize,
}

impl Plane {
    /// For so many rows, each of so many samples, with those that only fill up MCUs.
    pub(super) fn reset(&mut self, layout: &Layout, stride: usize, rows: usize) {
        // What an earlier picture left is all written over: a scan fills every block.
        self.samples.resize(stride * (rows + 1), 0);
        (self.stride, self.rows, self.first) = (stride, rows, 0);
        (self.width, self.height) = (layout.width, layout.height);
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        self.samples.capacity()
    }

    /// Goes on to the rows below those that it has.
    pub(super) fn advance(&mut self) {
        self.samples.copy_within(self.rows * self.stride.., 0);
        self.first += self.rows;
    }

    /// Samples that blocks are written to, and how many of them lie between a sample and the one below.
    #[inline(always)]
    pub(super) fn block(&mut self, x: usize, y: usize) -> (&mut [u8], usize) {
        let start = (y + 1 - self.first) * self.stride + x;
        (self.samples.get_mut(start..).unwrap_or_default(), self.stride)
    }

    /// A row of the picture's samples; above the first and below the last one these are repeated.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let start = (y.min(self.height - 1) + 1 - self.first) * self.stride;
        self.samples.get(start..start + self.width).unwrap_or_default()
    }
}
