//! Loaded networks. The only importer of tract.

use std::io::Cursor;
use std::sync::Arc;

use tract_onnx::prelude::{Framework, InferenceModelExt, IntoRunnable, Tensor, TypedRunnableModel, tvec};

use crate::error::{Error, Result};
use crate::models::Model;

/// A network that is ready to run: one picture in, some tensors out.
#[derive(Clone)]
pub(crate) struct Network {
    name: &'static str,
    /// Height and width of the input, which is 1 x 3 x side x side.
    side: u32,
    plan: Arc<TypedRunnableModel>,
}

impl Network {
    /// Parses and optimises an embedded model whose input is a square of `side` pixels.
    pub(crate) fn load(model: &Model, side: u32) -> Result<Self> {
        let plan = tract_onnx::onnx()
            .model_for_read(&mut Cursor::new(model.onnx))
            .and_then(InferenceModelExt::into_optimized)
            .and_then(IntoRunnable::into_runnable)
            .map_err(|error| Error::Network { name: model.name, message: error.to_string() })?;
        Ok(Self { name: model.name, side, plan })
    }

    /// The side of the square that the network looks at, in pixels.
    pub(crate) const fn side(&self) -> u32 {
        self.side
    }

    /// Runs the network on the R, G and B planes of a square and returns its `N` outputs, each flattened.
    pub(crate) fn run<const N: usize>(&self, planes: &[f32]) -> Result<[Vec<f32>; N]> {
        let failed = |message: String| Error::Network { name: self.name, message };
        let side = self.side as usize;
        let input = Tensor::from_shape(&[1, 3, side, side], planes).map_err(|error| failed(error.to_string()))?;
        let outputs = self.plan.run(tvec!(input.into())).map_err(|error| failed(error.to_string()))?;
        let outputs = outputs
            .iter()
            .map(|output| Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect()))
            .collect::<tract_onnx::prelude::TractResult<Vec<Vec<f32>>>>()
            .map_err(|error| failed(error.to_string()))?;
        let count = outputs.len();
        outputs.try_into().map_err(|_| failed(format!("{count} outputs where {N} were expected")))
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Network({}, {side}x{side})", self.name, side = self.side)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::models::{FACE_DETECTION_FULL_RANGE, FACE_DETECTION_SHORT_RANGE, FACE_LANDMARK, IRIS_LANDMARK};

    /// Real inputs through each network, against what the TFLite interpreter made of them with the models they were converted from.
    #[test]
    fn golden_outputs_are_met_within_their_bounds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/golden");
        let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap();
        let mut compared = 0;
        for (model, side, scale, shift) in [
            (FACE_DETECTION_SHORT_RANGE, 128, 1.0 / 127.5, -1.0),
            (FACE_DETECTION_FULL_RANGE, 192, 1.0 / 127.5, -1.0),
            (FACE_LANDMARK, 192, 1.0 / 255.0, 0.0),
            (IRIS_LANDMARK, 64, 1.0 / 255.0, 0.0),
        ] {
            let network = Network::load(&model, side).unwrap();
            let file = format!("{}.onnx", model.name);
            let mut inputs = 0;
            for case in cases.iter().filter(|case| case["model"] == file) {
                let input = image::open(folder.join(case["input"].as_str().unwrap())).unwrap().into_rgb8();
                assert_eq!(input.dimensions(), (side, side));
                let planes: Vec<f32> =
                    (0..3).flat_map(|c| input.pixels().map(move |p| scale * f32::from(p.0[c]) + shift)).collect();
                let found: [Vec<f32>; 2] = network.run(&planes).unwrap();
                let outputs = case["outputs"].as_array().unwrap();
                assert_eq!(outputs.len(), 2);
                for (found, output) in found.iter().zip(outputs) {
                    let bytes = std::fs::read(folder.join(output["file"].as_str().unwrap())).unwrap();
                    let (expected, rest) = bytes.as_chunks::<4>();
                    assert!(rest.is_empty());
                    assert_eq!(found.len(), expected.len());
                    let bound = output["bound"].as_f64().unwrap();
                    for (found, expected) in found.iter().zip(expected) {
                        let off = (found - f32::from_le_bytes(*expected)).abs();
                        assert!(f64::from(off) <= bound, "{}: off by {off}, bound {bound}", output["file"]);
                    }
                    compared += 1;
                }
                inputs += 1;
            }
            assert!(inputs >= 3, "{file}: {inputs} inputs");
        }
        assert_eq!(compared, 2 * cases.len());
    }

    #[test]
    fn an_input_of_the_wrong_size_is_an_error() {
        let network = Network::load(&FACE_DETECTION_SHORT_RANGE, 128).unwrap();
        assert!(network.run::<2>(&[0.0; 12]).is_err());
        assert!(network.run::<5>(&vec![0.0; 3 * 128 * 128]).is_err());
    }
}
