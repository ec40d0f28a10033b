//! One request and what came of it. The only importer of the HTTP library.

use std::io::{self, Read};
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use log::{Level, log_enabled};
use secrecy::{ExposeSecret as _, SecretString};
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use ureq::http::uri::Scheme;
use ureq::http::{HeaderMap, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy, SendBody};

use super::error::{Error, ErrorKind, Result};
use super::form::Form;
use super::settings::{Pem, Settings};
use crate::call::Call;

/// No answer of the service comes near it: the largest holds a portrait as text.
const LONGEST_ANSWER: u64 = 16 << 20;

/// Where the HTTP library logs the bytes on the wire, at level trace, and all of a redirection: passwords, tokens, pictures.
const WIRE: [&str; 2] = ["ureq_proto::util", "ureq::util"];

/// So many connections are kept for the next request: as many as threads may send at the same time.
const MOST_IDLE: usize = 64;

/// What the last look before a deadline gets.
const SHORTEST: Duration = Duration::from_secs(1);

/// What a clock can be set forward by without an overflow, and nobody waits for.
const LONGEST: Duration = Duration::from_hours(24);

/// The connections to one service.
#[derive(Debug)]
pub(super) struct Http {
    agent: Agent,
    /// Without a slash at its end.
    base: String,
    timeout: Duration,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) call: Call,
    pub(super) path: &'a str,
    /// Sent with POST; without one it is a GET.
    pub(super) form: Option<&'a Form>,
    /// For a GET.
    pub(super) id: Option<&'a str>,
    pub(super) bearer: Option<&'a SecretString>,
    /// No longer than until then, where that is less than the settings say.
    pub(super) until: Option<Instant>,
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) retry_after: Option<Duration>,
    pub(super) location: Option<String>,
}

impl Request<'_> {
    /// What no message may repeat.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let form = self.form.into_iter().flat_map(Form::secrets);
        form.chain(self.bearer).map(SecretString::expose_secret)
    }
}

impl Http {
    pub(super) fn new(base: &str, settings: &Settings) -> Result<Self> {
        let (base, is_loopback) = checked(base)?;
        let tls = TlsConfig::builder().root_certs(roots(settings)?).build();
        let proxy = match &settings.proxy {
            Some(proxy) => {
                let proxy = Proxy::new(proxy.expose_secret()).map_err(|_| Error::configuration("the proxy is no URL"))?;
                if base.starts_with("http:") && !is_loopback_host(proxy.host()) {
                    return Err(Error::configuration(
                        "a proxy on another machine would see what is sent in clear: https is needed",
                    ));
                }
                Some(proxy)
            }
            // Nobody else's machine leads to this one.
            None if is_loopback => None,
            None => proxy_of_environment()?,
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(MOST_IDLE)
            .max_idle_connections_per_host(MOST_IDLE)
            .timeout_connect(Some(settings.connect_timeout.min(LONGEST)))
            .tls_config(tls)
            .proxy(proxy)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), base, timeout: settings.request_timeout.min(LONGEST) })
    }

    /// Sends a request once.
    pub(super) fn send(&self, request: &Request<'_>) -> Result<Reply> {
        if let Some(target) = WIRE.iter().find(|target| log_enabled!(target: target, Level::Trace)) {
            let message =
                format!("the program's logger takes {target} at level trace, where what is sent is written byte by byte");
            return Err(Error::new(request.call, ErrorKind::Configuration { message }));
        }
        let mut sending = Sending { rest: request.form.map_or(&[], |form| &form.body), begun: false };
        self.exchange(request, &mut sending).map_err(|error| {
            // As long as nothing of the body was handed on, the service has nothing to carry out.
            let unsent = if request.form.is_some() { !sending.begun } else { is_about_connecting(&error) };
            let insecure = unsent && is_about_tls(&error);
            let message = match error {
                ureq::Error::BodyExceedsLimit(limit) => {
                    return Error::malformed(request.call, format!("longer than {limit} bytes"));
                }
                // It was never a request.
                ureq::Error::Http(_) | ureq::Error::BadUri(_) if unsent || request.form.is_none() => {
                    let message = "the URL or the token is none that can be sent".to_owned();
                    return Error::new(request.call, ErrorKind::Configuration { message });
                }
                ureq::Error::Io(error) => error.to_string(),
                error => error.to_string(),
            };
            let kind = match (unsent, insecure) {
                (true, true) => ErrorKind::NotSecure { message },
                (true, false) => ErrorKind::Connection { message },
                (false, _) => ErrorKind::Unanswered { message },
            };
            Error::new(request.call, kind)
        })
    }

    fn exchange(&self, request: &Request<'_>, sending: &mut Sending<'_>) -> Result<Reply, ureq::Error> {
        let left = |until: Instant| until.saturating_duration_since(Instant::now()).max(SHORTEST);
        let timeout = request.until.map_or(self.timeout, |until| left(until).min(self.timeout));
        let url = format!("{}{}", self.base, request.path);
        let bearer = request.bearer.map(|token| format!("Bearer {}", token.expose_secret()));
        let response = if let Some(form) = request.form {
            let mut post = self.agent.post(url).header(CONTENT_TYPE, &form.content_type).header(CONTENT_LENGTH, form.body.len());
            if let Some(bearer) = bearer {
                post = post.header(AUTHORIZATION, bearer);
            }
            let post = post.header(ACCEPT, "application/json").config().timeout_global(Some(timeout)).build();
            post.send(SendBody::from_reader(sending))?
        } else {
            let mut get = self.agent.get(url);
            if let Some(id) = request.id {
                get = get.query("id", id);
            }
            if let Some(bearer) = bearer {
                get = get.header(AUTHORIZATION, bearer);
            }
            get.header(ACCEPT, "application/json").config().timeout_global(Some(timeout)).build().call()?
        };
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status.as_u16(),
            retry_after: text(&parts.headers, RETRY_AFTER).and_then(retry_after),
            location: text(&parts.headers, LOCATION).map(ToOwned::to_owned),
            body: body.into_with_config().limit(LONGEST_ANSWER).read_to_vec()?,
        })
    }
}

/// A body that knows whether any of it was handed on.
struct Sending<'a> {
    rest: &'a [u8],
    begun: bool,
}

impl Read for Sending<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        self.rest.read(buffer)
    }
}

/// Whether the trouble came before anything was sent.
fn is_about_connecting(error: &ureq::Error) -> bool {
    use std::io::ErrorKind as Io;
    match error {
        ureq::Error::Io(error) => {
            matches!(error.kind(), Io::ConnectionRefused | Io::HostUnreachable | Io::NetworkUnreachable | Io::AddrNotAvailable)
        }
        ureq::Error::Timeout(timeout) => matches!(timeout, ureq::Timeout::Resolve | ureq::Timeout::Connect),
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => true,
        error => is_about_tls(error),
    }
}

/// Whether it is trust that is missing. (That rustls does not trust a certificate comes as data that are no good.)
fn is_about_tls(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        error => matches!(error, ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired),
    }
}

/// Seconds, or a date (RFC 9110).
fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    text.parse().map(Duration::from_secs).ok().or_else(|| {
        let date = SystemTime::from(jiff::fmt::rfc2822::parse(text).ok()?.timestamp());
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The base URL, and whether it leads to this machine. Elsewhere it has to be encrypted.
fn checked(base: &str) -> Result<(String, bool)> {
    let wrong = |what: &str| Err(Error::configuration(format!("the base URL {what}")));
    let trimmed = base.trim_end_matches('/');
    let Ok(url) = trimmed.parse::<Uri>() else { return wrong("is no URL") };
    let Some(authority) = url.authority() else { return wrong("has no host") };
    if authority.as_str().contains('@') {
        return wrong("holds credentials; `login` takes them");
    }
    if url.query().is_some() || trimmed.contains('#') {
        return wrong("has more than a path");
    }
    // What is no port would be taken for none.
    let after_host = authority.as_str().get(authority.host().len()..).unwrap_or_default();
    if !after_host.is_empty() && authority.port_u16().is_none() {
        return wrong("has no port where one is begun");
    }
    let is_loopback = is_loopback_host(authority.host());
    match url.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => {}
        Some(scheme) if *scheme == Scheme::HTTP && is_loopback => {}
        Some(scheme) if *scheme == Scheme::HTTP => {
            return wrong("has to begin with https: pictures and tokens would be readable on the way");
        }
        _ => return wrong("has to begin with https"),
    }
    Ok((trimmed.to_owned(), is_loopback))
}

fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the environment names has to be one: sending past it is not what was wanted.
fn proxy_of_environment() -> Result<Option<Proxy>> {
    let proxy = Proxy::try_from_env();
    let names = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
    match names.iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
        Some(name) if proxy.is_none() => Err(Error::configuration(format!("the proxy in {name} is no URL"))),
        _ => Ok(proxy),
    }
}

/// Mozilla's, unless others are set.
fn roots(settings: &Settings) -> Result<RootCerts> {
    let Some(Pem(pem)) = &settings.root_certificates else { return Ok(RootCerts::WebPki) };
    let certificates: Result<Vec<Certificate<'static>>, _> = parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
        .collect();
    let certificates = certificates.map_err(|error| Error::configuration(format!("root certificates: {error}")))?;
    if certificates.is_empty() {
        return Err(Error::configuration("root certificates: none in the file"));
    }
    Ok(certificates.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_says_when_to_come_back_in_two_ways() {
        assert_eq!(retry_after(" 120 "), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = retry_after("Tue, 31 Dec 2999 23:59:59 GMT").unwrap();
        assert!(later > Duration::from_hours(24 * 365 * 900), "{later:?}");
        for text in ["", "soon", "-1", "1.5", "18446744073709551616"] {
            assert_eq!(retry_after(text), None, "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_clear() {
        for (base, loopback) in [
            ("https://be.example.org/api/v3", false),
            ("https://be.example.org/api/v3/", false),
            ("http://127.0.0.1:8080/api/v3", true),
            ("http://127.9.9.9", true),
            ("http://localhost:8080", true),
            ("http://[::1]:8080/api", true),
            ("https://localhost", true),
        ] {
            assert_eq!(checked(base).unwrap(), (base.trim_end_matches('/').to_owned(), loopback), "{base}");
        }
        for base in [
            "http://be.example.org/api/v3",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://[::]",
            "https://me:secret@be.example.org",
            "http://me@127.0.0.1",
            "https://be.example.org/api?key=secret",
            "https://be.example.org/#",
            "ftp://127.0.0.1",
            "be.example.org",
            "/api/v3",
            "",
            "https://",
            "ht tp://x",
            "https://be.example.org:99999",
            "http://127.0.0.1:808O",
            "https://be.example.org:",
            "https://[::1]x",
        ] {
            let error = checked(base).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Configuration { .. }), "{base}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
