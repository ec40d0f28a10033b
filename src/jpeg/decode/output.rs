//! Puts rows of pixels together from the components' planes.

use super::color::{interleave, ycbcr_to_rgb};
use super::header::Coding;
use super::layout::{Layout, Spread};
use super::planes::Plane;
use super::simd::{Kernel, Lanes, dispatch};
use super::upsample::{between_rows, double_across, double_both, nearest};
use super::{Error, Result, Scale};

/// Memory for enlarged rows.
#[derive(Debug, Default)]
pub(super) struct Lines {
    enlarged: [Vec<u8>; 4],
    sums: Vec<u16>,
    colors: [Vec<u8>; 4],
}

/// The picture as far as it is put together.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) coding: Coding,
    pub(super) layouts: Vec<Layout>,
    pub(super) samples: Vec<u8>,
    /// Rows that are done.
    done: usize,
}

impl Output {
    pub(super) fn new(
        size: (usize, usize),
        scale: Scale,
        coding: Coding,
        layouts: Vec<Layout>,
        mut samples: Vec<u8>,
    ) -> Result<Self> {
        let (width, height) = (size.0.div_ceil(scale.divisor()), size.1.div_ceil(scale.divisor()));
        samples.clear();
        let size = width.saturating_mul(height).saturating_mul(coding.color.channels());
        samples.try_reserve_exact(size).map_err(|_| Error::Unsupported("a picture that does not fit in memory"))?;
        Ok(Self { width, height, coding, layouts, samples, done: 0 })
    }

    /// Adds the rows that the planes allow to, when these hold rows as far as there would be so many of the picture's. Where
    /// chroma is spread over two rows, the last one waits for what is below it.
    pub(super) fn add_rows(&mut self, decoded: usize, planes: &[Plane; 4], lines: &mut Lines) {
        let waits = self.layouts.iter().any(|layout| layout.down == Spread::Double);
        let to = if decoded >= self.height { self.height } else { decoded - usize::from(waits) };
        dispatch(Rows { output: self, to, planes, lines });
    }
}

/// Rows to be added, for the instructions that the processor has.
struct Rows<'a> {
    output: &'a mut Output,
    to: usize,
    planes: &'a [Plane; 4],
    lines: &'a mut Lines,
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let Output { width, layouts, samples, coding, done, .. } = self.output;
        for y in *done..self.to {
            let Lines { enlarged: [a, b, c, d], sums, colors } = &mut *self.lines;
            let [plane_a, plane_b, plane_c, plane_d] = self.planes;
            match layouts.as_slice() {
                [only] => samples.extend_from_slice(row(plane_a, only, y, *width, sums, a)),
                [layout_a, layout_b, layout_c] => {
                    let rows = [
                        row(plane_a, layout_a, y, *width, sums, a),
                        row(plane_b, layout_b, y, *width, sums, b),
                        row(plane_c, layout_c, y, *width, sums, c),
                    ];
                    if coding.transformed { ycbcr_to_rgb(rows, colors, samples) } else { interleave(rows, samples) }
                }
                [layout_a, layout_b, layout_c, layout_d] => {
                    let rows = [
                        row(plane_a, layout_a, y, *width, sums, a),
                        row(plane_b, layout_b, y, *width, sums, b),
                        row(plane_c, layout_c, y, *width, sums, c),
                        row(plane_d, layout_d, y, *width, sums, d),
                    ];
                    interleave(rows, samples);
                }
                _ => {}
            }
        }
        *done = self.to;
    }
}

/// A component's samples for a row of pixels.
#[inline(always)]
fn row<'a>(plane: &'a Plane, layout: &Layout, y: usize, width: usize, sums: &mut Vec<u16>, line: &'a mut Vec<u8>) -> &'a [u8] {
    // A row lies nearer to one of two rows of samples, and the other one is above or below.
    let (near, below) = (y / 2, y % 2 == 1);
    let far = if below { near + 1 } else { near.saturating_sub(1) };
    match (layout.across, layout.down) {
        (Spread::Same, Spread::Same) => return plane.row(y),
        (Spread::Double, Spread::Same) => double_across(plane.row(y), line),
        (Spread::Same, Spread::Double) => between_rows(plane.row(near), plane.row(far), below, line),
        (Spread::Double, Spread::Double) => double_both(plane.row(near), plane.row(far), sums, line),
        (across, down) => {
            let (_, y) = nearest_row(down, y);
            let (samples, pixels) = nearest_row(across, 0).0;
            nearest(plane.row(y), samples, pixels, width, line);
        }
    }
    line.get(..width).unwrap_or_default()
}

/// How many samples there are for how many pixels, and which one lies under a pixel.
fn nearest_row(spread: Spread, at: usize) -> ((usize, usize), usize) {
    let (samples, pixels) = match spread {
        Spread::Same => (1, 1),
        Spread::Double => (1, 2),
        Spread::Other { samples, pixels } => (samples, pixels),
    };
    ((samples, pixels), at * samples / pixels)
}
