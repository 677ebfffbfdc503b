//! What a file does, or may do, beside what its statements say: the means by which code loads modules, changes the names
//! of modules, or reads annotations.
//!
//! A proof that a change of an import changes nothing else asks this of every file that may run with it. Scopes are not
//! looked at: a name counts wherever it stands.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Alias, Decorator, Expr, ExprCall, ExprContext, FString, InterpolatedStringElement, Operator,
    PatternKeyword, Stmt, StmtClassDef, StmtFunctionDef, StmtImportFrom,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashSet;

use crate::oddity_words::{
    HARMLESS_DUNDERS, LEADING_WORDS, LOADING_ATTRIBUTES, LOADING_NAMES, NAMES_OF_MODULES, READING,
    TOUCHING_ATTRIBUTES, TOUCHING_NAMES, TYPE_METHODS,
};

/// What stands in a file and says that not all of it can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Oddities {
    /// What may load modules that no import names.
    pub loads: Option<Box<str>>,
    /// What may change or list the names of modules.
    pub touches: Option<Box<str>>,
    /// What asks for annotations.
    pub reads_annotations: Option<Box<str>>,
    /// What runs while an annotation is evaluated.
    pub computes_types: Option<Box<str>>,
    /// Attributes that are assigned or deleted.
    pub stored: FxHashSet<Box<str>>,
    /// Attributes that are read.
    pub attributes: FxHashSet<Box<str>>,
    /// Words of strings and docstrings, but for those of annotations and of a plain `__all__`.
    pub words: FxHashSet<Box<str>>,
    /// What imports name, as far as it is written and counted from no package.
    pub imports: BTreeSet<Box<str>>,
    /// By name that an import binds, or may bind: the attributes that follow it, once for each way it is used.
    pub chains: BTreeMap<Box<str>, BTreeSet<Chain>>,
    pub listing: Listing,
    /// Annotations that are more than names, brackets, `|` and literals.
    pub odd_annotations: Vec<TextRange>,
}

/// `b` and `c` of `a.b.c`; empty where the name is used as it is.
pub type Chain = Box<[Box<str>]>;

/// How `__all__` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listing {
    #[default]
    Absent,
    /// One list or tuple of strings at the top level, and nothing else about it in the file.
    Plain,
    /// Anything else.
    Odd,
}

/// What is odd about these statements. Needs the stack that [`crate::extract()`] needs.
pub(crate) fn oddities_of(suite: &[Stmt]) -> Oddities {
    let plain_exports = plain_exports(suite);
    let mut walk = Walk { plain_exports, ..Walk::default() };
    walk.visit_body(suite);
    let Walk { mut found, imported, has_star, names_of_exports, .. } = walk;
    found.chains.retain(|name, _| has_star || imported.contains(name));
    found.listing = match (names_of_exports, plain_exports) {
        (0, _) => Listing::Absent,
        (1, Some(_)) => Listing::Plain,
        _ => Listing::Odd,
    };
    found
}

/// The list of the first `__all__ = [...]` at the top level that holds nothing but strings.
fn plain_exports(suite: &[Stmt]) -> Option<TextRange> {
    let is_exports = |target: &Expr| matches!(target, Expr::Name(name) if name.id == "__all__");
    let value = suite.iter().find_map(|statement| match statement {
        Stmt::Assign(assign) => match assign.targets.as_slice() {
            [target] if is_exports(target) => Some(&*assign.value),
            _ => None,
        },
        Stmt::AnnAssign(assign) if is_exports(&assign.target) => assign.value.as_deref(),
        _ => None,
    })?;
    let elements = match value {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        _ => return None,
    };
    elements.iter().all(Expr::is_string_literal_expr).then(|| value.range())
}

#[derive(Default)]
struct Walk {
    found: Oddities,
    /// What imports bind.
    imported: FxHashSet<Box<str>>,
    /// Whether a star may bind any name.
    has_star: bool,
    /// How often `__all__` is named.
    names_of_exports: usize,
    plain_exports: Option<TextRange>,
    in_annotation: bool,
}

impl Walk {
    fn loads(&mut self, word: &str) {
        self.found.loads.get_or_insert_with(|| word.into());
    }

    fn touches(&mut self, word: &str) {
        self.found.touches.get_or_insert_with(|| word.into());
    }

    /// A name, whatever is done with it.
    fn see_name(&mut self, name: &str, context: ExprContext) {
        if name == "__all__" {
            self.names_of_exports += 1;
            return;
        }
        if LOADING_NAMES.contains(&name) {
            self.loads(name);
        } else if TOUCHING_NAMES.contains(&name)
            || (context != ExprContext::Load && NAMES_OF_MODULES.contains(&name))
            || (context == ExprContext::Load && is_dunder(name) && !HARMLESS_DUNDERS.contains(&name))
        {
            self.touches(name);
        }
        self.see_reader(name);
    }

    /// An attribute, or a name that is imported.
    fn see_attribute(&mut self, name: &str) {
        if LOADING_ATTRIBUTES.contains(&name) {
            self.loads(name);
        } else if TOUCHING_ATTRIBUTES.contains(&name)
            || (is_dunder(name) && !HARMLESS_DUNDERS.contains(&name))
        {
            self.touches(name);
        }
        self.see_reader(name);
    }

    fn see_reader(&mut self, name: &str) {
        if READING.contains(&name) {
            self.found.reads_annotations.get_or_insert_with(|| name.into());
        }
    }

    /// `import a.b as c`
    fn see_module(&mut self, alias: &Alias) {
        let name = alias.name.id.as_str();
        self.see_segments(name);
        self.found.imports.insert(name.into());
        self.bind(alias.asname.as_ref().map_or_else(|| name.split('.').next().unwrap_or(name), |it| &it.id));
    }

    /// `from module import name as alias`
    fn see_imported(&mut self, import: &StmtImportFrom, alias: &Alias) {
        let name = alias.name.id.as_str();
        let module = import.module.as_ref().map_or("", |module| module.id.as_str());
        let is_known = match (module, name) {
            // As a decorator it writes to nothing but the function below it.
            ("functools", "wraps") => alias.asname.is_none(),
            ("sys" | "__future__", _) => true,
            _ => false,
        };
        if !is_known {
            self.see_attribute(name);
        }
        if import.level == 0 {
            self.found.imports.insert([module, ".", name].concat().into());
        }
        self.has_star |= name == "*";
        self.bind(alias.asname.as_ref().map_or(name, |alias| &alias.id));
    }

    fn bind(&mut self, name: &str) {
        self.names_of_exports += usize::from(name == "__all__");
        self.imported.insert(name.into());
    }

    /// Which modules of the standard library are imported is judged by whoever knows what the project has of that name.
    fn see_segments(&mut self, module: &str) {
        module.split('.').filter(|segment| is_dunder(segment)).for_each(|segment| match segment {
            "__future__" | "__main__" => {}
            _ => self.see_attribute(segment),
        });
    }

    /// A name, or attributes of something.
    fn visit_chain(&mut self, expression: &Expr) {
        let mut chain: Vec<Box<str>> = Vec::new();
        let mut inner = expression;
        while let Expr::Attribute(attribute) = inner {
            let name = attribute.attr.id.as_str();
            if attribute.ctx == ExprContext::Load {
                // `type(x).__name__` and `x.__class__.__name__` are read to be shown.
                if !(name == "__class__"
                    && matches!(chain.last().map(|it| &**it), Some("__name__" | "__qualname__")))
                {
                    self.see_attribute(name);
                }
                self.found.attributes.insert(name.into());
            } else {
                if is_dunder(name) {
                    self.touches(name);
                }
                self.found.stored.insert(name.into());
            }
            chain.push(name.into());
            inner = &attribute.value;
        }
        let Expr::Name(name) = inner else { return self.visit_expr(inner) };
        self.see_name(&name.id, name.ctx);
        if name.ctx == ExprContext::Load {
            chain.reverse();
            self.found.chains.entry(name.id.as_str().into()).or_default().insert(chain.into());
        }
    }

    fn see_words(&mut self, text: &str) {
        if self.in_annotation {
            return;
        }
        for word in text.split(|character: char| !(character.is_alphanumeric() || character == '_')) {
            if !word.is_empty() && !self.found.words.contains(word) {
                self.found.words.insert(word.into());
                if LEADING_WORDS.contains(&word) {
                    self.touches(word);
                }
            }
        }
    }

    /// `getattr(x, "name")` is `x.name`; any other may be any attribute.
    fn see_getattr(&mut self, call: &ExprCall) {
        match call.arguments.args.get(1) {
            Some(Expr::StringLiteral(literal)) => self.see_attribute(literal.value.to_str()),
            _ => self.touches("getattr"),
        }
    }

    fn see_class(&mut self, class: &StmtClassDef) {
        let is_type = |base: &Expr| {
            let name = match base {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.id.as_str(),
                _ => "",
            };
            name == "type" || name.ends_with("Meta") || name.ends_with("Type")
        };
        if !class.bases().iter().any(is_type) {
            return;
        }
        let named =
            |statement: &Stmt| matches!(statement, Stmt::FunctionDef(it) if it.name.id == "__getitem__");
        if class.body.iter().any(named) {
            self.found.computes_types.get_or_insert_with(|| "__getitem__".into());
        }
    }

    fn see_function(&mut self, function: &StmtFunctionDef) {
        let name = function.name.id.as_str();
        if TYPE_METHODS.contains(&name) {
            self.found.computes_types.get_or_insert_with(|| name.into());
        }
    }
}

impl<'a> Visitor<'a> for Walk {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => return import.names.iter().for_each(|alias| self.see_module(alias)),
            Stmt::ImportFrom(import) => {
                self.see_segments(import.module.as_ref().map_or("", |module| module.id.as_str()));
                return import.names.iter().for_each(|alias| self.see_imported(import, alias));
            }
            Stmt::Global(global) => {
                self.names_of_exports += global.names.iter().filter(|name| name.id == "__all__").count();
            }
            Stmt::FunctionDef(function) => self.see_function(function),
            Stmt::ClassDef(class) => self.see_class(class),
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        if !is_simple(annotation) {
            self.found.odd_annotations.push(annotation.range());
        }
        let outside = std::mem::replace(&mut self.in_annotation, true);
        self.visit_expr(annotation);
        self.in_annotation = outside;
    }

    /// `@wraps(function)`
    fn visit_decorator(&mut self, decorator: &'a Decorator) {
        if let Expr::Call(call) = &decorator.expression {
            let base = match &*call.func {
                Expr::Name(name) if name.id == "wraps" => Some(None),
                Expr::Attribute(attribute) if attribute.attr.id == "wraps" => Some(Some(&*attribute.value)),
                _ => None,
            };
            if let Some(base) = base
                && call.arguments.keywords.is_empty()
                && call.arguments.args.len() == 1
            {
                if let Some(Expr::Name(module)) = base {
                    let chain: Chain = Box::new(["wraps".into()]);
                    self.found.chains.entry(module.id.as_str().into()).or_default().insert(chain);
                }
                return self.visit_arguments(&call.arguments);
            }
        }
        visitor::walk_decorator(self, decorator);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(_) | Expr::Attribute(_) => self.visit_chain(expression),
            Expr::StringLiteral(literal) => {
                self.see_words(literal.value.to_str());
            }
            Expr::BytesLiteral(literal) => {
                let bytes: Vec<u8> = literal.value.bytes().collect();
                self.see_words(&String::from_utf8_lossy(&bytes));
            }
            Expr::List(_) | Expr::Tuple(_) if self.plain_exports == Some(expression.range()) => {}
            Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id == "getattr") => {
                self.see_getattr(call);
                self.visit_arguments(&call.arguments);
            }
            _ => {
                visitor::walk_expr(self, expression);
            }
        }
    }

    fn visit_f_string(&mut self, string: &'a FString) {
        for element in &string.elements {
            if let InterpolatedStringElement::Literal(literal) = element {
                self.see_words(&literal.value);
            }
        }
        visitor::walk_f_string(self, string);
    }

    /// `case Point(x=0)` reads `x`.
    fn visit_pattern_keyword(&mut self, keyword: &'a PatternKeyword) {
        self.see_attribute(&keyword.attr.id);
        self.found.attributes.insert(keyword.attr.id.as_str().into());
        visitor::walk_pattern_keyword(self, keyword);
    }
}

/// Whether nothing but names, brackets, `|` and literals stands in an annotation.
fn is_simple(annotation: &Expr) -> bool {
    match annotation {
        Expr::Name(_)
        | Expr::StringLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_) => true,
        Expr::Attribute(attribute) => is_simple(&attribute.value),
        Expr::Subscript(subscript) => is_simple(&subscript.value) && is_simple(&subscript.slice),
        Expr::BinOp(sum) => sum.op == Operator::BitOr && is_simple(&sum.left) && is_simple(&sum.right),
        Expr::UnaryOp(sign) => is_simple(&sign.operand),
        Expr::Starred(starred) => is_simple(&starred.value),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_simple),
        Expr::List(list) => list.elts.iter().all(is_simple),
        _ => false,
    }
}

fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}
