//! What is measured of a face does not depend on how large its picture is, how it is stored, or where in it the face is.

use face_precheck::{Face, Point, PupilSource, Report, Turn};
use image::{RgbImage, imageops};

use crate::derive::{decode, each, exif, jpeg, png, resized, stored, with_chunk, with_exif};
use crate::fixtures::{PHOTO_REPORTS, check, group, read};

/// A picture of one person.
struct Subject {
    path: String,
    report: &'static Report,
}

impl Subject {
    fn picture(&self) -> RgbImage {
        decode(&read(&self.path))
    }

    fn measures(&self) -> Measures {
        Measures::of(only_face(&self.path, self.report))
    }
}

fn only_face<'a>(name: &str, report: &'a Report) -> &'a Face {
    assert_eq!(report.header().turn, Turn::None, "{name}");
    let [face] = report.faces() else { panic!("{name}: {} faces", report.faces().len()) };
    face
}

fn photos() -> Vec<Subject> {
    [
        "compliant/grace_hopper_enlarged_1.5x.jpg",
        "compliant/astronaut_enlarged_3x.jpg",
        "cc-by-sa/christophe_henner_800px.jpg",
        "cc-by-sa/filippo_giunchedi.jpg",
    ]
    .map(|name| Subject { path: format!("photos/{name}"), report: &PHOTO_REPORTS[name] })
    .into()
}

/// Rendered heads by their identity and by yaw, pitch and roll.
fn heads(wanted: impl Fn(&str, [f64; 3]) -> bool) -> Vec<Subject> {
    group("grid")
        .into_iter()
        .filter(|row| wanted(row.text("identity"), ["yaw", "pitch", "roll"].map(|angle| row.number(angle))))
        .map(|row| Subject { path: format!("rendered/{}", row.file()), report: row.report() })
        .collect()
}

/// The seven heads that look straight ahead.
fn frontal() -> Vec<Subject> {
    heads(|_, angles| angles == [0.0; 3])
}

/// One head turned about each axis, as far as to where a face is refused and further, and all heads turned about all three at once.
fn turned() -> Vec<Subject> {
    heads(|identity, [yaw, pitch, roll]| {
        let far = yaw.abs() == 30.0 || pitch.abs() == 30.0 || roll.abs() == 34.0;
        identity == "p1" && far || yaw != 0.0 && pitch != 0.0 && roll < 0.0
    })
}

/// All of them.
fn everybody() -> Vec<Subject> {
    let subjects: Vec<_> = [photos(), frontal(), turned()].into_iter().flatten().collect();
    assert_eq!(subjects.len(), 4 + 7 + 6 + 7);
    subjects
}

/// What is measured of a face.
#[derive(Debug, Clone, Copy)]
struct Measures {
    yaw: f64,
    pitch: f64,
    roll: f64,
    distance: f64,
    size: f64,
    left_eye: Point,
    right_eye: Point,
    pupils: PupilSource,
}

impl Measures {
    fn of(face: &Face) -> Self {
        let pose = face.pose.unwrap();
        Self {
            yaw: pose.yaw,
            pitch: pose.pitch,
            roll: pose.roll,
            distance: face.interpupillary_distance_px,
            size: face.size_px,
            left_eye: face.left_eye,
            right_eye: face.right_eye,
            pupils: face.pupils,
        }
    }

    /// Of the same face in a picture of this width that is mirrored left to right.
    fn mirrored(self, width: u32) -> Self {
        let mirrored = |eye: Point| Point::new(f64::from(width) - eye.x, eye.y);
        let (left_eye, right_eye) = (mirrored(self.right_eye), mirrored(self.left_eye));
        Self { yaw: -self.yaw, roll: -self.roll, left_eye, right_eye, ..self }
    }

    /// Of the same face in a picture that is so many times as large.
    fn scaled(self, factor: f64) -> Self {
        let scaled = |eye: Point| Point::new(factor * eye.x, factor * eye.y);
        let (left_eye, right_eye) = (scaled(self.left_eye), scaled(self.right_eye));
        Self { distance: factor * self.distance, size: factor * self.size, left_eye, right_eye, ..self }
    }

    /// Of the same face in a picture that is moved by so many pixels.
    fn shifted(self, right: f64, down: f64) -> Self {
        let shifted = |eye: Point| Point::new(eye.x + right, eye.y + down);
        Self { left_eye: shifted(self.left_eye), right_eye: shifted(self.right_eye), ..self }
    }

    fn off(&self, expected: &Self) -> Off {
        let apart = |a: Point, b: Point| (a.x - b.x).hypot(a.y - b.y);
        let angles = [self.yaw - expected.yaw, self.pitch - expected.pitch, self.roll - expected.roll];
        let eyes = apart(self.left_eye, expected.left_eye).max(apart(self.right_eye, expected.right_eye));
        Off {
            angle: angles.into_iter().map(f64::abs).fold(0.0, f64::max),
            distance: (self.distance / expected.distance - 1.0).abs(),
            size: (self.size / expected.size - 1.0).abs(),
            eyes: (self.pupils == expected.pupils).then_some(eyes / expected.distance),
        }
    }
}

/// How far measures are from what they should be.
#[derive(Debug)]
struct Off {
    /// Degrees, the largest of the three.
    angle: f64,
    /// A part of the distance between the pupils.
    distance: f64,
    /// A part of the face's size.
    size: f64,
    /// A part of the distance between the pupils, the larger of both; `None` where in one of the pictures the irises could not be told,
    /// so that two different points of the eyes would be compared.
    eyes: Option<f64>,
}

impl Off {
    fn is_within(&self, degrees: f64, part: f64) -> bool {
        let parts = [self.distance, self.size, self.eyes.unwrap_or_default()];
        self.angle <= degrees + 1e-9 && parts.into_iter().all(|off| off <= part)
    }
}

/// A changed picture, and what has to be measured in it.
struct Changed {
    name: String,
    file: Vec<u8>,
    expected: Measures,
}

/// Checks every changed picture: all angles are off by at most so many degrees, and all lengths and places by at most such a part.
fn assert_measured<C: Send>(cases: Vec<C>, degrees: f64, part: f64, change: impl Fn(C) -> Changed + Sync) {
    let count = cases.len();
    let found = each(cases, |case| {
        let Changed { name, file, expected } = change(case);
        let off = Measures::of(only_face(&name, &check(&file))).off(&expected);
        (name, off)
    });
    let too_far: Vec<_> = found.iter().filter(|(_, off)| !off.is_within(degrees, part)).collect();
    assert!(too_far.is_empty(), "{} of {count}: {too_far:#?}", too_far.len());
    let guessed: Vec<_> = found.iter().filter(|(_, off)| off.eyes.is_none()).collect();
    assert!(guessed.len() <= count / 20, "{} of {count}: {guessed:#?}", guessed.len());
}

/// A picture that is mirrored left to right shows the same face: yaw and roll change their signs, and the eyes change places.
#[test]
fn mirrored_faces_measure_the_same() {
    assert_measured(everybody(), 1.5, 0.015, |subject| {
        let picture = imageops::flip_horizontal(&subject.picture());
        let expected = subject.measures().mirrored(picture.width());
        Changed { name: subject.path, file: png(&picture.into()), expected }
    });
}

/// In a picture of half or twice the size a face is half or twice as large, and its pose is the same.
#[test]
fn faces_are_as_large_as_their_picture() {
    /// With fewer pixels between the pupils there is too little to measure.
    const MEASURABLE: f64 = 40.0;
    let halved = everybody().into_iter().map(|subject| (subject, 0.5));
    let doubled = photos().into_iter().step_by(2).chain(frontal().into_iter().step_by(2)).map(|subject| (subject, 2.0));
    let measurable = |(subject, factor): &(Subject, f64)| factor * subject.measures().distance >= MEASURABLE;
    let cases: Vec<_> = halved.chain(doubled).filter(measurable).collect();
    assert_eq!(cases.len(), 23 + 6);
    assert_measured(cases, 1.5, 0.015, |(subject, factor)| {
        let picture = subject.picture();
        let side = |side: u32| (f64::from(side) * factor).round() as u32;
        let scaled = resized(&picture, side(picture.width()), side(picture.height()));
        let expected = subject.measures().scaled(factor);
        Changed { name: format!("{} times {factor}", subject.path), file: png(&scaled.into()), expected }
    });
}

/// What JPEG loses at the lowest quality that is accepted does not show in the measures.
#[test]
fn compression_moves_no_face() {
    let subjects: Vec<_> = everybody().into_iter().step_by(2).collect();
    assert_eq!(subjects.len(), 12);
    assert_measured(subjects, 1.0, 0.01, |subject| {
        let (file, expected) = (jpeg(&subject.picture(), 70), subject.measures());
        Changed { name: subject.path, file, expected }
    });
}

/// The picture moved inside its borders, and the border's colours where nothing is left.
fn shifted(picture: &RgbImage, right: i64, down: i64) -> RgbImage {
    let (width, height) = picture.dimensions();
    let from = |at: u32, by: i64, side: u32| (i64::from(at) - by).clamp(0, i64::from(side) - 1) as u32;
    RgbImage::from_fn(width, height, |x, y| *picture.get_pixel(from(x, right, width), from(y, down, height)))
}

/// Where in the picture a face is says nothing about its pose and its size.
#[test]
fn faces_measure_the_same_at_another_place() {
    let subjects = || photos().into_iter().chain(frontal()).enumerate();
    // To the left or the right, and up or down, in turns.
    let aside = subjects().map(|(index, subject)| (subject, [0.1, -0.1][index % 2], 0.0));
    let up_or_down = subjects().map(|(index, subject)| (subject, 0.0, [0.1, -0.1][index / 2 % 2]));
    let cases: Vec<_> = aside.chain(up_or_down).collect();
    assert_eq!(cases.len(), 22);
    assert_measured(cases, 1.5, 0.015, |(subject, right, down)| {
        let picture = subject.picture();
        let pixels = |part: f64, side: u32| (part * f64::from(side)).round();
        let (right, down) = (pixels(right, picture.width()), pixels(down, picture.height()));
        let file = png(&shifted(&picture, right as i64, down as i64).into());
        let expected = subject.measures().shifted(right, down);
        Changed { name: format!("{} moved by ({right}, {down})", subject.path), file, expected }
    });
}

/// The same upright picture, however EXIF says that it is stored, gives the very same faces, to the last digit.
#[test]
fn all_ways_to_store_a_picture_show_the_same_face() {
    let subjects: Vec<_> = photos().into_iter().chain(frontal()).collect();
    // All eight ways of the first, and one after the other of the others.
    let first = (1..=8).map(|way| (&subjects[0], way));
    let others = subjects[1..].iter().zip((2..=8).cycle());
    let found = each(first.chain(others).collect::<Vec<_>>(), |(subject, way)| {
        let picture = subject.picture();
        let stored = with_chunk(&png(&stored(&picture, way).into()), b"eXIf", &exif(way, false));
        (subject, way, check(&stored), check(&png(&picture.into())))
    });
    assert_eq!(found.len(), 8 + 10);
    for (Subject { path, .. }, way, found, plain) in found {
        assert_eq!(found.header().orientation.exif(), way, "{path}");
        assert_eq!(found.header().turn, Turn::None, "{path} stored as {way}");
        assert_eq!(found.faces(), plain.faces(), "{path} stored as {way}");
    }
}

/// A large JPEG is looked at reduced. Sides that the reduction does not divide leave a rest, at the other end once the picture is turned: no
/// measure may move by it.
#[test]
fn a_large_jpeg_stored_turned_shows_the_face_at_its_place() {
    let picture = resized(&photos()[0].picture(), 2801, 2803);
    let upright = check(&jpeg(&picture, 92));
    let [expected] = upright.faces() else { panic!("{:?}", upright.faces()) };
    let found = each(2..=8, |way| (way, check(&with_exif(&jpeg(&stored(&picture, way), 92), way, false))));
    assert_eq!(found.len(), 7);
    for (way, report) in found {
        let [face] = report.faces() else { panic!("stored as {way}: {:?}", report.faces()) };
        assert_eq!((report.header().width(), report.header().height()), (2801, 2803));
        for (a, b) in [(face.left_eye, expected.left_eye), (face.right_eye, expected.right_eye)] {
            assert!((a.x - b.x).abs() < 1.5 && (a.y - b.y).abs() < 1.5, "stored as {way}: {a:?} for {b:?}");
        }
    }
}
