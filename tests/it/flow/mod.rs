//! From a photo to a registered face, over real HTTP: the client and the command against the stand-in service.

mod calls;
mod command;
mod faults;
mod odd;
mod refusals;
mod secrets;
mod threads;
mod whole;

use std::sync::LazyLock;
use std::time::Duration;

use face_precheck::client::{Client, Registration, Retry, Session, Wait};
use face_precheck::stand_in::{Options, StandIn};
use face_precheck::{Prepared, Profile, Upload};

use crate::fixtures::{ENGINE, read};

const USERNAME: &str = "mara";
const PASSWORD: &str = "correct horse battery staple";

/// Photos that the service takes.
const GOOD: [&str; 4] = [
    "photos/compliant/astronaut_enlarged_3x.jpg",
    "photos/compliant/grace_hopper_enlarged_1.5x.jpg",
    "rendered/p1_y+00_p+00_r+00.jpg",
    "rendered/p2_ipd130.jpg",
];

static SELFIES: LazyLock<Vec<Upload>> =
    LazyLock::new(|| GOOD.iter().map(|photo| upload(photo, &Profile::progeny_selfie())).collect());
static DOCUMENT: LazyLock<Upload> = LazyLock::new(|| upload("photos/no_face/books.jpg", &Profile::progeny_document()));

fn upload(photo: &str, profile: &Profile) -> Upload {
    match ENGINE.prepare(&read(photo), profile).unwrap() {
        Prepared::Ready(upload) => upload,
        Prepared::Rejected(report) => panic!("{photo}: {:?}", report.findings()),
    }
}

/// A profile of selfies that demands next to nothing.
fn lax() -> Profile {
    Profile::from_toml("name = 'lax'\npurpose = 'selfie'\nformat = { accepted = ['jpeg', 'png', 'webp'] }").unwrap()
}

/// A service that nothing goes wrong with.
fn options() -> Options {
    Options::default()
        .with_username(USERNAME)
        .with_password(PASSWORD)
        .with_task_time(Duration::from_millis(20))
        .with_engine(ENGINE.clone())
}

fn service() -> StandIn {
    StandIn::start(options()).unwrap()
}

/// A client that is not as patient as people have to be.
fn client(service: &StandIn) -> Client {
    quick(Client::new(&service.base_url()))
}

fn quick(client: Client) -> Client {
    let pauses = (Duration::from_millis(10), Duration::from_millis(100));
    client
        .with_timeouts(Duration::from_secs(5), Duration::from_secs(20))
        .with_retry(Retry::default().with_pauses(pauses.0, Duration::from_secs(5)))
        .with_wait(Wait::default().with_pauses(pauses.0, pauses.1).with_deadline(Duration::from_mins(1)))
}

fn login(service: &StandIn) -> Session {
    client(service).login(USERNAME, PASSWORD).unwrap()
}

fn register(session: &Session, upload: &Upload) -> Registration {
    session.register_face(upload).unwrap().wait().unwrap().into_result().unwrap()
}

fn uuids(service: &StandIn) -> Vec<String> {
    service.faces().unwrap().into_iter().map(|face| face.uuid).collect()
}
