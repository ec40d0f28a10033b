//! Enlarges subsampled rows to the picture's width (T.81, A.1.1): by two with a triangle filter, as libjpeg's "fancy upsampling"
//! does to the bit, else with the nearest sample.

/// Between two rows, a quarter of the way: three parts of the nearer one.
#[inline(always)]
pub(super) fn between_rows(near: &[u8], far: &[u8], below: bool, line: &mut Vec<u8>) {
    // What is half way goes down in upper rows and up in lower ones, so that a picture does not get lighter.
    let bias = if below { 2 } else { 1 };
    line.clear();
    line.extend(near.iter().zip(far).map(|(&near, &far)| quarter(3 * u16::from(near) + u16::from(far) + bias)));
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a mean of bytes")]
const fn quarter(sum: u16) -> u8 {
    (sum >> 2) as u8
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a mean of bytes")]
const fn sixteenth(sum: u16) -> u8 {
    (sum >> 4) as u8
}

/// A row of twice as many samples.
#[inline(always)]
pub(super) fn double_across(row: &[u8], line: &mut Vec<u8>) {
    line.clear();
    let (&[first, ..], &[.., last]) = (row, row) else { return };
    if row.len() < 3 {
        return repeat_across(row, line);
    }
    line.resize(2 * row.len(), 0);
    let pairs = line.as_chunks_mut::<2>().0;
    let inner = pairs.iter_mut().skip(1).zip(row).zip(row.iter().skip(1)).zip(row.iter().skip(2));
    for (((pair, &left), &here), &right) in inner {
        let here = 3 * u16::from(here);
        *pair = [quarter(here + u16::from(left) + 1), quarter(here + u16::from(right) + 2)];
    }
    if let ([pair, ..], [_, second, ..]) = (pairs, row) {
        *pair = [first, quarter(3 * u16::from(first) + u16::from(*second) + 2)];
    }
    if let ([.., [before, end]], [.., left, _]) = (line.as_mut_slice().as_chunks_mut::<2>().0, row) {
        *before = quarter(3 * u16::from(last) + u16::from(*left) + 1);
        *end = last;
    }
}

/// A row of twice as many samples, a quarter of the way between two rows. `sums` is memory for it.
#[inline(always)]
pub(super) fn double_both(near: &[u8], far: &[u8], sums: &mut Vec<u16>, line: &mut Vec<u8>) {
    line.clear();
    if near.len() < 3 {
        return repeat_across(near, line);
    }
    sums.clear();
    sums.extend(near.iter().zip(far).map(|(&near, &far)| 3 * u16::from(near) + u16::from(far)));
    line.resize(2 * sums.len(), 0);
    let pairs = line.as_chunks_mut::<2>().0;
    let inner = pairs.iter_mut().skip(1).zip(sums.iter()).zip(sums.iter().skip(1)).zip(sums.iter().skip(2));
    for (((pair, &left), &here), &right) in inner {
        *pair = [sixteenth(3 * here + left + 8), sixteenth(3 * here + right + 7)];
    }
    if let ([pair, ..], [first, second, ..]) = (pairs, sums.as_slice()) {
        *pair = [sixteenth(4 * first + 8), sixteenth(3 * first + second + 7)];
    }
    if let ([.., pair], [.., left, last]) = (line.as_mut_slice().as_chunks_mut::<2>().0, sums.as_slice()) {
        *pair = [sixteenth(3 * last + left + 8), sixteenth(4 * last + 7)];
    }
}

/// Of rows too narrow for a filter each sample twice.
fn repeat_across(row: &[u8], line: &mut Vec<u8>) {
    line.extend(row.iter().flat_map(|&sample| [sample; 2]));
}

/// For each of `width` pixels the sample that lies under it, of which `samples` are as wide as `pixels`.
pub(super) fn nearest(row: &[u8], samples: usize, pixels: usize, width: usize, line: &mut Vec<u8>) {
    line.clear();
    let last = row.last().copied().unwrap_or(0);
    line.extend((0..width).map(|x| row.get(x * samples / pixels).copied().unwrap_or(last)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three parts of the nearer sample, one of the farther, along one axis; `at` counts enlarged samples.
    fn triangle(row: &[f64], at: usize) -> f64 {
        let far = if at.is_multiple_of(2) { (at / 2).saturating_sub(1) } else { (at / 2 + 1).min(row.len() - 1) };
        0.75 * row[at / 2] + 0.25 * row[far]
    }

    fn rows(width: usize) -> [Vec<u8>; 2] {
        [37, 91].map(|step| (0..width).map(|x| (x * step % 256) as u8).collect())
    }

    #[test]
    fn enlarged_rows_are_triangles_of_their_samples() {
        let (mut line, mut sums) = (Vec::new(), Vec::new());
        for width in 3..70 {
            let [near, far] = rows(width);
            let exact = |row: &[u8]| row.iter().map(|&sample| f64::from(sample)).collect::<Vec<_>>();
            let (near_exact, far_exact) = (exact(&near), exact(&far));
            let between: Vec<f64> = near_exact.iter().zip(&far_exact).map(|(near, far)| 0.75 * near + 0.25 * far).collect();
            let check = |line: &[u8], expected: &dyn Fn(usize) -> f64| {
                for (at, &sample) in line.iter().enumerate() {
                    assert!((f64::from(sample) - expected(at)).abs() < 0.76, "width {width}, at {at}");
                }
            };
            double_across(&near, &mut line);
            assert_eq!(line.len(), 2 * width);
            check(&line, &|at| triangle(&near_exact, at));
            double_both(&near, &far, &mut sums, &mut line);
            assert_eq!(line.len(), 2 * width);
            check(&line, &|at| triangle(&between, at));
            between_rows(&near, &far, false, &mut line);
            assert_eq!(line.len(), width);
            check(&line, &|at| between[at]);
        }
    }

    #[test]
    fn narrow_rows_are_repeated() {
        let (mut line, mut sums) = (vec![9; 30], Vec::new());
        for row in [&[][..], &[7], &[7, 200]] {
            let expected: Vec<u8> = row.iter().flat_map(|&sample| [sample; 2]).collect();
            double_across(row, &mut line);
            assert_eq!(line, expected);
            double_both(row, row, &mut sums, &mut line);
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn nearest_samples() {
        let mut line = Vec::new();
        nearest(&[1, 2, 3, 4], 2, 3, 7, &mut line);
        assert_eq!(line, [1, 1, 2, 3, 3, 4, 4]);
        nearest(&[1, 2], 1, 4, 8, &mut line);
        assert_eq!(line, [1, 1, 1, 1, 2, 2, 2, 2]);
    }
}
