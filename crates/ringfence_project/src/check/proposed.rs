//! What a check would find in an import that nobody has written yet.
//!
//! A [`Trial`] writes the import into the text of its file, as an overlay, and runs the stages of a check before and after. So its answer
//! is the one that a check gives once the import is there, and no rule is asked in another way.

mod placing;

use std::ops::Range;

use ringfence_diagnostics::{ChainHop, Diagnostic, EdgeKind, FileId, Fix, Identity, Severity, Span};
use ringfence_graph::{Edge, Target};
use ringfence_rules::{
    Budgets, Explainer, Finding, Reason, Renderer, RuleId, Site, Tag, forbidding_contracts, has_tag,
    other_sources,
};
use ringfence_source::{SuppressionForm, splice};
use ruff_text_size::{TextRange, TextSize};
use rustc_hash::FxHashSet;

use super::live::IncrementalState;
use super::{Check, CheckOptions, Reader, Selected};
use crate::Session;
use placing::{Place, places};

/// An import that could be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedImport {
    /// Dotted, without leading dots.
    pub module: String,
    /// `from module import name`; nothing for `import module`.
    pub name: Option<String>,
    pub kind: EdgeKind,
}

/// A session in which imports are tried in one file. What stood for the file stands for it again once this is dropped.
pub struct Trial<'s> {
    session: &'s mut Session,
    file: FileId,
    /// What the file holds.
    contents: Vec<u8>,
    /// What stood for it.
    overlay: Option<Vec<u8>>,
    state: IncrementalState,
    before: FxHashSet<Finding>,
    known: FxHashSet<Known>,
}

/// What a finding was about before there was the import.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Known {
    Named(Identity),
    Worded(&'static str, FileId, String),
}

/// What an import leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    ToModule,
    /// To a name that no module of the project has, below one that is there.
    ToNothing,
    ToStandardLibrary,
    Elsewhere,
}

/// What comes of an import.
#[derive(Debug, Clone)]
pub struct Tried {
    pub leads: Leads,
    /// What a check finds that it does not find without the import.
    pub findings: Vec<TriedFinding>,
    /// What the config says for and against the import, whatever its kind. Of what speaks against it without a finding the kind is not
    /// looked at, or what is found is not reported.
    pub reasons: Vec<TriedReason>,
    /// Modules that have the same object, each with the name that it has there; nearest first.
    pub other_sources: Vec<(String, String)>,
    /// Boundary modules through which what is imported may be reached.
    pub way: Vec<String>,
}

/// What a check would find.
#[derive(Debug, Clone)]
pub struct TriedFinding {
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    pub help: Option<String>,
    pub owner: Option<String>,
    /// The place in the config that forbids it, where one does.
    pub config: Option<Span>,
    /// Whether the import forbids itself; otherwise it completes something with others.
    pub is_direct: bool,
    /// The imports of the chain that a contract forbids.
    pub chain: Vec<ChainHop>,
    /// The modules of a cycle.
    pub members: Vec<String>,
    /// What would change the config to allow it.
    pub policy_fix: Option<Fix>,
}

/// What the config says of the import.
#[derive(Debug, Clone)]
pub struct TriedReason {
    pub reason: Reason,
    /// Whether its rule looks at imports of this kind here.
    pub is_judged: bool,
}

/// Why an import cannot be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    #[error("the file cannot be read, or is not Python")]
    Unreadable,
    #[error("an import cannot be written into the file as it is: does it have a syntax error?")]
    NoPlace,
    #[error("the import would be of kind `{0}` there")]
    OtherKind(&'static str),
}

impl Session {
    /// Runs the selected rules, to try imports in a file next; nothing for what is no source of the config.
    pub fn trial(&mut self, file: FileId) -> Result<Trial<'_>, TrialError> {
        let Some(source) = self.project.source(file) else { return Err(TrialError::Unreadable) };
        if !source.is_read() || self.facts(file).is_none() {
            return Err(TrialError::Unreadable);
        }
        let contents = self.table.bytes(file).map_err(|_| TrialError::Unreadable)?.into_owned();
        let overlay = self.table.is_overlaid(file).then(|| contents.clone());
        let mut state = IncrementalState::default();
        let options = CheckOptions::default();
        let open = FxHashSet::default();
        let check = Check::new(self, &options, Reader::Editor { open: &open });
        let found = check.found(&mut state);
        let known = check.known(&state, &found);
        let before = found.into_iter().map(|selected| selected.finding).collect();
        Ok(Trial { session: self, file, contents, overlay, state, before, known })
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let overlay = self.overlay.take();
        self.session.update_file(&mut self.state, self.file, overlay);
    }
}

impl Trial<'_> {
    /// The session as it is with the import that was tried last.
    pub fn session(&self) -> &Session {
        self.session
    }

    /// What comes of an import: the findings that a check has with it and does not have without it. Comments on the import itself are
    /// none, and the baseline does not matter.
    ///
    /// O(imports of the file, and what a check of one edit takes).
    pub fn of(&mut self, proposed: &ProposedImport) -> Result<Tried, TrialError> {
        let edge = self.write(proposed)?;
        let options = CheckOptions { fixes: true, ..CheckOptions::default() };
        let open = FxHashSet::from_iter([self.file]);
        let session = &*self.session;
        let check = Check::new(session, &options, Reader::Editor { open: &open });
        let found = check.found(&mut self.state);
        let is_own = |finding: &Finding| match finding.site {
            Site::Import { file, import, .. } => (file, import) == (edge.file, edge.import),
            _ => false,
        };
        let new: Vec<Selected> = found
            .into_iter()
            .filter(|selected| is_own(&selected.finding) || !self.before.contains(&selected.finding))
            .filter(|selected| {
                is_own(&selected.finding) || !self.known.contains(&check.key(&self.state, selected))
            })
            .collect();
        let many = Budgets { suggestions: u32::MAX, explanations: u32::MAX, chains: 0 };
        let context = check.context(&self.state.cache.usage, &self.state.cache.memo);
        let of_all = Explainer::new(context, many);
        let mut of_policy = Explainer::new(context, many);
        of_policy.only_policy = true;
        let mut findings: Vec<TriedFinding> = new
            .iter()
            .map(|Selected { finding, severity }| {
                let diagnostic = Renderer::new(&of_all).diagnose(finding, *severity, false);
                let fix = Renderer::new(&of_policy).diagnose(finding, *severity, true).fix;
                let policy_fix = fix.filter(|fix| {
                    fix.changes_policy && !fix.edits.iter().any(|(file, _)| session.inputs.is_override(*file))
                });
                tried_finding(session, diagnostic, is_own(finding), policy_fix)
            })
            .collect();
        // What is found once for several imports is found already where another import is.
        let position = session.graph().edges().iter().position(|other| *other == edge);
        let rules = &session.inputs.settings.rules;
        let forbidding = position.map(|position| forbidding_contracts(&context, rules, position as u32));
        for (contract, message) in forbidding.into_iter().flatten() {
            let rule = RuleId::of_contract(contract);
            let span = contract.name.span;
            let severity = session.inputs.settings.severity(rule);
            let code = rule.metadata().code;
            if !findings.iter().any(|finding| finding.is_direct && finding.config == Some(span)) {
                findings.retain(|finding| finding.config != Some(span));
                findings.push(TriedFinding {
                    code,
                    severity,
                    message,
                    help: None,
                    owner: None,
                    config: Some(span),
                    is_direct: true,
                    chain: Vec::new(),
                    members: Vec::new(),
                    policy_fix: None,
                });
            }
        }
        findings.sort_by(|a, b| (b.severity, a.code, &a.message).cmp(&(a.severity, b.code, &b.message)));
        let name = |id| session.graph().index().name(id).to_string();
        let other_sources =
            other_sources(&context, &edge).into_iter().map(|(module, it)| (name(module), it)).collect();
        let importer = session.graph().index().of_file(self.file).map(|file| name(file.module));
        let imported = match &proposed.name {
            Some(member) if member != "*" => format!("{}.{member}", proposed.module),
            _ => proposed.module.clone(),
        };
        let why = importer.and_then(|importer| session.why(&importer, &imported)).unwrap_or_default();
        let is_judged = |reason: &Reason| {
            RuleId::from_code_or_name(reason.code).is_some_and(|rule| context.judges(rule, &edge))
        };
        let reasons = why.reasons.into_iter();
        let reasons = reasons.map(|reason| TriedReason { is_judged: is_judged(&reason), reason }).collect();
        let leads = match edge.target {
            Target::Module { missing: false, .. } => Leads::ToModule,
            Target::Module { missing: true, .. } | Target::Unresolved => Leads::ToNothing,
            Target::StandardLibrary => Leads::ToStandardLibrary,
            Target::ThirdParty => Leads::Elsewhere,
        };
        Ok(Tried { leads, findings, reasons, other_sources, way: why.way })
    }

    /// Writes the import where it would stand, and gives its edge. Where it cannot stand at the top, it stands at the end.
    fn write(&mut self, proposed: &ProposedImport) -> Result<Edge, TrialError> {
        let overlay = self.contents.clone();
        self.session.update_file(&mut self.state, self.file, Some(overlay));
        let facts = self.session.facts(self.file).ok_or(TrialError::Unreadable)?;
        let count = facts.imports.len();
        let text = ringfence_source::decode(&self.contents).map_err(|_| TrialError::Unreadable)?.text;
        let mut error = TrialError::NoPlace;
        for place in places(&text, facts, proposed) {
            let range = TextRange::empty(TextSize::new(place.offset as u32));
            let Some(spliced) = splice(&self.contents, [(range, place.text.as_str())]) else { continue };
            self.session.update_file(&mut self.state, self.file, Some(spliced.bytes));
            match self.written(&place, count) {
                Some(edge) if edge.kind == proposed.kind => return Ok(edge),
                // All imports of a stub are for type checking.
                Some(edge) if proposed.kind == EdgeKind::Runtime && edge.kind == EdgeKind::Typing => {
                    return Ok(edge);
                }
                Some(edge) => error = TrialError::OtherKind(edge.kind.as_str()),
                None => {}
            }
        }
        Err(error)
    }

    /// The edge of the import that now stands at this place; nothing where others are not what they were, or a comment speaks for it.
    fn written(&self, place: &Place, others: usize) -> Option<Edge> {
        let facts = self.session.facts(self.file)?;
        let is_in = |range: &Range<usize>, it: TextRange| {
            range.start <= it.start().to_usize() && it.end().to_usize() <= range.end
        };
        let position = facts.imports.iter().position(|import| is_in(&place.import, import.range))?;
        let is_spoken_for = facts.suppressions.iter().any(|suppression| {
            let line = suppression.line;
            suppression.form != SuppressionForm::FileIgnore
                && line.start().to_usize() < place.block.end
                && place.block.start < line.end().to_usize()
        });
        let edge = self
            .session
            .graph()
            .edges()
            .iter()
            .find(|edge| edge.file == self.file && edge.import as usize == position)?;
        (facts.imports.len() == others + 1 && !is_spoken_for).then_some(*edge)
    }
}

fn tried_finding(
    session: &Session,
    diagnostic: Diagnostic,
    is_own: bool,
    policy_fix: Option<Fix>,
) -> TriedFinding {
    let contract = diagnostic.contract.as_ref();
    let chain = contract.map(|contract| contract.chain.clone()).unwrap_or_default();
    let of_contract = contract.and_then(|contract| {
        let mut contracts = session.inputs.policy.contracts.iter();
        contracts.find(|it| it.id() == contract.id).map(|it| it.name.span)
    });
    let is_policy = |span: &Span| session.is_config(span.file) || session.inputs.is_override(span.file);
    let labels = diagnostic.labels.iter().map(|label| label.span);
    let config = of_contract
        .or_else(|| labels.clone().find(is_policy))
        .or_else(|| labels.clone().find(|span| session.is_manifest(span.file)));
    TriedFinding {
        code: diagnostic.code,
        severity: diagnostic.severity,
        is_direct: is_own && chain.len() <= 1 && diagnostic.members.is_empty(),
        message: diagnostic.message,
        help: diagnostic.help,
        owner: diagnostic.owner,
        config,
        chain,
        members: diagnostic.members.iter().map(ToString::to_string).collect(),
        policy_fix,
    }
}

impl Check<'_> {
    /// What is found in code and reported, the baseline apart.
    fn found(&self, state: &mut IncrementalState) -> Vec<Selected> {
        self.find(&mut state.cache);
        let (mut findings, _) = self.select(&mut state.cache);
        findings.retain(|selected| !has_tag(selected.finding.rule.metadata().code, Tag::Run));
        findings
    }

    /// What these are about. Costs no look at a file.
    fn known(&self, state: &IncrementalState, found: &[Selected]) -> FxHashSet<Known> {
        found.iter().map(|selected| self.key(state, selected)).collect()
    }

    fn key(&self, state: &IncrementalState, selected: &Selected) -> Known {
        let explainer =
            Explainer::new(self.context(&state.cache.usage, &state.cache.memo), Budgets::default());
        let diagnostic = Renderer::new(&explainer).diagnose(&selected.finding, selected.severity, false);
        explainer.count_anew();
        match diagnostic.identity() {
            Some(identity) => Known::Named(identity),
            None => Known::Worded(diagnostic.code, diagnostic.file, diagnostic.message),
        }
    }
}
