//! `[compatibility]` of a native config.

use std::str::FromStr;

use super::lower::switched_on;
use crate::options::{OptionField, compatibility};
use crate::tree::Node;
use crate::{Comments, Dialect, ExternalsDialect, Unowned, WalkDialect};

/// What `[compatibility]` says.
pub(super) fn dialect(table: &Node) -> Dialect {
    Dialect {
        downward: named(table, compatibility::DOWNWARD_IMPORTS),
        precedence: named(table, compatibility::PRECEDENCE),
        unowned: match table.get(compatibility::UNOWNED_CODE.key).and_then(Node::as_str) {
            Some("unchecked") => Unowned::Unchecked,
            Some("module") => Unowned::Module,
            _ => Unowned::Free,
        },
        nested_imports: named(table, compatibility::NESTED_IMPORTS),
        missing_modules: named(table, compatibility::MISSING_MODULES),
        typing_guards: named(table, compatibility::TYPING_GUARDS),
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

/// The value that is called so. Unknown names have been reported already.
fn named<T: FromStr + Default>(table: &Node, field: OptionField) -> T {
    table.get(field.key).and_then(Node::as_str).and_then(|name| name.parse().ok()).unwrap_or_default()
}

fn strings_in(table: &Node, key: &str) -> Vec<String> {
    let items = table.get(key).and_then(Node::as_array).unwrap_or_default();
    items.iter().filter_map(Node::as_str).map(str::to_string).collect()
}
