//! What is found, by what it is about.

use std::path::Path;

use ringfence_diagnostics::{Diagnostic, Files as _, Identity, Severity, Span};

use crate::merged::ManyFiles;

/// A finding of a report, in the order of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) subject: Subject,
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) path: String,
    pub(crate) line: usize,
}

/// What a finding is about. Lines may have moved, so it has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// As a baseline tells findings apart.
    Code(Identity),
    /// A file or a config as such: the code, the path, and what is said.
    File(&'static str, String, String),
}

impl Finding {
    pub(super) fn new(diagnostic: &Diagnostic, files: &ManyFiles, display: &dyn Fn(&Path) -> String) -> Self {
        let Diagnostic { code, severity, message, file, range, .. } = diagnostic;
        let path = display(files.path(*file));
        let line = files.line(Span::new(*file, *range));
        let subject = match diagnostic.identity() {
            Some(identity) => Subject::Code(identity),
            None => Subject::File(code, path.clone(), message.clone()),
        };
        Self { subject, severity: *severity, code, message: message.clone(), path, line }
    }
}

impl Subject {
    /// The same, of modules and files that were moved since.
    pub(crate) fn moved(&self, module: &dyn Fn(&str) -> String, path: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::File(code, file, message) => Self::File(code, path(file), message.clone()),
            Self::Code(Identity { code, importer, imported, name, contract, members }) => {
                let mut members: Vec<String> = members.iter().map(|member| module(member)).collect();
                members.sort();
                Self::Code(Identity {
                    code: code.clone(),
                    importer: module(importer),
                    imported: module(imported),
                    name: name.clone(),
                    contract: contract.clone(),
                    members,
                })
            }
        }
    }
}
