//! `face-precheck check`.

use crate::Trouble;
use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::outcome::{Aim, Outcome};
use crate::photos;

pub(crate) fn run(args: &CheckArgs) -> Result<Exit, Trouble> {
    photos::each(
        &args.photos,
        Aim::Verdicts,
        None,
        |engine, profile, bytes| Ok(Outcome::Checked(Box::new(engine.check(bytes, profile)?))),
        |_, outcome| outcome,
    )
}
