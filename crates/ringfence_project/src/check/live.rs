//! The findings of a session from one edit to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_diagnostics::{Diagnostic, FileId, Fix};
use ringfence_rules::{Budgets, Explainer, Finding, Renderer};
use rustc_hash::FxHashSet;

use super::cache::Cache;
use super::needed::NeededComments;
use super::{Check, CheckOptions, Reader, Shown, order_in_file};
use crate::Session;

/// What is known of one check, for the next. Goes with one session.
#[derive(Default)]
pub struct IncrementalState {
    pub(super) cache: Cache,
    /// What findings of this session met, for one beside it.
    needed: NeededComments,
    published: BTreeMap<FileId, PublishedFile>,
}

/// What is found in a file, by position.
#[derive(Default)]
struct PublishedFile {
    /// One for each finding; the same as long as nothing about it changes.
    stamps: Vec<u64>,
    /// Nothing for what no rule finds.
    findings: Vec<Option<Finding>>,
    diagnostics: Vec<Arc<Diagnostic>>,
}

/// A finding, and what can be done about it.
#[derive(Debug, Clone)]
pub struct Offer {
    pub diagnostic: Arc<Diagnostic>,
    /// What mends the source.
    pub fix: Option<Fix>,
    /// What changes the policy instead.
    pub policy_fix: Option<Fix>,
}

impl IncrementalState {
    /// What is found in a file, by position.
    pub fn diagnostics(&self, file: FileId) -> &[Arc<Diagnostic>] {
        self.published.get(&file).map_or(&[], |published| &published.diagnostics)
    }

    /// The comments that findings met, for a session beside this one.
    pub fn needed_comments(&self) -> &NeededComments {
        &self.needed
    }

    /// The files in which something is found.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.published.keys().copied()
    }
}

impl Session {
    /// Takes the new contents of a Python file of the session, or those on disk, and notes what they bear on.
    ///
    /// What else changes (configs, files that appear or go away) takes a session of its own.
    pub fn update_file(&mut self, state: &mut IncrementalState, file: FileId, bytes: Option<Vec<u8>>) {
        let Some(changed) = self.read_update(file, bytes) else { return };
        if changed.modules {
            state.cache.graph_changed();
        } else if changed.facts {
            state.cache.facts_changed();
        }
        state.cache.text_changed(file);
    }

    /// Runs the selected rules where something may have changed, and gives the files in which something else is found than before.
    ///
    /// How the names are used is looked at for findings in `open` files only. O(files + findings) beside what changed.
    pub fn check_live(&self, state: &mut IncrementalState, open: &FxHashSet<FileId>) -> Vec<FileId> {
        let options = CheckOptions::default();
        let outcome = Check::new(self, &options, Reader::Editor { open }).run(&mut state.cache);
        if self.options.is_shared {
            state.needed = NeededComments::of(self, &state.cache.own_usage);
        }
        let mut published: BTreeMap<FileId, PublishedFile> = BTreeMap::new();
        for Shown { finding, diagnostic, stamp } in outcome.findings {
            published.entry(diagnostic.file).or_default().push(Some(finding), diagnostic, stamp);
        }
        for diagnostic in self.config_errors() {
            // Known since the configs were read, and the same for as long as these are.
            published.entry(diagnostic.file).or_default().push(None, Arc::new(diagnostic), 0);
        }
        for file in published.values_mut() {
            file.sort();
        }
        let before = std::mem::replace(&mut state.published, published);
        let mut changed: Vec<FileId> = before.keys().chain(state.published.keys()).copied().collect();
        changed.sort_unstable();
        changed.dedup();
        changed.retain(|file| {
            let [before, now] = [&before, &state.published].map(|published| published.get(file));
            before.map(|before| &before.stamps) != now.map(|now| &now.stamps)
        });
        changed
    }

    /// What can be done about each finding in a file. Good until the next edit; texts of other files may be read.
    pub fn offers(&self, state: &IncrementalState, file: FileId) -> Vec<Offer> {
        let Some(published) = state.published.get(&file) else { return Vec::new() };
        let IncrementalState { cache: Cache { usage, memo, .. }, .. } = state;
        let unreadable = self.project.all_unreadable();
        let context = self.context(&unreadable, usage, memo);
        let many = Budgets { suggestions: u32::MAX, explanations: u32::MAX, chains: u32::MAX };
        let of_all = Explainer::new(context, many);
        let mut of_policy = Explainer::new(context, many);
        of_policy.only_policy = true;
        let mut offers = Vec::new();
        for (finding, diagnostic) in published.findings.iter().zip(&published.diagnostics) {
            let mut offer = Offer { diagnostic: Arc::clone(diagnostic), fix: None, policy_fix: None };
            if let Some(finding) = finding.as_ref().filter(|finding| self.inputs.settings.fixes(finding.rule))
            {
                let fix_of = |explainer: &Explainer| {
                    Renderer::new(explainer).diagnose(finding, diagnostic.severity, true).fix
                };
                match fix_of(&of_all) {
                    Some(fix) if fix.changes_policy => offer.policy_fix = Some(fix),
                    fix => {
                        offer.fix = fix;
                        offer.policy_fix = fix_of(&of_policy).filter(|fix| fix.changes_policy);
                    }
                }
            }
            offers.push(offer);
        }
        offers
    }
}

impl PublishedFile {
    fn push(&mut self, finding: Option<Finding>, diagnostic: Arc<Diagnostic>, stamp: u64) {
        self.stamps.push(stamp);
        self.findings.push(finding);
        self.diagnostics.push(diagnostic);
    }

    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.diagnostics.len()).collect();
        order.sort_by(|a, b| order_in_file(&self.diagnostics[*a]).cmp(&order_in_file(&self.diagnostics[*b])));
        *self = Self {
            stamps: order.iter().map(|position| self.stamps[*position]).collect(),
            findings: order.iter().map(|position| self.findings[*position].clone()).collect(),
            diagnostics: order.iter().map(|position| Arc::clone(&self.diagnostics[*position])).collect(),
        };
    }
}
