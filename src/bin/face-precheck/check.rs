//! `face-precheck check`.

use crate::Trouble;
use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::outcome::{Aim, Outcome};
use crate::{language, photos, profile};

pub(crate) fn run(args: &CheckArgs) -> Result<Exit, Trouble> {
    let profile = profile::load(&args.photos.profile)?;
    let language = language::load(&args.photos.language)?;
    photos::each(
        &args.photos,
        &profile,
        &language,
        Aim::Verdicts,
        None,
        |engine, bytes| Ok(Outcome::Checked(Box::new(engine.check(bytes, &profile)?))),
        |_, outcome| outcome,
    )
}
