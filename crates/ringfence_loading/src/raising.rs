//! What is raised, and who catches it.

use crate::Place;
use crate::arguments::Arguments;
use crate::builtins::is_library_class;
use crate::exceptions::derives;
use crate::machine::{Exec, Machine, Stop};
use crate::value::{ExceptionValue, Object, Value};
use std::rc::Rc;

impl Machine<'_> {
    /// What `raise value` raises.
    pub(crate) fn raised(&mut self, value: Value, at: Place) -> Exec<Stop> {
        let value = match &value {
            Value::Builtin(name) if derives(name, "BaseException") => {
                self.call(value, Arguments::default(), at)?
            }
            Value::Object(id) if matches!(self.object(*id), Object::Class(_)) => {
                if !self.is_exception_class(&value) {
                    return Ok(self.raise("TypeError", "exceptions must derive from BaseException", at));
                }
                let made = self.call(value, Arguments::default(), at)?;
                self.force(made, at)
            }
            Value::External(_) if !self.is_exception_class(&value) => {
                return Ok(self.raise("TypeError", "exceptions must derive from BaseException", at));
            }
            Value::External(_) => {
                let exception = ExceptionValue { class: value.clone(), arguments: Vec::new(), name: None };
                Value::Exception(Rc::new(exception))
            }
            Value::Exception(_) => value,
            Value::Unknown => {
                self.doubt(at, "what is raised here is not known");
                value
            }
            Value::Object(id) => match self.object(*id) {
                Object::Instance { class } => {
                    let class = Value::Object(*class);
                    if !self.is_exception_class(&class) {
                        return Ok(self.raise("TypeError", "exceptions must derive from BaseException", at));
                    }
                    value
                }
                _ => return Ok(self.raise("TypeError", "exceptions must derive from BaseException", at)),
            },
            _ => return Ok(self.raise("TypeError", "exceptions must derive from BaseException", at)),
        };
        let class = self.class_of(&value);
        let error = self.class_name(&class);
        let message = match &value {
            Value::Exception(exception) => match exception.arguments.first() {
                Some(Value::Str(text)) => text.to_string(),
                _ => String::new(),
            },
            _ => String::new(),
        };
        Ok(self.raise_value(value, &error, message, at, None))
    }

    /// What classes of exceptions want to be called with, where that is not anything.
    pub(crate) fn check_exception_arguments(
        &mut self,
        class: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<()> {
        if arguments.more {
            return Ok(());
        }
        let expected = match class {
            "UnicodeDecodeError" | "UnicodeEncodeError" => Some(5),
            "UnicodeTranslateError" => Some(4),
            "BaseExceptionGroup" | "ExceptionGroup" => Some(2),
            _ => None,
        };
        if let Some(expected) = expected.filter(|expected| *expected != arguments.len()) {
            let message = format!("function takes exactly {expected} arguments ({} given)", arguments.len());
            return Err(self.raise("TypeError", message, at));
        }
        let allowed: &[&str] = match class {
            "ImportError" | "ModuleNotFoundError" => &["name", "path", "name_from"],
            "AttributeError" => &["name", "obj"],
            "NameError" | "UnboundLocalError" => &["name"],
            _ => &[],
        };
        for (name, _) in &arguments.keywords {
            let name = self.text(*name);
            if !allowed.contains(&&*name) {
                return Err(self.raise("TypeError", format!("{class}() takes no keyword arguments"), at));
            }
        }
        Ok(())
    }

    /// Raises where a value takes no more than an empty format.
    pub(crate) fn check_format(&mut self, value: &Value, at: Place) -> Exec<()> {
        let takes_none = match value {
            Value::None | Value::Tuple(_) | Value::Bytes(_) | Value::Ellipsis => true,
            Value::Bound(_) | Value::Method(_) => true,
            Value::Object(id) => match self.object(*id) {
                Object::Function(_)
                | Object::Module(_)
                | Object::List
                | Object::Dict
                | Object::Set
                | Object::Generator(_)
                | Object::Iterator => self.module_class(*id).is_none(),
                Object::Class(class) => self.orders_as_type_does(class),
                Object::Instance { .. } => {
                    if self.is_open_instance(value) || self.member_value(value).is_some() {
                        return Ok(());
                    }
                    let format = self.sym("__format__");
                    match self.special(value, format, at)? {
                        Some(format) => {
                            let specification = self.object_of("str");
                            self.call(format, Arguments::of([specification]), at)?;
                            return Ok(());
                        }
                        None => true,
                    }
                }
                _ => false,
            },
            _ => false,
        };
        if takes_none {
            return Err(self.raise("TypeError", "unsupported format string passed to this object", at));
        }
        Ok(())
    }

    /// What may stand after `from`.
    pub(crate) fn may_be_cause(&self, cause: &Value) -> bool {
        match cause {
            Value::None | Value::Exception(_) | Value::External(_) | Value::Unknown | Value::OneOf(_) => true,
            Value::Object(id) => match self.object(*id) {
                Object::Instance { class } => self.is_exception_class(&Value::Object(*class)),
                _ => self.is_exception_class(cause),
            },
            other => self.is_exception_class(other),
        }
    }

    pub(crate) fn is_exception_class(&self, class: &Value) -> bool {
        match class {
            Value::Builtin(name) => derives(name, "BaseException"),
            Value::Object(id) => match self.object(*id) {
                Object::Class(class) => class.order.iter().any(|base| self.is_exception_class(base)),
                _ => false,
            },
            Value::External(path) => !is_library_class(&self.text(*path)),
            Value::Unknown => true,
            _ => false,
        }
    }

    /// Whether it may stand behind `except`.
    fn can_catch(&self, handler: &Value) -> bool {
        match handler {
            Value::OneOf(_) => true,
            Value::Object(id) => {
                matches!(self.object(*id), Object::Class(_)) && self.is_exception_class(handler)
            }
            _ => self.is_exception_class(handler),
        }
    }

    /// Whether an `except` catches what was raised.
    pub(crate) fn catches(&mut self, handler: &Value, raised: &Value, at: Place) -> Exec<bool> {
        let handler = self.force(handler.clone(), at);
        let handlers = match &handler {
            Value::Tuple(handlers) => handlers.to_vec(),
            _ => vec![handler.clone()],
        };
        // All are looked at before the first is compared.
        if !handlers.iter().all(|handler| self.can_catch(handler)) {
            let message = "catching classes that do not inherit from BaseException is not allowed";
            return Err(self.raise("TypeError", message, at));
        }
        if matches!(handler, Value::Tuple(_)) {
            for handler in &handlers {
                if self.catches(handler, raised, at)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let class = match raised {
            Value::Unknown => Value::Unknown,
            other => self.class_of(other),
        };
        let caught = match (&class, &handler) {
            (Value::Unknown, Value::Builtin("Exception" | "BaseException")) => Some(true),
            (Value::Unknown, _) => None,
            _ => self.is_subclass(&class, &handler),
        };
        Ok(match caught {
            Some(caught) => caught,
            None => self.choose(2, at, "whether this catches what is raised is not known") == 0,
        })
    }

    pub(crate) fn is_builtin_raised(&self, value: &Value, class: &str) -> bool {
        match self.class_of(value) {
            Value::Builtin(name) => derives(name, class),
            Value::Object(id) => match self.object(id) {
                Object::Class(definition) => definition
                    .order
                    .iter()
                    .any(|base| matches!(base, Value::Builtin(name) if derives(name, class))),
                _ => false,
            },
            _ => false,
        }
    }
}
