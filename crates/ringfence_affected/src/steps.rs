//! Why something is affected: a chain of steps, from what changed on.

use ringfence_diagnostics::FileId;
use ruff_python_ast::name::Name;

/// A step of a chain: what is another than it was, and how it comes to be so by the step before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub file: FileId,
    /// The name of its module that is another; nothing for the whole module.
    pub name: Option<Name>,
    pub how: How,
}

/// How a name or a module comes to be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// It changed itself.
    Changed,
    /// Something that it loads is not there any more, or was not there.
    Missing,
    /// It reads a file that changed.
    Reads,
    /// It uses what is another.
    Uses,
    /// It runs at import what is another, which may raise or act at a distance.
    Runs,
    /// It loads a module that is another.
    Loads,
    /// It takes all names of a module by a star.
    Star,
    /// It may hold or know of what is another, as a registry does.
    Holds,
    /// It imports modules whose names are computed.
    Computes,
    /// It starts another interpreter.
    Starts,
    /// Pytest hands it a fixture.
    Fixture,
    /// Pytest runs it for every test below its folder.
    Conftest,
}

impl How {
    /// What it is called in formats for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Reads => "reads",
            Self::Uses => "uses",
            Self::Runs => "runs",
            Self::Loads => "loads",
            Self::Star => "star",
            Self::Holds => "holds",
            Self::Computes => "computes",
            Self::Starts => "starts",
            Self::Fixture => "fixture",
            Self::Conftest => "conftest",
        }
    }
}
