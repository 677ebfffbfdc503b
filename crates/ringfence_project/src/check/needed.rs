//! Which suppression comments a session of the same folder needs: another one may not call them unused.

use std::path::PathBuf;

use ringfence_diagnostics::{FileId, Files};
use ringfence_rules::{Tag, Usage};
use ruff_source_file::SourceFile;
use ruff_text_size::TextSize;
use rustc_hash::FxHashMap;

use super::cache::Cache;
use super::{Check, CheckOptions, Reader};
use crate::Session;

/// The codes of suppressions that met a finding of one session, for the one beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NeededComments {
    by_path: FxHashMap<PathBuf, OfFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct OfFile {
    /// What the places are of.
    text: SourceFile,
    /// Where codes start, and how they are written; ascending.
    codes: Vec<(TextSize, String)>,
}

impl NeededComments {
    /// The codes that some finding of a session met.
    pub(super) fn of(session: &Session, usage: &Usage) -> Self {
        let mut by_path: FxHashMap<PathBuf, OfFile> = FxHashMap::default();
        for (file, index, position) in usage.marks() {
            let code = session.facts(file).and_then(|facts| {
                let code = facts.suppressions.get(index as usize)?.codes.get(position as usize)?;
                Some((code.range.start(), facts.name(code.name).to_string()))
            });
            // What is only Tach's has no code.
            let (Some(code), Some(text)) = (code, session.table.text(file)) else { continue };
            let path = session.table.path(file).to_path_buf();
            by_path.entry(path).or_insert_with(|| OfFile { text, codes: Vec::new() }).codes.push(code);
        }
        Self { by_path }
    }

    /// Notes the codes of one session that another one needs: by their place, or where the file has another text by now, by
    /// how they are written anywhere in it.
    pub(super) fn mark(&self, session: &Session, usage: &mut Usage) {
        if self.by_path.is_empty() {
            return;
        }
        for (position, facts) in session.project.facts.iter().enumerate() {
            let file = FileId::new(position);
            let Some(facts) = facts.as_ref().filter(|facts| !facts.suppressions.is_empty()) else { continue };
            let Some(of_file) = self.by_path.get(session.table.path(file)) else { continue };
            let text = session.table.text(file);
            let is_same = text.is_some_and(|text| text.source_text() == of_file.text.source_text());
            for (index, suppression) in facts.suppressions.iter().enumerate() {
                for (position, code) in suppression.codes.iter().enumerate() {
                    let name = facts.name(code.name);
                    let is_needed = of_file
                        .codes
                        .iter()
                        .any(|(start, needed)| needed == name && (!is_same || *start == code.range.start()));
                    if is_needed {
                        usage.mark(file, index as u32, position as u32);
                    }
                }
            }
        }
    }
}

impl Session {
    /// Says which comments another session needs. Whether that is something else than before.
    pub fn set_needed_comments(&mut self, needed: NeededComments) -> bool {
        let is_other = self.needed_elsewhere != needed;
        self.needed_elsewhere = needed;
        is_other
    }

    /// The comments that findings of this session met.
    pub fn needed_comments(&self) -> NeededComments {
        if self.project.facts.iter().flatten().all(|facts| facts.suppressions.is_empty()) {
            return NeededComments::default();
        }
        let (options, mut cache) = (CheckOptions::default(), Cache::default());
        let check = Check::new(self, &options, Reader::OfReport);
        check.find(&mut cache);
        check.select(&mut cache);
        NeededComments::of(self, &cache.own_usage)
    }

    /// Whether somebody asks which comments are needed.
    fn judges_comments(&self) -> bool {
        self.inputs.settings.rules.iter().any(|rule| rule.metadata().has(Tag::AsksWhatIsSuppressed))
    }

    /// Has each of two sessions of one folder know which comments the other one needs.
    pub fn share_comments(first: &mut Self, second: &mut Self) {
        let for_first = first.judges_comments().then(|| second.needed_comments());
        if let Some(needed) = second.judges_comments().then(|| first.needed_comments()) {
            second.set_needed_comments(needed);
        }
        if let Some(needed) = for_first {
            first.set_needed_comments(needed);
        }
    }
}
