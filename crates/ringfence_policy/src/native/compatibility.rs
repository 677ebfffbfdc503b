//! `[compatibility]` of a native config.

use super::lower::switched_on;
use crate::options::compatibility;
use crate::tree::Node;
use crate::{
    Comments, Dialect, Downward, ExternalsDialect, Level, MissingModules, Precedence, TypingGuards, Unowned,
    WalkDialect,
};

/// What `[compatibility]` says.
pub(super) fn dialect(table: &Node) -> Dialect {
    let is = |key: &str, value: &str| table.get(key).and_then(Node::as_str) == Some(value);
    Dialect {
        downward: if is(compatibility::DOWNWARD_IMPORTS.key, "free") {
            Downward::Free
        } else {
            Downward::Declared
        },
        precedence: if is(compatibility::PRECEDENCE.key, "order") {
            Precedence::Order
        } else {
            Precedence::MostSpecific
        },
        unowned: match table.get(compatibility::UNOWNED_CODE.key).and_then(Node::as_str) {
            Some("unchecked") => Unowned::Unchecked,
            Some("module") => Unowned::Module,
            _ => Unowned::Free,
        },
        nested_imports: match table.get(compatibility::NESTED_IMPORTS.key).and_then(Node::as_str) {
            Some("warning") => Level::Warning,
            Some("off") => Level::Off,
            _ => Level::Full,
        },
        missing_modules: match table.get(compatibility::MISSING_MODULES.key).and_then(Node::as_str) {
            Some("foreign") => MissingModules::Foreign,
            Some("nowhere") => MissingModules::Nowhere,
            Some("root-package") => MissingModules::RootPackage,
            _ => MissingModules::ByName,
        },
        typing_guards: if is(compatibility::TYPING_GUARDS.key, "bare") {
            TypingGuards::Bare
        } else {
            TypingGuards::Any
        },
        externals: ExternalsDialect {
            exclude: strings_in(table, compatibility::EXCLUDE_EXTERNALS.key),
            ..ExternalsDialect::default()
        },
        comments: match switched_on(table, compatibility::TACH_IGNORE.key) {
            Some(_) => Comments::TachIgnore,
            None => Comments::Own,
        },
        walk: WalkDialect {
            only_packages: switched_on(table, compatibility::ONLY_PACKAGES.key).is_some(),
            ..WalkDialect::default()
        },
        ..Dialect::default()
    }
}

fn strings_in(table: &Node, key: &str) -> Vec<String> {
    let items = table.get(key).and_then(Node::as_array).unwrap_or_default();
    items.iter().filter_map(Node::as_str).map(str::to_string).collect()
}
