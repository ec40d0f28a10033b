//! Answers that break off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// The same answer, of whose body half is sent although all of it is promised.
pub(super) fn cut(response: Response, body: &Bytes) -> Response {
    response.map(|_| Body::new(Cut { promised: body.len() as u64, half: Some(body.slice(..body.len() / 2)), waited: false }))
}

struct Cut {
    promised: u64,
    half: Option<Bytes>,
    waited: bool,
}

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.waited {
            // What was given so far is sent while nothing more is there; an error would discard it.
            self.waited = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut off on purpose"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
