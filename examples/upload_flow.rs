//! From a photo's bytes to what is sent: `cargo run --release --example upload_flow -- photo.jpg`
#![allow(clippy::print_stdout, reason = "an example talks")]

use face_precheck::{Engine, Prepared, Profile, Severity, Upload};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("which photo?")?;

    let engine = Engine::new()?; // Once, when the app starts.
    let profile = Profile::progeny_selfie();

    match engine.prepare(&std::fs::read(path)?, &profile)? {
        Prepared::Ready(upload) => send(&upload),
        Prepared::Rejected(report) => {
            let errors = report.findings().iter().filter(|finding| finding.severity == Severity::Error);
            errors.for_each(|finding| println!("{}: {}", finding.code(), finding.hint));
        }
    }
    Ok(())
}

/// Stands for the request that the app makes: it sees what was checked, and nothing else.
fn send(upload: &Upload) {
    println!("{} as {}, {} bytes", upload.file_name(), upload.media_type(), upload.bytes().len());
    upload.changes().iter().for_each(|change| println!("  {change}"));
}
