//! Calls: of functions, classes, instances and generators.

use std::rc::Rc;

use ruff_python_ast::{Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::arguments::Arguments;
use crate::exceptions::derives;
use crate::machine::{CALL_FUEL, Exec, Flow, Machine, Made, Scope, ScopeKind, Stop};
use crate::symbols::Sym;
use crate::value::{Class, Code, ExceptionValue, Function, Generator, ObjId, Object, Value, Wrapper};
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
                    let mut all = arguments;
                    all.positional.splice(0..0, first);
                    for (name, value) in keywords {
                        if all.keyword(name).is_none() {
                            all.keywords.push((name, value));
                        }
                    }
                    self.call(function, all, at)
                }
                Object::Wrapper { kind: Wrapper::Static, function } => self.call(function, arguments, at),
                Object::Module(_) => Err(self.raise("TypeError", "'module' object is not callable", at)),
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

    fn call_function(&mut self, function: &Rc<Function<'a>>, arguments: Arguments, at: Place) -> Exec<Value> {
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
        let depth = (self.depth, self.catching, self.running.len(), self.yields.len(), self.handled.len());
        let result = self.call_inside(function, arguments, at);
        self.call_fuel = None;
        if result != Err(Stop::Abandoned) {
            return result;
        }
        (self.depth, self.catching) = (depth.0, depth.1);
        self.running.truncate(depth.2);
        self.yields.truncate(depth.3);
        self.handled.truncate(depth.4);
        self.state.blur(mark);
        self.too_long.insert(code);
        Ok(Value::external())
    }

    fn call_inside(&mut self, function: &Rc<Function<'a>>, arguments: Arguments, at: Place) -> Exec<Value> {
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

    fn scope_of(&self, function: &Function<'a>, frame: ObjId, receiver: Option<Value>) -> Scope {
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

    fn run_function(
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
    fn bind_arguments(
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
                    if let Some((_, default)) = function.defaults.iter().find(|(name, _)| *name == symbol) {
                        default.clone()
                    } else {
                        missing.push(parameter.name().to_string());
                        continue;
                    }
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
                    if let Some((_, default)) = function.defaults.iter().find(|(name, _)| *name == symbol) {
                        default.clone()
                    } else {
                        missing.push(parameter.name().to_string());
                        continue;
                    }
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

    /// All that a generator yields, at once.
    pub(crate) fn run_generator(
        &mut self,
        id: ObjId,
        generator: Generator<'a>,
        at: Place,
    ) -> Exec<Option<Vec<Value>>> {
        if let Some(Value::Int(gone)) = self.state.get(id, Sym::POSITION).cloned() {
            let items = self.content(id, at);
            self.state.set(id, Sym::POSITION, Value::Int(items.as_ref().map_or(0, Vec::len) as i64));
            return Ok(items.map(|items| items.into_iter().skip(gone as usize).collect()));
        }
        let items = self.generated(generator, at)?;
        self.state.set(id, Sym::POSITION, Value::Int(items.as_ref().map_or(0, Vec::len) as i64));
        self.set_content(id, items.clone());
        Ok(items)
    }

    fn generated(&mut self, generator: Generator<'a>, at: Place) -> Exec<Option<Vec<Value>>> {
        match generator {
            Generator::Call { function, frame } => {
                let Code::Def(def) = function.code else { return Ok(None) };
                let receiver = parameter_of(def).and_then(|name| {
                    let name = self.symbols.find(name)?;
                    self.state.get(frame, name).cloned()
                });
                let scope = self.scope_of(&function, frame, receiver);
                self.yields.push(Vec::new());
                let depth = self.yields.len();
                let result = self.deeper(at, |machine| machine.body(&def.body, &scope));
                self.yields.truncate(depth);
                let items = self.yields.pop().unwrap_or_default();
                match result {
                    Ok(_) => Ok(Some(items)),
                    Err(stop) => {
                        if !items.is_empty() {
                            self.doubt(at, "how far this generator is run before it raises is not followed");
                        }
                        match &stop {
                            Stop::Raised(raised)
                                if self.is_builtin_raised(&raised.value, "StopIteration") =>
                            {
                                Err(self.raise(
                                    "RuntimeError",
                                    "generator raised StopIteration",
                                    raised.failure.at,
                                ))
                            }
                            _ => Err(stop),
                        }
                    }
                }
            }
            Generator::Expression { node, frame, source, globals, first } => {
                let names = match self.object(frame) {
                    Object::Frame { names, .. } => Rc::clone(names),
                    _ => return Ok(None),
                };
                let scope = Scope {
                    source,
                    globals,
                    locals: frame,
                    kind: ScopeKind::Function(names),
                    frame: Some(frame),
                    class: None,
                    receiver: None,
                    caller: None,
                    postpones_annotations: false,
                };
                let mut items = Vec::new();
                let known = self.generate(&node.generators, Some(first), &scope, &mut |machine, scope| {
                    let value = machine.eval(&node.elt, scope)?;
                    items.push(value);
                    Ok(())
                })?;
                Ok(known.then_some(items))
            }
        }
    }

    fn instantiate(
        &mut self,
        id: ObjId,
        class: &Rc<Class<'a>>,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        if let Some(Value::Object(meta)) = &class.metaclass {
            if let Some(call) = self.class_attribute(*meta, Sym::CALL, at)? {
                return self.call(call, arguments.after(Value::Object(id)), at);
            }
            if class.order.contains(&Value::Builtin("type")) {
                return Ok(Value::external());
            }
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
            None => Value::Object(self.make(
                ObjId::MACHINE,
                at.range,
                Made::Instance,
                Object::Instance { class: id },
            )),
        };
        if let Some(init) = self.class_attribute(id, Sym::INIT, at)? {
            self.call(init, arguments.after(instance.clone()), at)?;
        } else {
            let is_dataclass = self.is_dataclass(id, class);
            if is_dataclass {
                if let Some(post) = self.class_attribute(id, Sym::POST_INIT, at)? {
                    self.make_opaque_instance(&instance);
                    self.call(post, Arguments::of([instance.clone()]), at)?;
                }
                self.make_opaque_instance(&instance);
            } else if !class.is_open
                && arguments.len() > 0
                && class.order.iter().all(|base| matches!(base, Value::Object(_)))
                && self.class_attribute(id, Sym::NEW, at)?.is_none()
            {
                return Err(self.raise("TypeError", format!("{}() takes no arguments", class.name), at));
            } else if class.order.iter().any(|base| matches!(base, Value::Builtin(name) if *name != "object"))
            {
                let args = self.sym("args");
                if let Value::Object(id) = instance {
                    self.state.set(id, args, Value::tuple(arguments.positional));
                }
            }
        }
        Ok(instance)
    }

    fn make_opaque_instance(&mut self, instance: &Value) {
        if let Value::Object(id) = instance {
            self.make_opaque(*id);
        }
    }

    fn is_dataclass(&self, id: ObjId, class: &Class) -> bool {
        self.state.get(id, Sym::DATACLASS).is_some()
            || class.order.iter().any(
                |base| matches!(base, Value::Object(base) if self.state.get(*base, Sym::DATACLASS).is_some()),
            )
    }

    /// `Meta(name, bases, namespace)`
    fn call_metaclass(&mut self, meta: ObjId, arguments: Arguments, at: Place) -> Exec<Value> {
        if let Some(new) = self.class_attribute(meta, Sym::NEW, at)? {
            return self.call(new, arguments.after(Value::Object(meta)), at);
        }
        self.doubt(at, "a class that a call makes is not followed");
        Ok(Value::Unknown)
    }

    /// `class ...:`
    pub(crate) fn define_class(&mut self, def: &'a StmtClassDef, scope: &Scope) -> Exec<Value> {
        let at = scope.place(def.range);
        let mut bases = Vec::new();
        let mut metaclass = None;
        let mut keywords = Vec::new();
        let mut more = false;
        if let Some(arguments) = &def.arguments {
            for base in &arguments.args {
                let value = self.eval(base, scope)?;
                if base.is_starred_expr() {
                    match self.items(value, scope.place(base.range()))? {
                        Some(items) => bases.extend(items),
                        None => more = true,
                    }
                    continue;
                }
                bases.push(self.force(value, scope.place(base.range())));
            }
            for keyword in &arguments.keywords {
                let value = self.eval(&keyword.value, scope)?;
                match &keyword.arg {
                    Some(name) if name == "metaclass" => metaclass = Some(self.force(value, at)),
                    Some(name) => {
                        let name = self.sym(name);
                        keywords.push((name, value));
                    }
                    None => more = true,
                }
            }
        }
        let mut is_open = more;
        let mut kept: Vec<Value> = Vec::new();
        for base in bases {
            let base = match &base {
                Value::Object(id) => match self.object(*id).clone() {
                    Object::Class(class) => {
                        if self.is_enumeration(&class) && self.has_members(*id) {
                            let message =
                                format!("<enum '{}'> cannot extend <enum '{}'>", def.name, class.name);
                            return Err(self.raise("TypeError", message, at));
                        }
                        is_open |= class.is_open;
                        if metaclass.is_none() {
                            metaclass.clone_from(&class.metaclass);
                        }
                        base
                    }
                    Object::Instance { .. } => {
                        if let Some(entries) = self.special(&base, Sym::MRO_ENTRIES, at)? {
                            let given = self.call(entries, Arguments::of([Value::external()]), at)?;
                            for entry in self.items(given, at)?.unwrap_or_default() {
                                kept.push(entry);
                            }
                            continue;
                        }
                        self.doubt(at, "a base that is no class is not followed");
                        is_open = true;
                        Value::external()
                    }
                    Object::Module(_) => {
                        let message = "module() takes at most 2 arguments (3 given)";
                        return Err(self.raise("TypeError", message, at));
                    }
                    Object::Function(_) => {
                        let message = "function() argument 'code' must be code, not str";
                        return Err(self.raise("TypeError", message, at));
                    }
                    _ => return Err(self.raise("TypeError", "this cannot be a base", at)),
                },
                Value::Builtin(name @ ("bool" | "NoneType" | "range" | "slice" | "memoryview")) => {
                    let message = format!("type '{name}' is not an acceptable base type");
                    return Err(self.raise("TypeError", message, at));
                }
                Value::Builtin(name) if crate::builtins::is_type(name) => base,
                Value::External(path) => {
                    is_open |= &*self.text(*path) != MODULE_TYPE;
                    base
                }
                Value::Unknown => {
                    self.may_raise(at, "what this class derives from is not known")?;
                    is_open = true;
                    Value::external()
                }
                Value::Exception(_) | Value::Bound(_) | Value::Method(_) | Value::Super(_) => {
                    self.doubt(at, "a base that is no class is not followed");
                    is_open = true;
                    Value::external()
                }
                _ => return Err(self.raise("TypeError", "this cannot be a base", at)),
            };
            kept.push(base);
        }
        let Some(order) = self.resolution_order(&kept) else {
            let message = "Cannot create a consistent method resolution order (MRO) for bases";
            return Err(self.raise("TypeError", message, at));
        };
        if metaclass == Some(Value::Builtin("type")) {
            metaclass = None;
        }
        let name: Rc<str> = def.name.as_str().into();
        let class = Class {
            def: Some(def),
            name: Rc::clone(&name),
            module: scope.globals,
            bases: kept,
            order,
            is_open,
            metaclass: metaclass.clone(),
        };
        let id = self.make(scope.locals, def.range, Made::Class, Object::Class(Rc::new(class)));
        if let Some(Value::Object(meta)) = metaclass
            && self.class_attribute(meta, Sym::PREPARE, at)?.is_some()
        {
            self.doubt(at, "what `__prepare__` of a metaclass gives is not followed");
        }
        let module = self.module_name(scope.globals);
        let current = self.state.get(scope.globals, Sym::NAME).cloned().unwrap_or(Value::Str(module));
        self.state.set(id, Sym::MODULE, current);
        self.state.set(id, Sym::QUALNAME, Value::Str(Rc::clone(&name)));
        let inner =
            Scope { locals: id, kind: ScopeKind::Class, class: Some(id), receiver: None, ..scope.clone() };
        // In a class that stands in a function, free variables are looked for there.
        let inner = Scope { frame: scope.frame, ..inner };
        self.class_body(&def.body, &inner)?;
        let this = Value::Object(id);
        let mut result = this.clone();
        if let Some(meta) = metaclass {
            result = self.finish_with_metaclass(meta, id, &name, &keywords, at)?;
            if result != this {
                return Ok(result);
            }
        } else {
            self.finish_class(id, &keywords, at)?;
        }
        Ok(result)
    }

    /// The first method of an abstract class that nothing defines.
    fn abstract_method(&mut self, id: ObjId, class: &Class, at: Place) -> Exec<Option<Rc<str>>> {
        let named = |machine: &Self, value: &Value, name: &str| matches!(value, Value::External(path) if &*machine.text(*path) == name);
        let is_abstract = class.order.iter().any(|base| named(self, base, "abc.ABC"))
            || class.metaclass.as_ref().is_some_and(|meta| named(self, meta, "abc.ABCMeta"));
        if !is_abstract {
            return Ok(None);
        }
        let own = class
            .order
            .iter()
            .filter_map(|base| if let Value::Object(base) = base { Some(*base) } else { None });
        let classes: Vec<ObjId> = std::iter::once(id).chain(own).collect();
        for class in classes {
            for name in self.state.bound(class) {
                let Some(Value::Object(raw)) = self.class_attribute(id, name, at)? else { continue };
                let function = match self.object(raw) {
                    Object::Wrapper { function: Value::Object(function), .. } => *function,
                    _ => raw,
                };
                let marked = [raw, function].iter().any(|of| self.state.get(*of, Sym::ABSTRACT).is_some());
                if marked {
                    return Ok(Some(self.text(name)));
                }
            }
        }
        Ok(None)
    }

    /// Whether instances of a class are modules.
    pub(crate) fn is_module_class(&self, class: &Class) -> bool {
        class
            .order
            .iter()
            .any(|base| matches!(base, Value::External(path) if &*self.text(*path) == MODULE_TYPE))
    }

    /// Whether a class of enumerations has members.
    fn has_members(&self, class: ObjId) -> bool {
        self.state.bound(class).into_iter().any(|name| {
            let text = self.text(name);
            let is_method = matches!(
                self.state.get(class, name),
                Some(Value::Object(inner)) if matches!(self.object(*inner), Object::Function(_) | Object::Wrapper { .. })
            );
            !is_method && !text.starts_with('_') && !text.starts_with(' ')
        })
    }

    fn class_body(&mut self, body: &'a [Stmt], scope: &Scope) -> Exec<()> {
        self.body(body, scope).map(|_| ())
    }

    /// What `type.__new__` does once the names are there.
    pub(crate) fn finish_class(&mut self, id: ObjId, keywords: &[(Sym, Value)], at: Place) -> Exec<()> {
        for name in self.state.bound(id) {
            let Some(value) = self.state.get(id, name).cloned() else { continue };
            if self.is_instance(&value)
                && let Some(method) = self.special(&value, Sym::SET_NAME, at)?
            {
                let text = self.text(name);
                match self.call(method, Arguments::of([Value::Object(id), Value::Str(text)]), at) {
                    Err(Stop::Raised(raised))
                        if self.modules.python().is_none_or(|python| python.minor < 12) =>
                    {
                        // Until 3.12, it is wrapped.
                        if self.modules.python().is_some_and(|python| python.exact) {
                            return Err(self.raise("RuntimeError", "Error calling __set_name__", at));
                        }
                        self.doubt(
                            at,
                            "which error comes of `__set_name__` depends on the version of Python",
                        );
                        return Err(Stop::Raised(raised));
                    }
                    other => other?,
                };
            }
        }
        let Object::Class(class) = self.object(id).clone() else { return Ok(()) };
        for base in &class.order {
            let Value::Object(base) = base else {
                if matches!(base, Value::External(_)) {
                    return Ok(());
                }
                continue;
            };
            if let Some(method) = self.present(*base, Sym::INIT_SUBCLASS, at)? {
                let method = self.as_class_method(method, &Value::Object(id));
                let arguments = Arguments { keywords: keywords.to_vec(), ..Arguments::default() };
                self.call(method, arguments, at)?;
                return Ok(());
            }
        }
        if !keywords.is_empty() && !class.is_open {
            let message = format!("{}.__init_subclass__() takes no keyword arguments", class.name);
            return Err(self.raise("TypeError", message, at));
        }
        Ok(())
    }

    fn finish_with_metaclass(
        &mut self,
        meta: Value,
        id: ObjId,
        name: &Rc<str>,
        keywords: &[(Sym, Value)],
        at: Place,
    ) -> Exec<Value> {
        let this = Value::Object(id);
        let Value::Object(meta_id) = meta else {
            if let Value::External(_) | Value::Builtin(_) = meta {
                return Ok(this);
            }
            self.may_raise(at, "what makes this class is not known")?;
            return Ok(this);
        };
        let (bases, namespace) = match self.object(id).clone() {
            Object::Class(class) => (Value::tuple(class.bases.clone()), self.view(id)),
            _ => return Ok(this),
        };
        match self.object(meta_id).clone() {
            Object::Class(_) => {}
            Object::Function(_) => {
                // A function in place of a metaclass: what it returns is the class.
                self.doubt(at, "a function in place of a metaclass is not followed");
                return Ok(Value::Unknown);
            }
            _ => {
                self.doubt(at, "what makes this class is not followed");
                return Ok(Value::Unknown);
            }
        }
        let mut arguments = Arguments::of([Value::Str(Rc::clone(name)), bases, namespace]);
        arguments.keywords = keywords.to_vec();
        let result = if let Some(new) = self.class_attribute(meta_id, Sym::NEW, at)? {
            self.making.push((id, keywords.to_vec()));
            let made = self.call(new, arguments.clone().after(meta), at);
            self.making.pop();
            let made = made?;
            self.force(made, at)
        } else {
            self.finish_class(id, keywords, at)?;
            this.clone()
        };
        if result == this
            && let Some(init) = self.class_attribute(meta_id, Sym::INIT, at)?
        {
            self.call(init, arguments.after(this), at)?;
        }
        Ok(result)
    }

    /// The bases and theirs, by C3; nothing where there is no such order.
    fn resolution_order(&self, bases: &[Value]) -> Option<Vec<Value>> {
        let mut lists: Vec<Vec<Value>> = bases
            .iter()
            .map(|base| {
                let mut list = vec![base.clone()];
                match base {
                    Value::Object(id) => {
                        if let Object::Class(class) = self.object(*id) {
                            list.extend(class.order.iter().cloned());
                        }
                    }
                    Value::Builtin(name) => {
                        let mut next = *name;
                        while let Some(above) = crate::exceptions::base_of(next) {
                            if above == "object" {
                                break;
                            }
                            list.push(Value::Builtin(above));
                            next = above;
                        }
                    }
                    _ => {}
                }
                list.retain(|value| *value != Value::Builtin("object"));
                list
            })
            .collect();
        lists.push(bases.iter().filter(|base| **base != Value::Builtin("object")).cloned().collect());
        if bases
            .iter()
            .enumerate()
            .any(|(position, base)| !matches!(base, Value::External(_)) && bases[..position].contains(base))
        {
            return None;
        }
        let mut order = Vec::new();
        // `object` comes after everything.
        let object = bases.iter().position(|base| *base == Value::Builtin("object"));
        if object.is_some_and(|position| position + 1 < bases.len()) {
            return None;
        }
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Some(order);
            }
            let candidate = lists.iter().find_map(|list| {
                let first = &list[0];
                let is_later = lists.iter().any(|other| other[1..].contains(first));
                // Of what is not ours, the order is not known.
                (!is_later || matches!(first, Value::External(_))).then(|| first.clone())
            })?;
            for list in &mut lists {
                list.retain(|value| *value != candidate);
            }
            order.push(candidate);
        }
    }

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

    fn is_exception_class(&self, class: &Value) -> bool {
        match class {
            Value::Builtin(name) => derives(name, "BaseException"),
            Value::Object(id) => match self.object(*id) {
                Object::Class(class) => {
                    class.is_open || class.order.iter().any(|base| self.is_exception_class(base))
                }
                _ => false,
            },
            Value::External(_) | Value::Unknown => true,
            _ => false,
        }
    }

    /// A class as a traceback names it.
    pub(crate) fn class_name(&self, class: &Value) -> String {
        match class {
            Value::Builtin(name) => (*name).to_owned(),
            Value::External(path) => {
                let text = self.text(*path);
                if text.is_empty() { "Exception".to_owned() } else { text.to_string() }
            }
            Value::Object(id) => match self.object(*id) {
                Object::Class(class) => {
                    let module = match self.state.get(*id, Sym::MODULE) {
                        Some(Value::Str(module)) => module.to_string(),
                        _ => self.module_name(class.module).to_string(),
                    };
                    format!("{module}.{}", class.name)
                }
                _ => "Exception".to_owned(),
            },
            _ => "Exception".to_owned(),
        }
    }

    /// `type(value)`
    pub(crate) fn class_of(&self, value: &Value) -> Value {
        match value {
            Value::None => Value::Builtin("NoneType"),
            Value::Bool(_) => Value::Builtin("bool"),
            Value::Int(_) => Value::Builtin("int"),
            Value::Float(_) => Value::Builtin("float"),
            Value::Str(_) => Value::Builtin("str"),
            Value::Bytes(_) => Value::Builtin("bytes"),
            Value::Tuple(_) => Value::Builtin("tuple"),
            Value::Exception(exception) => exception.class.clone(),
            Value::Builtin(name) if crate::builtins::is_type(name) => Value::Builtin("type"),
            Value::Object(id) => match self.object(*id) {
                Object::Instance { class } => Value::Object(*class),
                Object::Class(class) => class.metaclass.clone().unwrap_or(Value::Builtin("type")),
                Object::List => Value::Builtin("list"),
                Object::Dict | Object::View(_) => Value::Builtin("dict"),
                Object::Set => Value::Builtin("set"),
                _ => Value::external(),
            },
            Value::Unknown => Value::Unknown,
            _ => Value::external(),
        }
    }

    /// Whether a class is another, or derives from it; nothing where that is not known.
    pub(crate) fn is_subclass(&self, class: &Value, of: &Value) -> Option<bool> {
        if class == of && !matches!(class, Value::Unknown) && *class != Value::external() {
            return Some(true);
        }
        if *of == Value::Builtin("object") {
            return Some(true);
        }
        match (class, of) {
            (Value::Builtin(class), Value::Builtin(of)) => {
                Some(derives(class, of) || *class == "bool" && *of == "int")
            }
            (Value::Object(id), _) => match self.object(*id) {
                Object::Class(definition) => {
                    if definition.order.contains(of) {
                        return Some(true);
                    }
                    let mut known = Some(false);
                    for base in &definition.order {
                        match base {
                            Value::Builtin(_) if self.is_subclass(base, of) == Some(true) => {
                                return Some(true);
                            }
                            Value::External(_) => match self.is_subclass(base, of) {
                                Some(true) => return Some(true),
                                Some(false) => {}
                                None => known = None,
                            },
                            _ => {}
                        }
                    }
                    if definition.is_open && known == Some(false) && !matches!(of, Value::Object(_)) {
                        return None;
                    }
                    if matches!(of, Value::External(_)) && known == Some(false) {
                        // An abstract class of the library may count it in.
                        return if self.external_exception(of).is_some() { Some(false) } else { None };
                    }
                    known
                }
                _ => None,
            },
            (Value::Builtin(class), Value::External(_)) => match self.external_exception(of) {
                // An alias: `socket.error` is `OSError`.
                Some(builtin) => {
                    Some(derives(class, "BaseException") && *class == builtin && self.is_alias(of))
                }
                None if derives(class, "BaseException") => Some(false),
                None => None,
            },
            (Value::External(_), Value::Builtin(of)) => match self.external_exception(class) {
                Some(builtin) => Some(derives(builtin, of)),
                None if matches!(*of, "BaseException" | "Exception") => Some(true),
                None => None,
            },
            (Value::External(_) | Value::Builtin(_), Value::Object(_)) => Some(false),
            _ => None,
        }
    }

    /// Whether an `except` catches what was raised.
    pub(crate) fn catches(&mut self, handler: &Value, raised: &Value, at: Place) -> Exec<bool> {
        let handler = self.force(handler.clone(), at);
        if let Value::Tuple(handlers) = &handler {
            for handler in handlers.iter() {
                if matches!(handler, Value::Tuple(_)) {
                    let message = "catching classes that do not inherit from BaseException is not allowed";
                    return Err(self.raise("TypeError", message, at));
                }
                if self.catches(handler, raised, at)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let is_class = match &handler {
            Value::Builtin(name) => derives(name, "BaseException"),
            Value::Object(id) => {
                matches!(self.object(*id), Object::Class(_)) && self.is_exception_class(&handler)
            }
            Value::External(_) | Value::Unknown => true,
            _ => false,
        };
        if !is_class {
            let message = "catching classes that do not inherit from BaseException is not allowed";
            return Err(self.raise("TypeError", message, at));
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

/// What modules are instances of.
pub(crate) const MODULE_TYPE: &str = "types.ModuleType";

fn parameter_of(def: &ruff_python_ast::StmtFunctionDef) -> Option<&str> {
    let first = def.parameters.posonlyargs.first().or(def.parameters.args.first())?;
    Some(first.name().as_str())
}

/// Where nothing is: errors of an entry that is not there.
pub(crate) const NOWHERE: Place =
    Place { source: SourceId(u32::MAX), range: TextRange::new(TextSize::new(0), TextSize::new(0)) };
