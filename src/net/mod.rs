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
            .and_then(|model| model.into_optimized())
            .and_then(|model| model.into_runnable())
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
