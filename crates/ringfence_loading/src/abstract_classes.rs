//! Classes that others need not derive from.

use crate::machine::Machine;
use crate::value::{ObjId, Object, Value};

impl Machine<'_> {
    pub(crate) fn has_subclass(&self, class: &Value, of: ObjId) -> bool {
        matches!(class, Value::Object(id) if matches!(
            self.object(*id),
            Object::Class(definition) if definition.order.contains(&Value::Object(of))
        ))
    }

    /// Whether a class may count classes in that do not derive from it: an abstract one with `register`, a protocol.
    pub(crate) fn counts_in(&self, id: ObjId) -> bool {
        let Object::Class(class) = self.object(id) else { return false };
        let has = |of: ObjId, name: &str| {
            self.symbols.find(name).is_some_and(|name| self.state.get(of, name).is_some())
        };
        let is_abstract = |value: &Value| match value {
            Value::External(path) => matches!(&**self.symbols.text(*path), "abc.ABC" | "abc.ABCMeta"),
            _ => false,
        };
        let is_protocol = |value: &Value| match value {
            Value::External(path) => self.symbols.text(*path).ends_with("typing.Protocol"),
            _ => false,
        };
        let has_check = |value: &Value| match value {
            Value::Object(meta) => has(*meta, "__instancecheck__") || has(*meta, "__subclasscheck__"),
            _ => false,
        };
        class.bases.iter().any(is_protocol)
            || class.metaclass.as_ref().is_some_and(has_check)
            || (class.order.iter().any(is_abstract) || class.metaclass.as_ref().is_some_and(is_abstract))
                && (has(ObjId::MACHINE, " registers") || has(id, "__subclasshook__"))
    }
}
