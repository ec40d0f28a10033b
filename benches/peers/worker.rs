//! Our side of `peers.py`: does what a line of standard input asks for, and answers with a line of JSON. Words of a line are separated
//! by tabs. `wall` is in nanoseconds; the processor's time is read from outside, by the same clock for all contenders.

mod photos;

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead as _, Cursor, Write as _};
use std::path::Path;
use std::time::Instant;
use std::{fs, io};

use face_precheck::{Engine, Prepared, Profile, Report, Stages};
use image::imageops::rotate270;
use serde_json::{Value, json};
use tract_onnx::prelude::{Framework as _, InferenceModelExt as _, IntoRunnable as _, Tensor, TypedRunnableModel, tvec};

use crate::photos::Photo;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

macro_rules! model {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $name, ".onnx"))
    };
}

const DETECTOR: &[u8] = model!("face_detection_full_range_sparse");
const MESH: &[u8] = model!("face_landmark");
const IRIS: &[u8] = model!("iris_landmark");
const MODELS: [&[u8]; 4] = [DETECTOR, model!("face_detection_short_range"), MESH, IRIS];

fn main() -> Result<()> {
    // Both live as long as the process: the stages borrow them.
    let engine = Box::leak(Box::new(Engine::new()?));
    let profile = Box::leak(Box::new(Profile::progeny_selfie()));
    let mut worker = Worker { engine, profile, stages: HashMap::new(), tract: None, upload: Vec::new() };
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split('\t').collect();
        let answer = worker.answer(&words).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

struct Worker {
    engine: &'static Engine,
    profile: &'static Profile,
    /// By the photo's path; made outside the rounds that count.
    stages: HashMap<String, Stages<'static>>,
    tract: Option<Tract>,
    /// What was prepared last.
    upload: Vec<u8>,
}

impl Worker {
    fn answer(&mut self, words: &[&str]) -> Result<Value> {
        match *words {
            ["nothing"] => Ok(json!({ "wall": 0 })),
            ["photos", folder] => write_photos(Path::new(folder)),
            ["check", photo] => self.check(photo),
            ["prepare", photo, profile] => self.prepare(photo, profile),
            ["save", file] => Ok(fs::write(file, &self.upload).map(|()| json!({ "wall": 0 }))?),
            ["networks", photo] => self.networks(photo),
            ["networks-tract", goldens] => self.networks_tract(Path::new(goldens)),
            ["engine"] => timed(Engine::new).map(|(_, wall)| json!({ "wall": wall })),
            ["engine-tract"] => {
                timed(|| MODELS.into_iter().map(load).collect::<Result<Vec<_>>>()).map(|(_, wall)| json!({ "wall": wall }))
            }
            ["first-check", photo] => self.first_check(photo),
            _ => Err(format!("no such command: {words:?}").into()),
        }
    }

    /// From the file's path to the verdict, as the peers do it.
    fn check(&self, photo: &str) -> Result<Value> {
        let (report, wall) = timed(|| -> Result<Report> { Ok(self.engine.check(&fs::read(photo)?, self.profile)?) })?;
        Ok(json!({ "wall": wall, "pupils": pupil_distance(&report)? }))
    }

    /// From the file's path to the upload's bytes.
    fn prepare(&mut self, photo: &str, profile: &str) -> Result<Value> {
        let profile = Profile::from_toml(&fs::read_to_string(profile)?)?;
        let (prepared, wall) = timed(|| -> Result<Prepared> { Ok(self.engine.prepare(&fs::read(photo)?, &profile)?) })?;
        let findings = prepared.report().findings().len();
        let upload = prepared.ready().ok_or_else(|| format!("no upload: {findings} findings"))?;
        let (width, height, changes) = (upload.width(), upload.height(), upload.changes().iter().map(ToString::to_string));
        let answer = json!({ "wall": wall, "width": width, "height": height, "changes": changes.collect::<Vec<_>>() });
        self.upload = upload.into_bytes();
        Ok(answer)
    }

    /// The networks alone: the detector and the mesh once, the iris network twice.
    fn networks(&mut self, photo: &str) -> Result<Value> {
        if !self.stages.contains_key(photo) {
            let stages = Stages::new(self.engine, fs::read(photo)?.leak(), self.profile)?;
            self.stages.insert(photo.into(), stages);
        }
        let stages = &self.stages[photo];
        let ((), wall) = timed(|| stages.run("networks"))?;
        Ok(json!({ "wall": wall }))
    }

    /// The same networks in tract, as it comes, on the goldens that the peers run them on.
    fn networks_tract(&mut self, goldens: &Path) -> Result<Value> {
        if self.tract.is_none() {
            self.tract = Some(Tract::new(goldens)?);
        }
        let tract = self.tract.as_ref().ok_or("just made")?;
        let (outputs, wall) = timed(|| tract.run())?;
        Ok(json!({ "wall": wall, "outputs": outputs }))
    }

    /// What a first photo takes, whenever it is that the networks are loaded.
    fn first_check(&self, photo: &str) -> Result<Value> {
        let (_, wall) = timed(|| -> Result<Report> { Ok(Engine::new()?.check(&fs::read(photo)?, self.profile)?) })?;
        Ok(json!({ "wall": wall }))
    }
}

fn timed<T, E: Into<Box<dyn Error>>>(work: impl FnOnce() -> std::result::Result<T, E>) -> Result<(T, u128)> {
    let start = Instant::now();
    let result = black_box(work().map_err(Into::into)?);
    Ok((result, start.elapsed().as_nanos()))
}

fn pupil_distance(report: &Report) -> Result<f64> {
    Ok(report.faces().first().ok_or("no face")?.interpupillary_distance_px)
}

/// The bench's photos, and two more of each: one with a comment, which is all that a lossless preparation has to remove, and one that
/// is stored turned, which has to be compressed anew.
fn write_photos(folder: &Path) -> Result<Value> {
    let mut files = Vec::new();
    for Photo { name, picture, quality } in photos::photos()? {
        let (upright, turned) = (photos::jpeg(&picture, quality)?, photos::jpeg(&rotate270(&picture), quality)?);
        let with = |jpeg: &[u8], segment: &[u8]| [&jpeg[..2], segment, &jpeg[2..]].concat();
        let (commented, turned) = (with(&upright, COMMENT), with(&turned, TURNED));
        for (file, bytes) in [("", upright), (" commented", commented), (" turned", turned)] {
            let file = format!("{name}{file}.jpg");
            fs::write(folder.join(&file), &bytes)?;
            files.push(json!({ "name": file, "bytes": bytes.len() }));
        }
    }
    Ok(json!({ "files": files }))
}

const COMMENT: &[u8] = b"\xff\xfe\x00\x09comment";

/// An EXIF segment with the orientation 6 and nothing else.
const TURNED: &[u8] = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

type Runnable = std::sync::Arc<TypedRunnableModel>;

/// What the crate did before it had operators of its own.
fn load(onnx: &[u8]) -> Result<Runnable> {
    Ok(tract_onnx::onnx().model_for_read(&mut Cursor::new(onnx))?.into_optimized()?.into_runnable()?)
}

/// A golden, its network, and what a sample is multiplied with and what is added.
const RUNS: [(&str, &[u8], f32, f32); 4] = [
    ("face_detection_full_range_sparse.astronaut", DETECTOR, 1.0 / 127.5, -1.0),
    ("face_landmark.astronaut", MESH, 1.0 / 255.0, 0.0),
    ("iris_landmark.astronaut-right", IRIS, 1.0 / 255.0, 0.0),
    ("iris_landmark.astronaut-left", IRIS, 1.0 / 255.0, 0.0),
];

/// Networks with the inputs that they are run on.
struct Tract {
    runs: Vec<(Runnable, Tensor)>,
}

impl Tract {
    fn new(goldens: &Path) -> Result<Self> {
        let run = |(name, onnx, scale, shift)| Ok((load(onnx)?, input(&goldens.join(format!("{name}.png")), scale, shift)?));
        Ok(Self { runs: RUNS.into_iter().map(run).collect::<Result<_>>()? })
    }

    /// The presence of a face and each iris's x and y, which tell whether the peers computed the same.
    fn run(&self) -> Result<Vec<f32>> {
        let mut told = Vec::new();
        for (network, input) in &self.runs {
            let outputs = network.run(tvec!(input.clone().into()))?;
            let last: Vec<f32> = outputs[1].to_plain_array_view::<f32>()?.iter().copied().collect();
            match last.len() {
                1 => told.extend(&last),
                15 => told.extend(&last[..2]),
                _ => {}
            }
        }
        Ok(told)
    }
}

#[allow(clippy::disallowed_methods, reason = "a file of the project's own")]
fn input(golden: &Path, scale: f32, shift: f32) -> Result<Tensor> {
    let picture = image::open(golden)?.into_rgb8();
    let plane = |channel: usize| picture.pixels().map(move |pixel| scale * f32::from(pixel[channel]) + shift);
    let planes: Vec<f32> = (0..3).flat_map(plane).collect();
    Ok(Tensor::from_shape(&[1, 3, picture.height() as usize, picture.width() as usize], &planes)?)
}
