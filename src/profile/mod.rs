//! What the receiver of a photo demands.

mod demand;
mod file;
mod strictness;

use self::demand::is_false;
pub use self::demand::{Demand, FaceSize, Formats, Range, RecommendedHeight, SingleFace};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::header::Format;
use crate::rule::{Rule, Severity};

/// What the receiver of a photo demands, as plain data: one entry for each [`Rule`], under the rule's own name. A rule that is
/// `None` is not demanded.
///
/// [`Profile::progeny_selfie`] is the default. In a TOML file the keys are the rules' names; see [`Profile::from_toml`]. Both have an
/// example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// A name for reports.
    pub name: String,
    /// What kind of picture this is about.
    pub purpose: Purpose,
    /// Whether [`Engine::prepare`](crate::Engine::prepare) may cut a picture down to the surroundings of the face where the whole of it
    /// cannot be reduced to what is accepted without the face getting too small. Default: `false`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub crop: bool,
    /// What becomes of a measure that is nearer to a limit than it is sure of.
    #[serde(default, skip_serializing_if = "NearLimit::is_default")]
    pub near_limit: NearLimit,
    /// The accepted file formats.
    pub format: Option<Formats>,
    /// The stored pixels have to be upright: EXIF orientation 1 or none.
    pub orientation: Option<Demand>,
    /// The face has to be upright in the picture: the orientation is neither missing nor out of date.
    pub upright: Option<Demand>,
    /// There should be no metadata.
    pub metadata: Option<Demand>,
    /// There should be no HDR gain map.
    pub hdr_gain_map: Option<Demand>,
    /// Size of the file in bytes.
    pub file_size: Option<Range>,
    /// Width of the upright picture in pixels.
    pub width: Option<Range>,
    /// Height of the upright picture in pixels.
    pub height: Option<Range>,
    /// The height that the receiver would like, in pixels.
    pub recommended_height: Option<RecommendedHeight>,
    /// JPEG quality on the IJG's scale, 1 to 100.
    pub jpeg_quality: Option<Range>,
    /// There has to be a face.
    pub face_present: Option<Demand>,
    /// There has to be no second face.
    pub single_face: Option<SingleFace>,
    /// The smaller side of the face box.
    pub face_size: Option<FaceSize>,
    /// Distance between the pupils in pixels, as it is in the picture.
    pub interpupillary_distance: Option<Range>,
    /// Degrees; positive when the subject looks to their left.
    pub head_pose_yaw: Option<Range>,
    /// Degrees; positive when the subject looks down.
    pub head_pose_pitch: Option<Range>,
    /// Degrees; positive when the head leans toward the subject's right shoulder.
    pub head_pose_roll: Option<Range>,
    /// The whole face has to be inside the picture.
    pub face_inside: Option<Demand>,
    /// Pixels between the face box and the nearest border of the picture.
    pub face_padding: Option<Range>,
    /// Pixels of padding that fit around the face box on both sides, wherever it stands.
    pub camera_distance: Option<Range>,
    /// From the middle between the eyes to the chin, over the picture's height.
    pub head_size: Option<Range>,
    /// Share of the face that is black, 0 to 1.
    pub under_exposure: Option<Range>,
    /// Share of the face that is white, 0 to 1.
    pub over_exposure: Option<Range>,
    /// Luminance of the face's highlights, linear, 0 to 1.
    pub brightness: Option<Range>,
    /// Bits.
    pub dynamic_range: Option<Range>,
    /// What the light on both cheeks has in common, 0 to 1.
    pub illumination_uniformity: Option<Range>,
    /// Distance of the skin's colour from natural ones in CIELAB.
    pub natural_color: Option<Range>,
    /// Percent of the distance between the pupils.
    pub blur: Option<Range>,
    /// Percent of the distance between the pupils.
    pub motion_blur: Option<Range>,
    /// Percent of the skin's level.
    pub skin_texture: Option<Range>,
    /// Logit: 0 is even odds. Of the eye that is less sure.
    pub eyes_visible: Option<Range>,
    /// Distance between the lids in distances between the pupils. Of the eye that is more closed.
    pub eyes_open: Option<Range>,
    /// Logit: 0 is even odds.
    pub lower_face_visible: Option<Range>,
    /// Distance between the lips in distances between the pupils.
    pub mouth_closed: Option<Range>,
    /// Levels a pixel.
    pub background_uniformity: Option<Range>,
}

/// What kind of picture a [`Profile`] is about.
///
/// ```
/// use face_precheck::{Profile, Purpose};
///
/// let document = Profile::progeny_document();
/// assert_eq!((document.purpose, document.concerns_faces()), (Purpose::Document, false));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// A person's face.
    Selfie,
    /// A passport, a card: the file's requirements alone.
    Document,
}

/// What becomes of a measure that is nearer to a limit, on either side of it, than it is sure of.
///
/// ```
/// use face_precheck::{Cause, Engine, NearLimit, Profile, Rule, Severity};
///
/// let photo = std::fs::read("fixtures/photos/refused/grace_hopper.jpg")?; // 225.1 px of face, where 224 are demanded.
/// let mut profile = Profile::progeny_selfie();
/// profile.near_limit = NearLimit::Refuse;
/// let report = Engine::lazy().check(&photo, &profile)?;
/// let finding = report.findings().iter().find(|finding| finding.rule == Rule::FaceSize).ok_or("not told")?;
/// assert!(finding.severity == Severity::Error && matches!(finding.cause, Cause::NearLimit { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NearLimit {
    /// A warning: the receiver may well see it otherwise.
    #[default]
    Warn,
    /// As if the limit were surely missed: what is sent is then inside by more than the measurement's error.
    Refuse,
}

impl NearLimit {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The severity of a finding about a measure that is near a limit.
    pub(crate) fn severity(self, demanded: Severity) -> Severity {
        match self {
            Self::Warn => demanded.min(Severity::Warning),
            Self::Refuse => demanded,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::progeny_selfie()
    }
}

impl Profile {
    /// What the Progeny identity service documents for pictures of faces. The command prints it with its reasons:
    /// `face-precheck profile`.
    ///
    /// ```
    /// use face_precheck::{Profile, Range, Severity};
    ///
    /// let mut profile = Profile::progeny_selfie(); // Plain data, to be changed as needed.
    /// profile.name = "ours".into();
    /// profile.head_pose_yaw = Some(Range::between(-20.0, 20.0));
    /// profile.blur = Some(Range::at_most(1.5).with_severity(Severity::Error));
    /// assert_eq!(Profile::from_toml(&profile.to_toml())?, profile);
    /// # Ok::<(), face_precheck::Error>(())
    /// ```
    #[must_use]
    pub fn progeny_selfie() -> Self {
        let demand = Some(Demand { severity: Severity::Error });
        Self {
            name: "progeny-selfie".into(),
            purpose: Purpose::Selfie,
            upright: demand,
            face_present: demand,
            single_face: Some(SingleFace { detectable_face_size_relative: 0.1, severity: Severity::Error }),
            face_size: Some(FaceSize { min: Some(224.0), min_relative: None, uncertainty: None, severity: Severity::Error }),
            interpupillary_distance: Some(Range::at_least(85.0)),
            head_pose_yaw: Some(Range::between(-25.0, 25.0)),
            head_pose_pitch: Some(Range::between(-25.0, 25.0)),
            head_pose_roll: Some(Range::between(-35.0, 35.0)),
            face_inside: demand,
            face_padding: Some(Range::at_least(15.0).with_severity(Severity::Warning)),
            camera_distance: Some(Range::at_least(15.0).with_severity(Severity::Warning)),
            head_size: Some(Range::between(0.1, 0.7).with_severity(Severity::Info)),
            under_exposure: Some(Range::at_most(0.25).with_severity(Severity::Warning)),
            over_exposure: Some(Range::at_most(0.1).with_severity(Severity::Warning)),
            brightness: Some(Range::between(0.105, 0.85).with_severity(Severity::Warning)),
            dynamic_range: Some(Range::at_least(5.0).with_severity(Severity::Warning)),
            illumination_uniformity: Some(Range::at_least(0.25).with_severity(Severity::Warning)),
            natural_color: Some(Range::at_most(3.0).with_severity(Severity::Warning)),
            blur: Some(Range::at_most(1.75).with_severity(Severity::Warning)),
            motion_blur: Some(Range::at_most(5.0).with_severity(Severity::Warning)),
            skin_texture: Some(Range::at_least(0.35).with_severity(Severity::Warning)),
            eyes_visible: Some(Range::at_least(0.0)),
            eyes_open: Some(Range::at_least(0.09)),
            lower_face_visible: Some(Range::at_least(-0.5)),
            mouth_closed: Some(Range::at_most(0.15).with_severity(Severity::Warning)),
            background_uniformity: Some(Range::at_most(5.0).with_severity(Severity::Info)),
            ..Self::progeny_document()
        }
    }

    /// What the Progeny identity service documents for pictures of documents: the file's requirements alone.
    #[must_use]
    pub fn progeny_document() -> Self {
        Self {
            name: "progeny-document".into(),
            purpose: Purpose::Document,
            crop: false,
            near_limit: NearLimit::Warn,
            format: Some(Formats { accepted: vec![Format::Jpeg, Format::Png], severity: Severity::Error }),
            orientation: Some(Demand { severity: Severity::Error }),
            metadata: Some(Demand { severity: Severity::Info }),
            hdr_gain_map: Some(Demand { severity: Severity::Info }),
            file_size: Some(Range::at_most(2_000_000.0)),
            width: Some(Range::between(480.0, 4096.0)),
            height: Some(Range::between(480.0, 4096.0)),
            recommended_height: Some(RecommendedHeight { max: 1080.0, apply: false, severity: Severity::Info }),
            jpeg_quality: Some(Range::at_least(70.0)),
            upright: None,
            face_present: None,
            single_face: None,
            face_size: None,
            interpupillary_distance: None,
            head_pose_yaw: None,
            head_pose_pitch: None,
            head_pose_roll: None,
            face_inside: None,
            face_padding: None,
            camera_distance: None,
            head_size: None,
            under_exposure: None,
            over_exposure: None,
            brightness: None,
            dynamic_range: None,
            illumination_uniformity: None,
            natural_color: None,
            blur: None,
            motion_blur: None,
            skin_texture: None,
            eyes_visible: None,
            eyes_open: None,
            lower_face_visible: None,
            mouth_closed: None,
            background_uniformity: None,
        }
    }

    /// The names of the built-in profiles.
    pub const PRESETS: &'static [&'static str] = &["progeny-selfie", "progeny-document"];

    /// The built-in profile of this name.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        match name {
            "progeny-selfie" => Some(Self::progeny_selfie()),
            "progeny-document" => Some(Self::progeny_document()),
            _ => None,
        }
    }

    /// Reads a profile file.
    ///
    /// The keys are `name`, `purpose` and the rules' names, each with a table of its bounds and a `severity` (`error` unless
    /// stated); unknown keys are refused. With `extends = "progeny-selfie"` the file states only what differs from a built-in
    /// profile, and `rule = false` drops a rule. The liveness vendor's eight keys (`min_face_size`, `max_yaw`, ...) are
    /// understood in place of the rules that they set.
    ///
    /// ```
    /// use face_precheck::Profile;
    ///
    /// let strict = Profile::from_toml(r#"
    ///     extends = "progeny-selfie"
    ///     name = "strict"
    ///     head-pose-yaw = { min = -15, max = 15 }
    ///     recommended-height = false
    ///     min_pupillary_distance = 100
    /// "#)?;
    /// assert_eq!(strict.interpupillary_distance.and_then(|range| range.min), Some(100.0));
    /// # Ok::<(), face_precheck::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Profile`] with the line at fault.
    pub fn from_toml(text: &str) -> Result<Self> {
        file::read(text)
    }

    /// Writes the profile as a file that [`Profile::from_toml`] reads back to the same profile.
    #[must_use]
    pub fn to_toml(&self) -> String {
        file::write(self)
    }

    /// SHA-256 of [`Profile::to_toml`], in hexadecimal: names the exact demands that a report was made for.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(self.to_toml()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether any rule is about faces. If none is, no network runs.
    #[must_use]
    pub fn concerns_faces(&self) -> bool {
        Rule::ALL.iter().copied().any(|rule| rule.concerns_faces() && self.severity(rule).is_some())
    }

    /// Whether any rule is about how good the picture of the face is. If none is, nothing of it is measured.
    #[must_use]
    pub(crate) fn concerns_quality(&self) -> bool {
        Rule::ALL.iter().copied().any(|rule| rule.concerns_quality() && self.severity(rule).is_some())
    }

    /// Whether a picture whose face lies on its side is judged as it has to be turned.
    pub(crate) fn turns_pictures(&self) -> bool {
        self.upright.is_some_and(|demand| demand.severity == Severity::Error)
    }

    /// How much a rule matters; `None` if it is not demanded.
    #[must_use]
    pub fn severity(&self, rule: Rule) -> Option<Severity> {
        let demand = |demand: &Option<Demand>| demand.map(|demand| demand.severity);
        let range = |range: &Option<Range>| range.map(|range| range.severity);
        match rule {
            Rule::Format => self.format.as_ref().map(|formats| formats.severity),
            Rule::Orientation => demand(&self.orientation),
            Rule::Upright => demand(&self.upright),
            Rule::Metadata => demand(&self.metadata),
            Rule::HdrGainMap => demand(&self.hdr_gain_map),
            Rule::FileSize => range(&self.file_size),
            Rule::Width => range(&self.width),
            Rule::Height => range(&self.height),
            Rule::RecommendedHeight => self.recommended_height.map(|recommended| recommended.severity),
            Rule::JpegQuality => range(&self.jpeg_quality),
            Rule::FacePresent => demand(&self.face_present),
            Rule::SingleFace => self.single_face.map(|single| single.severity),
            Rule::FaceSize => self.face_size.map(|size| size.severity),
            Rule::InterpupillaryDistance => range(&self.interpupillary_distance),
            Rule::HeadPoseYaw => range(&self.head_pose_yaw),
            Rule::HeadPosePitch => range(&self.head_pose_pitch),
            Rule::HeadPoseRoll => range(&self.head_pose_roll),
            Rule::FaceInside => demand(&self.face_inside),
            Rule::FacePadding => range(&self.face_padding),
            Rule::CameraDistance => range(&self.camera_distance),
            Rule::HeadSize => range(&self.head_size),
            Rule::UnderExposure => range(&self.under_exposure),
            Rule::OverExposure => range(&self.over_exposure),
            Rule::Brightness => range(&self.brightness),
            Rule::DynamicRange => range(&self.dynamic_range),
            Rule::IlluminationUniformity => range(&self.illumination_uniformity),
            Rule::NaturalColor => range(&self.natural_color),
            Rule::Blur => range(&self.blur),
            Rule::MotionBlur => range(&self.motion_blur),
            Rule::SkinTexture => range(&self.skin_texture),
            Rule::EyesVisible => range(&self.eyes_visible),
            Rule::EyesOpen => range(&self.eyes_open),
            Rule::LowerFaceVisible => range(&self.lower_face_visible),
            Rule::MouthClosed => range(&self.mouth_closed),
            Rule::BackgroundUniformity => range(&self.background_uniformity),
        }
    }

    /// The bounds of a rule that has two ends.
    fn ranges(&self) -> impl Iterator<Item = (Rule, Range)> {
        [
            (Rule::FileSize, self.file_size),
            (Rule::Width, self.width),
            (Rule::Height, self.height),
            (Rule::RecommendedHeight, self.recommended_height.map(RecommendedHeight::range)),
            (Rule::JpegQuality, self.jpeg_quality),
            (Rule::InterpupillaryDistance, self.interpupillary_distance),
            (Rule::HeadPoseYaw, self.head_pose_yaw),
            (Rule::HeadPosePitch, self.head_pose_pitch),
            (Rule::HeadPoseRoll, self.head_pose_roll),
            (Rule::FacePadding, self.face_padding),
            (Rule::CameraDistance, self.camera_distance),
            (Rule::HeadSize, self.head_size),
            (Rule::UnderExposure, self.under_exposure),
            (Rule::OverExposure, self.over_exposure),
            (Rule::Brightness, self.brightness),
            (Rule::DynamicRange, self.dynamic_range),
            (Rule::IlluminationUniformity, self.illumination_uniformity),
            (Rule::NaturalColor, self.natural_color),
            (Rule::Blur, self.blur),
            (Rule::MotionBlur, self.motion_blur),
            (Rule::SkinTexture, self.skin_texture),
            (Rule::EyesVisible, self.eyes_visible),
            (Rule::EyesOpen, self.eyes_open),
            (Rule::LowerFaceVisible, self.lower_face_visible),
            (Rule::MouthClosed, self.mouth_closed),
            (Rule::BackgroundUniformity, self.background_uniformity),
        ]
        .into_iter()
        .filter_map(|(rule, range)| range.map(|range| (rule, range)))
    }

    /// Refuses bounds that nothing or everything could meet by mistake.
    fn validate(&self) -> Result<()> {
        let fail = |rule: Rule, what: &str| Err(Error::Profile(format!("{}: {what}", rule.id())));
        for (rule, range) in self.ranges() {
            let bounds = [range.min, range.max];
            if bounds.iter().flatten().any(|bound| !bound.is_finite()) {
                return fail(rule, "a bound is not a finite number");
            }
            match bounds {
                [None, None] => return fail(rule, "states neither `min` nor `max`"),
                [Some(min), Some(max)] if min > max => return fail(rule, "`min` is over `max`"),
                _ => {}
            }
            if range.uncertainty.is_some() && !rule.is_measured_with_uncertainty() {
                return fail(rule, "is exact and takes no `uncertainty`");
            }
            if range.uncertainty.is_some_and(|uncertainty| !(uncertainty.is_finite() && uncertainty >= 0.0)) {
                return fail(rule, "`uncertainty` has to be a finite number and not negative");
            }
        }
        if self.file_size.is_some_and(|range| range.min.is_some()) {
            return fail(Rule::FileSize, "takes only `max`");
        }
        if self.upright.is_some_and(|demand| demand.severity != Severity::Error) {
            return fail(Rule::Upright, "is an error or not demanded: a picture is judged as it lies or as it has to be turned");
        }
        if self.recommended_height.is_some_and(|recommended| recommended.max < 1.0) {
            return fail(Rule::RecommendedHeight, "`max` has to be at least 1");
        }
        let share = |value: f64| (0.0..=1.0).contains(&value);
        if let Some(size) = self.face_size {
            if size.min.is_some_and(|min| !min.is_finite()) || size.min_relative.is_some_and(|min| !share(min)) {
                return fail(Rule::FaceSize, "`min` has to be a finite number, and `min-relative` from 0 to 1");
            }
            if size.uncertainty.is_some_and(|uncertainty| !(uncertainty.is_finite() && uncertainty >= 0.0)) {
                return fail(Rule::FaceSize, "`uncertainty` has to be a finite number and not negative");
            }
            if size.min.is_none() && size.min_relative.is_none() {
                return fail(Rule::FaceSize, "states neither `min` nor `min-relative`");
            }
        }
        if self.single_face.is_some_and(|single| !share(single.detectable_face_size_relative)) {
            return fail(Rule::SingleFace, "`detectable-face-size-relative` has to be from 0 to 1");
        }
        if self.format.as_ref().is_some_and(|formats| formats.accepted.is_empty()) {
            return fail(Rule::Format, "accepts no format");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_found_by_name_and_valid() {
        for &name in Profile::PRESETS {
            let profile = Profile::preset(name).unwrap();
            assert_eq!(profile.name, name);
            profile.validate().unwrap();
        }
        assert!(Profile::preset("other").is_none());
        assert!(Profile::progeny_selfie().concerns_faces());
        assert!(!Profile::progeny_document().concerns_faces());
    }

    #[test]
    fn a_rule_has_one_name_in_reports_and_profiles() {
        let keys = toml::Table::try_from(Profile::progeny_selfie()).unwrap();
        let mut keys: Vec<_> =
            keys.keys().map(String::as_str).filter(|key| !["name", "purpose", "crop", "near-limit"].contains(key)).collect();
        let mut rules: Vec<_> = Rule::ALL.iter().copied().map(Rule::id).collect();
        keys.sort_unstable();
        rules.sort_unstable();
        assert_eq!(keys, rules);
        for rule in Rule::ALL.iter().copied() {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.id());
            assert_eq!(serde_json::to_value(rule.code()).unwrap(), rule.code().as_str());
        }
    }
}
