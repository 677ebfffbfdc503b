//! A broken rule, before anybody has put it into words.

use ringfence_diagnostics::{FileId, Span};

use crate::RuleId;

/// Where a finding is. Turned into a text range only when it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// One name of one import: indices into the facts of the file.
    Import { file: FileId, import: u32, name: u32 },
    /// A suppression comment: index into the facts of the file.
    Suppression { file: FileId, index: u32 },
    /// A file as a whole.
    File(FileId),
    /// A range that is known already, in source or config.
    Place(Span),
}

impl Site {
    pub fn file(self) -> FileId {
        match self {
            Self::Import { file, .. } | Self::Suppression { file, .. } | Self::File(file) => file,
            Self::Place(span) => span.file,
        }
    }
}

/// One finding of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Finding {
    pub rule: RuleId,
    pub site: Site,
    /// What the rule noted for its own `speak` and `fix`, such as the index of the entry that decided.
    pub detail: u32,
}
