//! Runs rules over a project.

use ringfence_diagnostics::FileId;
use ringfence_policy::Precedence;
use rustc_hash::FxHashSet;

use crate::{Claim, Context, Crossing, Finding, Found, RuleId, RuleSet, Site, Visitor};

/// Which codes of which suppressions met a finding.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    used: FxHashSet<(FileId, u32, u32)>,
}

impl Usage {
    /// Notes that a code (by position) of a suppression (by index in the facts of the file) met a finding.
    pub fn mark(&mut self, file: FileId, suppression: u32, code: u32) {
        self.used.insert((file, suppression, code));
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
    let mut findings = Vec::new();
    let mut edge_rules: Vec<EdgeRule> = Vec::new();
    for id in rules.iter() {
        let mut found = Found { rule: id, findings: &mut findings };
        if let Some(also) = id.entry().also {
            also(context, &mut found);
        }
        match id.entry().visitor {
            Visitor::Edge { claim, find } => edge_rules.push(EdgeRule { id, claim, find }),
            Visitor::File(find) => {
                for (position, facts) in context.facts.iter().enumerate() {
                    if facts.is_some() {
                        find(context, FileId::new(position), &mut found);
                    }
                }
            }
            Visitor::Project(find) | Visitor::Config(find) => find(context, &mut found),
            Visitor::Run(_) => {}
        }
    }
    // Where layers speak first, visibility speaks last.
    let by_order = context.policy.meaning.precedence == Precedence::Order;
    edge_rules.sort_by_key(|rule| (by_order && rule.claim == Claim::Visibility, rule.claim));
    for edge in context.graph.edges() {
        if context.kinds.may_matter(edge.kind)
            && let Some(crossing) = context.crossing_of(edge)
        {
            visit_crossing(context, &edge_rules, &crossing, &mut findings);
        }
    }
    findings
}

/// The findings of the selected rules about findings.
pub fn find_in_run(context: &Context, rules: &RuleSet, run: &Run) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in rules.iter() {
        if let Visitor::Run(find) = id.entry().visitor {
            find(context, run, &mut Found { rule: id, findings: &mut findings });
        }
    }
    findings
}

struct EdgeRule {
    id: RuleId,
    claim: Claim,
    find: fn(&Context, &Crossing) -> Option<u32>,
}

fn visit_crossing(context: &Context, rules: &[EdgeRule], crossing: &Crossing, findings: &mut Vec<Finding>) {
    let mut claimed = false;
    for EdgeRule { id, claim, find } in rules {
        let independent = *claim == Claim::Independent;
        if claimed && !independent {
            continue;
        }
        if !context.kinds.judges(*id, context.boundaries, crossing.importer, crossing.edge.kind) {
            continue;
        }
        if let Some(detail) = find(context, crossing) {
            claimed |= !independent;
            let edge = crossing.edge;
            let site = Site::Import { file: edge.file, import: edge.import, name: edge.name };
            findings.push(Finding { rule: *id, site, detail });
        }
    }
}
