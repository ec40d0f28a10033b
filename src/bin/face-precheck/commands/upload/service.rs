//! The way to the service: all that it takes is looked at before a photo is.

use std::fs;
use std::time::Duration;

use face_precheck::Call;
use face_precheck::client::{Client, Paths, Result as Answered, Session, Wait};

use super::credentials::Credentials;
use crate::Trouble;
use crate::args::ServiceArgs;

pub(super) struct Service<'a> {
    args: &'a ServiceArgs,
    paths: Paths,
    client: Client,
}

impl<'a> Service<'a> {
    pub(super) fn new(args: &'a ServiceArgs) -> Result<Self, Trouble> {
        let paths = args.path.iter().fold(Paths::default(), |paths, (call, path)| paths.with(*call, path));
        let wait = Wait::default().with_deadline(Duration::from_secs(args.deadline));
        let mut client = Client::new(&args.server).with_paths(paths.clone()).with_wait(wait);
        if let Some(file) = &args.root_certificates {
            let pem = fs::read(file).map_err(|error| format!("--root-certificates {}: {error}", file.display()))?;
            client = client.with_root_certificates(&pem);
        }
        client.validate()?;
        Ok(Self { args, paths, client })
    }

    /// Where a call goes.
    pub(super) fn url(&self, call: Call) -> String {
        format!("{}{}", self.args.server.trim_end_matches('/'), self.paths.of(call))
    }

    pub(super) fn credentials(&self) -> Result<Credentials, Trouble> {
        Credentials::load(self.args.credentials.as_deref())
    }

    pub(super) fn login(&self, Credentials { username, password }: &Credentials) -> Answered<Session> {
        self.client.login(username, password)
    }
}
