//! What all requests share.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::counts::Counters;
use super::faults::Draws;
use super::http_error::HttpError;
use super::options::Options;
use super::room::Room;
use super::store::Store;
use super::tasks::{Tasks, Workers};
use super::tokens::{Purpose, Tokens};
use super::work::{Defect, Judge};
use crate::engine::Engine;

/// What all requests share.
pub(super) struct Service {
    pub(super) options: Options,
    pub(super) store: Arc<Store>,
    pub(super) judge: Arc<Judge>,
    pub(super) tasks: Tasks,
    pub(super) tokens: Tokens,
    pub(super) counters: Counters,
    pub(super) room: Room,
    draws: Mutex<Draws>,
}

impl Service {
    pub(super) fn start(mut options: Options) -> io::Result<(Self, Workers)> {
        options.answers.check().map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
        let engine = options.engine.take().map_or_else(Engine::new, Ok).map_err(io::Error::other)?;
        let (store, key) = Store::open(options.data.as_deref())?;
        let store = Arc::new(store);
        let judge = Arc::new(Judge::new(engine, &options, Arc::clone(&store)));
        let work = Arc::clone(&judge);
        let (tasks, workers) = Tasks::start(Arc::clone(&store), options.task_time, Box::new(move |asked| work.outcome(asked)))?;
        let tokens = Tokens::new(key, options.access_lifetime, options.refresh_lifetime);
        let draws = Mutex::new(Draws::new(options.seed, options.faults.clone()));
        Ok((Self { options, store, judge, tasks, tokens, counters: Counters::default(), room: Room::default(), draws }, workers))
    }

    /// Does something with whoever decides what goes wrong.
    pub(super) fn with_draws<T>(&self, draw: impl FnOnce(&mut Draws) -> T) -> T {
        draw(&mut self.draws.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who asks, by their access token.
    pub(super) fn user(&self, headers: &HeaderMap) -> Result<String, HttpError> {
        let header = headers.get(AUTHORIZATION).ok_or(HttpError::NoCredentials)?;
        let mut words = header.to_str().unwrap_or_default().split_ascii_whitespace();
        let (Some("Bearer"), token) = (words.next(), words.next()) else { return Err(HttpError::NoCredentials) };
        let (Some(token), None) = (token, words.next()) else { return Err(HttpError::MalformedCredentials) };
        let claims = self.tokens.claims(token, Purpose::Access).ok_or(HttpError::BadAccessToken)?;
        if claims.username == self.options.username { Ok(claims.username) } else { Err(HttpError::UnknownUser) }
    }
}

/// What the store, or anything else of ours, cannot do is an answer of its own.
impl From<Defect> for HttpError {
    fn from(_: Defect) -> Self {
        Self::Broken
    }
}
