//! The walk over the statements of a file that collects its facts.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, ExceptHandler, Expr, ExprLambda, Identifier, PySourceType, Stmt, StmtClassDef, StmtFunctionDef,
    StmtIf, StmtImport, StmtImportFrom, StmtTry, StmtWith,
};
use ruff_python_parser::parse_unchecked_source;
use ruff_python_stdlib::keyword::is_keyword;
use ruff_text_size::{Ranged, TextRange};

use crate::dynamic::{self, Importers};
use crate::guard::{self, Aliases, Branch};
use crate::lexical::Unsupported;
use crate::syntax::{handles_import_error, lazy, see_assignment, suppresses_import_error};
use crate::{Context, FileFacts, Import, ImportForm, ImportedName, NameRef, parse_cost, parse_depth};

/// What the statements of a file import, also by calls if there are `calls` of importers.
pub(crate) fn imports_in(body: &[Stmt], calls: bool) -> FileFacts {
    let mut extractor = Extractor {
        facts: FileFacts::default(),
        context: Context::empty(),
        guards: Aliases::default(),
        importers: calls.then(Importers::default),
    };
    extractor.visit_body(body);
    let mut facts = extractor.facts;
    facts.sort();
    facts
}

/// What one simple statement imports by calls, as it stands in this context; offsets count from its start. Safe on a
/// thread with [`parse_depth::SMALL_STACK_SIZE`].
pub(crate) fn extract_statement(
    statement: &str,
    context: Context,
    importers: &mut Importers,
) -> Result<FileFacts, Unsupported> {
    if !parse_depth::is_shallow(statement) || parse_cost::refusal(statement).is_some() {
        return Err(Unsupported);
    }
    let parsed = parse_unchecked_source(statement, PySourceType::Python);
    let [statement] = parsed.suite().as_slice() else { return Err(Unsupported) };
    if !parsed.has_valid_syntax() || !is_plain(statement) {
        return Err(Unsupported);
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

/// Not what an error left of a name, such as `a.`, or `a.import` of `from a. import b`.
fn is_complete(name: &str) -> bool {
    name.split('.').all(|segment| !segment.is_empty() && !is_keyword(segment))
}
