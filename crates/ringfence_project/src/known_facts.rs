//! What one session has read of files on the disk, for another that meets the same files.

use std::path::{Path, PathBuf};

use ringfence_diagnostics::Files as _;
use ringfence_policy::Comments;
use ringfence_source::FileFacts;
use rustc_hash::FxHashMap;

use crate::Session;
use crate::read::Reading;

/// The facts of files as they lie on the disk. They say nothing of a config, but for the comments that it takes for suppressions.
#[derive(Debug, Default)]
pub struct KnownFacts {
    files: FxHashMap<PathBuf, Known>,
}

#[derive(Debug)]
struct Known {
    fingerprint: u64,
    facts: FileFacts,
    parsed: bool,
    comments: Comments,
}

impl KnownFacts {
    /// Adds what a session knows of files that nothing stands for. O(size of the facts).
    pub fn add(&mut self, session: &Session) {
        let dialect = &session.inputs.policy.dialect;
        if dialect.dotted_strings || dialect.foreign_keys {
            // What strings import is among the facts.
            return;
        }
        for source in &session.project.sources {
            let file = source.file;
            if let (Some(facts), Some(fingerprint), false) =
                (session.facts(file), session.table.fingerprint(file), session.table.is_overlaid(file))
            {
                let parsed = session.project.parsed.contains(&file);
                let known = Known { fingerprint, facts: facts.clone(), parsed, comments: dialect.comments };
                self.files.insert(session.table.path(file).to_path_buf(), known);
            }
        }
    }

    /// What is known of a file, for a config that takes these comments for suppressions.
    pub(crate) fn reading(&self, path: &Path, comments: Comments) -> Option<Reading> {
        let known = self.files.get(path).filter(|known| known.comments == comments)?;
        Some(Reading {
            fingerprint: Some(known.fingerprint),
            outcome: Ok(known.facts.clone()),
            parsed: known.parsed,
        })
    }
}
