//! Labels files from CSV files with other columns and conventions.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use face_precheck::Point;

use crate::labels::{Angle, COLUMNS, Eyes, angles};
use crate::rows::{Fault, Row, Table};
use crate::turn::against_line_of_sight;

/// Writes a labels file, made from a CSV file with other columns and conventions, to the standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The CSV file
    input: PathBuf,
    /// Read column OLD as NEW; may be given again
    #[arg(long, value_name = "NEW=OLD", value_parser = renaming)]
    rename: Vec<(String, String)>,
    /// Angles whose sign is the other way round
    #[arg(long, value_name = "ANGLES", value_delimiter = ',')]
    negate: Vec<Angle>,
    /// What `left` and `right` mean in the eyes' columns: the subject's, or the side of the picture
    #[arg(long, value_name = "WHOSE", default_value = "subject")]
    eyes_by: Whose,
    /// A column that holds both pupils as [[x,y],[x,y]], the one on the picture's left first
    #[arg(long, value_name = "COLUMN")]
    pupils: Option<String>,
    /// Angles are against the camera's axis, and this is its focal length in pixels: turn them into angles against the line of sight
    #[arg(long, value_name = "PX", value_parser = positive)]
    focal_px: Option<f64>,
    /// Where the camera's axis meets the picture [default: the centre, by the columns width and height]
    #[arg(long, value_name = "X,Y", value_parser = point, requires = "focal_px", allow_hyphen_values = true)]
    axis: Option<Point>,
    /// Put before every file
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The set, where the line names none
    #[arg(long, value_name = "NAME")]
    set: Option<String>,
    /// The identity, where the line names none, is the file's name up to the first `_`
    #[arg(long)]
    identity_prefix: bool,
    /// The number of faces, where the line has none
    #[arg(long, value_name = "N")]
    n_faces: Option<usize>,
}

/// Whose left and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Whose {
    Subject,
    Picture,
}

fn renaming(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((new, _)) if !COLUMNS.contains(&new) && !["width", "height"].contains(&new) => {
            Err(format!("`{new}` is no column of a labels file, which has {}", COLUMNS.join(", ")))
        }
        Some((new, old)) => Ok((new.to_owned(), old.to_owned())),
        None => Err("not of the form NEW=OLD".to_owned()),
    }
}

fn finite(text: &str) -> Result<f64, String> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| format!("`{text}` is not a number"))
}

fn positive(text: &str) -> Result<f64, String> {
    finite(text).and_then(|number| if number > 0.0 { Ok(number) } else { Err("has to be more than 0".to_owned()) })
}

fn point(text: &str) -> Result<Point, String> {
    let (x, y) = text.split_once(',').ok_or("not of the form X,Y")?;
    Ok(Point::new(finite(x)?, finite(y)?))
}

/// Reads the input and writes the labels file, all of it or nothing.
pub(crate) fn convert(options: &Options, output: impl Write) -> Result<(), Fault> {
    let lines = lines(Table::read(&options.input)?, options)?;
    let mut writer = csv::Writer::from_writer(output);
    writer
        .write_record(COLUMNS)
        .and_then(|()| lines.iter().try_for_each(|line| writer.write_record(line)))
        .and_then(|()| Ok(writer.flush()?))
        .map_err(|error| Fault(format!("standard output: {error}")))
}

/// A line of the labels file, by [`COLUMNS`].
type Line = [String; COLUMNS.len()];

fn lines(mut table: Table, options: &Options) -> Result<Vec<Line>, Fault> {
    for (new, old) in &options.rename {
        table.rename(old, new)?;
    }
    table.require("file")?;
    options.negate.iter().try_for_each(|angle| table.require(angle.name()))?;
    options.pupils.iter().try_for_each(|column| table.require(column))?;
    if options.focal_px.is_some() && options.axis.is_none() {
        ["width", "height"].into_iter().try_for_each(|column| table.require(column))?;
    }
    table.rows().map(|row| line(&row, options)).collect()
}

fn line(row: &Row, options: &Options) -> Result<Line, Fault> {
    let file = row.text("file").ok_or_else(|| row.fault("file", "is blank"))?;
    let path = options.folder.as_ref().map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let prefix = options.identity_prefix.then(|| stem.split('_').next().unwrap_or_default());
    let eyes = eyes(row, options)?;
    let angles = converted_angles(row, eyes, options)?;
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| hundredth(number).to_string());
    let coordinate = |of: fn(Eyes) -> f64| number(eyes.map(of));
    let [yaw, pitch, roll] = angles.map(number);
    Ok([
        path.to_string_lossy().into_owned(),
        row.text("set").or(options.set.as_deref()).unwrap_or_default().to_owned(),
        row.text("identity").or(prefix).unwrap_or_default().to_owned(),
        row.count("n_faces")?.or(options.n_faces).map_or_else(String::new, |count| count.to_string()),
        yaw,
        pitch,
        roll,
        coordinate(|eyes| eyes.left.x),
        coordinate(|eyes| eyes.left.y),
        coordinate(|eyes| eyes.right.x),
        coordinate(|eyes| eyes.right.y),
    ])
}

/// The eyes by the subject's sides.
fn eyes(row: &Row, options: &Options) -> Result<Option<Eyes>, Fault> {
    if let Some(column) = &options.pupils {
        let Some(text) = row.text(column) else { return Ok(None) };
        let pupils: [[f64; 2]; 2] =
            serde_json::from_str(text).map_err(|_| row.fault(column, &format!("`{text}` is not [[x,y],[x,y]]")))?;
        let [right, left] = pupils.map(|[x, y]| Point::new(x, y));
        return Ok(Some(Eyes { left, right }));
    }
    Ok(Eyes::of(row)?.map(|eyes| match options.eyes_by {
        Whose::Subject => eyes,
        Whose::Picture => Eyes { left: eyes.right, right: eyes.left },
    }))
}

/// The angles in the project's signs and against the line of sight.
fn converted_angles(row: &Row, eyes: Option<Eyes>, options: &Options) -> Result<[Option<f64>; 3], Fault> {
    let mut angles = angles(row)?;
    for &angle in &options.negate {
        angles[angle as usize] = angles[angle as usize].map(|degrees| -degrees);
    }
    let Some(focal_px) = options.focal_px.filter(|_| angles.iter().any(Option::is_some)) else { return Ok(angles) };
    let Some(eyes) = eyes else { return Err(row.fault("left_eye_x", "is blank: the line of sight needs the eyes")) };
    let mut given = [0.0; 3];
    for angle in Angle::ALL {
        let needed = || row.fault(angle.name(), "is blank: the line of sight needs all three angles");
        given[angle as usize] = angles[angle as usize].ok_or_else(needed)?;
    }
    let side = |column| row.number(column)?.ok_or_else(|| row.fault(column, "is blank: where is the camera's axis?"));
    let axis = match options.axis {
        Some(axis) => axis,
        None => Point::new(side("width")? / 2.0, side("height")? / 2.0),
    };
    Ok(against_line_of_sight(given, eyes.middle(), axis, focal_px).map(Some))
}

/// Rounded to two decimal places; `-0` becomes `0`.
fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: Options,
    }

    fn converted(arguments: &[&str], text: &str) -> Result<Vec<Line>, Fault> {
        let options = Command::try_parse_from(["convert", "in.csv"].iter().chain(arguments)).unwrap().options;
        lines(Table::parse(Path::new("in.csv"), text.as_bytes())?, &options)
    }

    fn fault(arguments: &[&str], text: &str) -> String {
        converted(arguments, text).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_renamed_and_signs_turned() {
        let arguments = ["--rename", "roll=slope", "--rename", "n_faces=faces", "--negate", "pitch,roll"];
        let lines = converted(&arguments, "file,faces,yaw,pitch,slope\na.jpg,2,1.5,-3,20.25\nb.jpg,,,0,\n").unwrap();
        assert_eq!(lines[0], ["a.jpg", "", "", "2", "1.5", "3", "-20.25", "", "", "", ""]);
        assert_eq!(lines[1], ["b.jpg", "", "", "", "", "0", "", "", "", "", ""]);
    }

    #[test]
    fn what_a_line_leaves_open_comes_from_the_options() {
        let arguments = ["--folder", "pictures", "--set", "studio", "--identity-prefix", "--n-faces", "1"];
        let lines = converted(&arguments, "file,set,identity,n_faces\nsub/ann_2_x.jpg,,,\nbob.jpg,street,carl,0\n").unwrap();
        assert_eq!(lines[0][..4], ["pictures/sub/ann_2_x.jpg", "studio", "ann", "1"]);
        assert_eq!(lines[1][..4], ["pictures/bob.jpg", "street", "carl", "0"]);
    }

    #[test]
    fn the_eye_on_the_pictures_left_is_the_subjects_right_one() {
        let text = "file,left_eye_x,left_eye_y,right_eye_x,right_eye_y\na.jpg,300,251,400,252\n";
        assert_eq!(converted(&["--eyes-by", "picture"], text).unwrap()[0][7..], ["400", "252", "300", "251"]);
        assert_eq!(converted(&[], text).unwrap()[0][7..], ["300", "251", "400", "252"]);
        let text = "file,both\na.jpg,\"[[300.004, 251], [400.006, 252]]\"\nb.jpg,\n";
        let lines = converted(&["--pupils", "both"], text).unwrap();
        assert_eq!(lines[0][7..], ["400.01", "252", "300", "251"]);
        assert_eq!(lines[1][7..], [""; 4]);
    }

    #[test]
    fn angles_against_the_axis_become_angles_against_the_line_of_sight() {
        // 363.97 px of 1000 are 20 degrees.
        let text = "file,width,height,yaw,pitch,roll,eyes\n\
                    a.jpg,720,960,0,0,0,\"[[673.97,480],[773.97,480]]\"\n\
                    b.jpg,720,960,0,20,0,\"[[310,116.03],[410,116.03]]\"\n\
                    c.jpg,720,960,,,,\n";
        let lines = converted(&["--focal-px", "1000", "--pupils", "eyes"], text).unwrap();
        assert_eq!(lines[0][4..7], ["20", "0", "0"]);
        assert_eq!(lines[1][4..7], ["0", "0", "0"]);
        assert_eq!(lines[2][4..7], [""; 3]);
        let lines = converted(&["--focal-px", "1000", "--pupils", "eyes", "--axis", "723.97,480"], text).unwrap();
        assert_eq!(lines[0][4..7], ["0", "0", "0"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(fault(&["--negate", "roll"], "file,yaw\na.jpg,1\n").starts_with("in.csv:1: roll: there is no such column"));
        assert!(fault(&["--pupils", "p"], "file\na.jpg\n").starts_with("in.csv:1: p: there is no such column"));
        assert_eq!(fault(&["--pupils", "p"], "file,p\na.jpg,\"[[1,2]]\"\n"), "in.csv:2: p: `[[1,2]]` is not [[x,y],[x,y]]");
        let focal = ["--focal-px", "900", "--axis", "1,2"];
        assert!(fault(&focal, "file,yaw\na.jpg,1\n").starts_with("in.csv:2: left_eye_x: is blank"));
        let text = "file,yaw,left_eye_x,left_eye_y,right_eye_x,right_eye_y\na.jpg,1,9,2,3,4\n";
        assert!(fault(&focal, text).starts_with("in.csv:2: pitch: is blank"));
        assert!(fault(&["--focal-px", "900"], text).starts_with("in.csv:1: width: there is no such column"));
    }

    #[test]
    fn arguments_that_mean_nothing_are_refused() {
        for wrong in [
            ["--rename", "roll"],
            ["--rename", "tilt=roll"],
            ["--negate", "x"],
            ["--focal-px", "0"],
            ["--focal-px", "NaN"],
            ["--axis", "1,2"],
            ["--n-faces", "-1"],
        ] {
            assert!(Command::try_parse_from(["convert", "in.csv"].iter().chain(&wrong)).is_err(), "{wrong:?}");
        }
    }
}
