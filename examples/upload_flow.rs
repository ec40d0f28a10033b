//! From a photo's bytes to a registered face:
//! `cargo run --release --features client,stand-in --example upload_flow -- selfie.jpg [URL]`
//!
//! Without a URL everything stays on this machine: a stand-in for the service is started, which checks pictures as the service is documented
//! to, and forgets everything when the example ends. With one, `FACE_PRECHECK_USERNAME` and `FACE_PRECHECK_PASSWORD` log in there.
#![allow(clippy::print_stdout, reason = "an example talks")]

use std::error::Error;

use face_precheck::client::{Client, Issue, Outcome, Session};
use face_precheck::stand_in::{Options, StandIn};
use face_precheck::{Engine, Prepared, Profile, Severity, Upload};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let photo = std::fs::read(arguments.next().ok_or("which photo?")?)?;

    let engine = Engine::new()?; // Once, when the app starts.
    let (_stand_in, session) = log_in(arguments.next(), &engine)?;

    match engine.prepare(&photo, &Profile::progeny_selfie())? {
        Prepared::Ready(upload) => register(&session, &upload),
        // What only a new photo can mend costs no call.
        Prepared::Rejected(report) => {
            let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error);
            errors.for_each(|finding| println!("{}: {}", finding.code(), finding.hint));
            Ok(())
        }
    }
}

/// Also once: a session renews its tokens by itself, and any number of threads may share it.
fn log_in(url: Option<String>, engine: &Engine) -> Result<(Option<StandIn>, Session), Box<dyn Error>> {
    if let Some(url) = url {
        let (username, password) = (std::env::var("FACE_PRECHECK_USERNAME")?, std::env::var("FACE_PRECHECK_PASSWORD")?);
        return Ok((None, Client::new(&url).login(&username, &password)?));
    }
    let service = StandIn::start(Options::default().with_engine(engine.clone()))?;
    let session = Client::new(&service.base_url()).login("demo", "demo")?;
    Ok((Some(service), session))
}

/// Two steps: the picture is sent, and what the service makes of it is waited for.
fn register(session: &Session, upload: &Upload) -> Result<(), Box<dyn Error>> {
    upload.changes().iter().for_each(|change| println!("{change}"));
    let outcome = session.register_face(upload).and_then(|task| task.wait());
    match outcome {
        Ok(Outcome::Answered(face)) => println!("registered as {}", face.uuid),
        // The service has the last word, and the codes are the checker's.
        Ok(Outcome::Refused(refusal)) => {
            println!("{refusal}");
            refusal.issues.iter().filter_map(Issue::hint).for_each(|hint| println!("{hint}"));
        }
        // It may be registered: look, before it is sent again.
        Err(error) if error.is_outcome_unknown() => println!("{error}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
