//! What the rules about contracts have in common: how their findings are found, and how a chain is told.

use std::sync::Arc;

use ringfence_diagnostics::{ChainHop, ContractDetails, Fix, Label, Span, joined};
use ringfence_graph::{Digraph, Disjoint, Edge, Role, UNREACHED, disjoint_chains, distances};
use ringfence_policy::{Contract, Reach, Terms};

use super::imports::looks_at_kind;
use super::universe::End;
use super::verdict::{Verdict, Violation, What};
use crate::rule::{Findings, Rule};
use crate::typing_move::move_unless_judged;
use crate::{Context, Detail, Message, RuleId, Site};

/// How many imports to cut are told one by one.
const MOST_CUTS: usize = 5;
/// How many modules in between are named in a message.
const MOST_BETWEEN: usize = 3;

/// One way in which a contract is broken, with the position of the contract.
#[derive(Debug, Clone, Hash)]
pub(crate) struct BrokenContract {
    contract: usize,
    violation: Arc<Violation>,
}

/// The same with all that is known of the contract.
pub(crate) struct Broken<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) verdict: &'a Verdict,
    pub(crate) violation: &'a Violation,
}

/// The violations of all contracts that a rule reports.
pub(crate) fn find<R: Rule<Violation = BrokenContract>>(context: &Context, findings: &mut Findings<R>) {
    for (position, contract) in context.policy.contracts.iter().enumerate() {
        if R::CONTRACT_TYPE != Some(contract.type_name()) {
            continue;
        }
        for violation in &context.memo.verdicts.get(context, position).violations {
            let broken = BrokenContract { contract: position, violation: Arc::clone(violation) };
            findings.push(violation.site, broken);
        }
    }
}

impl BrokenContract {
    pub(crate) fn broken<'a>(&'a self, context: &Context<'a>) -> Broken<'a> {
        Broken {
            contract: &context.policy.contracts[self.contract],
            verdict: context.memo.verdicts.get(context, self.contract),
            violation: &self.violation,
        }
    }
}

/// The two ends of a chain, by name.
pub(crate) struct Ends<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// How one reaches the other: "imports it", or "reaches it through `a` and `b`".
    pub(crate) how: String,
    pub(crate) is_direct: bool,
}

impl<'a> Broken<'a> {
    pub(crate) fn end(&self, number: u32) -> &'a End {
        &self.verdict.ends[number as usize]
    }

    /// All that is certain of a violation of another kind than the rule has words for.
    pub(crate) fn unexplained(&self, context: &Context) -> Message {
        self.message(context, format!("the contract `{}` is broken", self.contract.name.value))
    }

    fn details(&self) -> ContractDetails {
        ContractDetails {
            id: self.contract.id().to_string(),
            name: self.contract.name.value.clone(),
            type_name: self.contract.type_name(),
            importer: None,
            imported: None,
            chain: Vec::new(),
        }
    }

    /// A message about the contract and nothing else.
    pub(crate) fn message(&self, context: &Context, text: String) -> Message {
        let contract = (context.detail == Detail::Everything).then(|| Box::new(self.details()));
        Message { contract, ..Message::new(text) }
            .label(Label::new(self.contract.name.span, "the contract that is broken"))
    }
}

/// What is said of a chain: `title` puts its ends into words.
pub(crate) fn message_of_chain(
    context: &Context,
    violation: &BrokenContract,
    title: impl Fn(&Ends) -> String,
) -> Message {
    let broken = violation.broken(context);
    let (from, to, chain) = match &broken.violation.what {
        What::Chain { from, to, chain } => (from, to, chain),
        What::Unlisted { count } => {
            let name = &broken.contract.name.value;
            let text = format!("the contract `{name}` is broken in {count} more ways, which are not listed");
            return broken
                .message(context, text)
                .help("mend some of those that are, or name fewer modules".to_string());
        }
        What::Nested { outer, inner } => return message_of_nesting(context, &broken, *outer, *inner),
        What::Circle { .. } | What::Unreached { .. } => return broken.unexplained(context),
    };
    let (source, target) = (broken.end(*from), broken.end(*to));
    let universe = context.memo.verdicts.universe(context);
    let between: Vec<&str> =
        chain[1..chain.len() - 1].iter().map(|node| universe.name(context, *node)).collect();
    let ends = Ends {
        from: &source.name,
        to: &target.name,
        is_direct: between.is_empty(),
        how: if between.is_empty() {
            "imports it".to_string()
        } else {
            format!("reaches it {}", through(&between))
        },
    };
    let title = title(&ends);
    if context.detail == Detail::Message {
        return Message::new(title);
    }
    let mut message = broken.message(context, title);
    let hops: Vec<(&[u32], &Edge)> = chain
        .windows(2)
        .filter_map(|pair| Some((pair, broken.verdict.imports.between(context, pair[0], pair[1]).next()?)))
        .collect();
    let name = |node: u32| universe.name(context, node);
    if let Some(details) = &mut message.contract {
        details.importer = Some(source.name.clone());
        details.imported = Some(target.name.clone());
        details.chain = hops
            .iter()
            .map(|(pair, edge)| ChainHop {
                importer: universe.shared_name(context, pair[0]),
                imported: universe.shared_name(context, pair[1]),
                span: context.span(Site::of(edge)),
            })
            .collect();
    }
    if let Some((pair, _)) = hops.first().filter(|_| !ends.is_direct) {
        message.annotation = Some(format!("`{}` imports `{}`", name(pair[0]), name(pair[1])));
    }
    let later = hops.iter().skip(1);
    let mut hop_labels: Vec<Label> = later
        .map(|(pair, edge)| {
            let text = format!("`{}` imports `{}`", name(pair[0]), name(pair[1]));
            Label::new(context.span(Site::of(edge)), text)
        })
        .collect();
    hop_labels.append(&mut message.labels);
    message.labels = hop_labels;
    let mut help: Vec<String> = Vec::new();
    help.extend(broken.contract.reason.as_ref().map(|reason| reason.value.trim().to_string()));
    if context.may_explain_chains() {
        help.push(ways_to_mend(context, &broken, source, target));
    }
    message.help = (!help.is_empty()).then(|| help.join("\n"));
    message
}

/// ``through `a` and `b` ``, or how many there are.
fn through(between: &[&str]) -> String {
    match between {
        [] => String::new(),
        [first, .., last] if between.len() > MOST_BETWEEN => {
            format!("through `{first}`, {} more and `{last}`", between.len() - 2)
        }
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("through {}", joined(&names, "and"))
        }
    }
}

/// How many ways lead from one end to the other, and which imports have to go so that none is left.
fn ways_to_mend(context: &Context, broken: &Broken, source: &End, target: &End) -> String {
    let Disjoint { chains, cut } = disjoint(broken, source, target);
    let universe = context.memo.verdicts.universe(context);
    let name = |node: u32| universe.name(context, node);
    let import = |(from, to): (u32, u32)| {
        let lines = lines(context, broken, from, to);
        format!("`{}` imports `{}`{lines}", name(from), name(to))
    };
    let goal = if broken.verdict.violations.len() == 1 {
        "to satisfy the contract".to_string()
    } else {
        format!("so that `{}` no longer reaches `{}`", source.name, target.name)
    };
    let mut text = match cut.as_slice() {
        [] => return String::new(),
        [_] if chains.iter().all(|chain| chain.len() == 2) => format!("remove this import {goal}"),
        [one] => format!("every chain goes through one import; remove it {goal}: {}", import(*one)),
        cut => {
            let count = cut.len();
            let mut text = format!("{count} independent import chains; remove these {count} imports {goal}:");
            for edge in cut.iter().take(MOST_CUTS) {
                text.push_str(&format!("\n- {}", import(*edge)));
            }
            if count > MOST_CUTS {
                text.push_str(&format!("\n- and {} more", count - MOST_CUTS));
            }
            text
        }
    };
    if context.all_chains {
        text.push_str(&format!("\nall {} independent chains:", chains.len()));
        for chain in &chains {
            let names: Vec<String> = chain.iter().map(|node| format!("`{}`", name(*node))).collect();
            text.push_str(&format!("\n- {}", names.join(" -> ")));
        }
    }
    text
}

/// The lines of the imports from one module of another.
fn lines(context: &Context, broken: &Broken, from: u32, to: u32) -> String {
    let mut lines: Vec<usize> = Vec::new();
    for edge in broken.verdict.imports.between(context, from, to) {
        let Span { file, range } = context.span(Site::of(edge));
        let Some(source) = context.sources.text(file) else { continue };
        let line = source.to_source_code().line_index(range.start()).get();
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    match numbers.as_slice() {
        [] => String::new(),
        [one] => format!(" (line {one})"),
        many => format!(" (lines {})", many.join(", ")),
    }
}

/// Chains from one end to another that share no import.
fn disjoint(broken: &Broken, source: &End, target: &End) -> Disjoint {
    if is_about_direct_imports(broken.contract) {
        let direct = broken.verdict.imports.graph.edges();
        let direct = direct.filter(|(from, to)| source.contains(*from) && target.contains(*to));
        let cut: Vec<(u32, u32)> = direct.collect();
        return Disjoint { chains: cut.iter().map(|(from, to)| vec![*from, *to]).collect(), cut };
    }
    // Where ends are kept apart, chains do not lead through the others.
    let others: &[End] = match broken.contract.terms {
        Terms::Layers { .. } | Terms::Independent { .. } => &broken.verdict.ends,
        _ => &[],
    };
    let mut roles = vec![Role::Passed; broken.verdict.imports.graph.len()];
    let marked = others.iter().map(|end| (end, Role::Closed));
    for (end, role) in marked.chain([(source, Role::Source), (target, Role::Target)]) {
        for node in end.nodes.clone() {
            roles[node as usize] = role;
        }
    }
    disjoint_chains(&broken.verdict.imports.graph, |node| roles[node as usize])
}

/// The change after which the import at which a finding stands is of a kind that its contract does not look at, if no other way
/// leads from one end to the other.
pub(crate) fn move_out_of_chain<R: Rule>(context: &Context, violation: &BrokenContract) -> Option<Fix> {
    let broken = violation.broken(context);
    let What::Chain { from, to, chain } = &broken.violation.what else { return None };
    let (source, target) = (broken.end(*from), broken.end(*to));
    let pair = (*chain.first()?, *chain.get(1)?);
    let edge = context.edge(broken.violation.site)?;
    if broken.verdict.imports.between(context, pair.0, pair.1).count() > 1 {
        return None;
    }
    let fix = move_unless_judged(context, edge, |kind| {
        looks_at_kind(context, broken.contract, RuleId::of::<R>(), edge, kind)
    })?;
    let is_left = if is_about_direct_imports(broken.contract) {
        disjoint(&broken, source, target).chains.len() > 1
    } else {
        let graph = &broken.verdict.imports.graph;
        let others = graph.edges().filter(|edge| *edge != pair).map(|(from, to)| (to, from));
        let reversed = Digraph::new(graph.len(), others.collect());
        let distances = distances(&reversed, target.nodes.clone(), |_| true);
        source.nodes.clone().any(|node| distances[node as usize] != UNREACHED)
    };
    (!is_left).then_some(fix)
}

/// Whether what is reached through others does not matter.
fn is_about_direct_imports(contract: &Contract) -> bool {
    matches!(contract.terms, Terms::Protected { .. } | Terms::Forbidden { reach: Reach::Direct, .. })
}

fn message_of_nesting(context: &Context, broken: &Broken, outer: u32, inner: u32) -> Message {
    let (outer, inner) = (&broken.end(outer).name, &broken.end(inner).name);
    let text = if outer == inner {
        format!("`{inner}` cannot be kept apart from itself")
    } else {
        format!("`{inner}` cannot be kept apart from `{outer}`, of which it is a part")
    };
    broken.message(context, text).help("name modules of which none lies in another".to_string())
}

impl Context<'_> {
    /// Whether one more chain may be looked at in full: which others there are, and what would cut them.
    fn may_explain_chains(&self) -> bool {
        let left = self.chains.get();
        self.chains.set(left.saturating_sub(1));
        left > 0
    }
}
