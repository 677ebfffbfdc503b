//! The differences on the page of `ringfence explore`: the project as it is now, with the imports that came and went.

use std::io::{self, Write};

use ringfence_project::Report;

use super::Shown;
use crate::commands::coverage;
use crate::explorer::{Model, Sources, write_page};

pub(super) fn render(shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let head = &shown.head;
    let (governance, coverage) = coverage::measure(head.side.sessions, true);
    let model = Model::new(&Sources {
        sessions: head.side.sessions,
        is_part: false,
        files: head.files,
        report: head.report,
        known: &Report::default(),
        coverage: coverage::as_json(&governance, &coverage),
        governance: &governance,
        source_url: None,
        difference: Some(shown.difference),
    });
    write_page(&model, out)
}
