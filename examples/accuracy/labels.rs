//! The labels file: what is known about each picture. Its format is described in README.md.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use face_precheck::{HeadPose, Point, Rule};

use crate::rows::{Fault, Row, Table};

/// The columns of a labels file that are read, in the order in which they are written.
pub(crate) const COLUMNS: [&str; 11] =
    ["file", "set", "identity", "n_faces", "yaw", "pitch", "roll", "left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y"];

/// One of the three angles. As a number it is the place of the angle in an array of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Angle {
    Yaw,
    Pitch,
    Roll,
}

impl Angle {
    pub(crate) const ALL: [Self; 3] = [Self::Yaw, Self::Pitch, Self::Roll];

    /// Its name, which is its column's.
    pub(crate) const fn name(self) -> &'static str {
        ["yaw", "pitch", "roll"][self as usize]
    }

    pub(crate) const fn rule(self) -> Rule {
        [Rule::HeadPoseYaw, Rule::HeadPosePitch, Rule::HeadPoseRoll][self as usize]
    }

    pub(crate) const fn of(self, pose: &HeadPose) -> f64 {
        [pose.yaw, pose.pitch, pose.roll][self as usize]
    }
}

/// Centres of the pupils; left and right are the subject's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Eyes {
    pub(crate) left: Point,
    pub(crate) right: Point,
}

impl Eyes {
    pub(crate) fn distance(&self) -> f64 {
        (self.left.x - self.right.x).hypot(self.left.y - self.right.y)
    }

    pub(crate) const fn middle(&self) -> Point {
        Point::new(f64::midpoint(self.left.x, self.right.x), f64::midpoint(self.left.y, self.right.y))
    }

    /// The eyes of a row; half an eye is a fault.
    pub(crate) fn of(row: &Row) -> Result<Option<Self>, Fault> {
        let columns = ["left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y"];
        let mut numbers = [None; 4];
        for (number, column) in numbers.iter_mut().zip(columns) {
            *number = row.number(column)?;
        }
        match numbers {
            [None, None, None, None] => Ok(None),
            [Some(left_x), Some(left_y), Some(right_x), Some(right_y)] => {
                let eyes = Self { left: Point::new(left_x, left_y), right: Point::new(right_x, right_y) };
                if eyes.distance() > 0.0 {
                    Ok(Some(eyes))
                } else {
                    Err(row.fault("left_eye_x", "both eyes are at the same place"))
                }
            }
            _ => {
                let blank =
                    numbers.iter().zip(columns).find(|(number, _)| number.is_none()).map_or(columns[0], |(_, column)| column);
                Err(row.fault(blank, "is blank, and the other columns of the eyes are not all so"))
            }
        }
    }
}

/// The angles of a row.
pub(crate) fn angles(row: &Row) -> Result<[Option<f64>; 3], Fault> {
    let mut angles = [None; 3];
    for angle in Angle::ALL {
        angles[angle as usize] = row.number(angle.name())?;
        if angles[angle as usize].is_some_and(|degrees| degrees.abs() > 180.0) {
            return Err(row.fault(angle.name(), "is not between -180 and 180 degrees"));
        }
    }
    Ok(angles)
}

/// What is known about a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    /// Where the picture is.
    pub(crate) path: PathBuf,
    /// What the labels file calls it.
    pub(crate) file: String,
    /// What it is tallied with.
    pub(crate) set: String,
    /// Who it is, by the labels file and the name that this gives.
    pub(crate) identity: Option<String>,
    pub(crate) n_faces: Option<usize>,
    /// Degrees, by [`Angle`].
    pub(crate) angles: [Option<f64>; 3],
    pub(crate) eyes: Option<Eyes>,
}

/// Reads a labels file and makes sure that its pictures exist.
pub(crate) fn read(path: &Path) -> Result<Vec<Label>, Fault> {
    let table = Table::read(path)?;
    table.require("file")?;
    let mut seen = HashSet::new();
    let labels: Vec<Label> = table
        .rows()
        .map(|row| {
            let label = label(path, &row)?;
            if !label.path.is_file() {
                return Err(row.fault("file", &format!("there is no picture {}", label.path.display())));
            }
            if !seen.insert(label.path.clone()) {
                return Err(row.fault("file", &format!("{} has a line already", label.file)));
            }
            Ok(label)
        })
        .collect::<Result<_, _>>()?;
    if labels.is_empty() { Err(Fault(format!("{}: there are no pictures in it", path.display()))) } else { Ok(labels) }
}

fn label(labels: &Path, row: &Row) -> Result<Label, Fault> {
    let file = row.text("file").ok_or_else(|| row.fault("file", "is blank"))?;
    let path = labels.parent().unwrap_or(Path::new("")).join(file);
    let folder = || std::path::absolute(&path).ok()?.parent()?.file_name()?.to_str().map(str::to_owned);
    let set = row.text("set").map(str::to_owned).or_else(folder).unwrap_or_default();
    let label = Label {
        file: file.to_owned(),
        set,
        identity: row.text("identity").map(|name| format!("{}: {name}", labels.display())),
        n_faces: row.count("n_faces")?,
        angles: angles(row)?,
        eyes: Eyes::of(row)?,
        path,
    };
    if label.n_faces == Some(0) && (label.eyes.is_some() || label.angles.iter().any(Option::is_some)) {
        return Err(row.fault("n_faces", "is 0, and the line describes a face"));
    }
    Ok(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Label>, Fault> {
        let path = Path::new("photos/labels.csv");
        Table::parse(path, text.as_bytes())?.rows().map(|row| label(path, &row)).collect()
    }

    fn fault(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_line_may_say_everything_or_nothing_but_the_file() {
        let labels = parse(
            "file,note,set,identity,n_faces,yaw,pitch,roll,left_eye_x,left_eye_y,right_eye_x,right_eye_y\n\
             a.jpg,hm,studio,ann,1,1,-2,3.5,400,250,300,250\n\
             sub/b.jpg,,,,,,,,,,,\n\
             c.jpg,,,,0,,,,,,,\n",
        )
        .unwrap();
        let eyes = Eyes { left: Point::new(400.0, 250.0), right: Point::new(300.0, 250.0) };
        assert_eq!(
            labels[0],
            Label {
                path: "photos/a.jpg".into(),
                file: "a.jpg".into(),
                set: "studio".into(),
                identity: Some("photos/labels.csv: ann".into()),
                n_faces: Some(1),
                angles: [Some(1.0), Some(-2.0), Some(3.5)],
                eyes: Some(eyes),
            }
        );
        assert_eq!((eyes.distance(), eyes.middle()), (100.0, Point::new(350.0, 250.0)));
        assert_eq!((labels[1].n_faces, labels[1].angles, labels[1].eyes), (None, [None; 3], None));
        assert_eq!((labels[1].set.as_str(), labels[2].set.as_str()), ("sub", "photos"));
    }

    #[test]
    fn what_contradicts_itself_is_a_fault() {
        assert_eq!(
            fault("file,left_eye_x,left_eye_y,right_eye_x,right_eye_y\na.jpg,1,2,3,\n"),
            "photos/labels.csv:2: right_eye_y: is blank, and the other columns of the eyes are not all so"
        );
        assert_eq!(
            fault("file,left_eye_x,left_eye_y,right_eye_x,right_eye_y\na.jpg,1,2,1,2\n"),
            "photos/labels.csv:2: left_eye_x: both eyes are at the same place"
        );
        assert_eq!(fault("file,yaw\na.jpg,181\n"), "photos/labels.csv:2: yaw: is not between -180 and 180 degrees");
        assert_eq!(fault("file,n_faces,yaw\na.jpg,0,5\n"), "photos/labels.csv:2: n_faces: is 0, and the line describes a face");
        assert_eq!(fault("file,yaw\n,5\n"), "photos/labels.csv:2: file: is blank");
    }

    #[test]
    fn pictures_that_are_missing_or_there_twice_are_faults() {
        let folder = tempfile();
        let labels = folder.join("labels.csv");
        let fault = |text: &str| {
            std::fs::write(&labels, text).unwrap();
            read(&labels).unwrap_err().to_string()
        };
        let missing = fault("file\nlabels.csv\nnowhere.jpg\n");
        assert!(missing.contains("labels.csv:3: file: there is no picture") && missing.ends_with("nowhere.jpg"), "{missing}");
        assert!(fault("file\nlabels.csv\nlabels.csv\n").ends_with("labels.csv:3: file: labels.csv has a line already"));
        assert!(fault("name\nlabels.csv\n").ends_with("labels.csv:1: file: there is no such column, only name"));
        assert!(fault("file,yaw\n").ends_with("labels.csv: there are no pictures in it"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    fn tempfile() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("accuracy-labels-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
