//! `copy`: containers and instances of their own.

use crate::Place;
use crate::machine::Machine;
use crate::symbols::Sym;
use crate::value::{Object, Value};

/// Where `copy.deepcopy` stops: what holds itself has no end.
pub(crate) const DEEPEST: usize = 8;

impl Machine<'_> {
    /// `copy.copy(value)`, to so many levels: containers and instances of their own.
    pub(crate) fn copied(&mut self, value: Option<Value>, depth: usize, at: Place) -> Value {
        let Some(value) = value else { return Value::external() };
        if depth == 0 {
            return value;
        }
        let value = self.force(value, at);
        let Value::Object(id) = value else { return value };
        let kind = match self.object(id) {
            Object::List => Object::List,
            Object::Dict => Object::Dict,
            Object::Set => Object::Set,
            Object::Instance { class } => {
                let class = *class;
                let copy = self.push(Object::Instance { class });
                for name in self.state.bound(id) {
                    if let Some(value) = self.state.get(id, name).cloned() {
                        let value = self.copied(Some(value), depth - 1, at);
                        self.state.set(copy, name, value);
                    }
                }
                return Value::Object(copy);
            }
            _ => return value,
        };
        let content = self.state.get(id, Sym::CONTENT).cloned().unwrap_or(Value::external());
        let content = self.force(content, at);
        let content = match content {
            Value::Tuple(items) if depth > 1 => Value::tuple(
                items.iter().map(|item| self.copied(Some(item.clone()), depth - 1, at)).collect(),
            ),
            Value::Pairs(pairs) if depth > 1 => {
                let copy = |(key, value): &(Value, Value)| {
                    (key.clone(), self.copied(Some(value.clone()), depth - 1, at))
                };
                Value::Pairs(pairs.iter().map(copy).collect())
            }
            other => other,
        };
        let copy = self.push(kind);
        self.state.set(copy, Sym::CONTENT, content);
        Value::Object(copy)
    }
}
