//! The differences on the page of `ringfence explore`: the project as it is now, with the imports that came and went.

use std::io::{self, Write};

use super::{Beside, Shown};
use crate::commands::coverage;
use crate::explorer::{Model, Sources, write_page};

pub(super) fn render(shown: &Shown, beside: &Beside, out: &mut dyn Write) -> io::Result<()> {
    let head = &shown.head;
    let (governance, coverage) = coverage::measure(head.side.sessions, true);
    let model = Model::new(&Sources {
        sessions: head.side.sessions,
        is_part: false,
        files: head.files,
        report: head.report,
        known: &beside.known,
        off: &beside.off,
        coverage: coverage::as_json(&governance, &coverage),
        governance: &governance,
        source_url: None,
        closing: beside.closing.clone(),
        difference: Some(shown.difference),
    });
    write_page(&model, out)
}
