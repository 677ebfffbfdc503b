//! What handlers, `with` and assignments mean for the imports around which they stand.

use ruff_python_ast::{ExceptHandler, Expr};

use crate::ImportContext;
use crate::guard::{self, Aliases, Test};

/// `TC = TYPE_CHECKING`: from here on `TC` is another name for it.
pub(crate) fn see_assignment(guards: &mut Aliases, target: &Expr, value: &Expr) {
    let Expr::Name(name) = target else { return };
    let guard = match value {
        Expr::Name(_) | Expr::Attribute(_) => {
            matches!(guard::classify(value, guards), Test::Guard { .. })
        }
        _ => false,
    };
    if guard {
        guards.add(&name.id);
    } else {
        guards.remove(&name.id);
    }
}

pub(crate) fn lazy(is_lazy: bool) -> ImportContext {
    if is_lazy { ImportContext::LAZY } else { ImportContext::empty() }
}

pub(crate) fn handles_import_error(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(clause) = handler;
    clause.type_.as_deref().is_none_or(names_import_error)
}

/// Whether `except` with this class, or tuple of classes, catches an `ImportError`.
fn names_import_error(class: &Expr) -> bool {
    let name = match class {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.id.as_str(),
        Expr::Tuple(tuple) => return tuple.elts.iter().any(names_import_error),
        _ => return false,
    };
    matches!(name, "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException")
}

pub(crate) fn suppresses_import_error(context: &Expr) -> bool {
    let Expr::Call(call) = context else { return false };
    let name = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.id.as_str(),
        _ => return false,
    };
    name == "suppress" && call.arguments.args.iter().any(names_import_error)
}
