//! What one file tells, independent of any config and of every other file.

use bitflags::bitflags;
use ringfence_diagnostics::EdgeKind;
use ruff_text_size::TextRange;

use crate::{NameRef, Suppression};

/// What kind of source a file holds, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// `.py`, `.pyw`
    Python,
    /// `.pyi`
    Stub,
}

/// The facts of one file. Names are unresolved: they are what the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileFacts {
    /// Import statements and dynamic imports, by start offset.
    pub imports: Vec<Import>,
    /// The names of all imports; each import owns a contiguous part.
    pub names: Vec<ImportedName>,
    /// Suppression comments, by start offset.
    pub suppressions: Vec<Suppression>,
    /// Calls that import a module whose name is not a literal. No edge can be known from them.
    pub opaque_imports: Vec<TextRange>,
    /// The first syntax error, if there is one. The imports are then those that the parser could recover.
    pub syntax_error: Option<SyntaxError>,
}

impl FileFacts {
    /// The text behind a name.
    pub fn name(&self, name: NameRef) -> &'static str {
        name.as_str()
    }

    /// The names that an import brings in. Never empty for an import that the extractor made.
    pub fn names_of(&self, import: &Import) -> &[ImportedName] {
        self.names.get(import.names.0 as usize..import.names.1 as usize).unwrap_or_default()
    }

    /// Whether these are the same facts in other places: what follows from one but for positions follows from the other. Never
    /// with suppressions, as where these stand decides what they speak for.
    pub fn is_same_elsewhere(&self, other: &Self) -> bool {
        let Self { imports, names, suppressions, opaque_imports, syntax_error } = self;
        let of_import = |import: &Import| {
            let form = match import.form {
                ImportForm::Import { level } => (level, None),
                ImportForm::From { level, module } => (level, Some(module.map(|(name, _)| name))),
            };
            (form, import.context, import.names)
        };
        let of_name = |name: &ImportedName| (name.name, name.alias.map(|(alias, _)| alias));
        suppressions.is_empty()
            && other.suppressions.is_empty()
            && imports.iter().map(of_import).eq(other.imports.iter().map(of_import))
            && names.iter().map(of_name).eq(other.names.iter().map(of_name))
            && opaque_imports.len() == other.opaque_imports.len()
            && syntax_error.is_some() == other.syntax_error.is_some()
    }

    /// Forgets everything, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        let Self { imports, names, suppressions, opaque_imports, syntax_error } = self;
        imports.clear();
        names.clear();
        suppressions.clear();
        opaque_imports.clear();
        *syntax_error = None;
    }

    /// By start offset: expressions are visited in the order of evaluation, which is not that of the text.
    pub(crate) fn sort(&mut self) {
        self.imports.sort_by_key(|import| import.range.start());
        self.opaque_imports.sort_by_key(|range| range.start());
    }

    #[expect(clippy::unused_self, reason = "as for `name`")]
    pub(crate) fn intern(&mut self, text: &str) -> NameRef {
        NameRef::new(text)
    }
}

/// Where the parser first could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub range: TextRange,
    pub message: String,
    /// How many more errors the file has.
    pub more: u32,
}

/// One import statement, or one call that imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// The whole statement, or the whole call of a dynamic import.
    pub range: TextRange,
    pub form: ImportForm,
    pub context: ImportContext,
    /// Its part of [`FileFacts::names`].
    pub(crate) names: (u32, u32),
}

impl Import {
    /// Indices into [`FileFacts::names`].
    pub fn name_indices(&self) -> std::ops::Range<u32> {
        self.names.0..self.names.1
    }

    /// The edge kind of this import in a file of this kind.
    pub fn kind(&self, source: SourceKind) -> EdgeKind {
        self.context.kind(source)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportForm {
    /// `import a.b as c`, `importlib.import_module("a.b")`: each name is a module. `level` counts leading dots and
    /// is 0 but for `importlib.import_module(".b", __package__)`.
    Import { level: u32 },
    /// `from ..a import b`, `from . import b`, `__import__("a", fromlist=["b"])`: each name is a member or a
    /// submodule; `*` is a name.
    From { level: u32, module: Option<(NameRef, TextRange)> },
}

/// One imported name: an edge, once it is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedName {
    pub name: NameRef,
    /// The name as written, without its alias; the inside of the quotes for a dynamic import.
    pub range: TextRange,
    /// What follows `as`.
    pub alias: Option<(NameRef, TextRange)>,
}

bitflags! {
    /// Everything around an import that may bear on what it means. Stored, not judged: [`ImportContext::kind`] is our reading
    /// of it, and the dialects of other tools are other functions of the same bits. A bit is set if any enclosing
    /// construct sets it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ImportContext: u32 {
        /// In the body of a `def`, `async def` or `lambda`.
        const FUNCTION = 1 << 0;
        /// In the body of a `class`.
        const CLASS = 1 << 1;
        /// In the body of a `try`, whatever it catches.
        const TRY_BODY = 1 << 2;
        /// In the body of a `try` that catches `ImportError`, `ModuleNotFoundError`, `Exception`, `BaseException` or
        /// everything; or below `with suppress(ImportError)`.
        const CATCHES_IMPORT_ERROR = 1 << 3;
        /// In an `except` block.
        const EXCEPT = 1 << 4;
        /// In an `except` block that catches one of these: the fallback of an optional import.
        const EXCEPT_IMPORT_ERROR = 1 << 5;
        /// In the `else` of a `try`.
        const TRY_ELSE = 1 << 6;
        /// In a `finally`.
        const FINALLY = 1 << 7;
        /// In a branch of an `if` that a condition of the program decides.
        const IF = 1 << 8;
        /// In a `case` of a `match`.
        const MATCH = 1 << 9;
        /// In the body or the `else` of a `for` or `while`.
        const LOOP = 1 << 10;
        /// In the body of a `with`.
        const WITH = 1 << 11;
        /// PEP 810 `lazy import`, `lazy from`.
        const LAZY = 1 << 12;
        /// A call with the module as a string, no statement.
        const DYNAMIC = 1 << 13;

        /// A string that the config takes for an import: no statement, and no call either.
        const STRING = 1 << 14;

        /// In the body of `if TYPE_CHECKING:`.
        const GUARD_NAME = 1 << 16;
        /// In the body of `if typing.TYPE_CHECKING:`, whatever the object is.
        const GUARD_ATTRIBUTE = 1 << 17;
        /// In the body of an `if` or `elif` on another name for TYPE_CHECKING (`from typing import TYPE_CHECKING as TC`,
        /// `TC = typing.TYPE_CHECKING`, mypy's `MYPY`).
        const GUARD_ALIAS = 1 << 18;
        /// In the body of an `if` or `elif` whose test implies TYPE_CHECKING without being it: `TYPE_CHECKING and x`,
        /// `not not TYPE_CHECKING`, `TYPE_CHECKING is True`, `bool(...)` excluded.
        const GUARD_COMPOUND = 1 << 19;
        /// In the body of `elif TYPE_CHECKING:` or `elif typing.TYPE_CHECKING:`.
        const GUARD_ELIF = 1 << 20;
        /// In the `else` of `if not TYPE_CHECKING:`.
        const GUARD_NEGATED_ELSE = 1 << 21;
        /// In the body of `if False:` or `if 0:`.
        const GUARD_CONSTANT = 1 << 22;
        /// In the body of `if not TYPE_CHECKING:`. It runs.
        const NEGATED_GUARD = 1 << 23;
        /// In an `elif` or `else` after `if TYPE_CHECKING:` or `if typing.TYPE_CHECKING:`. It runs.
        const ELSE_OF_GUARD = 1 << 24;
    }
}

impl ImportContext {
    /// Some guard says that this never runs.
    pub const TYPING: Self = Self::GUARD_NAME
        .union(Self::GUARD_ATTRIBUTE)
        .union(Self::GUARD_ALIAS)
        .union(Self::GUARD_COMPOUND)
        .union(Self::GUARD_ELIF)
        .union(Self::GUARD_NEGATED_ELSE)
        .union(Self::GUARD_CONSTANT);
}

impl ImportContext {
    /// The kind of an import in this self. The first that applies, in this order: typing, dynamic, deferred, lazy,
    /// optional, conditional, runtime.
    pub fn kind(self, source: SourceKind) -> EdgeKind {
        if source == SourceKind::Stub || self.intersects(ImportContext::TYPING) {
            EdgeKind::Typing
        } else if self.contains(ImportContext::DYNAMIC) {
            EdgeKind::Dynamic
        } else if self.contains(ImportContext::FUNCTION) {
            EdgeKind::Deferred
        } else if self.contains(ImportContext::LAZY) {
            EdgeKind::Lazy
        } else if self.intersects(ImportContext::CATCHES_IMPORT_ERROR | ImportContext::EXCEPT_IMPORT_ERROR) {
            EdgeKind::Optional
        } else if self.intersects(
            ImportContext::IF | ImportContext::MATCH | ImportContext::LOOP | ImportContext::EXCEPT,
        ) {
            EdgeKind::Conditional
        } else {
            EdgeKind::Runtime
        }
    }
}

bitflags! {
    /// A set of edge kinds.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct EdgeKinds: u8 {
        const RUNTIME = 1 << EdgeKind::Runtime as u8;
        const TYPING = 1 << EdgeKind::Typing as u8;
        const DEFERRED = 1 << EdgeKind::Deferred as u8;
        const LAZY = 1 << EdgeKind::Lazy as u8;
        const OPTIONAL = 1 << EdgeKind::Optional as u8;
        const CONDITIONAL = 1 << EdgeKind::Conditional as u8;
        const DYNAMIC = 1 << EdgeKind::Dynamic as u8;
        /// What a rule looks at unless it is told otherwise: all but typing and dynamic.
        const DEFAULT = Self::RUNTIME.bits()
            | Self::DEFERRED.bits()
            | Self::LAZY.bits()
            | Self::OPTIONAL.bits()
            | Self::CONDITIONAL.bits();
        /// What is carried out while the importing module is loaded, as far as that is certain.
        const AT_IMPORT = Self::RUNTIME.bits() | Self::OPTIONAL.bits();
    }
}

impl EdgeKinds {
    /// The set of one kind.
    pub fn of(kind: EdgeKind) -> Self {
        Self::from_bits_retain(1 << kind as u8)
    }

    pub fn has(self, kind: EdgeKind) -> bool {
        self.bits() & (1 << kind as u8) != 0
    }
}
