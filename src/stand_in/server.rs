//! Connections: taken one by one, answered, and closed without an answer where that is what goes wrong.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use super::counts::Telling;
use super::cut::cut;
use super::faults::Fault;
use super::form::{REQUEST_BYTES, SMALL_REQUEST_BYTES};
use super::http_error::{HttpError, bad_gateway};
use super::routes::{Admitted, SERVICES, is_refresh, router};
use super::service::Service;
use crate::isolate::isolated;

/// Connections at the same time; whoever comes then waits until one is closed.
const CONNECTIONS: usize = 256;

/// Threads that write to the store for requests. Only one at a time can.
const WRITERS: usize = 4;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_mins(1);

/// Bytes of a body that nobody wants which are read all the same, so that whoever sends it comes to read the answer.
const DRAINED_BYTES: usize = 64 << 20;

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

/// Why a request is not carried out.
enum Failure {
    Refused(HttpError),
    Closed,
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::Refused(error)
    }
}

/// Answers until it is told to stop, or whoever could tell it is gone. Then the runtime ends, and with it all connections. Whether it began
/// to is said first.
///
/// The runtime is made and dropped in here: a thread that runs a runtime of its own can do neither.
pub(super) fn run(
    listener: std::net::TcpListener,
    service: Arc<Service>,
    stop: oneshot::Receiver<()>,
    begun: &mpsc::Sender<io::Result<()>>,
) {
    let (runtime, listener) = match prepared(listener) {
        Ok(prepared) => prepared,
        Err(error) => {
            let _ = begun.send(Err(error));
            return;
        }
    };
    // Whoever does not wait for it has gone, and then there is nothing to wait for below.
    let _ = begun.send(Ok(()));
    runtime.block_on(async {
        tokio::spawn(accept(listener, service));
        let _ = stop.await;
    });
}

fn prepared(listener: std::net::TcpListener) -> io::Result<(Runtime, TcpListener)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().max_blocking_threads(WRITERS).build()?;
    let listener = {
        let _within = runtime.enter();
        TcpListener::from_std(listener)?
    };
    Ok((runtime, listener))
}

async fn accept(listener: TcpListener, service: Arc<Service>) {
    let server = Server { router: TowerToHyperService::new(router(Arc::clone(&service))), service };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        // Small answers are sent at once; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let server = server.clone();
        tokio::spawn(async move {
            let _place = place;
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
        let Service { options, counters, .. } = &*self.service;
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let mut telling = Telling::of(method, path.clone(), options.observer());
        let _refreshing = is_refresh(&path).then(|| counters.refreshing());
        let (fault, delay) =
            self.service.with_draws(|draws| (draws.fault(path.starts_with(SERVICES)), draws.delay(options.latency)));
        telling.goes_wrong(fault);
        counters.add(|counts| {
            counts.requests += 1;
            if let Some(fault) = fault {
                *counts.faults.entry(fault).or_default() += 1;
            }
        });
        let answer = self.answer_or_fail(request, fault).await;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let mut answer = answer?;
        answer.headers_mut().insert("x-stand-in", HeaderValue::from_static("face-precheck"));
        telling.is_answered(answer.status().as_u16());
        Ok(answer)
    }

    async fn answer_or_fail(&self, request: Request<Incoming>, fault: Option<Fault>) -> Result<Response, Closed> {
        let (head, mut body) = request.into_parts();
        let answer = match self.read(head, &mut body, fault).await {
            Ok(request) => self.carry_out(request).await,
            Err(Failure::Refused(error)) => {
                // Beside the answer: some read it at once, and some when they are done with sending.
                tokio::spawn(drain(body));
                error.into_response()
            }
            Err(Failure::Closed) => return Err(Closed),
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

    /// A request with all of its body, if there is a reason to read that.
    async fn read(&self, mut head: Parts, body: &mut Incoming, fault: Option<Fault>) -> Result<Request<Body>, Failure> {
        match fault {
            Some(Fault::Drop) => return Err(Failure::Closed),
            Some(Fault::Error) => return Err(HttpError::Broken.into()),
            Some(Fault::Throttle) => return Err(HttpError::Throttled.into()),
            Some(Fault::ExpiredToken) => return Err(HttpError::BadAccessToken.into()),
            _ => {}
        }
        let mut admitted = Admitted::default();
        let is_service = head.uri.path().starts_with(SERVICES);
        if is_service {
            admitted.username = self.service.user(&head.headers)?;
        }
        let limit = if is_service { REQUEST_BYTES } else { SMALL_REQUEST_BYTES };
        let announced = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if announced.is_some_and(|length| length > limit) {
            return Err(HttpError::TooLarge.into());
        }
        let mut bytes = Bytes::new();
        if !body.is_end_stream() {
            // Small ones are bounded by the number of connections.
            let mut room = if is_service { self.service.room.take(announced.unwrap_or(limit)).await } else { None };
            bytes = timeout(BODY_TIME, read_all(body, limit)).await.map_err(|_| Failure::Closed)??;
            if let Some(room) = &mut room {
                room.shrink(bytes.len());
            }
            admitted.room = room.map(Arc::new);
        }
        head.extensions.insert(admitted);
        Ok(Request::from_parts(head, bytes.into()))
    }

    async fn carry_out(&self, request: Request<Body>) -> Response {
        match caught(self.router.call(request)).await {
            Some(Ok(answer)) => answer,
            Some(Err(never)) => match never {},
            None => HttpError::Broken.into_response(),
        }
    }
}

/// What the work comes to; `None` if it panics.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match isolated(|| work.as_mut().poll(context)) {
        Some(Poll::Pending) => Poll::Pending,
        Some(Poll::Ready(made)) => Poll::Ready(Some(made)),
        None => Poll::Ready(None),
    })
    .await
}

/// What comes next of a body; nothing of trailers.
async fn next(body: &mut Incoming) -> Option<Result<Bytes, hyper::Error>> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()))
}

/// All of a body.
async fn read_all(body: &mut Incoming, limit: usize) -> Result<Bytes, Failure> {
    let mut bytes = Vec::new();
    while let Some(data) = next(body).await {
        let data = data.map_err(|_| Failure::Closed)?;
        if bytes.len() + data.len() > limit {
            return Err(HttpError::TooLarge.into());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// The rest of a body that nobody wants. Of one that never ends the connection is closed at some time.
async fn drain(mut body: Incoming) {
    let rest = async {
        let mut read = 0;
        while let Some(Ok(data)) = next(&mut body).await {
            read += data.len();
            if read > DRAINED_BYTES {
                return;
            }
        }
    };
    let _ = timeout(BODY_TIME, rest).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_comes_to_nothing_at_whatever_point() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let works = |panics: Option<usize>| async move {
            for step in 0..3 {
                assert_ne!(panics, Some(step), "as a handler might");
                tokio::task::yield_now().await;
            }
            7
        };
        assert_eq!(runtime.block_on(caught(works(None))), Some(7));
        for step in 0..3 {
            assert_eq!(runtime.block_on(caught(works(Some(step)))), None);
        }
    }
}
