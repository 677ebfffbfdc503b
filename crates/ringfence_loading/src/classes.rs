//! Classes: how they are made, what they derive from, and what is an instance of them.

use crate::Place;
use crate::arguments::Arguments;
use crate::calls::MODULE_TYPE;
use crate::exceptions::derives;
use crate::machine::{Exec, Machine, Made, Scope, ScopeKind, Stop};
use crate::symbols::Sym;
use crate::value::{Class, ObjId, Object, Value};
use ruff_python_ast::StmtClassDef;
use ruff_text_size::Ranged;
use std::rc::Rc;

impl<'a> Machine<'a> {
    /// `Meta(name, bases, namespace)`
    pub(crate) fn call_metaclass(&mut self, meta: ObjId, arguments: Arguments, at: Place) -> Exec<Value> {
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
        // What is wrong with the bases shows when the body has run, and the class is made.
        let mut defect = None;
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
                        defect = Some("module() takes at most 2 arguments (3 given)".to_owned());
                        continue;
                    }
                    Object::Function(_) => {
                        defect = Some("function() argument 'code' must be code, not str".to_owned());
                        continue;
                    }
                    _ => {
                        defect = Some("this cannot be a base".to_owned());
                        continue;
                    }
                },
                Value::Builtin(name @ ("bool" | "NoneType" | "range" | "slice" | "memoryview")) => {
                    defect = Some(format!("type '{name}' is not an acceptable base type"));
                    continue;
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
                _ => {
                    defect = Some("this cannot be a base".to_owned());
                    continue;
                }
            };
            kept.push(base);
        }
        let (mut order, order_defect) = self.order_of(&kept);
        let defect = defect.or(order_defect);
        if more {
            // Of the classes that are not known, somewhere.
            order.push(Value::external());
        }
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
            defect,
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
        let qualified = self.qualified(&name, scope);
        self.state.set(id, Sym::QUALNAME, Value::Str(qualified));
        let inner =
            Scope { locals: id, kind: ScopeKind::Class, class: Some(id), receiver: None, ..scope.clone() };
        self.body(&def.body, &inner)?;
        self.make_members(id, at)?;
        self.make_tuple_fields(id, at)?;
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
    pub(crate) fn abstract_method(&mut self, id: ObjId, class: &Class, at: Place) -> Exec<Option<Rc<str>>> {
        let named = |machine: &Self, value: &Value, name: &str| matches!(value, Value::External(path) if &*machine.text(*path) == name);
        let is_abstract = class.order.iter().any(|base| named(self, base, "abc.ABC"))
            || class.metaclass.as_ref().is_some_and(|meta| named(self, meta, "abc.ABCMeta"));
        if let Some(name) = self.abstract_method_of_library(id, class) {
            return Ok(Some(name));
        }
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
        self.derives_from(class, &[MODULE_TYPE])
    }

    /// Whether it is made by `typing.NamedTuple`, not derived from such a class: its objects have nothing but their fields.
    pub(crate) fn is_named_tuple(&self, class: &Class) -> bool {
        class
            .bases
            .iter()
            .any(|base| matches!(base, Value::External(path) if &*self.text(*path) == "typing.NamedTuple"))
    }

    /// Whether a class of enumerations has members.
    pub(crate) fn has_members(&self, class: ObjId) -> bool {
        self.state.bound(class).into_iter().any(|name| {
            let text = self.text(name);
            let is_method = matches!(
                self.state.get(class, name),
                Some(Value::Object(inner)) if matches!(self.object(*inner), Object::Function(_) | Object::Wrapper { .. })
            );
            !is_method && !text.starts_with('_') && !text.starts_with(' ')
        })
    }

    /// What `type.__new__` does once the names are there.
    pub(crate) fn finish_class(&mut self, id: ObjId, keywords: &[(Sym, Value)], at: Place) -> Exec<()> {
        self.check_bases(id, at)?;
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
        self.check_slots(id, at)?;
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

    /// Whether there can be a class with these bases.
    fn check_bases(&mut self, id: ObjId, at: Place) -> Exec<()> {
        let Object::Class(class) = self.object(id) else { return Ok(()) };
        match class.defect.clone() {
            Some(defect) => Err(self.raise("TypeError", defect, at)),
            None => Ok(()),
        }
    }

    /// A name in `__slots__` has no value in the class.
    fn check_slots(&mut self, id: ObjId, at: Place) -> Exec<()> {
        let slots = self.sym("__slots__");
        let Some(slots) = self.state.get(id, slots).cloned() else { return Ok(()) };
        let names = match &slots {
            Value::Tuple(names) => names.to_vec(),
            Value::Object(list) if matches!(self.object(*list), Object::List) => {
                self.content(*list, at).unwrap_or_default()
            }
            Value::Str(_) => vec![slots],
            _ => Vec::new(),
        };
        for name in names {
            if let Value::Str(text) = name
                && let name = self.sym(&text)
                && self.state.get(id, name).is_some_and(|value| !value.is_absent())
            {
                let message = format!("'{text}' in __slots__ conflicts with class variable");
                return Err(self.raise("ValueError", message, at));
            }
        }
        Ok(())
    }

    pub(crate) fn finish_with_metaclass(
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
                // What a metaclass of some distribution does with keywords is its own business.
                let makes_as_type_does = match &meta {
                    Value::External(path) => {
                        matches!(&*self.text(*path), "abc.ABCMeta" | "enum.EnumMeta" | "enum.EnumType")
                    }
                    _ => true,
                };
                if makes_as_type_does {
                    self.finish_class(id, keywords, at)?;
                } else {
                    self.check_bases(id, at)?;
                }
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

    /// The bases and theirs in order, and why there cannot be a class with them.
    pub(crate) fn order_of(&self, bases: &[Value]) -> (Vec<Value>, Option<String>) {
        let Some(order) = self.resolution_order(bases) else {
            let defect = "Cannot create a consistent method resolution order (MRO) for bases";
            return (Vec::new(), Some(defect.to_owned()));
        };
        let layouts: Vec<&str> = order.iter().filter_map(|base| self.layout_of(base)).collect();
        let conflict = has_layout_conflict(&layouts);
        (order, conflict.then(|| "multiple bases have instance lay-out conflict".to_owned()))
    }

    /// The bases and theirs, by C3; nothing where there is no such order.
    pub(crate) fn resolution_order(&self, bases: &[Value]) -> Option<Vec<Value>> {
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
            .any(|(position, base)| *base != Value::external() && bases[..position].contains(base))
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
                let is_known =
                    matches!(first, Value::External(path) if HAVE_NO_BASES.contains(&&*self.text(*path)));
                (!is_later || matches!(first, Value::External(_)) && !is_known).then(|| first.clone())
            })?;
            for list in &mut lists {
                list.retain(|value| *value != candidate);
            }
            order.push(candidate);
        }
    }

    /// The class of Python by which objects of a class are laid out, as far as that is known.
    fn layout_of(&self, base: &Value) -> Option<&'static str> {
        match base {
            Value::Builtin(name) => layout_of(name),
            Value::External(path) => match &*self.text(*path) {
                "typing.NamedTuple" => Some("tuple"),
                "enum.IntEnum" | "enum.IntFlag" => Some("int"),
                "enum.StrEnum" => Some("str"),
                "collections.OrderedDict" | "collections.defaultdict" | "collections.Counter" => Some("dict"),
                _ => None,
            },
            _ => None,
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
                    match self.state.get(*id, Sym::QUALNAME) {
                        Some(Value::Str(name)) => format!("{module}.{name}"),
                        _ => format!("{module}.{}", class.name),
                    }
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
                Object::ContextVariable => {
                    self.symbols.find("contextvars.ContextVar").map_or(Value::external(), Value::External)
                }
                Object::Dict => self.state.get(*id, Sym::KIND).cloned().unwrap_or(Value::Builtin("dict")),
                Object::View(_) => Value::Builtin("dict"),
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
            (_, Value::Object(of)) if !self.has_subclass(class, *of) && self.counts_in(*of) => None,
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
            (Value::External(class), Value::External(of))
                if &*self.text(*of) == "typing.Generic" && &*self.text(*class) == "typing.Protocol" =>
            {
                Some(true)
            }
            (Value::External(class), Value::Builtin("dict"))
                if &*self.text(*class) == "collections.OrderedDict" =>
            {
                Some(true)
            }
            (Value::External(_), Value::Builtin(of)) => match self.external_exception(class) {
                Some(builtin) => Some(derives(builtin, of)),
                None if matches!(*of, "BaseException" | "Exception") => Some(true),
                None => None,
            },
            (Value::External(_) | Value::Builtin(_), Value::Object(_)) => Some(false),
            _ => None,
        }
    }
}

/// Classes of the library that derive from `object` alone.
const HAVE_NO_BASES: &[&str] = &[
    "abc.ABC",
    "contextlib.ContextDecorator",
    "types.ModuleType",
    "types.SimpleNamespace",
    "collections.abc.Sized",
];

/// Whether classes of Python are among these whose objects are laid out differently.
fn has_layout_conflict(layouts: &[&'static str]) -> bool {
    let mut layout: Option<&str> = None;
    for own in layouts.iter().copied() {
        match layout {
            Some(known) if known != own => {
                let are_exceptions = derives(known, "BaseException") && derives(own, "BaseException");
                if !are_exceptions || known != "BaseException" && own != "BaseException" {
                    return true;
                }
                if known == "BaseException" {
                    layout = Some(own);
                }
            }
            _ => layout = Some(own),
        }
    }
    false
}

/// The class of Python by which objects of a class are laid out.
fn layout_of(name: &str) -> Option<&'static str> {
    const LAYOUTS: &[&str] = &[
        "list",
        "dict",
        "set",
        "frozenset",
        "tuple",
        "str",
        "bytes",
        "bytearray",
        "int",
        "float",
        "complex",
        "type",
        "OSError",
        "ImportError",
        "SyntaxError",
        "StopIteration",
        "SystemExit",
        "AttributeError",
        "NameError",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "UnicodeTranslateError",
        "BaseException",
    ];
    LAYOUTS.iter().find(|layout| **layout == name || derives(name, layout)).copied()
}
