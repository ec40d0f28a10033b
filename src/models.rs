//! The embedded networks: what each is and its sha256, as `models/README.md` documents them.

/// An ONNX file of `models/`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    /// The file's name without its extension.
    pub(crate) name: &'static str,
    pub(crate) onnx: &'static [u8],
    /// The node whose output comes after the network's own outputs: what it has seen, before it draws its conclusions.
    pub(crate) features: Option<&'static str>,
    /// Of `onnx`, as in `models/SHA256SUMS`; a test holds the three together.
    #[cfg(test)]
    pub(crate) sha256: &'static str,
}

macro_rules! model {
    ($name:literal, $sha256:literal, $features:expr) => {
        Model {
            name: $name,
            onnx: include_bytes!(concat!("../models/", $name, ".onnx")),
            features: $features,
            #[cfg(test)]
            sha256: $sha256,
        }
    };
}

/// Finds faces that are near in a picture of 128 x 128 pixels.
pub(crate) const FACE_DETECTION_SHORT_RANGE: Model =
    model!("face_detection_short_range", "7b17aba0a623ed84cc09fd6ef163856a176a3090c06af34dbe561e1f5aaa10e0", None);

/// Finds faces, far ones too, in a picture of 192 x 192 pixels.
pub(crate) const FACE_DETECTION_FULL_RANGE: Model =
    model!("face_detection_full_range_sparse", "5bd67ecb4a9ee102326cd312fa7e93d8606591ec189524281045023676ffcc26", None);

/// Places 468 points on a face in a crop of 192 x 192 pixels. Its features are 128 channels of 6 x 6.
pub(crate) const FACE_LANDMARK: Model =
    model!("face_landmark", "ded7bbc0e5e34029f19b2bc3e469ae30c56810d771d667249862d689e67b1b1f", Some("PRelu/t141"));

/// Places the iris and the eye's contour in a crop of 64 x 64 pixels. Its features are 128 channels of 2 x 2.
pub(crate) const IRIS_LANDMARK: Model =
    model!("iris_landmark", "642be07cef464040e4700ee106f8d333810d0d33d409b4a37b212850513cf44b", Some("PRelu/t319"));

/// Numbers of `models/` that weigh a network's features: little-endian floats, the bias first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readout {
    /// The file's name without its extension.
    pub(crate) name: &'static str,
    pub(crate) numbers: &'static [u8],
}

macro_rules! readout {
    ($name:literal) => {
        Readout { name: $name, numbers: include_bytes!(concat!("../models/", $name, ".f32")) }
    };
}

/// Whether an eye can be seen, from the features of [`IRIS_LANDMARK`] in two crops.
pub(crate) const EYE_VISIBLE: Readout = readout!("eye_visible");

/// Whether nose, mouth and chin can be seen, from the features of [`FACE_LANDMARK`].
pub(crate) const LOWER_FACE_VISIBLE: Readout = readout!("lower_face_visible");

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_embedded_files_are_those_that_were_converted() {
        let sums = include_str!("../models/SHA256SUMS");
        let models = [FACE_DETECTION_SHORT_RANGE, FACE_DETECTION_FULL_RANGE, FACE_LANDMARK, IRIS_LANDMARK];
        let readouts = [EYE_VISIBLE, LOWER_FACE_VISIBLE];
        assert_eq!(sums.lines().count(), models.len() + readouts.len());
        let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for readout in readouts {
            assert!(sums.contains(&format!("{}  {}.f32", hex(readout.numbers), readout.name)), "{}", readout.name);
        }
        for model in models {
            let sha256 = hex(model.onnx);
            assert_eq!(sha256, model.sha256, "{}", model.name);
            assert!(sums.contains(&format!("{sha256}  {}.onnx", model.name)), "{}", model.name);
        }
    }

    /// Each has its size, source, licence and a card.
    #[test]
    fn the_readme_says_where_each_is_from() {
        let (readme, notice) = (include_str!("../models/README.md"), include_str!("../NOTICE"));
        // 1,055,892, as the table has it.
        let thousands = |bytes: usize| {
            let digits = bytes.to_string().into_bytes();
            let groups: Vec<String> = digits.rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
            groups.join(",")
        };
        for Model { name, onnx, sha256, .. } in
            [FACE_DETECTION_SHORT_RANGE, FACE_DETECTION_FULL_RANGE, FACE_LANDMARK, IRIS_LANDMARK]
        {
            let row = format!("| `{name}.onnx` | {} | `{sha256}` |", thousands(onnx.len()));
            assert!(readme.contains(&row), "{row}");
            let sources: Vec<&str> = readme.lines().filter(|line| line.contains(&format!("/{name}.tflite` | `"))).collect();
            assert_eq!(sources.len(), 1, "{name}");
            assert!(readme.contains(&format!("## `{name}.onnx`: ")), "{name}");
            assert!(notice.contains(&format!("models/{name}.onnx")), "{name}");
        }
        assert!(readme.contains("published under the Apache License 2.0 in the PyPI package `mediapipe`"));
        for Readout { name, numbers } in [EYE_VISIBLE, LOWER_FACE_VISIBLE] {
            assert!(readme.contains(&format!("| `{name}.f32` | {} | ", thousands(numbers.len()))), "{name}");
            assert!(notice.contains(&format!("models/{name}.f32")), "{name}");
        }
        assert!(readme.contains("two logistic regressions of our own (under the licence of the code)"));
    }
}
