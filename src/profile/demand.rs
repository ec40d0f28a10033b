//! The demands that a profile is made of.

use serde::{Deserialize, Serialize, Serializer};

use crate::header::Format;
use crate::rule::Severity;

/// A demand that needs no number.
///
/// ```
/// use face_precheck::{Profile, Severity};
///
/// let profile = Profile::from_toml("extends = 'progeny-selfie'\nname = 'ours'\nmetadata = { severity = 'error' }")?;
/// assert!(profile.metadata.is_some_and(|demand| demand.severity == Severity::Error));
/// # Ok::<(), face_precheck::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Demand {
    /// How much it matters. Default in a file: `error`.
    #[serde(default)]
    pub severity: Severity,
}

/// File formats that are accepted.
///
/// ```
/// use face_precheck::{Format, Profile};
///
/// let formats = Profile::progeny_selfie().format.ok_or("none")?;
/// assert_eq!(formats.accepted, [Format::Jpeg, Format::Png]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Formats {
    /// The formats.
    pub accepted: Vec<Format>,
    /// How much it matters. Default in a file: `error`.
    #[serde(default)]
    pub severity: Severity,
}

/// A measure between two bounds; both bounds themselves are inside.
///
/// ```
/// use face_precheck::{Profile, Range, Severity};
///
/// let mut profile = Profile::progeny_selfie();
/// profile.head_pose_roll = Some(Range::between(-20.0, 20.0).with_severity(Severity::Warning));
/// assert!(profile.to_toml().contains("min = -20\nmax = 20\n"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Range {
    /// The least that is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub min: Option<f64>,
    /// The most that is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub max: Option<f64>,
    /// How far off the measure may be, in its own unit. Only for what is measured on a face, and only where it should differ from what
    /// the measurement says of itself ([`Face::uncertainty`](crate::Face::uncertainty)).
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub uncertainty: Option<f64>,
    /// How much it matters. Default in a file: `error`.
    #[serde(default)]
    pub severity: Severity,
}

/// The height that the receiver would like.
///
/// ```
/// use face_precheck::Profile;
///
/// let mut profile = Profile::progeny_selfie();
/// let height = profile.recommended_height.as_mut().ok_or("none")?;
/// assert_eq!((height.max, height.apply), (1080.0, false));
/// height.apply = true; // Reduce every photo that is higher, where the face allows it.
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct RecommendedHeight {
    /// Pixels of the upright picture.
    #[serde(serialize_with = "plain_number")]
    pub max: f64,
    /// Whether a higher picture is reduced for that alone, if the face allows it. Otherwise (the default) this height is only the aim
    /// once a picture has to be changed for other reasons.
    #[serde(default, skip_serializing_if = "is_false")]
    pub apply: bool,
    /// How much it matters. Default in a file: `error`.
    #[serde(default)]
    pub severity: Severity,
}

impl RecommendedHeight {
    /// As a range.
    pub(crate) const fn range(self) -> Range {
        Range::at_most(self.max).with_severity(self.severity)
    }
}

/// No second face, apart from small ones in the background.
///
/// ```
/// use face_precheck::Profile;
///
/// let mut profile = Profile::progeny_selfie();
/// if let Some(single) = &mut profile.single_face {
///     single.detectable_face_size_relative = 0.2; // Of a tenth before: people behind may stand nearer.
/// }
/// # assert_ne!(profile, Profile::progeny_selfie());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct SingleFace {
    /// A face besides the main one counts from this relative size on: the larger of box width over picture width and box height
    /// over picture height.
    #[serde(serialize_with = "plain_number")]
    pub detectable_face_size_relative: f64,
    /// How much it matters. Default in a file: `error`.
    #[serde(default)]
    pub severity: Severity,
}

/// The least size of the face box.
///
/// ```
/// use face_precheck::Profile;
///
/// let profile = Profile::from_toml("extends = 'progeny-selfie'\nname = 'ours'\nface-size = { min = 224, min-relative = 0.25 }")?;
/// assert_eq!(profile.face_size.and_then(|size| size.min_relative), Some(0.25));
/// # Ok::<(), face_precheck::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct FaceSize {
    /// The smaller side in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub min: Option<f64>,
    /// The larger of box width over picture width and box height over picture height.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub min_relative: Option<f64>,
    /// How far off `min` may be missed or met, as in a [`Range`].
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain")]
    pub uncertainty: Option<f64>,
    /// How much it matters. Default in a file: `error`.
    #[serde(default)]
    pub severity: Severity,
}

impl Range {
    /// At least this.
    #[must_use]
    pub const fn at_least(min: f64) -> Self {
        Self { min: Some(min), max: None, uncertainty: None, severity: Severity::Error }
    }

    /// At most this.
    #[must_use]
    pub const fn at_most(max: f64) -> Self {
        Self { min: None, max: Some(max), uncertainty: None, severity: Severity::Error }
    }

    /// From `min` to `max`.
    #[must_use]
    pub const fn between(min: f64, max: f64) -> Self {
        Self { min: Some(min), max: Some(max), uncertainty: None, severity: Severity::Error }
    }

    /// The same bounds with another severity.
    #[must_use]
    pub const fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether a value is inside. NaN never is.
    ///
    /// ```
    /// use face_precheck::Range;
    ///
    /// let height = Range::between(480.0, 4096.0);
    /// assert!(height.contains(480.0) && !height.contains(4097.0) && !height.contains(f64::NAN));
    /// ```
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        !value.is_nan() && self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) const fn is_false(value: &bool) -> bool {
    !*value
}

/// Whole numbers without a decimal point, as people write them.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn plain_number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    #[allow(clippy::cast_possible_truncation, reason = "whole and small")]
    if value.fract() == 0.0 && value.abs() < 1e15 {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

#[allow(clippy::ref_option, reason = "serde's signature")]
fn plain<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => plain_number(value, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_bounds_and_never_nan() {
        let range = Range::between(-25.0, 25.0);
        for inside in [-25.0, 0.0, 25.0] {
            assert!(range.contains(inside));
        }
        for outside in [-25.1, 25.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!range.contains(outside));
        }
        assert!(!Range::at_least(f64::NAN).contains(3.0));
    }
}
