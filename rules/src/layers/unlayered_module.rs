use ringfence_diagnostics::Label;
use ringfence_graph::ModuleId;
use ringfence_policy::{Contract, Key, ModuleDeclaration};

use crate::contracts::engine::contract_type::ContractType;
use crate::contracts::engine::messages::details;
use crate::contracts::layers::LayerChain;
use crate::rule::{Activation, Findings, Rule, Visitor, declare_rule};
use crate::{Context, Explainer, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for boundary modules without a layer. It also checks for children of a contract's containers that are
    /// in none of the contract's layers. Off unless the config, or the contract, says `exhaustive = true`.
    ///
    /// ## Why is this bad?
    /// Layer rules apply only between modules that have a layer. A module without one bypasses them all.
    ///
    /// ## Example
    /// ```toml
    /// layers = ["web", "storage"]
    /// exhaustive = true
    ///
    /// [modules."shop.tools"]  # RF304
    /// ```
    ///
    /// Use instead:
    /// ```toml
    /// [modules."shop.tools"]
    /// layer = "storage"
    /// ```
    ///
    /// ## Options
    /// - `exhaustive`
    /// - `contracts`
    /// - `modules.<name>.layer`
    UnlayeredModule {
        code: "RF304",
        name: "unlayered-module",
        severity: Error,
        default: Activation::ByConfig("exhaustive = true"),
        fix: Never,
        since: "0.1.0",
        tags: [Contract],
        dialects: [ImportLinter: Checked],
    }
}

/// How many layers are told.
const MOST_LAYERS: usize = 20;

/// What is in no layer.
#[derive(Debug, Hash)]
pub(crate) enum Unlayered {
    /// A boundary module: position of its declaration.
    Module { declaration: usize },
    /// Children of containers of a contract, by its position: all of one place.
    Children { contract: usize, container: ModuleId, children: Vec<ModuleId> },
}

impl Rule for UnlayeredModule {
    type Violation = Unlayered;
    const VISITOR: Visitor<Self> = Visitor::Config(find);
    const FIND_IN_PROJECT: Option<fn(&Context, &mut Findings<Self>)> = Some(find_in_contracts);

    fn message(context: &Explainer, violation: &Unlayered) -> Message {
        match violation {
            Unlayered::Module { declaration } => {
                message_of_module(context, &context.policy.modules[*declaration])
            }
            Unlayered::Children { contract, container, children } => {
                message_of_children(context, &context.policy.contracts[*contract], *container, children)
            }
        }
    }
}

fn message_of_module(context: &Context, declaration: &ModuleDeclaration) -> Message {
    let layers = context.policy.layers.iter().map(|layer| format!("`{}`", layer.name.value));
    let mut layers: Vec<String> = layers.take(MOST_LAYERS).collect();
    let more = context.policy.layers.len() - layers.len();
    if more > 0 {
        layers.push(format!("or one of {more} more"));
    }
    let message =
        Message::new(format!("`{}` is in no layer", declaration.pattern.value)).help(if layers.is_empty() {
            "list the layers in `layers`, and give it one, or remove `exhaustive`".to_string()
        } else {
            format!("give it a `layer`: one of {}", layers.join(", "))
        });
    match context.policy.exhaustive_layers {
        Some(span) => message.label(Label::new(span, "every boundary module must be in a layer")),
        None => message,
    }
}

fn message_of_children(
    context: &Context,
    contract: &Contract,
    container: ModuleId,
    children: &[ModuleId],
) -> Message {
    let exhaustive_except = context.key(Key::ExhaustiveExcept);
    let names: Vec<String> =
        children.iter().map(|child| format!("`{}`", context.module_name(*child))).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let message = Message {
        contract: Some(Box::new(details(contract))),
        ..Message::new(format!(
            "{} {verb} in no layer of the contract `{}`",
            names.join(", "),
            contract.name.value
        ))
    };
    let message = message.help(format!(
        "add it to `layers`, or to `{exhaustive_except}` where it need not be in one: all children of `{}` have to",
        context.module_name(container)
    ));
    let has_files = children.iter().any(|child| context.graph.index().module(*child).file.is_some());
    match LayerChain::terms(&contract.terms).and_then(|layers| layers.exhaustive) {
        Some(span) if has_files => {
            message.label(Label::new(span, "every child of a container must be in a layer"))
        }
        _ => message,
    }
}

/// RF304
fn find(context: &Context, findings: &mut Findings<UnlayeredModule>) {
    if context.policy.exhaustive_layers.is_none() {
        return;
    }
    for (declaration, module) in context.policy.modules.iter().enumerate() {
        if module.layer.is_none() {
            findings.push(Site::Place(module.pattern.span), Unlayered::Module { declaration });
        }
    }
}

/// A child with a file is reported there; those without stand together at the contract.
fn find_in_contracts(context: &Context, findings: &mut Findings<UnlayeredModule>) {
    for (position, contract) in context.policy.contracts.iter().enumerate() {
        let Some(layers) = LayerChain::terms(&contract.terms) else { continue };
        let Some(span) = layers.exhaustive else { continue };
        if context.verdicts().get(context, position).reported_elsewhere == 0 {
            continue;
        }
        let unlayered = layers.unlayered(context);
        let site_of =
            |child: ModuleId| context.graph.index().module(child).file.map_or(Site::Place(span), Site::File);
        for (_, child) in &unlayered {
            let site = site_of(*child);
            let here = || unlayered.iter().filter(|(_, child)| site_of(*child) == site);
            let Some((container, _)) = here().next() else { continue };
            let children = here().map(|(_, child)| *child).collect();
            findings.push(site, Unlayered::Children { contract: position, container: *container, children });
        }
    }
}
