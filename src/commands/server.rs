//! `ringfence server`

use std::process::ExitCode;

use anyhow::Result;

/// Serves an editor over standard input and output. Ends with 1 where the editor went without a word.
pub(crate) fn run() -> Result<ExitCode> {
    Ok(if ringfence_server::run()? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
