//! `ringfence mcp`

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::McpArguments;
use crate::mcp::serve;

pub(crate) fn run(arguments: &McpArguments) -> Result<ExitCode> {
    serve(arguments.project())?;
    Ok(ExitCode::SUCCESS)
}
