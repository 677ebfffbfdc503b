//! Takes the text of config files and gives a [`Policy`]: which modules have boundaries, what may cross them, and
//! how to report it. Every value keeps its span, so that a diagnostic can point at the line that decided.
//! One file per config format ([`native`], [`tach`], [`import_linter`]); all of them lower into the one `Policy`, in which a difference of meaning
//! is a named value. [`options`] lists every key of the native format once: the reader, the JSON schema and the
//! documentation are made from it.

mod contract;
mod dialect;
pub mod globs;
pub mod import_linter;
pub mod ini;
pub mod migrate;
pub mod native;
pub mod options;
mod pattern;
mod policy;
mod report;
mod suggest;
pub mod tach;
mod tool_checks;
pub mod tree;

pub use contract::{
    Callable, Contract, ContractLayer, Entries, Exception, LayerMember, LoadBudget, Patterns, Reach, Terms,
    Unmatched,
};
pub use dialect::{
    Comments, DeclaredVisibility, Dialect, Downward, Elsewhere, ExcludeSyntax, ExternalsDialect, IgnoreFiles,
    Key, Level, MissingModules, PeerGaps, Precedence, ROOT_MODULE, TypingGuards, UnknownNames, Unowned,
    WalkDialect,
};
pub use pattern::{GlobPattern, ModulePattern, PatternError, RegexPattern, Segment};
pub use policy::{
    Dependency, ForbiddenExternal, ForbiddenModule, ImportKinds, Interface, KindsOfRules, Layer,
    LinterSettings, ModuleDeclaration, Policy, PythonMinor, RequirementFiles, Spanned,
};
pub use report::{setting, toml_string};
pub use suggest::suggest;
pub use tool_checks::{Setting, Switch, SwitchSetting, Tool, ToolChecks};
