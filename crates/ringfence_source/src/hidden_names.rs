//! Where names may be bound or read that no name in the source shows: namespaces, code and modules as strings.

use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, ExprSubscript};
use ruff_text_size::Ranged;

use crate::bindings::DynamicNames;
use crate::expressions::{contents, last_name};
use crate::scopes::SemanticBuilder;

/// `sys.modules[...]`
pub(crate) fn see_subscript(names: &mut SemanticBuilder, subscript: &ExprSubscript) {
    let is_loaded_modules = matches!(&*subscript.value, Expr::Attribute(attribute) if attribute.attr.id == "modules"
        && matches!(&*attribute.value, Expr::Name(name) if name.id == "sys"));
    if is_loaded_modules {
        names.facts().dynamic.push((DynamicNames::LoadedModules, subscript.range()));
    }
}

/// `globals()`, `exec(...)`, `ForeignKey("shop.Order")`
pub(crate) fn see_call(names: &mut SemanticBuilder, call: &ExprCall) {
    if let Some(dynamic) = dynamic_names(call) {
        names.facts().dynamic.push((dynamic, call.range()));
    }
    if last_name(&call.func) == Some("ForeignKey")
        && let Some(Expr::StringLiteral(literal)) = call.arguments.find_argument_value("to", 0)
    {
        let name = names.text(literal.value.to_str());
        names.facts().foreign_keys.push((name, contents(literal)));
    }
}

fn dynamic_names(call: &ExprCall) -> Option<DynamicNames> {
    let Expr::Name(function) = &*call.func else { return None };
    match function.id.as_str() {
        "globals" => Some(DynamicNames::Namespace),
        "vars" | "locals" if call.arguments.is_empty() => Some(DynamicNames::Namespace),
        "exec" | "eval" => Some(DynamicNames::Code),
        _ => None,
    }
}

/// `"a.b._c"`
pub(crate) fn see_string(names: &mut SemanticBuilder, literal: &ExprStringLiteral) {
    let value = literal.value.to_str();
    if is_dotted(value) {
        let name = names.text(value);
        names.facts().dotted_strings.push((name, contents(literal)));
    }
}

/// Two or more identifiers with dots between them.
fn is_dotted(text: &str) -> bool {
    text.contains('.')
        && text.len() < 256
        && text.split('.').all(|segment| {
            let mut characters = segment.chars();
            characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && characters.all(|character| character.is_alphanumeric() || character == '_')
        })
}
