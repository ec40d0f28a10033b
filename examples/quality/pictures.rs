//! Which labelled pictures are of faces that nothing is wrong with, whose they are, and what the engine says of them and of what is
//! made of them.

use std::path::PathBuf;

use face_precheck::{Engine, Profile, Report, probe};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageEncoder as _, RgbImage};

use crate::degrade::crop::{around, reduced};
use crate::degrade::face::Face;
use crate::degrade::loss::Failure;
use crate::labels::{self, Angle, Label};
use crate::picture::upright;

/// Pixels between the pupils of what is damaged.
pub(crate) const IED: f64 = 120.0;

/// Degrees up to which a face counts as frontal.
pub(crate) const FRONTAL: f64 = 12.0;

/// A picture with one of these in its file's name is of a face that is covered, cut, lit or moved on purpose, or of two faces.
const NOT_CLEAN: [&str; 9] = ["sunglasses", "mask", "closed", "open", "cropped", "light", "faces", "background", "upside"];

/// The skin of the rendered people whose skin is not fair, by its luminance in fixtures/render/head.py: 0.09 and 0.14; the others' is
/// 0.33 to 0.45.
const SKIN: [(&str, &str); 2] = [("p2", "dark skin"), ("p7", "brown skin")];

/// A labelled picture whose pupils are known.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    /// Of the file.
    pub(crate) name: String,
    pub(crate) person: String,
    pub(crate) rendered: bool,
    path: PathBuf,
    face: Face,
    angles: [Option<f64>; 3],
}

impl Picture {
    pub(crate) fn of(label: &Label) -> Option<Self> {
        let face = Face::new(label.eyes?, label.angles[Angle::Yaw as usize]);
        let name = label.path.file_name()?.to_string_lossy().into_owned();
        let rendered =
            label.identity.as_deref().and_then(|identity| identity.rsplit(": ").next()).filter(|name| is_rendered(name));
        Some(Self {
            person: rendered.map_or_else(|| person_of_photo(&name), str::to_owned),
            rendered: rendered.is_some(),
            name,
            path: label.path.clone(),
            face,
            angles: label.angles,
        })
    }

    /// Nothing is before the face, its eyes are open, and it is neither cut nor lit on purpose; by the file's name.
    pub(crate) fn is_clean(&self) -> bool {
        NOT_CLEAN.iter().all(|word| !self.name.contains(word))
    }

    /// No angle that is known is larger.
    pub(crate) fn is_within(&self, degrees: f64) -> bool {
        self.angles.iter().flatten().all(|angle| angle.abs() <= degrees)
    }

    pub(crate) fn ied(&self) -> f64 {
        self.face.ied()
    }

    /// What its numbers are put together with.
    pub(crate) fn group(&self) -> String {
        if !self.rendered {
            return "photos".to_owned();
        }
        let skin = SKIN.iter().find(|(person, _)| *person == self.person).map_or("fair skin", |(_, skin)| skin);
        format!("{}, {skin}", self.person)
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        std::fs::read(&self.path).map_err(|error| format!("{}: {error}", self.path.display()).into())
    }

    /// The face and what is around it, reduced to so many pixels between the pupils if it has more.
    pub(crate) fn at(&self, ied: f64) -> Result<Clean, Failure> {
        let bytes = self.bytes()?;
        let picture =
            upright(&bytes, &probe(&bytes)?).ok_or_else(|| format!("{}: not a JPEG, PNG or WebP picture", self.name))?;
        let (picture, face) = around(&picture, &self.face);
        let (image, face) = reduced(&picture, &face, ied);
        Ok(Clean { name: self.name.clone(), image, face })
    }
}

/// A picture to be damaged, and where its face is.
#[derive(Debug, Clone)]
pub(crate) struct Clean {
    pub(crate) name: String,
    pub(crate) image: RgbImage,
    pub(crate) face: Face,
}

/// Rendered people are p1, p2 and so on.
fn is_rendered(name: &str) -> bool {
    name.strip_prefix('p').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Photos are named after who is on them, as models/readouts/fit.py takes it.
fn person_of_photo(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.split('_').next().unwrap_or(stem).to_owned()
}

/// All pictures of several labels files whose pupils are labelled, photos first.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Picture>, Failure> {
    let labels = paths.iter().map(|path| labels::read(path)).collect::<Result<Vec<_>, _>>()?.concat();
    let mut pictures: Vec<Picture> = labels.iter().filter_map(Picture::of).collect();
    pictures.sort_by_key(|picture| picture.rendered);
    Ok(pictures)
}

/// The first picture of each rendered person, and at most so many photos, from all over the list.
pub(crate) fn a_few(pictures: Vec<Picture>, photos: usize) -> Vec<Picture> {
    let (mut rendered, all): (Vec<_>, Vec<_>) = pictures.into_iter().partition(|picture| picture.rendered);
    rendered.sort_by(|a, b| a.person.cmp(&b.person));
    rendered.dedup_by(|a, b| a.person == b.person);
    let count = photos.min(all.len());
    let photos = (0..count).map(|place| all[place * all.len() / count].clone());
    photos.chain(rendered).collect()
}

/// What the engine says of a picture. Nothing of it is lost on the way.
pub(crate) fn check(engine: &Engine, profile: &Profile, image: &RgbImage) -> Result<Report, Failure> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
    encoder.write_image(image.as_raw(), image.width(), image.height(), image::ExtendedColorType::Rgb8)?;
    Ok(engine.check(&bytes, profile)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::degrade::face::tests::eyes;

    pub(crate) fn picture(name: &str, identity: Option<&str>, yaw: f64) -> Picture {
        let label = Label {
            path: name.into(),
            file: name.into(),
            set: "set".into(),
            identity: identity.map(|identity| format!("labels.csv: {identity}")),
            n_faces: None,
            angles: [Some(yaw), None, None],
            eyes: Some(eyes((100.0, 100.0), (200.0, 100.0))),
        };
        Picture::of(&label).unwrap()
    }

    #[test]
    fn people_and_groups_are_told_by_identity_and_name() {
        let photo = picture("001_03.jpg", Some("ann"), 0.0);
        assert_eq!((photo.person.as_str(), photo.group().as_str()), ("001", "photos"));
        let rendered = picture("p2_y+00.jpg", Some("p2"), 0.0);
        assert_eq!((rendered.person.as_str(), rendered.group().as_str()), ("p2", "p2, dark skin"));
        assert_eq!(picture("p4_y+00.jpg", Some("p4"), 0.0).group(), "p4, fair skin");
    }

    #[test]
    fn clean_and_frontal_are_told_by_name_and_angles() {
        assert!(picture("p2_y+00.jpg", Some("p2"), 0.0).is_clean());
        assert!(!picture("p2_light_dim.jpg", Some("p2"), 0.0).is_clean());
        assert!(picture("a.jpg", None, -12.0).is_within(FRONTAL));
        assert!(!picture("a.jpg", None, 13.0).is_within(FRONTAL));
    }

    #[test]
    fn a_few_are_one_of_each_rendered_person_and_photos_from_all_over() {
        let pictures = (0..10).map(|number| picture(&format!("{number}.jpg"), None, 0.0));
        let rendered = ["p1_b.jpg", "p1_a.jpg"].map(|name| picture(name, Some("p1"), 0.0));
        let few = a_few(pictures.chain(rendered).collect(), 3);
        let names: Vec<&str> = few.iter().map(|picture| picture.name.as_str()).collect();
        assert_eq!(names, ["0.jpg", "3.jpg", "6.jpg", "p1_b.jpg"]);
    }
}
