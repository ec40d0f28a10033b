//! The calls under their paths.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use serde_json::json;
use uuid::Uuid;

use super::fields::{fields, paths};
use super::form::{Accepted, Form, read, texts};
use super::http_error::{HttpError, json_response};
use super::room::Taken;
use super::service::Service;
use super::tokens::{Claims, Purpose, is_same};
use super::work::{Asked, Defect};
use crate::call::Call;

/// In front of every path.
pub(super) const BASE: &str = "/api/v3";

/// What needs an access token lies below this.
pub(super) const SERVICES: &str = "/api/v3/services/";

type Answer = Result<Response, HttpError>;

/// What is known of a request before its body is read: whose access token it has, where one is due, and what its body takes of the room.
#[derive(Clone, Default)]
pub(super) struct Admitted {
    pub(super) username: String,
    pub(super) room: Option<Arc<Taken>>,
}

/// Whether a path is that of a request for new tokens.
pub(super) fn is_refresh(path: &str) -> bool {
    let path = path.strip_prefix(BASE).unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    paths(Call::RefreshToken).any(|spelling| spelling == path)
}

/// Every request that comes here has an [`Admitted`] among its extensions.
pub(super) fn router(service: Arc<Service>) -> Router {
    let mut router = Router::new();
    for call in Call::ALL.iter().copied() {
        let begin = move |State(service): State<Arc<Service>>, admitted: Extension<Admitted>, request: Request| {
            begin(service, call, admitted.0, request)
        };
        let method: MethodRouter<Arc<Service>> = match call {
            Call::ObtainToken => post(obtain).fallback(only_post),
            Call::RefreshToken => post(refresh).fallback(only_post),
            Call::Task => get(task).fallback(only_get),
            _ => post(begin).fallback(only_post),
        };
        for path in paths(call) {
            router = router.route(&format!("{BASE}{path}"), method.clone()).route(&format!("{BASE}{path}/"), method.clone());
        }
    }
    router.fallback(nothing).layer(DefaultBodyLimit::disable()).with_state(service) // The server has the limit.
}

async fn nothing() -> HttpError {
    HttpError::NotFound
}

async fn only_post(method: Method) -> HttpError {
    HttpError::NotAllowed { method: method.to_string(), allowed: "POST" }
}

async fn only_get(method: Method) -> HttpError {
    HttpError::NotAllowed { method: method.to_string(), allowed: "GET, HEAD" }
}

/// Username and password for tokens.
async fn obtain(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let form = Form::check(fields(Call::ObtainToken), read(request, Accepted::MultipartOrJson).await?)?;
    let options = &service.options;
    // Both are compared, whatever the first comparison says.
    let matches = is_same(form.text("username"), &options.username) & is_same(form.text("password"), &options.password);
    if !matches {
        return Err(HttpError::WrongCredentials);
    }
    service.counters.add(|counts| counts.logins += 1);
    Ok(json_response(StatusCode::OK, &service.tokens.pair(&options.username)))
}

/// A refresh token for tokens.
async fn refresh(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let form = Form::check(fields(Call::RefreshToken), read(request, Accepted::MultipartOrJson).await?)?;
    let claims = service.tokens.claims(form.text("refresh"), Purpose::Refresh);
    let good = match claims.filter(|claims| claims.username == service.options.username) {
        Some(claims) if service.options.single_use_refresh => {
            let service = Arc::clone(&service);
            let use_up = move || -> Result<_, Defect> {
                let Claims { jti, exp, .. } = &claims;
                Ok(service.store.use_up(jti, *exp)?)
            };
            tokio::task::spawn_blocking(use_up).await.map_err(Defect::from)??
        }
        claims => claims.is_some(),
    };
    if !good {
        service.counters.add(|counts| counts.refreshes_refused += 1);
        return Err(HttpError::BadRefreshToken);
    }
    service.counters.add(|counts| counts.refreshes += 1);
    Ok(json_response(StatusCode::OK, &service.tokens.pair(&service.options.username)))
}

/// What became of a task.
async fn task(State(service): State<Arc<Service>>, admitted: Extension<Admitted>, query: Query<Vec<(String, String)>>) -> Answer {
    let form = Form::check(fields(Call::Task), texts(query.0))?;
    let id = Uuid::try_parse(form.text("id")).map_err(Defect::from)?;
    let shown = service.tasks.show(id, &admitted.username)?.ok_or(HttpError::NotFound)?;
    Ok(json_response(StatusCode::OK, &shown))
}

/// A task for pictures, or an answer where there is nothing to be done.
async fn begin(service: Arc<Service>, call: Call, admitted: Admitted, request: Request) -> Answer {
    let Admitted { username, room } = admitted;
    let form = Form::check(fields(call), read(request, Accepted::Multipart).await?)?;
    let body = if call == Call::BackgroundCheck && !service.options.background_through_task {
        service.judge.answer_at_once(call)
    } else {
        let id = service.tasks.begin(Asked { call, form, username }, room).await?;
        json!({ "id": id.to_string() })
    };
    Ok(json_response(StatusCode::OK, &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_for_new_tokens_are_known_by_their_path() {
        let paths = ["/accounts/token/refresh", "/accounts/token/refresh/", "/token/refresh", "/token/refresh/"];
        assert!(paths.iter().all(|path| is_refresh(&format!("{BASE}{path}"))));
        let others = ["/token/refresh", "/api/v3/token/obtain/", "/api/v3/token/refresh//", "/api/v3", "/api/v3/", "/"];
        assert!(!others.iter().any(|path| is_refresh(path)));
    }
}
