//! The page: the built one of `web/`, with the model in it.

use std::io::{self, Write};

use ringfence_output::escape;

use super::Model;

/// Built by `npm run build` in `web/`; one file with its script, its style, and a policy that lets nothing else run or load.
const PAGE: &str = include_str!("../../web/dist/explorer.html");

/// Where the model goes.
const PLACE: &str = "@model@";

/// Writes the page of a model.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn write_page(model: &Model, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = PAGE.split_once(PLACE).unwrap_or((PAGE, ""));
    out.write_all(before.as_bytes())?;
    escape::json_in_script(model, out)?;
    out.write_all(after.as_bytes())
}
