//! Context managers: what `with` enters and leaves.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Flow, Machine, Stop};
use crate::symbols::Sym;
use crate::value::{Generator, Object, Value};

/// What a context manager gives, and what it does at the end.
pub(crate) struct Entered {
    pub(crate) value: Value,
    pub(crate) exit: Exit,
}

pub(crate) enum Exit {
    /// Whatever is raised is raised on.
    Passes,
    /// `contextlib.suppress`: what it catches.
    Suppresses(Value),
    /// One of ours: its `__exit__`.
    Calls(Value),
    /// Whether it lets an exception pass is not known.
    Unknown,
}

/// Context managers of libraries that let every exception pass.
const PASS: &[&str] = &[
    "warnings.catch_warnings",
    "threading.Lock",
    "threading.RLock",
    "open",
    "contextlib.nullcontext",
    "contextlib.closing",
    "importlib.resources.path",
    "importlib.resources.as_file",
    "importlib.resources.open_text",
    "decimal.localcontext",
];

impl Machine<'_> {
    pub(crate) fn enter(&mut self, manager: &Value, at: Place) -> Exec<Entered> {
        match manager {
            Value::Object(id) => match self.object(*id).clone() {
                Object::Suppress(classes) => {
                    Ok(Entered { value: Value::None, exit: Exit::Suppresses(classes) })
                }
                Object::Instance { .. } => {
                    let exit = self.attribute(manager.clone(), Sym::EXIT, at)?;
                    let enter = self.attribute(manager.clone(), Sym::ENTER, at)?;
                    let value = self.call(enter, Arguments::default(), at)?;
                    Ok(Entered { value, exit: Exit::Calls(exit) })
                }
                Object::Generator(Generator::Call { function, .. }) if function.manages_context => {
                    let items = self.items(manager.clone(), at)?;
                    let value = items.and_then(|items| items.into_iter().next()).unwrap_or(Value::external());
                    Ok(Entered { value, exit: Exit::Unknown })
                }
                _ => Err(self.raise(
                    "TypeError",
                    "this object does not support the context manager protocol",
                    at,
                )),
            },
            Value::External(path) => {
                let text = self.text(*path);
                let exit = if PASS.iter().any(|known| text.starts_with(known)) {
                    Exit::Passes
                } else {
                    Exit::Unknown
                };
                Ok(Entered { value: Value::external(), exit })
            }
            Value::Unknown => {
                self.may_raise(at, "what manages this block is not known")?;
                Ok(Entered { value: Value::Unknown, exit: Exit::Unknown })
            }
            _ => {
                Err(self.raise("TypeError", "this object does not support the context manager protocol", at))
            }
        }
    }

    pub(crate) fn exit(&mut self, exit: &Exit, result: Exec<Flow>, at: Place) -> Exec<Flow> {
        match (exit, result) {
            (_, Err(stop @ (Stop::GaveUp | Stop::Abandoned))) => Err(stop),
            (Exit::Passes, result) => result,
            (Exit::Suppresses(classes), Err(Stop::Raised(raised))) => {
                if self.catches(classes, &raised.value, at)? {
                    Ok(Flow::Next)
                } else {
                    Err(Stop::Raised(raised))
                }
            }
            (Exit::Calls(exit), Err(Stop::Raised(raised))) => {
                let class = self.class_of(&raised.value);
                let arguments = Arguments::of([class, raised.value.clone(), Value::external()]);
                let swallows = self.call(exit.clone(), arguments, at)?;
                if self.truth(swallows, at)? { Ok(Flow::Next) } else { Err(Stop::Raised(raised)) }
            }
            (Exit::Calls(exit), Ok(flow)) => {
                self.call(exit.clone(), Arguments::of([Value::None, Value::None, Value::None]), at)?;
                Ok(flow)
            }
            (Exit::Unknown, Err(Stop::Raised(raised))) => {
                let reason = "whether what manages this block lets an exception pass is not known";
                if self.choose(2, at, reason) == 0 { Err(Stop::Raised(raised)) } else { Ok(Flow::Next) }
            }
            (_, result) => result,
        }
    }
}
