//! Twins of labelled photos that differ from them in one thing: something painted before the face.

use std::fs;
use std::path::{Path, PathBuf};

use face_precheck::probe;
use image::RgbImage;
use rayon::prelude::*;

use crate::degrade::crop::{around, reduced};
use crate::degrade::face::Face;
use crate::degrade::loss::{Failure, jpeg};
use crate::degrade::occlude::{Covers, Shape, paint};
use crate::degrade::seeded::{Seeded, of_name};
use crate::labels::{self, Angle, Label};
use crate::picture::upright;

/// Writes each labelled picture, and twins of it with something painted before the face, to a folder, and twins.csv about them.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Labels files: CSV, described in examples/accuracy/README.md
    #[arg(required = true)]
    labels: Vec<PathBuf>,
    /// Where they go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// How many twins each picture gets
    #[arg(long, value_name = "N", default_value_t = 12)]
    per_photo: u16,
    /// What decides about the twins
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Pixels between the pupils, of pictures that have more
    #[arg(long, value_name = "PX", default_value_t = 120.0, value_parser = positive)]
    ied: f64,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 8.0)
        .ok_or_else(|| "has to be a number from 8 on".to_owned())
}

const COLUMNS: [&str; 15] = [
    "file",
    "source",
    "shape",
    "seed",
    "covers_right_eye",
    "covers_left_eye",
    "covers_lower_face",
    "negative",
    "opacity",
    "right_eye_x",
    "right_eye_y",
    "left_eye_x",
    "left_eye_y",
    "width",
    "height",
];

/// A line of twins.csv.
type Line = [String; COLUMNS.len()];

/// Writes everything and says what was written.
pub(crate) fn twins(options: &Options) -> Result<String, Failure> {
    let labels: Vec<Label> = options.labels.iter().map(|path| labels::read(path)).collect::<Result<Vec<_>, _>>()?.concat();
    fs::create_dir_all(&options.out)?;
    let sources: Vec<(usize, &Label)> = labels.iter().enumerate().filter(|(_, label)| label.eyes.is_some()).collect();
    let lines = sources
        .par_iter()
        .map(|(number, label)| {
            of_photo(*number, label, options).map_err(|error| format!("{}: {error}", label.path.display()).into())
        })
        .collect::<Result<Vec<Vec<Line>>, Failure>>()?;
    let table = options.out.join("twins.csv");
    let mut writer = csv::Writer::from_path(&table)?;
    writer.write_record(COLUMNS)?;
    for line in lines.iter().flatten() {
        writer.write_record(line)?;
    }
    writer.flush()?;
    let written: usize = lines.iter().map(Vec::len).sum();
    Ok(format!("{} photos, {written} pictures in {}", sources.len(), table.display()))
}

/// Writes a photo and its twins.
fn of_photo(number: usize, label: &Label, options: &Options) -> Result<Vec<Line>, Failure> {
    let bytes = fs::read(&label.path)?;
    let picture = upright(&bytes, &probe(&bytes)?).ok_or("not a JPEG, PNG or WebP picture")?;
    let eyes = label.eyes.ok_or("its pupils are not labelled")?;
    let (picture, face) = around(&picture, &Face::new(eyes, label.angles[Angle::Yaw as usize]));
    let (clean, face) = reduced(&picture, &face, options.ied);
    let stem = format!("{number:04}-{}", label.path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default());
    let mut lines = vec![written(&options.out, &format!("{stem}-clean"), label, None, (&clean, &face))?];
    let mut seeds = Seeded::new(options.seed ^ of_name(&label.file));
    for twin in 0..options.per_photo {
        let shape = seeds.pick(&Shape::ALL);
        // Short enough to be read, and for spreadsheets, which keep 53 bits.
        let seed = seeds.bits() >> 32;
        let painted = paint(&clean, &face, shape, seed);
        let name = format!("{stem}-{twin:02}-{}", shape.name());
        lines.push(written(&options.out, &name, label, Some((shape, seed, painted.opacity)), (&painted.image, &face))?);
    }
    Ok(lines)
}

/// Writes a picture, and says what there is to be said about it.
fn written(
    folder: &Path,
    name: &str,
    label: &Label,
    painted: Option<(Shape, u64, f32)>,
    (image, face): (&RgbImage, &Face),
) -> Result<Line, Failure> {
    let file = format!("{name}.jpg");
    fs::write(folder.join(&file), jpeg(image, 90)?)?;
    let covers = painted.map_or(Covers::default(), |(shape, _, _)| shape.covers());
    let flag = |flag: bool| u8::from(flag).to_string();
    let (shape, seed, opacity) =
        painted.map_or(("clean", String::new(), 0.0), |(shape, seed, opacity)| (shape.name(), seed.to_string(), opacity));
    let place = |place: f64| format!("{place:.2}");
    Ok([
        file,
        label.path.display().to_string(),
        shape.to_owned(),
        seed,
        flag(covers.right_eye),
        flag(covers.left_eye),
        flag(covers.lower_face),
        flag(painted.is_none_or(|(shape, _, _)| shape.is_negative())),
        format!("{opacity:.2}"),
        place(face.eyes.right.x),
        place(face.eyes.right.y),
        place(face.eyes.left.x),
        place(face.eyes.left.y),
        image.width().to_string(),
        image.height().to_string(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::degrade::light::pixel_at;
    use crate::degrade::occlude::tests::{PUPIL, face, portrait};

    #[test]
    fn twins_are_written_with_their_pupils_and_again_the_same() {
        let folder = std::env::temp_dir().join(format!("quality-twins-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.jpg"), jpeg(&portrait(), 95).unwrap()).unwrap();
        let eyes = face().eyes;
        let labels = folder.join("labels.csv");
        let line = format!("a.jpg,{},{},{},{}\n", eyes.left.x, eyes.left.y, eyes.right.x, eyes.right.y);
        fs::write(&labels, format!("file,left_eye_x,left_eye_y,right_eye_x,right_eye_y\n{line}")).unwrap();
        let options = Options { labels: vec![labels], out: folder.join("out"), per_photo: 5, seed: 4, ied: 60.0 };
        let once = || {
            let said = twins(&options).unwrap();
            assert!(said.starts_with("1 photos, 6 pictures in "), "{said}");
            fs::read_to_string(options.out.join("twins.csv")).unwrap()
        };
        let table = once();
        assert_eq!(table, once());
        let clean: Vec<&str> = table.lines().nth(1).unwrap().split(',').collect();
        assert_eq!((clean[0], clean[2], clean[7]), ("0000-a-clean.jpg", "clean", "1"));
        let bytes = fs::read(options.out.join(clean[0])).unwrap();
        let picture = upright(&bytes, &probe(&bytes).unwrap()).unwrap();
        for place in [9, 11] {
            let pupil = [0, 1].map(|axis| clean[place + axis].parse().unwrap());
            assert!(pixel_at(&picture, pupil).unwrap().0[1].abs_diff(PUPIL.0[1]) < 20);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
