//! Things before a face, painted: what hides eyes or mouth, and what looks similar and hides neither.

mod canvas;
mod cloth;
mod glasses;
mod hair;
mod hands;
mod masks;
mod outline;
mod scene;
mod sunglasses;

use image::RgbImage;

use self::canvas::{Canvas, Extent};
use self::scene::Scene;
use super::face::Face;
use super::seeded::Seeded;

/// What is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Aviator,
    Wayfarer,
    RoundSunglasses,
    Oversize,
    CatEye,
    Visor,
    Narrow,
    RimlessSunglasses,
    Mirrored,
    Patterned,
    Surgical,
    Ffp2,
    Cloth,
    ClothPatterned,
    ClothSkin,
    Bandana,
    Scarf,
    ThinCloth,
    Veil,
    BelowNose,
    HalfMask,
    HandOverMouth,
    HandOverRightEye,
    HandOverLeftEye,
    HandsOverEyes,
    Fist,
    Phone,
    Cup,
    ThinGlasses,
    ThickGlasses,
    RoundGlasses,
    RimlessGlasses,
    HalfRimGlasses,
    ShortBeard,
    LongBeard,
    Moustache,
    Fringe,
}

/// What is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Covers {
    pub(crate) right_eye: bool,
    pub(crate) left_eye: bool,
    /// The mouth, and the nose too unless the shape says otherwise.
    pub(crate) lower_face: bool,
}

/// A picture with a shape in it.
#[derive(Debug, Clone)]
pub(crate) struct Painted {
    pub(crate) image: RgbImage,
    /// How much of the light behind the shape does not get through where it matters, 0 to 1.
    pub(crate) opacity: f32,
}

impl Shape {
    pub(crate) const ALL: [Self; 37] = [
        Self::Aviator,
        Self::Wayfarer,
        Self::RoundSunglasses,
        Self::Oversize,
        Self::CatEye,
        Self::Visor,
        Self::Narrow,
        Self::RimlessSunglasses,
        Self::Mirrored,
        Self::Patterned,
        Self::Surgical,
        Self::Ffp2,
        Self::Cloth,
        Self::ClothPatterned,
        Self::ClothSkin,
        Self::Bandana,
        Self::Scarf,
        Self::ThinCloth,
        Self::Veil,
        Self::BelowNose,
        Self::HalfMask,
        Self::HandOverMouth,
        Self::HandOverRightEye,
        Self::HandOverLeftEye,
        Self::HandsOverEyes,
        Self::Fist,
        Self::Phone,
        Self::Cup,
        Self::ThinGlasses,
        Self::ThickGlasses,
        Self::RoundGlasses,
        Self::RimlessGlasses,
        Self::HalfRimGlasses,
        Self::ShortBeard,
        Self::LongBeard,
        Self::Moustache,
        Self::Fringe,
    ];

    const NAMES: [&str; 37] = [
        "sunglasses-aviator",
        "sunglasses-wayfarer",
        "sunglasses-round",
        "sunglasses-oversize",
        "sunglasses-cat-eye",
        "sunglasses-visor",
        "sunglasses-narrow",
        "sunglasses-rimless",
        "sunglasses-mirrored",
        "sunglasses-patterned",
        "mask-surgical",
        "mask-ffp2",
        "mask-cloth",
        "mask-cloth-patterned",
        "mask-cloth-skin",
        "mask-bandana",
        "mask-scarf",
        "mask-thin",
        "mask-veil",
        "mask-below-nose",
        "mask-half",
        "hand-over-mouth",
        "hand-over-right-eye",
        "hand-over-left-eye",
        "hands-over-eyes",
        "hand-fist",
        "object-phone",
        "object-cup",
        "glasses-thin",
        "glasses-thick",
        "glasses-round",
        "glasses-rimless",
        "glasses-half-rim",
        "beard-short",
        "beard-long",
        "beard-moustache",
        "hair-fringe",
    ];

    pub(crate) const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// What the shape hides, whatever its seed.
    pub(crate) fn covers(self) -> Covers {
        let [eyes, face] = [
            |right_eye, left_eye| Covers { right_eye, left_eye, lower_face: false },
            |_, _| Covers { lower_face: true, ..Covers::default() },
        ];
        match self {
            Self::HandOverRightEye => eyes(true, false),
            Self::HandOverLeftEye => eyes(false, true),
            Self::HandsOverEyes => eyes(true, true),
            _ if self.is_negative() => Covers::default(),
            _ if self.name().starts_with("sunglasses") => eyes(true, true),
            _ => face(false, false),
        }
    }

    /// Whether it hides neither eyes nor mouth, and should not be taken for something that does.
    pub(crate) const fn is_negative(self) -> bool {
        self as usize >= Self::ThinGlasses as usize
    }

    /// Beyond this nothing is painted.
    fn extent(self) -> Extent {
        match self {
            Self::Scarf | Self::Veil | Self::Bandana => Extent::new(-1.7, 0.0, 1.7, 3.2),
            Self::LongBeard => Extent::new(-1.3, 0.1, 1.3, 3.0),
            Self::HandOverMouth | Self::Fist | Self::Cup | Self::Phone => Extent::new(-2.8, 0.0, 2.8, 4.6),
            Self::HandOverRightEye | Self::HandOverLeftEye | Self::HandsOverEyes => Extent::new(-3.2, -1.9, 3.2, 4.6),
            Self::Fringe => Extent::new(-1.4, -1.9, 1.4, -0.12),
            _ if self.covers().lower_face || matches!(self, Self::ShortBeard | Self::Moustache) => {
                Extent::new(-1.4, 0.0, 1.4, 2.3)
            }
            _ => Extent::new(-2.4, -0.9, 2.4, 1.0),
        }
    }
}

/// Paints a shape before a face. The same seed gives the same picture.
pub(crate) fn paint(image: &RgbImage, face: &Face, shape: Shape, seed: u64) -> Painted {
    let mut seeded = Seeded::new(seed);
    let scene = Scene::of(image, face);
    let mut canvas = Canvas::new(image, face.frame(), shape.extent());
    let opacity = match shape {
        Shape::Surgical
        | Shape::Ffp2
        | Shape::Cloth
        | Shape::ClothPatterned
        | Shape::ClothSkin
        | Shape::ThinCloth
        | Shape::BelowNose
        | Shape::HalfMask => masks::mask(&mut canvas, &scene, shape, &mut seeded),
        Shape::Bandana | Shape::Scarf | Shape::Veil => masks::shawl(&mut canvas, &scene, shape, &mut seeded),
        Shape::HandOverMouth | Shape::HandOverRightEye | Shape::HandOverLeftEye | Shape::HandsOverEyes | Shape::Fist => {
            hands::hand(&mut canvas, &scene, shape, &mut seeded)
        }
        Shape::Phone => hands::phone(&mut canvas, &scene, &mut seeded),
        Shape::Cup => hands::cup(&mut canvas, &scene, &mut seeded),
        Shape::ShortBeard | Shape::LongBeard | Shape::Moustache => hair::beard(&mut canvas, &scene, shape, &mut seeded),
        Shape::Fringe => hair::fringe(&mut canvas, &scene, &mut seeded),
        _ if shape.is_negative() => glasses::glasses(&mut canvas, &scene, shape, &mut seeded),
        _ => sunglasses::sunglasses(&mut canvas, &scene, shape, &mut seeded),
    };
    let grain = seeded.between(0.4, 1.6);
    Painted { image: canvas.over(image, grain, seeded.bits()), opacity }
}

#[cfg(test)]
pub(crate) mod tests;
