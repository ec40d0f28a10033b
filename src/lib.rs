#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// Hostile files reach this code first. Where a file decides nothing about an index, its module says so where it is declared.
#![warn(clippy::indexing_slicing, clippy::string_slice)]
#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::disallowed_methods,
        reason = "tests make small numbers and read files of their own"
    )
)]

#[cfg(any(feature = "client", feature = "stand-in"))]
mod call;
#[cfg(test)]
mod cases;
mod container;
mod engine;
mod error;
mod face;
mod geometry;
mod header;
mod hint;
mod icc;
mod image;
mod isolate;
mod jpeg;
mod limits;
mod measures;
mod models;
#[allow(clippy::indexing_slicing, reason = "shapes are those of the embedded networks")]
mod net;
mod preview;
mod profile;
mod reduction;
mod report;
#[cfg(test)]
mod repository;
#[allow(clippy::indexing_slicing, reason = "rows and columns of pictures made here")]
mod resample;
mod rule;
mod stage;
mod upload;

#[cfg(feature = "rayon")]
pub mod batch;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "stand-in")]
pub mod stand_in;

#[cfg(any(feature = "client", feature = "stand-in"))]
pub use call::Call;
pub use engine::Engine;
#[doc(hidden)]
pub use engine::Stages;
pub use error::{Error, LimitKind, Result};
pub use face::{Face, HeadPose, PupilSource, Sides, Uncertainty};
pub use geometry::{Point, Rect, Turn};
pub use header::{Format, Header, JpegHeader, JpegQuality, JpegQualityMethod, Metadata, Orientation};
pub use hint::{Hint, Language};
pub use limits::Limits;
pub use measures::Measures;
pub use preview::Preview;
pub use profile::{Demand, FaceSize, Formats, NearLimit, Profile, Purpose, Range, RecommendedHeight, SingleFace};
pub use report::{Cause, Consideration, Considered, Finding, ProfileId, Report, SCHEMA, TOOL, Unit, Verdict};
pub use rule::{Code, Rule, Severity};
pub use stage::measure::FACE_BOX_FACTOR;
pub use stage::probe::{probe, sniff};
pub use upload::{Change, Chroma, Prepared, Upload};

/// What is shared between threads, and handed from one to another: every type that is public.
#[cfg(test)]
mod promises {
    use super::*;

    const fn is_send_and_sync<T: Send + Sync + 'static>() {}

    macro_rules! all_are {
        ($($type:ty),* $(,)?) => { const _: () = { $(is_send_and_sync::<$type>();)* }; };
    }

    #[rustfmt::skip]
    all_are! {
        Engine, Error, LimitKind, Face, HeadPose, PupilSource, Sides<f64>, Uncertainty, Point, Rect, Turn,
        Format, Header, JpegHeader, JpegQuality, JpegQualityMethod, Metadata, Orientation, Hint, Language, Limits, Measures, Preview,
        Demand, FaceSize, Formats, NearLimit, Profile, Purpose, Range, RecommendedHeight, SingleFace,
        Cause, Consideration, Considered, Finding, ProfileId, Report, Unit, Verdict, Code, Rule, Severity,
        Change, Chroma, Prepared, Upload,
    }

    #[cfg(feature = "rayon")]
    all_are! { batch::Options<'static>, batch::Order, batch::Panic }

    #[cfg(feature = "client")]
    all_are! {
        Call, client::Client, client::Session, client::Task<client::Registration>, client::Outcome<client::Registration>, client::Error,
        client::ErrorKind, client::Refusal, client::Issue, client::ServiceCode, client::State, client::Progress<client::Liveness>,
        client::Paths, client::Retry, client::Wait, client::Agreement, client::Served, client::Card, client::Passport, client::CardKyc,
        client::PassportKyc, client::BackgroundCheck, client::Authentication,
    }

    #[cfg(feature = "stand-in")]
    all_are! {
        stand_in::StandIn, stand_in::Options, stand_in::Observer, stand_in::Answers, stand_in::Counts, stand_in::Seen, stand_in::Fault,
        stand_in::Faults, stand_in::RegisteredFace,
    }
}
