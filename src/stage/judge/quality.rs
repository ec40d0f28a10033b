//! The rules about how good the picture of the face is.

use super::{Bound, Judge, Measured, not_assessed};
use crate::face::Sides;
use crate::hint::Message;
use crate::measures::Measures;
use crate::profile::Range;
use crate::report::{Finding, Unit};
use crate::rule::Rule;

/// How far off an eye's logit may be: of 110 photos of people with nothing before their eyes the least sure one has 0.9, which is doubted at the default
/// limit of 0, and others 2 and more.
const EYES_VISIBLE_UNCERTAINTY: f64 = 1.0;

/// How far off the lower face's logit may be: full beards have 0 and more, the default limit is -0.5, and nothing that is as sure as they are is refused.
const LOWER_FACE_UNCERTAINTY: f64 = 1.5;

/// How far off the distance between the lids may be, in distances between the pupils.
const EYES_OPEN_UNCERTAINTY: f64 = 0.01;

/// One rule: what was measured, against what.
struct Asked<'a> {
    rule: Rule,
    range: Option<Range>,
    value: Option<f64>,
    uncertainty: f64,
    unit: Unit,
    hint: &'a dyn Fn(Bound) -> Message,
}

impl Judge<'_> {
    pub(super) fn quality(&self) -> Vec<Finding> {
        let (Some(measures), profile) = (self.measures, self.profile) else { return Vec::new() };
        let demand = |rule, range, value, unit, hint| Asked { rule, range, value, uncertainty: 0.0, unit, hint };
        let light = |bound| if bound == Bound::Lower { Message::MoreLight } else { Message::LessLight };
        let distance = |bound| if bound == Bound::Lower { Message::MoveCloser } else { Message::MoveBack };
        let darker = measures.illumination_difference.unwrap_or_default();
        let color = |_| if measures.greyscale == Some(true) { Message::UseColorPhoto } else { Message::UseWhiteLight };
        let side = |_| if darker > 0.0 { Message::LightLeftSide } else { Message::LightRightSide };
        let uncover = |_| eyes(measures.eyes_visible, profile.eyes_visible, Message::UNCOVER_EYES);
        let open = |_| eyes(measures.eyes_open, profile.eyes_open, Message::OPEN_EYES);
        let visible = measures.eyes_visible.map(|eyes| eyes.least());
        let demands = [
            demand(Rule::HeadSize, profile.head_size, measures.head_size, Unit::Ratio, &distance),
            demand(Rule::UnderExposure, profile.under_exposure, measures.under_exposure, Unit::Ratio, &|_| Message::MoreLight),
            demand(Rule::OverExposure, profile.over_exposure, measures.over_exposure, Unit::Ratio, &|_| Message::LessLight),
            demand(Rule::Brightness, profile.brightness, measures.brightness, Unit::Luminance, &light),
            demand(Rule::DynamicRange, profile.dynamic_range, measures.dynamic_range, Unit::Bits, &|_| Message::CleanLens),
            demand(
                Rule::IlluminationUniformity,
                profile.illumination_uniformity,
                measures.illumination_uniformity,
                Unit::Ratio,
                &side,
            ),
            demand(Rule::NaturalColor, profile.natural_color, measures.natural_color, Unit::Cielab, &color),
            demand(Rule::Blur, profile.blur, measures.blur, Unit::PercentOfEyes, &|_| Message::Focus),
            demand(Rule::MotionBlur, profile.motion_blur, measures.motion_blur, Unit::PercentOfEyes, &|_| Message::HoldStill),
            demand(Rule::SkinTexture, profile.skin_texture, measures.skin_texture, Unit::Percent, &|_| Message::NoFilter),
            Asked {
                uncertainty: EYES_VISIBLE_UNCERTAINTY,
                ..demand(Rule::EyesVisible, profile.eyes_visible, visible, Unit::Logit, &uncover)
            },
            Asked {
                uncertainty: EYES_OPEN_UNCERTAINTY,
                ..demand(Rule::EyesOpen, profile.eyes_open, self.lids(measures), Unit::EyeDistances, &open)
            },
            Asked {
                uncertainty: LOWER_FACE_UNCERTAINTY,
                ..demand(Rule::LowerFaceVisible, profile.lower_face_visible, measures.lower_face_visible, Unit::Logit, &|_| {
                    Message::UncoverLowerFace
                })
            },
            demand(Rule::MouthClosed, profile.mouth_closed, measures.mouth_closed, Unit::EyeDistances, &|_| Message::CloseMouth),
            demand(
                Rule::BackgroundUniformity,
                profile.background_uniformity,
                measures.background_uniformity,
                Unit::Levels,
                &|_| Message::PlainBackground,
            ),
        ];
        demands.iter().filter_map(|demand| self.demanded(demand)).collect()
    }

    /// What could not be measured does not pass.
    fn demanded(&self, demand: &Asked) -> Option<Finding> {
        let &Asked { rule, range, value, uncertainty, unit, hint } = demand;
        let Some(value) = value else {
            // Structure is not looked for where everything is blurred.
            let hint = if rule == Rule::SkinTexture { Message::Focus } else { Message::FaceNotMeasured };
            return Some(not_assessed(rule, range?.severity, &hint));
        };
        self.measured(Measured { rule, range, value, uncertainty, unit }, |_, bound| hint(bound))
    }

    /// Lids of eyes that surely cannot be seen are wherever the network would have them.
    fn lids(&self, measures: &Measures) -> Option<f64> {
        let limit = self.profile.eyes_visible.and_then(|range| range.min).unwrap_or_default();
        let hidden = measures.eyes_visible.is_some_and(|eyes| eyes.least() < limit - EYES_VISIBLE_UNCERTAINTY);
        measures.eyes_open.filter(|_| !hidden).map(|eyes| eyes.least())
    }
}

/// The message about the right eye, the left one or both: those that are under the limit, or the one that is nearer to it.
fn eyes(measured: Option<Sides<f64>>, range: Option<Range>, [right, left, both]: [Message; 3]) -> Message {
    let (Some(eyes), Some(limit)) = (measured, range.and_then(|range| range.min)) else { return both };
    match (eyes.right < limit, eyes.left < limit) {
        (true, true) => both,
        (false, false) if eyes.right == eyes.left => both,
        _ if eyes.right < eyes.left => right,
        _ => left,
    }
}
