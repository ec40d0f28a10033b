//! `face-precheck probe`.

use std::io::{self, Write};

use face_precheck::Limits;

use crate::Trouble;
use crate::args::{Format, ProbeArgs};
use crate::exit::Exit;
use crate::input::{Unread, inputs};
use crate::outcome::Unprobed;
use crate::{jsonl, text};

pub(crate) fn run(args: &ProbeArgs) -> Result<Exit, Trouble> {
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let mut exit = None;
    for mut input in inputs(&args.paths, None) {
        let probed = match input.read(&Limits::default()) {
            Err(Unread::NoPicture) => continue,
            Err(Unread::Io(error)) => Err(Unprobed::Failed(error)),
            Err(Unread::Refused(error)) => Err(Unprobed::Unreadable(error)),
            Ok(content) => face_precheck::probe(&content.bytes).map_err(Unprobed::Unreadable),
        };
        exit = exit.max(Some(match probed {
            Ok(_) => Exit::AllCompliant,
            Err(Unprobed::Unreadable(_)) => Exit::SomeNot,
            Err(Unprobed::Failed(_)) => Exit::Trouble,
        }));
        let written = match args.format {
            Format::Text => text::header(&mut out, &input.path, &probed),
            Format::Jsonl => jsonl::header(&mut out, &input.path, &probed),
        };
        if let Err(error) = written.and_then(|()| out.flush()) {
            text::tolerate_broken_pipe(Err(error))?;
            break;
        }
    }
    exit.ok_or_else(|| "no pictures found".into())
}
