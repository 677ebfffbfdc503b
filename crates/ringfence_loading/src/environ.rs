//! `os.environ`: which variables are set is not known, but it is the same wherever it is asked.

use crate::Place;
use crate::machine::{Exec, Machine};
use crate::symbols::Sym;
use crate::value::{ObjId, Value};

const REASON: &str = "whether the environment has this variable is not known";

impl Machine<'_> {
    fn variable(&mut self, key: &Value) -> Option<Sym> {
        let Value::Str(name) = key else { return None };
        Some(self.sym(&format!(" environment {name}")))
    }

    /// `key in os.environ`; nothing where the key is not known.
    pub(crate) fn has_variable(&mut self, key: &Value, at: Place) -> Option<bool> {
        let variable = self.variable(key)?;
        match self.state.get(ObjId::INSTALLED, variable) {
            None | Some(Value::OneOf(_) | Value::Bool(_)) => Some(self.is_there(variable, at, REASON)),
            Some(_) => Some(true),
        }
    }

    /// `os.environ[key]`
    pub(crate) fn variable_item(&mut self, key: &Value, at: Place) -> Exec<Value> {
        let Some(variable) = self.variable(key) else {
            self.may_raise(at, REASON)?;
            return Ok(Value::external());
        };
        let known = self.state.get(ObjId::INSTALLED, variable).cloned();
        match known {
            Some(value @ Value::Str(_)) => return Ok(value),
            Some(Value::Bool(true) | Value::External(_)) => return Ok(Value::external()),
            None if self.catching == 0 => {
                self.doubt(at, REASON);
                self.state.set(ObjId::INSTALLED, variable, Value::Bool(true));
                return Ok(Value::external());
            }
            _ => {}
        }
        if self.is_there(variable, at, REASON) {
            return Ok(Value::external());
        }
        let Value::Str(name) = key else { return Ok(Value::external()) };
        Err(self.raise("KeyError", format!("'{name}'"), at))
    }

    /// `os.environ.get(key, default)`
    pub(crate) fn variable_or(&mut self, key: &Value, default: Option<&Value>) -> Value {
        let known = self.variable(key).and_then(|variable| self.state.get(ObjId::INSTALLED, variable));
        match known {
            Some(value @ Value::Str(_)) => value.clone(),
            Some(Value::Bool(false)) => default.cloned().unwrap_or(Value::None),
            _ => Value::external(),
        }
    }

    /// `os.environ[key] = value`
    pub(crate) fn set_variable(&mut self, key: &Value, value: &Value) {
        let Some(variable) = self.variable(key) else { return };
        let value = if let Value::Str(_) = value { value.clone() } else { Value::external() };
        self.state.set(ObjId::INSTALLED, variable, value);
    }

    /// `del os.environ[key]`, once it is there.
    pub(crate) fn unset_variable(&mut self, key: &Value) {
        if let Some(variable) = self.variable(key) {
            self.state.set(ObjId::INSTALLED, variable, Value::Bool(false));
        }
    }
}

/// Whether a path is that of the environment's variables.
pub(crate) fn is_environ(path: &str) -> bool {
    path == "os.environ"
}
