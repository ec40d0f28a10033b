//! Known damage to pictures of faces. All of it is measured in distances between the pupils, so that it means the same at every
//! size, and light is added and multiplied where that is linear: decoded from sRGB, and encoded again at the end.

#![allow(dead_code, reason = "a set of tools, of which each mode takes what it needs")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sides of pictures are far below 2^24, and what becomes whole is rounded and within the picture, or saturates"
)]

pub(crate) mod blur;
pub(crate) mod crop;
pub(crate) mod face;
pub(crate) mod light;
pub(crate) mod linear;
pub(crate) mod loss;
pub(crate) mod occlude;
pub(crate) mod seeded;
