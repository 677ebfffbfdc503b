//! What Python asks of the values that functions and operators of its own are given.

use crate::Place;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};

impl Machine<'_> {
    /// Whether something can be called; nothing where that is not known.
    pub(crate) fn is_callable(&mut self, value: &Value, at: Place) -> Exec<Option<bool>> {
        Ok(match value {
            Value::Object(id) => match self.object(*id) {
                Object::Function(_)
                | Object::Class(_)
                | Object::Partial { .. }
                | Object::Cached(_)
                | Object::Dispatcher(_) => Some(true),
                Object::Module(_) | Object::List | Object::Dict | Object::Set | Object::Generator(_) => {
                    Some(false)
                }
                Object::Instance { .. } => match self.special(value, Sym::CALL, at)? {
                    Some(_) => Some(true),
                    None if self.is_open_instance(value) => None,
                    None => Some(false),
                },
                _ => None,
            },
            Value::Bound(_) | Value::Method(_) | Value::Builtin(_) => Some(true),
            Value::External(_) | Value::Unknown | Value::OneOf(_) => None,
            _ => Some(false),
        })
    }

    /// What `isinstance` and `issubclass` take as their second argument.
    pub(crate) fn require_classes(&mut self, message: &'static str, classes: &Value, at: Place) -> Exec<()> {
        let is_class = match classes {
            Value::Tuple(items) => {
                return items.iter().try_for_each(|item| {
                    let item = self.force(item.clone(), at);
                    self.require_classes(message, &item, at)
                });
            }
            Value::Builtin(name) => crate::builtins::is_type(name),
            Value::Object(id) => match self.object(*id) {
                Object::Function(_) | Object::Module(_) | Object::List | Object::Dict | Object::Set => false,
                Object::Generator(_) => false,
                // Something like a class may say so by `__instancecheck__` or `__bases__`.
                Object::Instance { .. } => {
                    let says = ["__instancecheck__", "__subclasscheck__", "__bases__"];
                    let mut answers = self.is_open_instance(classes);
                    for name in says {
                        let name = self.sym(name);
                        answers = answers || self.has_attribute(classes.clone(), name, at)?;
                    }
                    answers
                }
                _ => true,
            },
            Value::External(_) | Value::Unknown | Value::OneOf(_) => true,
            _ => false,
        };
        if is_class { Ok(()) } else { Err(self.raise("TypeError", message, at)) }
    }

    /// What a `__len__` returns.
    pub(crate) fn require_length(&mut self, length: Value, at: Place) -> Exec<Value> {
        match self.force(length, at) {
            Value::Int(number) if number < 0 => {
                Err(self.raise("ValueError", "__len__() should return >= 0", at))
            }
            Value::None | Value::Str(_) | Value::Float(_) | Value::Tuple(_) => {
                Err(self.raise("TypeError", "object cannot be interpreted as an integer", at))
            }
            length => Ok(length),
        }
    }

    /// Whether a value has none of the methods that say what is less.
    pub(crate) fn has_no_order(&self, value: &Value) -> bool {
        let orders = |class: ObjId| {
            let methods = ["__lt__", "__le__", "__gt__", "__ge__"];
            self.state.get(class, Sym::DATACLASS).is_some()
                || methods.iter().any(|name| {
                    self.symbols.find(name).is_some_and(|name| self.state.get(class, name).is_some())
                })
        };
        match value {
            Value::None | Value::Builtin(_) | Value::Bound(_) => true,
            Value::Object(id) => match self.object(*id) {
                Object::Function(_) | Object::Module(_) | Object::Dict | Object::Generator(_) => true,
                Object::Class(class) => {
                    class.metaclass.is_none() && (!class.is_open || self.is_enumeration(class))
                }
                Object::Instance { class } => {
                    let Object::Class(definition) = self.object(*class) else { return false };
                    let is_member = self.member_value(value).is_some();
                    (is_member || !self.is_open_instance(value))
                        && !orders(*class)
                        && definition.order.iter().all(|base| match base {
                            Value::Object(base) => !orders(*base),
                            // A member has the order of what it is beside, and none of its own.
                            Value::External(path) => {
                                is_member && matches!(&*self.text(*path), "enum.Enum" | "enum.Flag")
                            }
                            _ => false,
                        })
                }
                _ => false,
            },
            _ => false,
        }
    }
}
