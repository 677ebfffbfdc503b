//! Which strings hold types, and what these are.

use ruff_python_ast::{Expr, ExprStringLiteral, Keyword};
use ruff_python_parser::typing::{ParsedAnnotation, parse_type_annotation};

use crate::expressions::last_name;
use crate::parse_depth;

/// The longest string that is read as a type. Types in strings nest by quoting, so each level is this short.
const LONGEST_TYPE: usize = 4_096;

/// What strings in brackets are, by what stands before these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InBrackets {
    Types,
    /// `Literal["x"]`
    NoTypes,
    /// `Annotated["T", "x"]`
    FirstIsType,
    /// As around the brackets.
    Unknown,
}

pub(crate) fn in_brackets_of(value: &Expr) -> InBrackets {
    match last_name(value) {
        Some("Literal") => InBrackets::NoTypes,
        Some("Annotated") => InBrackets::FirstIsType,
        Some(name) if takes_types(name) => InBrackets::Types,
        _ => InBrackets::Unknown,
    }
}

/// Whether a string at this position of the arguments is a type: `cast("T", x)`, `TypeVar("T", "A", "B")`.
pub(crate) fn is_type_at(function: &Expr, position: usize) -> bool {
    match last_name(function) {
        Some("cast") => position == 0,
        Some("TypeVar" | "NewType") => position > 0,
        _ => false,
    }
}

/// `TypeVar("T", bound="X")`
pub(crate) fn is_type_keyword(function: &Expr, keyword: &Keyword) -> bool {
    last_name(function) == Some("TypeVar")
        && keyword.arg.as_ref().is_some_and(|name| matches!(name.id.as_str(), "bound" | "default"))
}

/// The type in a string of `text`, if it is one.
pub(crate) fn parse(literal: &ExprStringLiteral, text: &str) -> Option<ParsedAnnotation> {
    let value = literal.value.to_str();
    if value.len() > LONGEST_TYPE || parse_depth::refusal(value).is_some() {
        return None;
    }
    parse_type_annotation(literal, text).ok()
}

/// Whether strings in the brackets after this name are types wherever it stands.
fn takes_types(name: &str) -> bool {
    matches!(
        name,
        "Optional"
            | "Union"
            | "List"
            | "Dict"
            | "Set"
            | "FrozenSet"
            | "Tuple"
            | "Type"
            | "Callable"
            | "Iterable"
            | "Iterator"
            | "Sequence"
            | "Mapping"
            | "Awaitable"
            | "Coroutine"
            | "AsyncIterator"
            | "Generator"
            | "ClassVar"
            | "Final"
            | "TypeGuard"
    )
}
