//! What can be done once logged in.

use super::answer::{Answer, Authentication, BackgroundCheck, Card, CardKyc, Liveness, Passport, PassportKyc, Registration};
use super::error::{Error, ErrorKind, Mismatch, Result};
use super::form::Value as Field;
use super::session::Session;
use super::task::Task;
use crate::call::is_date;
use crate::profile::{Profile, Purpose};
use crate::upload::Upload;

impl Session {
    /// Makes a face known.
    ///
    /// # Errors
    /// All calls return an [`Error`] that says what happened and [what to do](Error::advice). Where
    /// [`is_outcome_unknown`](Error::is_outcome_unknown) holds the face may be registered all the same.
    pub fn register_face(&self, image: &Upload) -> Result<Task<Registration>> {
        self.begin(&[("image", self.selfie("image", image)?)])
    }

    /// Asks whether a face is the one that was registered under this uuid.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn authenticate_face(&self, image: &Upload, uuid: &str) -> Result<Task<Authentication>> {
        self.begin(&[("image", self.selfie("image", image)?), ("uuid", filled("uuid", uuid)?)])
    }

    /// Asks whether a face is one of a living person.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn face_liveness(&self, image: &Upload) -> Result<Task<Liveness>> {
        self.begin(&[("image", self.selfie("image", image)?)])
    }

    /// Reads an identity card.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn ocr_card(&self, front: &Upload, back: &Upload) -> Result<Task<Card>> {
        self.begin(&[("front_id", self.document("front_id", front)?), ("back_id", self.document("back_id", back)?)])
    }

    /// Reads a passport.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn ocr_passport(&self, passport: &Upload) -> Result<Task<Passport>> {
        self.begin(&[("passport_image", self.document("passport_image", passport)?)])
    }

    /// Reads an identity card, and compares its face with a selfie.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn kyc_card(&self, selfie: &Upload, front: &Upload, back: &Upload) -> Result<Task<CardKyc>> {
        self.begin(&[
            ("selfie_image", self.selfie("selfie_image", selfie)?),
            ("front_id", self.document("front_id", front)?),
            ("back_id", self.document("back_id", back)?),
        ])
    }

    /// Reads a passport, and compares its face with a selfie.
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn kyc_passport(&self, selfie: &Upload, passport: &Upload) -> Result<Task<PassportKyc>> {
        self.begin(&[
            ("selfie_image", self.selfie("selfie_image", selfie)?),
            ("passport_image", self.document("passport_image", passport)?),
        ])
    }

    /// Looks a person up, by full name and date of birth (`yyyy-mm-dd`).
    ///
    /// # Errors
    /// As [`register_face`](Self::register_face).
    pub fn background_check(&self, full_name: &str, birth_date: &str) -> Result<Task<BackgroundCheck>> {
        if !is_date(birth_date) {
            return Err(Error::new(None, ErrorKind::WrongText { field: "birth_date", expected: "a date as yyyy-mm-dd" }));
        }
        self.begin(&[("fullname", filled("fullname", full_name)?), ("birth_date", Field::Text(birth_date))])
    }

    /// A task that was begun before, by this program or another: see [`Task::id`] and [`Error::task_id`].
    pub fn task<T: Answer>(&self, id: &str) -> Task<T> {
        Task::begun(self.clone(), id.to_owned())
    }

    fn begin<T: Answer>(&self, fields: &[(&str, Field<'_>)]) -> Result<Task<T>> {
        Task::answered(self.clone(), self.send(T::CALL, fields)?)
    }

    fn selfie<'a>(&self, field: &'static str, upload: &'a Upload) -> Result<Field<'a>> {
        fit(field, upload, &self.settings().selfie, Purpose::Selfie)
    }

    fn document<'a>(&self, field: &'static str, upload: &'a Upload) -> Result<Field<'a>> {
        fit(field, upload, &self.settings().document, Purpose::Document)
    }
}

/// An upload as a field, if it was checked for what the service demands there.
fn fit<'a>(field: &'static str, upload: &'a Upload, demanded: &Profile, purpose: Purpose) -> Result<Field<'a>> {
    let wrong = |mismatch| Err(Error::new(None, ErrorKind::WrongUpload { field, mismatch }));
    if upload.purpose() != purpose {
        return wrong(Mismatch::Purpose { checked_as: upload.purpose() });
    }
    let rules = upload.demands().laxer_than(demanded);
    if !rules.is_empty() {
        return wrong(Mismatch::LaxerProfile { profile: upload.profile().name.clone(), rules });
    }
    Ok(Field::File(upload))
}

fn filled<'a>(field: &'static str, text: &'a str) -> Result<Field<'a>> {
    if text.trim().is_empty() {
        return Err(Error::new(None, ErrorKind::WrongText { field, expected: "a text that is not empty" }));
    }
    Ok(Field::Text(text))
}
