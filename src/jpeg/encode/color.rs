//! RGB to luminance and chrominance (JFIF), and the averaging of chrominance.

/// Pixels that are converted at a time: eight blocks' width.
pub(crate) const RUN: usize = 64;

/// What one unit of the 8-bit scale is in a sample. Averages have a fraction; what a pixel has is rounded as a decoder rounds, which
/// was measured to be nearer to the picture at equal bytes than samples with a fraction (0.02 dB at quality 95).
pub(crate) const UNIT: i16 = 64;

/// Samples of a row, shifted to be centred on zero: luminance minus 128, Cb, Cr.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Samples {
    pub(crate) y: [i16; RUN],
    pub(crate) cb: [i16; RUN],
    pub(crate) cr: [i16; RUN],
}

/// The share of a channel, in 256ths: `channel` holds 8 bits and eight of fraction, `weight` 65,536ths.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "at most 255 * 256")]
fn share(channel: u16, weight: u16) -> u16 {
    ((u32::from(channel) * u32::from(weight)) >> 16) as u16
}

/// Rounds 256ths down, and centres on zero.
#[inline(always)]
#[allow(clippy::cast_possible_wrap, reason = "at most 255 * 64")]
fn sample(component: u16) -> i16 {
    ((component >> 2) & !63) as i16 - 128 * UNIT
}

/// Converts a row.
#[inline(always)]
pub(crate) fn convert(rgb: &[u8; 3 * RUN]) -> Samples {
    // Apart first: the steps below then work on whole vectors.
    let mut channels = [[0_u8; RUN]; 3];
    for i in 0..RUN {
        channels[0][i] = rgb[3 * i];
        channels[1][i] = rgb[3 * i + 1];
        channels[2][i] = rgb[3 * i + 2];
    }
    let mut samples = Samples { y: [0; RUN], cb: [0; RUN], cr: [0; RUN] };
    for i in 0..RUN {
        let [r, g, b] = [channels[0][i], channels[1][i], channels[2][i]].map(|channel| u16::from(channel) << 8);
        // A component's weights add up to one or to nothing. To each, one half is added for rounding, and what the shares lose on
        // average. White is exact, and grey has no colour.
        let y = share(r, 19595) + share(g, 38470) + share(b, 7471) + 129;
        let cb = (b >> 1) + (128 << 8) + 127 - share(r, 11058) - share(g, 21710);
        let cr = (r >> 1) + (128 << 8) + 127 - share(g, 27439) - share(b, 5329);
        samples.y[i] = sample(y);
        samples.cb[i] = sample(cb);
        samples.cr[i] = sample(cr);
    }
    samples
}

/// Averages the chrominance of two rows over squares of two by two.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "an average is no larger than what it is of")]
pub(crate) fn average(upper: &[i16; RUN], lower: &[i16; RUN]) -> [i16; RUN / 2] {
    let mut columns = [0_i16; RUN];
    for i in 0..RUN {
        columns[i] = upper[i] + lower[i];
    }
    let mut squares = [0_i16; RUN / 2];
    for i in 0..RUN / 2 {
        squares[i] = ((i32::from(columns[2 * i]) + i32::from(columns[2 * i + 1]) + 2) >> 2) as i16;
    }
    squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_those_of_the_definition_within_rounding() {
        let mut exact = 0;
        let mut all = 0;
        for colour in (0..1 << 24).step_by(61) {
            let [_, r, g, b] = u32::to_be_bytes(colour);
            let samples = convert(&std::array::from_fn(|i| [r, g, b][i % 3]));
            let [r, g, b] = [r, g, b].map(f64::from);
            let expected = [
                0.299 * r + 0.587 * g + 0.114 * b - 128.0,
                -0.168736 * r - 0.331264 * g + 0.5 * b,
                0.5 * r - 0.418688 * g - 0.081312 * b,
            ];
            for (found, expected) in [samples.y[0], samples.cb[63], samples.cr[31]].into_iter().zip(expected) {
                let found = f64::from(found) / f64::from(UNIT);
                assert!((found - expected).abs() < 0.51, "{found} for {expected} of {r} {g} {b}");
                all += 1;
                exact += usize::from(found == (expected + 0.5 - 1e-6).floor());
            }
        }
        assert!(exact * 1000 > all * 990, "{exact} of {all}");
    }

    #[test]
    fn grey_has_no_colour() {
        for grey in 0..=255 {
            let samples = convert(&[grey; 3 * RUN]);
            assert_eq!(samples.y, [(i16::from(grey) - 128) * UNIT; RUN]);
            assert_eq!((samples.cb, samples.cr), ([0; RUN], [0; RUN]));
        }
    }

    #[test]
    fn an_average_is_of_four() {
        let row = |first: i16| std::array::from_fn(|i| first * (i16::try_from(i).unwrap() - 32));
        let found = average(&row(255), &row(-3));
        for (i, found) in (0..).zip(found) {
            assert_eq!(found, (252 * (4 * i - 63) + 2) >> 2);
        }
        assert_eq!(average(&[8128; RUN], &[8128; RUN]), [8128; RUN / 2]);
        assert_eq!(average(&[-8192; RUN], &[-8192; RUN]), [-8192; RUN / 2]);
    }
}
