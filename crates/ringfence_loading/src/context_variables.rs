//! `contextvars`: variables whose value is set for a while.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine, Made};
use crate::symbols::Sym;
use crate::value::{ObjId, Object, Value};

impl Machine<'_> {
    pub(crate) fn call_variable_method(
        &mut self,
        id: ObjId,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
        let first = arguments.get(0).cloned();
        match (name, first) {
            ("get", default) => {
                if let Some(value) = self.present(id, Sym::CONTENT, at)? {
                    return Ok(value);
                }
                match default.or_else(|| self.state.get(id, Sym::DEFAULT).cloned()) {
                    Some(value) => Ok(value),
                    None => Err(self.raise("LookupError", "the variable has no value", at)),
                }
            }
            ("set", Some(value)) => {
                let token = self.make(id, at.range, Made::Container, Object::Token);
                match self.present(id, Sym::CONTENT, at)? {
                    Some(before) => self.state.set(token, Sym::CONTENT, before),
                    None => self.state.unset(token, Sym::CONTENT),
                }
                self.state.set(id, Sym::CONTENT, value);
                Ok(Value::Object(token))
            }
            ("reset", Some(Value::Object(token))) if matches!(self.object(token), Object::Token) => {
                match self.present(token, Sym::CONTENT, at)? {
                    Some(before) => self.state.set(id, Sym::CONTENT, before),
                    None => self.state.unset(id, Sym::CONTENT),
                }
                Ok(Value::None)
            }
            ("reset", Some(Value::External(_) | Value::Unknown | Value::OneOf(_))) => {
                self.may_raise(at, "which value this variable had before is not known")?;
                self.state.set(id, Sym::CONTENT, Value::Unknown);
                Ok(Value::None)
            }
            ("reset", Some(_)) => Err(self.raise("TypeError", "expected an instance of Token", at)),
            _ => Ok(Value::external()),
        }
    }
}
