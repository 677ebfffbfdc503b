//! What messages about contracts have in common, and how a chain is explained.

use ringfence_diagnostics::{ChainHop, ContractDetails, Label, joined};
use ringfence_graph::Edge;
use ringfence_policy::Contract;

use super::chains::{Chain, Route, ViolationKind};
use super::contract_graph::{ContractGraph, Endpoint};
use super::cuts::ways_to_mend;
use super::verdict::Verdict;
use crate::{Detail, Explainer, Message, Site};

/// How many modules in between are named in a message.
const MOST_BETWEEN: usize = 3;

/// A broken contract with all that is known of it.
pub(crate) struct Broken<'a, 'c> {
    pub(crate) context: &'a Explainer<'c>,
    pub(crate) contract: &'c Contract,
    pub(crate) verdict: &'c Verdict,
    pub(crate) graph: &'c ContractGraph,
}

/// The two ends of a chain, by name.
pub(crate) struct ChainEnds<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// How one reaches the other: "imports it", or "reaches it through `a` and `b`".
    pub(crate) how: String,
    pub(crate) is_direct: bool,
}

impl<'a, 'c> Broken<'a, 'c> {
    /// The contract at this position of the policy.
    pub(super) fn new(context: &'a Explainer<'c>, position: usize) -> Self {
        Self {
            context,
            contract: &context.policy.contracts[position],
            verdict: context.verdicts().get(context, position),
            graph: context.verdicts().graph(context),
        }
    }

    /// What the contract names at this position.
    pub(crate) fn endpoint(&self, position: u32) -> &'c Endpoint {
        &self.verdict.endpoints[position as usize]
    }

    /// The name of a node.
    pub(crate) fn name(&self, node: u32) -> &'c str {
        self.graph.name(self.context, node)
    }

    /// The first import from one node of another, by file and place.
    pub(crate) fn first_import(&self, from: u32, to: u32) -> Option<&'c Edge> {
        self.verdict.imports.between(self.context, from, to).next()
    }

    /// That one module imports another, at the first import that does, with what else is said of it.
    pub(crate) fn import_label(&self, importer: u32, imported: u32, more: &str) -> Option<Label> {
        let edge = self.first_import(importer, imported)?;
        let text = format!("{}{more}", self.import_text(importer, imported));
        Some(Label::new(self.context.span(Site::of(edge)), text))
    }

    /// ``` `a` imports `b` ```, or that it imports something in `b`, which runs its `__init__.py`.
    pub(crate) fn import_text(&self, importer: u32, imported: u32) -> String {
        let (from, to) = (self.name(importer), self.name(imported));
        let target =
            || self.first_import(importer, imported).and_then(|edge| self.context.target_module(edge));
        let named = if self.verdict.imports.implied.is_empty() { None } else { target() };
        match named.filter(|named| named.index() != imported as usize) {
            Some(named) => {
                format!(
                    "`{from}` imports `{}`, which runs `{}`",
                    self.context.module_name(named),
                    init_of(to)
                )
            }
            None => format!("`{from}` imports `{to}`"),
        }
    }

    /// That the import of one module runs the `__init__` of a package around it.
    fn implied_text(&self, module: u32, package: u32) -> String {
        format!("runs `{}`, because `{}` is imported", init_of(self.name(package)), self.name(module))
    }

    /// The first import from one node of another as a part of a chain.
    pub(crate) fn chain_hop(&self, importer: u32, imported: u32) -> Option<ChainHop> {
        let edge = self.first_import(importer, imported)?;
        Some(ChainHop {
            importer: self.graph.shared_name(self.context, importer),
            imported: self.graph.shared_name(self.context, imported),
            span: self.context.span(Site::of(edge)),
        })
    }

    /// What the config says about the contract, for the reader of the finding.
    pub(crate) fn reason(&self) -> Option<&'c str> {
        self.contract.reason.as_ref().map(|reason| reason.value.trim())
    }

    /// A message about the contract and nothing else.
    pub(crate) fn message(&self, text: String) -> Message {
        let contract = (self.context.detail == Detail::Everything).then(|| Box::new(details(self.contract)));
        Message { contract, ..Message::new(text) }
            .label(Label::new(self.contract.name.span, "the contract that is broken"))
    }

    /// What is said of what breaks a contract about chains over this route: `title` puts the ends of a chain into words.
    pub(crate) fn message_of(
        &self,
        violation: &ViolationKind,
        route: Route,
        title: impl Fn(&ChainEnds) -> String,
    ) -> Message {
        match violation {
            ViolationKind::Chain(chain) => self.message_of_chain(chain, route, title),
            ViolationKind::Nested { outer, inner } => self.message_of_nesting(*outer, *inner),
            ViolationKind::Unlisted { count } => {
                let name = &self.contract.name.value;
                let text =
                    format!("the contract `{name}` is broken in {count} more ways, which are not listed");
                self.message(text).help("mend some of those that are, or name fewer modules")
            }
        }
    }

    fn message_of_chain(&self, chain: &Chain, route: Route, title: impl Fn(&ChainEnds) -> String) -> Message {
        let (source, target) = (self.endpoint(chain.from), self.endpoint(chain.to));
        let between = match chain.nodes.as_slice() {
            [_, between @ .., _] => between,
            _ => &[],
        };
        let ends = ChainEnds {
            from: &source.name,
            to: &target.name,
            is_direct: between.is_empty(),
            how: if between.is_empty() {
                "imports it".to_string()
            } else {
                format!("reaches it {}", self.through(between))
            },
        };
        let title = title(&ends);
        if self.context.detail == Detail::Message {
            return Message::new(title);
        }
        let mut message = self.message(title);
        let imports: Vec<(u32, u32)> = chain.nodes.windows(2).map(|pair| (pair[0], pair[1])).collect();
        if let Some(details) = &mut message.contract {
            details.importer = Some(source.name.clone());
            details.imported = Some(target.name.clone());
            details.chain = imports.iter().filter_map(|(from, to)| self.chain_hop(*from, *to)).collect();
        }
        let (implied, imports) = imports.split_at(
            imports.iter().position(|(from, to)| self.first_import(*from, *to).is_some()).unwrap_or_default(),
        );
        let is_plain = ends.is_direct && self.verdict.imports.implied.is_empty();
        if let Some((from, to)) = imports.first().filter(|_| !is_plain) {
            message.annotation = Some(self.import_text(*from, *to));
        }
        let later = imports.iter().skip(1).filter_map(|(from, to)| self.import_label(*from, *to, ""));
        message.labels.splice(..0, later);
        let mut help: Vec<String> = self.reason().map(str::to_string).into_iter().collect();
        help.extend(implied.iter().map(|(module, package)| self.implied_text(*module, *package)));
        if self.context.may_explain_chains() {
            help.push(ways_to_mend(self, source, target, route));
        }
        message.help = (!help.is_empty()).then(|| help.join("\n"));
        message
    }

    fn message_of_nesting(&self, outer: u32, inner: u32) -> Message {
        let (outer, inner) = (&self.endpoint(outer).name, &self.endpoint(inner).name);
        let text = if outer == inner {
            format!("`{inner}` cannot be kept apart from itself")
        } else {
            format!("`{inner}` cannot be kept apart from `{outer}`, of which it is a part")
        };
        self.message(text).help("name modules of which none lies in another")
    }

    /// ``through `a` and `b` ``, or how many there are.
    fn through(&self, between: &[u32]) -> String {
        match between {
            [first, .., last] if between.len() > MOST_BETWEEN => {
                let (first, more, last) = (self.name(*first), between.len() - 2, self.name(*last));
                format!("through `{first}`, {more} more and `{last}`")
            }
            nodes => {
                let names: Vec<String> = nodes.iter().map(|node| format!("`{}`", self.name(*node))).collect();
                format!("through {}", joined(&names, "and"))
            }
        }
    }
}

/// The file that runs first of all that is in a package.
pub(crate) fn init_of(package: &str) -> String {
    format!("{}/__init__.py", package.replace('.', "/"))
}

/// What programs read of a contract.
pub(crate) fn details(contract: &Contract) -> ContractDetails {
    ContractDetails {
        id: contract.id().to_string(),
        name: contract.name.value.clone(),
        type_name: contract.type_name(),
        importer: None,
        imported: None,
        chain: Vec::new(),
    }
}
