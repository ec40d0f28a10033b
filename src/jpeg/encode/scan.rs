//! Quantised blocks as symbols (ITU-T T.81, F.1.2): counted, or written.

use crate::jpeg::ZIGZAG;
use crate::jpeg::encode::bits::Bits;
use crate::jpeg::encode::huffman::{Codes, Counts};
use crate::jpeg::encode::quantise::{Quantiser, transposed};
use crate::jpeg::encode::transform::Block;

/// Luminance's and chrominance's.
#[derive(Debug, Clone)]
pub(crate) struct Tables<T> {
    pub(crate) dc: T,
    pub(crate) ac: T,
}

/// What becomes of symbols and the bits behind them.
pub(crate) trait Sink {
    fn dc(&mut self, symbol: u32, bits: u32);
    fn ac(&mut self, symbol: u32, bits: u32);
}

/// Counts symbols.
#[derive(Debug)]
pub(crate) struct Counter<'a>(pub(crate) &'a mut Tables<Counts>);

impl Sink for Counter<'_> {
    #[inline(always)]
    fn dc(&mut self, symbol: u32, _: u32) {
        self.0.dc[(symbol & 0xff) as usize] += 1;
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u32, _: u32) {
        self.0.ac[(symbol & 0xff) as usize] += 1;
    }
}

/// Writes symbols.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) codes: &'a Tables<Codes>,
    pub(crate) bits: &'a mut Bits,
    pub(crate) to: &'a mut Vec<u8>,
}

impl Sink for Writer<'_> {
    #[inline(always)]
    fn dc(&mut self, symbol: u32, bits: u32) {
        let (code, length) = self.codes.dc.of(symbol);
        self.bits.put(code | bits, length, self.to);
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u32, bits: u32) {
        let (code, length) = self.codes.ac.of(symbol);
        self.bits.put(code | bits, length, self.to);
    }
}

/// Where coefficients stand, in zig-zag order.
static PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut k = 0;
    while k < 64 {
        #[allow(clippy::cast_possible_truncation, reason = "under 64")]
        {
            places[k] = transposed(ZIGZAG[k] as usize) as u8;
        }
        k += 1;
    }
    places
};

/// No coefficient but zeros to the block's end.
const END_OF_BLOCK: u32 = 0;
/// Sixteen zeros.
const ZERO_RUN: u32 = 0xf0;

/// The bits of a number that tell it among those of its length (F.1.2.1), and their number.
#[inline(always)]
fn category(magnitude: u32, bits: u32) -> (u32, u32) {
    let size = 32 - magnitude.leading_zeros();
    (size, bits & ((1 << (size & 31)) - 1))
}

/// Hands a block's symbols to a sink. `previous` is the DC coefficient of the component's block before.
#[inline(always)]
#[allow(clippy::cast_sign_loss, reason = "bits of a number")]
pub(crate) fn block(block: &Block, quantiser: &Quantiser, previous: &mut i32, sink: &mut impl Sink) {
    let quantised = quantiser.quantise(block);

    let magnitude = i32::from(quantised.magnitudes[0]);
    let dc = if quantised.bits[0] == quantised.magnitudes[0] { magnitude } else { -magnitude };
    let difference = dc - *previous;
    *previous = dc;
    let (size, bits) = category(difference.unsigned_abs(), (difference + (difference >> 31)) as u32);
    sink.dc(size, bits);

    let mut left = quantised.nonzero & !1;
    let mut next = 1;
    while left != 0 {
        let k = left.trailing_zeros();
        left &= left - 1;
        let mut run = k - next;
        next = k + 1;
        while run > 15 {
            sink.ac(ZERO_RUN, 0);
            run -= 16;
        }
        let at = usize::from(PLACES[(k & 63) as usize] & 63);
        let (size, bits) = category(quantised.magnitudes[at].into(), quantised.bits[at].into());
        sink.ac((run << 4) | size, bits);
    }
    if next != 64 {
        sink.ac(END_OF_BLOCK, 0);
    }
}
