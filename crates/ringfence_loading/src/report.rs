//! What is known of the import of one module.

use std::rc::Rc;

use ruff_text_size::TextRange;

use crate::SourceId;

/// A statement, or a call that imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub source: SourceId,
    pub range: TextRange,
}

/// What the import of one module does in a fresh process.
#[derive(Debug, Clone)]
pub struct Run {
    pub verdict: Verdict,
    /// What is loaded by the end of it (or by the failure), in the order in which modules begin to run.
    pub loads: Vec<Load>,
}

#[derive(Debug, Clone)]
pub enum Verdict {
    /// The import ends, and the module is loaded.
    Works,
    /// The import raises.
    Fails(Rc<Failure>),
    /// It cannot be told; the reasons in the order in which they were met, at least one.
    Unknown(Vec<Doubt>),
}

/// Why something cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub at: Place,
    /// A clause: `what the call returns is not known`.
    pub reason: String,
}

/// An exception that nothing catches.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The class, as CPython's traceback names it: `ImportError`, `shop.errors.Broken`.
    pub error: String,
    /// What it says, as CPython words it where that is known.
    pub message: String,
    /// The innermost statement of a module that raises.
    pub at: Place,
    /// The imports that lead there, from the entry on.
    pub trail: Vec<Step>,
    /// The module that was met in the middle of its execution, if that is why.
    pub half_loaded: Option<HalfLoaded>,
}

/// One import on the way to a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The module that begins to run.
    pub module: String,
    pub cause: Cause,
}

/// A module in the middle of its execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfLoaded {
    pub module: String,
    /// The statement of it that is being executed.
    pub at: Place,
    /// The names that it has bound so far, in order; no dunders.
    pub binds: Vec<String>,
}

/// One module that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    pub module: String,
    pub certainty: Certainty,
    /// Who makes it be loaded first.
    pub cause: Cause,
    /// Whether it begins to run there whatever is not known: else this is one of several places.
    pub has_one_cause: bool,
    /// Its text; nothing for a namespace and for what is not read.
    pub source: Option<SourceId>,
    /// Whether its code is not read.
    pub is_closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    Certain,
    /// Only if a condition holds that cannot be told.
    May,
}

/// Why a module begins to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The module whose code asks for it; nothing for the entry and its ancestors.
    pub by: Option<String>,
    /// The statement or call there.
    pub at: Option<Place>,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It is the entry.
    Entry,
    /// A statement or a call names it.
    Named,
    /// A module below it is imported.
    Ancestor,
    /// `__all__` of a package names it, and a star takes it.
    Star,
}
