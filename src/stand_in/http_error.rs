//! Why a request is not carried out, in the wording of Django REST framework and its plugin for tokens.

use axum::body::Body;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why a request is not carried out, as HTTP has it. What is wrong with a picture is no such error but a task's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HttpError {
    /// Messages by field.
    Fields(Value),
    /// A body that cannot be taken apart.
    Malformed(String),
    UnsupportedMediaType(String),
    TooLarge,
    WrongCredentials,
    NoCredentials,
    MalformedCredentials,
    BadAccessToken,
    BadRefreshToken,
    UnknownUser,
    NotFound,
    NotAllowed {
        method: String,
        allowed: &'static str,
    },
    Throttled,
    /// Something of ours failed, or is to seem so.
    Broken,
}

impl HttpError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Fields(_) | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongCredentials
            | Self::NoCredentials
            | Self::MalformedCredentials
            | Self::BadAccessToken
            | Self::BadRefreshToken
            | Self::UnknownUser => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn body(&self) -> Value {
        let detail = |text: &str| json!({ "detail": text });
        match self {
            Self::Fields(messages) => messages.clone(),
            Self::Malformed(what) => detail(what),
            Self::UnsupportedMediaType(name) => detail(&format!("Unsupported media type \"{name}\" in request.")),
            Self::TooLarge => detail("The request is too large."),
            Self::WrongCredentials => detail("No active account found with the given credentials"),
            Self::NoCredentials => detail("Authentication credentials were not provided."),
            Self::MalformedCredentials => json!({
                "detail": "Authorization header must contain two space-delimited values",
                "code": "bad_authorization_header",
            }),
            Self::BadAccessToken => json!({
                "detail": "Given token not valid for any token type",
                "code": "token_not_valid",
                "messages": [{ "token_class": "AccessToken", "token_type": "access", "message": "Token is invalid or expired" }],
            }),
            Self::BadRefreshToken => json!({ "detail": "Token is invalid or expired", "code": "token_not_valid" }),
            Self::UnknownUser => json!({ "detail": "User not found", "code": "user_not_found" }),
            Self::NotFound => detail("Not found."),
            Self::NotAllowed { method, .. } => detail(&format!("Method \"{method}\" not allowed.")),
            Self::Throttled => detail("Request was throttled. Expected available in 1 second."),
            Self::Broken => detail("A server error occurred."),
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status(), &self.body());
        let header = match self {
            Self::Throttled => Some((RETRY_AFTER, "1")),
            // The rest of it is not read for long.
            Self::TooLarge => Some((CONNECTION, "close")),
            Self::NotAllowed { allowed, .. } => Some((ALLOW, allowed)),
            _ if self.status() == StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, "Bearer realm=\"api\"")),
            _ => None,
        };
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// An answer in JSON.
pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    typed_response(status, "application/json", body.to_string())
}

/// What a proxy says when the service behind it does not answer.
pub(super) fn bad_gateway() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n";
    typed_response(StatusCode::BAD_GATEWAY, "text/html", page)
}

fn typed_response(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
