//! The networks, and how they look for faces: each further look is for what the ones before may have missed.

use std::thread;

use crate::error::Result;
use crate::face::{Detection, Eyes, Face, Landmarks, SURE_PRESENCE};
use crate::geometry::{Rect, Turn};
use crate::image::Rgb8;
use crate::measures::Measures;
use crate::models;
use crate::net::Network;
use crate::stage::detect::{Detector, detect, detect_small};
use crate::stage::landmarks::{self, landmarks};
use crate::stage::measure::{Readouts, face, measures};
use crate::stage::pose::pose;
use crate::stage::pupils::{self, pupils};

/// Faces that overlap more than this are one face that was detected twice.
const SAME_FACE: f64 = 0.3;

/// Two detections of one face differ by less than this in size.
const SAME_SIZE: f64 = 0.6;

/// From this part of the picture's smaller side on, a face leaves no room for a larger one that was missed.
const LARGE: f64 = 0.3;

/// All that are embedded.
#[derive(Debug)]
pub(super) struct Networks {
    pub(super) short_range: Detector,
    pub(super) full_range: Detector,
    pub(super) face_landmark: Network,
    pub(super) iris_landmark: Network,
    pub(super) readouts: Readouts,
}

/// A face, and what its measures were taken from.
pub(super) struct Seen {
    pub(super) face: Face,
    pub(super) landmarks: Landmarks,
    pub(super) eyes: Eyes,
}

impl AsRef<Face> for Seen {
    fn as_ref(&self) -> &Face {
        &self.face
    }
}

impl Networks {
    /// Loads them on two threads, each with about half of the work.
    pub(super) fn load() -> Result<Self> {
        thread::scope(|scope| {
            let load = || -> Result<_> { Ok((Detector::short_range()?, Detector::full_range()?)) };
            let detectors = thread::Builder::new().spawn_scoped(scope, load);
            let face_landmark = Network::load(&models::FACE_LANDMARK, landmarks::SIDE)?;
            let iris_landmark = Network::load(&models::IRIS_LANDMARK, pupils::SIDE)?;
            // Where no thread is to be had, or it came to nothing, it is done here.
            let detectors = detectors.ok().and_then(|detectors| detectors.join().ok());
            let (short_range, full_range) = detectors.unwrap_or_else(load)?;
            Ok(Self { short_range, full_range, face_landmark, iris_landmark, readouts: Readouts::load()? })
        })
    }

    /// Every face in a picture, measured. Each further look is for what the ones before may have missed.
    pub(super) fn faces(&self, image: &Rgb8) -> Result<Vec<Seen>> {
        let mut faces = Vec::new();
        self.add(image, detect(image, Turn::None, &self.full_range)?, &mut faces)?;
        let largest = |faces: &[Seen]| {
            faces.iter().map(|seen| &seen.face).filter(|face| face.is_sure()).map(|face| face.size_px).fold(0.0, f64::max)
        };
        let smaller_side = image.bounds().smaller_side();
        // One that fills the picture.
        if largest(&faces) < LARGE * smaller_side {
            self.add(image, detect(image, Turn::None, &self.short_range)?, &mut faces)?;
        }
        // One that lies on its side or its head.
        if largest(&faces) == 0.0 {
            for turn in Turn::TURNS {
                self.add(image, detect(image, turn, &self.full_range)?, &mut faces)?;
                self.add(image, detect(image, turn, &self.short_range)?, &mut faces)?;
            }
        }
        // One that is small.
        if largest(&faces) == 0.0 {
            self.add(image, detect_small(image, &self.full_range)?, &mut faces)?;
        }
        Ok(faces)
    }

    /// How good the picture of a face is; `None` if the face could not be measured.
    pub(super) fn measures(&self, image: &Rgb8, Seen { face, landmarks, eyes }: &Seen) -> Option<Measures> {
        face.is_reliable().then(|| measures(image, face, landmarks, eyes, &self.readouts))
    }

    /// Adds what was found in one look and turns out to be a face. One that was found before is measured anew only if that makes it sure.
    pub(super) fn add(&self, image: &Rgb8, detections: Vec<Detection>, faces: &mut Vec<Seen>) -> Result<()> {
        for detection in detections {
            if faces.iter().any(|Seen { face, .. }| face.is_sure() && same(&face.hull, &detection.bounds)) {
                continue;
            }
            let Some(landmarks) = landmarks(image, &detection, &self.face_landmark)? else { continue };
            let hull = landmarks.hull();
            let surer = landmarks.presence >= SURE_PRESENCE;
            if faces.iter().any(|Seen { face, .. }| same(&face.hull, &hull) && (face.is_sure() || !surer)) {
                continue;
            }
            faces.retain(|Seen { face, .. }| !same(&face.hull, &hull));
            let eyes = pupils(image, &landmarks, &self.iris_landmark)?;
            let face = face(&detection, &landmarks, eyes.pupils, pose(&landmarks));
            faces.push(Seen { face, landmarks, eyes });
        }
        Ok(())
    }
}

/// Whether two boxes are of one face: they cover much of each other, or are about as large and lie on each other's middle. A portrait that
/// somebody holds before their chin is smaller.
fn same(a: &Rect, b: &Rect) -> bool {
    let (smaller, larger) = (a.smaller_side().min(b.smaller_side()), a.smaller_side().max(b.smaller_side()));
    a.intersection_over_union(b) > SAME_FACE
        || (smaller > SAME_SIZE * larger && (a.contains(b.centre()) || b.contains(a.centre())))
}
