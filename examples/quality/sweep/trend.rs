//! Whether numbers go the way that they should, and what is typical of them.

/// How a measure answers to more and more damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trend {
    Rises,
    Falls,
    /// It rises to one largest value, and falls from there.
    Peaks,
    /// It falls to one least value, and rises from there.
    Dips,
    /// It does not care.
    Stays,
}

impl Trend {
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Rises => "rises",
            Self::Falls => "falls",
            Self::Peaks => "rises and falls",
            Self::Dips => "falls and rises",
            Self::Stays => "stays",
        }
    }

    /// The largest step against the trend, and the places that it is between; a size of 0 if there is none. Of what should stay it
    /// is the largest distance from the first value. Places without a value are passed over.
    pub(crate) fn against(self, values: &[Option<f64>]) -> Step {
        let taken: Vec<(usize, f64)> = values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?))).collect();
        let Some(&first) = taken.first() else { return Step::default() };
        let turn = |sign: f64| {
            let best = |a: &&(usize, f64), b: &&(usize, f64)| (sign * a.1).total_cmp(&(sign * b.1));
            taken.iter().max_by(best).map_or(0, |(place, _)| *place)
        };
        let wrong = |from: (usize, f64), to: (usize, f64)| {
            let rises = match self {
                Self::Rises => true,
                Self::Falls => false,
                Self::Peaks => to.0 <= turn(1.0),
                Self::Dips => to.0 > turn(-1.0),
                Self::Stays => return (to.1 - from.1).abs(),
            };
            if rises { from.1 - to.1 } else { to.1 - from.1 }
        };
        let mut worst = Step::default();
        for pair in taken.windows(2) {
            let from = if self == Self::Stays { first } else { pair[0] };
            let size = wrong(from, pair[1]);
            if size > worst.size {
                worst = Step { size, from: from.0, to: pair[1].0 };
            }
        }
        worst
    }
}

/// From one place to another.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Step {
    pub(crate) size: f64,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// What is typical of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Typical {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Typical {
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let quantile = |part| quantile(values, part);
        Some(Self { median: quantile(0.5)?, least: quantile(0.0)?, most: quantile(1.0)? })
    }
}

/// The value that a part (0 to 1) of the numbers stay under, between two of them as far as it has to be.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among some hundred numbers"
)]
pub(crate) fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (place.floor(), place.ceil());
    let at = |place: f64| sorted[place as usize];
    Some(at(low) + (at(high) - at(low)) * (place - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(trend: Trend, values: &[f64]) -> f64 {
        trend.against(&values.iter().copied().map(Some).collect::<Vec<_>>()).size
    }

    #[test]
    fn equal_steps_are_no_steps_against_a_trend() {
        assert_eq!(size(Trend::Rises, &[1.0, 1.0, 2.0]), 0.0);
        assert_eq!(size(Trend::Falls, &[2.0, 1.0, 1.0]), 0.0);
        assert_eq!(size(Trend::Peaks, &[0.0, 3.0, 3.0, 1.0]), 0.0);
        assert_eq!(size(Trend::Dips, &[3.0, 1.0, 1.0, 2.0]), 0.0);
    }

    #[test]
    fn the_largest_step_against_a_trend_is_found() {
        assert_eq!(size(Trend::Rises, &[1.0, 0.5, 3.0, 1.0]), 2.0);
        assert_eq!(size(Trend::Falls, &[1.0, 0.5, 3.0, 1.0]), 2.5);
        assert_eq!(size(Trend::Peaks, &[0.0, 3.0, 1.0, 2.5]), 1.5);
        assert_eq!(size(Trend::Dips, &[2.0, 3.0, 1.0, 2.0, 1.5]), 1.0);
        assert_eq!(size(Trend::Stays, &[2.0, 3.0, 1.5, 3.5]), 1.5);
        assert_eq!(Trend::Rises.against(&[Some(2.0), None, Some(1.0)]), Step { size: 1.0, from: 0, to: 2 });
        assert_eq!(Trend::Rises.against(&[None, None]), Step::default());
    }

    #[test]
    fn quantiles_lie_between_numbers() {
        assert_eq!(Typical::of(&[4.0, 1.0, 3.0, 2.0]), Some(Typical { median: 2.5, least: 1.0, most: 4.0 }));
        assert_eq!((quantile(&[7.0], 0.95), quantile(&[], 0.5)), (Some(7.0), None));
    }
}
