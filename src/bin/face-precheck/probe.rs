//! `face-precheck probe`.

use std::io::{self, Write};

use face_precheck::Limits;

use crate::Trouble;
use crate::args::{Format, ProbeArgs};
use crate::exit::Exit;
use crate::input::{Unread, inputs};
use crate::{jsonl, text};

pub(crate) fn run(args: &ProbeArgs) -> Result<Exit, Trouble> {
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let mut exit = None;
    for input in inputs(&args.paths) {
        let (path, content) = input.read(&Limits::default());
        let (header, outcome) = match content {
            Err(Unread::NoPicture) => continue,
            Err(Unread::Io(error)) => (Err(error.to_string()), Exit::Trouble),
            Err(Unread::Refused(error)) => (Err(error.to_string()), Exit::SomeNot),
            Ok(content) => match face_precheck::probe(&content.bytes) {
                Ok(header) => (Ok(header), Exit::AllCompliant),
                Err(error) => (Err(error.to_string()), Exit::SomeNot),
            },
        };
        exit = exit.max(Some(outcome));
        let header = header.as_ref().map_err(String::as_str);
        let written = match args.format {
            Format::Text => text::header(&mut out, &path, header),
            Format::Jsonl => jsonl::header(&mut out, &path, header),
        };
        if let Err(error) = written.and_then(|()| out.flush()) {
            text::tolerate_broken_pipe(Err(error))?;
            break;
        }
    }
    exit.ok_or_else(|| "no pictures found".into())
}
