//! What is kept of a progressive picture's coefficients until all scans are read.

/// A component's coefficients. Which of them are zero has to be known of all, as refinements are read by that; values only of those
/// that have a part in the picture at its scale.
#[derive(Debug, Default)]
pub(super) struct Coefficients {
    /// In zig-zag order, `kept` for each block.
    values: Vec<i16>,
    /// A bit for each AC coefficient that is not zero.
    filled: Vec<u64>,
    kept: usize,
    /// Blocks in a row.
    across: usize,
}

/// One block of it.
#[derive(Debug)]
pub(super) struct Block<'a> {
    values: &'a mut [i16],
    filled: &'a mut u64,
}

impl Coefficients {
    /// All zero, for so many rows of so many blocks.
    pub(super) fn reset(&mut self, across: usize, down: usize, kept: usize) {
        (self.kept, self.across) = (kept, across);
        self.values.clear();
        self.values.resize(across * down * kept, 0);
        self.filled.clear();
        self.filled.resize(across * down, 0);
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        size_of::<i16>() * self.values.capacity() + size_of::<u64>() * self.filled.capacity()
    }

    #[inline(always)]
    pub(super) fn block(&mut self, x: usize, y: usize) -> Option<Block<'_>> {
        let at = y * self.across + x;
        let values = self.values.get_mut(at * self.kept..(at + 1) * self.kept)?;
        Some(Block { values, filled: self.filled.get_mut(at)? })
    }

    /// A row's blocks: their values, and the zig-zag position of the last one that may not be zero.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> impl Iterator<Item = (&[i16], usize)> {
        let start = y * self.across;
        let values = self.values.chunks_exact(self.kept.max(1)).skip(start).take(self.across);
        let last = |filled: &u64| (63 - (filled | 1).leading_zeros() as usize).min(self.kept - 1);
        values.zip(self.filled.iter().skip(start).map(last))
    }
}

impl Block<'_> {
    /// Hostile values wrap around, as in libjpeg.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "as documented")]
    pub(super) fn set(&mut self, at: usize, value: i32) {
        let value = value as i16;
        if value != 0 {
            *self.filled |= 1 << (at & 63);
        }
        if let Some(kept) = self.values.get_mut(at) {
            *kept = value;
        }
    }

    /// Sets a bit of the DC coefficient.
    #[inline(always)]
    pub(super) fn set_bit(&mut self, low: u32) {
        if let Some(dc) = self.values.first_mut() {
            *dc |= 1 << low;
        }
    }

    #[inline(always)]
    pub(super) fn is_zero(&self, at: usize) -> bool {
        *self.filled >> (at & 63) & 1 == 0
    }

    /// How many coefficients are zero from here on.
    #[inline(always)]
    pub(super) fn zeros(&self, at: usize) -> usize {
        (*self.filled >> (at & 63)).trailing_zeros() as usize
    }

    /// Moves a coefficient that is not zero away from zero by a bit, if it does not have that bit.
    #[inline(always)]
    pub(super) fn refine(&mut self, at: usize, low: u32) {
        let one = 1 << low;
        if let Some(value) = self.values.get_mut(at)
            && *value & one == 0
        {
            *value = value.wrapping_add(if *value > 0 { one } else { -one });
        }
    }
}
