//! What can be a key.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};

impl Machine<'_> {
    /// Asks a value for its hash, as dictionaries and sets do.
    ///
    /// # Errors
    ///
    /// A `TypeError` of what has none, and whatever a `__hash__` raises.
    pub(crate) fn require_hash(&mut self, value: &Value, at: Place) -> Exec<()> {
        match value {
            Value::Tuple(items) => items.iter().try_for_each(|item| self.require_hash(item, at)),
            Value::Object(id) => match self.object(*id) {
                Object::List => self.refuse_hash("list", at),
                Object::Dict | Object::View(_) => self.refuse_hash("dict", at),
                Object::Instance { class } => self.hash_instance(value, *class, at),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    pub(crate) fn require_hashes(&mut self, values: Option<&[Value]>, at: Place) -> Exec<()> {
        values.into_iter().flatten().try_for_each(|value| self.require_hash(value, at))
    }

    fn refuse_hash(&mut self, kind: &str, at: Place) -> Exec<()> {
        Err(self.raise("TypeError", format!("unhashable type: '{kind}'"), at))
    }

    /// A class that defines `__eq__` and no `__hash__` has none.
    fn hash_instance(&mut self, value: &Value, class: ObjId, at: Place) -> Exec<()> {
        let Object::Class(definition) = self.object(class).clone() else { return Ok(()) };
        let hash = self.sym("__hash__");
        for base in [Value::Object(class)].iter().chain(&definition.order) {
            match base {
                Value::Object(base) => match self.present(*base, hash, at)? {
                    Some(Value::None) => return self.refuse_hash(&definition.name, at),
                    Some(_) => {
                        if let Some(method) = self.special(value, hash, at)? {
                            self.call(method, Arguments::default(), at)?;
                        }
                        return Ok(());
                    }
                    None if self.compares(*base) => return self.refuse_hash(&definition.name, at),
                    None => {}
                },
                Value::Builtin("list" | "dict" | "set" | "bytearray") => {
                    return self.refuse_hash(&definition.name, at);
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether a class says itself what its instances are equal to.
    fn compares(&self, class: ObjId) -> bool {
        self.state.get(class, Sym::EQ).is_some()
            || self.state.get(class, Sym::EQUAL_BY_FIELDS).is_some()
                && self.state.get(class, Sym::FROZEN).is_none()
    }
}
