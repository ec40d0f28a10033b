//! A stand-in for the identity service on this machine: for tests of whatever talks to the service, and for demonstrations.
//!
//! It answers on 127.0.0.1 under the paths, with the fields and in the shapes that the service documents. Pictures are judged by an
//! [`Engine`](crate::Engine) against the built-in profiles, as they are sent: what is an error for a profile is refused. What nobody can
//! know here is answered by a fixed answer ([`Answers`]) and marked as one with the key `stand_in`: whether two faces are the same
//! person's, what a document says, who somebody is. Every answer that it gives has the header `x-stand-in: face-precheck`.
//!
//! On request things go wrong as they do in networks: see [`Fault`].
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use face_precheck::stand_in::{Fault, Faults, Options, StandIn};
//!
//! let service = StandIn::start(Options::default().with_username("tester").with_password("secret"))?;
//! assert!(service.base_url().starts_with("http://127.0.0.1:"));
//!
//! let ask = || -> std::io::Result<String> {
//!     let mut connection = TcpStream::connect(service.address())?;
//!     write!(connection, "GET /api/v3/services/task/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
//!     let mut answer = String::new();
//!     connection.read_to_string(&mut answer)?;
//!     Ok(answer)
//! };
//! assert!(ask()?.ends_with(r#"{"detail":"Authentication credentials were not provided."}"#));
//!
//! service.set_faults(Faults::default().with_rate(1.0).with_kinds([Fault::Throttle]));
//! assert!(ask()?.starts_with("HTTP/1.1 429 "));
//! assert_eq!((service.counts().requests, service.counts().faults_of(Fault::Throttle)), (2, 1));
//! service.stop();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What it is not
//!
//! A service for people: it compares no faces, has one user, no TLS, and listens on the loopback interface alone. Wordings that the
//! service's pages do not give are those of Django REST framework, or ours; the repository's `docs/stand-in` says which.

mod counts;
mod cut;
mod faults;
mod fields;
mod fixed;
mod form;
mod http_error;
mod options;

mod room;
mod routes;
mod server;
mod service;
mod store;
mod tasks;
mod tokens;
mod verdict;
mod work;

pub use counts::{Counts, Seen};
pub use faults::{Fault, Faults};
pub use fixed::Answers;
pub use options::{Observer, Options};
pub use store::RegisteredFace;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use self::service::Service;
use self::tasks::Workers;

/// A service that is running, until it is stopped or dropped. The [module](self) has an example.
pub struct StandIn {
    address: SocketAddr,
    service: Arc<Service>,
    workers: Workers,
    /// Tells the server to stop by going away.
    running: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Starts a service, which listens when this returns. It has threads of its own.
    ///
    /// # Errors
    /// The port is taken, the data cannot be opened, are damaged or in use, or the options have an answer that cannot be given.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (service, workers) = Service::start(options)?;
        let (running, stop) = oneshot::channel();
        let mut stand_in = Self { address, service: Arc::new(service), workers, running: Some(running), server: None };
        let service = Arc::clone(&stand_in.service);
        let (begun, has_begun) = mpsc::channel();
        let server = thread::Builder::new().name("stand-in server".into());
        stand_in.server = Some(server.spawn(move || server::run(listener, service, stop, &begun))?);
        has_begun.recv().map_err(io::Error::other)??;
        Ok(stand_in)
    }

    /// Where clients find it: `http://127.0.0.1:PORT/api/v3`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, routes::BASE)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The faces that are registered, in the order in which their tasks were begun.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn faces(&self) -> io::Result<Vec<RegisteredFace>> {
        self.service.store.faces().map_err(store::failed)
    }

    /// What happened since it was started.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.service.counters.counts()
    }

    /// From now on something else goes wrong, or nothing. The sequence of what is drawn goes on.
    pub fn set_faults(&self, faults: Faults) {
        self.service.with_draws(|draws| draws.set_faults(faults));
    }

    /// Every access token that was given out is refused from now on, until a restart; refresh tokens are as good as before.
    pub fn expire_tokens(&self) {
        self.service.tokens.expire_access();
    }

    /// Stops it: listener and connections are closed at once, tasks that are worked on are finished, and the store is closed. Tasks that
    /// still waited have failed when the store is opened again.
    pub fn stop(self) {
        drop(self);
    }
}

/// Afterwards nobody else has the store: it is closed with the service, and what was not yet lasting is written down then.
impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(server) = self.server.take() {
            // With the thread ends its runtime, with that every connection.
            let _ = server.join();
        }
        self.service.tasks.close();
        self.workers.join();
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIn").field("address", &self.address).field("options", &self.service.options).finish_non_exhaustive()
    }
}
