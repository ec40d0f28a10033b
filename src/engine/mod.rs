//! The order of the stages, read as a sentence. The only file that imports them.

mod prepare;
mod stages;

pub use stages::Stages;

use crate::error::Result;
use crate::face::{Detection, Face};
use crate::header::Header;
use crate::image::Rgb8;
use crate::limits::Limits;
use crate::models;
use crate::net::Network;
use crate::profile::Profile;
use crate::report::Report;
use crate::stage::decode::{Colors, Decoded, decode};
use crate::stage::detect::{self, detect, detect_small};
use crate::stage::judge::{judge, rank};
use crate::stage::landmarks::{self, landmarks};
use crate::stage::measure::measure;
use crate::stage::orient::orient;
use crate::stage::pose::pose;
use crate::stage::probe::probe;
use crate::stage::pupils::{self, pupils};

/// Faces whose landmark hulls overlap more than this are one face that was detected twice.
const SAME_FACE: f64 = 0.3;

/// The loaded networks and the limits: what checks pictures.
///
/// Loading takes longer than a check, so make one and keep it. It is `Send + Sync`, every method takes `&self`, and clones share
/// the networks.
#[derive(Debug, Clone)]
pub struct Engine {
    face_detection: Network,
    face_landmark: Network,
    iris_landmark: Network,
    limits: Limits,
}

impl Engine {
    /// Loads the embedded networks, with the default [`Limits`].
    ///
    /// # Errors
    /// [`Error::Network`](crate::Error::Network), which would be a defect of this build.
    pub fn new() -> Result<Self> {
        Ok(Self {
            face_detection: Network::load(&models::FACE_DETECTION, detect::SIDE)?,
            face_landmark: Network::load(&models::FACE_LANDMARK, landmarks::SIDE)?,
            iris_landmark: Network::load(&models::IRIS_LANDMARK, pupils::SIDE)?,
            limits: Limits::default(),
        })
    }

    /// The same networks with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What is checked before memory is spent on a picture.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Checks a picture file against a profile.
    ///
    /// # Errors
    /// No verdict was possible: the file cannot be read ([`Error::Empty`](crate::Error::Empty), [`Error::UnknownFormat`](crate::Error::UnknownFormat),
    /// [`Error::UnsupportedFormat`](crate::Error::UnsupportedFormat), [`Error::Malformed`](crate::Error::Malformed)) or is over the limits ([`Error::LimitExceeded`](crate::Error::LimitExceeded)). Every picture that
    /// can be read gives a [`Report`]. [`Error::Network`](crate::Error::Network) would be a defect of this build.
    pub fn check(&self, bytes: &[u8], profile: &Profile) -> Result<Report> {
        Ok(self.examine(bytes, profile)?.report(profile))
    }

    /// Everything that can be known about a picture file.
    fn examine(&self, bytes: &[u8], profile: &Profile) -> Result<Examined> {
        self.limits.admit_file(bytes.len() as u64)?;
        let header = probe(bytes)?;
        self.limits.admit(&header)?;
        let Decoded { image, colors } = decode(bytes, &header)?;
        let image = orient(image, header.orientation);
        let faces = if profile.concerns_faces() { self.faces(&image)? } else { Vec::new() };
        let faces = rank(faces, &header, profile);
        Ok(Examined { header, colors, image, faces })
    }

    /// Every face in an upright picture, measured. Small ones are looked for only where there are no others.
    fn faces(&self, image: &Rgb8) -> Result<Vec<Face>> {
        let faces = self.measured(image, detect(image, &self.face_detection)?)?;
        if faces.is_empty() { self.measured(image, detect_small(image, &self.face_detection)?) } else { Ok(faces) }
    }

    /// What was detected, if it is a face.
    fn measured(&self, image: &Rgb8, detections: Vec<Detection>) -> Result<Vec<Face>> {
        let mut faces: Vec<Face> = Vec::new();
        for detection in detections {
            let Some(landmarks) = landmarks(image, &detection, &self.face_landmark)? else { continue };
            let hull = landmarks.hull();
            if faces.iter().any(|face| face.hull.intersection_over_union(&hull) > SAME_FACE) {
                continue;
            }
            let pupils = pupils(image, &landmarks, &self.iris_landmark)?;
            faces.push(measure(&detection, &landmarks, pupils, pose(&landmarks)));
        }
        Ok(faces)
    }
}

/// A picture, and what is known about it.
struct Examined {
    header: Header,
    colors: Colors,
    /// Upright.
    image: Rgb8,
    /// The main one first.
    faces: Vec<Face>,
}

impl Examined {
    fn report(&self, profile: &Profile) -> Report {
        self.report_as(&self.header, profile)
    }

    /// The report on the same pixels in a file with another header.
    fn report_as(&self, header: &Header, profile: &Profile) -> Report {
        let findings = judge(header, &self.faces, profile);
        Report::new(profile, header.clone(), self.faces.clone(), findings)
    }
}
