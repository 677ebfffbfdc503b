//! Which names of a module are annotated as plain data, and which are not.

use ruff_python_ast::{Expr, Operator, Stmt};
use ruff_python_parser::parse_expression;
use ruff_text_size::{Ranged, TextRange};

use crate::NameRef;

/// The types that count as plain data, by name.
const PLAIN: [&str; 7] = ["int", "str", "bool", "float", "list", "dict", "tuple"];

/// A name that a statement at the top level of a module binds: a variable, a function or a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    pub name: NameRef,
    /// Where its name stands.
    pub range: TextRange,
    /// What is not one of [`PLAIN`] about it. Of classes nothing is known.
    pub lack: Option<Lack>,
    /// What is no plain data about it, where what is made of plain types is plain, too.
    pub lack_in_depth: Option<Lack>,
}

/// Why something is no plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// The annotation, or the name without one.
    pub range: TextRange,
    /// Whether there is an annotation at all.
    pub is_annotated: bool,
}

/// More types that hold plain data.
const PLAIN_TOO: [&str; 20] = [
    "AbstractSet",
    "Decimal",
    "Dict",
    "FrozenSet",
    "Iterable",
    "List",
    "Mapping",
    "None",
    "Sequence",
    "Set",
    "Tuple",
    "UUID",
    "bytes",
    "complex",
    "date",
    "datetime",
    "frozenset",
    "set",
    "time",
    "timedelta",
];

/// Whether a type is plain data all through: `dict[str, list[int] | None]`.
fn is_plain(annotation: &Expr) -> bool {
    match annotation {
        Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => true,
        Expr::Name(_) | Expr::Attribute(_) => {
            last_name(annotation).is_some_and(|name| PLAIN.contains(&name) || PLAIN_TOO.contains(&name))
        }
        Expr::StringLiteral(text) => {
            parse_expression(text.value.to_str()).is_ok_and(|parsed| is_plain(parsed.expr()))
        }
        Expr::BinOp(union) => union.op == Operator::BitOr && is_plain(&union.left) && is_plain(&union.right),
        Expr::Tuple(parts) => parts.elts.iter().all(is_plain),
        Expr::Subscript(made) => match last_name(&made.value) {
            Some("Literal") => true,
            Some("Annotated") => {
                made.slice.as_tuple_expr().and_then(|parts| parts.elts.first()).is_some_and(is_plain)
            }
            Some("Optional" | "Union" | "Final" | "ClassVar") => is_plain(&made.slice),
            _ => is_plain(&made.value) && is_plain(&made.slice),
        },
        _ => false,
    }
}

/// `date` of `datetime.date`.
fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute)
            if attribute.value.is_name_expr() || attribute.value.is_attribute_expr() =>
        {
            Some(&attribute.attr)
        }
        _ => None,
    }
}

/// The names that these statements bind, in their order; a later binding of a name counts.
pub(crate) fn declared(body: &[Stmt]) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut declare = |name: &str, range: TextRange, [lack, lack_in_depth]: [Option<Lack>; 2]| {
        found.push(Declared { name: NameRef::new(name), range, lack, lack_in_depth });
    };
    for statement in body {
        match statement {
            Stmt::Assign(assign) => {
                for target in assign.targets.iter().filter_map(Expr::as_name_expr) {
                    declare(
                        &target.id,
                        target.range,
                        [Some(Lack { range: target.range, is_annotated: false }); 2],
                    );
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Expr::Name(target) = assign.target.as_ref() {
                    let lacks = TESTS.map(|test| lack(Some(&assign.annotation), target.range, test));
                    declare(&target.id, target.range, lacks);
                }
            }
            Stmt::FunctionDef(function) => {
                let name = function.name.range;
                let lacks = TESTS.map(|test| {
                    let parameters = function.parameters.iter_non_variadic_params();
                    let mut lacks = parameters.filter_map(|it| {
                        lack(it.parameter.annotation.as_deref(), it.parameter.name.range, test)
                    });
                    lacks.next().or_else(|| lack(function.returns.as_deref(), name, test))
                });
                declare(&function.name, name, lacks);
            }
            Stmt::ClassDef(class) => declare(&class.name, class.name.range, [None; 2]),
            _ => {}
        }
    }
    found
}

/// What is plain: the names alone, and what is made of them.
const TESTS: [fn(&Expr) -> bool; 2] = [is_plain_name, is_plain];

fn lack(annotation: Option<&Expr>, name: TextRange, is_plain: fn(&Expr) -> bool) -> Option<Lack> {
    let Some(annotation) = annotation else { return Some(Lack { range: name, is_annotated: false }) };
    (!is_plain(annotation)).then(|| Lack { range: annotation.range(), is_annotated: true })
}

fn is_plain_name(annotation: &Expr) -> bool {
    match annotation {
        Expr::Name(name) => PLAIN.contains(&name.id.as_str()),
        Expr::StringLiteral(text) => PLAIN.contains(&text.value.to_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{SourceKind, parse_module};

    #[test]
    fn what_is_annotated_with_plain_types_is_plain() {
        let text = "a: int = 1\nb = 2\nc: list[int] = []\nd: 'str' = ''\ndef e(x: int) -> str: ...\n\
                    def f(x, *y) -> str: ...\ndef g(x: int): ...\nclass H: ...\ni, j = 1, 2\n";
        let module = parse_module(text, SourceKind::Python).module;
        let found: Vec<String> = module
            .declared
            .iter()
            .map(|it| match it.lack {
                None => module.name(it.name).to_string(),
                Some(lack) => {
                    format!(
                        "{} lacks {}",
                        module.name(it.name),
                        &text[std::ops::Range::<usize>::from(lack.range)]
                    )
                }
            })
            .collect();
        let expected = ["a", "b lacks b", "c lacks list[int]", "d", "e", "f lacks x", "g lacks g", "H"];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_made_of_plain_types_is_plain_in_depth() {
        for (annotation, expected) in [
            ("list[str]", true),
            ("dict[str, list[int] | None]", true),
            ("str | None", true),
            ("None", true),
            ("Optional[bytes]", true),
            ("typing.Union[int, 'date']", true),
            ("datetime.datetime", true),
            ("tuple[int, ...]", true),
            ("'list[uuid.UUID]'", true),
            ("Literal['a', 1]", true),
            ("Annotated[int, Gt(0)]", true),
            ("Decimal", true),
            ("Order", false),
            ("list[Order]", false),
            ("'Order | None'", false),
            ("Callable[[int], str]", false),
            ("f(x)", false),
            ("Any", false),
        ] {
            let text = format!("a: {annotation}\n");
            let module = parse_module(&text, SourceKind::Python).module;
            assert_eq!(module.declared[0].lack_in_depth.is_none(), expected, "{annotation}");
        }
    }
}
