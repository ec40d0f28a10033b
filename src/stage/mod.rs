//! One file for each stage. A stage imports vocabulary, never another stage; [`engine`](crate::Engine) puts them in order.

pub(crate) mod decode;
pub(crate) mod detect;
pub(crate) mod encode;
pub(crate) mod judge;
#[allow(clippy::indexing_slicing, reason = "constants of the mesh")]
pub(crate) mod landmarks;
#[allow(clippy::indexing_slicing, reason = "rows and columns of the crop")]
pub(crate) mod measure;
#[allow(clippy::indexing_slicing, reason = "rows and columns of the picture, whose length Rgb8 vouches for")]
pub(crate) mod orient;
#[allow(clippy::indexing_slicing, reason = "constants of the mesh, and matrices of fixed size")]
pub(crate) mod pose;
pub(crate) mod probe;
#[allow(clippy::indexing_slicing, reason = "constants of the mesh")]
pub(crate) mod pupils;
pub(crate) mod strip;
