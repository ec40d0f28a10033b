//! The order of the stages, read as a sentence. The only file that imports them.

mod prepare;
mod stages;

pub use stages::Stages;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::error::Result;
use crate::face::{Detection, Face, SURE_PRESENCE};
use crate::geometry::{Rect, Turn};
use crate::header::Header;
use crate::image::Rgb8;
use crate::jpeg::decode::Scratch;
use crate::limits::Limits;
use crate::models;
use crate::net::Network;
use crate::profile::Profile;
use crate::report::Report;
use crate::stage::decode::{Colors, Decoded, decode};
use crate::stage::detect::{Detector, detect, detect_small};
use crate::stage::judge::{judge, lying, rank};
use crate::stage::landmarks::{self, landmarks};
use crate::stage::measure::measure;
use crate::stage::orient::orient;
use crate::stage::pose::pose;
use crate::stage::probe::probe;
use crate::stage::pupils::{self, pupils};

/// Faces that overlap more than this are one face that was detected twice.
const SAME_FACE: f64 = 0.3;

/// Two detections of one face differ by less than this in size.
const SAME_SIZE: f64 = 0.6;

/// From this part of the picture's smaller side on, a face leaves no room for a larger one that was missed.
const LARGE: f64 = 0.3;

/// How much smaller JPEGs can be decoded, and cost less.
const REDUCTIONS: [u32; 4] = [8, 4, 2, 1];

/// A reduced photo's smaller side has at least so many pixels: three times what the detectors see of it, and a face that fills a third of it
/// is seen by the landmark networks without loss.
const ENOUGH_PIXELS: u32 = 700;

/// From so many pixels between the pupils on the networks see no more in a larger picture: their crops of an eye and of the face then
/// have as many pixels as their inputs.
const ENOUGH_BETWEEN_PUPILS: f64 = 72.0;

/// The loaded networks and the limits: what checks pictures.
///
/// Loading takes longer than a check, so make one and keep it. It is `Send + Sync`, every method takes `&self`, and clones share
/// the networks.
#[derive(Debug, Clone)]
pub struct Engine {
    short_range: Detector,
    full_range: Detector,
    face_landmark: Network,
    iris_landmark: Network,
    limits: Limits,
    /// Memory of decodings that have ended, shared by clones: fresh pages cost as much as decoding does.
    pool: Arc<Mutex<Vec<Scratch>>>,
}

impl Engine {
    /// Loads the embedded networks, with the default [`Limits`].
    ///
    /// # Errors
    /// [`Error::Network`](crate::Error::Network), which would be a defect of this build.
    pub fn new() -> Result<Self> {
        // Two threads' work, more or less.
        let (detectors, landmarks) = thread::scope(|scope| {
            let load = || -> Result<_> { Ok((Detector::short_range()?, Detector::full_range()?)) };
            let detectors = thread::Builder::new().spawn_scoped(scope, load);
            let landmarks = Network::load(&models::FACE_LANDMARK, landmarks::SIDE)
                .and_then(|face| Ok((face, Network::load(&models::IRIS_LANDMARK, pupils::SIDE)?)));
            // Where no thread is to be had, or it came to nothing, it is done here.
            let detectors = detectors.ok().and_then(|detectors| detectors.join().ok()).unwrap_or_else(load);
            (detectors, landmarks)
        });
        let ((short_range, full_range), (face_landmark, iris_landmark)) = (detectors?, landmarks?);
        Ok(Self { short_range, full_range, face_landmark, iris_landmark, limits: Limits::default(), pool: Arc::default() })
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
        let examined = self.examine(bytes, profile)?;
        let report = examined.report(profile);
        self.scratch(|scratch| scratch.recycle(examined.image.into_pixels()));
        Ok(report)
    }

    /// Everything that can be known about a picture file.
    fn examine(&self, bytes: &[u8], profile: &Profile) -> Result<Examined> {
        self.limits.admit_file(bytes.len() as u64)?;
        let header = probe(bytes)?;
        self.limits.admit(&header)?;
        let mut reduction = first_reduction(&header, profile);
        loop {
            let examined = self.examine_reduced(bytes, header.clone(), profile, reduction)?;
            match examined.finer_reduction().filter(|_| profile.concerns_faces()) {
                Some(finer) => reduction = finer,
                None => return Ok(examined),
            }
            self.scratch(|scratch| scratch.recycle(examined.image.into_pixels()));
        }
    }

    /// What can be seen in a picture that is decoded at so many times less than its size.
    fn examine_reduced(&self, bytes: &[u8], mut header: Header, profile: &Profile, reduction: u32) -> Result<Examined> {
        let Decoded { image, colors } = self.scratch(|scratch| decode(bytes, &header, reduction, scratch))?;
        let mut image = orient(image, header.orientation);
        let mut faces = Vec::new();
        if profile.concerns_faces() {
            faces = rank(self.faces(&image)?, &header, profile);
            // A face that lies on its side shows what the file does not say. The picture is then judged as it has to be.
            if let Some(turn) = faces.first().and_then(lying).filter(|_| profile.turns_pictures()) {
                header.turn = turn;
                image = orient(image, turn.into());
                let mut turned = self.faces(&image)?;
                // Others may have stood upright before.
                self.add(&image, detect(&image, turn.inverse(), &self.full_range)?, &mut turned)?;
                self.add(&image, detect(&image, turn.inverse(), &self.short_range)?, &mut turned)?;
                faces = rank(turned, &header, profile);
            }
        }
        Ok(Examined { header, colors, image, faces })
    }

    /// Runs something with memory from the pool.
    fn scratch<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let pool = || self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let used = pool().pop();
        let mut scratch = used.unwrap_or_default();
        let result = work(&mut scratch);
        pool().push(scratch);
        result
    }

    /// Every face in a picture, measured. Each further look is for what the ones before may have missed.
    fn faces(&self, image: &Rgb8) -> Result<Vec<Face>> {
        let mut faces = Vec::new();
        self.add(image, detect(image, Turn::None, &self.full_range)?, &mut faces)?;
        let largest = |faces: &[Face]| faces.iter().filter(|face| face.is_sure()).map(|face| face.size_px).fold(0.0, f64::max);
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

    /// Adds what was found in one look and turns out to be a face. One that was found before is measured anew only if that makes it sure.
    fn add(&self, image: &Rgb8, detections: Vec<Detection>, faces: &mut Vec<Face>) -> Result<()> {
        for detection in detections {
            if faces.iter().any(|face| face.is_sure() && same(&face.hull, &detection.bounds)) {
                continue;
            }
            let Some(landmarks) = landmarks(image, &detection, &self.face_landmark)? else { continue };
            let hull = landmarks.hull();
            let surer = landmarks.presence >= SURE_PRESENCE;
            if faces.iter().any(|face| same(&face.hull, &hull) && (face.is_sure() || !surer)) {
                continue;
            }
            faces.retain(|face| !same(&face.hull, &hull));
            let pupils = pupils(image, &landmarks, &self.iris_landmark)?;
            faces.push(measure(&detection, &landmarks, pupils, pose(&landmarks)));
        }
        Ok(())
    }
}

/// How much smaller than stored a photo is decoded at first: a face that fills much of it is then seen as well as at full size.
fn first_reduction(header: &Header, profile: &Profile) -> u32 {
    let smaller_side = header.stored_width.min(header.stored_height);
    let enough = |reduction: &u32| smaller_side / reduction >= ENOUGH_PIXELS;
    // Without faces to measure all that matters is that the file can be decoded.
    REDUCTIONS.into_iter().find(|reduction| !profile.concerns_faces() || enough(reduction)).unwrap_or(1)
}

/// Whether two boxes are of one face: they cover much of each other, or are about as large and lie on each other's middle. A portrait that
/// somebody holds before their chin is smaller.
fn same(a: &Rect, b: &Rect) -> bool {
    let (smaller, larger) = (a.smaller_side().min(b.smaller_side()), a.smaller_side().max(b.smaller_side()));
    a.intersection_over_union(b) > SAME_FACE
        || (smaller > SAME_SIZE * larger && (a.contains(b.centre()) || b.contains(a.centre())))
}

/// A picture, and what is known about it.
struct Examined {
    header: Header,
    colors: Colors,
    /// Upright, and smaller than stored where that shows as much of the faces.
    image: Rgb8,
    /// The main one first.
    faces: Vec<Face>,
}

impl Examined {
    /// At which reduction the main face would be seen better, if it would.
    fn finer_reduction(&self) -> Option<u32> {
        let reduction = self.image.reduction();
        let Some(face) = self.faces.first().filter(|face| face.is_sure()) else {
            // Small faces may have been missed.
            return (reduction > 1).then_some(1);
        };
        let seen = |reduction: u32| face.interpupillary_distance_px / f64::from(reduction) >= ENOUGH_BETWEEN_PUPILS;
        if seen(reduction) {
            return None;
        }
        REDUCTIONS.into_iter().find(|&finer| finer < reduction && (finer == 1 || seen(finer)))
    }

    fn report(&self, profile: &Profile) -> Report {
        self.report_as(&self.header, profile)
    }

    /// The report on the same pixels in a file with another header.
    fn report_as(&self, header: &Header, profile: &Profile) -> Report {
        let findings = judge(header, &self.faces, profile);
        Report::new(profile, header.clone(), self.faces.clone(), findings)
    }
}
