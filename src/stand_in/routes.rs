//! The calls under their paths.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde_json::json;
use uuid::Uuid;

use super::fields::{fields, spellings};
use super::form::{Accepted, Form, read, texts};
use super::refusal::{Refusal, json_response};
use super::service::Service;
use super::tokens::{Claims, Purpose, is_same};
use super::work::{Asked, Defect};
use crate::call::Call;

/// In front of every path.
pub(super) const BASE: &str = "/api/v3";

/// What needs an access token lies below this.
pub(super) const SERVICES: &str = "/api/v3/services/";

const OBTAIN: [&str; 2] = ["/accounts/token/obtain", "/token/obtain"];
const REFRESH: [&str; 2] = ["/accounts/token/refresh", "/token/refresh"];

type Answer = Result<Response, Refusal>;

/// Whether a path is that of a request for new tokens.
pub(super) fn is_refresh(path: &str) -> bool {
    let path = path.strip_prefix(BASE).unwrap_or_default();
    REFRESH.contains(&path.strip_suffix('/').unwrap_or(path))
}

pub(super) fn router(service: Arc<Service>) -> Router {
    let mut router = Router::new();
    let mut add = |path: &str, call: MethodRouter<Arc<Service>>| {
        for path in [format!("{BASE}{path}"), format!("{BASE}{path}/")] {
            router = std::mem::take(&mut router).route(&path, call.clone());
        }
    };
    for path in OBTAIN {
        add(path, post(obtain).fallback(only_post));
    }
    for path in REFRESH {
        add(path, post(refresh).fallback(only_post));
    }
    add("/services/task", get(task).fallback(only_get));
    for call in Call::SERVICES.iter().copied() {
        let begin = move |State(service): State<Arc<Service>>, request: Request| begin(service, call, request);
        for path in spellings(call) {
            add(&format!("/services/{path}"), post(begin).fallback(only_post));
        }
    }
    router.fallback(nothing).layer(DefaultBodyLimit::disable()).with_state(service) // The server has the limit.
}

async fn nothing() -> Refusal {
    Refusal::NotFound
}

async fn only_post(method: Method) -> Refusal {
    Refusal::NotAllowed { method: method.to_string(), allowed: "POST, OPTIONS" }
}

async fn only_get(method: Method) -> Refusal {
    Refusal::NotAllowed { method: method.to_string(), allowed: "GET, HEAD, OPTIONS" }
}

/// Username and password for tokens.
async fn obtain(State(service): State<Arc<Service>>, request: Request) -> Answer {
    let form = Form::check(fields(Call::ObtainToken), read(request, Accepted::MultipartOrJson).await?)?;
    let options = &service.options;
    // Both are compared, whatever the first comparison says.
    let matches = is_same(form.text("username"), &options.username) & is_same(form.text("password"), &options.password);
    if !matches {
        return Err(Refusal::WrongCredentials);
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
        return Err(Refusal::BadRefreshToken);
    }
    service.counters.add(|counts| counts.refreshes += 1);
    Ok(json_response(StatusCode::OK, &service.tokens.pair(&service.options.username)))
}

/// What became of a task.
async fn task(State(service): State<Arc<Service>>, query: Query<Vec<(String, String)>>, request: Request) -> Answer {
    let username = service.user(request.headers())?;
    let form = Form::check(fields(Call::Task), texts(query.0))?;
    let id = Uuid::try_parse(form.text("id")).map_err(Defect::from)?;
    let shown = service.tasks.show(id, &username)?.ok_or(Refusal::NotFound)?;
    Ok(json_response(StatusCode::OK, &shown))
}

/// A task for pictures, or an answer where there is nothing to be done.
async fn begin(service: Arc<Service>, call: Call, request: Request) -> Answer {
    let username = service.user(request.headers())?;
    let form = Form::check(fields(call), read(request, Accepted::Multipart).await?)?;
    let body = if call == Call::BackgroundCheck && !service.options.background_through_task {
        service.judge.answer_at_once(call)
    } else {
        let id = service.tasks.begin(Asked { call, form, username }).await?;
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
