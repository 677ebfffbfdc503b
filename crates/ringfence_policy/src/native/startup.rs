//! What is special about a contract of type `startup`.

use ringfence_diagnostics::Diagnostic;

use super::lower::Lowering;
use crate::options::contracts;
use crate::report::invalid;
use crate::tree::{Node, Value};
use crate::{Callable, Entries, LoadBudget, Spanned};

pub(super) const STARTUP: &str = "startup";

impl Lowering<'_> {
    /// Whether a contract limits what is loaded.
    pub(super) fn limits_startup(&mut self, table: &Node, name: &Spanned<String>) -> bool {
        let keys = [contracts::MUST_NOT_LOAD.key, contracts::MAX_MODULES.key];
        let is_limited = keys.iter().any(|key| table.get(key).is_some());
        if !is_limited {
            let [first, second] = keys;
            self.errors.push(Diagnostic {
                annotation: Some(format!("needs `{first}` or `{second}`")),
                ..invalid(name.span, &format!("the contract `{}` limits nothing", name.value))
            });
        }
        is_limited
    }

    pub(super) fn entries(&mut self, table: &Node) -> Entries {
        let key = contracts::ENTRY.key;
        let Some(node) = table.get(key) else { return Entries::default() };
        let Some(items) = node.as_array() else {
            // That it is the one word that may stand here has been checked.
            let scripts = (node.as_str() == Some(contracts::SCRIPTS)).then_some(node.span);
            return Entries { scripts, ..Entries::default() };
        };
        let is_callable = |item: &&Node| item.as_str().is_some_and(|text| text.contains(':'));
        let (called, imported): (Vec<&Node>, Vec<&Node>) = items.iter().partition(is_callable);
        let mut callables: Vec<Spanned<Callable>> = Vec::new();
        for item in called {
            let Some(callable) = item.as_str().and_then(Callable::parse) else {
                self.errors.push(Diagnostic {
                    annotation: Some("expected `module:callable`".to_string()),
                    help: Some("for example `\"shop.cli:main\"`".to_string()),
                    ..invalid(item.span, "this names no callable of a module")
                });
                continue;
            };
            if callables.iter().any(|known| known.value == callable) {
                let message = format!("`{callable}` is listed twice in `{key}`");
                self.errors.push(invalid(item.span, &message));
                continue;
            }
            callables.push(Spanned { value: callable, span: item.span });
        }
        Entries { modules: self.patterns_of(imported, key), callables, scripts: None }
    }

    pub(super) fn load_budget(&mut self, table: &Node) -> Option<LoadBudget> {
        let node = table.get(contracts::MAX_MODULES.key)?;
        if !matches!(node.value, Value::Table(_)) {
            return Some(LoadBudget { own: self.count(node), all: None });
        }
        let [own, all] =
            [contracts::OWN.key, contracts::ALL.key].map(|key| node.get(key).and_then(|it| self.count(it)));
        if own.is_none() && all.is_none() && node.entries().is_empty() {
            self.errors.push(Diagnostic {
                annotation: Some("needs `own` or `all`".to_string()),
                ..invalid(node.span, "this limits nothing")
            });
        }
        Some(LoadBudget { own, all })
    }

    fn count(&mut self, node: &Node) -> Option<Spanned<u32>> {
        let Value::Integer(number) = node.value else { return None };
        let count = number.and_then(|number| u32::try_from(number).ok());
        if count.is_none() {
            self.errors.push(Diagnostic {
                annotation: Some("expected 0 or more".to_string()),
                ..invalid(node.span, "`max-modules` is how many modules may be loaded")
            });
        }
        Some(Spanned { value: count?, span: node.span })
    }
}
