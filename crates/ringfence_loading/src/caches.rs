//! `functools`: functions that remember what they returned, and those that choose by the class of what they are called with.

use ruff_python_ast::StmtFunctionDef;

use crate::Place;
use crate::arguments::Arguments;
use crate::exceptions::base_of;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind};
use crate::symbols::Sym;
use crate::value::{Code, ObjId, Object, Value};

impl<'a> Machine<'a> {
    /// `functools.cache(function)`; nothing for what is no function of ours.
    pub(crate) fn make_cached(&mut self, function: &Value, at: Place) -> Option<Value> {
        let is_ours = matches!(function, Value::Bound(_))
            || matches!(function, Value::Object(id) if matches!(
                self.object(*id),
                Object::Function(_) | Object::Partial { .. } | Object::Cached(_) | Object::Dispatcher(_)
            ));
        if !is_ours {
            return None;
        }
        let made = self.make(ObjId::MACHINE, at.range, Made::Wrapper, Object::Cached(function.clone()));
        self.state.set(made, Sym::CONTENT, Value::Pairs([].into()));
        Some(Value::Object(made))
    }

    /// A call of a function that remembers: it runs once for the same arguments.
    pub(crate) fn call_cached(
        &mut self,
        id: ObjId,
        function: Value,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let mut key = arguments.positional.clone();
        for (name, value) in &arguments.keywords {
            key.push(Value::External(*name));
            key.push(value.clone());
        }
        for value in &key {
            if let Value::Object(id) = value {
                let kind = match self.object(*id) {
                    Object::List => "list",
                    Object::Dict => "dict",
                    _ => continue,
                };
                return Err(self.raise("TypeError", format!("unhashable type: '{kind}'"), at));
            }
        }
        let pairs = match self.state.get(id, Sym::CONTENT).cloned() {
            Some(content) => match self.force(content, at) {
                Value::Pairs(pairs) => pairs.to_vec(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        let key_of_names = arguments.keywords.len();
        for (known, value) in &pairs {
            let Value::Tuple(known) = known else { continue };
            if known.len() == key.len() && self.is_same_key(known, &key, key_of_names, at) {
                return Ok(value.clone());
            }
        }
        let more = arguments.more;
        let value = self.call(function, arguments, at)?;
        if !more && pairs.len() < 64 {
            let mut pairs = match self.state.get(id, Sym::CONTENT) {
                Some(Value::Pairs(pairs)) => pairs.to_vec(),
                _ => pairs,
            };
            pairs.push((Value::tuple(key), value.clone()));
            self.state.set(id, Sym::CONTENT, Value::Pairs(pairs.into()));
        }
        Ok(value)
    }

    /// Whether two keys are surely the same; the names of keywords are among the last of them.
    fn is_same_key(&mut self, one: &[Value], other: &[Value], names: usize, at: Place) -> bool {
        let first_name = other.len() - 2 * names;
        one.iter().zip(other).enumerate().all(|(position, (one, other))| {
            let is_name = position >= first_name && (position - first_name).is_multiple_of(2);
            if is_name { one == other } else { self.is_equal(one, other, at) == Some(true) }
        })
    }

    /// `functools.singledispatch(function)`
    pub(crate) fn make_dispatcher(&mut self, function: Value, at: Place) -> Value {
        let made = self.make(ObjId::MACHINE, at.range, Made::Wrapper, Object::Dispatcher(function));
        self.state.set(made, Sym::CONTENT, Value::Pairs([].into()));
        Value::Object(made)
    }

    pub(crate) fn call_dispatcher(
        &mut self,
        id: ObjId,
        function: Value,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        let Some(first) = arguments.get(0).cloned() else {
            if arguments.more {
                self.may_raise(at, "which of several functions this calls is not known")?;
                return Ok(Value::Unknown);
            }
            let message = "this function requires at least 1 positional argument";
            return Err(self.raise("TypeError", message, at));
        };
        let first = self.force(first, at);
        let pairs = match self.state.get(id, Sym::CONTENT).cloned() {
            Some(content) => match self.force(content, at) {
                Value::Pairs(pairs) => pairs.to_vec(),
                _ => {
                    self.may_raise(at, "which of several functions this calls is not known")?;
                    return Ok(Value::Unknown);
                }
            },
            None => Vec::new(),
        };
        let class = self.class_of(&first);
        let is_known = match &class {
            Value::Builtin(_) => true,
            Value::Object(class) => {
                matches!(self.object(*class), Object::Class(class) if !class.is_open)
            }
            _ => false,
        };
        let classes = self.classes_above(&class);
        let exact = classes
            .iter()
            .find_map(|class| pairs.iter().find(|(registered, _)| registered == class))
            .map(|(_, function)| function.clone());
        // An abstract class of the library may count it in.
        let is_doubtful = !is_known
            || pairs.iter().any(|(class, _)| !matches!(class, Value::Builtin(_) | Value::Object(_)));
        let chosen = match exact {
            Some(exact) if !is_doubtful || pairs.len() == 1 => exact,
            exact if is_doubtful && !pairs.is_empty() => {
                let mut all: Vec<Value> = exact.into_iter().collect();
                all.extend(pairs.iter().map(|(_, function)| function.clone()));
                all.push(function);
                let reason = "which of several functions this calls is not known";
                let taken = self.choose(all.len(), at, reason);
                all.swap_remove(taken)
            }
            Some(exact) => exact,
            None => function,
        };
        self.call(chosen, arguments, at)
    }

    /// A class and those that it derives from, in order.
    fn classes_above(&self, class: &Value) -> Vec<Value> {
        let mut classes = vec![class.clone()];
        match class {
            Value::Builtin("bool") => classes.push(Value::Builtin("int")),
            Value::Builtin(name) => {
                let mut next = *name;
                while let Some(above) = base_of(next) {
                    classes.push(Value::Builtin(above));
                    next = above;
                }
            }
            Value::Object(id) => {
                if let Object::Class(class) = self.object(*id) {
                    classes.extend(class.order.iter().cloned());
                }
            }
            _ => {}
        }
        classes.push(Value::Builtin("object"));
        classes
    }

    /// `dispatcher.register(...)` and such.
    pub(crate) fn call_dispatcher_method(
        &mut self,
        id: ObjId,
        name: Sym,
        arguments: Arguments,
        at: Place,
    ) -> Exec<Value> {
        if &*self.text(name) != "register" {
            return Ok(Value::external());
        }
        let Some(first) = arguments.get(0).cloned() else { return Ok(Value::external()) };
        let first = self.force(first, at);
        if let Some(function) = arguments.get(1).cloned() {
            self.register(id, first, function.clone());
            return Ok(function);
        }
        if let Value::Object(of) = &first
            && let Object::Function(function) = self.object(*of).clone()
        {
            let class = match function.code {
                Code::Def(def) => self.first_annotation(def, &function, at)?,
                Code::Lambda(_) => None,
            };
            let Some(class) = class else {
                let message = "Invalid first argument to `register()`: use either `@register(some_class)` or plain `@register` on an annotated function.";
                return Err(self.raise("TypeError", message, at));
            };
            self.register(id, class, first.clone());
            return Ok(first);
        }
        let function = Value::Method(std::rc::Rc::new((Value::Object(id), name)));
        let decorator = Object::Partial { function, arguments: vec![first], keywords: Vec::new() };
        Ok(Value::Object(self.push(decorator)))
    }

    fn register(&mut self, id: ObjId, class: Value, function: Value) {
        let mut pairs = match self.state.get(id, Sym::CONTENT) {
            Some(Value::Pairs(pairs)) => pairs.to_vec(),
            _ => return,
        };
        crate::expressions::insert(&mut pairs, class, function);
        self.state.set(id, Sym::CONTENT, Value::Pairs(pairs.into()));
    }

    /// What the first annotated parameter of a function is said to be.
    fn first_annotation(
        &mut self,
        def: &'a StmtFunctionDef,
        function: &crate::value::Function<'a>,
        at: Place,
    ) -> Exec<Option<Value>> {
        let Some(annotation) = def.parameters.iter().find_map(ruff_python_ast::AnyParameterRef::annotation)
        else {
            return Ok(None);
        };
        let scope = Scope {
            source: function.source,
            globals: function.globals,
            locals: function.globals,
            kind: ScopeKind::Module,
            frame: function.parent,
            class: None,
            receiver: None,
            caller: Some(at),
            postpones_annotations: false,
        };
        self.eval(annotation, &scope).map(Some)
    }
}
