//! `face-precheck check`.

use crate::Trouble;
use crate::args::CheckArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::input::Search;
use crate::photos::Job;
use crate::row::{Aim, Outcome};

pub(crate) fn run(args: &CheckArgs) -> Result<Exit, Trouble> {
    let args = &args.photos;
    let config = Config::load(&args.demands.settings)?;
    let in_force = config.profile(&args.demands)?;
    let language = config.language(&args.demands)?;
    let search = Search::new(&args.input, config.exclude.clone())?;
    let profile = &in_force.profile;
    Job { args, config: &config, search, in_force: &in_force, language, aim: Aim::Verdicts }.run(
        |engine, bytes, size| {
            let (report, preview) = match size {
                Some(size) => engine.check_with_preview(bytes, profile, size).map(|(report, preview)| (report, Some(preview)))?,
                None => (engine.check(bytes, profile)?, None),
            };
            Ok((Outcome::Checked(Box::new(report)), preview))
        },
        |_, outcome| outcome,
        |_| true,
    )
}
