//! The comments that suppress findings.

use ringfence_diagnostics::{FileId, Files as _};
use ringfence_project::Session;
use ringfence_source::SuppressionForm;

use crate::sessions::Sessions;

/// A comment that suppresses something. The line is for whoever looks for it, and tells no two apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Suppression {
    pub(crate) path: String,
    /// What stands on the line for which it speaks, without the comment; nothing where it speaks for the file.
    pub(crate) text: String,
    /// As it is written: `ringfence: ignore`, `ringfence: file-ignore`, `noqa`, `tach-ignore`.
    pub(crate) form: &'static str,
    /// The codes, or the names, that it lists, ascending.
    pub(crate) codes: Vec<String>,
    pub(crate) line: usize,
}

pub(super) fn of(sessions: &Sessions, session: &Session) -> Vec<Suppression> {
    let files = (0..session.files().len()).map(FileId::new);
    files.flat_map(|file| of_file(sessions, session, file)).collect()
}

fn of_file(sessions: &Sessions, session: &Session, file: FileId) -> Vec<Suppression> {
    let Some(facts) = session.facts(file).filter(|facts| !facts.suppressions.is_empty()) else {
        return Vec::new();
    };
    let Some(source) = session.text(file) else { return Vec::new() };
    let path = sessions.display(session.files().path(file));
    let text = source.source_text();
    facts
        .suppressions
        .iter()
        .map(|it| {
            let mut codes: Vec<String> =
                it.codes.iter().map(|code| facts.name(code.name).to_string()).collect();
            codes.sort();
            let form = match it.form {
                SuppressionForm::Ignore => "ringfence: ignore",
                SuppressionForm::FileIgnore => "ringfence: file-ignore",
                SuppressionForm::Noqa => "noqa",
                SuppressionForm::TachIgnore => "tach-ignore",
            };
            let mut spoken_for = it.line;
            if it.line.contains_range(it.comment) {
                spoken_for = ruff_text_size::TextRange::new(it.line.start(), it.comment.start());
            }
            let is_of_file = it.form == SuppressionForm::FileIgnore;
            let spoken_for = text.get(spoken_for.to_std_range()).filter(|_| !is_of_file).unwrap_or_default();
            Suppression {
                path: path.clone(),
                text: spoken_for.trim().to_string(),
                form,
                codes,
                line: source.to_source_code().line_index(it.comment.start()).get(),
            }
        })
        .collect()
}
