//! JPEG files (ITU-T T.81) to pictures and back.

pub(crate) mod decode;
pub(crate) mod encode;
