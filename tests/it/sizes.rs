//! Faces of every size are found: anywhere in the picture, in front of anything, beside another one, and in any light.

use std::sync::LazyLock;

use face_precheck::{Code, Face, Profile, Rect, Report, Severity};
use image::{Rgb, RgbImage, imageops};

use crate::derive::{decode, each, jpeg, png, resized};
use crate::fixtures::{ENGINE, PHOTO_REPORTS, RENDERED_REPORTS, check, read};

/// The default profile, but no face is too small to be reported.
static EVERY_FACE: LazyLock<Profile> = LazyLock::new(|| {
    Profile::from_toml("extends = 'progeny-selfie'\nname = 'every face'\ndetectable_face_size_relative = 0.0").unwrap()
});

fn has_error(report: &Report, code: Code) -> bool {
    report.findings().iter().any(|finding| finding.code() == code && finding.severity == Severity::Error)
}

/// Whether what was found is the face whose box this is.
fn is_at(found: &Face, face: &Rect) -> bool {
    let centre = |rect: &Rect| (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
    let ((x, y), (found_x, found_y)) = (centre(face), centre(&found.bounds));
    let near = (found_x - x).hypot(found_y - y) <= 0.35 * face.width;
    near && (0.6..1.6).contains(&(found.bounds.width / face.width))
}

/// A head with what is around it, to be put into other pictures.
struct Head {
    name: String,
    picture: RgbImage,
    /// The face box in it.
    face: Rect,
}

const HEADS: usize = 2 + 7;

/// Two people and the seven rendered heads, looking straight ahead.
static CUT: LazyLock<[Head; HEADS]> = LazyLock::new(|| {
    std::array::from_fn(|index| match index {
        0 | 1 => {
            let name = ["grace_hopper_enlarged_1.5x.jpg", "astronaut_enlarged_3x.jpg"][index];
            Head::cut(format!("photos/compliant/{name}"), &PHOTO_REPORTS[&format!("compliant/{name}")])
        }
        _ => {
            let name = format!("p{}_y+00_p+00_r+00.jpg", index - 1);
            Head::cut(format!("rendered/{name}"), &RENDERED_REPORTS[&name])
        }
    })
});

impl Head {
    /// Twice as much as the face of a picture, where there is so much.
    fn cut(name: String, report: &Report) -> Self {
        let picture = decode(&read(&name));
        let face = report.faces()[0].bounds;
        let from = |start: f64, side: f64| (start - side / 2.0).max(0.0).floor();
        let (left, top) = (from(face.x, face.width), from(face.y, face.height));
        // What reaches outside is left out.
        let side = |side: f64| (2.0 * side) as u32;
        let cut = imageops::crop_imm(&picture, left as u32, top as u32, side(face.width), side(face.height)).to_image();
        Self { name, picture: cut, face: Rect { x: face.x - left, y: face.y - top, ..face } }
    }

    /// Height of the face that is so wide.
    fn height(&self, width: f64) -> f64 {
        width * self.face.height / self.face.width
    }

    /// How far what is around the face reaches to its right, where the face is so wide.
    fn right_of(&self, width: f64) -> f64 {
        width * (f64::from(self.picture.width()) - self.face.right()) / self.face.width
    }

    /// Puts the head into a picture, so that its face box begins there and is so wide. The box that it gets.
    fn put(&self, into: &mut RgbImage, x: f64, y: f64, width: f64) -> Rect {
        let scale = width / self.face.width;
        let side = |side: u32| (f64::from(side) * scale).round() as u32;
        let head = resized(&self.picture, side(self.picture.width()), side(self.picture.height()));
        let (left, top) = ((x - self.face.x * scale).round(), (y - self.face.y * scale).round());
        imageops::overlay(into, &head, left as i64, top as i64);
        Rect { x: left + self.face.x * scale, y: top + self.face.y * scale, width, height: self.height(width) }
    }
}

const CANVASES: [(u32, u32); 3] = [(720, 960), (1280, 960), (1080, 1920)];

/// What is behind the heads on each canvas: first what is quiet (a grey wall, smooth colours), then two pictures of things.
static BACKGROUNDS: LazyLock<[[RgbImage; 4]; 3]> = LazyLock::new(|| {
    const THINGS: [[&str; 2]; 3] = [["books", "bulb"], ["dog", "fish"], ["pancakes", "sushi"]];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::array::from_fn(|canvas| {
        let (width, height) = CANVASES[canvas];
        let wall = RgbImage::from_pixel(width, height, Rgb([128; 3]));
        let colors = RgbImage::from_fn(9, 12, |_, _| Rgb([random(), random(), random()]));
        let [one, other] = THINGS[canvas].map(|name| decode(&read(&format!("photos/no_face/{name}.jpg"))));
        [wall, resized(&colors, width, height), resized(&one, width, height), resized(&other, width, height)]
    })
});

const QUIET: usize = 2;

/// A head in front of a background.
#[derive(Debug, Clone, Copy)]
struct Scene {
    head: usize,
    canvas: usize,
    background: usize,
    /// Width of the face box over that of the picture.
    share: f64,
    /// Where in the room that the face box leaves it is, across and down: at 0 and 1 it touches the border.
    place: (f64, f64),
}

impl Scene {
    fn picture(&self) -> (RgbImage, Rect) {
        let mut picture = BACKGROUNDS[self.canvas][self.background].clone();
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        let head = &CUT[self.head];
        let face = self.share * width;
        // In the middle where it does not fit.
        let at = |room: f64, place: f64| if room < 0.0 { room / 2.0 } else { room * place };
        let (x, y) = (at(width - face, self.place.0), at(height - head.height(face), self.place.1));
        let face = head.put(&mut picture, x, y, face);
        (picture, face)
    }
}

/// Each share on each canvas; heads, backgrounds and places by turns.
fn scenes(shares: &[f64], backgrounds: usize, places: &[(f64, f64)]) -> Vec<Scene> {
    let pairs = shares.iter().flat_map(|&share| (0..CANVASES.len()).map(move |canvas| (share, canvas)));
    let scene = |(number, (share, canvas)): (usize, (f64, usize))| Scene {
        head: (number + number / HEADS) % HEADS,
        canvas,
        background: (number + number / 4) % backgrounds,
        share,
        place: places[number % places.len()],
    };
    pairs.enumerate().map(scene).collect()
}

/// One face is found, where it is, and nothing else. One that is surely too small is called so.
fn assert_found(scenes: Vec<Scene>) {
    /// Less than the 224 that are demanded by more than the measurement's uncertainty.
    const TOO_SMALL: f64 = 200.0;
    let count = scenes.len();
    let checked = each(scenes, |scene| {
        let (picture, face) = scene.picture();
        let report = ENGINE.check(&jpeg(&picture, 92), &EVERY_FACE).unwrap();
        let found = matches!(report.faces(), [found] if is_at(found, &face)) && !has_error(&report, Code::FaceNotFound);
        let called_small = face.width.min(face.height) >= TOO_SMALL || has_error(&report, Code::FaceTooSmall);
        (found && called_small, scene, face, report)
    });
    let wrong: Vec<_> = checked
        .iter()
        .filter(|(right, ..)| !right)
        .map(|(_, scene, face, report)| (&CUT[scene.head].name, scene, face, report.faces()))
        .collect();
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
}

/// A face is found whether it takes a tenth of the picture's width or more than all of it, whatever is behind it and wherever it is, in
/// the very corner too.
#[test]
fn faces_are_found_wherever_they_are() {
    const SHARES: [f64; 9] = [0.1, 0.15, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.2];
    const PLACES: [(f64, f64); 7] = [(0.5, 0.5), (0.0, 0.0), (0.3, 0.7), (1.0, 0.0), (0.0, 1.0), (0.8, 0.4), (1.0, 1.0)];
    let scenes = scenes(&SHARES, 4, &PLACES);
    assert_eq!(scenes.len(), 27);
    assert_found(scenes);
}

/// And down to a twentieth, away from the border; the very smallest where nothing distracts. What is smaller than a tenth is mostly
/// found at the border as well, but not surely: the detector sees less there.
#[test]
fn small_faces_are_found_away_from_the_border() {
    const PLACES: [(f64, f64); 5] = [(0.5, 0.5), (0.2, 0.3), (0.8, 0.8), (0.3, 0.85), (0.65, 0.15)];
    let scenes: Vec<_> = scenes(&[0.06, 0.08], 4, &PLACES).into_iter().chain(scenes(&[0.05], QUIET, &PLACES)).collect();
    assert_eq!(scenes.len(), 9);
    assert_found(scenes);
}

/// One person of 0.4 of the picture's width, and to the right of them another one, whose face takes such a part of it: of its width or of
/// its height, whichever is more. Both face boxes.
fn two_people(main: &Head, other: &Head, canvas: usize, relative: f64) -> (RgbImage, [Rect; 2]) {
    let mut picture = BACKGROUNDS[canvas][0].clone();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let (main_x, main_width) = (0.01 * width, 0.4 * width);
    let other_width = relative * width.min(height / other.height(1.0));
    // What is around the main face may hide what is around the other one, but not that face itself.
    let free = main_x + main_width + main.right_of(main_width);
    assert!(free + other_width <= width, "no room for two");
    let other = other.put(&mut picture, f64::midpoint(free, width - other_width), 0.3 * height, other_width);
    let main = main.put(&mut picture, main_x, 0.35 * height, main_width);
    (picture, [main, other])
}

/// Pairs of different heads, each of which is once the main one.
fn pairs() -> impl Iterator<Item = (usize, &'static Head, &'static Head)> {
    (0..HEADS).map(|main| (main, &CUT[main], &CUT[(main + 4) % HEADS]))
}

/// A second person is one too many from about a tenth of the picture on.
#[test]
fn a_second_person_is_too_many() {
    let sizes = |pair: usize| [[0.12, 0.2], [0.15, 0.3]][pair % 2];
    let cases = pairs().flat_map(|(pair, main, other)| sizes(pair).map(|relative| (pair, main, other, relative)));
    let found = each(cases, |(pair, main, other, relative)| {
        let (picture, faces) = two_people(main, other, pair / 2 % 2, relative);
        (format!("{} and {} of {relative}", main.name, other.name), faces, check(&jpeg(&picture, 92)))
    });
    assert_eq!(found.len(), 18);
    for (name, [main, other], report) in found {
        let [first, second] = report.faces() else { panic!("{name}: {:?}", report.faces()) };
        assert!(is_at(first, &main) && is_at(second, &other), "{name}: {first:?} at {main:?}, {second:?} at {other:?}");
        assert!(has_error(&report, Code::TooManyFaces), "{name}");
    }
}

/// A portrait that somebody holds before their chin lies on their own face, and is a second one all the same.
#[test]
fn a_portrait_before_the_chin_is_too_many() {
    let card = &CUT[0];
    let found = each(1..=7, |person| {
        let name = format!("p{person}_y+00_p+00_r+00.jpg");
        let mut picture = decode(&read(&format!("rendered/{name}")));
        let face = RENDERED_REPORTS[&name].faces()[0].bounds;
        let width = 0.45 * face.width;
        let (x, y) = (face.x + (face.width - width) / 2.0, face.y + 0.88 * face.height - card.height(width) / 2.0);
        card.put(&mut picture, x, y, width);
        (name, check(&jpeg(&picture, 92)))
    });
    assert_eq!(found.len(), 7);
    for (name, report) in found {
        assert_eq!(report.faces().len(), 2, "{name}: {:?}", report.faces());
        assert!(has_error(&report, Code::TooManyFaces), "{name}");
    }
}

/// One of a twenty-fifth is somebody far away.
#[test]
fn a_second_person_in_the_background_is_none() {
    let found = each(pairs().step_by(2), |(pair, main, other)| {
        let (picture, [face, _]) = two_people(main, other, pair / 2 % 2, 0.04);
        (&main.name, face, check(&jpeg(&picture, 92)))
    });
    assert_eq!(found.len(), 5);
    for (name, face, report) in found {
        assert!(matches!(report.faces(), [found] if is_at(found, &face)), "{name}: {:?}", report.faces());
        assert!(!has_error(&report, Code::TooManyFaces), "{name}");
    }
}

/// A change of a colour.
type Light = fn([u8; 3]) -> [u8; 3];

const LIGHTS: [(&str, Light); 3] = [
    ("dim", |color| color.map(|sample| (f64::from(sample) * 0.12).round() as u8)),
    ("glaring", |color| color.map(|sample| sample.saturating_mul(2))),
    ("grey", |[r, g, b]| [((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1000) as u8; 3]),
];

/// People of any skin are found in dim and in glaring light, and without colours.
#[test]
fn faces_are_found_in_any_light() {
    let photos = [
        "compliant/grace_hopper_enlarged_1.5x",
        "compliant/astronaut_enlarged_3x",
        "cc-by-sa/christophe_henner_800px",
        "cc-by-sa/filippo_giunchedi",
    ];
    let photos = photos.into_iter().map(|name| format!("photos/{name}.jpg"));
    let heads = (1..=7).map(|person| format!("rendered/p{person}_y+00_p+00_r+00.jpg"));
    let cases = photos.chain(heads).flat_map(|path| LIGHTS.map(|light| (path.clone(), light)));
    let found = each(cases.collect::<Vec<_>>(), |(path, (name, light))| {
        let mut picture = decode(&read(&path));
        for pixel in picture.pixels_mut() {
            pixel.0 = light(pixel.0);
        }
        (format!("{path}, {name}"), ENGINE.check(&png(&picture.into()), &EVERY_FACE).unwrap())
    });
    assert_eq!(found.len(), 11 * 3);
    for (name, report) in found {
        assert_eq!(report.faces().len(), 1, "{name}: {:?}", report.faces());
        assert!(!has_error(&report, Code::FaceNotFound), "{name}");
    }
}
