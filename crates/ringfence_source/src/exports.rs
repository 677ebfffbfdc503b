//! What `__all__` says, as far as it is written out.

use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, Operator};
use ruff_text_size::{Ranged, TextRange};

use crate::ImportContext;
use crate::bindings::{Exports, ReferenceContext, ScopeKind};
use crate::expressions::contents;
use crate::scopes::SemanticBuilder;

/// `__all__ = [...]`, `__all__ += [...]`, at the top level.
pub(crate) fn see_assignment(
    names: &mut SemanticBuilder,
    context: ImportContext,
    target: &Expr,
    value: &Expr,
    replaces: bool,
) {
    let Expr::Name(name) = target else { return };
    if name.id == "__all__" && names.kind() == ScopeKind::Module {
        read(names, context, target.range(), Some(value), replaces);
    }
}

/// `__all__.extend([...])`, `__all__.append("x")`; after any other method nobody knows.
pub(crate) fn see_call(names: &mut SemanticBuilder, context: ImportContext, call: &ExprCall) {
    let Expr::Attribute(method) = &*call.func else { return };
    if !matches!(&*method.value, Expr::Name(name) if name.id == "__all__")
        || names.kind() != ScopeKind::Module
    {
        return;
    }
    let argument = match &*call.arguments.args {
        [argument] => Some(argument),
        _ => None,
    };
    match method.attr.id.as_str() {
        "extend" => read(names, context, call.range(), argument, false),
        "append" => match argument {
            Some(Expr::StringLiteral(literal)) => export(names, context, literal),
            _ => read(names, context, call.range(), None, false),
        },
        "index" | "count" | "copy" | "sort" | "reverse" => {}
        _ => read(names, context, call.range(), None, false),
    }
}

/// Adds the names that an expression lists. `at`: what to point at where it is no such list.
fn read(
    names: &mut SemanticBuilder,
    context: ImportContext,
    at: TextRange,
    value: Option<&Expr>,
    replaces: bool,
) {
    let exports = &mut names.facts().exports;
    if replaces || *exports == Exports::Absent {
        *exports = Exports::Listed(Vec::new());
    }
    if !value.is_some_and(|value| read_list(names, context, value)) {
        let at = value.map_or(at, Ranged::range);
        names.facts().exports = Exports::Computed(at);
    }
}

/// Whether everything that the expression lists is a string; what is one is exported all the same.
fn read_list(names: &mut SemanticBuilder, context: ImportContext, value: &Expr) -> bool {
    let elements = match value {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::Set(set) => &set.elts,
        Expr::BinOp(sum) => {
            let left = read_list(names, context, &sum.left);
            return read_list(names, context, &sum.right) && left && sum.op == Operator::Add;
        }
        _ => return false,
    };
    let mut complete = true;
    for element in elements {
        match element {
            Expr::StringLiteral(literal) => export(names, context, literal),
            _ => complete = false,
        }
    }
    complete
}

fn export(names: &mut SemanticBuilder, context: ImportContext, literal: &ExprStringLiteral) {
    let name = literal.value.to_str();
    let range = contents(literal);
    names.read(name, range, &[], context, ReferenceContext::Exported);
    let text = names.text(name);
    let exports = &mut names.facts().exports;
    match exports {
        Exports::Listed(names) => names.push((text, range)),
        Exports::Absent => *exports = Exports::Listed(vec![(text, range)]),
        Exports::Computed(_) => {}
    }
}
