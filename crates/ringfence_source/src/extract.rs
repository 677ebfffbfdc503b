//! What the statements of a file import.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, Expr, ExprLambda, Identifier, Pattern, PySourceType, Stmt, StmtClassDef, StmtFunctionDef,
    StmtImport, StmtImportFrom,
};
use ruff_python_parser::parse_unchecked_source;
use ruff_python_stdlib::keyword::is_keyword;
use ruff_text_size::{Ranged, TextRange};

use crate::dynamic::{self, Importers};
use crate::lexical::Unsupported;
use crate::visit::{Enclosing, Sink, visit_lambda, visit_statement};
use crate::{FileFacts, Import, ImportContext, ImportForm, ImportedName, NameRef, parse_cost, parse_depth};

/// What the statements of a file import, also by calls if there are `calls` of importers.
pub(crate) fn imports_in(body: &[Stmt], calls: bool) -> FileFacts {
    let mut extractor = Extractor {
        facts: FileFacts::default(),
        enclosing: Enclosing::default(),
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
    context: ImportContext,
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
        enclosing: Enclosing::new(context),
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
    enclosing: Enclosing,
    /// None: no call in this file can import, so expressions are not visited.
    importers: Option<Importers>,
}

impl Extractor {
    fn intern(&mut self, identifier: &Identifier) -> (NameRef, TextRange) {
        (self.facts.intern(&identifier.id), identifier.range())
    }

    /// Adds an import unless it has no names, as after a syntax error.
    fn push(&mut self, range: TextRange, form: ImportForm, context: ImportContext, aliases: &[Alias]) {
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
            self.facts.imports.push(Import { range, form, context, names: (start, end) });
        }
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

impl Sink for Extractor {
    const LOOP_TARGET: ImportContext = ImportContext::empty();

    fn enclosing(&mut self) -> &mut Enclosing {
        &mut self.enclosing
    }

    fn import(&mut self, import: &StmtImport, context: ImportContext) {
        if let Some(importers) = &mut self.importers {
            for alias in &import.names {
                importers.see_import(&alias.name.id, alias.asname.as_ref().map(|asname| asname.id.as_str()));
            }
        }
        self.push(import.range, ImportForm::Import { level: 0 }, context, &import.names);
    }

    fn import_from(&mut self, import: &StmtImportFrom, context: ImportContext) {
        if let (Some(importers), Some(module), 0) = (&mut self.importers, &import.module, import.level) {
            for alias in &import.names {
                let bound = alias.asname.as_ref().unwrap_or(&alias.name).id.as_str();
                importers.see_import_from(&module.id, &alias.name.id, bound);
            }
        }
        let module = match &import.module {
            Some(module) if is_complete(&module.id) => Some(self.intern(module)),
            None if import.level > 0 => None,
            // `from import x`, `from a. import x`: the parser has said it.
            _ => return,
        };
        self.push(import.range, ImportForm::From { level: import.level, module }, context, &import.names);
    }

    fn function(&mut self, function: &StmtFunctionDef, body: impl FnOnce(&mut Self)) {
        if self.importers.is_some() {
            self.visit_function_head(function);
        }
        body(self);
    }

    fn class(&mut self, class: &StmtClassDef, body: impl FnOnce(&mut Self)) {
        if self.importers.is_some() {
            self.visit_class_head(class);
        }
        body(self);
    }

    fn lambda(&mut self, lambda: &ExprLambda, body: impl FnOnce(&mut Self)) {
        if let Some(parameters) = &lambda.parameters {
            self.visit_parameters(parameters);
        }
        body(self);
    }

    fn simple_statement(&mut self, statement: &Stmt) {
        if self.importers.is_some() {
            visitor::walk_stmt(self, statement);
        }
    }
}

impl<'a> Visitor<'a> for Extractor {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        visit_statement(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        let Some(importers) = &self.importers else { return };
        match expression {
            Expr::Call(call) => {
                if let Some(importer) = importers.importer_of(&call.func) {
                    dynamic::read_call(call, importer, self.enclosing.context, &mut self.facts);
                }
                visitor::walk_expr(self, expression);
            }
            Expr::Lambda(lambda) => visit_lambda(self, lambda),
            _ => visitor::walk_expr(self, expression),
        }
    }

    /// No call stands in one.
    fn visit_pattern(&mut self, _pattern: &'a Pattern) {}
}

/// Not what an error left of a name, such as `a.`, or `a.import` of `from a. import b`.
fn is_complete(name: &str) -> bool {
    name.split('.').all(|segment| !segment.is_empty() && !is_keyword(segment))
}
