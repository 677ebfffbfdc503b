//! Where modules come from, and for which Python.

use crate::standard_library;

/// The text of one module: an index that [`Modules`] gives out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// What an import finds under an absolute name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A file of Python code that can be read.
    Source { source: SourceId, is_package: bool },
    /// A folder without `__init__`.
    Namespace,
    /// A module whose code is not read: an extension, the standard library, a distribution that is not followed.
    Closed,
    /// There is none.
    Absent,
    /// Whether there is one cannot be told: a distribution, where no environment is known.
    Unknown,
}

/// The Python that imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Python {
    /// The x of 3.x; the oldest that is meant where `exact` is not set.
    pub minor: u8,
    /// Whether no later one is meant.
    pub exact: bool,
}

/// The modules of a project and of what is around it.
pub trait Modules {
    /// What an import of this absolute dotted name finds, once its parent is loaded.
    fn find(&self, name: &str) -> Found;

    /// The text of a source that [`Self::find`] gave out, without a byte order mark; nothing where it cannot be read or decoded.
    fn text(&self, source: SourceId) -> Option<&str>;

    /// Whether a [`Found::Closed`] module has this attribute once it is loaded; nothing where that is not known.
    fn has_member(&self, module: &str, name: &str) -> Option<bool>;

    /// The class of `builtins` that a class of exceptions of the library derives from most closely: `ValueError` for
    /// `json.JSONDecodeError`; nothing where it is none, or not known.
    fn exception_base(&self, dotted: &str) -> Option<&'static str> {
        standard_library::exception_base(dotted)
    }

    /// The names below a package, without those below them: what `pkgutil.iter_modules` yields. In the order of names.
    fn children(&self, package: &str) -> Vec<String>;

    /// The Python that imports; nothing where it is not known.
    fn python(&self) -> Option<Python>;
}
