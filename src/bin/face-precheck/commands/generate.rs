//! `face-precheck completions` and `face-precheck man`: from the same definition as the command line itself.

use std::fs;
use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Trouble;
use crate::args::{Args, ManArgs};
use crate::exit::Exit;
use crate::output::text::tolerate_broken_pipe;

pub(crate) fn completions(shell: Shell) -> Result<Exit, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "face-precheck", &mut script);
    tolerate_broken_pipe(io::stdout().write_all(&script))?;
    Ok(Exit::AllCompliant)
}

pub(crate) fn man(args: &ManArgs) -> Result<Exit, Trouble> {
    let mut command = Args::command();
    command.build();
    if let Some(folder) = &args.out {
        let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
        written.map_err(|error| format!("{}: {error}", folder.display()))?;
        return Ok(Exit::AllCompliant);
    }
    let page = match &args.command {
        None => command,
        Some(name) => command.find_subcommand(name).cloned().ok_or_else(|| format!("{name} is no command"))?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    tolerate_broken_pipe(io::stdout().write_all(&text))?;
    Ok(Exit::AllCompliant)
}
