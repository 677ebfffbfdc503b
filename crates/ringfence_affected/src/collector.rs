//! Visits a statement at the top level, and notes what it binds, mentions and runs.

use ruff_python_ast::name::Name;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Decorator, Expr, ExprAttribute, ExprCall, ExprContext, Parameters, Stmt, StmtClassDef, StmtFunctionDef,
    StmtIf,
};
use rustc_hash::FxHashSet;

use crate::hashing::{is_harmless, without_docstring};
use crate::outline::{
    Dotted, Flags, Kind, Mention, Statement, When, import_from_uses, import_uses, is_typing_only,
};

/// Longer strings name nothing.
const LONGEST_WORD: usize = 200;

/// Functions that read or write names that no statement shows.
const NAMESPACE_FUNCTIONS: [&str; 5] = ["globals", "locals", "vars", "exec", "eval"];

/// Functions that import what they are told. With a literal that is an edge of the graph, or a string that names something.
const NAMED_IMPORTS: [&str; 7] = [
    "import_module",
    "__import__",
    "import_string",
    "import_object",
    "import_from_string",
    "locate",
    "resolve_name",
];

/// Functions that import what they find.
const FINDING_IMPORTS: [&str; 10] = [
    "iter_modules",
    "walk_packages",
    "find_modules",
    "run_module",
    "run_path",
    "spec_from_file_location",
    "exec_module",
    "load_module",
    "entry_points",
    "iter_entry_points",
];

pub(crate) struct Collector<'s> {
    statement: &'s mut Statement,
    seen: FxHashSet<Mention>,
    when: When,
    /// How many functions and classes are around.
    depth: u32,
    /// Whether an operation is part of an annotation or a base, which seldom fails.
    is_calm: bool,
    future_annotations: bool,
    /// Whether a function runs it.
    in_function: bool,
}

impl<'s> Collector<'s> {
    /// Notes what is to be known of a statement.
    pub(crate) fn fill(statement: &'s mut Statement, tree: &Stmt, future_annotations: bool) {
        let when = if statement.kind == Kind::Main { When::Later } else { When::Named };
        let is_typing = statement.kind == Kind::Typing;
        let mut collector = Collector {
            when: if is_typing { When::Later } else { when },
            statement,
            seen: FxHashSet::default(),
            depth: 0,
            is_calm: false,
            future_annotations,
            in_function: false,
        };
        if is_typing {
            collector.bind_below_typing(tree);
        } else {
            collector.visit_stmt(tree);
        }
        let Collector { statement, seen, .. } = collector;
        statement.mentions = seen.into_iter().collect();
        statement.mentions.sort_unstable();
        for list in [&mut statement.binds, &mut statement.parameters, &mut statement.words] {
            list.sort_unstable();
            list.dedup();
        }
    }

    /// Of what never runs, only which names it would bind is of interest: to whoever looks for a change.
    fn bind_below_typing(&mut self, tree: &Stmt) {
        let Stmt::If(StmtIf { body, .. }) = tree else { return };
        for statement in body {
            match statement {
                Stmt::Import(import) => {
                    self.statement.binds.extend(import_uses(import, false).map(|it| it.binds));
                }
                Stmt::ImportFrom(import) => {
                    self.statement.binds.extend(import_from_uses(import, false).map(|it| it.binds));
                }
                _ => {}
            }
        }
    }

    fn mention(&mut self, root: &Name, attributes: Vec<Name>, when: When) {
        self.seen.insert(Mention { what: Dotted { root: root.clone(), attributes }, when });
    }

    fn bind(&mut self, name: &Name) {
        if self.depth == 0 && self.when != When::Later {
            self.statement.binds.push(name.clone());
        }
    }

    /// Visits what takes part in an operation.
    fn operate(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = self.when;
        if outer != When::Later && !self.is_calm {
            self.when = When::Called;
            self.statement.flags |= Flags::RUNS;
        }
        visit(self);
        self.when = outer;
    }

    fn at(&mut self, when: When, visit: impl FnOnce(&mut Self)) {
        let outer = self.when;
        if outer != When::Later {
            self.when = when;
        }
        visit(self);
        self.when = outer;
    }

    fn calmly(&mut self, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.is_calm, true);
        visit(self);
        self.is_calm = outer;
    }

    fn word(&mut self, text: &str) {
        let text = text.trim_end_matches("()");
        if text.is_empty() || text.len() > LONGEST_WORD {
            return;
        }
        let text = text.replace(':', ".");
        let is_name = text.split('.').all(|part| {
            let is_start = |c: char| c == '_' || c.is_alphabetic();
            part.starts_with(is_start) && part.chars().all(|c| c == '_' || c.is_alphanumeric())
        });
        if is_name {
            self.statement.words.push(Name::new(&text));
        }
        // A list of fixtures, or the command of a shell.
        if self.statement.words.len() < 1000 && text.contains([' ', ',']) {
            for part in text.split([' ', ',']).filter(|part| !part.is_empty() && !part.contains([' ', ','])) {
                self.word(part);
            }
        }
    }

    fn function(&mut self, function: &StmtFunctionDef) {
        if self.depth == 0 {
            self.bind(&function.name.id);
            self.fixture(&function.decorator_list, &function.name.id);
        }
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        self.parameters(&function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_annotation(returns);
        }
        let is_hook =
            matches!(function.name.as_str(), "__init_subclass__" | "__set_name__" | "__class_getitem__");
        if self.depth == 1 && is_hook && self.statement.kind == Kind::Class {
            self.statement.flags |= Flags::LEARNS_OF_SUBCLASSES;
        }
        let outer = (std::mem::replace(&mut self.when, When::Later), self.in_function);
        self.depth += 1;
        self.in_function = true;
        if let Some(parameters) = &function.type_params {
            self.visit_type_params(parameters);
        }
        for statement in without_docstring(&function.body) {
            self.visit_stmt(statement);
        }
        self.depth -= 1;
        (self.when, self.in_function) = outer;
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            self.statement.parameters.push(parameter.parameter.name.id.clone());
            if let Some(default) = &parameter.default {
                if !default.is_literal_expr() && !default.is_name_expr() {
                    self.statement.flags |= Flags::HOLDS_STATE;
                }
                self.visit_expr(default);
            }
        }
        for annotation in parameters.iter().filter_map(ruff_python_ast::AnyParameterRef::annotation) {
            self.visit_annotation(annotation);
        }
    }

    fn class(&mut self, class: &StmtClassDef) {
        if self.depth == 0 {
            self.bind(&class.name.id);
        }
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        if let Some(arguments) = &class.arguments {
            for base in &arguments.args {
                self.at(When::Base, |it| match base {
                    Expr::Subscript(_) => it.calmly(|it| it.visit_expr(base)),
                    _ => it.visit_expr(base),
                });
            }
            for keyword in &arguments.keywords {
                if keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass") {
                    self.statement.flags |= Flags::LEARNS_OF_SUBCLASSES;
                }
                self.operate(|it| it.visit_expr(&keyword.value));
            }
        }
        self.depth += 1;
        if let Some(parameters) = &class.type_params {
            self.calmly(|it| it.visit_type_params(parameters));
        }
        for statement in without_docstring(&class.body) {
            if let Stmt::Assign(assignment) = statement
                && !is_plain(&assignment.value)
            {
                self.statement.flags |= Flags::HOLDS_STATE;
            }
            self.visit_stmt(statement);
        }
        self.depth -= 1;
    }

    /// Notes whether a function is a fixture, and what it is called as one.
    fn fixture(&mut self, decorators: &[Decorator], name: &Name) {
        for decorator in decorators {
            let (callee, arguments) = match &decorator.expression {
                Expr::Call(call) => (&*call.func, Some(&call.arguments)),
                other => (other, None),
            };
            if !last_name(callee).is_some_and(|last| last.ends_with("fixture")) {
                continue;
            }
            self.statement.flags |= Flags::FIXTURE;
            for keyword in arguments.into_iter().flat_map(|arguments| &arguments.keywords) {
                match (keyword.arg.as_ref().map(ruff_python_ast::Identifier::as_str), &keyword.value) {
                    (Some("autouse"), Expr::BooleanLiteral(literal)) if !literal.value => {}
                    (Some("name"), Expr::StringLiteral(literal)) => {
                        self.statement.binds.push(Name::new(literal.value.to_str()));
                    }
                    (Some("autouse" | "name") | None, _) => self.statement.flags |= Flags::AUTOUSE,
                    _ => {}
                }
            }
        }
        if name.starts_with("pytest_") {
            self.statement.flags |= Flags::AUTOUSE;
        }
    }

    fn call(&mut self, call: &ExprCall) {
        let callee = last_name(&call.func).unwrap_or_default();
        let is_plain_name = call.func.is_name_expr();
        if is_plain_name && NAMESPACE_FUNCTIONS.contains(&callee) {
            self.statement.flags |= Flags::NAMESPACE;
        }
        let first =
            call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|it| &it.value));
        let is_told = NAMED_IMPORTS.contains(&callee) && !first.is_some_and(Expr::is_string_literal_expr);
        if is_told || FINDING_IMPORTS.contains(&callee) {
            self.statement.flags |= Flags::OPAQUE_IMPORT;
        }
        self.operate(|it| {
            it.visit_expr(&call.func);
            it.visit_arguments(&call.arguments);
        });
    }

    fn attribute(&mut self, attribute: &ExprAttribute) {
        match attribute.attr.as_str() {
            "executable" => self.statement.flags |= Flags::STARTS_PYTHON,
            "__subclasses__" => self.statement.flags |= Flags::ASKS_SUBCLASSES,
            "__globals__" => self.statement.flags |= Flags::NAMESPACE,
            "modules" if last_name(&attribute.value) == Some("sys") => {
                self.statement.flags |= Flags::NAMESPACE;
            }
            _ => {}
        }
        let Some(what) = dotted_attribute(attribute) else {
            return self.operate(|it| it.visit_expr(&attribute.value));
        };
        if attribute.ctx != ExprContext::Load && !self.in_function {
            self.statement.stores.push(what.clone());
            self.statement.flags |= Flags::RUNS;
        }
        self.mention(&what.root, what.attributes, self.when);
    }

    fn store_into(&mut self, target: &Expr) {
        if self.in_function {
            return;
        }
        let stored = match target {
            Expr::Name(name) => Some(Dotted { root: name.id.clone(), attributes: Vec::new() }),
            Expr::Attribute(attribute) => dotted_attribute(attribute),
            _ => None,
        };
        // A target such as `f().x[0]` is nobody's.
        self.statement.stores.extend(stored);
    }
}

impl<'a> Visitor<'a> for Collector<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Import(import) => {
                let uses: Vec<_> =
                    import_uses(import, self.in_function || self.when == When::Later).collect();
                for one in uses {
                    self.bind(&one.binds);
                    self.statement.imports.push(one);
                }
            }
            Stmt::ImportFrom(import) => {
                let uses: Vec<_> =
                    import_from_uses(import, self.in_function || self.when == When::Later).collect();
                for one in uses {
                    self.bind(&one.binds);
                    self.statement.imports.push(one);
                }
            }
            Stmt::Global(global) => {
                self.statement.binds.extend(global.names.iter().map(|name| name.id.clone()));
                self.statement.flags |= Flags::HOLDS_STATE;
            }
            Stmt::If(statement) if is_typing_only(statement) => {}
            Stmt::If(_) | Stmt::While(_) | Stmt::For(_) | Stmt::With(_) | Stmt::Match(_) => {
                self.conditions(statement);
            }
            Stmt::Assign(assignment) => {
                if self.depth == 0 && !is_plain(&assignment.value) {
                    self.statement.flags |= Flags::HOLDS_STATE;
                }
                visitor::walk_stmt(self, statement);
            }
            Stmt::AnnAssign(assignment) => {
                if self.depth == 0 && assignment.value.as_ref().is_some_and(|value| !is_plain(value)) {
                    self.statement.flags |= Flags::HOLDS_STATE;
                }
                visitor::walk_stmt(self, statement);
            }
            Stmt::AugAssign(assignment) => self.operate(|it| {
                it.visit_expr(&assignment.value);
                if let Expr::Name(name) = &*assignment.target {
                    it.mention(&name.id, Vec::new(), it.when);
                }
                it.visit_expr(&assignment.target);
            }),
            Stmt::TypeAlias(alias) => {
                if let Expr::Name(name) = &*alias.name {
                    self.bind(&name.id);
                }
                let outer = std::mem::replace(&mut self.when, When::Later);
                self.visit_expr(&alias.value);
                self.when = outer;
            }
            Stmt::Raise(_) | Stmt::Assert(_) => self.operate(|it| visitor::walk_stmt(it, statement)),
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_decorator(&mut self, decorator: &'a Decorator) {
        self.statement.flags |= if self.when == When::Later { Flags::empty() } else { Flags::RUNS };
        match &decorator.expression {
            Expr::Call(call) => {
                self.at(When::Decorator, |it| it.visit_expr(&call.func));
                self.at(When::DecoratorArgument, |it| it.visit_arguments(&call.arguments));
            }
            other => self.at(When::Decorator, |it| it.visit_expr(other)),
        }
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        let outer = self.when;
        if self.future_annotations {
            self.when = When::Later;
        }
        self.calmly(|it| it.visit_expr(annotation));
        self.when = outer;
    }

    fn visit_except_handler(&mut self, handler: &'a ruff_python_ast::ExceptHandler) {
        let ruff_python_ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(&name.id);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load => {
                    if name.id == "__builtins__" {
                        self.statement.flags |= Flags::NAMESPACE;
                    }
                    self.mention(&name.id, Vec::new(), self.when);
                }
                _ => self.bind(&name.id),
            },
            Expr::Attribute(attribute) => self.attribute(attribute),
            Expr::Call(call) => self.call(call),
            Expr::Subscript(subscript) => {
                if subscript.ctx != ExprContext::Load {
                    self.store_into(&subscript.value);
                }
                self.operate(|it| {
                    it.visit_expr(&subscript.value);
                    it.visit_expr(&subscript.slice);
                });
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    for parameter in parameters.iter_non_variadic_params() {
                        if let Some(default) = &parameter.default {
                            self.visit_expr(default);
                        }
                    }
                }
                let outer = std::mem::replace(&mut self.when, When::Later);
                self.visit_expr(&lambda.body);
                self.when = outer;
            }
            Expr::StringLiteral(literal) => self.word(literal.value.to_str()),
            Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Dict(_) | Expr::Starred(_) => {
                visitor::walk_expr(self, expression);
            }
            other if other.is_literal_expr() => {}
            other => self.operate(|it| visitor::walk_expr(it, other)),
        }
    }
}

impl Collector<'_> {
    /// A compound statement: what it tests or runs through takes part in an operation, its blocks are as they are.
    fn conditions(&mut self, statement: &Stmt) {
        match statement {
            Stmt::If(statement) => {
                let when = if self.depth == 0 && self.statement.kind == Kind::Main {
                    When::Later
                } else {
                    self.when
                };
                let outer = std::mem::replace(&mut self.when, when);
                self.operate(|it| it.visit_expr(&statement.test));
                self.visit_body(&statement.body);
                for clause in &statement.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.operate(|it| it.visit_expr(test));
                    }
                    self.visit_body(&clause.body);
                }
                self.when = outer;
            }
            Stmt::While(statement) => {
                self.operate(|it| it.visit_expr(&statement.test));
                self.visit_body(&statement.body);
                self.visit_body(&statement.orelse);
            }
            Stmt::For(statement) => {
                self.operate(|it| it.visit_expr(&statement.iter));
                self.visit_expr(&statement.target);
                self.visit_body(&statement.body);
                self.visit_body(&statement.orelse);
            }
            Stmt::With(statement) => {
                for item in &statement.items {
                    self.operate(|it| it.visit_expr(&item.context_expr));
                    if let Some(target) = &item.optional_vars {
                        self.visit_expr(target);
                    }
                }
                self.visit_body(&statement.body);
            }
            other => self.operate(|it| visitor::walk_stmt(it, other)),
        }
    }
}

/// `a.b.c`, where nothing but names is in it.
fn dotted_attribute(attribute: &ExprAttribute) -> Option<Dotted> {
    let mut attributes = vec![attribute.attr.id.clone()];
    let mut rest = &*attribute.value;
    loop {
        match rest {
            Expr::Name(name) => {
                attributes.reverse();
                return Some(Dotted { root: name.id.clone(), attributes });
            }
            Expr::Attribute(inner) => {
                attributes.push(inner.attr.id.clone());
                rest = &inner.value;
            }
            _ => return None,
        }
    }
}

/// `fixture` of `pytest.fixture`
fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// Whether nothing can change a value once it is made, as far as that can be told.
fn is_plain(value: &Expr) -> bool {
    match value {
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) => false,
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_plain),
        Expr::Call(call) => {
            let known = [
                "TypeVar",
                "ParamSpec",
                "NewType",
                "namedtuple",
                "getLogger",
                "compile",
                "frozenset",
                "object",
            ];
            last_name(&call.func).is_some_and(|name| known.contains(&name))
        }
        other => {
            is_harmless(other)
                || other.is_attribute_expr()
                || other.is_subscript_expr()
                || other.is_bin_op_expr()
        }
    }
}
