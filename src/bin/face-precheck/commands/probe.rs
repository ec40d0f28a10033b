//! `face-precheck probe`.

use std::io::{self, Write};

use face_precheck::Limits;

use crate::Trouble;
use crate::args::{ProbeArgs, ProbeFormat};
use crate::exit::Exit;
use crate::input::{Search, Unread};
use crate::output::{jsonl, text, write_line};
use crate::row::Unprobed;

pub(crate) fn run(args: &ProbeArgs) -> Result<Exit, Trouble> {
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let mut exit = None;
    for input in Search::of(&args.paths).inputs() {
        let probed = match input.read(&Limits::default()) {
            Err(Unread::NoPicture) => continue,
            Err(Unread::Io(error)) => Err(Unprobed::Failed(error)),
            Err(Unread::Refused(error, _)) => Err(Unprobed::Unreadable(error)),
            Ok(content) => face_precheck::probe(&content.bytes).map_err(Unprobed::Unreadable),
        };
        exit = exit.max(Some(match probed {
            Ok(_) => Exit::AllCompliant,
            Err(Unprobed::Unreadable(_)) => Exit::SomeNot,
            Err(Unprobed::Failed(_)) => Exit::Trouble,
        }));
        let written = match args.format {
            ProbeFormat::Text => text::header(&mut out, &input.path, &probed),
            ProbeFormat::Jsonl => write_line(&mut out, &jsonl::header(&input.path, &probed)?),
        };
        if let Err(error) = written.and_then(|()| out.flush()) {
            text::tolerate_broken_pipe(Err(error))?;
            break;
        }
    }
    exit.ok_or_else(|| "no pictures found".into())
}
