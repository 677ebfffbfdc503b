//! What one check found and said, kept for the next: what an edit cannot have changed is not worked out again.
//!
//! What a rule finds in a file depends on the facts of that file, or on texts that were asked for while it looked
//! ([`Recording`](super::recording::Recording)), or on the facts of all files. What is said of a finding depends on the texts that
//! were asked for while it was put into words, and on the files that its labels point into. Facts that are the same but for their
//! places change no graph.

use std::cell::OnceCell;
use std::sync::Arc;

use ringfence_diagnostics::{Diagnostic, FileId, Identity};
use ringfence_rules::{Finding, Memo, Usage};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::baseline::recordable;

/// What is kept of one check for the next. Goes with one session.
#[derive(Default)]
pub(crate) struct Cache {
    pub(super) memo: Memo,
    /// By file.
    pub(super) files: Vec<FoundInFile>,
    /// In the project as a whole.
    pub(super) project: Option<Found>,
    /// What is said of findings.
    pub(super) explained: FxHashMap<Finding, Explained>,
    /// What the baseline would call findings of which nothing is said.
    pub(super) named: FxHashMap<Finding, Named>,
    /// Which suppressions met a finding.
    pub(super) usage: Usage,
    /// The same without what a session beside this one needs; nothing where there is none.
    pub(super) own_usage: Usage,
    pub(super) last_stamp: u64,
}

#[derive(Default)]
pub(super) struct FoundInFile {
    /// By rules that look at the facts of the file alone.
    pub(super) near: Option<Vec<Finding>>,
    /// By those that look further.
    pub(super) further: Option<Found>,
}

/// Findings, and the files whose texts they depend on.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) reads: FxHashSet<FileId>,
}

/// What is said of a finding.
pub(super) struct Explained {
    pub(super) diagnostic: Arc<Diagnostic>,
    /// What the baseline would call it, once somebody asked.
    pub(super) identity: OnceCell<Option<Identity>>,
    pub(super) reads: FxHashSet<FileId>,
    /// Whether its file was looked at for it, as far as that helps.
    pub(super) in_full: bool,
    /// Another one for whatever is said anew.
    pub(super) stamp: u64,
}

/// What the baseline would call a finding.
pub(super) struct Named {
    pub(super) identity: Option<Identity>,
    pub(super) reads: FxHashSet<FileId>,
}

impl Cache {
    /// Facts changed, and with them perhaps the graph.
    pub(super) fn facts_changed(&mut self) {
        self.memo = Memo::default();
        self.project = None;
        self.explained.clear();
        self.named.clear();
        for in_file in &mut self.files {
            in_file.further = None;
        }
    }

    /// Modules have other numbers now.
    pub(super) fn graph_changed(&mut self) {
        *self = Self { last_stamp: self.last_stamp, ..Self::default() };
    }

    /// The text of a file changed.
    pub(super) fn text_changed(&mut self, file: FileId) {
        self.memo.forget_texts();
        if let Some(in_file) = self.files.get_mut(file.index()) {
            *in_file = FoundInFile::default();
        }
        for in_file in &mut self.files {
            in_file.further.take_if(|found| found.reads.contains(&file));
        }
        if self.project.take_if(|found| found.reads.contains(&file)).is_some() {
            // What it found is told by what it noted.
            self.facts_changed();
        }
        self.explained.retain(|finding, it| finding.site.file() != file && !it.reads.contains(&file));
        self.named.retain(|finding, it| finding.site.file() != file && !it.reads.contains(&file));
    }

    /// What the baseline would call a finding; nothing for one that it cannot hold, or of which that is not known.
    pub(super) fn identity(&self, finding: &Finding) -> Option<&Identity> {
        match self.explained.get(finding) {
            Some(it) => it.identity.get_or_init(|| recordable(&it.diagnostic)).as_ref(),
            None => self.named.get(finding)?.identity.as_ref(),
        }
    }
}
