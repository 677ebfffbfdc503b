//! Which names of a module are annotated as plain data, and which are not.

use ruff_python_ast::{Expr, Stmt};
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
    /// What is not plain about it. Of classes nothing is known.
    pub lack: Option<Lack>,
}

/// Why something is no plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// The annotation, or the name without one.
    pub range: TextRange,
    /// Whether there is an annotation at all.
    pub is_annotated: bool,
}

/// The names that these statements bind, in their order; a later binding of a name counts.
pub(crate) fn declared(body: &[Stmt]) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut declare = |name: &str, range: TextRange, lack: Option<Lack>| {
        found.push(Declared { name: NameRef::new(name), range, lack });
    };
    for statement in body {
        match statement {
            Stmt::Assign(assign) => {
                for target in assign.targets.iter().filter_map(Expr::as_name_expr) {
                    declare(
                        &target.id,
                        target.range,
                        Some(Lack { range: target.range, is_annotated: false }),
                    );
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Expr::Name(target) = assign.target.as_ref() {
                    declare(&target.id, target.range, lack(Some(&assign.annotation), target.range));
                }
            }
            Stmt::FunctionDef(function) => {
                let name = function.name.range;
                let parameters = function.parameters.iter_non_variadic_params();
                let mut lacks = parameters
                    .filter_map(|it| lack(it.parameter.annotation.as_deref(), it.parameter.name.range));
                declare(
                    &function.name,
                    name,
                    lacks.next().or_else(|| lack(function.returns.as_deref(), name)),
                );
            }
            Stmt::ClassDef(class) => declare(&class.name, class.name.range, None),
            _ => {}
        }
    }
    found
}

fn lack(annotation: Option<&Expr>, name: TextRange) -> Option<Lack> {
    let Some(annotation) = annotation else { return Some(Lack { range: name, is_annotated: false }) };
    let written = match annotation {
        Expr::Name(name) => name.id.as_str(),
        Expr::StringLiteral(text) => text.value.to_str(),
        _ => "",
    };
    (!PLAIN.contains(&written)).then(|| Lack { range: annotation.range(), is_annotated: true })
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
}
