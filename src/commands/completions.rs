//! `ringfence completions`

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionArguments};
use crate::terminal::print_bytes;

pub(crate) fn run(arguments: &CompletionArguments) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "ringfence", &mut script);
    print_bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}
