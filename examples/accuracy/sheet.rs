//! Contact sheets: thumbnails with what was found on them, row by row and page by page.

use std::fs;
use std::io::{self, Error};
use std::path::{Path, PathBuf};

use embedded_graphics::pixelcolor::{Rgb888, WebColors};
use image::{Rgb, RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::compare::{Comparison, Outcome};
use crate::draw::{Canvas, FOUND, FRAME, LABELLED, LETTER};
use crate::labels::Angle;
use crate::table::{decimal, signed};

/// Thumbnails are no wider and no higher.
pub(crate) const THUMBNAIL: (u32, u32) = (480, 240);

/// Room for eight upright thumbnails in a row.
const PAGE: (u32, u32) = (1644, 1560);
const MARGIN: u32 = 12;
/// Between lines of text.
const LINE: u32 = LETTER.1 + 2;
const CAPTION: u32 = 3 * LINE;
/// From the top of a row to the top of the next.
const ROW: u32 = THUMBNAIL.1 + CAPTION + 2 * MARGIN;
/// What a caption needs: 32 letters.
const NARROWEST: u32 = 32 * LETTER.0;

const QUALITY: u8 = 88;
const BACKGROUND: Rgb<u8> = Rgb([32, 32, 36]);
const BLANK: Rgb<u8> = Rgb([70, 70, 74]);
const WORDS: Rgb888 = Rgb888::CSS_WHITE;
const WRONG: Rgb888 = Rgb888::CSS_RED;

const LEGEND: &str = "Under each picture: yaw, pitch, roll in degrees and px between the pupils. Orange: found (box, pupils, where the head looks). \
                      Cyan: labelled. Red: to the subject's left, green: up. Magenta: other faces. Red frame: missed, extra or decided wrongly.";

/// Pages that are filled one after the other.
pub(crate) struct Sheet {
    folder: PathBuf,
    page: Canvas,
    pages: usize,
    /// Where the next thumbnail goes.
    next: (u32, u32),
    set: String,
}

impl Sheet {
    /// Makes the folder, and takes pages of an earlier run out of it.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for number in 1.. {
            match fs::remove_file(folder.join(name(number))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                result => result?,
            }
        }
        Ok(Self { folder: folder.to_owned(), page: blank(), pages: 0, next: TOP, set: String::new() })
    }

    /// Adds a picture, or an empty field where it could not be drawn.
    pub(crate) fn add(&mut self, outcome: &Outcome, thumbnail: Option<&RgbImage>) -> io::Result<()> {
        let Outcome { label, comparison } = outcome;
        let empty = RgbImage::from_pixel(NARROWEST, THUMBNAIL.1, BLANK);
        let thumbnail = thumbnail.unwrap_or(&empty);
        let width = thumbnail.width().max(NARROWEST);
        let (x, y) = self.place(width, &label.set)?;
        if comparison.as_ref().map_or(true, Comparison::wrong) {
            self.page.frame((x, y), thumbnail.dimensions(), WRONG);
        }
        imageops::replace(&mut self.page.0, thumbnail, x.into(), y.into());
        let name = label.path.file_name().unwrap_or_default().to_string_lossy();
        let below = y + THUMBNAIL.1 + FRAME + 1;
        self.page.text(&shortened(&name, width), (x, below), WORDS);
        match comparison {
            Ok(comparison) => {
                let distance = comparison.measured_face().map(|face| face.interpupillary_distance_px);
                self.page.text(
                    &figures("found", Angle::ALL.map(|angle| comparison.angle(angle)), distance),
                    (x, below + LINE),
                    FOUND,
                );
                let distance = label.eyes.map(|eyes| eyes.distance());
                self.page.text(&figures("true", label.angles, distance), (x, below + 2 * LINE), LABELLED);
            }
            Err(error) => self.page.text(&shortened(&error.to_string(), width), (x, below + LINE), WRONG),
        }
        self.next = (x + width + MARGIN, y);
        Ok(())
    }

    /// Writes the last page and says how many there are.
    pub(crate) fn finish(mut self) -> io::Result<usize> {
        if self.next != TOP {
            self.write()?;
        }
        Ok(self.pages)
    }

    /// Where a thumbnail of this width goes: on the next row or page if there is no room, under a heading if its set is new.
    fn place(&mut self, width: u32, set: &str) -> io::Result<(u32, u32)> {
        let is_new = self.set != set;
        let (x, mut y) = self.next;
        if x > MARGIN && (is_new || x + width + MARGIN > PAGE.0) {
            self.next = (MARGIN, y + ROW);
            y += ROW;
        }
        let heading = if is_new { 2 * LINE } else { 0 };
        if y + heading + ROW > PAGE.1 {
            self.write()?;
        }
        if is_new || self.next == TOP {
            set.clone_into(&mut self.set);
            let (x, y) = self.next;
            self.page.text(set, (x, y), WORDS);
            self.next = (x, y + 2 * LINE);
        }
        Ok(self.next)
    }

    fn write(&mut self) -> io::Result<()> {
        self.pages += 1;
        let used = if self.next.0 > MARGIN { self.next.1 + ROW } else { self.next.1 }.min(PAGE.1);
        let page = std::mem::replace(&mut self.page, blank()).0;
        let page = imageops::crop_imm(&page, 0, 0, PAGE.0, used).to_image();
        let side = |side: u32| u16::try_from(side).map_err(Error::other);
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, QUALITY);
        encoder.set_sampling_factor(SamplingFactor::R_4_4_4); // Lines a pixel wide keep their colours.
        encoder.encode(page.as_raw(), side(page.width())?, side(page.height())?, ColorType::Rgb).map_err(Error::other)?;
        self.next = TOP;
        fs::write(self.folder.join(name(self.pages)), bytes)
    }
}

/// Where the first row of a page begins, under the legend.
const TOP: (u32, u32) = (MARGIN, MARGIN + 2 * LINE);

fn name(page: usize) -> String {
    format!("accuracy-{page:02}.jpg")
}

fn blank() -> Canvas {
    let mut page = Canvas(RgbImage::from_pixel(PAGE.0, PAGE.1, BACKGROUND));
    page.text(LEGEND, (MARGIN, MARGIN), WORDS);
    page
}

fn figures(what: &str, angles: [Option<f64>; 3], distance: Option<f64>) -> String {
    let [yaw, pitch, roll] = angles.map(|angle| signed(angle, 1));
    format!("{what:<5}{yaw:>6}{pitch:>7}{roll:>7}{:>7}", decimal(distance, 1))
}

/// A text's beginning, if there is no room for all of it.
fn shortened(text: &str, width: u32) -> String {
    let letters = usize::try_from(width / LETTER.0).unwrap_or(usize::MAX);
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(2)).chain("..".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::tests::label;
    use crate::labels::Label;

    /// The sizes of the pages that so many pictures of each set make.
    fn pages(name: &str, sets: &[(&str, usize)], thumbnail: &RgbImage) -> Vec<(usize, usize)> {
        let folder = std::env::temp_dir().join(format!("accuracy-{name}-{}", std::process::id()));
        let mut sheet = Sheet::new(&folder).unwrap();
        // A page that an earlier run left.
        fs::write(folder.join(super::name(1)), "old").unwrap();
        for (set, count) in sets {
            for _ in 0..*count {
                let label = Label { path: "some.jpg".into(), set: (*set).into(), ..label() };
                sheet.add(&Outcome { label: &label, comparison: Err("cannot be read".into()) }, Some(thumbnail)).unwrap();
            }
        }
        let count = sheet.finish().unwrap();
        let sizes = (1..=count).map(|number| {
            let bytes = fs::read(folder.join(super::name(number))).unwrap();
            let header = face_precheck::probe(&bytes).unwrap();
            (header.width() as usize, header.height() as usize)
        });
        let sizes = sizes.collect();
        assert!(!folder.join(super::name(count + 1)).exists());
        Sheet::new(&folder).unwrap();
        assert!(!folder.join(super::name(1)).exists(), "a new run takes old pages away");
        fs::remove_dir_all(folder).unwrap();
        sizes
    }

    #[test]
    fn rows_and_pages_fill_up() {
        let row = ROW as usize;
        let top = (TOP.1 + 2 * LINE) as usize;
        let upright = RgbImage::new(180, 240);
        assert_eq!(pages("one", &[("a", 1)], &upright), [(1644, top + row)]);
        assert_eq!(pages("row", &[("a", 8)], &upright), [(1644, top + row)]);
        assert_eq!(pages("next", &[("a", 9)], &upright), [(1644, top + 2 * row)]);
        assert_eq!(pages("page", &[("a", 41)], &upright), [(1644, top + 5 * row), (1644, top + row)]);
        assert_eq!(pages("wide", &[("a", 4)], &RgbImage::new(480, 100)), [(1644, top + 2 * row)]);
        let heading = 2 * LINE as usize;
        assert_eq!(pages("sets", &[("a", 3), ("b", 3)], &upright), [(1644, top + heading + 2 * row)]);
    }

    #[test]
    fn captions_fit_and_are_aligned() {
        let found = figures("found", [Some(-12.34), Some(0.0), Some(180.0)], Some(1234.5));
        assert_eq!(found, "found -12.3   +0.0 +180.0 1234.5");
        assert_eq!(figures("true", [None; 3], None).len(), found.len());
        assert_eq!(u32::try_from(found.len()).unwrap() * LETTER.0, NARROWEST);
        assert_eq!(shortened("short", 60), "short");
        assert_eq!(shortened("longer than that", 60), "longer t..");
    }
}
