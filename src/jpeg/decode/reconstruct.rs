//! From the coefficients of a progressive picture to samples.

use super::coefficients::Coefficients;
use super::header::{Component, Frame};
use super::layout::Layout;
use super::planes::Plane;
use super::simd::{Kernel, Lanes, dispatch};
use super::tables::Quantization;
use super::transform;
use crate::jpeg::ZIGZAG;

/// Fills the planes with a row of MCUs.
pub(super) fn row(
    frame: &Frame,
    layouts: &[Layout],
    row: usize,
    factors: &[Option<Quantization>; 4],
    coefficients: &[Coefficients; 4],
    planes: &mut [Plane; 4],
) {
    let components = frame.components.iter().zip(layouts).zip(factors).zip(coefficients).zip(planes);
    for ((((component, layout), factors), coefficients), plane) in components {
        let Some(factors) = factors else { continue };
        dispatch(Blocks { component, layout, row, factors, coefficients, plane });
    }
}

/// A component's part, for the instructions that the processor has.
struct Blocks<'a> {
    component: &'a Component,
    layout: &'a Layout,
    row: usize,
    factors: &'a Quantization,
    coefficients: &'a Coefficients,
    plane: &'a mut Plane,
}

impl Kernel for Blocks<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { component, layout, row, factors, coefficients, plane } = self;
        let (width, height) = layout.block;
        let mut multiplied = [0; 64];
        for y in row * component.down..(row + 1) * component.down {
            for (x, (values, last)) in coefficients.row(y).enumerate() {
                multiplied.fill(0);
                for ((&value, &factor), &natural) in values.iter().zip(factors).zip(&ZIGZAG).take(last + 1) {
                    multiplied[usize::from(natural & 63)] = i32::from(value) * factor;
                }
                let (samples, stride) = plane.block(x * width, y * height);
                transform::block(lanes, layout.block, &multiplied, last, samples, stride);
            }
        }
    }
}
