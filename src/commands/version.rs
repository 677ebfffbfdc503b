//! `ringfence version`

use std::process::ExitCode;

use anyhow::Result;

use crate::terminal::print;

pub(crate) fn run() -> Result<ExitCode> {
    print([concat!("ringfence ", env!("CARGO_PKG_VERSION"))])?;
    Ok(ExitCode::SUCCESS)
}
