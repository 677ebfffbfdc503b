//! Calls: of functions, classes, instances and generators.

use std::rc::Rc;

use ruff_python_ast::Expr;
use ruff_text_size::{TextRange, TextSize};

use crate::arguments::Arguments;
use crate::machine::{CALL_FUEL, Exec, Flow, Machine, Made, Scope, ScopeKind, Stop};
use crate::symbols::Sym;
use crate::value::{Class, Code, Function, Generator, ObjId, Object, Value, Wrapper};
use crate::{Place, SourceId};

impl<'a> Machine<'a> {
    pub(crate) fn call(&mut self, function: Value, arguments: Arguments, at: Place) -> Exec<Value> {
        let function = self.force(function, at);
        match &function {
            Value::Object(id) => match self.object(*id).clone() {
                Object::Function(definition) => self.call_function(&definition, arguments, at),
                Object::Class(class) => self.instantiate(*id, &class, arguments, at),
                Object::Instance { .. } => match self.special(&function, Sym::CALL, at)? {
                    Some(method) => self.call(method, arguments, at),
                    None if self.is_open_instance(&function) => Ok(Value::external()),
                    None => Err(self.raise("TypeError", "object is not callable", at)),
                },
                Object::Partial { function, arguments: first, keywords } => {
                    self.call(function, arguments.added_to(first, keywords), at)
                }
                Object::Managed { manager, function } => self.call_managed(manager, function, arguments, at),
                Object::Generator(generator) if generator.manages_context() && arguments.len() == 1 => {
                    let function = arguments.get(0).cloned().unwrap_or(Value::None);
                    Ok(Value::Object(self.push(Object::Managed { manager: *id, function })))
                }
                Object::Cached(function) => self.call_cached(*id, function, arguments, at),
                Object::Dispatcher(function) => self.call_dispatcher(*id, function, arguments, at),
                Object::Wrapper { kind: Wrapper::Static, function } => self.call(function, arguments, at),
                Object::Module(_) => {
                    if let Some(class) = self.module_class(*id)
                        && let Some(method) = self.class_attribute(class, Sym::CALL, at)?
                    {
                        let method = self.bound_to(method, function.clone(), class, at)?;
                        return self.call(method, arguments, at);
                    }
                    Err(self.raise("TypeError", "'module' object is not callable", at))
                }
                Object::Suppress(_) => Ok(arguments.get(0).cloned().unwrap_or(Value::external())),
                _ => Err(self.raise("TypeError", "object is not callable", at)),
            },
            Value::Bound(bound) => {
                let (function, first) = (**bound).clone();
                self.call(function, arguments.after(first), at)
            }
            Value::Method(method) => {
                let (receiver, name) = (**method).clone();
                self.call_method(receiver, name, arguments, at)
            }
            Value::Builtin(name) => self.call_builtin(name, arguments, at),
            Value::External(path) => self.call_external(*path, arguments, at),
            Value::Unknown => {
                self.may_raise(at, "what is called is not known")?;
                Ok(Value::Unknown)
            }
            Value::Exception(_) | Value::Super(_) => {
                Err(self.raise("TypeError", "object is not callable", at))
            }
            Value::None => Err(self.raise("TypeError", "'NoneType' object is not callable", at)),
            _ => Err(self.raise("TypeError", "object is not callable", at)),
        }
    }

    pub(crate) fn decorate(
        &mut self,
        decorator: Value,
        value: Value,
        scope: &Scope,
        range: TextRange,
    ) -> Exec<Value> {
        self.call(decorator, Arguments::of([value]), scope.place(range))
    }

    pub(crate) fn call_function(
        &mut self,
        function: &Rc<Function<'a>>,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        if self.call_fuel.is_some() {
            return self.call_inside(function, arguments, at);
        }
        let code = match function.code {
            Code::Def(def) => (function.source, def.range),
            Code::Lambda(lambda) => (function.source, lambda.range),
        };
        if self.too_long.contains(&code) {
            return Ok(Value::external());
        }
        // What runs for long computes: it is taken to end, and what it has changed is not known.
        self.call_fuel = Some(CALL_FUEL);
        let mark = self.state.mark();
        let levels = self.levels();
        let result = self.call_inside(function, arguments, at);
        self.call_fuel = None;
        if result != Err(Stop::Abandoned) {
            return result;
        }
        self.return_to(&levels);
        self.state.blur(mark);
        self.too_long.insert(code);
        Ok(Value::external())
    }

    pub(crate) fn call_inside(
        &mut self,
        function: &Rc<Function<'a>>,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let object = Object::Frame { names: Rc::clone(&function.names), parent: function.parent };
        let frame = self.make(ObjId::MACHINE, at.range, Made::Frame, object);
        let receiver = self.bind_arguments(function, arguments, frame, at)?;
        if let Code::Def(def) = function.code {
            if def.is_async {
                return Ok(Value::external());
            }
            if function.names.is_generator {
                let generator = Generator::Call { function: Rc::clone(function), frame };
                return Ok(Value::Object(self.push(Object::Generator(generator))));
            }
        }
        self.run_function(function, frame, receiver, at)
    }

    pub(crate) fn scope_of(&self, function: &Function<'a>, frame: ObjId, receiver: Option<Value>) -> Scope {
        let trees = self.trees;
        Scope {
            source: function.source,
            globals: function.globals,
            locals: frame,
            kind: ScopeKind::Function(Rc::clone(&function.names)),
            frame: Some(frame),
            class: function.class,
            receiver,
            caller: None,
            postpones_annotations: trees.module(self.modules, function.source).postpones_annotations,
        }
    }

    pub(crate) fn run_function(
        &mut self,
        function: &Function<'a>,
        frame: ObjId,
        receiver: Option<Value>,
        at: Place,
    ) -> Exec<Value> {
        let scope = self.scope_of(function, frame, receiver);
        match function.code {
            Code::Lambda(lambda) => self.deeper(at, |machine| machine.eval(&lambda.body, &scope)),
            Code::Def(def) => {
                let flow = self.deeper(at, |machine| {
                    machine.explore(|machine| {
                        // The end of the body returns as well.
                        machine.body(&def.body, &scope).map(|flow| match flow {
                            Flow::Return(value) => Flow::Return(value),
                            _ => Flow::Return(Value::None),
                        })
                    })
                })?;
                Ok(match flow {
                    Flow::Return(value) => value,
                    _ => Value::None,
                })
            }
        }
    }

    /// Binds arguments in a frame. Gives the first of them.
    pub(crate) fn bind_arguments(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments,
        frame: ObjId,
        at: Place,
    ) -> Exec<Option<Value>> {
        let first = arguments.get(0).cloned();
        let Arguments { positional, mut keywords, more } = arguments;
        let name = self.text(function.name);
        let Some(parameters) = function.code.parameters() else {
            if !positional.is_empty() || !keywords.is_empty() {
                let message =
                    format!("{name}() takes 0 positional arguments but {} were given", positional.len());
                return Err(self.raise("TypeError", message, at));
            }
            return Ok(first);
        };
        let mut positional = positional.into_iter();
        let mut missing = Vec::new();
        let only = parameters.posonlyargs.len();
        for (position, parameter) in parameters.posonlyargs.iter().chain(&parameters.args).enumerate() {
            let symbol = self.sym(parameter.name());
            let named = keywords.iter().position(|(name, _)| *name == symbol).filter(|_| position >= only);
            let value = match (positional.next(), named) {
                (Some(_), Some(_)) => {
                    let message = format!("{name}() got multiple values for argument '{}'", parameter.name());
                    return Err(self.raise("TypeError", message, at));
                }
                (Some(value), None) => value,
                (None, Some(named)) => keywords.remove(named).1,
                (None, None) if more => Value::external(),
                (None, None) => {
                    let Some(default) = function.default(symbol) else {
                        missing.push(parameter.name().to_string());
                        continue;
                    };
                    default.clone()
                }
            };
            self.state.set(frame, symbol, value);
        }
        let rest: Vec<Value> = positional.collect();
        if let Some(vararg) = &parameters.vararg {
            let symbol = self.sym(&vararg.name);
            let value = if more { Value::external() } else { Value::tuple(rest) };
            self.state.set(frame, symbol, value);
        } else if !rest.is_empty() {
            let message = format!("{name}() takes fewer positional arguments than were given");
            return Err(self.raise("TypeError", message, at));
        }
        for parameter in &parameters.kwonlyargs {
            let symbol = self.sym(parameter.name());
            let value = match keywords.iter().position(|(name, _)| *name == symbol) {
                Some(named) => keywords.remove(named).1,
                None if more => Value::external(),
                None => {
                    let Some(default) = function.default(symbol) else {
                        missing.push(parameter.name().to_string());
                        continue;
                    };
                    default.clone()
                }
            };
            self.state.set(frame, symbol, value);
        }
        if !missing.is_empty() {
            let message =
                format!("{name}() missing {} required arguments: {}", missing.len(), missing.join(", "));
            return Err(self.raise("TypeError", message, at));
        }
        if let Some(kwarg) = &parameters.kwarg {
            let symbol = self.sym(&kwarg.name);
            let pairs: Vec<(Value, Value)> =
                keywords.into_iter().map(|(name, value)| (Value::Str(self.text(name)), value)).collect();
            let dict = self.push(Object::Dict);
            let content = if more { Value::external() } else { Value::Pairs(pairs.into()) };
            self.state.set(dict, Sym::CONTENT, content);
            self.state.set(frame, symbol, Value::Object(dict));
        } else if let Some((unexpected, _)) = keywords.first() {
            let message = format!("{name}() got an unexpected keyword argument '{}'", self.text(*unexpected));
            return Err(self.raise("TypeError", message, at));
        }
        Ok(first)
    }

    pub(crate) fn instantiate(
        &mut self,
        id: ObjId,
        class: &Rc<Class<'a>>,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        if self.derives_from(class, &["typing.TypedDict", "typing_extensions.TypedDict"]) {
            return self.call_builtin("dict", arguments, at);
        }
        if let Some(Value::Object(meta)) = &class.metaclass {
            if let Some(call) = self.class_attribute(*meta, Sym::CALL, at)? {
                return self.call(call, arguments.after(Value::Object(id)), at);
            }
            if class.order.contains(&Value::Builtin("type")) {
                return Ok(Value::external());
            }
        }
        if let Some(member) = self.find_member(id, class, &arguments, at)? {
            return Ok(member);
        }
        self.make_instance(id, class, arguments, at)
    }

    /// What `type.__call__` does.
    pub(crate) fn make_instance(
        &mut self,
        id: ObjId,
        class: &Rc<Class<'a>>,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        if class.order.contains(&Value::Builtin("type")) {
            return self.call_metaclass(id, arguments, at);
        }
        if let Some(name) = self.abstract_method(id, class, at)? {
            let message =
                format!("Can't instantiate abstract class {} with abstract method {name}", class.name);
            return Err(self.raise("TypeError", message, at));
        }
        let instance = match self.class_attribute(id, Sym::NEW, at)? {
            Some(new) => {
                let new = match &new {
                    Value::Object(inner) => match self.object(*inner) {
                        Object::Wrapper { function, .. } => function.clone(),
                        _ => new.clone(),
                    },
                    _ => new.clone(),
                };
                let made = self.call(new, arguments.clone().after(Value::Object(id)), at)?;
                let made = self.force(made, at);
                let is_one = match &made {
                    Value::Object(made) => match self.object(*made) {
                        Object::Instance { class: of } => {
                            *of == id
                                || matches!(self.object(*of), Object::Class(of) if of.order.contains(&Value::Object(id)))
                        }
                        _ => false,
                    },
                    _ => false,
                };
                if !is_one {
                    return Ok(made);
                }
                made
            }
            None => {
                let made =
                    self.make(ObjId::MACHINE, at.range, Made::Instance, Object::Instance { class: id });
                self.fill_fields(made, id, class, &arguments, at)?;
                Value::Object(made)
            }
        };
        if let Some(init) = self.class_attribute(id, Sym::INIT, at)? {
            let result = self.call(init, arguments.after(instance.clone()), at)?;
            let result = self.force(result, at);
            if !matches!(result, Value::None | Value::External(_) | Value::Unknown) {
                let kind = self.class_of(&result);
                let message = format!("__init__() should return None, not '{}'", self.class_name(&kind));
                return Err(self.raise("TypeError", message, at));
            }
        } else if !class.is_open
            && arguments.len() > 0
            && class.order.iter().all(|base| matches!(base, Value::Object(_)))
            && self.class_attribute(id, Sym::NEW, at)?.is_none()
        {
            return Err(self.raise("TypeError", format!("{}() takes no arguments", class.name), at));
        } else if class.order.iter().any(|base| matches!(base, Value::Builtin(name) if *name != "object")) {
            let args = self.sym("args");
            if let Value::Object(id) = instance {
                self.state.set(id, args, Value::tuple(arguments.positional));
            }
        }
        Ok(instance)
    }
}

impl Machine<'_> {
    /// `Class.__annotations__`: the names that its own body annotates; nothing where these are not known.
    pub(crate) fn annotations_of_class(&mut self, id: ObjId, class: &Class, at: Place) -> Option<Value> {
        if let Some(known) = self.state.get(id, Sym::OWN_ANNOTATIONS) {
            return Some(known.clone());
        }
        class.def?;
        // Before, a class without annotations had those of its base.
        if self.modules.python().is_none_or(|python| python.minor < 10) {
            return None;
        }
        let names = match self.state.get(id, Sym::ANNOTATED) {
            None => Vec::new(),
            Some(Value::Tuple(names)) => names.to_vec(),
            Some(_) => return None,
        };
        let pairs = names
            .iter()
            .filter_map(|pair| match pair {
                Value::Tuple(pair) => Some((pair.first()?.clone(), Value::external())),
                _ => None,
            })
            .collect();
        let annotations = self.make_dict(Some(pairs), id, at.range);
        self.state.set(id, Sym::OWN_ANNOTATIONS, annotations.clone());
        Some(annotations)
    }

    /// `function.__annotations__`: what is in quotes, or is not evaluated, is a text.
    pub(crate) fn annotations_of(&mut self, function: &Function, at: Place) -> Value {
        let Code::Def(def) = function.code else {
            return self.make_dict(Some(Vec::new()), ObjId::MACHINE, at.range);
        };
        let postpones = self.trees.module(self.modules, function.source).postpones_annotations;
        let parameters = def.parameters.iter().filter_map(|parameter| {
            let annotation = parameter.as_parameter().annotation.as_deref()?;
            Some((parameter.name().as_str(), annotation))
        });
        let annotated: Vec<_> =
            parameters.chain(def.returns.as_deref().map(|returns| ("return", returns))).collect();
        let mut pairs = Vec::with_capacity(annotated.len());
        for (name, annotation) in annotated {
            let value = match annotation {
                Expr::StringLiteral(text) if !postpones => Value::str(text.value.to_str()),
                Expr::NoneLiteral(_) if !postpones => Value::None,
                _ if postpones => self.object_of("str"),
                _ => Value::external(),
            };
            pairs.push((Value::str(name), value));
        }
        self.make_dict(Some(pairs), ObjId::MACHINE, at.range)
    }
}

/// What modules are instances of.
pub(crate) const MODULE_TYPE: &str = "types.ModuleType";

/// Where nothing is: errors of an entry that is not there.
pub(crate) const NOWHERE: Place =
    Place { source: SourceId(u32::MAX), range: TextRange::new(TextSize::new(0), TextSize::new(0)) };
