use ringfence_diagnostics::{ContractDetails, Label};
use ringfence_graph::ModuleId;
use ringfence_policy::{Contract, Terms};

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for boundary modules without a layer, and for children of the containers of a contract that are in none of its
    /// layers. Off until the config, or the contract, says `exhaustive = true`.
    ///
    /// ## Why is this bad?
    /// The layers hold only between modules that have one. A module without a layer is a way around all of them.
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
        default: Default::ByConfig("exhaustive = true"),
        fix: Never,
    }
}

/// How many layers are told.
const MOST_LAYERS: usize = 20;

impl Rule for UnlayeredModule {
    const VISITOR: Visitor = Visitor::Config(find);

    const ALSO: Option<fn(&Context, &mut Found)> = Some(find_in_contracts);

    fn speak(context: &Context, finding: &Finding) -> Message {
        if let Some(contract) = (finding.detail as usize).checked_sub(context.policy.modules.len()) {
            return speak_of_contract(context, finding, contract).unwrap_or_default();
        }
        let Some(declaration) = context.policy.modules.get(finding.detail as usize) else {
            return Message::default();
        };
        let layers = context.policy.layers.iter().map(|layer| format!("`{}`", layer.name.value));
        let mut layers: Vec<String> = layers.take(MOST_LAYERS).collect();
        let more = context.policy.layers.len() - layers.len();
        if more > 0 {
            layers.push(format!("or one of {more} more"));
        }
        let message = Message::new(format!("`{}` is in no layer", declaration.pattern.value)).help(
            if layers.is_empty() {
                "list the layers in `layers`, and give it one, or remove `exhaustive`".to_string()
            } else {
                format!("give it a `layer`: one of {}", layers.join(", "))
            },
        );
        match context.policy.exhaustive_layers {
            Some(span) => message.label(Label::new(span, "every boundary module must be in a layer")),
            None => message,
        }
    }
}

/// RF304: the position of the declaration.
fn find(context: &Context, found: &mut Found) {
    if context.policy.exhaustive_layers.is_none() {
        return;
    }
    for (number, declaration) in context.policy.modules.iter().enumerate() {
        if declaration.layer.is_none() {
            found.push(Site::Place(declaration.pattern.span), number as u32);
        }
    }
}

/// RF304: the position of the contract, past all declarations.
fn find_in_contracts(context: &Context, found: &mut Found) {
    for (position, contract) in context.policy.contracts.iter().enumerate() {
        if !matches!(contract.terms, Terms::Layers { exhaustive: Some(_), .. }) {
            continue;
        }
        let Some(verdict) = context.memo.verdicts.get(context, position) else { continue };
        for (_, child) in &verdict.unlayered {
            let detail = context.policy.modules.len() + position;
            found.push(site_of(context, contract, *child), detail as u32);
        }
    }
}

/// The file of the child; a folder without an `__init__` has none, so the finding stands at the key that asks for it.
fn site_of(context: &Context, contract: &Contract, child: ModuleId) -> Site {
    match context.graph.index().module(child).file {
        Some(file) => Site::File(file),
        None => Site::Place(match contract.terms {
            Terms::Layers { exhaustive: Some(span), .. } => span,
            _ => contract.name.span,
        }),
    }
}

fn speak_of_contract(context: &Context, finding: &Finding, position: usize) -> Option<Message> {
    let contract = context.policy.contracts.get(position)?;
    let verdict = context.memo.verdicts.get(context, position)?;
    let at_site =
        verdict.unlayered.iter().filter(|(_, child)| site_of(context, contract, *child) == finding.site);
    let children: Vec<&(ModuleId, ModuleId)> = at_site.collect();
    let names: Vec<String> =
        children.iter().map(|(_, child)| format!("`{}`", context.module_name(*child))).collect();
    let container = context.module_name(children.first()?.0);
    let verb = if names.len() == 1 { "is" } else { "are" };
    let details = ContractDetails {
        id: contract.id().to_string(),
        name: contract.name.value.clone(),
        type_name: contract.type_name(),
        importer: None,
        imported: None,
        chain: Vec::new(),
    };
    let message = Message {
        contract: Some(Box::new(details)),
        ..Message::new(format!(
            "{} {verb} in no layer of the contract `{}`",
            names.join(", "),
            contract.name.value
        ))
    };
    let message = message.help(format!(
        "add it to `layers`, or to `exhaustive-except` where it need not be in one: all children of `{container}` have to"
    ));
    Some(match contract.terms {
        Terms::Layers { exhaustive: Some(span), .. } if Site::Place(span) != finding.site => {
            message.label(Label::new(span, "every child of a container must be in a layer"))
        }
        _ => message,
    })
}
