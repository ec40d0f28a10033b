//! The numbers among the measures, by name.

use face_precheck::{Measures, Profile, Range, Rule};

/// One number of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantity {
    /// The measure's name.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// What bounds it.
    pub(crate) rule: Option<Rule>,
    pub(crate) of: fn(&Measures) -> Option<f64>,
}

macro_rules! quantities {
    ($($constant:ident $name:literal $unit:literal $rule:expr, $of:expr;)*) => {
        $(pub(crate) const $constant: Quantity = Quantity { name: $name, unit: $unit, rule: $rule, of: $of };)*
        pub(crate) const ALL: &[Quantity] = &[$($constant),*];
    };
}

quantities! {
    UNDER_EXPOSURE "under_exposure" "share of the face" Some(Rule::UnderExposure), |measures| measures.under_exposure;
    OVER_EXPOSURE "over_exposure" "share of the face" Some(Rule::OverExposure), |measures| measures.over_exposure;
    BRIGHTNESS "brightness" "luminance" Some(Rule::Brightness), |measures| measures.brightness;
    LUMINANCE_MEAN "luminance_mean" "luminance" None, |measures| measures.luminance_mean;
    DYNAMIC_RANGE "dynamic_range" "bits" Some(Rule::DynamicRange), |measures| measures.dynamic_range;
    UNIFORMITY "illumination_uniformity" "share" Some(Rule::IlluminationUniformity), |measures| measures.illumination_uniformity;
    DIFFERENCE "illumination_difference" "stops" None, |measures| measures.illumination_difference;
    NATURAL_COLOR "natural_color" "CIELAB" Some(Rule::NaturalColor), |measures| measures.natural_color;
    GREYSCALE "greyscale" "1 if it is" None, |measures| measures.greyscale.map(|grey| f64::from(u8::from(grey)));
    BLUR "blur" "% of IED" Some(Rule::Blur), |measures| measures.blur;
    MOTION_BLUR "motion_blur" "% of IED" Some(Rule::MotionBlur), |measures| measures.motion_blur;
    SKIN_TEXTURE "skin_texture" "% of level" Some(Rule::SkinTexture), |measures| measures.skin_texture;
    EYES_OPEN "eyes_open" "IED" Some(Rule::EyesOpen), |measures| measures.eyes_open.map(|eyes| eyes.least());
    MOUTH_CLOSED "mouth_closed" "IED" Some(Rule::MouthClosed), |measures| measures.mouth_closed;
    EYES_VISIBLE "eyes_visible" "logit" Some(Rule::EyesVisible), |measures| measures.eyes_visible.map(|eyes| eyes.least());
    LOWER_FACE_VISIBLE "lower_face_visible" "logit" Some(Rule::LowerFaceVisible), |measures| measures.lower_face_visible;
    MARGIN_LEFT "margin_left" "IED" None, |measures| measures.margin_left;
    MARGIN_RIGHT "margin_right" "IED" None, |measures| measures.margin_right;
    MARGIN_ABOVE "margin_above" "eyes to chin" None, |measures| measures.margin_above;
    MARGIN_BELOW "margin_below" "eyes to chin" None, |measures| measures.margin_below;
    HEAD_SIZE "head_size" "of the height" Some(Rule::HeadSize), |measures| measures.head_size;
    BACKGROUND "background_uniformity" "levels" Some(Rule::BackgroundUniformity), |measures| measures.background_uniformity;
}

impl Quantity {
    /// What the profile demands of it.
    pub(crate) fn range(&self, profile: &Profile) -> Option<Range> {
        match self.rule? {
            Rule::HeadSize => profile.head_size,
            Rule::UnderExposure => profile.under_exposure,
            Rule::OverExposure => profile.over_exposure,
            Rule::Brightness => profile.brightness,
            Rule::DynamicRange => profile.dynamic_range,
            Rule::IlluminationUniformity => profile.illumination_uniformity,
            Rule::NaturalColor => profile.natural_color,
            Rule::Blur => profile.blur,
            Rule::MotionBlur => profile.motion_blur,
            Rule::SkinTexture => profile.skin_texture,
            Rule::EyesVisible => profile.eyes_visible,
            Rule::EyesOpen => profile.eyes_open,
            Rule::LowerFaceVisible => profile.lower_face_visible,
            Rule::MouthClosed => profile.mouth_closed,
            Rule::BackgroundUniformity => profile.background_uniformity,
            _ => None,
        }
    }

    /// Its limits.
    pub(crate) fn limits(&self, profile: &Profile) -> Vec<f64> {
        self.range(profile).map_or_else(Vec::new, |range| [range.min, range.max].into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_quality_has_a_quantity_and_its_limit_is_found() {
        let profile = Profile::progeny_selfie();
        for rule in Rule::ALL.iter().filter(|rule| rule.concerns_quality()) {
            let quantity = ALL.iter().find(|quantity| quantity.rule == Some(*rule)).unwrap();
            assert_eq!(!quantity.limits(&profile).is_empty(), profile.severity(*rule).is_some(), "{rule}");
        }
    }
}
