//! Where config formats differ in what the same words mean. Each difference is a value with a name; the default of each is
//! the native format's.

use bitflags::bitflags;
use ringfence_diagnostics::{Diagnostic, Severity, Span};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::ToolChecks;
use crate::options::{contracts, modules, top_level};

/// What the words of a config mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialect {
    pub downward: Downward,
    pub precedence: Precedence,
    pub unowned: Unowned,
    /// The key that says what unowned code is.
    pub unowned_span: Option<Span>,
    pub declared_visibility: DeclaredVisibility,
    pub missing_modules: MissingModules,
    /// Whether dots that lead out of all packages mean the source root, if a name follows.
    pub relative_from_root: bool,
    pub nested_imports: Level,
    pub peer_gaps: PeerGaps,
    pub unknown_names: UnknownNames,
    pub walk: WalkDialect,
    pub comments: Comments,
    /// Whether strings with two dots or more are imports of what they name, if that is there.
    pub dotted_strings: bool,
    /// Whether what foreign keys of Django models refer to is an import.
    pub foreign_keys: bool,
    pub externals: ExternalsDialect,
    pub typing_guards: TypingGuards,
    /// What the tool checks whose config it is. `None`: a native config, which selects rules itself.
    pub checks: Option<ToolChecks>,
    pub elsewhere: Elsewhere,
    /// What the format calls the keys that messages speak of, where that is not what the native format calls them.
    pub keys: &'static [(Key, &'static str)],
}

impl Dialect {
    /// What the format calls a key.
    pub fn key(&self, key: Key) -> &'static str {
        let own = self.keys.iter().find(|(known, _)| *known == key);
        own.map_or(key.native(), |(_, name)| name)
    }
}

/// A key of the config that messages speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Modules,
    DependsOn,
    Forbids,
    Exposes,
    VisibleTo,
    SourceRoots,
    Externals,
    ForbidsExternals,
    ExhaustiveExcept,
}

impl Key {
    /// What the native format calls it.
    pub fn native(self) -> &'static str {
        match self {
            Self::Modules => "[modules]",
            Self::DependsOn => modules::DEPENDS_ON.key,
            Self::Forbids => modules::FORBIDS.key,
            Self::Exposes => modules::EXPOSES.key,
            Self::VisibleTo => modules::VISIBLE_TO.key,
            Self::SourceRoots => top_level::SOURCE_ROOTS.key,
            Self::Externals => modules::EXTERNALS.key,
            Self::ForbidsExternals => modules::FORBIDS_EXTERNALS.key,
            Self::ExhaustiveExcept => contracts::EXHAUSTIVE_EXCEPT.key,
        }
    }
}

/// Whether an import from a layer to a lower one has to be declared where `depends-on` is present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Downward {
    #[default]
    Declared,
    /// The layers allow it, and what a module forbids counts only where the layers say nothing.
    Free,
}

/// Which of several patterns that match a module speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Precedence {
    /// The most specific; of equals the first.
    #[default]
    #[strum(serialize = "specific")]
    MostSpecific,
    /// By their order: of declarations the last, of the entries of a list the first; and layers speak before what a module
    /// forbids.
    Order,
}

/// What code that no boundary module owns is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unowned {
    /// Everybody may import it. Its own imports have to respect what modules expose and to whom they are visible.
    #[default]
    Free,
    /// Everybody may import it, and its own imports are not looked at.
    Unchecked,
    /// A boundary module of the name [`ROOT_MODULE`].
    Module,
    /// The same, on which no other may depend.
    HiddenModule,
    /// The same, which the config may not name at all.
    ForbiddenModule,
}

impl Unowned {
    /// Whether unowned code makes up a boundary module.
    pub fn is_module(self) -> bool {
        matches!(self, Self::Module | Self::HiddenModule | Self::ForbiddenModule)
    }
}

/// The name of the boundary module that owns what no other does ([`Unowned::is_module`]).
pub const ROOT_MODULE: &str = "<root>";

/// Whether to declare a dependency on a module that is not visible is a finding of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeclaredVisibility {
    #[default]
    Imports,
    /// It is, whether or not something is imported.
    Entries,
}

/// What an import of a module that is not there is, if more than its last segment is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum MissingModules {
    /// An import of the innermost module that is there: boundaries go by name.
    #[default]
    ByName,
    /// No import of this project.
    Foreign,
    /// No import of this project, and a folder without an `__init__` is a module like any other.
    Nowhere,
    /// An import of the root package around it, which Python loads on the way; else as [`Nowhere`](Self::Nowhere).
    RootPackage,
}

impl MissingModules {
    /// Whether whatever is not there, or is no module by its place, makes no part of the project.
    pub fn is_strict(self) -> bool {
        matches!(self, Self::Nowhere | Self::RootPackage)
    }
}

/// Which conditions make an import one for type checking only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum TypingGuards {
    /// Whatever means `TYPE_CHECKING`.
    #[default]
    Any,
    /// `if` or `elif` with the name or an attribute `TYPE_CHECKING`, and nothing else.
    Bare,
}

/// What contracts see of imports from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Elsewhere {
    /// Each imported name, below the names around it.
    #[default]
    ByName,
    /// Nothing.
    Unseen,
    /// Its top level, or the first part of it that it shares with no root package.
    TopLevel,
}

/// How much findings weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Level {
    /// As they do elsewhere.
    #[default]
    Full,
    Warning,
    /// They are not reported.
    Off,
}

impl Level {
    /// The severity of a finding that elsewhere has this one.
    pub fn of(self, severity: Severity) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warning => Some(Severity::Warning),
            Self::Full => Some(severity),
        }
    }
}

bitflags! {
    /// What another tool would not have found, given the same config. Findings of these sorts are warnings, so that a run passes
    /// where that tool's did.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct PeerGaps: u16 {
        /// Imports of modules that are not visible.
        const VISIBILITY = 1 << 0;
        /// Imports that layers allow, of what the importer forbids.
        const FORBIDDEN_DOWNWARD = 1 << 1;
        /// Imports in an `elif` or `else` of `if TYPE_CHECKING:`.
        const ELSE_OF_GUARD = 1 << 2;
        /// Imports of folders without an `__init__`.
        const NAMESPACES = 1 << 3;
        /// Imports from one project of the tree into another, as far as boundaries go.
        const OTHER_PROJECTS = 1 << 4;
        /// Members that match an alternative of a regular expression in part.
        const UNBOUND_ALTERNATIVES = 1 << 5;
        /// What is wrong with files whose imports are not looked at.
        const UNCHECKED_FILES = 1 << 7;
        /// Relative imports in the `__init__` of a source root, and in modules whose names end with `__init__`.
        const ODD_INITS = 1 << 8;
        /// Files that are not UTF-8.
        const OTHER_ENCODINGS = 1 << 9;
        /// Patterns of contracts that match nothing.
        const UNMATCHED_PATTERNS = 1 << 10;
        /// Cycles that no declarations make up which name each other without a wildcard.
        const UNDECLARED_CYCLES = 1 << 6;
        /// What is wrong with a comment behind which another one follows.
        const FOLLOWED_COMMENTS = 1 << 11;
        /// Unused entries of declarations that are patterns.
        const UNUSED_OF_PATTERNS = 1 << 12;
        /// Imports of `typing_extensions` that no manifest declares.
        const TYPING_EXTENSIONS = 1 << 13;
        /// Relative imports that lead out of all packages.
        const BEYOND_TOP = 1 << 14;
        /// What is wrong with manifests other than a `pyproject.toml`.
        const OTHER_MANIFESTS = 1 << 15;
    }
}

/// How much a name in the config weighs that stands for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownNames {
    #[default]
    Error,
    /// A warning; but a layer that is not in `layers` is an error once an import needs it, and an entry of `depends-on` that
    /// stands for nothing is one over which nothing is imported.
    Warning,
}

/// Which files of a tree there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalkDialect {
    /// Whether `exclude` holds lines of a `.gitignore`; and what is below a folder that is left out can be imported all the
    /// same, which a file that is left out cannot.
    pub excludes: ExcludeSyntax,
    pub ignore_files: IgnoreFiles,
    /// Whether only regular files `*.py` are read, and nothing that is hidden.
    pub only_plain_files: bool,
    /// Whether of the root packages every `*.py` is read that has the name of a module, also through links, and no folder is
    /// looked into that is no package itself where the one around it is.
    pub only_packages: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExcludeSyntax {
    /// Globs, as in ruff.
    #[default]
    Globs,
    Gitignore,
}

/// Whether a `.gitignore` counts where there is no repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IgnoreFiles {
    #[default]
    InRepositories,
    Everywhere,
}

/// Which comments suppress findings, beside our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comments {
    #[default]
    Own,
    /// `# tach-ignore`
    TachIgnore,
}

/// How imports from elsewhere are judged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExternalsDialect {
    /// Names of distributions or imports that no rule about them looks at.
    pub exclude: Vec<String>,
    /// Whether every imported name is a finding of its own, rather than each statement.
    pub each_name: bool,
    /// Whether modules of which no import is looked at are judged all the same.
    pub unchecked_modules: bool,
    /// Whether a `requirements.txt` says what is required where no manifest beside it does, and makes a project of its folder.
    pub requirements_files: bool,
    /// Errors in what the config says of them, which matter to rules about them only.
    pub config_errors: Vec<Diagnostic>,
}
