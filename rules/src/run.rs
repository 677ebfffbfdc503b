//! Runs rules over a project.

use ringfence_diagnostics::FileId;
use ringfence_graph::Edge;
use ringfence_policy::Precedence;
use ruff_text_size::TextSize;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::rule::Stage;
use crate::{Context, Crossing, ExclusiveGroup, Finding, RuleEntry, RuleId, RuleSet};

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

/// The findings of all selected rules but those about findings. O(edges + files) beside what the rules cost.
pub fn find(context: &Context, rules: &RuleSet) -> Vec<Finding> {
    let mut findings = find_in_project(context, rules);
    let files = context.facts.iter().enumerate().filter(|(_, facts)| facts.is_some());
    let files: Vec<FileId> = files.map(|(position, _)| FileId::new(position)).collect();
    find_in_files(context, rules, &files, |_| true, &mut findings);
    find_in_edges(context, rules, context.graph.edges(), |_| true, &mut findings);
    findings
}

/// The findings of the rules that look at the project or its config as a whole.
pub fn find_in_project(context: &Context, rules: &RuleSet) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in rules.iter() {
        if let Some(find) = id.entry().find_in_project {
            find(context, id, &mut findings);
        }
        if let Stage::Project(find) = id.entry().stage {
            find(context, id, &mut findings);
        }
    }
    findings
}

/// The findings in one file of the rules that look at files and imports one by one: of those that read other files,
/// or of the others.
pub fn find_in_file(
    context: &Context,
    rules: &RuleSet,
    file: FileId,
    reads_other_files: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wanted = |rule: &RuleEntry| rule.reads_other_files == reads_other_files;
    if context.facts(file).is_some() {
        find_in_files(context, rules, &[file], wanted, &mut findings);
    }
    find_in_edges(context, rules, context.graph.edges_of(file), wanted, &mut findings);
    findings
}

/// The findings at one import of the rules that look at imports one by one.
pub(crate) fn find_at(context: &Context, rules: &RuleSet, edge: &Edge) -> Vec<Finding> {
    let mut findings = Vec::new();
    find_in_edges(context, rules, std::slice::from_ref(edge), |_| true, &mut findings);
    findings
}

fn find_in_files(
    context: &Context,
    rules: &RuleSet,
    files: &[FileId],
    wanted: impl Fn(&RuleEntry) -> bool,
    findings: &mut Vec<Finding>,
) {
    for id in rules.iter().filter(|id| wanted(id.entry())) {
        if let Stage::File(find) = id.entry().stage {
            for file in files {
                find(context, id, *file, findings);
            }
        }
    }
}

fn find_in_edges(
    context: &Context,
    rules: &RuleSet,
    edges: &[Edge],
    wanted: impl Fn(&RuleEntry) -> bool,
    findings: &mut Vec<Finding>,
) {
    let mut edge_rules: Vec<EdgeRule> = Vec::new();
    for id in rules.iter().filter(|id| wanted(id.entry())) {
        if let Stage::Edge { group, find } = id.entry().stage {
            edge_rules.push(EdgeRule { id, group, find });
        }
    }
    // Where layers speak first, visibility speaks last.
    let by_order = context.policy.meaning.precedence == Precedence::Order;
    edge_rules.sort_by_key(|rule| (by_order && rule.group == ExclusiveGroup::Visibility, rule.group));
    for edge in edges {
        if context.kinds.may_matter(edge.kind)
            && let Some(crossing) = context.crossing_of(edge)
        {
            visit_crossing(context, &edge_rules, &crossing, findings);
        }
    }
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
