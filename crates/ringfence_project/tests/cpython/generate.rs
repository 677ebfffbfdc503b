//! Small programs: packages, namespaces and modules that import each other in all ways that a statement can.
//!
//! Made so that the limits of the prediction do not show: what a package imports by `from` it binds to a name that no
//! submodule has, and no optional import has a fallback or a condition in it.

use std::fmt::{self, Write};
use std::path::Path;

use proptest::prelude::*;

/// The one name that every module has, from its first line on: cycles cannot miss it.
pub(crate) const MEMBER: &str = "value";

/// All modules that a program may have. A module comes after what it is in.
const NAMES: [&str; 15] = [
    "alpha",
    "alpha.one",
    "alpha.one.x",
    "alpha.one.y",
    "alpha.two",
    "alpha.two.x",
    "alpha.two.y",
    "beta",
    "beta.one",
    "beta.one.x",
    "beta.one.y",
    "beta.two",
    "beta.two.x",
    "beta.two.y",
    // The standard library has one, too.
    "colorsys",
];

/// No program has these.
const MISSING: [&str; 6] =
    ["nope", "alpha.nope", "alpha.one.nope", "beta.two.nope", "beta.one.x.nope", "nope.one"];

/// What stands at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Absent,
    /// `one.py`
    Module,
    /// `one/__init__.py`
    Package,
    /// `one/`
    Namespace,
    /// `one/__init__.py` and `one.py`
    PackageBesideModule,
    /// `one/` and `one.py`
    FolderBesideModule,
}

impl Shape {
    fn has_folder(self) -> bool {
        !matches!(self, Self::Absent | Self::Module)
    }
}

#[derive(Debug, Clone)]
struct Node {
    shape: Shape,
    package: Vec<Statement>,
    module: Vec<Statement>,
    stub: Option<Vec<Statement>>,
}

/// One import, and what is around it from the outside in.
#[derive(Debug, Clone)]
struct Statement {
    around: Vec<Around>,
    form: Form,
    target: &'static str,
    relative: bool,
    alias: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `import alpha.one`
    Import,
    /// `from alpha import one`
    FromParent,
    /// `from alpha.one import value`
    FromMember,
    /// `from alpha.one import nothing`
    FromNothing,
    /// `from alpha.one import *`
    Star,
    /// `from ....... import one`
    Beyond,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    TryImportError,
    TryModuleNotFound,
    TryEverything,
    TryTuple,
    TryValueError,
    TryFinally,
    ExceptValueError,
    TryElse,
    Finally,
    Class,
    With,
    Function,
    AsyncFunction,
    Method,
    TypeChecking,
    TypingTypeChecking,
    NotTypeChecking,
    ElseOfTypeChecking,
    False,
    Never,
    NeverLoop,
    NeverMatch,
}

impl Around {
    const ALL: [Self; 22] = [
        Self::TryImportError,
        Self::TryModuleNotFound,
        Self::TryEverything,
        Self::TryTuple,
        Self::TryValueError,
        Self::TryFinally,
        Self::ExceptValueError,
        Self::TryElse,
        Self::Finally,
        Self::Class,
        Self::With,
        Self::Function,
        Self::AsyncFunction,
        Self::Method,
        Self::TypeChecking,
        Self::TypingTypeChecking,
        Self::NotTypeChecking,
        Self::ElseOfTypeChecking,
        Self::False,
        Self::Never,
        Self::NeverLoop,
        Self::NeverMatch,
    ];

    /// What stands before and after the import, and how many levels further in it is.
    fn lines(self) -> (&'static [&'static str], &'static [&'static str], usize) {
        match self {
            Self::TryImportError => (&["try:"], &["except ImportError:", "    pass"], 1),
            Self::TryModuleNotFound => (&["try:"], &["except ModuleNotFoundError as error:", "    print"], 1),
            Self::TryEverything => (&["try:"], &["except:", "    pass"], 1),
            Self::TryTuple => {
                (&["try:"], &["except (ValueError, ImportError):", "    pass", "else:", "    pass"], 1)
            }
            Self::TryValueError => (&["try:"], &["except ValueError:", "    pass"], 1),
            Self::TryFinally => (&["try:"], &["finally:", "    pass"], 1),
            Self::ExceptValueError => (&["try:", "    pass", "except ValueError:"], &[], 1),
            Self::TryElse => (&["try:", "    pass", "except ValueError:", "    pass", "else:"], &[], 1),
            Self::Finally => (&["try:", "    pass", "finally:"], &[], 1),
            Self::Class => (&["class C:"], &[], 1),
            Self::With => (&["with nothing, nothing as n:"], &[], 1),
            Self::Function => (&["def f():"], &[], 1),
            Self::AsyncFunction => (&["async def f():"], &[], 1),
            Self::Method => (&["class C:", "    def f(self):"], &[], 2),
            Self::TypeChecking => (&["if TYPE_CHECKING:"], &[], 1),
            Self::TypingTypeChecking => (&["if typing.TYPE_CHECKING:"], &["elif []:", "    pass"], 1),
            Self::NotTypeChecking => (&["if not TYPE_CHECKING:"], &[], 1),
            Self::ElseOfTypeChecking => (&["if typing.TYPE_CHECKING:", "    pass", "else:"], &[], 1),
            Self::False => (&["if False:"], &["else:", "    pass"], 1),
            Self::Never => (&["if [].copy():"], &[], 1),
            Self::NeverLoop => (&["for item in [].copy():"], &[], 1),
            Self::NeverMatch => (&["match 0:", "    case 1:"], &[], 2),
        }
    }

    /// A star is allowed at the level of the module only.
    fn is_scope(self) -> bool {
        matches!(self, Self::Class | Self::Function | Self::AsyncFunction | Self::Method)
    }

    fn is_condition(self) -> bool {
        matches!(self, Self::Never | Self::NeverLoop | Self::NeverMatch | Self::ExceptValueError)
    }

    fn catches_import_error(self) -> bool {
        matches!(self, Self::TryImportError | Self::TryModuleNotFound | Self::TryEverything | Self::TryTuple)
    }
}

/// Files by path.
#[derive(Clone)]
pub(crate) struct Program {
    files: Vec<(String, String)>,
}

/// As it is on disk: what a failing test shows.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, text) in &self.files {
            let imports: Vec<&str> =
                text.lines().filter(|line| !HEADER.contains(line) && !line.starts_with("ended(")).collect();
            writeln!(f, "\n==> {path}\n{}", imports.join("\n"))?;
        }
        Ok(())
    }
}

impl Program {
    fn new(nodes: &[Node]) -> Self {
        let mut files = Vec::new();
        for (name, node) in NAMES.iter().zip(nodes) {
            if !all_above_have_folders(name, nodes) {
                continue;
            }
            let path = name.replace('.', "/");
            let Node { shape, package, module, stub } = node;
            if matches!(shape, Shape::Package | Shape::PackageBesideModule) {
                files.push((format!("{path}/__init__.py"), source(name, true, package)));
            }
            if matches!(shape, Shape::Module | Shape::PackageBesideModule | Shape::FolderBesideModule) {
                files.push((format!("{path}.py"), source(name, false, module)));
            }
            if let (Shape::Module, Some(stub)) = (shape, stub) {
                files.push((format!("{path}.pyi"), source(name, false, stub)));
            }
        }
        Self { files }
    }

    pub(crate) fn write(&self, root: &Path) {
        for (path, text) in &self.files {
            let folder = root.join(path);
            std::fs::create_dir_all(folder.parent().expect("a folder")).expect("a folder");
            std::fs::write(folder, text).expect("a file");
        }
    }
}

/// Writes a file by hand, with the lines around it that tell when it runs.
pub(crate) fn write(root: &Path, path: &str, text: &str) {
    Program { files: vec![(path.to_string(), format!("began(__name__)\n{text}\nended(__name__)\n"))] }
        .write(root);
}

fn all_above_have_folders(name: &str, nodes: &[Node]) -> bool {
    let above = name.match_indices('.').map(|(dot, _)| &name[..dot]);
    above.into_iter().all(|above| {
        NAMES.iter().zip(nodes).any(|(candidate, node)| *candidate == above && node.shape.has_folder())
    })
}

const HEADER: [&str; 5] = [
    "began(__name__)",
    "value = 0",
    "__all__ = ['value']",
    "import typing",
    "from typing import TYPE_CHECKING",
];

fn source(name: &str, is_package: bool, statements: &[Statement]) -> String {
    let mut lines: Vec<String> = HEADER.iter().map(ToString::to_string).collect();
    for statement in statements {
        let mut indent = 0;
        let mut after = Vec::new();
        let in_scope = statement.around.iter().any(|around| around.is_scope());
        let is_caught = statement.around.iter().any(|around| around.catches_import_error());
        for around in &statement.around {
            // A condition with an optional import is a limit of the prediction.
            if is_caught && around.is_condition() {
                continue;
            }
            let (before, then, deeper) = around.lines();
            let pad = "    ".repeat(indent);
            lines.extend(before.iter().map(|line| format!("{pad}{line}")));
            after.push(then.iter().map(|line| format!("{pad}{line}")).collect::<Vec<_>>());
            indent += deeper;
        }
        lines.push("    ".repeat(indent) + &statement.text(name, is_package, in_scope));
        lines.extend(after.into_iter().rev().flatten());
    }
    lines.push("ended(__name__)\n".to_string());
    lines.join("\n")
}

impl Statement {
    fn text(&self, importer: &str, is_package: bool, in_scope: bool) -> String {
        let Self { around: _, form, target, relative, alias } = *self;
        // A package must not bind what may be the name of a submodule.
        let alias = if alias || is_package { " as z" } else { "" };
        let module_of = |module: &str| {
            let written = if relative { relative_name(importer, is_package, module) } else { None };
            written.unwrap_or_else(|| module.to_string())
        };
        match (form, target.rsplit_once('.')) {
            (Form::Import, _) | (Form::FromParent, None) if alias.is_empty() || !self.alias => {
                format!("import {target}")
            }
            (Form::Import, _) | (Form::FromParent, None) => format!("import {target} as z"),
            (Form::FromParent, Some((parent, last))) => {
                format!("from {} import {last}{alias}", module_of(parent))
            }
            (Form::Star, _) if !in_scope => format!("from {} import *", module_of(target)),
            (Form::FromMember | Form::Star, _) => {
                format!("from {} import {MEMBER}{alias}", module_of(target))
            }
            (Form::FromNothing, _) => format!("from {} import nothing{alias}", module_of(target)),
            (Form::Beyond, _) => format!("from .......{target} import {MEMBER}{alias}"),
        }
    }
}

/// The module as a relative import has it: dots, then what is left. Nothing where they share no package.
fn relative_name(importer: &str, is_package: bool, module: &str) -> Option<String> {
    let mut package: Vec<&str> = importer.split('.').collect();
    if !is_package {
        package.pop();
    }
    let module: Vec<&str> = module.split('.').collect();
    let shared = package.iter().zip(&module).take_while(|(a, b)| a == b).count();
    let mut text = ".".repeat(package.len() - shared + 1);
    write!(text, "{}", module[shared..].join(".")).ok()?;
    (shared > 0).then_some(text)
}

pub(crate) fn program() -> impl Strategy<Value = Program> {
    let nodes: Vec<_> =
        NAMES.iter().map(|name| node(name.matches('.').count() < 2 && *name != "colorsys")).collect();
    nodes.prop_map(|nodes| Program::new(&nodes))
}

fn node(may_have_folder: bool) -> BoxedStrategy<Node> {
    let shape = if may_have_folder {
        prop_oneof![
            1 => Just(Shape::Absent),
            2 => Just(Shape::Module),
            12 => Just(Shape::Package),
            3 => Just(Shape::Namespace),
            2 => Just(Shape::PackageBesideModule),
            1 => Just(Shape::FolderBesideModule),
        ]
        .boxed()
    } else {
        prop_oneof![1 => Just(Shape::Absent), 3 => Just(Shape::Module)].boxed()
    };
    let statements = || prop::collection::vec(statement(), 0..3);
    (shape, statements(), statements(), prop::option::weighted(0.1, statements()))
        .prop_map(|(shape, package, module, stub)| Node { shape, package, module, stub })
        .boxed()
}

fn statement() -> impl Strategy<Value = Statement> {
    let target = prop_oneof![
        30 => prop::sample::select(&NAMES[..]),
        1 => prop::sample::select(&MISSING[..]),
    ];
    let form = prop_oneof![
        10 => Just(Form::Import),
        10 => Just(Form::FromParent),
        10 => Just(Form::FromMember),
        5 => Just(Form::Star),
        1 => Just(Form::FromNothing),
        1 => Just(Form::Beyond),
    ];
    let around = prop::collection::vec(prop::sample::select(&Around::ALL[..]), 0..3);
    (around, form, target, any::<bool>(), any::<bool>()).prop_map(
        |(around, form, target, relative, alias)| Statement { around, form, target, relative, alias },
    )
}
