//! What the statements at the top level of a file bind, mention and run.

use bitflags::bitflags;
use ringfence_source::{SourceKind, is_safe_to_parse};
use ruff_python_ast::name::Name;
use ruff_python_ast::{
    Alias, CmpOp, Expr, ModModule, PySourceType, Stmt, StmtAssign, StmtIf, StmtImport, StmtImportFrom,
};
use ruff_python_parser::{Parsed, parse_unchecked_source};
use ruff_text_size::{Ranged as _, TextRange, TextSize};

use crate::collector::Collector;
use crate::hashing::{self, Hashes};

/// A file as a list of statements.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    pub(crate) statements: Vec<Statement>,
}

/// A statement at the top level; of an import statement, one of the names that it brings.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) kind: Kind,
    pub(crate) start: TextSize,
    /// The names of the module that it binds or unbinds.
    pub(crate) binds: Vec<Name>,
    /// What it stores into at import: `REGISTRY` of `REGISTRY["x"] = f`, `app.view` of `app.view.x = f`.
    pub(crate) stores: Vec<Dotted>,
    /// What it reads, by text: a name of a function is taken for one of the module that is called the same.
    pub(crate) mentions: Vec<Mention>,
    /// The parameters of the functions in it, which may name fixtures.
    pub(crate) parameters: Vec<Name>,
    /// Strings in it that may name something: `name`, `package.module.name`.
    pub(crate) words: Vec<Name>,
    pub(crate) imports: Vec<ImportUse>,
    pub(crate) flags: Flags,
    pub(crate) hashes: Hashes,
}

/// What kind of statement it is, as far as it matters which of its names a change of it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Class,
    Import,
    /// To plain names.
    Assignment,
    /// Below `if TYPE_CHECKING:`. Never runs.
    Typing,
    /// Below `if __name__ == "__main__":`. Does not run at import.
    Main,
    /// Whatever else runs.
    Other,
}

bitflags! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub(crate) struct Flags: u16 {
        /// Something in it that may raise or act at a distance runs at import.
        const RUNS = 1 << 0;
        /// Reads names that no statement shows: `globals()`, `exec(...)`, `sys.modules`.
        const NAMESPACE = 1 << 1;
        /// Imports modules whose names are computed.
        const OPAQUE_IMPORT = 1 << 2;
        /// Starts another interpreter.
        const STARTS_PYTHON = 1 << 3;
        const FIXTURE = 1 << 4;
        /// A fixture that every test uses.
        const AUTOUSE = 1 << 5;
        /// A class with a metaclass or `__init_subclass__`: it learns of the classes that derive from it.
        const LEARNS_OF_SUBCLASSES = 1 << 6;
        /// Holds what may be changed later: a list, an object, a default that is one.
        const HOLDS_STATE = 1 << 7;
        /// Asks a class what derives from it.
        const ASKS_SUBCLASSES = 1 << 8;
    }
}

/// A name with attributes: `a.b.c`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Dotted {
    pub(crate) root: Name,
    pub(crate) attributes: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mention {
    pub(crate) what: Dotted,
    pub(crate) when: When,
}

/// What becomes of a name that a statement mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum When {
    /// It takes part in a call or an operation at import.
    Called,
    Decorator,
    DecoratorArgument,
    Base,
    /// It is read at import, and nothing is done with it.
    Named,
    /// A function in it reads it.
    Later,
}

impl When {
    pub(crate) fn is_at_import(self) -> bool {
        self != Self::Later
    }
}

/// An imported name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportUse {
    /// Where the statement starts.
    pub(crate) start: TextSize,
    /// Which of its names it is.
    pub(crate) position: u32,
    /// What it is called here: `a` of `import a.b`.
    pub(crate) binds: Name,
    /// `import a.b` binds `a`.
    pub(crate) binds_top_level: bool,
    /// What is written after `import`, with the module of a `from`: `.a.b`.
    pub(crate) key: Name,
    pub(crate) is_star: bool,
    /// Whether a function imports it, once it runs.
    pub(crate) is_deferred: bool,
}

/// The outline of a text; nothing for one with syntax errors. Needs the stack that [`ringfence_source::extract`] needs.
///
/// `documents` says whether docstrings have a meaning.
pub fn outline(text: &str, kind: SourceKind, documents: bool) -> Option<Outline> {
    if !is_safe_to_parse(text) {
        return None;
    }
    let source_type = match kind {
        SourceKind::Python => PySourceType::Python,
        SourceKind::Stub => PySourceType::Stub,
    };
    let parsed: Parsed<ModModule> = parse_unchecked_source(text, source_type);
    if !parsed.has_valid_syntax() {
        return None;
    }
    let documents = documents || text.contains("__doc__");
    let suite = parsed.suite();
    let future_annotations = suite.iter().any(is_future_annotations);
    let mut outline = Outline::default();
    for (position, statement) in suite.iter().enumerate() {
        match statement {
            Stmt::Import(import) => add_import(&mut outline, import),
            Stmt::ImportFrom(import) => add_import_from(&mut outline, import),
            Stmt::Pass(_) => {}
            Stmt::Expr(expression) if expression.value.is_literal_expr() => {
                if position == 0 && documents {
                    let mut docstring = Statement::new(Kind::Assignment, statement.range());
                    docstring.binds.push(Name::new_static("__doc__"));
                    docstring.hashes = hashing::of_statement(statement, documents);
                    outline.statements.push(docstring);
                }
            }
            _ => {
                let kind = kind_of(statement);
                let mut one = Statement::new(kind, statement.range());
                Collector::fill(&mut one, statement, future_annotations);
                one.hashes = hashing::of_statement(statement, documents);
                outline.statements.push(one);
            }
        }
    }
    Some(outline)
}

impl Outline {
    /// The statement that an offset lies in.
    pub(crate) fn statement_at(&self, offset: TextSize) -> Option<usize> {
        self.statements.partition_point(|statement| statement.start <= offset).checked_sub(1)
    }

    pub(crate) fn binding(&self, name: &str) -> impl Iterator<Item = (usize, &Statement)> {
        self.statements
            .iter()
            .enumerate()
            .filter(move |(_, statement)| statement.binds.iter().any(|bound| bound == name))
    }
}

impl Statement {
    fn new(kind: Kind, range: TextRange) -> Self {
        Self {
            kind,
            start: range.start(),
            binds: Vec::new(),
            stores: Vec::new(),
            mentions: Vec::new(),
            parameters: Vec::new(),
            words: Vec::new(),
            imports: Vec::new(),
            flags: Flags::empty(),
            hashes: Hashes::default(),
        }
    }
}

fn kind_of(statement: &Stmt) -> Kind {
    match statement {
        Stmt::FunctionDef(_) => Kind::Function,
        Stmt::ClassDef(_) => Kind::Class,
        Stmt::Assign(StmtAssign { targets, .. }) if targets.iter().all(is_plain_target) => Kind::Assignment,
        Stmt::AnnAssign(assignment) if assignment.target.is_name_expr() => Kind::Assignment,
        Stmt::TypeAlias(_) => Kind::Assignment,
        Stmt::If(statement) if is_typing_only(statement) => Kind::Typing,
        Stmt::If(statement) if is_main(statement) => Kind::Main,
        _ => Kind::Other,
    }
}

fn is_plain_target(target: &Expr) -> bool {
    match target {
        Expr::Name(_) => true,
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_plain_target),
        Expr::List(list) => list.elts.iter().all(is_plain_target),
        _ => false,
    }
}

/// `if TYPE_CHECKING:` without an `else`.
pub(crate) fn is_typing_only(statement: &StmtIf) -> bool {
    let is_guard = match &*statement.test {
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    };
    is_guard && statement.elif_else_clauses.is_empty()
}

/// `if __name__ == "__main__":` without an `else`.
fn is_main(statement: &StmtIf) -> bool {
    let Expr::Compare(compare) = &*statement.test else { return false };
    let is_name = |expression: &Expr| matches!(expression, Expr::Name(name) if name.id == "__name__");
    let is_text = |expression: &Expr| matches!(expression, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    let (left, [right]) = (&*compare.left, &*compare.comparators) else { return false };
    compare.ops.first() == Some(&CmpOp::Eq)
        && ((is_name(left) && is_text(right)) || (is_text(left) && is_name(right)))
        && statement.elif_else_clauses.is_empty()
}

fn is_future_annotations(statement: &Stmt) -> bool {
    let Stmt::ImportFrom(import) = statement else { return false };
    import.module.as_ref().is_some_and(|module| module.as_str() == "__future__")
        && import.names.iter().any(|alias| alias.name.as_str() == "annotations")
}

fn add_import(outline: &mut Outline, import: &StmtImport) {
    for use_ in import_uses(import, false) {
        push_import(outline, import.range(), use_);
    }
}

fn add_import_from(outline: &mut Outline, import: &StmtImportFrom) {
    for use_ in import_from_uses(import, false) {
        push_import(outline, import.range(), use_);
    }
}

fn push_import(outline: &mut Outline, range: TextRange, import: ImportUse) {
    let is_special = import.is_star || import.key.starts_with("__future__.");
    let mut statement = Statement::new(if is_special { Kind::Other } else { Kind::Import }, range);
    statement.hashes = hashing::of_import(&import);
    if !import.is_star {
        statement.binds.push(import.binds.clone());
    }
    statement.imports.push(import);
    outline.statements.push(statement);
}

/// `import a.b, c as d`
pub(crate) fn import_uses(import: &StmtImport, is_deferred: bool) -> impl Iterator<Item = ImportUse> {
    let names = import.names.iter().enumerate();
    names.map(move |(position, Alias { name, asname, .. })| {
        let top_level = name.split('.').next().unwrap_or_default();
        ImportUse {
            start: import.range().start(),
            position: position as u32,
            binds: asname.as_ref().map_or_else(|| Name::new(top_level), |alias| alias.id.clone()),
            binds_top_level: asname.is_none() && top_level.len() < name.len(),
            key: name.id.clone(),
            is_star: false,
            is_deferred,
        }
    })
}

/// `from .a import b as c`
pub(crate) fn import_from_uses(
    import: &StmtImportFrom,
    is_deferred: bool,
) -> impl Iterator<Item = ImportUse> {
    let mut module = ".".repeat(import.level as usize);
    module.push_str(import.module.as_ref().map(ruff_python_ast::Identifier::as_str).unwrap_or_default());
    let names = import.names.iter().enumerate();
    names.map(move |(position, Alias { name, asname, .. })| ImportUse {
        start: import.range().start(),
        position: position as u32,
        binds: asname.as_ref().unwrap_or(name).id.clone(),
        binds_top_level: false,
        key: Name::new(format!("{module}.{name}")),
        is_star: name.as_str() == "*",
        is_deferred,
    })
}
