//! What the rules about contracts have in common: how their findings are found, and how a chain is told.

use ringfence_diagnostics::{ChainHop, ContractDetails, Fix, Label, Span};
use ringfence_graph::{Digraph, Disjoint, Edge, Role, UNREACHED, disjoint_chains, distances};
use ringfence_policy::{Contract, Reach, Terms};

use super::imports::looks_at_kind;
use super::universe::End;
use super::verdict::{Verdict, Violation, What};
use crate::rule::Found;
use crate::typing_move::move_unless_judged;
use crate::{Context, Detail, Finding, Message, RuleId};

/// How many imports to cut are told one by one.
const MOST_CUTS: usize = 5;
/// How many modules in between are named in a message.
const MOST_BETWEEN: usize = 3;

/// A finding, with the contract that it is about.
pub(crate) struct Broken<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) verdict: &'a Verdict,
    pub(crate) violation: &'a Violation,
}

/// The contracts that a rule reports, with what was found out about them.
fn verdicts_of<'a>(
    context: &Context<'a>,
    rule: RuleId,
) -> impl Iterator<Item = (&'a Contract, &'a Verdict)> + use<'a> {
    let (contracts, memo) = (&context.policy.contracts, context.memo);
    let verdict = move |position: usize| memo.verdicts.peek(position);
    let code = rule.metadata().code;
    contracts
        .iter()
        .enumerate()
        .filter(move |(_, contract)| contract.rule() == code)
        .filter_map(move |(position, contract)| Some((contract, verdict(position)?)))
}

/// Every violation of the contracts that a rule reports: its number among all of them.
pub(crate) fn find(context: &Context, found: &mut Found) {
    let code = found.rule.metadata().code;
    for (position, contract) in context.policy.contracts.iter().enumerate() {
        if contract.rule() == code {
            context.memo.verdicts.get(context, position);
        }
    }
    let violations = verdicts_of(context, found.rule).flat_map(|(_, verdict)| &verdict.violations);
    for (number, violation) in violations.enumerate() {
        found.push(violation.site, number as u32);
    }
}

/// The violation that a finding stands for.
pub(crate) fn broken<'a>(context: &Context<'a>, finding: &Finding) -> Option<Broken<'a>> {
    let number = finding.detail as usize;
    let memo = context.memo;
    let starts = memo.verdicts.starts(finding.rule, || {
        let mut start = 0;
        let positions = context.policy.contracts.iter().enumerate();
        let of_rule = positions.filter(|(_, contract)| contract.rule() == finding.rule.metadata().code);
        let starts = of_rule.filter_map(|(position, _)| {
            let before = start;
            start += memo.verdicts.peek(position)?.violations.len();
            Some((before, position))
        });
        starts.collect()
    });
    let last = starts.partition_point(|(start, _)| *start <= number).checked_sub(1)?;
    let (start, position) = *starts.get(last)?;
    let (contract, verdict) = (context.policy.contracts.get(position)?, memo.verdicts.peek(position)?);
    Some(Broken { contract, verdict, violation: verdict.violations.get(number - start)? })
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
    pub(crate) fn end(&self, number: u32) -> Option<&'a End> {
        self.verdict.ends.get(number as usize)
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
pub(crate) fn speak_of_chain(
    context: &Context,
    finding: &Finding,
    title: impl Fn(&Ends) -> String,
) -> Message {
    let Some(broken) = broken(context, finding) else { return Message::default() };
    if let What::Unlisted { count } = broken.violation.what {
        let name = &broken.contract.name.value;
        let text = format!("the contract `{name}` is broken in {count} more ways, which are not listed");
        return broken
            .message(context, text)
            .help("mend some of those that are, or name fewer modules".to_string());
    }
    let What::Chain { from, to, chain } = &broken.violation.what else { return Message::default() };
    let (Some(source), Some(target)) = (broken.end(*from), broken.end(*to)) else {
        return Message::default();
    };
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
                span: context.span(super::imports::site_of(edge)),
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
            Label::new(context.span(super::imports::site_of(edge)), text)
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
        [one] => format!("through `{one}`"),
        [first, .., last] if between.len() > MOST_BETWEEN => {
            format!("through `{first}`, {} more and `{last}`", between.len() - 2)
        }
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(|name| format!("`{name}`")).collect();
            format!("through {} and `{last}`", rest.join(", "))
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
    let holds = if broken.verdict.violations.len() == 1 {
        "the contract holds".to_string()
    } else {
        format!("`{}` no longer reaches `{}`", source.name, target.name)
    };
    let mut text = match cut.as_slice() {
        [] => return String::new(),
        [_] if chains.iter().all(|chain| chain.len() == 2) => format!("without this import {holds}"),
        [one] => format!("all ways lead over one import, without which {holds}: {}", import(*one)),
        cut => {
            let count = cut.len();
            let mut text = format!(
                "{count} ways that share no import lead there; without these {count} imports {holds}:"
            );
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
        text.push_str(&format!("\nall {} chains that share no import:", chains.len()));
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
        let Span { file, range } = context.span(super::imports::site_of(edge));
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
pub(crate) fn move_out_of_chain(context: &Context, finding: &Finding) -> Option<Fix> {
    let broken = broken(context, finding)?;
    let What::Chain { from, to, chain } = &broken.violation.what else { return None };
    let (source, target) = (broken.end(*from)?, broken.end(*to)?);
    let pair = (*chain.first()?, *chain.get(1)?);
    let edge = context.edge(finding.site)?;
    if broken.verdict.imports.between(context, pair.0, pair.1).count() > 1 {
        return None;
    }
    let fix = move_unless_judged(context, edge, |kind| {
        looks_at_kind(context, broken.contract, finding.rule, edge, kind)
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

/// What is said where two modules that a contract keeps apart are one inside the other.
pub(crate) fn speak_of_nesting(context: &Context, finding: &Finding) -> Option<Message> {
    let broken = broken(context, finding)?;
    let What::Nested { outer, inner } = broken.violation.what else { return None };
    let (outer, inner) = (&broken.end(outer)?.name, &broken.end(inner)?.name);
    let text = if outer == inner {
        format!("`{inner}` cannot be kept apart from itself")
    } else {
        format!("`{inner}` cannot be kept apart from `{outer}`, of which it is a part")
    };
    Some(broken.message(context, text).help("name modules of which none lies in another".to_string()))
}

impl Context<'_> {
    /// Whether one more chain may be looked at in full: which others there are, and what would cut them.
    fn may_explain_chains(&self) -> bool {
        let left = self.chains.get();
        self.chains.set(left.saturating_sub(1));
        left > 0
    }
}
