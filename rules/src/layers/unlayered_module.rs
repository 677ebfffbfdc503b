use ringfence_diagnostics::Label;

use crate::rule::{Default, Found, Rule, Visitor, declare_rule};
use crate::{Context, Finding, Message, Site};

declare_rule! {
    /// ## What it does
    /// Checks for boundary modules without a layer. Off until the config says `exhaustive = true`.
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
    /// - `modules.<name>.layer`
    UnlayeredModule {
        code: "RF304",
        name: "unlayered-module",
        severity: Error,
        default: Default::ByConfig("exhaustive = true"),
        fix: Never,
    }
}

impl Rule for UnlayeredModule {
    const VISITOR: Visitor = Visitor::Config(find);

    fn speak(context: &Context, finding: &Finding) -> Message {
        let Some(declaration) = context.policy.modules.get(finding.detail as usize) else {
            return Message::default();
        };
        let layers: Vec<String> =
            context.policy.layers.iter().map(|layer| format!("`{}`", layer.name.value)).collect();
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
