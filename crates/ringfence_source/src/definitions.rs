//! What the head of a function or class names.

use ruff_python_ast::helpers::is_docstring_stmt;
use ruff_python_ast::{Decorator, Expr, Identifier, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::bindings::{Definition, DottedName};
use crate::scopes::SemanticBuilder;

/// A name of a decorator or a base class with more segments is not read.
const LONGEST_REFERENCE: usize = 16;

/// A function, or a class if there are `bases`.
pub(crate) fn definition(
    names: &mut SemanticBuilder,
    parent: Option<u32>,
    name: &Identifier,
    body: &[Stmt],
    decorators: &[Decorator],
    bases: Option<Vec<&Expr>>,
) -> Definition {
    let end = body.last().map_or(name.end(), Ranged::end);
    Definition {
        is_class: bases.is_some(),
        name: name.range(),
        body: TextRange::new(after_docstring(body).map_or(end, Ranged::start), end),
        parent,
        decorators: decorators.iter().map(|it| reference(names, &it.expression)).collect(),
        bases: bases.into_iter().flatten().map(|base| reference(names, base)).collect(),
    }
}

/// The first statement that is no docstring.
pub(crate) fn after_docstring(body: &[Stmt]) -> Option<&Stmt> {
    body.get(usize::from(body.first().is_some_and(is_docstring_stmt)))
}

/// The dotted name that an expression is, calls, or subscribes; nothing for one that is longer than anybody writes.
fn reference(names: &mut SemanticBuilder, expression: &Expr) -> Option<DottedName> {
    let mut segments: Vec<&str> = Vec::new();
    let mut inner = expression;
    while segments.len() < LONGEST_REFERENCE {
        inner = match inner {
            Expr::Call(call) => &call.func,
            Expr::Subscript(subscript) => &subscript.value,
            Expr::Attribute(attribute) => {
                segments.push(&attribute.attr.id);
                &attribute.value
            }
            Expr::Name(name) => {
                segments.push(&name.id);
                segments.reverse();
                return Some(DottedName { name: names.text(&segments.join(".")), first: name.range() });
            }
            _ => return None,
        };
    }
    None
}
