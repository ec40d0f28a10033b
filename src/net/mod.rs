//! Loaded networks. The only importer of tract.
//!
//! tract reads the embedded files and types their graphs. The convolutional trunk, in which the time goes, is then taken over by a
//! plan of fused layers ([`lower`], [`plan`], [`run`], [`kernels`]); what remains (the outputs' shapes, most of all) tract runs. A
//! graph that cannot be taken over stays with tract altogether.

#[allow(clippy::inline_always, reason = "what is not inlined into the dispatched function is compiled for the oldest processors")]
mod kernels;
mod lower;
mod plan;
#[allow(clippy::inline_always, reason = "as above")]
mod run;
#[cfg(test)]
mod tests;

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::prelude::{
    Framework, InferenceModel, InferenceModelExt, IntoRunnable, OutletId, TValue, Tensor, TractResult, TypedRunnableModel, tvec,
};

use self::kernels::Level;
use self::lower::{Lowered, lower};
use self::plan::Plan;
use self::run::Workspace;
use crate::error::{Error, Result};
use crate::models::Model;

/// A network that is ready to run: one picture in, some tensors out. Clones share everything.
#[derive(Clone)]
pub(crate) struct Network {
    name: &'static str,
    /// Height and width of the input.
    side: u32,
    way: Arc<Way>,
}

/// Who runs it.
enum Way {
    Lowered {
        plan: Plan,
        rest: Arc<TypedRunnableModel>,
        /// Memory of runs that have ended: there is never more of it than there were runs at one time.
        workspaces: Mutex<Vec<Workspace>>,
    },
    Tract {
        model: Arc<TypedRunnableModel>,
        /// Why it could not be lowered.
        reason: String,
    },
}

impl Network {
    /// Parses an embedded model whose input is a square of `side` pixels.
    pub(crate) fn load(model: &Model, side: u32) -> Result<Self> {
        let typed = || parsed(model)?.into_typed();
        let way = typed().and_then(|typed| match lower(&typed) {
            Ok(Lowered { plan, rest }) => Ok(Way::Lowered { plan, rest, workspaces: Mutex::default() }),
            Err(error) => {
                let model = typed.into_optimized()?.into_runnable()?;
                Ok(Way::Tract { model, reason: error.to_string() })
            }
        });
        let way = way.map_err(|error| Error::Network { name: model.name, message: error.to_string() })?;
        Ok(Self { name: model.name, side, way: Arc::new(way) })
    }

    /// The same network without any lowering: what the lowered one is compared with.
    #[cfg(test)]
    fn load_with_tract(model: &Model, side: u32) -> Result<Self> {
        let optimized = || parsed(model)?.into_optimized()?.into_runnable();
        let optimized = optimized().map_err(|error| Error::Network { name: model.name, message: error.to_string() })?;
        let way = Way::Tract { model: optimized, reason: "as asked for".into() };
        Ok(Self { name: model.name, side, way: Arc::new(way) })
    }

    /// Runs the network on the rows of R, G and B that `fill` writes, and returns its `N` outputs, each flattened, the features last.
    /// Every pixel has to be written: the last run's are still there.
    pub(crate) fn run<const N: usize>(&self, fill: impl FnOnce(&mut [&mut [[f32; 3]]])) -> Result<[Vec<f32>; N]> {
        let failed = |message: String| Error::Network { name: self.name, message };
        let outputs = self.outputs(fill).map_err(|error| failed(error.to_string()))?;
        let count = outputs.len();
        outputs.try_into().map_err(|_| failed(format!("{count} outputs where {N} were expected")))
    }

    fn outputs(&self, fill: impl FnOnce(&mut [&mut [[f32; 3]]])) -> TractResult<Vec<Vec<f32>>> {
        match &*self.way {
            Way::Lowered { plan, rest, workspaces } => {
                let pool = || workspaces.lock().unwrap_or_else(PoisonError::into_inner);
                let used = pool().pop();
                let mut workspace = used.unwrap_or_else(|| Workspace::new(plan));
                fill(&mut workspace.input_rows(plan).collect::<Vec<_>>());
                workspace.run(plan, Level::best());
                let outputs = finish(plan, &workspace, rest);
                pool().push(workspace);
                outputs
            }
            Way::Tract { model, .. } => self.run_tract(model, fill),
        }
    }

    fn run_tract(
        &self,
        model: &Arc<TypedRunnableModel>,
        fill: impl FnOnce(&mut [&mut [[f32; 3]]]),
    ) -> TractResult<Vec<Vec<f32>>> {
        let side = self.side as usize;
        let mut pixels = vec![[0.0; 3]; side * side];
        fill(&mut pixels.chunks_exact_mut(side).collect::<Vec<_>>());
        let planes: Vec<f32> = (0..3).flat_map(|channel| pixels.iter().map(move |pixel| pixel[channel])).collect();
        flattened(&model.run(tvec!(Tensor::from_shape(&[1, 3, side, side], &planes)?.into()))?)
    }
}

/// The graph as the file has it, with the features as its last output.
fn parsed(model: &Model) -> TractResult<InferenceModel> {
    let mut graph = tract_onnx::onnx().model_for_read(&mut Cursor::new(model.onnx))?;
    if let Some(features) = model.features {
        let mut outputs = graph.output_outlets()?.to_vec();
        outputs.push(OutletId::new(graph.node_id_by_name(features)?, 0));
        graph.select_output_outlets(&outputs)?;
    }
    Ok(graph)
}

/// From the plan's heads to the outputs.
fn finish(plan: &Plan, workspace: &Workspace, rest: &Arc<TypedRunnableModel>) -> TractResult<Vec<Vec<f32>>> {
    let heads = plan.heads.iter().map(|&head| {
        let (shape, values) = workspace.head(plan, head);
        Ok(Tensor::from_shape(&[1, shape.channels, shape.height, shape.width], &values)?.into())
    });
    flattened(&rest.run(heads.collect::<TractResult<_>>()?)?)
}

fn flattened(outputs: &[TValue]) -> TractResult<Vec<Vec<f32>>> {
    outputs.iter().map(|output| Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())).collect()
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Network({}, {side}x{side}", self.name, side = self.side)?;
        match &*self.way {
            Way::Lowered { plan, .. } => write!(f, ", {} fused layers)", plan.layers.len()),
            Way::Tract { reason, .. } => write!(f, ", run by tract: {reason})"),
        }
    }
}
