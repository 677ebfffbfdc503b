//! What small expressions are.

use ruff_python_ast::{Expr, ExprStringLiteral};
use ruff_text_size::{Ranged, TextRange};

/// `Optional` of `typing.Optional` and of `Optional`.
pub(crate) fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr.id),
        _ => None,
    }
}

/// The inside of the quotes; the whole expression where it is pieced together.
pub(crate) fn contents(literal: &ExprStringLiteral) -> TextRange {
    match literal.value.as_slice() {
        [single] => single.content_range(),
        _ => literal.range(),
    }
}
