//! The walk over the statements of a file that collects its facts.

use memchr::memmem;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, ExceptHandler, Expr, ExprLambda, Identifier, ModModule, PySourceType, Stmt, StmtClassDef,
    StmtFunctionDef, StmtIf, StmtImport, StmtImportFrom, StmtTry, StmtWith,
};
use ruff_python_parser::{ParseError, Parsed, parse_unchecked_source};
use ruff_python_stdlib::keyword::is_keyword;
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

use crate::dynamic::{self, Importers};
use crate::guard::{self, Aliases, Branch, Test};
use crate::lexical::Unsure;
use crate::names_walk::names_of;
use crate::oddities::oddities_of;
use crate::plain_data::declared;
use crate::scan::scan;
use crate::suppression;
use crate::{
    Context, FileFacts, Import, ImportForm, ImportedName, ModuleFacts, NameRef, Oddities, SourceKind,
    SyntaxError, effort, nesting,
};

/// The facts of a file. Offsets count bytes of `text`, which holds no byte order mark ([`crate::decode()`] strips it).
///
/// Must run on a thread with a stack of [`crate::STACK_SIZE`]: what it builds, walks and drops is as deep as the
/// source is nested.
pub fn extract(text: &str, kind: SourceKind) -> FileFacts {
    scan(text).unwrap_or_else(|Unsure| parse(text, kind))
}

/// The same by the parser: slower, and with the first syntax error.
pub fn parse(text: &str, kind: SourceKind) -> FileFacts {
    refused(text).unwrap_or_else(|| extract_unchecked(text, kind))
}

/// A file parsed in full.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedFile {
    pub facts: FileFacts,
    pub module: ModuleFacts,
}

/// The facts of a file with its names. Needs the stack that [`extract`] needs.
pub fn parse_module(text: &str, kind: SourceKind) -> ParsedFile {
    match refused(text) {
        Some(facts) => ParsedFile { facts, module: ModuleFacts::default() },
        None => parse_module_unchecked(text, kind),
    }
}

/// What is odd about a file; nothing for one that cannot be parsed without errors. Needs the stack that [`extract`] needs.
pub fn oddities(text: &str, kind: SourceKind) -> Option<Oddities> {
    if refusal(text).is_some() {
        return None;
    }
    let parsed = parse_tree(text, kind);
    parsed.has_valid_syntax().then(|| oddities_of(parsed.suite()))
}

/// The same for a text that is known to be safe to parse.
pub(crate) fn parse_module_unchecked(text: &str, kind: SourceKind) -> ParsedFile {
    let parsed = parse_tree(text, kind);
    let facts = facts_of(text, &parsed);
    let mut module = names_of(text, parsed.suite(), &facts);
    module.declared = declared(parsed.suite());
    ParsedFile { facts, module }
}

/// What is said of a file that is not safe to parse.
fn refused(text: &str) -> Option<FileFacts> {
    let message = refusal(text)?;
    let range = TextRange::default();
    Some(FileFacts {
        syntax_error: Some(SyntaxError { range, message: message.to_owned(), more: 0 }),
        ..FileFacts::default()
    })
}

/// The syntax tree of the one statement at `range`; its offsets count from the start of the statement. Nothing where
/// the range does not hold one. Parses nothing else; meant for import statements, which do not nest.
pub fn parse_statement(text: &str, range: TextRange) -> Option<Stmt> {
    let statement = text.get(range.start().to_usize()..range.end().to_usize())?;
    if refusal(statement).is_some() {
        return None;
    }
    let parsed = parse_unchecked_source(statement, PySourceType::Python);
    let mut suite = parsed.has_valid_syntax().then(|| parsed.into_suite())?;
    suite.pop().filter(|_| suite.is_empty())
}

/// What one simple statement imports by calls, as it stands in this context; offsets count from its start. Safe on a
/// thread with [`nesting::SMALL_STACK_SIZE`].
pub(crate) fn extract_statement(
    statement: &str,
    context: Context,
    importers: &mut Importers,
) -> Result<FileFacts, Unsure> {
    if !nesting::is_shallow(statement) || effort::refusal(statement).is_some() {
        return Err(Unsure);
    }
    let parsed = parse_unchecked_source(statement, PySourceType::Python);
    let [statement] = parsed.suite().as_slice() else { return Err(Unsure) };
    if !parsed.has_valid_syntax() || !is_plain(statement) {
        return Err(Unsure);
    }
    let mut extractor = Extractor {
        facts: FileFacts::default(),
        context,
        guards: Aliases::default(),
        importers: Some(std::mem::take(importers)),
    };
    extractor.visit_stmt(statement);
    let Extractor { mut facts, importers: seen, .. } = extractor;
    *importers = seen.unwrap_or_default();
    facts.sort();
    Ok(facts)
}

/// Whether a statement neither imports nor holds statements.
fn is_plain(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::Expr(_)
            | Stmt::Assign(_)
            | Stmt::AnnAssign(_)
            | Stmt::AugAssign(_)
            | Stmt::Return(_)
            | Stmt::Raise(_)
            | Stmt::Assert(_)
            | Stmt::Delete(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
    )
}

/// Why a text is not safe to parse.
fn refusal(text: &str) -> Option<&'static str> {
    nesting::refusal(text).or_else(|| effort::refusal(text))
}

/// The facts of a text that is known to be safe to parse.
pub(crate) fn extract_unchecked(text: &str, kind: SourceKind) -> FileFacts {
    facts_of(text, &parse_tree(text, kind))
}

fn parse_tree(text: &str, kind: SourceKind) -> Parsed<ModModule> {
    let source_type = match kind {
        SourceKind::Python => PySourceType::Python,
        SourceKind::Stub => PySourceType::Stub,
    };
    parse_unchecked_source(text, source_type)
}

fn facts_of(text: &str, parsed: &Parsed<ModModule>) -> FileFacts {
    let bytes = text.as_bytes();
    let calls =
        ["import_module", "__import__"].iter().any(|name| memmem::find(bytes, name.as_bytes()).is_some());
    let mut extractor = Extractor {
        facts: FileFacts::default(),
        context: Context::empty(),
        guards: Aliases::default(),
        importers: calls.then(Importers::default),
    };
    extractor.visit_body(parsed.suite());

    let mut facts = extractor.facts;
    facts.sort();
    facts.syntax_error = first_error(text, parsed.errors());
    suppression::collect(text, parsed.tokens(), &mut facts);
    facts
}

fn first_error(text: &str, errors: &[ParseError]) -> Option<SyntaxError> {
    let first = errors.iter().min_by_key(|error| error.location.start())?;
    Some(SyntaxError {
        range: clamp(text, first.location),
        message: lower_case_start(&first.error.to_string()),
        more: errors.len() as u32 - 1,
    })
}

/// The lexer may point one past the end, or behind the first byte of a character.
fn clamp(text: &str, range: TextRange) -> TextRange {
    let floor = |offset: TextSize| {
        let mut at = offset.min(text.text_len()).to_usize();
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        TextSize::new(at as u32)
    };
    TextRange::new(floor(range.start()), floor(range.end()))
}

/// A parser's message in our style: no capital at the start unless it is a name, no period at the end.
fn lower_case_start(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut characters = message.chars();
    match (characters.next(), characters.next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(message.chars().skip(1)).collect()
        }
        _ => message.to_owned(),
    }
}

struct Extractor {
    facts: FileFacts,
    context: Context,
    guards: Aliases,
    /// None: no call in this file can import, so expressions are not visited.
    importers: Option<Importers>,
}

impl Extractor {
    fn body_in(&mut self, bits: Context, body: &[Stmt]) {
        let outside = self.context;
        self.context |= bits;
        self.visit_body(body);
        self.context = outside;
    }

    fn intern(&mut self, identifier: &Identifier) -> (NameRef, TextRange) {
        (self.facts.intern(&identifier.id), identifier.range())
    }

    /// Adds an import unless it has no names, as after a syntax error.
    fn push(&mut self, range: TextRange, form: ImportForm, bits: Context, aliases: &[Alias]) {
        let start = self.facts.names.len() as u32;
        for alias in aliases {
            if !is_complete(&alias.name.id) {
                continue;
            }
            let (name, range) = self.intern(&alias.name);
            let asname = alias.asname.as_ref().filter(|asname| !asname.id.is_empty());
            let alias = asname.map(|asname| self.intern(asname));
            self.facts.names.push(ImportedName { name, range, alias });
        }
        let end = self.facts.names.len() as u32;
        if start < end {
            self.facts.imports.push(Import {
                range,
                form,
                context: self.context | bits,
                names: (start, end),
            });
        }
    }

    fn visit_import(&mut self, import: &StmtImport) {
        if let Some(importers) = &mut self.importers {
            for alias in &import.names {
                importers.see_import(&alias.name.id, alias.asname.as_ref().map(|asname| asname.id.as_str()));
            }
        }
        self.push(import.range, ImportForm::Import { level: 0 }, lazy(import.is_lazy), &import.names);
    }

    fn visit_import_from(&mut self, import: &StmtImportFrom) {
        for alias in &import.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name).id.as_str();
            if alias.name.id == "TYPE_CHECKING" {
                self.guards.add(bound);
            }
            if let (Some(importers), Some(module), 0) = (&mut self.importers, &import.module, import.level) {
                importers.see_import_from(&module.id, &alias.name.id, bound);
            }
        }
        let module = match &import.module {
            Some(module) if is_complete(&module.id) => Some(self.intern(module)),
            None if import.level > 0 => None,
            // `from import x`, `from a. import x`: the parser has said it.
            _ => return,
        };
        let form = ImportForm::From { level: import.level, module };
        self.push(import.range, form, lazy(import.is_lazy), &import.names);
    }

    fn visit_if(&mut self, statement: &StmtIf) {
        let outside = self.context;
        // What the earlier tests, all false, say about this branch.
        let mut before = Context::empty();
        let first = (Some(&*statement.test), &statement.body);
        let others = statement.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
        for (index, (test, body)) in std::iter::once(first).chain(others).enumerate() {
            let Some(test) = test else {
                self.body_in(before, body);
                continue;
            };
            self.context = outside | before;
            self.visit_expr(test);
            self.context = outside;

            let Branch { inside, after } = guard::branch(guard::classify(test, &self.guards), index > 0);
            self.body_in(before | inside, body);
            before |= after;
        }
    }

    fn visit_try(&mut self, statement: &StmtTry) {
        let mut bits = Context::TRY_BODY;
        if statement.handlers.iter().any(handles_import_error) {
            bits |= Context::CATCHES_IMPORT_ERROR;
        }
        self.body_in(bits, &statement.body);
        for handler in &statement.handlers {
            let ExceptHandler::ExceptHandler(clause) = handler;
            if let Some(class) = &clause.type_ {
                self.visit_expr(class);
            }
            let fallback =
                if handles_import_error(handler) { Context::EXCEPT_IMPORT_ERROR } else { Context::empty() };
            self.body_in(Context::EXCEPT | fallback, &clause.body);
        }
        self.body_in(Context::TRY_ELSE, &statement.orelse);
        self.body_in(Context::FINALLY, &statement.finalbody);
    }

    fn visit_with(&mut self, statement: &StmtWith) {
        let mut bits = Context::WITH;
        for item in &statement.items {
            self.visit_with_item(item);
            if suppresses_import_error(&item.context_expr) {
                bits |= Context::CATCHES_IMPORT_ERROR;
            }
        }
        self.body_in(bits, &statement.body);
    }

    /// Decorators, defaults, annotations: they run where the `def` stands.
    fn visit_function_head(&mut self, function: &StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        if let Some(type_params) = &function.type_params {
            self.visit_type_params(type_params);
        }
        self.visit_parameters(&function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_annotation(returns);
        }
    }

    fn visit_class_head(&mut self, class: &StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        if let Some(type_params) = &class.type_params {
            self.visit_type_params(type_params);
        }
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
        }
    }
}

impl<'a> Visitor<'a> for Extractor {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => self.visit_import(import),
            Stmt::ImportFrom(import) => self.visit_import_from(import),
            Stmt::If(statement) => self.visit_if(statement),
            Stmt::Try(statement) => self.visit_try(statement),
            Stmt::With(statement) => self.visit_with(statement),
            Stmt::FunctionDef(function) => {
                if self.importers.is_some() {
                    self.visit_function_head(function);
                }
                self.body_in(Context::FUNCTION, &function.body);
            }
            Stmt::ClassDef(class) => {
                if self.importers.is_some() {
                    self.visit_class_head(class);
                }
                self.body_in(Context::CLASS, &class.body);
            }
            Stmt::For(statement) => {
                self.visit_expr(&statement.iter);
                self.visit_expr(&statement.target);
                self.body_in(Context::LOOP, &statement.body);
                self.body_in(Context::LOOP, &statement.orelse);
            }
            Stmt::While(statement) => {
                self.visit_expr(&statement.test);
                self.body_in(Context::LOOP, &statement.body);
                self.body_in(Context::LOOP, &statement.orelse);
            }
            Stmt::Match(statement) => {
                self.visit_expr(&statement.subject);
                let outside = self.context;
                self.context |= Context::MATCH;
                for case in &statement.cases {
                    if let Some(guard) = &case.guard {
                        self.visit_expr(guard);
                    }
                    self.visit_body(&case.body);
                }
                self.context = outside;
            }
            Stmt::Assign(assignment) => {
                for target in &assignment.targets {
                    see_assignment(&mut self.guards, target, &assignment.value);
                }
                self.visit_expr(&assignment.value);
                assignment.targets.iter().for_each(|target| self.visit_expr(target));
            }
            Stmt::AnnAssign(assignment) => {
                if let Some(value) = &assignment.value {
                    see_assignment(&mut self.guards, &assignment.target, value);
                }
                if self.importers.is_some() {
                    visitor::walk_stmt(self, statement);
                }
            }
            _ => {
                if self.importers.is_some() {
                    visitor::walk_stmt(self, statement);
                }
            }
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        let Some(importers) = &self.importers else { return };
        match expression {
            Expr::Call(call) => {
                if let Some(importer) = importers.importer_of(&call.func) {
                    dynamic::read_call(call, importer, self.context, &mut self.facts);
                }
                visitor::walk_expr(self, expression);
            }
            Expr::Lambda(ExprLambda { parameters, body, .. }) => {
                if let Some(parameters) = parameters {
                    self.visit_parameters(parameters);
                }
                let outside = self.context;
                self.context |= Context::FUNCTION;
                self.visit_expr(body);
                self.context = outside;
            }
            _ => visitor::walk_expr(self, expression),
        }
    }
}

/// `TC = TYPE_CHECKING`: from here on `TC` is another name for it.
pub(crate) fn see_assignment(guards: &mut Aliases, target: &Expr, value: &Expr) {
    let Expr::Name(name) = target else { return };
    let guard = match value {
        Expr::Name(_) | Expr::Attribute(_) => {
            matches!(guard::classify(value, guards), Test::Guard { .. })
        }
        _ => false,
    };
    if guard {
        guards.add(&name.id);
    } else {
        guards.remove(&name.id);
    }
}

pub(crate) fn lazy(is_lazy: bool) -> Context {
    if is_lazy { Context::LAZY } else { Context::empty() }
}

/// Not what an error left of a name, such as `a.`, or `a.import` of `from a. import b`.
fn is_complete(name: &str) -> bool {
    name.split('.').all(|segment| !segment.is_empty() && !is_keyword(segment))
}

pub(crate) fn handles_import_error(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(clause) = handler;
    clause.type_.as_deref().is_none_or(names_import_error)
}

/// Whether `except` with this class, or tuple of classes, catches an `ImportError`.
fn names_import_error(class: &Expr) -> bool {
    let name = match class {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.id.as_str(),
        Expr::Tuple(tuple) => return tuple.elts.iter().any(names_import_error),
        _ => return false,
    };
    matches!(name, "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException")
}

pub(crate) fn suppresses_import_error(context: &Expr) -> bool {
    let Expr::Call(call) = context else { return false };
    let name = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.id.as_str(),
        _ => return false,
    };
    name == "suppress" && call.arguments.args.iter().any(names_import_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(source: &str) -> Vec<Context> {
        let facts = parse(source, SourceKind::Python);
        assert_eq!(extract(source, SourceKind::Python), facts, "{source}");
        facts.imports.iter().map(|import| import.context).collect()
    }

    #[track_caller]
    fn check(cases: &[(&str, &[Context])]) {
        for (source, expected) in cases {
            assert_eq!(contexts(source), *expected, "{source}");
        }
    }

    const NONE: Context = Context::empty();

    #[test]
    fn places() {
        let caught = Context::TRY_BODY | Context::CATCHES_IMPORT_ERROR;
        let fallback = Context::EXCEPT | Context::EXCEPT_IMPORT_ERROR;
        check(&[
            ("import a", &[NONE]),
            ("def f():\n class A: import a", &[Context::FUNCTION | Context::CLASS]),
            ("async def f(): import a", &[Context::FUNCTION]),
            ("try: import a\nexcept ImportError: import b", &[caught, fallback]),
            ("try: import a\nexcept (ValueError, ModuleNotFoundError): import b", &[caught, fallback]),
            ("try: import a\nexcept builtins.ImportError as e: import b", &[caught, fallback]),
            ("try: import a\nexcept (x.Exception): import b", &[caught, fallback]),
            ("try: import a\nexcept BaseException: import b", &[caught, fallback]),
            ("try: import a\nexcept: import b", &[caught, fallback]),
            ("try: import a\nexcept* ImportError: import b", &[caught, fallback]),
            (
                "try: import a\nexcept OSError: import b\nexcept ImportError: import c",
                &[caught, Context::EXCEPT, fallback],
            ),
            ("try: import a\nexcept ImportErrors: import b", &[Context::TRY_BODY, Context::EXCEPT]),
            ("try: import a\nfinally: import b", &[Context::TRY_BODY, Context::FINALLY]),
            ("try: pass\nexcept E: pass\nelse: import a", &[Context::TRY_ELSE]),
            (
                "try: pass\nexcept ImportError:\n try: import a\n except E: pass",
                &[fallback | Context::TRY_BODY],
            ),
            ("with x: import a", &[Context::WITH]),
            ("with suppress(ImportError): import a", &[Context::WITH | Context::CATCHES_IMPORT_ERROR]),
            (
                "with x, contextlib.suppress(E, Exception) as y: import a",
                &[Context::WITH | Context::CATCHES_IMPORT_ERROR],
            ),
            ("with suppress(ValueError), ImportError: import a", &[Context::WITH]),
            ("for x in y: import a\nelse: import b", &[Context::LOOP, Context::LOOP]),
            ("while x: import a\nelse: import b", &[Context::LOOP, Context::LOOP]),
            ("match x:\n case y if z: import a", &[Context::MATCH]),
            ("lazy import a", &[Context::LAZY]),
            ("if x: import a\nelif y: import b\nelse: import c", &[Context::IF, Context::IF, Context::IF]),
        ]);
    }

    #[test]
    fn guards() {
        let name = Context::GUARD_NAME;
        let attribute = Context::GUARD_ATTRIBUTE;
        let alias = Context::GUARD_ALIAS;
        let compound = Context::GUARD_COMPOUND;
        let after = Context::ELSE_OF_GUARD;
        let negated = Context::NEGATED_GUARD;
        let negated_else = Context::GUARD_NEGATED_ELSE;
        let constant = Context::GUARD_CONSTANT;
        let or_if = Context::IF;
        check(&[
            ("if TYPE_CHECKING: import a\nelse: import b", &[name, after]),
            ("if (TYPE_CHECKING): import a", &[name]),
            ("if typing.TYPE_CHECKING: import a\nelse: import b", &[attribute, after]),
            ("if a.b.TYPE_CHECKING: import a", &[attribute]),
            (
                "if TYPE_CHECKING: import a\nelif x: import b\nelse: import c",
                &[name, after | or_if, after | or_if],
            ),
            (
                "if x: import a\nelif TYPE_CHECKING: import b\nelse: import c",
                &[or_if, or_if | Context::GUARD_ELIF, or_if | after],
            ),
            (
                "if TYPE_CHECKING: import a\nelif t.TYPE_CHECKING: import b",
                &[name, after | Context::GUARD_ELIF],
            ),
            ("if not TYPE_CHECKING: import a\nelse: import b", &[negated, negated_else]),
            ("if not (t.TYPE_CHECKING): import a\nelif x: import b", &[negated, negated_else | or_if]),
            ("if TYPE_CHECKING and x: import a\nelse: import b", &[compound, or_if]),
            ("if x and typing.TYPE_CHECKING: import a\nelse: import b", &[compound, or_if]),
            ("if x and (y and TYPE_CHECKING): import a", &[compound]),
            ("if TYPE_CHECKING or x: import a\nelse: import b", &[or_if, or_if]),
            ("if TYPE_CHECKING or MYPY: import a\nelse: import b", &[compound, NONE]),
            ("if not not TYPE_CHECKING: import a\nelse: import b", &[compound, NONE]),
            ("if not (TYPE_CHECKING and x): import a\nelse: import b", &[or_if, negated_else]),
            ("if TYPE_CHECKING is True: import a\nelse: import b", &[compound, NONE]),
            ("if TYPE_CHECKING == False: import a\nelse: import b", &[negated, negated_else]),
            ("if TYPE_CHECKING is x: import a", &[or_if]),
            ("if bool(TYPE_CHECKING): import a", &[or_if]),
            ("if x.TYPE_CHECKING(): import a", &[or_if]),
            ("if 'TYPE_CHECKING': import a", &[or_if]),
            ("if TYPE_CHECKING_: import a", &[or_if]),
            ("if False: import a\nelse: import b", &[constant, NONE]),
            ("if 0: import a\nelif x: import b", &[constant, or_if]),
            ("if True: import a\nelse: import b", &[NONE, NONE]),
            ("if 1: import a", &[NONE]),
            ("if 2: import a", &[NONE]),
            ("if not True: import a", &[constant]),
            ("if 0.0: import a", &[or_if]),
            ("while TYPE_CHECKING: import a", &[Context::LOOP]),
            ("import a if TYPE_CHECKING else b", &[NONE]),
            ("if MYPY: import a", &[alias]),
            ("MYPY = False\nif MYPY: import a", &[alias]),
            ("TYPE_CHECKING = False\nif TYPE_CHECKING: import a", &[name]),
            ("from typing import TYPE_CHECKING as TC\nif TC: import a\nelse: import b", &[NONE, alias, NONE]),
            (
                "from x.compat import TYPE_CHECKING as TC\nif not TC: import a\nelse: import b",
                &[NONE, negated, negated_else],
            ),
            ("TC = TYPE_CHECKING\nif TC and x: import a", &[compound]),
            ("TC: bool = typing.TYPE_CHECKING\nif TC: import a", &[alias]),
            ("A = B = TYPE_CHECKING\nC = A\nif C: import a", &[alias]),
            ("if TC: import a\nTC = TYPE_CHECKING", &[or_if]),
            ("TC = TYPE_CHECKING\nTC = 1\nif TC: import a", &[or_if]),
            ("TC = not TYPE_CHECKING\nif TC: import a", &[or_if]),
        ]);
    }

    #[test]
    fn calls() {
        let call = Context::DYNAMIC;
        let deferred = Context::DYNAMIC | Context::FUNCTION;
        let case = Context::DYNAMIC | Context::MATCH;
        check(&[
            (
                "@__import__('a')\ndef f(x: __import__('b') = __import__('c')) -> __import__('d'): __import__('e')",
                &[call, call, call, call, deferred],
            ),
            (
                "@__import__('a').x\nclass A(__import__('b').B, m=__import__('c')): __import__('d')",
                &[call, call, call, call | Context::CLASS],
            ),
            ("f = lambda x=__import__('a'): __import__('b')", &[call, deferred]),
            (
                "if __import__('a'): __import__('b')\nelif __import__('c'): pass",
                &[call, call | Context::IF, call | Context::IF],
            ),
            ("match __import__('a'):\n case x if __import__('b'): __import__('c')", &[call, case, case]),
            ("for x in __import__('a'): __import__('b')", &[call, call | Context::LOOP]),
            ("while __import__('a'): __import__('b')", &[call, call | Context::LOOP]),
            ("with __import__('a') as x: __import__('b')", &[call, call | Context::WITH]),
            ("try: pass\nexcept __import__('a').E: __import__('b')", &[call, call | Context::EXCEPT]),
            ("x: __import__('a') = [__import__('b') for c in d]", &[call, call]),
            (
                "x = y = __import__('a')\nassert __import__('b'), __import__('c')\ndel __import__('d').x",
                &[call, call, call, call],
            ),
        ]);
    }

    fn slice(text: &str, range: TextRange) -> &str {
        &text[std::ops::Range::<usize>::from(range)]
    }

    #[test]
    fn ranges() {
        let text = "x; from ..a . b import (c as d, *)\nf(__import__(name='e'), importlib.import_module('f' r'.g'))\n";
        let facts = extract(text, SourceKind::Python);
        let ranges: Vec<_> = facts.imports.iter().map(|import| slice(text, import.range)).collect();
        assert_eq!(
            ranges,
            ["from ..a . b import (c as d, *)", "__import__(name='e')", "importlib.import_module('f' r'.g')"]
        );
        let names: Vec<_> = facts.names.iter().map(|name| slice(text, name.range)).collect();
        assert_eq!(names, ["c", "*", "e", "'f' r'.g'"]);
        let ImportForm::From { level: 2, module: Some((module, range)) } = facts.imports[0].form else {
            panic!()
        };
        assert_eq!((facts.name(module), slice(text, range)), ("a.b", "a . b"));
        assert_eq!(facts.names[0].alias.map(|(_, range)| slice(text, range)), Some("d"));
    }

    #[test]
    fn one_statement_is_parsed_alone() {
        let text = "def f():\n    from .a import (\n  b as c,  # why\n    )\n    return (((\n";
        let facts = parse(text, SourceKind::Python);
        let Some(Stmt::ImportFrom(import)) = parse_statement(text, facts.imports[0].range) else { panic!() };
        assert_eq!(import.names[0].asname.as_ref().map(Identifier::as_str), Some("c"));
        assert_eq!(
            import.names[0].range() + facts.imports[0].range.start(),
            TextRange::at(32.into(), 6.into())
        );
        assert!(parse_statement(text, TextRange::new(0.into(), 8.into())).is_none());
        assert!(parse_statement(text, TextRange::new(0.into(), 8_000.into())).is_none());
    }

    /// An overflow would end the process.
    #[test]
    fn a_shallow_statement_needs_little_stack() {
        let forms = [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("f(", ")"),
            ("x[", "]"),
            ("not ", ""),
            ("-", ""),
            ("lambda: ", ""),
            ("a if b else ", ""),
            ("*", ""),
            ("", ".a"),
            ("", "()"),
            ("", "+a"),
            ("", "**a"),
            ("f'{", "}'"),
            ("", " = a"),
        ];
        let statement = |(before, after): (&str, &str), count: usize| {
            format!("{}__import__('a'){}", before.repeat(count), after.repeat(count))
        };
        for form in forms {
            let deepest = (1..1_000).take_while(|count| nesting::is_shallow(&statement(form, *count))).last();
            let Some(count) = deepest.filter(|count| *count > 10) else { panic!("{form:?}") };
            let text = statement(form, count);
            let run = move || {
                extract_statement(&text, NONE, &mut Importers::default()).map(|facts| facts.imports.len())
            };
            let thread =
                std::thread::Builder::new().stack_size(nesting::SMALL_STACK_SIZE).spawn(run).unwrap();
            let found = thread.join().unwrap();
            assert!(matches!(found, Ok(1) | Err(Unsure)), "{form:?} {found:?}");
        }
        let deep = statement(forms[0], 1_000);
        assert_eq!(extract_statement(&deep, NONE, &mut Importers::default()), Err(Unsure));
    }

    #[test]
    fn messages_of_the_parser() {
        for (message, expected) in [
            ("Expected an expression.", "expected an expression"),
            ("unindent does not match", "unindent does not match"),
            ("IPython escape commands", "IPython escape commands"),
            ("", ""),
        ] {
            assert_eq!(lower_case_start(message), expected);
        }
        let error = |text: &str| parse(text, SourceKind::Python).syntax_error;
        assert_eq!(error("x = 1\n"), None);
        assert_eq!(error("'é"), error("'é").filter(|error| error.range.end() <= "'é".text_len()));
        assert_eq!(error("x = (\n").map(|error| error.more), Some(0));
    }
}
