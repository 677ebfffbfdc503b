//! Calls that import: `importlib.import_module("a.b")`, `__import__("a.b")`.

use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, Number, UnaryOp};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::expressions::contents;
use crate::{FileFacts, Import, ImportContext, ImportForm, ImportedName, NameRef};

/// A function that imports the module that its first argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Importer {
    /// `importlib.import_module(name, package=None)`
    ImportModule,
    /// `__import__(name, globals=None, locals=None, fromlist=(), level=0)`
    DunderImport,
}

/// Under which names a file knows the importing functions and their modules, as far as it has been read.
#[derive(Debug, Default)]
pub(crate) struct Importers {
    /// Names of `importlib` and `builtins` besides their own.
    modules: FxHashSet<String>,
    functions: FxHashMap<String, Importer>,
}

impl Importers {
    pub(crate) fn see_import(&mut self, module: &str, alias: Option<&str>) {
        if let ("importlib" | "builtins", Some(alias)) = (module, alias) {
            self.modules.insert(alias.to_owned());
        }
    }

    /// Gives whether this binds an importer.
    pub(crate) fn see_import_from(&mut self, module: &str, name: &str, bound: &str) -> bool {
        let (name, bound) = match (module, name) {
            ("importlib", "*") => ("import_module", "import_module"),
            ("importlib" | "builtins", name) => (name, bound),
            _ => return false,
        };
        let importer = importer_named(name);
        if let Some(importer) = importer {
            // The first meaning of a name is its meaning.
            self.functions.entry(bound.to_owned()).or_insert(importer);
        }
        importer.is_some()
    }

    pub(crate) fn importer_of(&self, function: &Expr) -> Option<Importer> {
        match function {
            Expr::Name(name) if name.id == "__import__" => Some(Importer::DunderImport),
            Expr::Name(name) => self.functions.get(name.id.as_str()).copied(),
            Expr::Attribute(attribute) => match &*attribute.value {
                Expr::Name(module) if self.is_module(&module.id) => importer_named(&attribute.attr.id),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_module(&self, name: &str) -> bool {
        matches!(name, "importlib" | "builtins" | "__builtins__") || self.modules.contains(name)
    }
}

fn importer_named(name: &str) -> Option<Importer> {
    match name {
        "import_module" => Some(Importer::ImportModule),
        "__import__" => Some(Importer::DunderImport),
        _ => None,
    }
}

/// Adds what a call of `importer` imports, or that nobody can know.
pub(crate) fn read_call(call: &ExprCall, importer: Importer, context: ImportContext, facts: &mut FileFacts) {
    let target = match importer {
        Importer::ImportModule => read_import_module(call),
        Importer::DunderImport => read_dunder_import(call),
    };
    let Target { level, module, members } = match target {
        Read::Known(target) => target,
        Read::Opaque => {
            facts.opaque_imports.push(call.range());
            return;
        }
        Read::Nothing => return,
    };
    let start = facts.names.len() as u32;
    let form = if members.is_empty() {
        let Some((name, range)) = module.map(|part| part.intern(facts)) else { return };
        facts.names.push(ImportedName { name, range, alias: None });
        ImportForm::Import { level }
    } else {
        let module = module.map(|part| part.intern(facts));
        for member in members {
            let (name, range) = member.intern(facts);
            facts.names.push(ImportedName { name, range, alias: None });
        }
        ImportForm::From { level, module }
    };
    let names = (start, facts.names.len() as u32);
    facts.imports.push(Import {
        range: call.range(),
        form,
        context: context | ImportContext::DYNAMIC,
        names,
    });
}

enum Read {
    Known(Target),
    /// It imports something, and the text does not say what.
    Opaque,
    /// It fails, or imports what is loaded already.
    Nothing,
}

struct Target {
    level: u32,
    module: Option<Part>,
    /// The `fromlist`. Empty: the module itself is imported.
    members: Vec<Part>,
}

/// A name out of a string literal.
struct Part {
    text: String,
    range: TextRange,
}

impl Part {
    fn of(literal: &ExprStringLiteral) -> Self {
        Self { text: literal.value.to_str().to_owned(), range: contents(literal) }
    }

    fn intern(self, facts: &mut FileFacts) -> (NameRef, TextRange) {
        (facts.intern(&self.text), self.range)
    }
}

/// Whether the call hides arguments in `*args` or `**kwargs`.
fn unpacks(call: &ExprCall) -> bool {
    call.arguments.args.iter().any(Expr::is_starred_expr)
        || call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
}

fn read_import_module(call: &ExprCall) -> Read {
    let Some(name) = call.arguments.find_argument_value("name", 0) else {
        return if unpacks(call) { Read::Opaque } else { Read::Nothing };
    };
    let Expr::StringLiteral(literal) = name else { return Read::Opaque };
    let mut part = Part::of(literal);
    let rest = part.text.trim_start_matches('.');
    let level = part.text.len() - rest.len();
    if level == 0 {
        return if part.text.is_empty() {
            Read::Nothing
        } else {
            Read::Known(Target { level: 0, module: Some(part), members: Vec::new() })
        };
    }
    let rest = rest.to_owned();
    match call.arguments.find_argument_value("package", 1) {
        // The package that is running is loaded already.
        Some(package) if is_own_package(package) && rest.is_empty() => Read::Nothing,
        Some(package) if is_own_package(package) => {
            part.text = rest;
            Read::Known(Target { level: level as u32, module: Some(part), members: Vec::new() })
        }
        Some(Expr::StringLiteral(package)) => match resolve(package.value.to_str(), level, &rest) {
            Some(absolute) => {
                part.text = absolute;
                Read::Known(Target { level: 0, module: Some(part), members: Vec::new() })
            }
            None => Read::Nothing,
        },
        Some(_) => Read::Opaque,
        None if unpacks(call) => Read::Opaque,
        // A TypeError when it runs.
        None => Read::Nothing,
    }
}

/// `__package__`, `__name__`, `__spec__.parent`.
fn is_own_package(package: &Expr) -> bool {
    match package {
        Expr::Name(name) => matches!(name.id.as_str(), "__package__" | "__name__"),
        Expr::Attribute(attribute) => {
            attribute.attr.id == "parent"
                && matches!(&*attribute.value, Expr::Name(object) if object.id == "__spec__")
        }
        _ => false,
    }
}

/// As `importlib._bootstrap._resolve_name`: one dot is the package itself.
fn resolve(package: &str, level: usize, rest: &str) -> Option<String> {
    let mut base = package;
    for _ in 1..level {
        base = base.rsplit_once('.')?.0;
    }
    match (base, rest) {
        ("", _) => None,
        (base, "") => Some(base.to_owned()),
        (base, rest) => Some(format!("{base}.{rest}")),
    }
}

fn read_dunder_import(call: &ExprCall) -> Read {
    let Some(name) = call.arguments.find_argument_value("name", 0) else {
        return if unpacks(call) { Read::Opaque } else { Read::Nothing };
    };
    let Expr::StringLiteral(literal) = name else { return Read::Opaque };
    let level = match call.arguments.find_argument_value("level", 4).map(literal_level) {
        None => 0,
        Some(Some(level)) => level,
        Some(None) => return Read::Opaque,
    };
    let members: Vec<Part> = match call.arguments.find_argument_value("fromlist", 3) {
        Some(Expr::List(list)) => string_parts(&list.elts),
        Some(Expr::Tuple(tuple)) => string_parts(&tuple.elts),
        // Whatever it holds, the module is imported.
        _ => Vec::new(),
    };
    let module = Part::of(literal);
    if module.text.starts_with('.') || (module.text.is_empty() && (level == 0 || members.is_empty())) {
        return Read::Nothing;
    }
    let module = Some(module).filter(|module| !module.text.is_empty());
    Read::Known(Target { level, module, members })
}

/// A literal `level`; Python 2 wrote -1 for "relative or absolute".
fn literal_level(level: &Expr) -> Option<u32> {
    match level {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(value) => value.as_u16().map(u32::from),
            Number::Float(_) | Number::Complex { .. } => None,
        },
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => literal_level(&unary.operand).map(|_| 0),
        _ => None,
    }
}

fn string_parts(elements: &[Expr]) -> Vec<Part> {
    elements
        .iter()
        .filter_map(|element| match element {
            Expr::StringLiteral(literal) => Some(Part::of(literal)),
            _ => None,
        })
        .filter(|part| !part.text.is_empty())
        .collect()
}
