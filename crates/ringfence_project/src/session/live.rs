//! The findings of a session from one edit to the next: what an edit cannot have changed is not worked out again.
//!
//! What a rule finds in a file depends on the facts of that file, or on texts that were asked for while it looked
//! ([`Recording`]), or on the facts of all files. What is said of a finding depends on the texts that were asked for while it was
//! put into words, and on the files that its labels point into. Facts that are the same but for their places change no graph.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ringfence_diagnostics::{Diagnostic, FileId, Files, Fix, Identity, Severity};
use ringfence_rules::{
    Context, Detail, Finding, Memo, RuleId, Run, Sources, Unreadable, Usage, find_in_file, find_in_project,
    find_in_run, is_suppressed,
};
use ringfence_source::{Oddities, ParsedFile};
use ruff_source_file::SourceFile;
use rustc_hash::{FxHashMap, FxHashSet};

use super::needed::NeededComments;
use super::{MOST_SUGGESTIONS, Session};
use crate::baseline::recordable;

/// What is kept of one check for the next. Goes with one session.
#[derive(Default)]
pub struct Live {
    memo: Memo,
    /// By file.
    files: Vec<OfFile>,
    project: Option<Found>,
    spoken: FxHashMap<Finding, Spoken>,
    usage: Usage,
    /// What findings of this session met, for one beside it.
    needed: NeededComments,
    shown: BTreeMap<FileId, Shown>,
    last_stamp: u64,
}

#[derive(Default)]
struct OfFile {
    /// Of rules that look at the facts of the file alone.
    near: Option<Vec<Finding>>,
    /// Of those that look further.
    further: Option<Found>,
}

/// Findings, and the files whose texts they depend on.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    reads: FxHashSet<FileId>,
}

/// A finding in words.
struct Spoken {
    diagnostic: Arc<Diagnostic>,
    /// What a baseline would call it.
    identity: Option<Identity>,
    reads: FxHashSet<FileId>,
    is_open: bool,
    stamp: u64,
}

/// What is found in a file, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Shown {
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

impl Live {
    /// What is found in a file, by position.
    pub fn diagnostics(&self, file: FileId) -> &[Arc<Diagnostic>] {
        self.shown.get(&file).map_or(&[], |shown| &shown.diagnostics)
    }

    /// The comments that findings met, for a session beside this one.
    pub fn needed_comments(&self) -> &NeededComments {
        &self.needed
    }

    /// The files in which something is found.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.shown.keys().copied()
    }

    /// Facts changed, and with them perhaps the graph.
    fn facts_changed(&mut self) {
        self.memo = Memo::default();
        self.project = None;
        self.spoken.clear();
        for of_file in &mut self.files {
            of_file.further = None;
        }
    }

    /// The text of a file changed.
    fn text_changed(&mut self, file: FileId) {
        self.memo.forget_texts();
        if let Some(of_file) = self.files.get_mut(file.index()) {
            *of_file = OfFile::default();
        }
        for of_file in &mut self.files {
            of_file.further.take_if(|found| found.reads.contains(&file));
        }
        if self.project.take_if(|found| found.reads.contains(&file)).is_some() {
            // What it found is told by what it noted.
            self.facts_changed();
        }
        self.forget_words(file);
    }

    fn forget_words(&mut self, file: FileId) {
        self.spoken.retain(|finding, spoken| finding.site.file() != file && !spoken.reads.contains(&file));
    }

    fn stamp(&mut self) -> u64 {
        self.last_stamp += 1;
        self.last_stamp
    }
}

impl Session {
    /// Takes the new contents of a Python file of the session, or those on disk, and notes what they bear on.
    ///
    /// What else changes (configs, files that appear or go away) takes a session of its own.
    pub fn edit(&mut self, live: &mut Live, file: FileId, bytes: Option<Vec<u8>>) {
        self.table.set_overlay(file, bytes);
        if !self.source(file).is_some_and(super::Source::is_read) {
            return;
        }
        let before = self.facts[file.index()].take();
        self.read_files(&[file], &|_| {});
        self.read_strings(&[file]);
        let is_same = match (&before, &self.facts[file.index()]) {
            (Some(before), Some(now)) => before.is_same_elsewhere(now),
            _ => false,
        };
        if !is_same {
            let count = self.sources.len();
            self.rebind(file);
            if self.sources.len() == count {
                live.facts_changed();
            } else {
                // Modules have other numbers now.
                *live = Live { last_stamp: live.last_stamp, ..Live::default() };
            }
        }
        live.text_changed(file);
    }

    /// Runs the selected rules where something may have changed, and gives the files in which something else is found than before.
    ///
    /// How the names are used is looked at for findings in `open` files only. O(files + findings) beside what changed.
    pub fn check_live(&self, live: &mut Live, open: &FxHashSet<FileId>) -> Vec<FileId> {
        live.files.resize_with(self.facts.len(), OfFile::default);
        // What it holds of texts was perhaps asked for by somebody else, unseen.
        live.memo.forget_texts();
        let recording = Recording { session: self, seen: Mutex::default() };
        let unreadable = self.all_unreadable();
        let weighed = self.find_live(live, &recording, &unreadable);
        let mut shown = self.speak_live(live, &recording, &unreadable, open, &weighed);
        self.add_what_no_rule_finds(live, &mut shown);
        for shown in shown.values_mut() {
            shown.sort();
        }
        let before = std::mem::replace(&mut live.shown, shown);
        let is_other = |file: &FileId| {
            before.get(file).map(|shown| &shown.stamps) != live.shown.get(file).map(|shown| &shown.stamps)
        };
        let mut changed: Vec<FileId> = before.keys().chain(live.shown.keys()).copied().collect();
        changed.sort_unstable();
        changed.dedup();
        changed.retain(is_other);
        changed
    }

    /// What is found and neither suppressed nor switched off, with what it weighs.
    fn find_live(
        &self,
        live: &mut Live,
        recording: &Recording,
        unreadable: &[Unreadable],
    ) -> Vec<(Finding, Severity)> {
        let Live { memo, files, project, usage, needed, .. } = live;
        let (nothing_used, none) = (Usage::default(), Cell::new(0));
        let context = self.context(unreadable, &nothing_used, &none, &none, &none, memo);
        let context = Context { sources: recording, ..context };
        let rules = &self.settings.rules;
        let reads_other_files = rules.iter().any(|rule| rule.entry().reads_other_files);
        for (position, of_file) in files.iter_mut().enumerate() {
            let file = FileId::new(position);
            if of_file.near.is_none() {
                of_file.near = Some(find_in_file(&context, rules, file, false));
            }
            if reads_other_files && of_file.further.is_none() {
                recording.start();
                let findings = find_in_file(&context, rules, file, true);
                of_file.further = Some(Found { findings, reads: recording.seen() });
            }
        }
        let project = project.get_or_insert_with(|| {
            recording.start();
            let findings = find_in_project(&context, rules);
            Found { findings, reads: recording.seen() }
        });
        let of_files = files.iter().flat_map(|of_file| {
            let further = of_file.further.iter().flat_map(|found| &found.findings);
            of_file.near.iter().flatten().chain(further)
        });
        *usage = Usage::default();
        let mut weighed = Vec::new();
        for finding in of_files.chain(&project.findings) {
            let severity = context.effective_severity(finding, self.settings.severity(finding.rule));
            if let Some(severity) = severity
                && self.reports(finding.rule, finding.site.file())
                && !is_suppressed(&context, finding.rule, finding.site, self.today, usage)
            {
                weighed.push((finding.clone(), severity));
            }
        }
        context.use_suppressions_of_contracts(usage);
        if self.options.is_shared {
            *needed = NeededComments::of(self, usage);
        }
        self.needed_elsewhere.mark(self, usage);
        weighed
    }

    /// Puts findings into words that are not yet, and those about findings.
    fn speak_live(
        &self,
        live: &mut Live,
        recording: &Recording,
        unreadable: &[Unreadable],
        open: &FxHashSet<FileId>,
        weighed: &[(Finding, Severity)],
    ) -> BTreeMap<FileId, Shown> {
        let Live { memo, usage, spoken, last_stamp, .. } = live;
        let (suggestions, explanations, none) = (Cell::new(MOST_SUGGESTIONS), Cell::new(0), Cell::new(0));
        let context = self.context(unreadable, usage, &suggestions, &explanations, &none, memo);
        let context = Context { sources: recording, detail: Detail::Everything, ..context };
        // What one finding noted of a text, the next may use: it depends on whatever was asked for since.
        recording.start();
        let mut speak = |finding: &Finding, severity: Severity| {
            let is_open = open.contains(&finding.site.file());
            explanations.set(if is_open { u32::MAX } else { 0 });
            let diagnostic = context.diagnose(finding, severity, false);
            let mut reads = recording.seen();
            reads.extend(diagnostic.labels.iter().map(|label| label.span.file));
            *last_stamp += 1;
            Spoken {
                identity: recordable(&diagnostic),
                diagnostic: Arc::new(diagnostic),
                reads,
                is_open,
                stamp: *last_stamp,
            }
        };
        let mut shown: BTreeMap<FileId, Shown> = BTreeMap::new();
        let mut used = vec![false; self.baseline.entries.len()];
        let lookup = self.baseline.lookup();
        for (finding, severity) in weighed {
            let is_open = open.contains(&finding.site.file());
            let is_known = spoken
                .get(finding)
                .is_some_and(|spoken| spoken.is_open == is_open && spoken.diagnostic.severity == *severity);
            if !is_known {
                spoken.insert(finding.clone(), speak(finding, *severity));
            }
        }
        for (finding, _) in weighed {
            let Some(spoken) = spoken.get(finding) else { continue };
            if let Some(identity) = spoken.identity.as_ref().filter(|_| !used.is_empty())
                && let Some(position) = lookup.matching(identity)
            {
                used[position] = true;
                continue;
            }
            shown.entry(spoken.diagnostic.file).or_default().push(finding, spoken);
        }
        let ran = |rule, file| self.settings.rules.contains(rule) && self.reports(rule, file);
        let mut about_findings = find_in_run(&context, &self.settings.rules, &Run { ran: &ran });
        let mut ignored = Usage::default();
        about_findings.retain(|finding| {
            self.reports(finding.rule, finding.site.file())
                && !is_suppressed(&context, finding.rule, finding.site, self.today, &mut ignored)
        });
        about_findings.extend(self.stale_entries(&used, &context.contracts_in_part()));
        for finding in about_findings {
            let severity = self.settings.severity(finding.rule);
            let severity = context.effective_severity(&finding, severity).unwrap_or(severity);
            let spoken = speak(&finding, severity);
            shown.entry(spoken.diagnostic.file).or_default().push(&finding, &spoken);
        }
        shown
    }

    /// Mistakes that are known since the configs were read.
    fn add_what_no_rule_finds(&self, live: &mut Live, shown: &mut BTreeMap<FileId, Shown>) {
        for diagnostic in self.faults() {
            let stamp = live.stamp();
            let shown = shown.entry(diagnostic.file).or_default();
            shown.stamps.push(stamp);
            shown.findings.push(None);
            shown.diagnostics.push(Arc::new(diagnostic));
        }
    }

    /// What can be done about each finding in a file. Good until the next edit; texts of other files may be read.
    pub fn offers(&self, live: &Live, file: FileId) -> Vec<Offer> {
        let Some(shown) = live.shown.get(&file) else { return Vec::new() };
        let unreadable = self.all_unreadable();
        let many = Cell::new(u32::MAX);
        let context = self.context(&unreadable, &live.usage, &many, &many, &many, &live.memo);
        let mut offers = Vec::new();
        for (finding, diagnostic) in shown.findings.iter().zip(&shown.diagnostics) {
            let mut offer = Offer { diagnostic: Arc::clone(diagnostic), fix: None, policy_fix: None };
            if let Some(finding) = finding.as_ref().filter(|finding| self.settings.fixes(finding.rule)) {
                let fix_of = |only_policy: bool| {
                    let of_policy = Context { only_policy, ..context };
                    of_policy.diagnose(finding, diagnostic.severity, true).fix
                };
                match fix_of(false) {
                    Some(fix) if fix.changes_policy => offer.policy_fix = Some(fix),
                    fix => {
                        offer.fix = fix;
                        offer.policy_fix = fix_of(true).filter(|fix| fix.changes_policy);
                    }
                }
            }
            offers.push(offer);
        }
        offers
    }
}

impl Shown {
    fn push(&mut self, finding: &Finding, spoken: &Spoken) {
        self.stamps.push(spoken.stamp);
        self.findings.push(Some(finding.clone()));
        self.diagnostics.push(Arc::clone(&spoken.diagnostic));
    }

    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.diagnostics.len()).collect();
        order.sort_by_key(|position| {
            let diagnostic = &self.diagnostics[*position];
            (diagnostic.range.start(), diagnostic.code, diagnostic.range.end(), &*diagnostic.message)
        });
        *self = Self {
            stamps: order.iter().map(|position| self.stamps[*position]).collect(),
            findings: order.iter().map(|position| self.findings[*position].clone()).collect(),
            diagnostics: order.iter().map(|position| Arc::clone(&self.diagnostics[*position])).collect(),
        };
    }
}

/// The files of a session, with a list of those whose texts were asked for.
struct Recording<'a> {
    session: &'a Session,
    seen: Mutex<FxHashSet<FileId>>,
}

impl Recording<'_> {
    fn start(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn seen(&self) -> FxHashSet<FileId> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, file: FileId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(file);
    }
}

impl Files for Recording<'_> {
    fn path(&self, file: FileId) -> &Path {
        self.session.path(file)
    }

    fn text(&self, file: FileId) -> Option<SourceFile> {
        self.note(file);
        self.session.text(file)
    }
}

impl Sources for Recording<'_> {
    fn module(&self, file: FileId) -> Option<Arc<ParsedFile>> {
        self.note(file);
        self.session.module(file)
    }

    fn oddities(&self, file: FileId) -> Option<Oddities> {
        self.note(file);
        self.session.oddities(file)
    }

    fn other_texts(&self) -> Vec<(PathBuf, Option<String>)> {
        self.session.other_texts()
    }

    fn has_links(&self) -> bool {
        self.session.has_links()
    }

    fn is_utf8(&self, file: FileId) -> bool {
        self.note(file);
        self.session.is_utf8(file)
    }

    fn is_test(&self, file: FileId) -> bool {
        self.session.is_test(file)
    }

    fn reports(&self, rule: RuleId, file: FileId) -> bool {
        Sources::reports(self.session, rule, file)
    }
}
