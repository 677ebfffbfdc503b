//! Runs rules over a project.

use ringfence_diagnostics::FileId;
use ringfence_graph::Edge;
use ringfence_policy::{Policy, Precedence};
use ruff_text_size::TextSize;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::rule::Stage;
use crate::{Context, Crossing, ExclusiveGroup, Finding, RuleId, RuleSet, Site};

/// Which codes of which suppressions met a finding.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    used: FxHashSet<(FileId, u32, u32)>,
    /// Whether findings of a rule are suppressed on the lines that start here, where the codes alone decide that. What met them is
    /// marked already.
    pub(crate) answers: FxHashMap<(FileId, RuleId, [Option<TextSize>; 3]), bool>,
}

impl Usage {
    /// Notes that a code (by position) of a suppression (by index in the facts of the file) met a finding.
    pub fn mark(&mut self, file: FileId, suppression: u32, code: u32) {
        self.used.insert((file, suppression, code));
    }

    /// What was noted, in order: file, suppression, code.
    pub fn marks(&self) -> Vec<(FileId, u32, u32)> {
        let mut marks: Vec<(FileId, u32, u32)> = self.used.iter().copied().collect();
        marks.sort_unstable();
        marks
    }

    /// Takes over what another noted.
    pub fn merge(&mut self, other: &Self) {
        self.used.extend(&other.used);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    pub fn is_used(&self, file: FileId, suppression: u32, code: u32) -> bool {
        self.used.contains(&(file, suppression, code))
    }
}

/// A run whose other rules are done, for the rules about findings.
pub struct Run<'a> {
    /// Whether a rule looked at a file: selected, and not switched off for it.
    pub ran: &'a dyn Fn(RuleId, FileId) -> bool,
}

/// The selected rules but those about findings, in the order in which they look at things.
pub struct Visitors {
    rules: RuleSet,
    own_facts: FileVisitors,
    other_files: FileVisitors,
    /// All of them.
    files: FileVisitors,
}

/// Which of the rules that visit one file, by how far they look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that look at its facts alone.
    OwnFacts,
    /// Those that look further ([`Rule::READS_OTHER_FILES`](crate::rule::Rule::READS_OTHER_FILES)).
    OtherFiles,
    Any,
}

impl Reach {
    fn includes(self, rule: RuleId) -> bool {
        match self {
            Self::OwnFacts => !rule.entry().reads_other_files,
            Self::OtherFiles => rule.entry().reads_other_files,
            Self::Any => true,
        }
    }
}

#[derive(Default)]
struct FileVisitors {
    files: Vec<(RuleId, FindInFile)>,
    edges: Vec<EdgeRule>,
}

type FindInFile = fn(&Context, RuleId, FileId, &mut Vec<Finding>);

impl FileVisitors {
    fn new(rules: &RuleSet, reach: Reach, precedence: Precedence) -> Self {
        let mut visitors = Self::default();
        for id in rules.iter().filter(|id| reach.includes(*id)) {
            match id.entry().stage {
                Stage::File(find) => visitors.files.push((id, find)),
                Stage::Edge { group, find } => visitors.edges.push(EdgeRule { id, group, find }),
                Stage::Project(_) | Stage::Run(_) => {}
            }
        }
        // Where layers speak first, visibility speaks last.
        let by_order = precedence == Precedence::Order;
        visitors.edges.sort_by_key(|rule| (by_order && rule.group == ExclusiveGroup::Visibility, rule.group));
        visitors
    }

    fn visit_edges(&self, context: &Context, edges: &[Edge], findings: &mut Vec<Finding>) {
        if self.edges.is_empty() {
            return;
        }
        for edge in edges {
            if context.kinds.may_matter(edge.kind)
                && let Some(crossing) = context.crossing_of(edge)
            {
                visit_crossing(context, &self.edges, &crossing, findings);
            }
        }
    }

    fn position(&self, rule: RuleId) -> usize {
        self.edges.iter().take_while(|edge_rule| edge_rule.id != rule).count()
    }
}

impl Visitors {
    pub fn new(rules: &RuleSet, policy: &Policy) -> Self {
        let precedence = policy.dialect.precedence;
        let of = |reach: Reach| FileVisitors::new(rules, reach, precedence);
        Self {
            rules: rules.clone(),
            own_facts: of(Reach::OwnFacts),
            other_files: of(Reach::OtherFiles),
            files: of(Reach::Any),
        }
    }

    /// The findings of the rules that look at the project or its config as a whole.
    pub fn visit_project(&self, context: &Context) -> Vec<Finding> {
        let mut findings = Vec::new();
        for id in self.rules.iter() {
            if let Some(find) = id.entry().find_in_project {
                find(context, id, &mut findings);
            }
            if let Stage::Project(find) = id.entry().stage {
                find(context, id, &mut findings);
            }
        }
        findings
    }

    /// The findings in one file of the rules that look at files and imports one by one, and this far. O(its imports) beside what the
    /// rules cost.
    pub fn visit_file(&self, context: &Context, file: FileId, reach: Reach) -> Vec<Finding> {
        let mut findings = Vec::new();
        let visitors = self.of(reach);
        if context.facts(file).is_some() {
            for (rule, find) in &visitors.files {
                find(context, *rule, file, &mut findings);
            }
        }
        visitors.visit_edges(context, context.graph.edges_of(file), &mut findings);
        findings
    }

    /// Whether some rule looks this far.
    pub fn reach(&self, reach: Reach) -> bool {
        let visitors = self.of(reach);
        !(visitors.files.is_empty() && visitors.edges.is_empty())
    }

    /// Sorts findings in files: those of rules that look at whole files first, rule by rule; then import by import, in the order
    /// in which the rules look at one.
    pub fn sort(&self, findings: &mut [Finding]) {
        findings.sort_by_key(|finding| match (finding.rule.entry().stage, finding.site) {
            (Stage::Edge { .. }, Site::Import { file, import, name }) => {
                (1, file.index(), import, name, self.files.position(finding.rule))
            }
            _ => (0, finding.rule.index(), 0, 0, finding.site.file().index()),
        });
    }

    fn of(&self, reach: Reach) -> &FileVisitors {
        match reach {
            Reach::OwnFacts => &self.own_facts,
            Reach::OtherFiles => &self.other_files,
            Reach::Any => &self.files,
        }
    }
}

/// The findings at one import of the rules that look at imports one by one.
pub(crate) fn find_at(context: &Context, rules: &RuleSet, edge: &Edge) -> Vec<Finding> {
    let mut findings = Vec::new();
    let visitors = FileVisitors::new(rules, Reach::Any, context.policy.dialect.precedence);
    visitors.visit_edges(context, std::slice::from_ref(edge), &mut findings);
    findings
}

/// The findings of the selected rules about findings.
pub fn find_in_run(context: &Context, rules: &RuleSet, run: &Run) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in rules.iter() {
        if let Stage::Run(find) = id.entry().stage {
            find(context, run, id, &mut findings);
        }
    }
    findings
}

/// The rules that look at imports one by one, and at nothing but the import and the config.
pub(crate) struct CrossingRules(FileVisitors);

impl CrossingRules {
    pub(crate) fn new(context: &Context, rules: &RuleSet) -> Self {
        Self(FileVisitors::new(rules, Reach::OwnFacts, context.policy.dialect.precedence))
    }

    /// Whether one of them reports an import, which may be none that is there.
    pub(crate) fn forbid(&self, context: &Context, edge: &Edge) -> bool {
        if self.0.edges.is_empty() || !context.kinds.may_matter(edge.kind) {
            return false;
        }
        let Some(crossing) = context.crossing_of(edge) else { return false };
        let mut findings = Vec::new();
        visit_crossing(context, &self.0.edges, &crossing, &mut findings);
        findings.iter().any(|finding| {
            context.file_settings.reports(finding.rule, edge.file)
                && context.effective_severity(finding, finding.rule.metadata().severity).is_some()
        })
    }
}

struct EdgeRule {
    id: RuleId,
    group: ExclusiveGroup,
    find: fn(&Context, RuleId, &Crossing) -> Option<Finding>,
}

fn visit_crossing(context: &Context, rules: &[EdgeRule], crossing: &Crossing, findings: &mut Vec<Finding>) {
    let mut is_taken = false;
    for EdgeRule { id, group, find } in rules {
        let independent = *group == ExclusiveGroup::Independent;
        if is_taken && !independent {
            continue;
        }
        if !context.kinds.judges(*id, context.boundaries, crossing.importer, crossing.edge.kind) {
            continue;
        }
        if let Some(finding) = find(context, *id, crossing) {
            is_taken |= !independent;
            findings.push(finding);
        }
    }
}
