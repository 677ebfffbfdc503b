//! The walk over a syntax tree that tells [`Names`] what is bound and used, in the order of evaluation.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, Comprehension, Decorator, Expr, ExprCall, ExprContext, ExprLambda, ExprNamed, ExprStringLiteral,
    ExprSubscript, Identifier, Keyword, Operator, Parameters, Pattern, Stmt, StmtAugAssign, StmtClassDef,
    StmtFunctionDef, StmtImport, StmtImportFrom, StmtTypeAlias, TypeParams,
};
use ruff_python_parser::typing::parse_type_annotation;
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

use crate::bindings::{
    Annotation, Definition, DynamicNames, Exports, How, ModuleFacts, Place, Reference, ScopeKind,
};
use crate::scopes::Names;
use crate::visit::{Enclosing, Sink, visit_lambda, visit_statement};
use crate::{Context, FileFacts, parse_depth};

/// The longest string that is read as a type. Types in strings nest by quoting, so each level is this short.
const LONGEST_TYPE: usize = 4_096;

/// A name of a decorator or a base class with more segments is not read.
const LONGEST_REFERENCE: usize = 16;

/// The names of a file, with the facts of the same tree, whose imports they refer to.
pub(crate) fn names_of(text: &str, suite: &[Stmt], facts: &FileFacts) -> ModuleFacts {
    let mut imported: Vec<(TextSize, u32, u32)> = Vec::with_capacity(facts.names.len());
    for (import, position) in facts.imports.iter().zip(0..) {
        let names = import.name_indices().zip(facts.names_of(import));
        imported.extend(names.map(|(name, it)| (it.range.start(), position, name)));
    }
    imported.sort_unstable();
    let mut walk = Walk {
        text,
        imported,
        names: Names::new(TextRange::up_to(text.text_len())),
        enclosing: Enclosing::default(),
        place: Place::Value,
        strings_are_types: false,
        stored: How::Assignment,
        definition: None,
    };
    walk.visit_body(suite);
    walk.names.facts().body = after_docstring(suite).map(Ranged::start);
    walk.names.finish()
}

struct Walk<'t> {
    text: &'t str,
    /// Start of an imported name, with the indices of its import and of itself in the facts.
    imported: Vec<(TextSize, u32, u32)>,
    names: Names,
    enclosing: Enclosing,
    place: Place,
    /// Whether a string here holds a type.
    strings_are_types: bool,
    /// What a name that is stored to is bound by.
    stored: How,
    /// The function or class whose header or body this is.
    definition: Option<u32>,
}

impl Walk<'_> {
    /// Visits something as another kind of place.
    fn at(&mut self, place: Place, strings_are_types: bool, visit: impl FnOnce(&mut Self)) {
        let outside = (self.place, self.strings_are_types);
        (self.place, self.strings_are_types) = (place, strings_are_types);
        visit(self);
        (self.place, self.strings_are_types) = outside;
    }

    fn annotation(&mut self, annotation: &Expr, place: Place) {
        if place == Place::Annotation {
            let (range, of) = (annotation.range(), self.definition);
            self.names.facts().annotations.push(Annotation { range, of });
        }
        self.at(place, true, |walk| walk.visit_expr(annotation));
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
    fn bind_import(&mut self, alias: &Alias, bound: &str, binds_top_level: bool, context: Context) {
        let start = alias.name.range().start();
        let Ok(position) = self.imported.binary_search_by_key(&start, |(at, ..)| *at) else { return };
        let (_, import, name) = self.imported[position];
        let how = How::Import { import, name, binds_top_level };
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
        let end = body.last().map_or(name.end(), Ranged::end);
        let body = TextRange::new(after_docstring(body).map_or(end, Ranged::start), end);
        let decorators = decorators.iter().map(|it| self.reference(&it.expression)).collect();
        let is_class = bases.is_some();
        let bases = bases.into_iter().flatten().map(|base| self.reference(base)).collect();
        let outside = self.definition;
        let definitions = &mut self.names.facts().definitions;
        let definition =
            Definition { is_class, name: name.range(), body, parent: outside, decorators, bases };
        let position = definitions.len() as u32;
        definitions.push(definition);
        self.definition = Some(position);
        outside
    }

    /// The dotted name that an expression is, calls, or subscribes; nothing for one that is longer than anybody writes.
    fn reference(&mut self, expression: &Expr) -> Option<Reference> {
        let mut segments: Vec<&str> = Vec::new();
        let mut inner = expression;
        while segments.len() < LONGEST_REFERENCE {
            inner = match inner {
                Expr::Call(call) => &call.func,
                Expr::Subscript(subscript) => &subscript.value,
                Expr::Attribute(attribute) => {
                    segments.push(&attribute.attr.id);
                    &attribute.value
                }
                Expr::Name(name) => {
                    segments.push(&name.id);
                    segments.reverse();
                    return Some(Reference {
                        name: self.names.text(&segments.join(".")),
                        first: name.range(),
                    });
                }
                _ => return None,
            };
        }
        None
    }

    fn visit_type_alias(&mut self, alias: &StmtTypeAlias) {
        let Expr::Name(name) = &*alias.name else { return };
        let range = alias.range();
        let identifier = Identifier::new(name.id.clone(), name.range());
        self.with_type_parameters(alias.type_params.as_deref(), &identifier, range, |walk| {
            walk.scope(ScopeKind::TypeParameters, range, Some(&name.id), |walk| {
                walk.at(Place::TypeExpression, true, |walk| walk.visit_expr(&alias.value));
            });
        });
        self.bind(&identifier, How::TypeAlias);
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
        self.scope(ScopeKind::TypeParameters, range, Some(&owner.id), |walk| {
            for parameter in &parameters.type_params {
                walk.bind(parameter.name(), How::TypeParameter);
            }
            for parameter in &parameters.type_params {
                walk.at(Place::TypeExpression, true, |walk| walk.visit_type_param(parameter));
            }
            visit(walk);
        });
    }

    fn visit_defaults(&mut self, parameters: &Parameters) {
        let defaults = parameters.iter_non_variadic_params().filter_map(|it| it.default.as_deref());
        for default in defaults {
            self.at(Place::Default, false, |walk| walk.visit_expr(default));
        }
    }

    fn visit_annotations(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation() {
                self.annotation(annotation, Place::Annotation);
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
        self.scope(kind, range, None, |walk| {
            for (position, generator) in generators.iter().enumerate() {
                if position > 0 {
                    walk.visit_expr(&generator.iter);
                }
                walk.store(How::For, &generator.target);
                for condition in &generator.ifs {
                    walk.visit_expr(condition);
                }
            }
            for element in elements.into_iter().flatten() {
                walk.visit_expr(element);
            }
        });
    }

    fn visit_augmented(&mut self, assignment: &StmtAugAssign) {
        if let Expr::Name(name) = &*assignment.target {
            self.names.read(&name.id, name.range(), &[], self.enclosing.context, self.place);
        }
        self.visit_expr(&assignment.value);
        self.store(How::Augmented, &assignment.target);
        self.see_exports(&assignment.target, Some(&assignment.value), false);
    }

    /// `__all__ = [...]`, `__all__ += [...]`, at the top level.
    fn see_exports(&mut self, target: &Expr, value: Option<&Expr>, replaces: bool) {
        let Expr::Name(name) = target else { return };
        if name.id == "__all__" && self.names.kind() == ScopeKind::Module {
            self.read_exports(target.range(), value, replaces);
        }
    }

    fn visit_subscript(&mut self, subscript: &ExprSubscript) {
        self.visit_expr(&subscript.value);
        if is_loaded_modules(&subscript.value) {
            self.names.facts().dynamic.push((DynamicNames::LoadedModules, subscript.range()));
        }
        let is_typing = last_name(&subscript.value).is_some_and(takes_types) || self.place == Place::Base;
        let mut types = self.strings_are_types || is_typing;
        match last_name(&subscript.value) {
            Some("Literal") => types = false,
            Some("Annotated") if let Expr::Tuple(tuple) = &*subscript.slice => {
                for (position, element) in tuple.elts.iter().enumerate() {
                    self.at(self.place, types && position == 0, |walk| walk.visit_expr(element));
                }
                return;
            }
            _ => {}
        }
        self.at(self.place, types, |walk| walk.visit_expr(&subscript.slice));
    }

    fn visit_call(&mut self, call: &ExprCall) {
        self.visit_expr(&call.func);
        self.see_dynamic_call(call);
        self.see_exports_call(call);
        self.see_foreign_key(call);
        let typed: fn(usize) -> bool = match last_name(&call.func) {
            Some("cast") => |position| position == 0,
            Some("TypeVar" | "NewType") => |position| position > 0,
            _ => |_| false,
        };
        let is_type_variable = last_name(&call.func) == Some("TypeVar");
        for (position, argument) in call.arguments.args.iter().enumerate() {
            self.at(self.place, typed(position), |walk| walk.visit_expr(argument));
        }
        for keyword in &call.arguments.keywords {
            let bound = |name: &Identifier| matches!(name.id.as_str(), "bound" | "default");
            let types = is_type_variable && keyword.arg.as_ref().is_some_and(bound);
            self.at(self.place, types, |walk| walk.visit_expr(&keyword.value));
        }
    }

    fn see_foreign_key(&mut self, call: &ExprCall) {
        if last_name(&call.func) != Some("ForeignKey") {
            return;
        }
        if let Some(Expr::StringLiteral(literal)) = call.arguments.find_argument_value("to", 0) {
            let name = self.names.text(literal.value.to_str());
            self.names.facts().foreign_keys.push((name, contents(literal)));
        }
    }

    fn see_dynamic_call(&mut self, call: &ExprCall) {
        let Expr::Name(function) = &*call.func else { return };
        let bare = call.arguments.is_empty();
        let names = match function.id.as_str() {
            "globals" => DynamicNames::Namespace,
            "vars" | "locals" if bare => DynamicNames::Namespace,
            "exec" | "eval" => DynamicNames::Code,
            _ => return,
        };
        self.names.facts().dynamic.push((names, call.range()));
    }

    /// `__all__.extend([...])`, `__all__.append("x")`; after any other method nobody knows.
    fn see_exports_call(&mut self, call: &ExprCall) {
        let Expr::Attribute(method) = &*call.func else { return };
        if !matches!(&*method.value, Expr::Name(name) if name.id == "__all__")
            || self.names.kind() != ScopeKind::Module
        {
            return;
        }
        let argument = match &*call.arguments.args {
            [argument] => Some(argument),
            _ => None,
        };
        match method.attr.id.as_str() {
            "extend" => self.read_exports(call.range(), argument, false),
            "append" => match argument {
                Some(Expr::StringLiteral(literal)) => self.export(literal),
                _ => self.read_exports(call.range(), None, false),
            },
            "index" | "count" | "copy" | "sort" | "reverse" => {}
            _ => self.read_exports(call.range(), None, false),
        }
    }

    /// Adds the names that an expression lists. `at`: what to point at where it is no such list.
    fn read_exports(&mut self, at: TextRange, value: Option<&Expr>, replaces: bool) {
        let exports = &mut self.names.facts().exports;
        if replaces || *exports == Exports::Absent {
            *exports = Exports::Listed(Vec::new());
        }
        if !value.is_some_and(|value| self.read_list(value)) {
            let at = value.map_or(at, Ranged::range);
            self.names.facts().exports = Exports::Computed(at);
        }
    }

    /// Whether everything that the expression lists is a string; what is one is exported all the same.
    fn read_list(&mut self, value: &Expr) -> bool {
        let elements = match value {
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::Set(set) => &set.elts,
            Expr::BinOp(sum) => {
                let left = self.read_list(&sum.left);
                return self.read_list(&sum.right) && left && sum.op == Operator::Add;
            }
            _ => return false,
        };
        let mut complete = true;
        for element in elements {
            match element {
                Expr::StringLiteral(literal) => self.export(literal),
                _ => complete = false,
            }
        }
        complete
    }

    fn export(&mut self, literal: &ExprStringLiteral) {
        let name = literal.value.to_str();
        let range = contents(literal);
        self.names.read(name, range, &[], self.enclosing.context, Place::Exported);
        let text = self.names.text(name);
        let exports = &mut self.names.facts().exports;
        match exports {
            Exports::Listed(names) => names.push((text, range)),
            Exports::Absent => *exports = Exports::Listed(vec![(text, range)]),
            Exports::Computed(_) => {}
        }
    }

    fn visit_string(&mut self, literal: &ExprStringLiteral) {
        let value = literal.value.to_str();
        if self.strings_are_types {
            self.visit_quoted_type(literal);
        }
        if is_dotted(value) {
            let name = self.names.text(value);
            self.names.facts().dotted_strings.push((name, contents(literal)));
        }
    }

    fn visit_quoted_type(&mut self, literal: &ExprStringLiteral) {
        let value = literal.value.to_str();
        if value.len() > LONGEST_TYPE || parse_depth::refusal(value).is_some() {
            return;
        }
        if let Ok(parsed) = parse_type_annotation(literal, self.text) {
            self.at(Place::Quoted, true, |walk| walk.visit_expr(parsed.expression()));
        }
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
        self.store(How::Walrus, &walrus.target);
    }
}

impl Sink for Walk<'_> {
    const LOOP_TARGET: Context = Context::LOOP;

    fn enclosing(&mut self) -> &mut Enclosing {
        &mut self.enclosing
    }

    fn import(&mut self, import: &StmtImport, context: Context) {
        for alias in &import.names {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name).id.as_str();
            let bound = if alias.asname.is_some() { bound } else { first_segment(bound) };
            self.bind_import(alias, bound, alias.asname.is_none(), context);
        }
    }

    fn import_from(&mut self, import: &StmtImportFrom, context: Context) {
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
            self.at(Place::Decorator, false, |walk| walk.visit_expr(&decorator.expression));
        }
        self.visit_defaults(&function.parameters);
        let range = function.range();
        self.with_type_parameters(function.type_params.as_deref(), &function.name, range, |walk| {
            walk.visit_annotations(&function.parameters);
            if let Some(returns) = &function.returns {
                walk.annotation(returns, Place::Annotation);
            }
            let name = Some(function.name.id.as_str());
            walk.scope(ScopeKind::Function, range, name, |walk| walk.at(Place::Value, false, body));
        });
        self.definition = outside;
        self.bind(&function.name, How::Function);
    }

    fn class(&mut self, class: &StmtClassDef, body: impl FnOnce(&mut Self)) {
        let metaclass = |keyword: &&Keyword| keyword.arg.as_ref().is_none_or(|name| name.id == "metaclass");
        let metaclasses = class.keywords().iter().filter(metaclass).map(|keyword| &keyword.value);
        let bases = class.bases().iter().chain(metaclasses).collect();
        let outside = self.open_definition(&class.name, &class.body, &class.decorator_list, Some(bases));
        for decorator in &class.decorator_list {
            self.at(Place::Decorator, false, |walk| walk.visit_expr(&decorator.expression));
        }
        let range = class.range();
        self.with_type_parameters(class.type_params.as_deref(), &class.name, range, |walk| {
            if let Some(arguments) = &class.arguments {
                walk.at(Place::Base, false, |walk| walk.visit_arguments(arguments));
            }
            let name = Some(class.name.id.as_str());
            walk.scope(ScopeKind::Class, range, name, |walk| walk.at(Place::Value, false, body));
        });
        self.definition = outside;
        self.bind(&class.name, How::Class);
    }

    fn lambda(&mut self, lambda: &ExprLambda, body: impl FnOnce(&mut Self)) {
        if let Some(parameters) = &lambda.parameters {
            self.visit_defaults(parameters);
        }
        self.scope(ScopeKind::Lambda, lambda.range(), None, body);
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            self.bind(parameter.name(), How::Parameter);
        }
    }

    fn block(&mut self, repeats: bool, visit: impl FnOnce(&mut Self)) {
        let outside = self.names.open_block(repeats);
        visit(self);
        self.names.close_block(outside);
    }

    fn bind(&mut self, name: &Identifier, how: How) {
        if !name.id.is_empty() {
            self.names.bind(&name.id, name.range(), how, self.enclosing.context);
        }
    }

    fn store(&mut self, how: How, target: &Expr) {
        let outside = std::mem::replace(&mut self.stored, how);
        self.visit_expr(target);
        self.stored = outside;
    }

    fn assigned(&mut self, target: &Expr, value: &Expr) {
        self.see_exports(target, Some(value), true);
    }

    fn variable_annotation(&mut self, annotation: &Expr) {
        let place = if self.names.in_function_scope() { Place::LocalAnnotation } else { Place::Annotation };
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

impl<'a> Visitor<'a> for Walk<'_> {
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
                    self.names.bind(&name.id, name.range(), How::Deletion, self.enclosing.context);
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
            self.bind(name, How::Pattern);
        }
    }
}

/// The first statement that is no docstring.
fn after_docstring(body: &[Stmt]) -> Option<&Stmt> {
    let is_docstring =
        |statement: &Stmt| matches!(statement, Stmt::Expr(it) if it.value.is_string_literal_expr());
    body.get(usize::from(body.first().is_some_and(is_docstring)))
}

fn first_segment(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// `Optional` of `typing.Optional` and of `Optional`.
fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr.id),
        _ => None,
    }
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
            | "Annotated"
            | "Awaitable"
            | "Coroutine"
            | "AsyncIterator"
            | "Generator"
            | "ClassVar"
            | "Final"
            | "TypeGuard"
    )
}

/// `sys.modules`
fn is_loaded_modules(expression: &Expr) -> bool {
    matches!(expression, Expr::Attribute(attribute) if attribute.attr.id == "modules"
        && matches!(&*attribute.value, Expr::Name(name) if name.id == "sys"))
}

/// The inside of the quotes; the whole expression where it is pieced together.
fn contents(literal: &ExprStringLiteral) -> TextRange {
    match literal.value.as_slice() {
        [single] => single.content_range(),
        _ => literal.range(),
    }
}

/// Two or more identifiers with dots between them.
fn is_dotted(text: &str) -> bool {
    text.contains('.')
        && text.len() < 256
        && text.split('.').all(|segment| {
            let mut characters = segment.chars();
            characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && characters.all(|character| character.is_alphanumeric() || character == '_')
        })
}
