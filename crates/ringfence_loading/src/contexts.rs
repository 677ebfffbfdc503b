//! Context managers: what `with` enters and leaves.

use crate::Place;
use crate::arguments::Arguments;
use crate::builtins::is_library_class;
use crate::generators::Resumption;
use crate::iteration::Next;
use crate::machine::{Exec, Flow, Machine, Stop};
use crate::symbols::Sym;
use crate::value::{Generator, ObjId, Object, Value};

/// What a context manager gives, and what it does at the end.
pub(crate) struct Entered {
    pub(crate) value: Value,
    pub(crate) exit: Exit,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Exit {
    /// Whatever is raised is raised on.
    Passes,
    /// `contextlib.suppress`: what it catches.
    Suppresses(Value),
    /// One of ours: its `__exit__`.
    Calls(Value),
    /// A generator that manages the block: the rest of it.
    Resumes(ObjId),
    /// A callback: it is called with what it was put on the stack with.
    CallsBack(Value),
    /// An `ExitStack`: what is on it, the last first.
    Unwinds(ObjId),
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
                Object::NullContext(value) => Ok(Entered { value, exit: Exit::Passes }),
                Object::Stack => Ok(Entered { value: manager.clone(), exit: Exit::Unwinds(*id) }),
                Object::Instance { .. } => {
                    let enter = self.special(manager, Sym::ENTER, at)?;
                    let exit = self.special(manager, Sym::EXIT, at)?;
                    let (enter, exit) = match (enter, exit) {
                        (Some(enter), Some(exit)) => (enter, exit),
                        (None, Some(exit)) if self.enters_itself(manager) => {
                            return Ok(Entered { value: manager.clone(), exit: Exit::Calls(exit) });
                        }
                        _ if self.is_open_instance(manager) => {
                            return Ok(Entered { value: Value::external(), exit: Exit::Unknown });
                        }
                        _ => return Err(self.no_manager(at)),
                    };
                    let value = self.call(enter, Arguments::default(), at)?;
                    Ok(Entered { value, exit: Exit::Calls(exit) })
                }
                Object::Generator(generator) if generator.manages_context() => {
                    if !generator.is_resumable() {
                        let items = self.items(manager.clone(), at)?;
                        let first = items.and_then(|items| items.into_iter().next());
                        return Ok(Entered {
                            value: first.unwrap_or(Value::external()),
                            exit: Exit::Unknown,
                        });
                    }
                    match self.advance(manager, at)? {
                        Next::Item(value) => Ok(Entered { value, exit: Exit::Resumes(*id) }),
                        Next::End => Err(self.raise("RuntimeError", "generator didn't yield", at)),
                        Next::Unknown => Ok(Entered { value: Value::external(), exit: Exit::Unknown }),
                    }
                }
                _ => Err(self.no_manager(at)),
            },
            Value::External(_) if self.type_name(manager).is_some() => Err(self.no_manager(at)),
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
            _ => Err(self.no_manager(at)),
        }
    }

    /// Whether `__enter__` is that of `contextlib.AbstractContextManager`, which returns the manager.
    fn enters_itself(&self, manager: &Value) -> bool {
        let Value::Object(id) = manager else { return false };
        let Object::Instance { class } = self.object(*id) else { return false };
        let Object::Class(definition) = self.object(*class) else { return false };
        self.derives_from(definition, &["contextlib.AbstractContextManager"])
            && definition.order.iter().all(|base| match base {
                Value::External(path) => is_library_class(&self.text(*path)),
                _ => true,
            })
    }

    /// What `with` raises for something else; until 3.11, an `AttributeError`.
    fn no_manager(&mut self, at: Place) -> Stop {
        let python = self.modules.python();
        if python.is_some_and(|python| python.exact && python.minor < 11) {
            return self.raise("AttributeError", "__enter__", at);
        }
        if python.is_none_or(|python| python.minor < 11) {
            self.doubt(
                at,
                "which error comes of what is no context manager depends on the version of Python",
            );
        }
        self.raise("TypeError", "this object does not support the context manager protocol", at)
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
            (Exit::CallsBack(function), result) => {
                self.call(function.clone(), Arguments::default(), at)?;
                result
            }
            (Exit::Resumes(id), result) => self.exit_generator(*id, result, at),
            (Exit::Unwinds(id), result) => self.unwind(*id, result, at),
            (Exit::Unknown, Err(Stop::Raised(raised))) => {
                let reason = "whether what manages this block lets an exception pass is not known";
                if self.choose(2, at, reason) == 0 { Err(Stop::Raised(raised)) } else { Ok(Flow::Next) }
            }
            (_, result) => result,
        }
    }

    /// The rest of a generator that manages a block.
    fn exit_generator(&mut self, id: ObjId, result: Exec<Flow>, at: Place) -> Exec<Flow> {
        let Object::Generator(generator) = self.object(id).clone() else { return result };
        let raised = match result {
            Err(Stop::Raised(raised)) => raised,
            Err(stop) => return Err(stop),
            Ok(flow) => {
                return match self.advance(&Value::Object(id), at)? {
                    Next::Item(_) => Err(self.raise("RuntimeError", "generator didn't stop", at)),
                    _ => Ok(flow),
                };
            }
        };
        match self.resume(id, &generator, &Resumption::Thrown(raised.clone()), at) {
            Ok(Next::Item(_)) => Err(self.raise("RuntimeError", "generator didn't stop after throw()", at)),
            Ok(Next::End) => Ok(Flow::Next),
            Ok(Next::Unknown) => self.exit(&Exit::Unknown, Err(Stop::Raised(raised)), at),
            Err(stop) => Err(stop),
        }
    }

    /// A call of a function that a manager from a generator decorates.
    pub(crate) fn call_managed(
        &mut self,
        manager: ObjId,
        function: Value,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let Object::Generator(Generator::Call { function: made_by, frame }) = self.object(manager).clone()
        else {
            return Ok(Value::external());
        };
        // The generator is made anew, with the same arguments.
        let Object::Frame { names, parent } = self.object(frame).clone() else {
            return Ok(Value::external());
        };
        let copy = self.push(Object::Frame { names, parent });
        for name in self.state.bound(frame) {
            if name != Sym::MADE
                && let Some(value) = self.state.get(frame, name).cloned()
            {
                self.state.set(copy, name, value);
            }
        }
        let generator = Generator::Call { function: made_by, frame: copy };
        let manager = Value::Object(self.push(Object::Generator(generator)));
        let entered = self.enter(&manager, at)?;
        self.catching += 1;
        let result =
            self.explore(|machine| machine.call(function.clone(), arguments.clone(), at).map(Flow::Return));
        self.catching -= 1;
        Ok(match self.exit(&entered.exit, result, at)? {
            Flow::Return(value) => value,
            _ => Value::None,
        })
    }

    /// Leaves what is on an `ExitStack`, the last first.
    fn unwind(&mut self, id: ObjId, mut result: Exec<Flow>, at: Place) -> Exec<Flow> {
        let Some(entered) = self.content(id, at) else { return self.exit(&Exit::Unknown, result, at) };
        self.set_content(id, Some(Vec::new()));
        for value in entered.into_iter().rev() {
            let exit = self.exit_of(value);
            result = match self.exit(&exit, result.clone(), at) {
                // What has been swallowed does not make the block return.
                Ok(flow) => Ok(flow),
                Err(stop) => Err(stop),
            };
        }
        result
    }

    /// What leaves a manager that is on an `ExitStack`.
    fn exit_of(&self, value: Value) -> Exit {
        match &value {
            Value::Object(id) => match self.object(*id) {
                Object::Suppress(classes) => Exit::Suppresses(classes.clone()),
                Object::Generator(_) => Exit::Resumes(*id),
                Object::Stack => Exit::Unwinds(*id),
                Object::Partial { .. } => Exit::CallsBack(value),
                _ => Exit::Calls(value),
            },
            Value::External(_) => Exit::Unknown,
            Value::None => Exit::Passes,
            _ => Exit::Calls(value),
        }
    }

    /// A method of an `ExitStack`.
    pub(crate) fn call_stack_method(
        &mut self,
        id: ObjId,
        name: &str,
        mut arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let (kept, given) = match name {
            "enter_context" if arguments.len() == 1 => {
                let manager = arguments.positional.remove(0);
                let manager = self.force(manager, at);
                let entered = self.enter(&manager, at)?;
                let kept = match entered.exit {
                    Exit::Passes => Value::None,
                    Exit::Calls(exit) => exit,
                    Exit::Unknown => Value::external(),
                    Exit::Suppresses(_) | Exit::Resumes(_) | Exit::Unwinds(_) | Exit::CallsBack(_) => manager,
                };
                (kept, entered.value)
            }
            "callback" if !arguments.positional.is_empty() && !arguments.more => {
                let function = arguments.positional.remove(0);
                let partial = Object::Partial {
                    function: function.clone(),
                    arguments: arguments.positional,
                    keywords: arguments.keywords,
                };
                (Value::Object(self.push(partial)), function)
            }
            "close" => {
                self.unwind(id, Ok(Flow::Next), at)?;
                return Ok(Value::None);
            }
            "__enter__" => return Ok(Value::Object(id)),
            _ => {
                self.may_raise(at, "what is put on this stack is not followed")?;
                (Value::external(), Value::external())
            }
        };
        let items = self.content(id, at).map(|mut items| {
            items.push(kept);
            items
        });
        self.set_content(id, items);
        Ok(given)
    }
}
