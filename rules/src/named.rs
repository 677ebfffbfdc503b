//! The rules that those who use this crate have to tell from others; they name no rule by its code.

use crate::RuleId;
use crate::config::beyond_top::RelativeImportBeyondTop;
use crate::config::unknown_name::UnknownName;
use crate::dependencies::deprecated_dependency::DeprecatedDependency;
use crate::dependencies::undeclared_dependency::UndeclaredDependency;
use crate::dependencies::unused_dependency::UnusedDependency;
use crate::distributions::undeclared_external::UndeclaredExternal;
use crate::distributions::unused_external::UnusedExternal;
use crate::files::syntax_error::SyntaxError;
use crate::interfaces::private_import::PrivateImport;
use crate::suppressions::unused_suppression::UnusedSuppression;

/// Files that do not parse. Whoever selects it has every file parsed.
pub fn syntax_error() -> RuleId {
    RuleId::of::<SyntaxError>()
}

/// Names in configs and comments that stand for nothing.
pub fn unknown_name() -> RuleId {
    RuleId::of::<UnknownName>()
}

/// Imports of modules that `depends-on` does not list.
pub fn undeclared_dependency() -> RuleId {
    RuleId::of::<UndeclaredDependency>()
}

/// Imports of modules on which to depend is deprecated.
pub fn deprecated_dependency() -> RuleId {
    RuleId::of::<DeprecatedDependency>()
}

/// Entries of `depends-on` that no import needs.
pub fn unused_dependency() -> RuleId {
    RuleId::of::<UnusedDependency>()
}

/// Imports of names that a module does not expose.
pub fn private_import() -> RuleId {
    RuleId::of::<PrivateImport>()
}

/// Imports of distributions that no manifest declares.
pub fn undeclared_external() -> RuleId {
    RuleId::of::<UndeclaredExternal>()
}

/// Distributions that no import needs.
pub fn unused_external() -> RuleId {
    RuleId::of::<UnusedExternal>()
}

/// Comments that suppress nothing.
pub fn unused_suppression() -> RuleId {
    RuleId::of::<UnusedSuppression>()
}

/// Relative imports that lead out of all packages.
pub fn relative_import_beyond_top() -> RuleId {
    RuleId::of::<RelativeImportBeyondTop>()
}
