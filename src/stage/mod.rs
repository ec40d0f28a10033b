//! One file for each stage. A stage imports vocabulary, never another stage; [`engine`](crate::Engine) puts them in order.

pub(crate) mod decode;
pub(crate) mod detect;
pub(crate) mod encode;
pub(crate) mod judge;
pub(crate) mod landmarks;
pub(crate) mod measure;
pub(crate) mod orient;
pub(crate) mod pose;
pub(crate) mod probe;
pub(crate) mod pupils;
pub(crate) mod strip;
