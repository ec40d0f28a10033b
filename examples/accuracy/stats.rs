//! Figures of a list of numbers. An empty list has none.

/// A count as a number to divide by.
#[allow(clippy::cast_precision_loss, reason = "counts of pictures")]
pub(crate) const fn number(count: usize) -> f64 {
    count as f64
}

pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / number(values.len()))
}

/// The standard deviation of a sample, with n - 1; a single value has none.
pub(crate) fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (number(values.len()) - 1.0)).sqrt())
}

/// The value under which a share (0 to 1) of the others lies, linear between neighbours; as numpy and spreadsheets have it.
pub(crate) fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (number(sorted.len()) - 1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let below = place.floor() as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    Some(low + (high - low) * place.fract())
}

pub(crate) fn median(values: &[f64]) -> Option<f64> {
    percentile(values, 0.5)
}

pub(crate) fn max(values: &[f64]) -> Option<f64> {
    values.iter().copied().max_by(f64::total_cmp)
}

pub(crate) fn absolute(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.abs()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_figures() {
        assert_eq!((mean(&[]), median(&[]), percentile(&[], 0.9), max(&[])), (None, None, None, None));
        assert_eq!((standard_deviation(&[]), standard_deviation(&[3.0])), (None, None));
    }

    #[test]
    fn one_value_is_all_of_them() {
        let values = [-4.0];
        assert_eq!(
            (mean(&values), median(&values), percentile(&values, 0.95), max(&values)),
            (Some(-4.0), Some(-4.0), Some(-4.0), Some(-4.0))
        );
    }

    #[test]
    fn percentiles_lie_between_neighbours() {
        let values = [40.0, 10.0, 30.0, 20.0];
        assert_eq!(median(&values), Some(25.0));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(percentile(&values, 0.0), Some(10.0));
        assert_eq!(percentile(&values, 1.0), Some(40.0));
        // numpy.percentile([10, 20, 30, 40], 90)
        assert!((percentile(&values, 0.9).unwrap() - 37.0).abs() < 1e-12);
    }

    #[test]
    fn means_and_deviations() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((standard_deviation(&values).unwrap() - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(absolute(&[-1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(max(&[-3.0, -1.0, -2.0]), Some(-1.0));
    }
}
