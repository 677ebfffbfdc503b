//! Checks a session: the selected rules, stage by stage, over what a [`Cache`] still knows of the check before.
//!
//! 1. `find`: what rules find in the project, and in each file of which something is not known.
//! 2. `select`: what is reported: rules that are off for a file and comments take findings away.
//! 3. `find_in_run`: what rules find about findings and comments.
//! 4. `keep_asked_for`: paths filter the report.
//! 5. `weigh`: what is found at comments gets its severity anew, now that it is known what they suppress.
//! 6. `take_known`: the baseline takes findings away, and its entries that none needs are findings.
//! 7. `explain`: the rest is put into words, with fixes.
//!
//! A run of the command line is all of it with an empty cache; the server keeps the cache from one edit to the next ([`live`]).

mod cache;
mod known;
pub(crate) mod live;
pub(crate) mod needed;
pub(crate) mod proposed;
mod recording;

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_diagnostics::{Diagnostic, FileId, Files as _, Severity};
use ringfence_rules::{
    Budgets, Context, ContractSummary, Detail, Explainer, Finding, Memo, Reach, Renderer, RuleId, RuleSet,
    Run, Site, Unreadable, Usage, Visitors, find_in_run, is_suppressed, syntax_error,
};
use ruff_diagnostics::Edit;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::found_files::compare_paths;
use crate::{Coverage, Session};
use cache::{Cache, Explained, Found, FoundInFile};
use recording::Recording;

/// Each compares a name with all modules.
const MOST_SUGGESTIONS: u32 = 100;

/// What one check reports.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Findings in Python files elsewhere are left out; empty: none. Findings in config files are always reported.
    pub paths: Vec<PathBuf>,
    /// Whether somebody can see or apply fixes.
    pub fixes: bool,
    /// Whether of these only those matter that change the policy.
    pub only_policy: bool,
    /// How many times a file with a finding may be looked at in full, to say how the imported names are used, or to fix it.
    pub most_explained: u32,
    /// How many times all ways from one module to another are looked at, for what is said of a contract.
    pub most_chains: u32,
    /// Whether all chains that share no import are listed.
    pub all_chains: bool,
    /// How much of a finding somebody sees.
    pub detail: Detail,
    /// Whether known findings are reported, too, and the baseline is not judged.
    pub ignore_baseline: bool,
    /// Whether what is switched off is reported, too: by the selection of rules, for a file, or by a comment.
    pub switched_off: bool,
}

/// The answer of one check.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order of path, position, code.
    pub diagnostics: Vec<Diagnostic>,
    pub coverage: Coverage,
    /// What became of the contracts whose rules are selected.
    pub contracts: Vec<ContractSummary>,
    /// Whether there were too many findings to look at the file of each for its fix ([`CheckOptions::most_explained`]).
    pub fixes_in_part: bool,
}

/// Who asks, and so which findings have their files looked at in full.
enum Reader<'s> {
    /// Whoever reads the report of a run: as many as [`CheckOptions::most_explained`] says.
    OfReport,
    /// An editor, from one edit to the next: those in the files that it has open.
    Editor { open: &'s FxHashSet<FileId> },
}

/// One check of a session.
pub(crate) struct Check<'s> {
    session: &'s Session,
    options: &'s CheckOptions,
    reader: Reader<'s>,
    rules: &'s RuleSet,
    visitors: Visitors,
    /// Whose texts are asked for, where the cache is kept.
    recording: Option<Recording<'s>>,
    unreadable: Vec<Unreadable>,
    /// What globs say of a rule in a file is asked once, however many findings there are.
    reported: RefCell<FxHashMap<(RuleId, FileId), bool>>,
}

/// A finding that is reported, unless the baseline knows it.
struct Selected {
    finding: Finding,
    severity: Severity,
}

/// What a check comes to.
struct Outcome {
    findings: Vec<Shown>,
    coverage: Coverage,
    contracts: Vec<ContractSummary>,
    /// Whether there were too many findings to look for the fix of each.
    is_in_part: bool,
}

/// A finding with what is said of it.
struct Shown {
    finding: Finding,
    diagnostic: Arc<Diagnostic>,
    stamp: u64,
}

impl Session {
    /// Runs the selected rules.
    pub fn check(&self, options: &CheckOptions) -> Report {
        let check = Check::new(self, options, Reader::OfReport);
        let Outcome { findings, coverage, contracts, is_in_part } = check.run(&mut Cache::default());
        let findings = findings.into_iter().map(|shown| Arc::unwrap_or_clone(shown.diagnostic));
        let mut diagnostics: Vec<Diagnostic> = findings.chain(self.config_errors()).collect();
        diagnostics.sort_by(|a, b| {
            let path = compare_paths(self.files().path(a.file), self.files().path(b.file));
            path.then_with(|| order_in_file(a).cmp(&order_in_file(b)))
        });
        Report { diagnostics, coverage, contracts, fixes_in_part: options.fixes && is_in_part }
    }
}

/// By what the findings of one file are sorted.
fn order_in_file(diagnostic: &Diagnostic) -> impl Ord {
    (diagnostic.range.start(), diagnostic.code, diagnostic.range.end(), &*diagnostic.message)
}

impl<'s> Check<'s> {
    fn new(session: &'s Session, options: &'s CheckOptions, reader: Reader<'s>) -> Self {
        let recording = match reader {
            Reader::OfReport => None,
            Reader::Editor { .. } => Some(Recording::new(session)),
        };
        let settings = &session.inputs.settings;
        let rules = if options.switched_off { &settings.rules_with_those_off } else { &settings.rules };
        Self {
            session,
            options,
            reader,
            rules,
            visitors: Visitors::new(rules, &session.inputs.policy),
            recording,
            unreadable: session.project.all_unreadable(),
            reported: RefCell::default(),
        }
    }

    fn run(&self, cache: &mut Cache) -> Outcome {
        self.find(cache);
        let (mut findings, mut suppressed) = self.select(cache);
        suppressed += self.find_in_run(cache, &mut findings);
        self.keep_asked_for(&mut findings);
        self.weigh(cache, &mut findings);
        // Before anything is parsed to be explained.
        let mut coverage = match self.reader {
            Reader::OfReport => self.session.coverage(&self.context(&cache.usage, &cache.memo), suppressed),
            Reader::Editor { .. } => Coverage::default(),
        };
        // What one finding noted of a text, the next may use: it depends on whatever was asked for since.
        self.record();
        self.take_known(cache, &mut findings, &mut coverage);
        let (findings, is_in_part) = self.explain(cache, &findings);
        let contracts = match self.reader {
            Reader::OfReport => {
                let rules = &self.session.inputs.settings.rules;
                self.context(&cache.usage, &cache.memo).contract_summaries(|rule| rules.contains(rule))
            }
            Reader::Editor { .. } => Vec::new(),
        };
        Outcome { findings, coverage, contracts, is_in_part }
    }

    /// Runs the rules where the cache does not know what they find.
    fn find(&self, cache: &mut Cache) {
        // What it holds of texts was perhaps asked for by somebody else, unseen.
        cache.memo.forget_texts();
        if matches!(self.reader, Reader::OfReport) {
            // An earlier check may have asked for more, to explain what it found.
            self.session.table.ask_anew();
        }
        let Cache { memo, files, project, .. } = cache;
        files.resize_with(self.session.project.facts.len(), FoundInFile::default);
        let usage = Usage::default();
        let context = self.context(&usage, memo);
        let looks_further = self.visitors.reach(Reach::OtherFiles);
        for (position, in_file) in files.iter_mut().enumerate() {
            let file = FileId::new(position);
            let reach = match (&in_file.near, &in_file.further) {
                (None, None) => Reach::Any,
                (None, Some(_)) => Reach::OwnFacts,
                (Some(_), None) if looks_further => Reach::OtherFiles,
                (Some(_), _) => continue,
            };
            self.record();
            let findings = self.visitors.visit_file(&context, file, reach);
            let looks_further = |finding: &Finding| finding.rule.entry().reads_other_files;
            let (further, near): (Vec<Finding>, _) = findings.into_iter().partition(looks_further);
            if reach != Reach::OtherFiles {
                in_file.near = Some(near);
            }
            if reach != Reach::OwnFacts {
                in_file.further = Some(Found { findings: further, reads: self.reads() });
            }
        }
        project.get_or_insert_with(|| {
            self.record();
            let findings = self.visitors.visit_project(&context);
            Found { findings, reads: self.reads() }
        });
    }

    /// What is found and neither suppressed nor switched off, and how much is suppressed. Notes which comments met a finding.
    fn select(&self, cache: &mut Cache) -> (Vec<Selected>, usize) {
        let in_files = cache.files.iter().flat_map(|in_file| {
            let further = in_file.further.iter().flat_map(|found| &found.findings);
            in_file.near.iter().flatten().chain(further)
        });
        let mut in_files: Vec<Finding> = in_files.cloned().collect();
        if matches!(self.reader, Reader::OfReport) {
            // Whom the budgets reach does not depend on which rules look further.
            self.visitors.sort(&mut in_files);
        }
        let found = cache.project.iter().flat_map(|found| &found.findings).cloned().chain(in_files);
        let (no_usage, mut usage) = (Usage::default(), Usage::default());
        let context = self.context(&no_usage, &cache.memo);
        let (findings, mut suppressed) = self.select_of(&context, found, &mut usage);
        suppressed += context.use_suppressions_of_contracts(&mut usage);
        cache.own_usage = if self.session.options.is_shared { usage.clone() } else { Usage::default() };
        self.session.needed_elsewhere.mark(self.session, &mut usage);
        cache.usage = usage;
        (findings, suppressed)
    }

    fn select_of(
        &self,
        context: &Context,
        found: impl Iterator<Item = Finding>,
        usage: &mut Usage,
    ) -> (Vec<Selected>, usize) {
        let (mut findings, mut suppressed) = (Vec::new(), 0);
        for finding in found {
            let Some(severity) = self.severity(context, &finding) else { continue };
            if !self.reports(finding.rule, finding.site.file()) {
                continue;
            }
            let is_suppressed = is_suppressed(context, finding.rule, finding.site, self.session.today, usage);
            if is_suppressed && !self.options.switched_off {
                suppressed += 1;
            } else {
                findings.push(Selected { finding, severity });
            }
        }
        (findings, suppressed)
    }

    /// The severity of a finding; nothing where it is not to be reported.
    fn severity(&self, context: &Context, finding: &Finding) -> Option<Severity> {
        context.effective_severity(finding, self.session.inputs.settings.severity(finding.rule))
    }

    /// Adds what rules find about findings and comments, and says how much of it is suppressed.
    fn find_in_run(&self, cache: &Cache, findings: &mut Vec<Selected>) -> usize {
        let context = self.context(&cache.usage, &cache.memo);
        let ran = |rule, file| self.rules.contains(rule) && self.reports(rule, file);
        let mut found = find_in_run(&context, self.rules, &Run { ran: &ran });
        if matches!(self.reader, Reader::OfReport) {
            found.extend(self.syntax_errors_met());
        }
        let (mut about, suppressed) = self.select_of(&context, found.into_iter(), &mut Usage::default());
        findings.append(&mut about);
        suppressed
    }

    fn keep_asked_for(&self, findings: &mut Vec<Selected>) {
        if self.options.paths.is_empty() {
            return;
        }
        let paths: FxHashSet<&Path> = self.options.paths.iter().map(PathBuf::as_path).collect();
        let mut asked: FxHashMap<FileId, bool> = FxHashMap::default();
        findings.retain(|Selected { finding, .. }| {
            let file = finding.site.file();
            *asked.entry(file).or_insert_with(|| self.is_asked_for(file, &paths))
        });
    }

    fn is_asked_for(&self, file: FileId, paths: &FxHashSet<&Path>) -> bool {
        self.session.is_config(file)
            || self.session.is_manifest(file)
            || self.session.is_baseline(file)
            || is_at_or_below(self.session.table.path(file), paths)
    }

    /// Syntax errors of files that were read for imports only, and then parsed because a rule asked. To explain findings may parse more
    /// files, but how much is explained decides nothing.
    fn syntax_errors_met(&self) -> Vec<Finding> {
        let met = self.session.table.asked_in_full().into_iter();
        let met = met.filter(|(file, _)| !self.session.project.parsed.contains(file));
        let errors = met.filter_map(|(file, facts)| syntax_error(file, facts));
        errors.filter(|error| self.session.inputs.settings.rules.contains(error.rule)).collect()
    }

    /// Weighs what is found at comments by what is known now: which of them met a finding.
    fn weigh(&self, cache: &Cache, findings: &mut [Selected]) {
        let context = self.context(&cache.usage, &cache.memo);
        let at_comments =
            |selected: &&mut Selected| matches!(selected.finding.site, Site::Suppression { .. });
        for Selected { finding, severity } in findings.iter_mut().filter(at_comments) {
            *severity = self.severity(&context, finding).unwrap_or(*severity);
        }
    }

    /// Puts findings into words that are not yet, and tells whether there were too many to look for the fix of each.
    fn explain(&self, cache: &mut Cache, findings: &[Selected]) -> (Vec<Shown>, bool) {
        let Cache { memo, usage, explained, last_stamp, .. } = cache;
        let explainer = self.explainer(usage, memo);
        for Selected { finding, severity } in findings {
            let in_full = match self.reader {
                Reader::OfReport => true,
                Reader::Editor { open } => {
                    let is_open = open.contains(&finding.site.file());
                    explainer.allow_explanations(if is_open { u32::MAX } else { 0 });
                    is_open
                }
            };
            let is_said = |it: &Explained| it.in_full == in_full && it.diagnostic.severity == *severity;
            if explained.get(finding).is_some_and(is_said) {
                continue;
            }
            let diagnostic = Arc::new(self.diagnose(&explainer, finding, *severity));
            let mut reads = self.reads();
            reads.extend(diagnostic.labels.iter().map(|label| label.span.file));
            *last_stamp += 1;
            let identity = OnceCell::new();
            let it = Explained { diagnostic, identity, reads, in_full, stamp: *last_stamp };
            explained.insert(finding.clone(), it);
        }
        let shown = findings.iter().filter_map(|Selected { finding, .. }| {
            let Explained { diagnostic, stamp, .. } = explained.get(finding)?;
            Some(Shown { finding: finding.clone(), diagnostic: Arc::clone(diagnostic), stamp: *stamp })
        });
        (shown.collect(), explainer.has_unlooked_fix())
    }

    fn diagnose(&self, explainer: &Explainer, finding: &Finding, severity: Severity) -> Diagnostic {
        let with_fix = self.options.fixes && self.session.inputs.settings.fixes(finding.rule);
        let mut diagnostic = Renderer::new(explainer).diagnose(finding, severity, with_fix);
        // What stands on the command line is no file to be mended.
        let is_override = |(file, _): &(FileId, Edit)| self.session.inputs.is_override(*file);
        diagnostic.fix = diagnostic.fix.filter(|fix| !fix.edits.iter().any(is_override));
        diagnostic
    }

    /// Forgets whose texts were asked for.
    fn record(&self) {
        if let Some(recording) = &self.recording {
            recording.start();
        }
    }

    /// The files whose texts were asked for since; nothing where nobody keeps the cache, as each finding holds a list.
    fn reads(&self) -> FxHashSet<FileId> {
        self.recording.as_ref().map(Recording::seen).unwrap_or_default()
    }

    fn reports(&self, rule: RuleId, file: FileId) -> bool {
        if self.options.switched_off || !self.session.inputs.settings.has_per_file_ignores() {
            return true;
        }
        let mut reported = self.reported.borrow_mut();
        *reported.entry((rule, file)).or_insert_with(|| self.session.reports(rule, file))
    }

    fn context<'a>(&'a self, usage: &'a Usage, memo: &'a Memo) -> Context<'a> {
        let mut context = self.session.context(&self.unreadable, usage, memo);
        if let Some(recording) = &self.recording {
            context.codebase.sources = recording;
        }
        context
    }

    /// What puts findings into words, as far as the options ask for them.
    fn explainer<'a>(&'a self, usage: &'a Usage, memo: &'a Memo) -> Explainer<'a> {
        let CheckOptions { most_explained, most_chains, all_chains, detail, only_policy, .. } = *self.options;
        let budgets =
            Budgets { suggestions: MOST_SUGGESTIONS, explanations: most_explained, chains: most_chains };
        let mut explainer = Explainer::new(self.context(usage, memo), budgets);
        explainer.all_chains = all_chains;
        explainer.detail = detail;
        explainer.only_policy = only_policy;
        explainer
    }
}

/// Whether a path is one of these or lies in one of them.
pub fn is_at_or_below<S: BuildHasher>(path: &Path, paths: &HashSet<&Path, S>) -> bool {
    // To hash each folder around a deep file would take the cube of its depth for all of them.
    match paths.len() {
        0 => false,
        1..=8 => paths.iter().any(|folder| path.starts_with(folder)),
        _ => path.ancestors().any(|ancestor| paths.contains(ancestor)),
    }
}
