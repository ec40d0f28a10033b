//! The order of the stages, read as a sentence. The only folder that imports them.

mod faces;
mod prepare;
mod preview;
mod stages;

pub use stages::Stages;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::faces::Networks;
use crate::error::{Error, Result};
use crate::face::Face;
use crate::header::Header;
use crate::image::Rgb8;
use crate::jpeg::decode::Scratch;
use crate::limits::Limits;
use crate::measures::Measures;
use crate::profile::Profile;
use crate::report::Report;
use crate::stage::decode::{Colors, Decoded, decode};
use crate::stage::detect::detect;
use crate::stage::judge::{judge, lying, rank};
use crate::stage::orient::orient;
use crate::stage::probe::probe;

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
///
/// ```
/// use face_precheck::{Engine, Profile};
///
/// fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
///
/// let engine = Engine::new()?;
/// is_shared(&engine);
/// let photo = std::fs::read("fixtures/rendered/p1_y+00_p+00_r+00.jpg")?;
/// let report = std::thread::scope(|scope| scope.spawn(|| engine.check(&photo, &Profile::progeny_selfie())).join());
/// assert_eq!(report.unwrap()?.faces().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    networks: Arc<OnceLock<Result<Networks>>>,
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
        let engine = Self::lazy();
        engine.networks()?;
        Ok(engine)
    }

    /// Loads the networks when the first picture is searched for faces: for commands that may never come to that.
    #[must_use]
    pub fn lazy() -> Self {
        Self { networks: Arc::default(), limits: Limits::default(), pool: Arc::default() }
    }

    fn networks(&self) -> Result<&Networks> {
        let networks = self.networks.get_or_init(Networks::load);
        networks.as_ref().map_err(|error| Error::Network { name: "of this engine", message: error.to_string() })
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
    /// ```
    /// use face_precheck::{Engine, Profile, Rule, Verdict};
    ///
    /// let photo = std::fs::read("fixtures/rendered/p1_y+35_p+00_r+00.jpg")?; // Turned by 35 degrees, where 25 are accepted.
    /// let report = Engine::new()?.check(&photo, &Profile::progeny_selfie())?;
    /// assert_eq!(report.verdict(), Verdict::Retake);
    /// let finding = report.findings().iter().find(|finding| finding.rule == Rule::HeadPoseYaw).ok_or("not told")?;
    /// assert_eq!(finding.code().as_str(), "FACE_ANGLE_TOO_LARGE");
    /// assert!(finding.hint.text().contains("to the right"), "{}", finding.hint);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let Decoded { image, colors, surplus } = self.scratch(|scratch| decode(bytes, &header, reduction, scratch))?;
        let mut image = orient(image, header.orientation);
        let mut faces = Vec::new();
        let mut measured = None;
        if profile.concerns_faces() {
            let networks = self.networks()?;
            let mut seen = rank(networks.faces(&image)?, &header, profile);
            // A face that lies on its side shows what the file does not say. The picture is then judged as it has to be.
            if let Some(turn) = seen.first().map(AsRef::as_ref).and_then(lying).filter(|_| profile.turns_pictures()) {
                header.turn = turn;
                image = orient(image, turn.into());
                let mut turned = networks.faces(&image)?;
                // Others may have stood upright before.
                networks.add(&image, detect(&image, turn.inverse(), &networks.full_range)?, &mut turned)?;
                networks.add(&image, detect(&image, turn.inverse(), &networks.short_range)?, &mut turned)?;
                seen = rank(turned, &header, profile);
            }
            measured = seen.first().filter(|_| profile.concerns_quality()).and_then(|main| networks.measures(&image, main));
            faces = seen.into_iter().map(|seen| seen.face).collect();
        }
        Ok(Examined { header, colors, surplus, image, faces, measures: measured })
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
}

/// How much smaller than stored a photo is decoded at first: a face that fills much of it is then seen as well as at full size.
fn first_reduction(header: &Header, profile: &Profile) -> u32 {
    let smaller_side = header.stored_width.min(header.stored_height);
    let enough = |reduction: &u32| smaller_side / reduction >= ENOUGH_PIXELS;
    // Without faces to measure all that matters is that the file can be decoded.
    REDUCTIONS.into_iter().find(|reduction| !profile.concerns_faces() || enough(reduction)).unwrap_or(1)
}

/// A picture, and what is known about it.
struct Examined {
    header: Header,
    colors: Colors,
    /// The picture's own data hold bytes that are no part of it.
    surplus: bool,
    /// Upright, and smaller than stored where that shows as much of the faces.
    image: Rgb8,
    /// The main one first.
    faces: Vec<Face>,
    /// Of the main face.
    measures: Option<Measures>,
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
        let findings = judge(header, &self.faces, self.measures.as_ref(), profile);
        Report::new(profile, header.clone(), self.faces.clone(), self.measures.as_ref(), findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What can be said without looking for faces costs no networks.
    #[test]
    fn networks_are_loaded_for_faces_only() {
        let Some(photo) = crate::repository::file("fixtures/photos/compliant/grace_hopper_enlarged_1.5x.jpg") else { return };
        let engine = Engine::lazy();
        assert!(engine.check(b"no picture", &Profile::progeny_selfie()).is_err());
        assert!(engine.check(&photo[..9000], &Profile::progeny_selfie()).is_err());
        assert!(engine.check(&photo, &Profile::progeny_document()).is_ok());
        assert!(engine.networks.get().is_none());
        assert!(engine.clone().check(&photo, &Profile::progeny_selfie()).is_ok());
        assert!(engine.networks.get().is_some(), "clones share them");
    }
}
