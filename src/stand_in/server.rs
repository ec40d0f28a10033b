//! Connections: taken one by one, answered, and closed without an answer where that is what goes wrong.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::oneshot::Receiver;

use super::counts::Seen;
use super::cut::cut;
use super::faults::Fault;
use super::form::REQUEST_BYTES;
use super::refusal::{Refusal, bad_gateway};
use super::routes::{SERVICES, is_refresh, router};
use super::service::Service;

/// Bytes of a request that are read so that whoever sends it comes to read the answer.
const READ_BYTES: usize = 64 << 20;

/// After a connection could not be taken, because of too many open files or the like.
const PAUSE: Duration = Duration::from_millis(20);

/// Ends the connection without an answer.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for Closed {}

/// Answers until it is told to stop, or whoever could tell it is gone. Then the runtime ends, and with it all connections.
pub(super) async fn serve(listener: std::net::TcpListener, service: Arc<Service>, stop: Receiver<()>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    tokio::spawn(accept(listener, service));
    let _ = stop.await;
    Ok(())
}

async fn accept(listener: TcpListener, service: Arc<Service>) {
    let server = Server { router: TowerToHyperService::new(router(Arc::clone(&service))), service };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Small answers are sent at once; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let server = server.clone();
        tokio::spawn(async move {
            let answer = service_fn(|request| server.answer(request));
            // A connection that ends in an error has ended.
            let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

#[derive(Clone)]
struct Server {
    service: Arc<Service>,
    router: TowerToHyperService<Router>,
}

impl Server {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response, Closed> {
        let begun = Instant::now();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let counters = &self.service.counters;
        let _refreshing = is_refresh(&path).then(|| counters.refreshing());
        let latency = self.service.options.latency;
        let (fault, delay) = self.service.with_draws(|draws| (draws.fault(path.starts_with(SERVICES)), draws.delay(latency)));
        counters.add(|counts| {
            counts.requests += 1;
            if let Some(fault) = fault {
                *counts.faults.entry(fault).or_default() += 1;
            }
        });
        let answer = self.answer_or_fail(request, fault).await;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if let Some(observer) = self.service.options.observer() {
            let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            observer(&Seen { method, path, status, time: begun.elapsed(), fault });
        }
        let mut answer = answer?;
        answer.headers_mut().insert("x-stand-in", HeaderValue::from_static("face-precheck"));
        Ok(answer)
    }

    async fn answer_or_fail(&self, request: Request<Incoming>, fault: Option<Fault>) -> Result<Response, Closed> {
        if fault == Some(Fault::Drop) {
            return Err(Closed);
        }
        let (head, body) = request.into_parts();
        // All of it, whatever comes of it: whoever is not done with sending does not read an answer.
        let body = read_all(body).await?;
        let before = match fault {
            Some(Fault::Error) => Some(Refusal::Broken),
            Some(Fault::Throttle) => Some(Refusal::Throttled),
            Some(Fault::ExpiredToken) => Some(Refusal::BadAccessToken),
            _ => None,
        };
        if let Some(refusal) = before {
            return Ok(refusal.into_response());
        }
        let answer = match body {
            Some(body) => match self.router.call(Request::from_parts(head, Body::from(body))).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            },
            None => Refusal::TooLarge.into_response(),
        };
        match fault {
            Some(Fault::DropAfter) => Err(Closed),
            Some(Fault::ErrorAfter) => Ok(bad_gateway()),
            Some(Fault::Truncate) => {
                let (head, body) = answer.into_parts();
                let body = to_bytes(body, usize::MAX).await.map_err(|_| Closed)?;
                Ok(cut(Response::from_parts(head, Body::empty()), &body))
            }
            _ => Ok(answer),
        }
    }
}

/// A request's body; `None` if it is too large.
async fn read_all(mut body: Incoming) -> Result<Option<Bytes>, Closed> {
    let (mut bytes, mut read) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Closed)?.into_data() else { continue };
        read += data.len();
        if read > READ_BYTES {
            return Err(Closed);
        }
        if read <= REQUEST_BYTES {
            bytes.extend_from_slice(&data);
        } else {
            bytes = Vec::new();
        }
    }
    Ok((read <= REQUEST_BYTES).then(|| bytes.into()))
}
