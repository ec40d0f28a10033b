//! The stages one by one, each on what the earlier ones made of one photo: for the benches.

use std::hint::black_box;

use super::Engine;
use crate::error::{Error, Result};
use crate::face::{Detection, Eyes, Face, HeadPose, Landmarks};
use crate::geometry::Turn;
use crate::header::{Format, Header, Orientation};
use crate::image::Rgb8;
use crate::jpeg::decode::Scratch;
use crate::measures::Measures;
use crate::profile::Profile;
use crate::stage::decode::decode;
use crate::stage::detect::detect;
use crate::stage::judge::{judge, rank};
use crate::stage::landmarks::landmarks;
use crate::stage::measure::{face, features, measures};
use crate::stage::orient::{orient, turned};
use crate::stage::pose::pose;
use crate::stage::probe::probe;
use crate::stage::pupils::pupils;

/// Everything that a check of one photo computes on the way. Not part of the public interface.
#[doc(hidden)]
#[derive(Debug)]
pub struct Stages<'a> {
    engine: &'a Engine,
    profile: &'a Profile,
    bytes: &'a [u8],
    header: Header,
    stored: Rgb8,
    upright: Rgb8,
    detection: Detection,
    landmarks: Landmarks,
    eyes: Eyes,
    pose: HeadPose,
    face: Face,
    measures: Measures,
}

impl<'a> Stages<'a> {
    /// In the order of the pipeline.
    pub const NAMES: [&'static str; 10] =
        ["probe", "decode", "orient", "detect", "landmarks", "pupils", "networks", "pose", "measure", "judge"];

    /// Runs all stages once.
    ///
    /// # Errors
    /// As [`Engine::check`], and if there is no face in the photo.
    pub fn new(engine: &'a Engine, bytes: &'a [u8], profile: &'a Profile) -> Result<Self> {
        let networks = engine.networks()?;
        let no_face = || Error::malformed(Format::Jpeg, "no face to measure the stages on");
        let header = probe(bytes)?;
        let reduction = super::first_reduction(&header, profile);
        let stored = engine.scratch(|scratch| decode(bytes, &header, reduction, scratch))?.image;
        let upright = orient(stored.clone(), header.orientation);
        let detection = detect(&upright, Turn::None, &networks.full_range)?.into_iter().next().ok_or_else(no_face)?;
        let landmarks = landmarks(&upright, &detection, &networks.face_landmark)?.ok_or_else(no_face)?;
        let eyes = pupils(&upright, &landmarks, &networks.iris_landmark)?;
        let pose = pose(&landmarks);
        let face = face(&detection, &landmarks, eyes.pupils, pose);
        let measures = measures(&upright, &face, &landmarks, &eyes, &networks.readouts);
        Ok(Self { engine, profile, bytes, header, stored, upright, detection, landmarks, eyes, pose, face, measures })
    }

    /// Runs one stage by its name.
    ///
    /// # Errors
    /// As [`Engine::check`].
    ///
    /// # Panics
    /// If there is no stage of that name.
    #[allow(clippy::panic, reason = "a bench with a wrong name should stop")]
    pub fn run(&self, name: &str) -> Result<()> {
        let networks = self.engine.networks()?;
        match name {
            "probe" => _ = black_box(probe(self.bytes)?),
            "decode" => {
                let decode = |scratch: &mut Scratch| decode(self.bytes, &self.header, self.stored.reduction(), scratch);
                let image = black_box(self.engine.scratch(decode)?.image);
                self.engine.scratch(|scratch| scratch.recycle(image.into_pixels()));
            }
            // As phones store it: a photo that is upright already costs nothing.
            "orient" => _ = black_box(turned(&self.stored, Orientation::Rotate90)),
            "detect" => _ = black_box(detect(&self.upright, Turn::None, &networks.full_range)?),
            "landmarks" => _ = black_box(landmarks(&self.upright, &self.detection, &networks.face_landmark)?),
            "pupils" => _ = black_box(pupils(&self.upright, &self.landmarks, &networks.iris_landmark)?),
            // By themselves, on inputs that are there already: a detector, the mesh, and both eyes.
            "networks" => {
                for network in [&networks.face_landmark, &networks.iris_landmark, &networks.iris_landmark] {
                    _ = black_box(network.run::<3>(|_| ())?);
                }
                _ = black_box(networks.full_range.run_again()?);
            }
            "pose" => _ = black_box(pose(&self.landmarks)),
            "measure" => {
                let face = black_box(face(&self.detection, &self.landmarks, self.eyes.pupils, self.pose));
                _ = black_box(measures(&self.upright, &face, &self.landmarks, &self.eyes, &networks.readouts));
            }
            "judge" => _ = black_box(judge(&self.header, std::slice::from_ref(&self.face), Some(&self.measures), self.profile)),
            other => panic!("no stage is called {other}"),
        }
        Ok(())
    }
}

impl Engine {
    /// What tells whether each eye and the lower face can be seen: for fitting the readouts of `models/`. Not part of the public interface.
    /// `None` where no face can be measured.
    ///
    /// # Errors
    /// As [`Engine::check`].
    #[doc(hidden)]
    pub fn features(&self, bytes: &[u8]) -> Result<Option<[Vec<f32>; 3]>> {
        let profile = Profile::progeny_selfie();
        let examined = self.examine(bytes, &profile)?;
        let networks = self.networks()?;
        let main = rank(networks.faces(&examined.image)?, &examined.header, &profile).into_iter().next();
        let main = main.filter(|seen| seen.face.is_reliable());
        Ok(main.map(|main| {
            let found = features(&examined.image, &main.landmarks, &main.eyes);
            [found.eyes.right, found.eyes.left, found.lower_face]
        }))
    }
}
