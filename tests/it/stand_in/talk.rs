//! Talking to a stand-in, without the help of this crate's own client.

use std::thread;
use std::time::{Duration, Instant};

use face_precheck::stand_in::{Options, StandIn};
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::command::HANGING;
use crate::fixtures::ENGINE;

pub(crate) const GOOD: &str = "photos/compliant/grace_hopper_enlarged_1.5x.jpg";

/// A service whose tasks are done at once, and that does not load the networks again.
pub(crate) fn options() -> Options {
    Options::default().with_engine(ENGINE.clone()).with_task_time(Duration::ZERO)
}

/// A field of a form.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    File(&'a [u8]),
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Someone who talks to a service.
#[derive(Clone)]
pub(crate) struct Talk {
    agent: Agent,
    base: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Talk {
    /// A connection for each request, so that none is about another one's.
    pub(crate) fn to(base: impl Into<String>) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_idle_connections(0).timeout_global(Some(HANGING));
        Self { agent: config.build().new_agent(), base: base.into(), access: String::new(), refresh: String::new() }
    }

    pub(crate) fn logged_in(service: &StandIn) -> Self {
        Self::logged_in_as(service, "demo", "demo")
    }

    pub(crate) fn logged_in_as(service: &StandIn, username: &str, password: &str) -> Self {
        let mut talk = Self::to(service.base_url());
        let answer = talk.log_in(username, password).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        talk.take_tokens(&answer);
        talk
    }

    /// With the same tokens to another service.
    pub(crate) fn at(&self, base: impl Into<String>) -> Self {
        Self { access: self.access.clone(), refresh: self.refresh.clone(), ..Self::to(base) }
    }

    pub(crate) fn take_tokens(&mut self, answer: &Answer) {
        let tokens = answer.json();
        self.access = tokens["access"].as_str().unwrap().into();
        self.refresh = tokens["refresh"].as_str().unwrap().into();
    }

    pub(crate) fn log_in(&self, username: &str, password: &str) -> Result<Answer, ureq::Error> {
        let fields = [("username", Part::Text(username)), ("password", Part::Text(password))];
        self.post("/accounts/token/obtain/", &fields)
    }

    pub(crate) fn renew(&self) -> Result<Answer, ureq::Error> {
        self.post("/accounts/token/refresh/", &[("refresh", Part::Text(&self.refresh))])
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        heard(self.agent.run(self.head("GET", path).body(()).unwrap()))
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, Part)]) -> Result<Answer, ureq::Error> {
        self.send("POST", path, "multipart/form-data; boundary=EDGE", form(fields))
    }

    pub(crate) fn send(&self, method: &str, path: &str, media_type: &str, body: Vec<u8>) -> Result<Answer, ureq::Error> {
        heard(self.agent.run(self.head(method, path).header("content-type", media_type).body(body).unwrap()))
    }

    fn head(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let head = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if self.access.is_empty() { head } else { head.header("authorization", format!("Bearer {}", self.access)) }
    }

    /// The id of a new task.
    pub(crate) fn begin(&self, path: &str, fields: &[(&str, Part)]) -> String {
        let answer = self.post(path, fields).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn task(&self, id: &str) -> Value {
        let answer = self.get(&format!("/services/task/?id={id}")).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// A task that has come to an end.
    pub(crate) fn ended(&self, id: &str) -> Value {
        let end = Instant::now() + HANGING;
        loop {
            let task = self.task(id);
            if task["status"] == "SUCCESS" || task["status"] == "FAILURE" {
                return task;
            }
            assert_eq!(task["result"], Value::Null, "{task}");
            assert!(Instant::now() < end, "it hangs: {task}");
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// What a task came to.
    pub(crate) fn result(&self, path: &str, fields: &[(&str, Part)]) -> Value {
        let mut task = self.ended(&self.begin(path, fields));
        assert_eq!(task["status"], "SUCCESS", "{task}");
        assert!(task["id"].is_u64(), "{task}");
        task["result"].take()
    }
}

fn heard(answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let (head, mut body) = answer?.into_parts();
    assert_eq!(head.headers["x-stand-in"], "face-precheck");
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, text: body.read_to_string()? })
}

pub(crate) fn form(fields: &[(&str, Part)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, part) in fields {
        let (file, content) = match part {
            Part::Text(text) => ("", text.as_bytes()),
            Part::File(bytes) => ("; filename=\"photo\"\r\nContent-Type: application/octet-stream", *bytes),
        };
        body.extend_from_slice(format!("--EDGE\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--EDGE--\r\n");
    body
}
