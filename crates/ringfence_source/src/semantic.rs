//! The visitor of a syntax tree that tells [`SemanticBuilder`] what is bound and used, in the order of evaluation.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, Comprehension, Decorator, Expr, ExprCall, ExprContext, ExprLambda, ExprNamed, ExprStringLiteral,
    ExprSubscript, Identifier, Keyword, Parameters, Pattern, Stmt, StmtAugAssign, StmtClassDef,
    StmtFunctionDef, StmtImport, StmtImportFrom, StmtTypeAlias, TypeParams,
};
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

use crate::bindings::{Annotation, BindingKind, ModuleFacts, ReferenceContext, ScopeKind};
use crate::definitions::{after_docstring, definition};
use crate::quoted_types::{self, InBrackets};
use crate::scopes::SemanticBuilder;
use crate::visit::{Enclosing, Sink, visit_lambda, visit_statement};
use crate::{FileFacts, ImportContext, exports, hidden_names};

/// The names of a file, with the facts of the same tree, whose imports they refer to.
pub(crate) fn names_of(text: &str, suite: &[Stmt], facts: &FileFacts) -> ModuleFacts {
    let mut imported: Vec<(TextSize, u32, u32)> = Vec::with_capacity(facts.names.len());
    for (import, position) in facts.imports.iter().zip(0..) {
        let names = import.name_indices().zip(facts.names_of(import));
        imported.extend(names.map(|(name, it)| (it.range.start(), position, name)));
    }
    imported.sort_unstable();
    let mut visitor = SemanticVisitor {
        text,
        imported,
        names: SemanticBuilder::new(TextRange::up_to(text.text_len())),
        enclosing: Enclosing::default(),
        place: ReferenceContext::Value,
        strings_are_types: false,
        stored: BindingKind::Assignment,
        definition: None,
    };
    visitor.visit_body(suite);
    visitor.names.facts().body = after_docstring(suite).map(Ranged::start);
    visitor.names.finish()
}

struct SemanticVisitor<'t> {
    text: &'t str,
    /// Start of an imported name, with the indices of its import and of itself in the facts.
    imported: Vec<(TextSize, u32, u32)>,
    names: SemanticBuilder,
    enclosing: Enclosing,
    place: ReferenceContext,
    /// Whether a string here holds a type.
    strings_are_types: bool,
    /// What a name that is stored to is bound by.
    stored: BindingKind,
    /// The function or class whose header or body this is.
    definition: Option<u32>,
}

impl SemanticVisitor<'_> {
    /// Visits something as another kind of place.
    fn at(&mut self, place: ReferenceContext, strings_are_types: bool, visit: impl FnOnce(&mut Self)) {
        let outside = (self.place, self.strings_are_types);
        (self.place, self.strings_are_types) = (place, strings_are_types);
        visit(self);
        (self.place, self.strings_are_types) = outside;
    }

    fn annotation(&mut self, annotation: &Expr, place: ReferenceContext) {
        if place == ReferenceContext::Annotation {
            let (range, of) = (annotation.range(), self.definition);
            self.names.facts().annotations.push(Annotation { range, of });
        }
        self.at(place, true, |visitor| visitor.visit_expr(annotation));
    }

    /// Visits what makes a scope of its own.
    fn scope(
        &mut self,
        kind: ScopeKind,
        range: TextRange,
        name: Option<&str>,
        visit: impl FnOnce(&mut Self),
    ) {
        let outside = self.names.enter(kind, range, name);
        visit(self);
        self.names.leave(outside);
    }

    /// Nothing for a name that an error left incomplete: the facts have no import for it.
    fn bind_import(&mut self, alias: &Alias, bound: &str, binds_top_level: bool, context: ImportContext) {
        let start = alias.name.range().start();
        let Ok(position) = self.imported.binary_search_by_key(&start, |(at, ..)| *at) else { return };
        let (_, import, name) = self.imported[position];
        let how = BindingKind::Import { import, name, binds_top_level };
        self.names.bind(bound, alias.name.range(), how, context);
    }

    /// Notes a function or class, and returns the one around it.
    fn open_definition(
        &mut self,
        name: &Identifier,
        body: &[Stmt],
        decorators: &[Decorator],
        bases: Option<Vec<&Expr>>,
    ) -> Option<u32> {
        let definition = definition(&mut self.names, self.definition, name, body, decorators, bases);
        let definitions = &mut self.names.facts().definitions;
        let position = definitions.len() as u32;
        definitions.push(definition);
        self.definition.replace(position)
    }

    fn visit_type_alias(&mut self, alias: &StmtTypeAlias) {
        let Expr::Name(name) = &*alias.name else { return };
        let range = alias.range();
        let identifier = Identifier::new(name.id.clone(), name.range());
        self.with_type_parameters(alias.type_params.as_deref(), &identifier, range, |visitor| {
            visitor.scope(ScopeKind::TypeParameters, range, Some(&name.id), |visitor| {
                visitor
                    .at(ReferenceContext::TypeExpression, true, |visitor| visitor.visit_expr(&alias.value));
            });
        });
        self.bind(&identifier, BindingKind::TypeAlias);
    }

    /// Visits something in the scope of its type parameters, if it has any.
    fn with_type_parameters(
        &mut self,
        parameters: Option<&TypeParams>,
        owner: &Identifier,
        range: TextRange,
        visit: impl FnOnce(&mut Self),
    ) {
        let Some(parameters) = parameters else { return visit(self) };
        self.scope(ScopeKind::TypeParameters, range, Some(&owner.id), |visitor| {
            for parameter in &parameters.type_params {
                visitor.bind(parameter.name(), BindingKind::TypeParameter);
            }
            for parameter in &parameters.type_params {
                visitor.at(ReferenceContext::TypeExpression, true, |visitor| {
                    visitor.visit_type_param(parameter);
                });
            }
            visit(visitor);
        });
    }

    fn visit_defaults(&mut self, parameters: &Parameters) {
        let defaults = parameters.iter_non_variadic_params().filter_map(|it| it.default.as_deref());
        for default in defaults {
            self.at(ReferenceContext::Default, false, |visitor| visitor.visit_expr(default));
        }
    }

    fn visit_annotations(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation() {
                self.annotation(annotation, ReferenceContext::Annotation);
            }
        }
    }

    /// The first iterable is evaluated outside, everything else in the scope of the comprehension.
    fn visit_comprehension_scope(
        &mut self,
        kind: ScopeKind,
        range: TextRange,
        generators: &[Comprehension],
        elements: [Option<&Expr>; 2],
    ) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.scope(kind, range, None, |visitor| {
            for (position, generator) in generators.iter().enumerate() {
                if position > 0 {
                    visitor.visit_expr(&generator.iter);
                }
                visitor.store(BindingKind::For, &generator.target);
                for condition in &generator.ifs {
                    visitor.visit_expr(condition);
                }
            }
            for element in elements.into_iter().flatten() {
                visitor.visit_expr(element);
            }
        });
    }

    fn visit_augmented(&mut self, assignment: &StmtAugAssign) {
        if let Expr::Name(name) = &*assignment.target {
            self.names.read(&name.id, name.range(), &[], self.enclosing.context, self.place);
        }
        self.visit_expr(&assignment.value);
        self.store(BindingKind::Augmented, &assignment.target);
        let (target, value) = (&assignment.target, &assignment.value);
        exports::see_assignment(&mut self.names, self.enclosing.context, target, value, false);
    }

    fn visit_subscript(&mut self, subscript: &ExprSubscript) {
        self.visit_expr(&subscript.value);
        hidden_names::see_subscript(&mut self.names, subscript);
        let types = match quoted_types::in_brackets_of(&subscript.value) {
            InBrackets::Unknown => self.strings_are_types || self.place == ReferenceContext::Base,
            InBrackets::NoTypes => false,
            InBrackets::FirstIsType if let Expr::Tuple(tuple) = &*subscript.slice => {
                for (position, element) in tuple.elts.iter().enumerate() {
                    self.at(self.place, position == 0, |visitor| visitor.visit_expr(element));
                }
                return;
            }
            InBrackets::Types | InBrackets::FirstIsType => true,
        };
        self.at(self.place, types, |visitor| visitor.visit_expr(&subscript.slice));
    }

    fn visit_call(&mut self, call: &ExprCall) {
        self.visit_expr(&call.func);
        hidden_names::see_call(&mut self.names, call);
        exports::see_call(&mut self.names, self.enclosing.context, call);
        for (position, argument) in call.arguments.args.iter().enumerate() {
            let types = quoted_types::is_type_at(&call.func, position);
            self.at(self.place, types, |visitor| visitor.visit_expr(argument));
        }
        for keyword in &call.arguments.keywords {
            let types = quoted_types::is_type_keyword(&call.func, keyword);
            self.at(self.place, types, |visitor| visitor.visit_expr(&keyword.value));
        }
    }

    fn visit_string(&mut self, literal: &ExprStringLiteral) {
        if self.strings_are_types
            && let Some(parsed) = quoted_types::parse(literal, self.text)
        {
            self.at(ReferenceContext::Quoted, true, |visitor| visitor.visit_expr(parsed.expression()));
        }
        hidden_names::see_string(&mut self.names, literal);
    }

    /// A name, or attributes reached through one. False: it starts with another expression.
    fn visit_chain(&mut self, expression: &Expr) -> bool {
        let mut chain = Vec::new();
        let mut inner = expression;
        while let Expr::Attribute(attribute) = inner {
            chain.push((attribute.attr.id.as_str(), attribute.attr.range()));
            inner = &attribute.value;
        }
        let Expr::Name(name) = inner else {
            self.visit_expr(inner);
            return false;
        };
        chain.reverse();
        // The parser leaves an empty name where an error is.
        if let Some(end) = chain.iter().position(|(name, _)| name.is_empty()) {
            chain.truncate(end);
        }
        if !name.id.is_empty() {
            self.names.read(&name.id, name.range(), &chain, self.enclosing.context, self.place);
        }
        true
    }

    fn visit_walrus(&mut self, walrus: &ExprNamed) {
        self.visit_expr(&walrus.value);
        self.store(BindingKind::Walrus, &walrus.target);
    }
}

impl Sink for SemanticVisitor<'_> {
    const LOOP_TARGET: ImportContext = ImportContext::LOOP;

    fn enclosing(&mut self) -> &mut Enclosing {
        &mut self.enclosing
    }

    fn import(&mut self, import: &StmtImport, context: ImportContext) {
        for alias in &import.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name).id.as_str();
            let bound = if alias.asname.is_some() { bound } else { first_segment(bound) };
            self.bind_import(alias, bound, alias.asname.is_none(), context);
        }
    }

    fn import_from(&mut self, import: &StmtImportFrom, context: ImportContext) {
        let is_future = import.module.as_ref().is_some_and(|module| module.id == "__future__");
        for alias in &import.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name).id.as_str();
            if is_future && alias.name.id == "annotations" {
                self.names.facts().future_annotations = true;
            }
            if alias.name.id != "*" {
                self.bind_import(alias, bound, false, context);
            }
        }
    }

    fn function(&mut self, function: &StmtFunctionDef, body: impl FnOnce(&mut Self)) {
        let outside = self.open_definition(&function.name, &function.body, &function.decorator_list, None);
        for decorator in &function.decorator_list {
            self.at(ReferenceContext::Decorator, false, |visitor| visitor.visit_expr(&decorator.expression));
        }
        self.visit_defaults(&function.parameters);
        let range = function.range();
        self.with_type_parameters(function.type_params.as_deref(), &function.name, range, |visitor| {
            visitor.visit_annotations(&function.parameters);
            if let Some(returns) = &function.returns {
                visitor.annotation(returns, ReferenceContext::Annotation);
            }
            let name = Some(function.name.id.as_str());
            visitor.scope(ScopeKind::Function, range, name, |visitor| {
                visitor.at(ReferenceContext::Value, false, body);
            });
        });
        self.definition = outside;
        self.bind(&function.name, BindingKind::Function);
    }

    fn class(&mut self, class: &StmtClassDef, body: impl FnOnce(&mut Self)) {
        let metaclass = |keyword: &&Keyword| keyword.arg.as_ref().is_none_or(|name| name.id == "metaclass");
        let metaclasses = class.keywords().iter().filter(metaclass).map(|keyword| &keyword.value);
        let bases = class.bases().iter().chain(metaclasses).collect();
        let outside = self.open_definition(&class.name, &class.body, &class.decorator_list, Some(bases));
        for decorator in &class.decorator_list {
            self.at(ReferenceContext::Decorator, false, |visitor| visitor.visit_expr(&decorator.expression));
        }
        let range = class.range();
        self.with_type_parameters(class.type_params.as_deref(), &class.name, range, |visitor| {
            if let Some(arguments) = &class.arguments {
                visitor.at(ReferenceContext::Base, false, |visitor| visitor.visit_arguments(arguments));
            }
            let name = Some(class.name.id.as_str());
            visitor.scope(ScopeKind::Class, range, name, |visitor| {
                visitor.at(ReferenceContext::Value, false, body);
            });
        });
        self.definition = outside;
        self.bind(&class.name, BindingKind::Class);
    }

    fn lambda(&mut self, lambda: &ExprLambda, body: impl FnOnce(&mut Self)) {
        if let Some(parameters) = &lambda.parameters {
            self.visit_defaults(parameters);
        }
        self.scope(ScopeKind::Lambda, lambda.range(), None, body);
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            self.bind(parameter.name(), BindingKind::Parameter);
        }
    }

    fn block(&mut self, repeats: bool, visit: impl FnOnce(&mut Self)) {
        let outside = self.names.open_block(repeats);
        visit(self);
        self.names.close_block(outside);
    }

    fn bind(&mut self, name: &Identifier, how: BindingKind) {
        if !name.id.is_empty() {
            self.names.bind(&name.id, name.range(), how, self.enclosing.context);
        }
    }

    fn store(&mut self, how: BindingKind, target: &Expr) {
        let outside = std::mem::replace(&mut self.stored, how);
        self.visit_expr(target);
        self.stored = outside;
    }

    fn assigned(&mut self, target: &Expr, value: &Expr) {
        exports::see_assignment(&mut self.names, self.enclosing.context, target, value, true);
    }

    fn variable_annotation(&mut self, annotation: &Expr) {
        let place = if self.names.in_function_scope() {
            ReferenceContext::LocalAnnotation
        } else {
            ReferenceContext::Annotation
        };
        self.annotation(annotation, place);
    }

    fn simple_statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::TypeAlias(alias) => self.visit_type_alias(alias),
            Stmt::AugAssign(assignment) => self.visit_augmented(assignment),
            Stmt::Global(global) => {
                global.names.iter().for_each(|name| self.names.declare_global(&name.id));
            }
            Stmt::Nonlocal(nonlocal) => {
                nonlocal.names.iter().for_each(|name| self.names.declare_nonlocal(&name.id));
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }
}

impl<'a> Visitor<'a> for SemanticVisitor<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        visit_statement(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load | ExprContext::Invalid => _ = self.visit_chain(expression),
                ExprContext::Store if !name.id.is_empty() => {
                    self.names.bind(&name.id, name.range(), self.stored, self.enclosing.context);
                }
                ExprContext::Del if !name.id.is_empty() => {
                    self.names.bind(&name.id, name.range(), BindingKind::Deletion, self.enclosing.context);
                }
                ExprContext::Store | ExprContext::Del => {}
            },
            Expr::Attribute(_) => _ = self.visit_chain(expression),
            Expr::Call(call) => self.visit_call(call),
            Expr::Subscript(subscript) => self.visit_subscript(subscript),
            Expr::StringLiteral(literal) => self.visit_string(literal),
            Expr::Named(walrus) => self.visit_walrus(walrus),
            Expr::Lambda(lambda) => visit_lambda(self, lambda),
            Expr::ListComp(it) => self.visit_comprehension_scope(
                ScopeKind::Comprehension,
                it.range,
                &it.generators,
                [Some(&it.elt), None],
            ),
            Expr::SetComp(it) => self.visit_comprehension_scope(
                ScopeKind::Comprehension,
                it.range,
                &it.generators,
                [Some(&it.elt), None],
            ),
            Expr::DictComp(it) => self.visit_comprehension_scope(
                ScopeKind::Comprehension,
                it.range,
                &it.generators,
                [it.key.as_deref(), Some(&it.value)],
            ),
            Expr::Generator(it) => self.visit_comprehension_scope(
                ScopeKind::Generator,
                it.range,
                &it.generators,
                [Some(&it.elt), None],
            ),
            _ => visitor::walk_expr(self, expression),
        }
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            Pattern::MatchStar(star) => star.name.as_ref(),
            Pattern::MatchAs(capture) => capture.name.as_ref(),
            _ => None,
        };
        visitor::walk_pattern(self, pattern);
        if let Some(name) = name {
            self.bind(name, BindingKind::Pattern);
        }
    }
}

fn first_segment(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
