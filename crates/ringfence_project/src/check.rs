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
mod recording;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_diagnostics::{Diagnostic, FileId, Files as _, Severity};
use ringfence_rules::{
    Budgets, Codebase, Context, ContractSummary, Detail, Explainer, Finding, Reach, Renderer, RuleId, Run,
    Site, Unreadable, Usage, Visitors, find_in_run, is_suppressed, syntax_error,
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

/// Which findings have their files looked at in full.
enum InFull<'s> {
    /// As many as [`CheckOptions::most_explained`] says.
    First,
    /// Those in these files.
    In(&'s FxHashSet<FileId>),
}

/// One check of a session.
pub(crate) struct Check<'s> {
    session: &'s Session,
    options: &'s CheckOptions,
    in_full: InFull<'s>,
    recording: Recording<'s>,
    unreadable: Vec<Unreadable>,
    /// Whether there were too many findings to look at the file of each.
    is_in_part: Cell<bool>,
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
        let check = Check::new(self, options, InFull::First);
        let mut cache = Cache::default();
        let Outcome { findings, coverage, contracts } = check.run(&mut cache);
        drop(cache);
        let findings = findings.into_iter().map(|shown| Arc::unwrap_or_clone(shown.diagnostic));
        let mut diagnostics: Vec<Diagnostic> = findings.chain(self.config_errors()).collect();
        diagnostics.sort_by(|a, b| {
            let path = compare_paths(self.files().path(a.file), self.files().path(b.file));
            path.then_with(|| order_in_file(a).cmp(&order_in_file(b)))
        });
        let fixes_in_part = options.fixes && check.is_in_part.get();
        Report { diagnostics, coverage, contracts, fixes_in_part }
    }
}

/// By what the findings of one file are sorted.
fn order_in_file(diagnostic: &Diagnostic) -> impl Ord {
    (diagnostic.range.start(), diagnostic.code, diagnostic.range.end(), &*diagnostic.message)
}

impl<'s> Check<'s> {
    fn new(session: &'s Session, options: &'s CheckOptions, in_full: InFull<'s>) -> Self {
        Self {
            session,
            options,
            in_full,
            recording: Recording::new(session),
            unreadable: session.project.all_unreadable(),
            is_in_part: Cell::new(false),
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
        let mut coverage = match self.in_full {
            InFull::First => self.session.coverage(&self.context(&cache.usage, cache), suppressed),
            InFull::In(_) => Coverage::default(),
        };
        // What one finding noted of a text, the next may use: it depends on whatever was asked for since.
        self.recording.start();
        self.take_known(cache, &mut findings, &mut coverage);
        let findings = self.explain(cache, &findings);
        let contracts = match self.in_full {
            InFull::First => {
                let rules = &self.session.inputs.settings.rules;
                self.context(&cache.usage, cache).contract_summaries(|rule| rules.contains(rule))
            }
            InFull::In(_) => Vec::new(),
        };
        Outcome { findings, coverage, contracts }
    }

    /// Runs the rules where the cache does not know what they find.
    fn find(&self, cache: &mut Cache) {
        let session = self.session;
        // What it holds of texts was perhaps asked for by somebody else, unseen.
        cache.memo.forget_texts();
        let (mut files, project) = (std::mem::take(&mut cache.files), cache.project.take());
        files.resize_with(session.project.facts.len(), FoundInFile::default);
        let usage = Usage::default();
        let context = self.context(&usage, cache);
        let visitors = Visitors::new(&session.inputs.settings.rules, &session.inputs.policy);
        let looks_further = visitors.reach(Reach::OtherFiles);
        for (position, in_file) in files.iter_mut().enumerate() {
            let file = FileId::new(position);
            let reach = match (&in_file.near, &in_file.further) {
                (None, None) => Reach::Any,
                (None, Some(_)) => Reach::OwnFacts,
                (Some(_), None) if looks_further => Reach::OtherFiles,
                (Some(_), _) => continue,
            };
            self.recording.start();
            let findings = visitors.visit_file(&context, file, reach);
            let looks_further = |finding: &Finding| finding.rule.entry().reads_other_files;
            let (further, near): (Vec<Finding>, _) = findings.into_iter().partition(looks_further);
            if reach != Reach::OtherFiles {
                in_file.near = Some(near);
            }
            if reach != Reach::OwnFacts {
                in_file.further = Some(Found { findings: further, reads: self.reads() });
            }
        }
        let project = project.unwrap_or_else(|| {
            self.recording.start();
            let findings = visitors.visit_project(&context);
            Found { findings, reads: self.reads() }
        });
        (cache.files, cache.project) = (files, Some(project));
    }

    /// What is found and neither suppressed nor switched off, and how much is suppressed. Notes which comments met a finding.
    fn select(&self, cache: &mut Cache) -> (Vec<Selected>, usize) {
        let in_files = cache.files.iter().flat_map(|in_file| {
            let further = in_file.further.iter().flat_map(|found| &found.findings);
            in_file.near.iter().flatten().chain(further)
        });
        let mut in_files: Vec<Finding> = in_files.cloned().collect();
        if matches!(self.in_full, InFull::First) {
            // Whom the budgets reach does not depend on which rules look further.
            Visitors::new(&self.session.inputs.settings.rules, &self.session.inputs.policy)
                .sort(&mut in_files);
        }
        let found = cache.project.iter().flat_map(|found| &found.findings).cloned().chain(in_files);
        let (no_usage, mut usage) = (Usage::default(), Usage::default());
        let context = self.context(&no_usage, cache);
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
            let severity = self.session.inputs.settings.severity(finding.rule);
            let Some(severity) = context.effective_severity(&finding, severity) else { continue };
            if !self.reports(finding.rule, finding.site.file()) {
                continue;
            }
            if is_suppressed(context, finding.rule, finding.site, self.session.today, usage) {
                suppressed += 1;
            } else {
                findings.push(Selected { finding, severity });
            }
        }
        (findings, suppressed)
    }

    /// Adds what rules find about findings and comments, and says how much of it is suppressed.
    fn find_in_run(&self, cache: &Cache, findings: &mut Vec<Selected>) -> usize {
        let context = self.context(&cache.usage, cache);
        let rules = &self.session.inputs.settings.rules;
        let ran = |rule, file| rules.contains(rule) && self.reports(rule, file);
        let mut found = find_in_run(&context, rules, &Run { ran: &ran });
        if matches!(self.in_full, InFull::First) {
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
        paths.is_empty()
            || self.session.is_config(file)
            || self.session.is_manifest(file)
            || self.session.is_baseline(file)
            || is_at_or_below(self.session.table.path(file), paths)
    }

    /// Syntax errors of files that were read for imports only, and then parsed because a rule asked.
    fn syntax_errors_met(&self) -> Vec<Finding> {
        let met =
            self.session.table.modules().filter(|(file, _)| !self.session.project.parsed.contains(file));
        let errors = met.filter_map(|(file, facts)| syntax_error(file, facts));
        errors.filter(|error| self.session.inputs.settings.rules.contains(error.rule)).collect()
    }

    /// Weighs what is found at comments by what is known now: which of them met a finding.
    fn weigh(&self, cache: &Cache, findings: &mut [Selected]) {
        let context = self.context(&cache.usage, cache);
        let at_comments =
            |selected: &&mut Selected| matches!(selected.finding.site, Site::Suppression { .. });
        for Selected { finding, severity } in findings.iter_mut().filter(at_comments) {
            let default = self.session.inputs.settings.severity(finding.rule);
            *severity = context.effective_severity(finding, default).unwrap_or(*severity);
        }
    }

    /// Puts findings into words that are not yet.
    fn explain(&self, cache: &mut Cache, findings: &[Selected]) -> Vec<Shown> {
        let mut explained = std::mem::take(&mut cache.explained);
        let mut last_stamp = cache.last_stamp;
        let explainer = self.explainer(cache);
        for Selected { finding, severity } in findings {
            let in_full = match self.in_full {
                InFull::First => true,
                InFull::In(files) => files.contains(&finding.site.file()),
            };
            let is_said = |it: &Explained| it.in_full == in_full && it.diagnostic.severity == *severity;
            if explained.get(finding).is_some_and(is_said) {
                continue;
            }
            if matches!(self.in_full, InFull::In(_)) {
                explainer.allow_explanations(if in_full { u32::MAX } else { 0 });
            }
            let diagnostic = self.diagnose(&explainer, finding, *severity);
            let mut reads = self.reads();
            reads.extend(diagnostic.labels.iter().map(|label| label.span.file));
            last_stamp += 1;
            let diagnostic = Arc::new(diagnostic);
            let identity = OnceCell::new();
            let it = Explained { diagnostic, identity, reads, in_full, stamp: last_stamp };
            explained.insert(finding.clone(), it);
        }
        let shown = findings.iter().filter_map(|Selected { finding, .. }| {
            let Explained { diagnostic, stamp, .. } = explained.get(finding)?;
            Some(Shown { finding: finding.clone(), diagnostic: Arc::clone(diagnostic), stamp: *stamp })
        });
        let shown = shown.collect();
        self.is_in_part.set(explainer.explanations_left() == 0);
        (cache.explained, cache.last_stamp) = (explained, last_stamp);
        shown
    }

    fn diagnose(&self, explainer: &Explainer, finding: &Finding, severity: Severity) -> Diagnostic {
        let with_fix = self.options.fixes && self.session.inputs.settings.fixes(finding.rule);
        let mut diagnostic = Renderer::new(explainer).diagnose(finding, severity, with_fix);
        // What stands on the command line is no file to be mended.
        let is_override = |(file, _): &(FileId, Edit)| self.session.inputs.is_override(*file);
        diagnostic.fix = diagnostic.fix.filter(|fix| !fix.edits.iter().any(is_override));
        diagnostic
    }

    /// The files whose texts were asked for since the start; nothing where nobody keeps the cache, as each finding holds a list.
    fn reads(&self) -> FxHashSet<FileId> {
        match self.in_full {
            InFull::First => FxHashSet::default(),
            InFull::In(_) => self.recording.seen(),
        }
    }

    fn reports(&self, rule: RuleId, file: FileId) -> bool {
        if !self.session.inputs.settings.has_per_file_ignores() {
            return true;
        }
        let mut reported = self.reported.borrow_mut();
        *reported.entry((rule, file)).or_insert_with(|| self.session.reports(rule, file))
    }

    fn context<'a>(&'a self, usage: &'a Usage, cache: &'a Cache) -> Context<'a> {
        let context = self.session.context(&self.unreadable, usage, &cache.memo);
        Context { codebase: Codebase { sources: &self.recording, ..context.codebase }, ..context }
    }

    /// What puts findings into words, as far as the options ask for them.
    fn explainer<'a>(&'a self, cache: &'a Cache) -> Explainer<'a> {
        let CheckOptions { most_explained, most_chains, all_chains, detail, only_policy, .. } = *self.options;
        let budgets =
            Budgets { suggestions: MOST_SUGGESTIONS, explanations: most_explained, chains: most_chains };
        let mut explainer = Explainer::new(self.context(&cache.usage, cache), budgets);
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
