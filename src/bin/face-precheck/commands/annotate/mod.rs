//! `face-precheck annotate`.

mod canvas;
mod drawing;
mod panel;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use face_precheck::{Engine, Verdict};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _};

use self::canvas::Canvas;
use crate::Trouble;
use crate::args::AnnotateArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::input::{Input, Unread};
use crate::output::text::{name, printable, tolerate_broken_pipe};
use crate::whole;

pub(crate) fn run(args: &AnnotateArgs) -> Result<Exit, Trouble> {
    let AnnotateArgs { photo, out, size, force, demands } = args;
    let config = Config::load(&demands.settings)?;
    let profile = config.profile(demands)?.profile;
    let language = config.language(demands)?;
    let shown = out.display();
    if !out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        return Err(format!("--out {shown}: a file that ends in .png is expected").into());
    }
    let input = Input::only(photo)?;
    if is_same(&input.path, out) {
        return Err(format!("--out {shown}: is the photo itself").into());
    }
    let engine = Engine::lazy();
    let checked = match input.read(engine.limits()) {
        Err(Unread::Io(error)) => return Err(format!("{}: {error}", photo.display()).into()),
        Err(Unread::NoPicture) => return Err(format!("{}: one photo is expected", photo.display()).into()),
        Err(Unread::Refused(error, _)) => Err(error),
        Ok(content) => engine.check_with_preview(&content.bytes, &profile, *size),
    };
    let (report, preview) = match checked {
        Ok((report, preview)) => (report.in_language(&language), preview),
        Err(error) => {
            let hint = error.hint().map(|hint| format!(". {}", hint.in_language(&language))).unwrap_or_default();
            anstream::eprintln!("face-precheck: {}", printable(&format!("{}: {error}{hint}", photo.display())));
            return Ok(Exit::SomeNot);
        }
    };
    let canvas = drawing::draw(&preview, &report).ok_or("an empty picture")?;
    whole::write(out, &png(&canvas)?, *force).map_err(|error| format!("--out {shown}: {error}"))?;
    let line = format!("{:<10} {} -> {}\n", report.verdict(), name(&input.path), name(out));
    tolerate_broken_pipe(io::stdout().write_all(line.as_bytes()))?;
    Ok(if report.verdict() == Verdict::Compliant { Exit::AllCompliant } else { Exit::SomeNot })
}

fn is_same(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

fn png(canvas: &Canvas) -> Result<Vec<u8>, Trouble> {
    let (width, height) = canvas.size();
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&canvas.rgb(), width, height, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}
