//! Whether the evaluation of an annotation certainly does nothing but to look up names that are there.

use std::cell::RefCell;
use std::rc::Rc;

use ringfence_diagnostics::FileId;
use ringfence_graph::{Edge, Target};
use ringfence_source::{Annotation, BindingKind, ParsedFile, ScopeId, Variable, parse_statement};
use ruff_python_ast::{Expr, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::origin::{Definition, Names};
use crate::{Basis, Codebase, Entry};

/// By file: annotations whose evaluation may raise, or run code.
#[derive(Default)]
struct Unsure(RefCell<FxHashMap<FileId, Rc<Vec<TextRange>>>>);

impl Entry for Unsure {
    const BASIS: Basis = Basis::Texts;
}

/// Whether a name is a class that nothing decorates.
fn is_class(codebase: &Codebase, definition: &Definition) -> bool {
    let file = codebase.graph.index().module(definition.module).file;
    let Some(parsed) = file.and_then(|file| codebase.sources.module(file)) else { return false };
    let variable = parsed.module.global(&definition.name);
    variable.is_some_and(|variable| match variable.bindings.as_slice() {
        [binding] => binding.how == BindingKind::Class && is_plain_class(&parsed, binding.range),
        _ => false,
    })
}

/// An annotation that is no longer evaluated raises no more, and runs no code. Gives the annotations of which it is not certain that
/// nothing of the kind happens.
pub(crate) fn unsure_annotations(
    codebase: &Codebase,
    file: FileId,
    parsed: &ParsedFile,
) -> Rc<Vec<TextRange>> {
    if let Some(known) = codebase.memo.get::<Unsure>().0.borrow().get(&file) {
        return Rc::clone(known);
    }
    let source = codebase.sources.text(file);
    let text = source.as_ref().map_or("", |source| source.source_text());
    let mut by_use = FxHashMap::default();
    for variable in parsed.module.variables() {
        by_use.extend(variable.uses.iter().map(|used| (used.range, variable)));
    }
    let check = Evaluated { codebase, file, parsed, by_use };
    let is_sure = |range: &TextRange| {
        let statement = parse_statement(text, *range);
        let Some(Stmt::Expr(statement)) = &statement else { return false };
        check.is_sure(&statement.value, range.start())
    };
    let ranges = parsed.module.annotations.iter().map(|annotation| annotation.range);
    let unsure: Rc<Vec<TextRange>> = Rc::new(ranges.filter(|range| !is_sure(range)).collect());
    codebase.memo.get::<Unsure>().0.borrow_mut().insert(file, Rc::clone(&unsure));
    unsure
}

/// Builtins that annotations name.
const BUILTIN_TYPES: [&str; 14] = [
    "bool",
    "bytes",
    "bytearray",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "object",
    "set",
    "str",
    "tuple",
    "type",
];

/// Those of them that take other types in brackets.
const BUILTIN_CONTAINERS: [&str; 6] = ["dict", "frozenset", "list", "set", "tuple", "type"];

/// What the evaluation of an annotation does.
struct Evaluated<'a> {
    codebase: &'a Codebase<'a>,
    file: FileId,
    parsed: &'a ParsedFile,
    /// By where it is used.
    by_use: FxHashMap<TextRange, &'a Variable>,
}

impl Evaluated<'_> {
    /// Whether it certainly does nothing but to look names up that are there. Offsets count from `start`.
    fn is_sure(&self, expression: &Expr, start: TextSize) -> bool {
        match expression {
            Expr::Name(name) => self.is_there(name.range() + start, start),
            Expr::NoneLiteral(_) | Expr::StringLiteral(_) => true,
            _ => self.is_type(expression, start),
        }
    }

    /// Whether it certainly is a type, of which others can be made.
    fn is_type(&self, expression: &Expr, start: TextSize) -> bool {
        match expression {
            Expr::Name(name) => {
                let range = name.range() + start;
                self.is_there(range, start) && self.variable(range).is_some_and(|it| self.is_class(it))
            }
            Expr::BinOp(pair) if pair.op == Operator::BitOr => {
                let is_none = |side: &Expr| matches!(side, Expr::NoneLiteral(_));
                let is_part = |side: &Expr| is_none(side) || self.is_type(side, start);
                !(is_none(&pair.left) && is_none(&pair.right)) && is_part(&pair.left) && is_part(&pair.right)
            }
            Expr::Subscript(subscript) => {
                self.is_generic(&subscript.value, start)
                    && match &*subscript.slice {
                        Expr::Tuple(arguments) => arguments.iter().all(|it| self.is_argument(it, start)),
                        argument => self.is_argument(argument, start),
                    }
            }
            _ => false,
        }
    }

    /// What may stand in the brackets of `list[...]` and `Optional[...]`.
    fn is_argument(&self, expression: &Expr, start: TextSize) -> bool {
        matches!(expression, Expr::NoneLiteral(_) | Expr::StringLiteral(_) | Expr::EllipsisLiteral(_))
            || self.is_type(expression, start)
    }

    /// Whether it takes types in brackets: a container of the builtins, or what comes from elsewhere, of which its author says so.
    fn is_generic(&self, expression: &Expr, start: TextSize) -> bool {
        let Expr::Name(name) = expression else { return false };
        let range = name.range() + start;
        let Some(variable) = self.variable(range).filter(|_| self.is_there(range, start)) else {
            return false;
        };
        match variable.bindings.as_slice() {
            [] => BUILTIN_CONTAINERS.contains(&variable.name.as_str()),
            [binding] => self.is_from_elsewhere(binding.how),
            _ => false,
        }
    }

    fn variable(&self, used: TextRange) -> Option<&Variable> {
        self.by_use.get(&used).copied()
    }

    /// Whether a name is bound for certain where an annotation that starts there is evaluated.
    fn is_there(&self, used: TextRange, start: TextSize) -> bool {
        let Some(variable) = self.variable(used) else { return false };
        match variable.bindings.as_slice() {
            [] => BUILTIN_TYPES.contains(&variable.name.as_str()),
            [binding] => {
                variable.scope == ScopeId::MODULE
                    && binding.scope == ScopeId::MODULE
                    && !binding.is_conditional()
                    && binding.range.end() < start
            }
            _ => false,
        }
    }

    /// Whether a variable is a class: a builtin, one of the project that nothing decorates, or what its author elsewhere says.
    fn is_class(&self, variable: &Variable) -> bool {
        match variable.bindings.as_slice() {
            [] => BUILTIN_TYPES.contains(&variable.name.as_str()),
            [binding] => match binding.how {
                BindingKind::Class => is_plain_class(self.parsed, binding.range),
                BindingKind::Import { import, name, .. } => {
                    let edge = self.codebase.edge_at(self.file, import, name);
                    edge.is_some_and(|edge| self.leads_to_class(edge)) || self.is_from_elsewhere(binding.how)
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn leads_to_class(&self, edge: &Edge) -> bool {
        let Target::Module { module, member_length: 1.., .. } = edge.target else { return false };
        let Some((facts, _, imported)) = self.codebase.import(edge) else { return false };
        let path = Names::certain(self.codebase).path(module, facts.name(imported.name));
        path.is_ok_and(|path| path.last().is_some_and(|it| is_class(self.codebase, it)))
    }

    fn is_from_elsewhere(&self, how: BindingKind) -> bool {
        let BindingKind::Import { import, name, binds_top_level: false } = how else { return false };
        let edge = self.codebase.edge_at(self.file, import, name);
        edge.is_some_and(|edge| matches!(edge.target, Target::StandardLibrary | Target::ThirdParty))
    }
}

/// Whether a class is what its statement says: nothing decorates it, and its bases have names.
fn is_plain_class(parsed: &ParsedFile, name: TextRange) -> bool {
    let mut definitions = parsed.module.definitions.iter();
    definitions
        .find(|it| it.is_class && it.name == name)
        .is_some_and(|it| it.decorators.is_empty() && it.bases.iter().all(Option::is_some))
}

/// Says of an annotation that it is unsure.
pub(crate) fn may_fail(codebase: &Codebase, file: FileId, annotation: &Annotation) -> String {
    let source = codebase.sources.text(file);
    let line = source.map(|source| source.to_source_code().line_index(annotation.range.start()));
    let line = line.map(|line| format!(" on line {line}")).unwrap_or_default();
    format!("the annotation{line} may fail, or do something, where it is evaluated")
}
